"""A ticket stays with whom it is, or somebody cannot have any."""

from __future__ import annotations

from typing import Final

from sip112.api.problems.problem import Problem
from sip112.people.handling import Unfit

_UNFIT: Final = {
    Unfit.UNKNOWN: "there is nobody of that login name at this centre",
    Unfit.INACTIVE: "they may not sign in",
    Unfit.NO_TICKETS: "they have no role that handles tickets",
}


def not_your_ticket(name: str, number: str, holder: str | None) -> Problem:
    """Return the problem of a ticket that somebody cannot give away, since it is not theirs."""
    whose = f"is {holder!r}'s" if holder else "is nobody's"
    return Problem(
        403,
        "not-your-ticket",
        f"Ticket {number} {whose}, and {name!r} may not decide whose it is to be.",
        remedy="Take it over first (people), or ask a supervisor.",
        holder=holder,
    )


def ticket_closed(number: str) -> Problem:
    """Return the problem of a closed ticket that is to be somebody else's."""
    return Problem(
        409,
        "ticket-closed",
        f"Ticket {number} is closed, and stays with whom it was.",
        remedy='Open it again first: PATCH /v1/tickets/{ticket} with {"status": "open"}.',
    )


def cannot_be_assigned(agent: str, why: Unfit) -> Problem:
    """Return the problem of a ticket for somebody who cannot have it."""
    return Problem(
        422,
        "cannot-be-assigned",
        f"No ticket can be given to {agent!r}: {_UNFIT[why]}.",
        remedy="Choose one of those whom GET /v1/assignees names.",
        reason=why,
    )


def nobody_yourself(name: str) -> Problem:
    """Return the problem of a machine that asks for its own tickets."""
    return Problem(
        403,
        "people-only",
        f"{name!r} is a machine, and has no tickets of its own.",
        remedy="Give a login name: GET /v1/tickets?assignee=NAME.",
    )
