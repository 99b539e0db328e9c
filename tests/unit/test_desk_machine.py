"""The invariants of the core, held against every interleaving that Hypothesis can find."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, OfferResult
from sip112.routing.desk import Desk
from sip112.routing.ids import AgentId, CallId, Instant, SeatId, TicketNumber
from sip112.routing.pad import DeskConfig, Sight
from sip112.routing.seat import Device, SeatConfig
from tests.unit.invariants import consistent
from tests.unit.pbx import CENTRE, PBX, Leg, Pbx

SEATS = tuple(SeatId(f"seat-{n:02}") for n in range(1, 5))
CONFIG = DeskConfig(
    CENTRE,
    ZoneInfo("Asia/Jakarta"),
    (
        SeatConfig(SEATS[0]),
        SeatConfig(SEATS[1], frozenset({"en"})),
        SeatConfig(SEATS[2], frozenset({"en", "medical"}), message=True),
        SeatConfig(SEATS[3]),
    ),
    PBX,
    wrap_up_s=4,
)

STALL_S = 1.5
"""Seconds without a tick after which the service tells the time before anything else."""
LATEST_S = 3.0
"""Seconds that actions and events may be late while the service runs; after that the link
takes the connection for dead."""


class Machine(RuleBasedStateMachine):
    """A centre whose callers, agents, phones, link and service do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.pbx = Pbx(SEATS)
        self.desk = Desk(CONFIG)
        self.ids = itertools.count(1)
        self.stored: dict[CallId, Call] = {}
        self.numbers: dict[CallId, str] = {}
        self.ended: Counter[CallId] = Counter()
        self.commands: set[int] = set()
        self.seq = 0
        self.held_back: list[f.Effect] = []
        self.late_since = self.pbx.now
        self.executing = True
        self.ticked = self.pbx.now
        self.blind = False
        """The service runs without having read its store."""

    @initialize(
        agents=st.integers(0, len(SEATS)),
        callers=st.integers(0, 4),
    )
    def start(self, agents: int, callers: int) -> None:
        """A shift begins: some are there already."""
        self.give(e.Tick(self.pbx.at))
        self.give(e.StoreRead(self.pbx.at, {}, 0, "20261122"))
        self.give(self.pbx.snapshot())
        for seat in SEATS[:agents]:
            self.an_agent_logs_in(seat, f"agent of {seat}")
        for _ in range(callers):
            self.a_call_arrives(0, frozenset())
        self.settle()

    # --- plumbing --------------------------------------------------------------------

    def give(self, event: e.Event) -> None:
        """Step the desk, carry out its actions, keep its records."""
        if self.stood_still and not isinstance(event, e.Tick):
            self.give(e.Tick(self.pbx.at))  # the service sees to it that time is told first
        self.ticked = self.pbx.now
        effects = self.desk.step(event)
        kinds = [isinstance(each, f.Record | f.Reply) for each in effects]
        assert kinds == sorted(kinds), "actions come before records and replies"
        resync = False
        for effect in effects:
            match effect:
                case f.Record():
                    self.keep(effect)
                case f.Reply():
                    assert effect.id in self.commands, "a command is answered once"
                    self.commands.discard(effect.id)
                case f.Resync():
                    resync = True
                case _ if self.pbx.up:
                    if not self.held_back:
                        self.late_since = self.pbx.now
                    self.held_back.append(effect)
                case _:
                    self.pbx.outbox.append(
                        e.ActionFailed(self.pbx.at, PBX, effect, "the link is down")
                    )
        if self.executing:
            self.execute()
        if resync and self.pbx.up:
            self.execute()
            # everything emitted before the lists were asked for comes first
            self.pbx.outbox.append(self.pbx.snapshot())

    def execute(self) -> None:
        for effect in self.held_back:
            self.pbx.do(effect)
        self.held_back.clear()

    def keep(self, record: f.Record) -> None:
        assert record.seq > self.seq, "journal numbers grow"
        self.seq = record.seq
        if record.ticket is not None and record.call is not None:
            first = self.numbers.setdefault(record.call.id, record.ticket.number)
            assert self.blind or first == record.ticket.number, "a call keeps its ticket"
        if record.call is not None:
            if record.kind is f.EntryKind.CALL_ENDED:
                if not (self.blind and self.ended[record.call.id]):
                    self.ended[record.call.id] += 1
                assert record.call.outcome is not None
                assert record.call.offer is None
            # as the store does: a call's ticket is never overwritten
            number = TicketNumber(self.numbers[record.call.id])
            self.stored[record.call.id] = record.call.evolve(ticket_number=number)

    def deliver(self, most: int = 1) -> None:
        for _ in range(most):
            if not self.pbx.outbox:
                return
            self.give(self.pbx.outbox.popleft())

    def settle(self) -> None:
        """Deliver all there is."""
        self.executing = True
        self.execute()
        for _ in range(2000):
            if not self.pbx.outbox:
                return
            self.deliver()
        raise AssertionError("it never comes to rest")

    @property
    def stood_still(self) -> bool:
        """Whether the service has not told the time for longer than it may."""
        return self.pbx.now - self.ticked > STALL_S

    @property
    def in_charge(self) -> bool:
        """Whether the service may be about to move a caller, by what it last heard."""
        clear = self.desk.sight is Sight.CLEAR and not self.stood_still
        about_to = any(isinstance(each, e.Snapshot) for each in self.pbx.outbox)
        return self.pbx.up and (clear or about_to or bool(self.held_back))

    def legs(self, *places: str) -> list[Leg]:
        return [leg for leg in self.pbx.legs.values() if leg.place in places]

    def ringing(self) -> list[Leg]:
        """Return those who ring a phone that is there."""
        return [leg for leg in self.legs("dial") if leg.seat in self.pbx.registered]

    # --- what may happen ---------------------------------------------------------------

    @rule(n=st.integers(1, 10))
    def events_are_read(self, n: int) -> None:
        self.deliver(n)

    @rule()
    def everything_is_heard(self) -> None:
        self.settle()

    @rule()
    def actions_are_late(self) -> None:
        """Until everything is heard, or they arrive all at once."""
        self.executing = not self.executing
        if self.executing:
            self.execute()

    @rule(seconds=st.floats(0.01, 2))
    def time_passes(self, seconds: float) -> None:
        if self.pbx.now + seconds - self.late_since > LATEST_S:
            self.execute()
        if self.pbx.outbox and self.pbx.now + seconds - self.pbx.outbox[0].at > LATEST_S:
            self.deliver(len(self.pbx.outbox))
        self.pbx.now += seconds
        self.give(e.Tick(self.pbx.at))

    @rule(
        priority=st.sampled_from([0, 0, 10]),
        skills=st.sampled_from(
            [frozenset[str](), frozenset[str](), frozenset({"en"}), frozenset({"none"})]
        ),
    )
    def a_call_arrives(self, priority: int, skills: frozenset[str]) -> None:
        self.pbx.now += 0.01
        self.pbx.arrive(priority, skills)

    @precondition(lambda self: self.legs("dialplan"))
    @rule(data=st.data())
    def a_caller_joins_the_queue(self, data: st.DataObject) -> None:
        self.pbx.join(data.draw(st.sampled_from(self.legs("dialplan"))))

    @precondition(lambda self: self.pbx.legs)
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        self.pbx.hang_up(data.draw(st.sampled_from(list(self.pbx.legs.values()))))

    @precondition(lambda self: self.ringing())
    @rule(data=st.data())
    def a_seat_answers(self, data: st.DataObject) -> None:
        self.pbx.answer(data.draw(st.sampled_from(self.ringing())))

    @precondition(lambda self: self.legs("dial"))
    @rule(
        data=st.data(),
        result=st.sampled_from(
            [OfferResult.NO_ANSWER, OfferResult.REJECTED, OfferResult.UNREACHABLE]
        ),
    )
    def a_seat_fails(self, data: st.DataObject, result: OfferResult) -> None:
        self.pbx.fail(data.draw(st.sampled_from(self.legs("dial"))), result)

    @rule(seat=st.sampled_from(SEATS), yes=st.booleans())
    def a_phone_registers_or_not(self, seat: SeatId, *, yes: bool) -> None:
        self.pbx.register(seat, yes=yes)

    @rule(seat=st.sampled_from(SEATS), agent=st.sampled_from(["siti", "budi", "rina"]))
    def an_agent_logs_in(self, seat: SeatId, agent: str) -> None:
        self.pbx.register(seat, yes=True)
        self.command(e.LogIn(self.pbx.at, next(self.ids), seat, AgentId(agent)))

    @rule(seat=st.sampled_from(SEATS), what=st.sampled_from([e.LogOut, e.Resume, e.EndWrapUp]))
    def an_agent_acts(self, seat: SeatId, what: type[e.LogOut | e.Resume | e.EndWrapUp]) -> None:
        self.command(what(self.pbx.at, next(self.ids), seat))

    @rule(seat=st.sampled_from(SEATS))
    def an_agent_pauses(self, seat: SeatId) -> None:
        self.command(e.Pause(self.pbx.at, next(self.ids), seat, "prayer"))

    def command(self, command: e.Command) -> None:
        self.commands.add(command.id)
        self.give(command)

    @rule()
    def the_link_is_cut_or_back(self) -> None:
        if self.pbx.up:
            self.execute()
            self.pbx.outbox.append(e.LinkDown(self.pbx.at, PBX))
            self.pbx.up = False
        else:
            self.deliver(10_000)  # the link tells that it is down before it is up again
            self.pbx.up = True
            self.pbx.outbox.append(self.pbx.snapshot())

    @precondition(lambda self: not self.pbx.up)
    @rule()
    def asterisk_restarts(self) -> None:
        self.pbx.restart()

    @rule(seconds=st.floats(3, 8))
    def the_service_stands_still(self, seconds: float) -> None:
        """The watchdog sees it, if it is long enough; and the queue rings whom it can."""
        self.execute()  # what it had sent arrives meanwhile
        self.pbx.now += seconds
        self.pbx.watch()
        if not self.in_charge:
            self.pbx.ring_natively()

    @precondition(lambda self: self.pbx.mode == "native" and not self.in_charge)
    @rule()
    def the_queue_rings_by_itself(self) -> None:
        self.pbx.watch()
        self.pbx.ring_natively()

    @precondition(lambda self: self.pbx.members)
    @rule(data=st.data())
    def an_administrator_removes_a_member(self, data: st.DataObject) -> None:
        self.pbx.remove(data.draw(st.sampled_from(list(self.pbx.members))))

    @rule(durable=st.booleans(), sent=st.booleans())
    def the_service_restarts(self, *, durable: bool, sent: bool) -> None:
        """It dies with what it had not read or not sent, and starts with what was stored."""
        if sent:
            self.execute()
        self.held_back.clear()
        self.pbx.outbox.clear()
        self.commands.clear()
        self.pbx.up = True
        self.pbx.now += 0.5
        self.desk = Desk(CONFIG)
        self.give(e.Tick(self.pbx.at))
        live = tuple(call for call in self.stored.values() if call.ended_at is None)
        ended = tuple(call.id for call in self.stored.values() if call.ended_at is not None)
        serials: dict[str, int] = {}
        for number in self.numbers.values():
            _, day, serial = number.rsplit("-", 2)
            serials[day] = max(serials.get(day, 0), int(serial))
        read = e.StoreRead(self.pbx.at, serials, self.seq, "20261122", live, ended)
        self.blind = not durable
        if self.blind:
            self.give(self.pbx.snapshot())
            self.give(read)
            self.blind = False
        else:
            self.give(read)
            self.give(self.pbx.snapshot())
        for call in self.desk.calls():
            assert call.ticket_number == self.numbers[call.id]

    @precondition(lambda self: self.stored)
    @rule()
    def the_store_is_written(self) -> None:
        done = tuple(
            (call.id, call.uniqueid) for call in self.stored.values() if call.ended_at is not None
        )
        self.give(e.CallsStored(self.pbx.at, done))

    @precondition(lambda self: self.pbx.outbox)
    @rule()
    def an_event_comes_twice(self) -> None:
        event = self.pbx.outbox[0]
        if isinstance(event, e.CallArrived | e.CallEnded | e.SeatAnswered | e.SeatRings):
            self.pbx.outbox.insert(1, event)

    # --- what must hold ------------------------------------------------------------------

    @invariant()
    def nobody_is_torn_from_a_conversation(self) -> None:
        assert not self.pbx.torn

    @invariant()
    def nobody_is_rung_who_is_away(self) -> None:
        assert not self.pbx.disturbed

    @invariant()
    def calls_and_seats_agree(self) -> None:
        consistent(self.desk)

    @invariant()
    def every_call_has_one_ticket_and_one_end(self) -> None:
        assert all(count == 1 for count in self.ended.values())
        assert len(set(self.numbers.values())) == len(self.numbers)

    def teardown(self) -> None:
        """All hang up, everything is heard: nothing is left, and every arrival is accounted."""
        if not self.pbx.up:
            self.deliver(10_000)
            self.pbx.up = True
            self.pbx.outbox.append(self.pbx.snapshot())
        self.settle()
        self.whoever_can_be_served_is_served()
        for leg in list(self.pbx.legs.values()):
            self.pbx.hang_up(leg)
        self.settle()
        self.pbx.outbox.append(self.pbx.snapshot())
        self.settle()
        for _ in range(4):
            self.pbx.now += 30
            self.give(e.Tick(Instant(self.pbx.now)))
            self.settle()
        assert self.desk.calls() == []
        assert self.desk.waiting() == []
        assert not self.desk._by_id
        assert not self.desk._barred
        assert not self.desk._aside
        assert not self.commands, "a command was never answered"
        assert all(seat.call is None for seat in self.desk.seats())
        assert len(self.numbers) == self.pbx.count
        assert sum(self.ended.values()) == self.pbx.count

    def whoever_can_be_served_is_served(self) -> None:
        """Whatever went before: let time pass, and nobody waits beside a seat that is free.

        As Asterisk sees it, that is, and not as the desk believes. Time passes in steps that
        are too short to be taken for a stall, whose remedy would hide a call that is stuck.
        """
        for _ in range(20):
            self.pbx.now += 2
            self.give(e.Tick(self.pbx.at))
            self.settle()
        for seat, member in self.pbx.members.items():
            held = member.paused and member.reason == f.HELD
            known = self.desk.seat(seat)
            assert known is not None
            assert member.paused, "the queue would ring it beside the service"
            for leg in self.legs("dialplan", "queue"):
                idle = held and self.pbx.device(seat) is Device.IDLE
                assert not (idle and leg.arrival.skills <= known.skills), (leg, known)


TestDesk = Machine.TestCase
TestDesk.settings = settings(
    max_examples=int(os.environ.get("DESK_EXAMPLES", "150")),
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
