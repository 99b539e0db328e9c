"""Who is to be called back, as the API shows it, and what one says of a callback."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.inputs import BodyModel, Name
from sip112.api.schemas.values import Time, doc, identifier, time, time_or_null
from sip112.routing.callback import SAID, Callback, CallbackOutcome, CallbackState, TryResult


class CallbackView(TypedDict):
    """Somebody who got no answer, and is to be called back."""

    id: Annotated[str, doc("Identifier (UUID): that of the call.")]
    number: Annotated[str, doc("What is called: digits.")]
    name: Annotated[str | None, doc("The caller's name, as the call had it.")]
    ticket_number: Annotated[str | None, doc("The call's ticket.")]
    arrived_at: Annotated[Time, doc("When the call arrived.")]
    opened_at: Annotated[Time, doc("When it ended without an answer.")]
    state: Annotated[CallbackState, doc("Whether a seat calls, or it can be taken.")]
    tries: Annotated[int, doc("How often it was taken.")]
    seat: Annotated[str | None, doc("The seat that calls, or that called last.")]
    agent: Annotated[str | None, doc("Who sat there.")]
    taken_at: Annotated[Time | None, doc("When it was last taken.")]
    result: Annotated[
        TryResult | None,
        doc(
            "How the last try ended; `gave_way`: a caller waited, and gets the seat. Null while "
            "it goes on, and where the seat itself gave it back."
        ),
    ]
    outcome: Annotated[CallbackOutcome | None, doc("What came of it, once it is over.")]
    closed_at: Annotated[Time | None, doc("When that was.")]


def callback_view(callback: Callback) -> CallbackView:
    """Return a callback as the API shows it."""
    return {
        "id": identifier(callback.call.int),
        "number": callback.number,
        "name": callback.name,
        "ticket_number": callback.ticket_number,
        "arrived_at": time(callback.arrived_at),
        "opened_at": time(callback.opened_at),
        "state": callback.state,
        "tries": callback.tries,
        "seat": callback.seat,
        "agent": callback.agent,
        "taken_at": time_or_null(callback.taken_at),
        "result": callback.result,
        "outcome": callback.outcome,
        "closed_at": time_or_null(callback.closed_at),
    }


class CallbackList(TypedDict):
    """Everybody who is to be called back."""

    items: Annotated[list[CallbackView], doc("The oldest first.")]


class CallbackSeat(BodyModel):
    """From where somebody is called back."""

    seat: Annotated[Name, doc("The seat, where one sits.")]


def _can_be_said(outcome: CallbackOutcome) -> CallbackOutcome:
    if outcome not in SAID:
        raise ValueError(f"{outcome.value!r} is found out, and not said")
    return outcome


class CallbackDoneBody(CallbackSeat):
    """What came of a callback."""

    outcome: Annotated[
        CallbackOutcome,
        AfterValidator(_can_be_said),
        doc("One of " + ", ".join(f"`{each}`" for each in sorted(SAID)) + "."),
    ]
