"""A ticket is not there, or has changed since it was read."""

from __future__ import annotations

from collections.abc import Mapping

from sip112.api.problems.problem import Problem


def unknown_ticket(ticket: str) -> Problem:
    """Return the problem of a ticket that does not exist."""
    return Problem(
        404,
        "unknown-ticket",
        f"There is no ticket {ticket!r} in this centre.",
        remedy="Give its id, or its number with centre, day and serial, such as "
        "PKY-20261122-0042. See GET /v1/tickets for those there are.",
    )


def ticket_changed(current: Mapping[str, object], etag: str) -> Problem:
    """Return the problem of a ticket that somebody else has changed."""
    return Problem(
        412,
        "ticket-changed",
        f"Ticket {current['number']} is at version {current['version']}, and not at the one "
        "that If-Match names.",
        remedy="See in `current` what it says by now, and repeat the change with "
        f"`If-Match: {etag}` if it still applies.",
        headers={"ETag": etag},
        current=current,
    )


def no_if_match() -> Problem:
    """Return the problem of a change that does not say what it is based on."""
    return Problem(
        428,
        "no-if-match",
        "The change does not say which version of the ticket it is based on.",
        remedy="Read the ticket, and send its ETag header back as If-Match.",
    )
