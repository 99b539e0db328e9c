"""Supervisors who listen, as the API shows them, and how they ask for it."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.inputs import BodyModel, Name
from sip112.api.schemas.values import Time, doc, identifier, time, time_or_null
from sip112.routing.call import OfferResult
from sip112.routing.spy import Spy, SpyEnd, SpyMode, SpyState


class SpyView(TypedDict):
    """A supervisor who listens to a seat, or is about to."""

    seat: Annotated[str, doc("The seat that is listened to.")]
    agent: Annotated[str | None, doc("Who talks there.")]
    by: Annotated[str, doc("The supervisor's seat.")]
    who: Annotated[str, doc("Who asked for it.")]
    mode: Annotated[SpyMode, doc("Who hears the supervisor: nobody, the seat, or everybody.")]
    state: Annotated[SpyState, doc("Whether the supervisor's phone rings, or was picked up.")]
    call_id: Annotated[str, doc("Identifier (UUID) of the call.")]
    ticket_number: Annotated[str | None, doc("The call's ticket.")]
    since: Annotated[Time, doc("When it was asked for.")]
    began_at: Annotated[Time | None, doc("When the phone was picked up.")]
    ended_at: Annotated[Time | None, doc("When it was over.")]
    end: Annotated[SpyEnd | None, doc("Why it is over.")]
    result: Annotated[OfferResult | None, doc("Why the phone was not picked up.")]


def spy_view(spy: Spy) -> SpyView:
    """Return a supervisor who listens as the API shows it."""
    return {
        "seat": spy.seat,
        "agent": spy.agent,
        "by": spy.by,
        "who": spy.who,
        "mode": spy.mode,
        "state": spy.state,
        "call_id": identifier(spy.call.int),
        "ticket_number": spy.ticket_number,
        "since": time(spy.since),
        "began_at": time_or_null(spy.began_at),
        "ended_at": time_or_null(spy.ended_at),
        "end": spy.end,
        "result": spy.result,
    }


class SpyList(TypedDict):
    """Every supervisor who listens."""

    items: Annotated[list[SpyView], doc("In the order in which they asked for it.")]


class SpyOrder(BodyModel):
    """How a seat is listened to, and from where."""

    mode: Annotated[SpyMode, doc("Who hears the supervisor: nobody, the seat, or everybody.")]
    seat: Annotated[
        Name | None,
        doc("The supervisor's seat. People may leave it out: it is the one where they sit."),
    ] = None
