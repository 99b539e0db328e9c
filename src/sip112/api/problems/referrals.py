"""What can be wrong with referring a caller."""

from __future__ import annotations

from sip112.api.problems.problem import Problem
from sip112.dispatch.agency import ChannelKind


def not_referred_to(agency: str) -> Problem:
    """Return the problem of an agency that callers are not referred to."""
    return Problem(
        422,
        "not-referred-to",
        f"{agency!r} is no service that callers are referred to: it acts on incidents.",
        remedy="Pass the ticket on to it: POST /v1/tickets/{ticket}/handoffs.",
    )


def nothing_to_tell(service: str) -> Problem:
    """Return the problem of a service that callers cannot reach."""
    return Problem(
        422,
        "nothing-to-tell",
        f"{service!r} has no number or address of its own that a caller could be told.",
        remedy="Give it a channel with one, such as voice: PUT /v1/agencies/{agency}.",
    )


def no_mobile_number(number: str | None) -> Problem:
    """Return the problem of a caller whom no SMS reaches."""
    why = "does not show a number" if number is None else f"calls from {number}, no mobile number"
    return Problem(
        422,
        "no-mobile-number",
        f"The caller {why}, so that no SMS can be sent to them.",
        remedy='Tell the caller, and send {"how": "spoken"}.',
    )


def nothing_set(channel: ChannelKind) -> Problem:
    """Return the problem of a channel by which this centre cannot send."""
    return Problem(
        409,
        "nothing-set",
        f"Nothing is set by which this centre could send by {channel.value}.",
        remedy='Tell the caller, and send {"how": "spoken"}; the administrator sets'
        f" `notifiers.{channel.value}`, see docs/settings.md.",
    )
