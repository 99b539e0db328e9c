"""The auditor: what the desk holds, compared with what Asterisk has, while both go on.

Events can be lost, and so can what they would have told. So the desk looks at Asterisk again
and again, beside what it hears. Such a look may be older than an event that has been heard, or
newer than one that is on its way: one look proves nothing. What differs at two looks, of a call
or seat to which nothing has happened in between, is *drift*: it is healed by the facts that were
missed, counted by its kind, and told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing import reconcile
from sip112.routing.call import Call, CallState
from sip112.routing.ids import CallId, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.pad import Pad
from sip112.routing.seat import Post
from sip112.routing.value import value

EVERY_S: Final = 5.0
"""Seconds between two looks at an Asterisk with which the desk agrees."""

AGAIN_S: Final = 1.0
"""Seconds until the second look, where something differs. No event is so long on its way: the
link would have been given up."""


class DriftKind(StrEnum):
    """On what the desk and Asterisk did not agree."""

    CALL_MISSED = "call_missed"
    """Asterisk has a call, or had one, of which the desk never heard."""
    CALL_GHOST = "call_ghost"
    """The desk has a call that has ended."""
    CALL_STATE = "call_state"
    """A call waits, rings or talks otherwise than the desk has it."""
    CALL_LABEL = "call_label"
    """A call does not carry its ticket's number."""
    SEAT_DUTY = "seat_duty"
    """A seat is on or off duty, held or paused, otherwise than the desk has it."""
    SEAT_PHONE = "seat_phone"
    """A seat's phone is idle, in use or gone, otherwise than the desk has it."""


@value
class Drift:
    """One difference."""

    kind: DriftKind
    subject: str
    """The call's uniqueid or the seat."""
    held: object
    """What the desk holds of it: the same at two looks if nothing happened to it in between."""
    facts: tuple[e.Fact, ...] = ()
    """What was missed, in order."""
    action: f.Action | None = None
    """What Asterisk must do, where it is Asterisk that lacks something."""


class Auditor:
    """Tells drift from changes on their way. See the module's docstring."""

    def __init__(self, pad: Pad) -> None:
        self.healed: Counter[DriftKind] = Counter()
        self._pad = pad
        self._looks: dict[PbxId, Instant] = {}
        """When an Asterisk is looked at next, by the pad's clock."""
        self._suspects: dict[PbxId, dict[tuple[DriftKind, str], object]] = {}

    def look_after(self, pbx: PbxId, seconds: float) -> None:
        """Have a look at `pbx` with the first tick in so many seconds."""
        self._looks[pbx] = Instant(self._pad.clock + seconds)

    def due(self) -> list[PbxId]:
        """Return the Asterisks that are to be looked at by now."""
        return [pbx for pbx, at in self._looks.items() if at <= self._pad.clock]

    def confirm(self, pbx: PbxId, found: Iterable[Drift]) -> list[Drift]:
        """Return those of `found` that differed at the last look too, and count them."""
        before = self._suspects.get(pbx, {})
        confirmed: list[Drift] = []
        suspects: dict[tuple[DriftKind, str], object] = {}
        for drift in found:
            key = drift.kind, drift.subject
            if key in before and before[key] == drift.held:
                confirmed.append(drift)
                self.healed[drift.kind] += 1
            else:
                suspects[key] = drift.held
        self._suspects[pbx] = suspects
        return confirmed

    def suspects(self, pbx: PbxId) -> bool:
        """Whether something differed at the last look."""
        return bool(self._suspects.get(pbx))

    def forget(self, pbx: PbxId) -> None:
        """Begin anew: after a snapshot nothing differs."""
        self._suspects.pop(pbx, None)


def calls(
    known: Mapping[Uniqueid, Call],
    seats: Iterable[SeatId],
    ended: Callable[[CallId], bool],
    young: Callable[[Call], bool],
    snapshot: e.Snapshot,
) -> Iterator[Drift]:
    """Yield on which calls the desk and Asterisk do not agree.

    Args:
        known: the desk's live calls of this PBX.
        seats: the desk's seats.
        ended: whether the desk has already seen the end of a call.
        young: whether the offer of a call was made just now.
        snapshot: what Asterisk says.
    """
    missed: dict[Uniqueid, list[e.Fact]] = {}
    for fact in reconcile.calls(known, tuple(seats), ended, young, snapshot):
        if isinstance(fact, e.CallArrived | e.CallFact) and _is_news(
            known.get(fact.uniqueid), fact
        ):
            missed.setdefault(fact.uniqueid, []).append(fact)
    for uniqueid, facts in missed.items():
        yield Drift(_kind(facts), uniqueid, known.get(uniqueid), tuple(facts))
    for channel in snapshot.channels:
        call = known.get(channel.uniqueid)
        if call is None or channel.ticket_number == call.ticket_number:
            continue
        if call.uniqueid in missed:  # perhaps its id is another call's by now
            continue
        if call.ticket_number is not None:
            label = f.LabelCall(call.pbx, call.uniqueid, call.channel, call.ticket_number)
            yield Drift(DriftKind.CALL_LABEL, call.uniqueid, call, action=label)


def seats(
    posts: Mapping[SeatId, Post], changing: Callable[[SeatId], bool], snapshot: e.Snapshot
) -> Iterator[Drift]:
    """Yield on which seats the desk and Asterisk do not agree; those `changing` are left alone."""
    members = {m.seat: m for m in snapshot.members if m.centre == snapshot.centre}
    for seat, post in posts.items():
        if changing(seat):
            continue
        member = members.get(seat)
        if member is None:
            if post.agent is not None:
                centre = snapshot.centre
                gone = e.MemberRemoved(snapshot.at, snapshot.pbx, centre, seat)
                yield Drift(DriftKind.SEAT_DUTY, seat, post, (gone,))
            continue
        there = reconcile.post(member, post.agent)
        if there == post:
            continue
        same_duty = there.evolve(device=post.device) == post
        kind = DriftKind.SEAT_PHONE if same_duty else DriftKind.SEAT_DUTY
        yield Drift(kind, seat, post, (e.MemberChanged(snapshot.at, snapshot.pbx, member),))


def _is_news(call: Call | None, fact: e.Fact) -> bool:
    """Whether `fact` says more than the desk has; a snapshot tells what is so, new or not."""
    match fact:
        case e.SeatRings():
            if call is None or call.state in {CallState.ARRIVED, CallState.QUEUED}:
                return True
            rings_elsewhere = call.state is CallState.RINGING and call.seat != fact.seat
            return rings_elsewhere or call.state is CallState.OFFERED
        case e.CallQueued():
            return call is None or call.state is CallState.ARRIVED
        case _:
            return True


def _kind(facts: list[e.Fact]) -> DriftKind:
    if any(isinstance(fact, e.CallArrived) for fact in facts):
        return DriftKind.CALL_MISSED
    if any(isinstance(fact, e.CallEnded | e.CallLost) for fact in facts):
        return DriftKind.CALL_GHOST
    return DriftKind.CALL_STATE
