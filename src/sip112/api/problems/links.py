"""What can be wrong with saying that tickets belong together."""

from __future__ import annotations

from uuid import UUID

from sip112.api.problems.problem import Problem


def unknown_other(ticket: str) -> Problem:
    """Return the problem of a ticket that another one is to be linked to, and that is none."""
    return Problem(
        422,
        "unknown-other-ticket",
        f"There is no ticket {ticket!r} in this centre to link to.",
        remedy="Give its id or number in `ticket`; GET /v1/tickets/{ticket}/similar suggests some.",
    )


def same_ticket(ticket: str) -> Problem:
    """Return the problem of a ticket that is to be linked to itself."""
    return Problem(
        422,
        "same-ticket",
        f"Ticket {ticket} cannot be linked to itself.",
        remedy="Name another one in `ticket`.",
    )


def duplicate_already(ticket: str, parent: str) -> Problem:
    """Return the problem of a ticket that is a duplicate already."""
    return Problem(
        409,
        "duplicate-already",
        f"Ticket {ticket} is one incident with {parent} already.",
        remedy="If that is wrong, take it back first: DELETE /v1/tickets/{ticket}/links/{link}.",
        parent=parent,
    )


def duplicate_of_this(ticket: str, other: str) -> Problem:
    """Return the problem of two tickets that would be duplicates of each other."""
    return Problem(
        409,
        "duplicate-of-this",
        f"Ticket {other} is a duplicate of {ticket}, which cannot be one of {other} too.",
        remedy="If it is the other way round, take that back first:"
        " DELETE /v1/tickets/{ticket}/links/{link}.",
    )


def unknown_link(link: UUID) -> Problem:
    """Return the problem of a link that the ticket has not."""
    return Problem(
        404,
        "unknown-link",
        f"The ticket has no link {str(link)!r}.",
        remedy="Take its id from GET /v1/tickets/{ticket}/links.",
    )
