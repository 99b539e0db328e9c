"""The invariants of the core, held against every interleaving that Hypothesis can find.

`TestDesk` has one Asterisk, `TestSeveral` has two, and in `TestLossy` events get lost, which
only the auditor can make good.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import Phase, settings
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
from sip112.routing.call import Call, OfferResult, RoomState
from sip112.routing.callback import Callback, CallbackOutcome, CallbackState
from sip112.routing.desk import Desk
from sip112.routing.ids import AgentId, CallId, Instant, PbxId, SeatId, TicketId, TicketNumber
from sip112.routing.pad import DeskConfig, Sight
from sip112.routing.seat import Device, Profile, SeatConfig
from sip112.routing.spy import SpyMode
from sip112.routing.started import Line, Purpose
from sip112.routing.ticket import Incident, Ticket
from tests.unit.invariants import consistent
from tests.unit.pbx import CENTRE, Guest, Leg, Pbx

SEATS = tuple(SeatId(f"seat-{n:02}") for n in range(1, 5))
INCIDENTS = tuple(Incident(TicketId(UUID(int=n)), "neighbour.example") for n in (1, 2))
POPUP = (Profile.BROWSER, Profile.SIP_MESSAGE)

STALL_S = 1.5
"""Seconds without a tick after which the service tells the time before anything else."""
LATEST_S = 3.0
"""Seconds that actions and events may be late while the service runs; after that the link
takes the connection for dead."""
NOT_LOST = (e.Snapshot, e.Look, e.LinkDown, e.ActionFailed)
"""What the link itself tells, or what an action of ours is answered with."""
PICKED_UP = {Device.RINGING, Device.IN_USE}
"""What is heard of a phone that is picked up, one after the other."""
DECISIONS = (f.RingSeat, f.Beat, f.TakeOver, f.AddMember, f.PauseMember)
"""What a service that has handed over must not ask for."""


class Machine(RuleBasedStateMachine):
    """A centre whose callers, agents, phones, links and service do what they like."""

    count = 1
    """How many Asterisks there are."""
    lossy = False
    """Whether events get lost."""

    def __init__(self) -> None:
        super().__init__()
        self.pbxs = [Pbx(SEATS, name=PbxId(f"pbx{n}")) for n in range(1, self.count + 1)]
        self.named = {pbx.name: pbx for pbx in self.pbxs}
        self.config = DeskConfig(
            CENTRE,
            ZoneInfo("Asia/Jakarta"),
            (
                SeatConfig(SEATS[0]),
                SeatConfig(SEATS[1], frozenset({"en"})),
                SeatConfig(SEATS[2], frozenset({"en", "medical"}), popup=POPUP),
                SeatConfig(SEATS[3]),
            ),
            tuple(self.named),
            wrap_up_s=4,
        )
        self.desk = Desk(self.config)
        self.ids = itertools.count(1)
        self.stored: dict[CallId, Call] = {}
        self.numbers: dict[TicketId, str] = {}
        """Of each ticket."""
        self.opened: dict[TicketId, Ticket] = {}
        self.passed_on: set[TicketId] = set()
        """Incidents that a neighbour passed on by a message."""
        self.ended: Counter[CallId] = Counter()
        self.commands: set[int] = set()
        self.seq = 0
        self.held_back: list[f.Action | f.StartCall] = []
        self.late_since = self.now
        self.executing = True
        self.ticked = self.now
        self.blind = False
        """The service runs without having read its store."""
        self.lost = 0
        """Events that were lost."""
        self.leases: list[str] = []
        """Callbacks that seats took."""
        self.back: dict[CallId, Callback] = {}
        """Callbacks as the store has them, those that are not over."""
        self.unheard: set[str | None] = set()
        """Of whom it was not heard that they answered or were answered: callers and seats."""

    @initialize(
        agents=st.integers(0, len(SEATS)),
        callers=st.integers(0, 4),
    )
    def start(self, agents: int, callers: int) -> None:
        """A shift begins: some are there already."""
        self.give(e.Tick(self.at))
        self.give(e.StoreRead(self.at, {}, 0, "20261122"))
        for pbx in self.pbxs:
            self.give(pbx.snapshot())
        for seat in SEATS[:agents]:
            self.an_agent_logs_in(seat, f"agent of {seat}")
        for n in range(callers):
            self.a_call_arrives(0, frozenset(), self.pbxs[n % self.count])
        self.settle()

    # --- plumbing --------------------------------------------------------------------

    @property
    def now(self) -> float:
        return self.pbxs[0].now

    @property
    def at(self) -> Instant:
        return Instant(self.now)

    def pass_on(self, seconds: float) -> None:
        """Let time pass everywhere."""
        for pbx in self.pbxs:
            pbx.now += seconds

    def give(self, event: e.Event) -> None:
        """Step the desk, carry out its actions, keep its records."""
        if self.stood_still and not isinstance(event, e.Tick):
            self.give(e.Tick(self.at))  # the service sees to it that time is told first
        self.ticked = self.now
        effects = self.desk.step(event)
        kinds = [isinstance(each, f.Record | f.Reply | f.Spied) for each in effects]
        assert kinds == sorted(kinds), "actions come before records and replies"
        resync: set[PbxId] = set()
        for effect in effects:
            self.undisturbed(effect)
            match effect:
                case f.Record():
                    self.keep(effect)
                case f.Reply():
                    assert effect.id in self.commands, "a command is answered once"
                    self.commands.discard(effect.id)
                case f.Spied():
                    pass
                case f.StepDown():
                    raise AssertionError("nobody else owns the centre")
                case f.StartCall(purpose=Purpose.CALLBACK):
                    assert not self.desk.waiting(), "callers come before callbacks"
                    assert effect.subject not in self.leases, "a lease rings once"
                    self.leases.append(effect.subject)
                case f.Resync():
                    resync.add(effect.pbx)
                case _ if self.named[effect.pbx].up:
                    if not self.held_back:
                        self.late_since = self.now
                    self.held_back.append(effect)
                case f.Look():
                    pass  # the link asks nobody while it is down
                case _:
                    pbx = self.named[effect.pbx]
                    failed = e.ActionFailed(self.at, pbx.name, effect, "the link is down")
                    pbx.outbox.append(failed)
        if self.executing:
            self.execute()
        for name in resync:
            pbx = self.named[name]
            if pbx.up:
                self.execute()
                # everything emitted before the lists were asked for comes first
                pbx.outbox.append(pbx.snapshot())

    def execute(self) -> None:
        for effect in self.held_back:
            self.named[effect.pbx].do(effect)
        self.held_back.clear()

    def undisturbed(self, effect: f.Effect) -> None:
        """Fail if a seat that calls somebody back is rung for a caller."""
        match effect:
            case f.RingSeat():
                rung: SeatId | None = effect.seat
            case f.StartCall(purpose=Purpose.ROOM):
                rung = effect.rings.seat
            case _:
                return
        leased = [each.seat for each in self.desk.callbacks() if each.state is CallbackState.TAKEN]
        assert rung not in leased, "who calls back is not called"
        listening = [each.by for each in self.desk.spies()]
        assert rung not in listening, "who listens is not called"

    def keep(self, record: f.Record) -> None:
        assert record.seq > self.seq, "journal numbers grow"
        self.seq = record.seq
        if (callback := record.callback) is not None:
            self.back.pop(callback.call, None)
            if callback.outcome is None:
                self.back[callback.call] = callback
        if record.kind is f.EntryKind.PBX_DRIFT:
            assert self.lost, f"the auditor acted against a change on its way: {record.detail}"
        if (ticket := record.ticket) is not None:
            assert self.blind or ticket.id not in self.opened, "an incident has one ticket"
            self.opened.setdefault(ticket.id, ticket)
            first = self.numbers.setdefault(ticket.id, ticket.number)
            assert self.blind or first == ticket.number, "a ticket keeps its number"
        if record.call is not None:
            assert record.call.ticket is not None
            if record.kind is f.EntryKind.CALL_ENDED:
                if not (self.blind and self.ended[record.call.id]):
                    self.ended[record.call.id] += 1
                assert record.call.outcome is not None
                assert record.call.offer is None
            # as the store does: a ticket is never overwritten, and who takes part is not kept
            number = TicketNumber(self.numbers[record.call.ticket])
            self.stored[record.call.id] = record.call.evolve(
                ticket_number=number, parties=(), room=RoomState.NONE
            )

    def deliver(self, pbx: Pbx, most: int = 1) -> None:
        for _ in range(most):
            if not pbx.outbox:
                return
            self.give(pbx.outbox.popleft())

    def settle(self) -> None:
        """Deliver all there is."""
        self.executing = True
        self.execute()
        for _ in range(4000):
            waiting = [pbx for pbx in self.pbxs if pbx.outbox]
            if not waiting:
                return
            self.deliver(waiting[0])
        raise AssertionError("it never comes to rest")

    @property
    def stood_still(self) -> bool:
        """Whether the service has not told the time for longer than it may."""
        return self.now - self.ticked > STALL_S

    def in_charge(self, pbx: Pbx) -> bool:
        """Whether the service may be about to move a caller, by what it last heard."""
        clear = self.desk.sight_of(pbx.name) is Sight.CLEAR and not self.stood_still
        about_to = any(isinstance(each, e.Snapshot) for each in pbx.outbox)
        return pbx.up and (clear or about_to or bool(self.held_back))

    def left_alone(self) -> list[Pbx]:
        """Return the Asterisks that ring by themselves."""
        return [pbx for pbx in self.pbxs if pbx.mode == "native" and not self.in_charge(pbx)]

    def legs(self, *places: str) -> list[tuple[Pbx, Leg]]:
        return [(pbx, leg) for pbx in self.pbxs for leg in pbx.legs.values() if leg.place in places]

    def ringing(self) -> list[tuple[Pbx, Leg]]:
        """Return those who ring a phone that is there, and that talks with nobody."""
        busy = {leg.seat for _, leg in self.legs("talk")}
        busy |= {guest.line.seat for _, guest in self.in_rooms()}
        return [
            (pbx, leg)
            for pbx, leg in self.legs("dial")
            if leg.seat in pbx.registered and leg.seat not in busy and not leg.deaf
        ]

    def in_rooms(self) -> list[tuple[Pbx, Guest]]:
        return [(pbx, guest) for pbx in self.pbxs for guest in pbx.guests if not guest.ringing]

    def called(self) -> list[tuple[Pbx, Guest]]:
        """Return who is called to join a call, and rings."""
        return [(pbx, guest) for pbx in self.pbxs for guest in pbx.guests if guest.ringing]

    # --- what may happen ---------------------------------------------------------------

    @rule(n=st.integers(1, 10), data=st.data())
    def events_are_read(self, n: int, data: st.DataObject) -> None:
        self.deliver(data.draw(st.sampled_from(self.pbxs)), n)

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
        if self.now + seconds - self.late_since > LATEST_S:
            self.execute()
        for pbx in self.pbxs:
            if pbx.outbox and self.now + seconds - pbx.outbox[0].at > LATEST_S:
                self.deliver(pbx, len(pbx.outbox))
        self.pass_on(seconds)
        self.give(e.Tick(self.at))

    @rule(
        priority=st.sampled_from([0, 0, 10]),
        skills=st.sampled_from(
            [frozenset[str](), frozenset[str](), frozenset({"en"}), frozenset({"none"})]
        ),
        number=st.sampled_from([None, "0812555001", "0812555002", "0812555003"]),
        data=st.data(),
    )
    def a_caller_arrives(
        self, priority: int, skills: frozenset[str], number: str | None, data: st.DataObject
    ) -> None:
        pbx = data.draw(st.sampled_from(self.pbxs))
        self.a_call_arrives(priority, skills, pbx, number)

    def a_call_arrives(
        self,
        priority: int,
        skills: frozenset[str],
        pbx: Pbx,
        number: str | None = None,
        incident: Incident | None = None,
    ) -> None:
        self.pass_on(0.01)
        pbx.arrive(priority, skills, number, incident)

    @rule(incident=st.sampled_from(INCIDENTS), data=st.data())
    def a_neighbour_transfers_a_call(self, incident: Incident, data: st.DataObject) -> None:
        """About an incident of its own, or about one of ours that it was passed."""
        ours = [Incident(each, "pky.example") for each in list(self.numbers)[:2]]
        about = data.draw(st.sampled_from([incident, *ours]))
        pbx = data.draw(st.sampled_from(self.pbxs))
        self.a_call_arrives(0, frozenset(), pbx, incident=about)

    @rule(incident=st.sampled_from(INCIDENTS))
    def a_neighbour_passes_an_incident_on(self, incident: Incident) -> None:
        """It is told which ticket that has here, again and again the same."""
        number = next(self.ids)
        self.passed_on.add(incident.ticket)
        self.command(e.OpenIncident(self.at, number, incident.ticket, incident.domain))
        assert number not in self.commands, "it is answered at once"

    @precondition(lambda self: self.legs("dialplan"))
    @rule(data=st.data())
    def a_caller_joins_the_queue(self, data: st.DataObject) -> None:
        pbx, leg = data.draw(st.sampled_from(self.legs("dialplan")))
        pbx.join(leg)

    @precondition(lambda self: any(pbx.legs for pbx in self.pbxs))
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        legs = [(pbx, leg) for pbx in self.pbxs for leg in pbx.legs.values()]
        pbx, leg = data.draw(st.sampled_from(legs))
        pbx.hang_up(leg)

    @precondition(lambda self: self.ringing())
    @rule(data=st.data())
    def a_seat_answers(self, data: st.DataObject) -> None:
        pbx, leg = data.draw(st.sampled_from(self.ringing()))
        pbx.answer(leg)

    @precondition(lambda self: self.legs("dial"))
    @rule(
        data=st.data(),
        result=st.sampled_from(
            [OfferResult.NO_ANSWER, OfferResult.REJECTED, OfferResult.UNREACHABLE]
        ),
    )
    def a_seat_fails(self, data: st.DataObject, result: OfferResult) -> None:
        pbx, leg = data.draw(st.sampled_from(self.legs("dial")))
        pbx.fail(leg, result)

    @rule(seat=st.sampled_from(SEATS), yes=st.booleans(), data=st.data())
    def a_phone_registers_or_not(self, seat: SeatId, data: st.DataObject, *, yes: bool) -> None:
        data.draw(st.sampled_from(self.pbxs)).register(seat, yes=yes)

    @rule(seat=st.sampled_from(SEATS), agent=st.sampled_from(["siti", "budi", "rina"]))
    def an_agent_logs_in(self, seat: SeatId, agent: str) -> None:
        for pbx in self.pbxs:
            pbx.register(seat, yes=True)
        self.command(e.LogIn(self.at, next(self.ids), seat, AgentId(agent)))

    @rule(seat=st.sampled_from(SEATS), what=st.sampled_from([e.LogOut, e.Resume, e.EndWrapUp]))
    def an_agent_acts(self, seat: SeatId, what: type[e.LogOut | e.Resume | e.EndWrapUp]) -> None:
        self.command(what(self.at, next(self.ids), seat))

    @rule(seat=st.sampled_from(SEATS))
    def an_agent_pauses(self, seat: SeatId) -> None:
        self.command(e.Pause(self.at, next(self.ids), seat, "prayer"))

    @rule(seat=st.sampled_from(SEATS), here=st.booleans())
    def a_console_is_open_or_not(self, seat: SeatId, *, here: bool) -> None:
        kind = e.ConsoleHere if here else e.ConsoleGone
        self.command(kind(self.at, next(self.ids), seat))

    @precondition(lambda self: self.stored)
    @rule(seat=st.sampled_from(SEATS), data=st.data())
    def a_console_shows_a_ticket(self, seat: SeatId, data: st.DataObject) -> None:
        """Any, also one that is not its own, or of a call that is over."""
        call = data.draw(st.sampled_from(sorted(self.stored)))
        self.command(e.PopupSeen(self.at, next(self.ids), seat, call))

    @precondition(lambda self: self.desk.callbacks())
    @rule(
        seat=st.sampled_from(SEATS),
        what=st.sampled_from(["take", "take", "take", "release", "done"]),
        data=st.data(),
    )
    def a_seat_calls_back_or_does_not(self, seat: SeatId, what: str, data: st.DataObject) -> None:
        about = data.draw(st.sampled_from(self.desk.callbacks())).call
        number = next(self.ids)
        self.pass_on(0.01)
        match what:
            case "take":
                ways = tuple(self.named)
                self.command(e.TakeCallback(self.at, number, seat, about, ways))
            case "release":
                self.command(e.ReleaseCallback(self.at, number, seat, about))
            case _:
                outcome = CallbackOutcome.PRANK
                self.command(e.CallbackDone(self.at, number, seat, about, outcome))

    @precondition(lambda self: self.leases)
    @rule(result=st.sampled_from(OfferResult), outside=st.booleans(), data=st.data())
    def something_is_heard_of_a_callback(
        self, result: OfferResult, data: st.DataObject, *, outside: bool
    ) -> None:
        """Of any, also one that is over."""
        subject = data.draw(st.sampled_from(self.leases))
        pbx = data.draw(st.sampled_from(self.pbxs))
        if outside:
            pbx.tell(e.CallbackTried(self.at, pbx.name, subject, result))
        else:
            pbx.tell(e.CallStarted(self.at, pbx.name, Purpose.CALLBACK, subject, result))

    @precondition(lambda self: any(call.parties for call in self.desk.calls()))
    @rule(data=st.data(), to=st.sampled_from([*SEATS, None]), mode=st.sampled_from(e.Mode))
    def a_seat_transfers(self, data: st.DataObject, to: SeatId | None, mode: e.Mode) -> None:
        call = data.draw(st.sampled_from([each for each in self.desk.calls() if each.parties]))
        seat = data.draw(st.sampled_from(call.parties)).line.seat or SEATS[0]
        line = Line(number="113") if to is None else Line(to)
        self.command(e.Transfer(self.at, next(self.ids), call.id, seat, line, mode))

    @precondition(lambda self: any(call.parties for call in self.desk.calls()))
    @rule(
        data=st.data(),
        what=st.sampled_from(
            [e.Hold, e.Unhold, e.CompleteTransfer, e.CancelTransfer, e.HangUp, e.Leave]
        ),
    )
    def a_seat_steers(self, data: st.DataObject, what: type[e.Hold]) -> None:
        call = data.draw(st.sampled_from([each for each in self.desk.calls() if each.parties]))
        seat = data.draw(st.sampled_from(call.parties)).line.seat or SEATS[0]
        self.command(what(self.at, next(self.ids), call.id, seat))

    @precondition(lambda self: self.called())
    @rule(data=st.data(), result=st.sampled_from([None, None, *OfferResult]))
    def somebody_called_answers_or_not(
        self, data: st.DataObject, result: OfferResult | None
    ) -> None:
        pbx, guest = data.draw(st.sampled_from(self.called()))
        if result in {None, OfferResult.ANSWERED}:
            pbx.guest_answers(guest)
        else:
            pbx.guest_refuses(guest, result)

    @rule(by=st.sampled_from(SEATS), to=st.sampled_from(SEATS), mode=st.sampled_from(SpyMode))
    def a_supervisor_listens(self, by: SeatId, to: SeatId, mode: SpyMode) -> None:
        self.command(e.StartSpying(self.at, next(self.ids), by, to, mode, "dewi"))

    @precondition(lambda self: self.desk.spies())
    @rule(data=st.data(), mode=st.sampled_from([None, *SpyMode]))
    def a_supervisor_changes_or_stops(self, data: st.DataObject, mode: SpyMode | None) -> None:
        spy = data.draw(st.sampled_from(self.desk.spies()))
        number = next(self.ids)
        if mode is None:
            self.command(e.StopSpying(self.at, number, spy.by, spy.seat))
        else:
            self.command(e.StartSpying(self.at, number, spy.by, spy.seat, mode, "dewi"))

    @precondition(lambda self: any(pbx.tappers for pbx in self.pbxs))
    @rule(data=st.data(), up=st.sampled_from([True, True, True, False]))
    def a_supervisors_phone_is_picked_up_or_put_down(
        self, data: st.DataObject, *, up: bool
    ) -> None:
        tappers = [(pbx, tapper) for pbx in self.pbxs for tapper in pbx.tappers]
        pbx, tapper = data.draw(st.sampled_from(tappers))
        if tapper.ringing and up:
            pbx.tapper_answers(tapper)
        elif tapper.ringing:
            pbx.tapper_refuses(tapper, OfferResult.REJECTED)
        elif not up:
            pbx.tapper_hangs_up(tapper)

    @precondition(lambda self: self.in_rooms())
    @rule(data=st.data())
    def somebody_leaves_a_room(self, data: st.DataObject) -> None:
        pbx, guest = data.draw(st.sampled_from(self.in_rooms()))
        pbx.guest_hangs_up(guest)

    def command(self, command: e.Command) -> None:
        self.commands.add(command.id)
        self.give(command)

    @rule(data=st.data())
    def a_link_is_cut_or_back(self, data: st.DataObject) -> None:
        pbx = data.draw(st.sampled_from(self.pbxs))
        if pbx.up:
            self.execute()
            pbx.outbox.append(e.LinkDown(self.at, pbx.name))
            pbx.up = False
        else:
            self.deliver(pbx, 10_000)  # the link tells that it is down before it is up again
            pbx.up = True
            pbx.outbox.append(pbx.snapshot())

    @precondition(lambda self: any(not pbx.up for pbx in self.pbxs))
    @rule(data=st.data())
    def an_asterisk_restarts(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from([pbx for pbx in self.pbxs if not pbx.up])).restart()

    @rule(seconds=st.floats(3, 8))
    def the_service_stands_still(self, seconds: float) -> None:
        """The watchdog sees it, if it is long enough; and the queue rings whom it can."""
        self.execute()  # what it had sent arrives meanwhile
        self.pass_on(seconds)
        for pbx in self.pbxs:
            pbx.watch()
            if not self.in_charge(pbx):
                pbx.ring_natively()

    @precondition(lambda self: self.left_alone())
    @rule(data=st.data())
    def a_queue_rings_by_itself(self, data: st.DataObject) -> None:
        pbx = data.draw(st.sampled_from(self.left_alone()))
        pbx.watch()
        pbx.ring_natively()

    @precondition(lambda self: any(pbx.members for pbx in self.pbxs))
    @rule(data=st.data())
    def an_administrator_removes_a_member(self, data: st.DataObject) -> None:
        members = [(pbx, seat) for pbx in self.pbxs for seat in pbx.members]
        pbx, seat = data.draw(st.sampled_from(members))
        pbx.remove(seat)

    @rule(durable=st.booleans(), sent=st.booleans(), orderly=st.booleans())
    def the_service_restarts(self, *, durable: bool, sent: bool, orderly: bool) -> None:
        """It dies with what it had not read or not sent, and starts with what was stored."""
        if orderly:
            reached = [p for p in self.pbxs if self.desk.sight_of(p.name) is not Sight.DARK]
            self.give(e.Stop(self.at))
        if sent or orderly:
            self.execute()
        if orderly:
            assert all(pbx.mode == "native" for pbx in reached if pbx.up)
            for pbx in self.pbxs:
                self.deliver(pbx, len(pbx.outbox))
            decided = [each for each in self.held_back if isinstance(each, DECISIONS)]
            assert not decided, "it has handed over and decides nothing any more"
        self.held_back.clear()
        self.commands.clear()
        for pbx in self.pbxs:
            pbx.outbox.clear()
            pbx.up = True
        self.pass_on(0.5)
        self.desk = Desk(self.config)
        self.give(e.Tick(self.at))
        live = tuple(call for call in self.stored.values() if call.ended_at is None)
        ended = tuple(call.id for call in self.stored.values() if call.ended_at is not None)
        serials: dict[str, int] = {}
        for number in self.numbers.values():
            _, day, serial = number.rsplit("-", 2)
            serials[day] = max(serials.get(day, 0), int(serial))
        back = tuple(self.back.values())
        tickets = tuple(self.opened.values())
        read = e.StoreRead(
            *(self.at, serials, self.seq, "20261122", live, ended),
            callbacks=back,
            tickets=tickets,
        )
        self.blind = not durable
        if not self.blind:
            self.give(read)
        for pbx in self.pbxs:
            self.give(pbx.snapshot())
        if self.blind:
            self.give(read)
            self.blind = False
        for call in self.desk.calls():
            assert call.ticket is not None
            assert call.ticket_number == self.numbers[call.ticket]

    @precondition(lambda self: self.stored)
    @rule()
    def the_store_is_written(self) -> None:
        done = tuple(
            (call.id, call.pbx, call.uniqueid)
            for call in self.stored.values()
            if call.ended_at is not None
        )
        self.give(e.CallsStored(self.at, done))

    @precondition(lambda self: any(pbx.outbox for pbx in self.pbxs))
    @rule(data=st.data())
    def an_event_comes_twice(self, data: st.DataObject) -> None:
        pbx = data.draw(st.sampled_from([pbx for pbx in self.pbxs if pbx.outbox]))
        event = pbx.outbox[0]
        if isinstance(event, e.CallArrived | e.CallEnded | e.SeatAnswered | e.SeatRings):
            pbx.outbox.insert(1, event)

    @precondition(lambda self: self.lossy and any(pbx.outbox for pbx in self.pbxs))
    @rule(data=st.data())
    def an_event_is_lost(self, data: st.DataObject) -> None:
        pbx = data.draw(st.sampled_from([pbx for pbx in self.pbxs if pbx.outbox]))
        if not isinstance(pbx.outbox[0], NOT_LOST):
            event = pbx.outbox.popleft()
            self.lost += 1
            if isinstance(event, e.SeatAnswered):
                self.unheard.add(event.uniqueid)
            elif isinstance(event, e.MemberChanged) and event.member.device in PICKED_UP:
                self.unheard.add(event.member.seat)

    # --- what must hold ------------------------------------------------------------------

    @invariant()
    def nobody_is_torn_from_a_conversation(self) -> None:
        """Unless neither the answer was heard nor that the phone was picked up."""
        torn = [each for pbx in self.pbxs for each in pbx.torn]
        assert all({caller, seat} <= self.unheard for caller, seat in torn)

    @invariant()
    def nobody_is_rung_who_is_away(self) -> None:
        """Unless the word of it was lost."""
        assert self.lost or not any(pbx.disturbed for pbx in self.pbxs)

    @invariant()
    def calls_and_seats_agree(self) -> None:
        consistent(self.desk)

    @invariant()
    def every_call_has_one_ticket_and_one_end(self) -> None:
        assert all(count == 1 for count in self.ended.values())
        assert len(set(self.numbers.values())) == len(self.numbers)

    def teardown(self) -> None:
        """All hang up, everything is heard: nothing is left, and every arrival is accounted."""
        for pbx in self.pbxs:
            if not pbx.up:
                self.deliver(pbx, 10_000)
                pbx.up = True
                pbx.outbox.append(pbx.snapshot())
        self.settle()
        self.whoever_can_be_served_is_served()
        for pbx in self.pbxs:
            for leg in list(pbx.legs.values()):
                pbx.hang_up(leg)
        self.settle()
        self.time_goes_by(30)
        calls = sum(pbx.count for pbx in self.pbxs)
        assert self.desk.calls() == []
        assert self.desk.waiting() == []
        assert not len(self.desk._ledger)
        assert not len(self.desk._trials)
        assert not len(self.desk._rooms)
        assert not any(pbx.guests for pbx in self.pbxs), "somebody is left in a room"
        assert not any(pbx.tappers for pbx in self.pbxs), "somebody listens to nothing"
        assert self.desk.spies() == []
        assert not self.commands, "a command was never answered"
        assert all(seat.call is None for seat in self.desk.seats())
        assert len(self.stored) == calls
        assert {call.ticket for call in self.stored.values()} | self.passed_on == set(self.numbers)
        assert sum(self.ended.values()) == calls

    def time_goes_by(self, seconds: int) -> None:
        """Let time pass in steps that are too short to be taken for a stall.

        Its remedy would hide a call that is stuck.
        """
        for _ in range(seconds):
            self.pass_on(1)
            for pbx in self.pbxs:
                pbx.sweep()
            self.give(e.Tick(self.at))
            self.settle()

    def whoever_can_be_served_is_served(self) -> None:
        """Whatever went before: let time pass, and nobody waits beside a seat that is free.

        As Asterisk sees it, that is, and not as the desk believes.
        """
        self.time_goes_by(40)
        busy = {leg.seat for _, leg in self.legs("dial", "talk")}
        busy |= {guest.line.seat for pbx in self.pbxs for guest in pbx.guests}
        for pbx, leg in self.legs("room"):
            guests = [each for each in pbx.guests if each.call == leg.uniqueid]
            assert guests, ("a caller is alone in a room", leg)
        for pbx in self.pbxs:
            assert set(pbx.members) == set(self.pbxs[0].members), "on duty here and not there"
            for seat, member in pbx.members.items():
                held = member.paused and member.reason == f.HELD
                known = self.desk.seat(seat)
                assert known is not None
                post = self.desk._roster.post(seat, pbx.name)
                assert member.paused, ("the queue would ring it beside the service", member, post)
                assert member.reason == self.pbxs[0].members[seat].reason
                for at, leg in self.legs("dialplan", "queue"):
                    idle = held and pbx.device(seat) is Device.IDLE and seat not in busy
                    assert not (idle and at is pbx and leg.arrival.skills <= known.skills), (
                        leg,
                        known,
                    )


class Several(Machine):
    """The same with two Asterisks."""

    count = 2


class Lossy(Machine):
    """The same with events that get lost."""

    lossy = True


TestDesk = Machine.TestCase
TestSeveral = Several.TestCase
TestLossy = Lossy.TestCase
for case in (TestDesk, TestSeveral, TestLossy):
    case.settings = settings(
        max_examples=int(os.environ.get("DESK_EXAMPLES", "150")),
        stateful_step_count=60,
        report_multiple_bugs=False,
        phases=[Phase.generate] if os.environ.get("DESK_QUICK") else tuple(Phase),
    )
