"""What can be wrong with passing a ticket on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from sip112.api.problems.problem import Problem
from sip112.dispatch.errors import (
    AlreadyHandedOff,
    KeyReused,
    TicketClosed,
    TicketMerged,
    UnknownAgency,
)
from sip112.dispatch.handoff import Handoff, Purpose, Step

_AGAIN: Final = "Ask again with a new key, or send the same request as before."


@contextmanager
def refusals(ticket: str) -> Iterator[None]:
    """Have what keeps a ticket from going to an agency be a problem, whichever way it goes."""
    try:
        yield
    except UnknownAgency as error:
        raise unknown_agency(error.agency) from None
    except AlreadyHandedOff as error:
        raise handed_off_already(error.handoff.agency, error.handoff.id) from None
    except TicketClosed:
        raise ticket_closed(ticket) from None
    except TicketMerged as error:
        raise ticket_merged(ticket, error.ticket.parent_number or "") from None
    except KeyReused:
        raise key_reused() from None


def unknown_handoff(handoff: UUID) -> Problem:
    """Return the problem of a handoff that does not exist."""
    return Problem(
        404,
        "unknown-handoff",
        f"There is no handoff {str(handoff)!r} in this centre.",
        remedy="Take its id from GET /v1/tickets/{ticket}/handoffs.",
    )


def unknown_agency(agency: str) -> Problem:
    """Return the problem of an agency that a ticket is to be passed on to, and is none."""
    return Problem(
        422,
        "unknown-agency",
        f"There is no agency {agency!r} in this centre, or it is not active.",
        remedy="Take its code from GET /v1/agencies.",
    )


def only_referred_to(agency: str) -> Problem:
    """Return the problem of a service that a ticket is to be passed on to."""
    return Problem(
        422,
        "only-referred-to",
        f"{agency!r} is a service: callers are referred to it, and nothing is passed on to it.",
        remedy="Refer the caller: POST /v1/tickets/{ticket}/referrals.",
    )


def handed_off_already(agency: str, handoff: UUID) -> Problem:
    """Return the problem of an agency that has the ticket already."""
    return Problem(
        409,
        "handed-off-already",
        f"The ticket is with {agency!r} already, and that has not ended.",
        remedy="Follow that handoff, or cancel it first: POST /v1/handoffs/{handoff}/steps.",
        agency=agency,
        handoff=str(handoff),
    )


def ticket_closed(ticket: str) -> Problem:
    """Return the problem of a ticket that is closed, and to be passed on."""
    return Problem(
        409,
        "ticket-closed",
        f"Ticket {ticket} is closed, and nothing is passed on of it.",
        remedy='Open it again first: PATCH /v1/tickets/{ticket} with {"status": "open"}.',
    )


def ticket_merged(ticket: str, parent: str) -> Problem:
    """Return the problem of a duplicate that is to be passed on."""
    return Problem(
        409,
        "ticket-merged",
        f"Ticket {ticket} is a duplicate of {parent}, under which the incident goes on.",
        remedy=f"Pass {parent} on. If this is another incident after all, take the link back"
        " first: DELETE /v1/tickets/{ticket}/links/{link}.",
        parent=parent,
    )


def handoffs_open(ticket: str, agencies: Sequence[str]) -> Problem:
    """Return the problem of a ticket that is to be closed while agencies act on it."""
    return Problem(
        409,
        "handoffs-open",
        f"Ticket {ticket} cannot be closed: {', '.join(agencies)} have it, and have not ended.",
        remedy="Wait until each handoff is completed or declined, or cancel those that are not"
        " needed: POST /v1/handoffs/{handoff}/steps.",
        agencies=list(agencies),
    )


def illegal_step(at: Step, to: Step, may_follow: Sequence[Step]) -> Problem:
    """Return the problem of a step that does not follow."""
    following = [step.value for step in may_follow]
    return Problem(
        409,
        "illegal-step",
        f"The handoff is {at.value}, and cannot come to {to.value} from there.",
        remedy=f"It may come to: {', '.join(following)}."
        if following
        else "It has ended. Pass the ticket on anew if the agency is needed again.",
        step=at.value,
        following=following,
    )


def reason_needed(step: Step) -> Problem:
    """Return the problem of a handoff that is declined or cancelled without a reason."""
    return Problem(
        422,
        "reason-needed",
        f"A handoff is not {step.value} without a reason: somebody has to act on it.",
        remedy="Say why in `note`.",
    )


def not_relayed(handoff: Handoff) -> Problem:
    """Return the problem of a line to an agency that would not read it."""
    if handoff.purpose is Purpose.REFERRAL:
        why = f"{handoff.agency!r} hears nothing of a referral, so that no line reaches it."
        remedy = "Tell the caller."
    elif handoff.ended:
        why = f"The handoff is {handoff.step.value}, and nothing more is passed on to the agency."
        remedy = "Pass the ticket on anew if the agency is needed again, or call it."
    else:
        why = f"{handoff.agency!r} is another 112 centre, to which no lines are passed on."
        remedy = "Call it, or write a note: POST /v1/handoffs/{handoff}/notes."
    return Problem(409, "not-relayed", why, remedy=remedy, step=handoff.step.value)


def unknown_message(message: UUID) -> Problem:
    """Return the problem of a message that does not exist."""
    return Problem(
        404,
        "unknown-message",
        f"There is no message {str(message)!r} to an agency in this centre.",
        remedy="Take its id from GET /v1/dead-letters.",
    )


def not_dead(message: UUID) -> Problem:
    """Return the problem of a message that is to be sent again, and was not given up."""
    return Problem(
        409,
        "not-dead",
        f"The message {str(message)!r} was not given up, or is sent again already.",
        remedy="See GET /v1/dead-letters for those that were.",
    )


def no_key() -> Problem:
    """Return the problem of a request that could be carried out twice."""
    return Problem(
        400,
        "no-idempotency-key",
        "The request has no Idempotency-Key header, so that it could be carried out twice.",
        remedy="Send Idempotency-Key with a new UUID, and the same one whenever the request is"
        " repeated because its answer was lost.",
    )


def key_reused() -> Problem:
    """Return the problem of an Idempotency-Key that belongs to another request."""
    return Problem(
        422,
        "idempotency-key-reused",
        "The Idempotency-Key was sent before with another request.",
        remedy=_AGAIN,
    )
