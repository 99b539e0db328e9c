"""What follows from a look at Asterisk: a snapshot, compared with what the desk holds.

Asterisk holds the truth about calls in progress. The difference is told as ordinary facts,
in the order in which they happened, so that the desk has one way of learning a thing and
not two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, CallState, OfferResult, Party, Place, RoomState
from sip112.routing.ids import AgentId, CallId, SeatId, Uniqueid, call_id
from sip112.routing.seat import Post
from sip112.routing.started import Line

ELSEWHERE: Final = SeatId("(elsewhere)")
"""Where a caller talks who talks with no seat that is known here."""

YOUNG_S: Final = 2.0
"""Seconds for which a snapshot need not show yet whom the desk has called."""


def calls(
    known: Mapping[Uniqueid, Call],
    seats: Collection[SeatId],
    ended: Callable[[CallId], bool],
    young: Callable[[Call], bool],
    snapshot: e.Snapshot,
) -> Iterator[e.Fact]:
    """Yield what happened to calls, by the notes and channels of `snapshot`.

    Args:
        known: the desk's live calls of this PBX.
        seats: the desk's seats.
        ended: whether the desk has already seen the end of a call.
        young: whether the offer of a call was made just now: a snapshot may not show it yet,
            though Asterisk has begun it.
        snapshot: what Asterisk says.
    """
    channels = {channel.uniqueid: channel for channel in snapshot.channels}
    legs = _legs(snapshot, {*seats, *(member.seat for member in snapshot.members)})
    noted: set[Uniqueid] = set()
    for note in sorted(snapshot.notes, key=lambda note: note.arrival.arrived_at):
        arrival = note.arrival
        uniqueid = arrival.uniqueid
        noted.add(uniqueid)
        this = call_id(arrival.pbx, uniqueid, arrival.arrived_at)
        if ended(this):
            continue
        call = known.get(uniqueid)
        if call is not None and call.id != this:  # a restarted Asterisk gave the id out again
            yield e.CallLost(snapshot.at, snapshot.pbx, uniqueid)
            call = None
        if call is None:
            channel = channels.get(uniqueid)
            number = note.ticket_number or (channel.ticket_number if channel else None)
            yield replace(arrival, backfill=True, ticket_number=number)
        if note.ended_at is not None:
            yield e.CallEnded(
                note.ended_at,
                snapshot.pbx,
                uniqueid,
                note.cause,
                note.seat,
                note.answered_at,
                note.by_pbx,
            )
        elif uniqueid in channels:
            yield from _in_progress(call, note, channels[uniqueid], legs, young, snapshot)
        else:
            if note.answered_at is not None and not _talks(call):
                seat = note.seat or ELSEWHERE
                yield e.SeatAnswered(note.answered_at, snapshot.pbx, uniqueid, seat)
            yield e.CallLost(snapshot.at, snapshot.pbx, uniqueid)
    for uniqueid, call in known.items():
        if uniqueid in noted:
            continue
        if uniqueid in channels:
            yield from _in_progress(call, None, channels[uniqueid], legs, young, snapshot)
        else:
            yield e.CallLost(snapshot.at, snapshot.pbx, uniqueid)


def _in_progress(
    call: Call | None,
    note: e.Note | None,
    channel: e.Channel,
    legs: Mapping[str, Sequence[e.Channel]],
    young: Callable[[Call], bool],
    snapshot: e.Snapshot,
) -> Iterator[e.Fact]:
    """Yield what brings a live call to the state in which Asterisk has it."""
    at, pbx, uniqueid = snapshot.at, snapshot.pbx, channel.uniqueid
    its = legs.get(channel.linkedid, ())
    offer = None if call is None else call.offer
    since = None if note is None else note.answered_at
    if channel.bridged or channel.room is not None or since is not None:
        # between the answer and the bridge is an instant
        seat = _who_answered(its, note)
        leg = next((each for each in its if seat_of(each) == seat), None)
        if not _talks(call):
            name = "" if leg is None else leg.name
            yield e.SeatAnswered(at, pbx, uniqueid, seat, since, name)
        if channel.room is not None:
            parties = _parties(call, channel, snapshot)
            if not _talks(call) or not parties or _differ(call, parties, room=True):
                yield e.PartiesSeen(at, pbx, uniqueid, parties, room=True)
        elif _talks(call) and leg is not None:
            party = Party(Line(seat), Place.TALKING, at if since is None else since, leg.name)
            if _differ(call, (party,), room=False):
                yield e.PartiesSeen(at, pbx, uniqueid, (party,), room=False)
        return
    if _talks(call) and note is not None:  # whoever left the caller alone made it forget the answer
        yield e.LeftAlone(at, pbx, uniqueid)
    ringing = [seat_of(leg) for leg in its if not _in_vain(call, seat_of(leg))]
    if call is not None and offer is not None and offer.seat not in ringing and not young(call):
        yield e.CallReturned(at, pbx, uniqueid, offer.seat, OfferResult.FAILED)
    if ringing:  # more than one where all seats are rung at once; the offer stands for them
        seat = offer.seat if offer is not None and offer.seat in ringing else ringing[0]
        yield e.SeatRings(at, pbx, uniqueid, seat)
    elif uniqueid in snapshot.positions:
        yield e.CallQueued(at, pbx, uniqueid, snapshot.positions[uniqueid])


def _who_answered(legs: Sequence[e.Channel], note: e.Note | None) -> SeatId:
    """Return the seat with which a caller talks: in a bridge, or by the note, or the only one."""
    bridged = next((leg for leg in legs if leg.bridged), None)
    if bridged is not None:
        return seat_of(bridged)
    if note is not None and note.answered_at is not None:
        return note.seat or ELSEWHERE
    return seat_of(legs[0]) if legs else ELSEWHERE


def _parties(call: Call | None, channel: e.Channel, snapshot: e.Snapshot) -> tuple[Party, ...]:
    """Return who is in the room of the caller's `channel` by now, and who is still called."""
    before = {} if call is None else {party.line: party for party in call.parties}
    found: dict[Line, Party] = {}
    for leg in snapshot.channels:
        if leg.room != channel.uniqueid or leg is channel:
            continue
        place = Place.ASIDE if leg.aside else Place.TALKING
        known = before.get(leg.line)
        since = known.since if known is not None and known.place is place else snapshot.at
        found[leg.line] = Party(leg.line, place, since, leg.name)
    there = {each.uniqueid for each in snapshot.channels}
    for line, party in before.items():
        if party.place is Place.RINGING and line not in found:
            young = snapshot.at - party.since <= YOUNG_S
            if young or party.handle in there:
                found[line] = party
    order = [*(line for line in before if line in found), *found]
    return tuple(found[line] for line in dict.fromkeys(order))


