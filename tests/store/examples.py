"""Invented calls as the desk records them."""

from __future__ import annotations

from itertools import count
from typing import Any

from sip112.routing.call import (
    Call,
    Caller,
    CallState,
    Offer,
    OfferResult,
    Outcome,
)
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import (
    AgentId,
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    Seq,
    Uniqueid,
    call_id,
    ticket_id,
)
from sip112.routing.seat import Device, Seat
from sip112.routing.ticket import Ticket, ticket_number

PKY = CentreCode("PKY")
DAY = "20261122"
START = Instant(1_795_300_000.0)

_seqs = count(1)


def record(kind: EntryKind, at: float = START, **fields: Any) -> Record:
    """Return a journal entry with the next number."""
    return Record(Seq(next(_seqs)), Instant(at), fields.pop("centre", PKY), kind, **fields)


def arrived(n: int, *, at: float = START, centre: CentreCode = PKY, **fields: Any) -> Call:
    """Return the `n`-th call as it arrives."""
    pbx, uniqueid = PbxId("pbx1"), Uniqueid(f"1795300000.{n}")
    this = call_id(pbx, uniqueid, Instant(at))
    given: dict[str, Any] = {"trunk": "trunk", "caller": Caller(f"0812555{n:04d}", "Budi")} | fields
    return Call(
        id=this,
        centre=centre,
        pbx=pbx,
        uniqueid=uniqueid,
        channel=f"PJSIP/trunk-{n:08x}",
        arrived_at=Instant(at),
        ticket=ticket_id(this),
        ticket_number=ticket_number(centre, DAY, n),
        **given,
    )


def ticket_of(call: Call) -> Ticket:
    """Return the ticket that `call` opens."""
    assert call.ticket is not None
    assert call.ticket_number is not None
    return Ticket(call.ticket, call.ticket_number, call.centre, call.id, call.arrived_at)


def opening(call: Call) -> Record:
    """Return the entry with which `call` opens its ticket."""
    return record(
        EntryKind.CALL_ARRIVED,
        call.arrived_at,
        centre=call.centre,
        call=call,
        ticket=ticket_of(call),
    )


def life(n: int, *, at: float = START, seat: str = "seat-01", **fields: Any) -> list[Record]:
    """Return the entries of a call that waits, rings a seat, is answered and ends."""
    seat_id, agent = SeatId(seat), AgentId("ani")
    first = arrived(n, at=at, **fields)
    queued = first.evolve(state=CallState.QUEUED, position=1, queued_at=Instant(at + 0.5))
    offer = Offer(seat_id, agent, Instant(at + 1))
    offered = queued.evolve(state=CallState.OFFERED, seat=seat_id, agent=agent, offers=(offer,))
    at_seat = Seat(
        seat_id,
        first.centre,
        frozenset({"id", "jv"}),
        agent,
        Device.IDLE,
        held=True,
        call=first.id,
        since=Instant(at + 1),
    )
    ringing = offered.evolve(state=CallState.RINGING)
    taken = Offer(
        seat_id,
        agent,
        Instant(at + 1),
        rang_at=Instant(at + 1.25),
        ended_at=Instant(at + 4),
        result=OfferResult.ANSWERED,
    )
    talking = ringing.evolve(state=CallState.TALKING, offers=(taken,), answered_at=Instant(at + 4))
    ended = talking.evolve(
        state=CallState.ENDED, ended_at=Instant(at + 60), outcome=Outcome.ANSWERED, cause=16
    )
    centre = first.centre
    return [
        opening(first),
        record(EntryKind.CALL_QUEUED, at + 0.5, centre=centre, call=queued),
        record(EntryKind.CALL_OFFERED, at + 1, centre=centre, call=offered, seat=at_seat),
        record(EntryKind.CALL_RINGING, at + 1.25, centre=centre, call=ringing, seat=at_seat),
        record(
            EntryKind.CALL_ANSWERED,
            at + 4,
            centre=centre,
            call=talking,
            seat=at_seat.evolve(talking=True, device=Device.IN_USE),
        ),
        record(
            EntryKind.CALL_ENDED,
            at + 60,
            centre=centre,
            call=ended,
            seat=at_seat.evolve(call=None),
        ),
    ]
