"""Whoever begins to listen in the middle, hears twice, or was away comes to the same end.

A story is what happens at a centre with a desk in charge: callers, agents, phones, a link
that breaks, an Asterisk that restarts, a service that stands still. The stream is what that
desk heard. Other desks are then given parts of the stream; what they want done is not done
any more, and what Asterisk said is all that they have.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, OfferResult, Outcome
from sip112.routing.desk import Desk
from sip112.routing.ids import AgentId, CallId, SeatId
from sip112.routing.pad import DeskConfig
from sip112.routing.seat import Profile, SeatConfig
from tests.unit.invariants import consistent
from tests.unit.pbx import CENTRE, PBX, Leg, Pbx

SEATS: Final = tuple(SeatId(f"seat-{n:02}") for n in range(1, 5))
POPUP: Final = (Profile.SIP_MESSAGE,)
CONFIG: Final = DeskConfig(
    CENTRE,
    ZoneInfo("Asia/Jakarta"),
    (
        SeatConfig(SEATS[0]),
        SeatConfig(SEATS[1], frozenset({"en"})),
        SeatConfig(SEATS[2], frozenset({"en", "medical"}), popup=POPUP),
        SeatConfig(SEATS[3]),
    ),
    (PBX,),
    wrap_up_s=4,
)

OPS: Final = (
    *("arrive", "arrive", "join", "answer", "answer", "fail", "hang up", "hang up"),
    *("log in", "log in", "pause", "resume", "log out", "register", "wait", "wait"),
    *("link", "restart", "native"),
)
Script = list[tuple[str, int]]
SCRIPTS = st.lists(st.tuples(st.sampled_from(OPS), st.integers(0, 11)), max_size=50)


class Story:
    """What happened, as the desk in charge heard it, and Asterisk's state in between."""

    def __init__(self, script: Script) -> None:
        self.pbx = Pbx(SEATS)
        self.desk = Desk(CONFIG)
        self.stream: list[e.Event] = []
        self.records: list[f.Record] = []
        self.pauses: list[tuple[int, e.Snapshot]] = []
        """How much had been heard, and what a look would have shown then."""
        self._ids = itertools.count(1)
        self.hear(e.StoreRead(self.pbx.at, {}, 0, "20261122"))
        self.hear(self.pbx.snapshot())
        for seat in SEATS[:2]:
            self.tell("log in", SEATS.index(seat))
        for what, n in script:
            self.tell(what, n)
        self.final = self.look()

    def look(self) -> e.Snapshot:
        """Return what a look at Asterisk would show now."""
        return self.pbx.snapshot()

    def hear(self, event: e.Event) -> None:
        """Let the desk take an event, and Asterisk do what it wants."""
        if not isinstance(event, e.LogIn | e.LogOut | e.Pause | e.Resume | e.StoreRead):
            self.stream.append(event)
        for effect in self.desk.step(event):
            match effect:
                case f.Record():
                    self.records.append(effect)
                case f.Reply():
                    pass
                case f.Resync():
                    if self.pbx.up:
                        self.pbx.outbox.append(self.pbx.snapshot())
                case _ if self.pbx.up:
                    self.pbx.do(effect)
                case _:
                    failed = e.ActionFailed(self.pbx.at, PBX, effect, "the link is down")
                    self.pbx.outbox.append(failed)

    def tell(self, what: str, n: int) -> None:
        """Let something happen, and let it be heard."""
        self.pbx.now += 0.1
        self.happen(what, n)
        while self.pbx.outbox:
            self.hear(self.pbx.outbox.popleft())
        if self.pbx.up:
            self.pauses.append((len(self.stream), self.look()))

    def happen(self, what: str, n: int) -> None:
        """Let something happen, if it can."""
        pbx = self.pbx
        match what:
            case "arrive":
                pbx.arrive(priority=n // 10)
            case "join" | "answer" | "fail" | "hang up":
                legs = [leg for leg in pbx.legs.values() if _can(leg, what, pbx)]
                if legs:
                    _happen_to(legs[n % len(legs)], what, n, pbx)
            case "log in" | "pause" | "resume" | "log out":
                self.command(what, SEATS[n % len(SEATS)])
            case "register":
                pbx.register(SEATS[n % len(SEATS)], yes=n % 3 > 0)
            case "wait":
                for _ in range(n):
                    pbx.now += 0.5
                    self.hear(e.Tick(pbx.at))
            case "link":
                pbx.outbox.append(pbx.snapshot() if not pbx.up else e.LinkDown(pbx.at, PBX))
                pbx.up = not pbx.up
            case "restart" if not pbx.up:
                pbx.restart()
            case "native":
                pbx.now += 3 + n
                pbx.watch()
                pbx.ring_natively()
                self.hear(e.Tick(pbx.at))
            case _:
                pass

    def command(self, what: str, seat: SeatId) -> None:
        """Let an agent do something at a seat."""
        at, number = self.pbx.at, next(self._ids)
        match what:
            case "log in":
                self.pbx.register(seat, yes=True)
                self.hear(e.LogIn(at, number, seat, AgentId(f"agent of {seat}")))
            case "pause":
                self.hear(e.Pause(at, number, seat, "prayer"))
            case "resume":
                self.hear(e.Resume(at, number, seat))
            case _:
                self.hear(e.LogOut(at, number, seat))


def _can(leg: Leg, what: str, pbx: Pbx) -> bool:
    """Whether `what` can happen to a caller."""
    match what:
        case "join":
            return leg.place == "dialplan"
        case "answer":
            return leg.place == "dial" and leg.seat in pbx.registered
        case "fail":
            return leg.place == "dial"
        case _:
            return True


def _happen_to(leg: Leg, what: str, n: int, pbx: Pbx) -> None:
    match what:
        case "join":
            pbx.join(leg)
        case "answer":
            pbx.answer(leg)
        case "fail":
            results = (OfferResult.NO_ANSWER, OfferResult.REJECTED, OfferResult.UNREACHABLE)
            pbx.fail(leg, results[n % 3])
        case _:
            pbx.hang_up(leg)


Ending = dict[CallId, tuple[Outcome | None, SeatId | None]]


def ending(records: Iterable[f.Record]) -> Ending:
    """Return how each call ended, if it has, and who answered it, as the store would have it."""
    calls: dict[CallId, Call] = {}
    ended = 0
    for record in records:
        if record.call is not None:
            calls[record.call.id] = record.call
            ended += record.kind is f.EntryKind.CALL_ENDED
    assert ended == sum(call.outcome is not None for call in calls.values()), "ended twice"
    return {
        call.id: (
            call.outcome,
            # who had talked is not known any more when Asterisk takes a call with it
            call.seat if call.answered_at and call.outcome is not Outcome.LOST_BY_PBX else None,
        )
        for call in calls.values()
    }


def replay(events: Iterable[e.Event]) -> list[f.Record]:
    """Let a new desk hear `events`; return its journal. It is sound after each of them."""
    desk = Desk(CONFIG)
    records: list[f.Record] = []
    for event in events:
        records += [each for each in desk.step(event) if isinstance(each, f.Record)]
        consistent(desk)
    numbers = [each.ticket.number for each in records if each.ticket is not None]
    assert len(numbers) == len(set(numbers)), "a number was given out twice"
    return records


def told(story: Story) -> Ending:
    """Return how the story ended, with a last look as the others will have."""
    story.hear(story.final)
    return ending(story.records)


FEW = settings(max_examples=60)


@FEW
@given(SCRIPTS)
def test_every_suffix_survives(script: Script) -> None:
    """Listening begins anywhere; a look at the end tells all that was missed."""
    story = Story(script)
    stream, end = list(story.stream), told(story)
    for begin in range(len(stream) + 1):
        assert ending(replay([*stream[begin:], story.final])) == end


@FEW
@given(SCRIPTS)
def test_a_look_in_between_changes_nothing(script: Script) -> None:
    """Prefix, resync and rest end as the uninterrupted run does."""
    story = Story(script)
    stream, end = list(story.stream), told(story)
    for heard, look in story.pauses:
        parts = [*stream[:heard], look, *stream[heard:], story.final]
        assert ending(replay(parts)) == end


@FEW
@given(SCRIPTS)
def test_a_service_that_starts_in_between_comes_to_the_same_end(script: Script) -> None:
    """It has heard nothing of what was before: a look, and the rest."""
    story = Story(script)
    stream, end = list(story.stream), told(story)
    for heard, look in story.pauses:
        assert ending(replay([look, *stream[heard:], story.final])) == end


@FEW
@given(SCRIPTS)
def test_what_is_heard_twice_changes_nothing(script: Script) -> None:
    """The second time leads to nothing: no action, no entry, no change."""
    story = Story(script)
    desk = Desk(CONFIG)
    for event in story.stream:
        desk.step(event)
        if not isinstance(event, e.Snapshot | e.Look | e.Tick):  # two looks are what proves drift
            before = desk.calls(), desk.seats(), desk.waiting(), desk.sight
            assert desk.step(event) == []
            assert (desk.calls(), desk.seats(), desk.waiting(), desk.sight) == before


@FEW
@given(SCRIPTS, st.data())
def test_what_comes_again_late_changes_no_ending(script: Script, data: st.DataObject) -> None:
    """An arrival, an answer or an end that is repeated much later is known as one."""
    story = Story(script)
    stream, end = list(story.stream), told(story)
    known = e.CallArrived | e.SeatAnswered | e.CallEnded
    places = [n for n, event in enumerate(stream) if isinstance(event, known)]
    if places:
        place = data.draw(st.sampled_from(places))
        later = data.draw(st.integers(place + 1, len(stream)))
        again = [*stream[:later], stream[place], *stream[later:], story.final]
        assert ending(replay(again)) == end


def test_the_stories_are_worth_telling() -> None:
    """One long story has every kind of event and of ending in it, so that the others can."""
    chance = Random(112)  # noqa: S311 - a story, not a secret
    script = [(chance.choice(OPS), chance.randrange(12)) for _ in range(500)]
    story = Story(script)
    kinds = {type(event) for event in story.stream}
    told(story)
    calls = [record.call for record in story.records if record.call is not None]
    outcomes = {call.outcome for call in calls}
    assert {e.SeatRings, e.SeatAnswered, e.CallReturned, e.CallQueued} <= kinds
    assert {e.NativeMode, e.LinkDown, e.Snapshot, e.MemberRemoved, e.SeatDialEnded} <= kinds
    assert {None, *Outcome} <= outcomes