def _differ(call: Call | None, parties: tuple[Party, ...], *, room: bool) -> bool:
    """Whether the desk has the parties of a call otherwise, or knows too little of them."""
    if call is None or (call.room is RoomState.IN) is not room:
        return True
    held = {(each.line, each.place) for each in call.parties if each.handle}
    return held != {(each.line, each.place) for each in parties}


def _talks(call: Call | None) -> bool:
    return call is not None and call.state is CallState.TALKING


def _legs(snapshot: e.Snapshot, seats: Collection[SeatId]) -> dict[str, list[e.Channel]]:
    """Return the seats' legs of each caller, by the linkedid that they share."""
    legs: dict[str, list[e.Channel]] = {}
    for channel in snapshot.channels:
        if channel.uniqueid != channel.linkedid and seat_of(channel) in seats:
            legs.setdefault(channel.linkedid, []).append(channel)
    return legs


def seat_of(leg: e.Channel) -> SeatId:
    """Return the seat whose channel this is, if it is a seat's: ``PJSIP/seat-03-0000002a``."""
    return SeatId(leg.name.partition("/")[2].rpartition("-")[0])


def _in_vain(call: Call | None, seat: SeatId) -> bool:
    """Whether Asterisk still dials a phone that is gone: to app_dial it rings."""
    last = call.offers[-1] if call is not None and call.offers else None
    return last is not None and last.seat == seat and last.result is OfferResult.UNREACHABLE


def post(member: e.Member, known: AgentId | None) -> Post:
    """Return a seat's post as the queue's member has it; `known` is its agent, if that is all."""
    held = member.paused and member.reason == f.HELD
    return Post(
        member.agent or known or AgentId(member.seat),
        member.device,
        held,
        (member.reason or "paused") if member.paused and not held else None,
    )
