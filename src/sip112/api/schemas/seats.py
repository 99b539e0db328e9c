"""A seat as the API shows it, and what is said for one: who sits there, why it pauses."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.inputs import BodyModel, Line, Name, Skill
from sip112.api.schemas.values import Time, doc, identifier, time, time_or_null
from sip112.routing.effects import HELD
from sip112.routing.seat import Device, Seat, SeatState


class SeatView(TypedDict):
    """A seat: a place with a phone at which an agent takes calls."""

    id: Annotated[str, doc("Name of the seat, and of its PJSIP endpoint.")]
    centre: Annotated[str, doc("Code of the 112 centre.")]
    state: Annotated[SeatState, doc("What a supervisor sees; the strongest fact wins.")]
    since: Annotated[Time | None, doc("When `state` last changed; null if it never did.")]
    agent: Annotated[str | None, doc("Who is logged in; null is off duty.")]
    skills: Annotated[list[str], doc("Skills of the seat and of who sits there.")]
    device: Annotated[Device, doc("State of the phone.")]
    held: Annotated[
        bool,
        doc("Whether only the service rings it; false on duty means that Asterisk's queue may."),
    ]
    pause_reason: Annotated[str | None, doc("Why it takes no calls; null is not paused.")]
    call: Annotated[
        str | None, doc("Identifier of the call that is offered to, rings at or talks with it.")
    ]
    wrap_up_until: Annotated[
        Time | None, doc("When wrap-up ends by itself; null if there is none.")
    ]


def seat_view(seat: Seat) -> SeatView:
    """Return a seat as the API shows it."""
    return {
        "id": seat.id,
        "centre": seat.centre,
        "state": seat.state,
        "since": time(seat.since) if seat.since else None,
        "agent": seat.agent,
        "skills": sorted(seat.skills),
        "device": seat.device,
        "held": seat.held,
        "pause_reason": seat.pause_reason,
        "call": None if seat.call is None else identifier(seat.call.int),
        "wrap_up_until": time_or_null(seat.wrap_up_until),
    }


class SeatList(TypedDict):
    """All seats of the centre."""

    items: Annotated[list[SeatView], doc("The seats, by name.")]


class Login(BodyModel):
    """Who sits down at the seat."""

    agent: Annotated[Name, doc("Login name of the person.")]
    skills: Annotated[
        frozenset[Skill],
        Field(max_length=20),
        doc("The person's skills, such as language codes; the seat's own are added."),
    ] = frozenset()


class Shown(BodyModel):
    """Where the ticket is shown."""

    seat: Annotated[Name, doc("The seat at which the call rings.")]


def _not_reserved(reason: str) -> str:
    if reason.casefold() == HELD:
        raise ValueError(f"{HELD!r} is how Asterisk knows that the service holds a seat")
    return reason


class PauseReason(BodyModel):
    """Why the seat takes no calls."""

    reason: Annotated[
        Line,
        StringConstraints(max_length=80),
        AfterValidator(_not_reserved),
        doc("A few words, such as `break`."),
    ]
