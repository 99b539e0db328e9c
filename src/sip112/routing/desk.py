"""The desk: all that one centre knows of its calls and seats, and what it does about it.

`Desk.step` takes one event and returns the effects that follow, actions for Asterisk
first. It is the only writer of this state. It never fails on an event: one that does not
fit (late, twice, from a call that it does not know) changes nothing and is counted in
`ignored` by its kind.

What the desk does rests on three rules:

- *Asterisk decides what is.* A call rings, talks or has ended when Asterisk says so; a seat
  is on duty when the queue has it as a member. The desk asks for a change and records it
  when it is confirmed.
- *Whoever can be served is served in the same step.* After each event no call waits for
  which a suitable seat is free, except where a seat has just failed that very call.
- *No move without sight.* Until an Asterisk's state is known (no link, or a snapshot is
  awaited) no call there is moved; the queue does that by itself when it lasts.

A centre has calls on one Asterisk or on several; a call stays where it came in, and a seat can
be rung at each. Whoever owns the centre has a token; a desk that hears of a greater one moves
nothing any more and steps down.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, assert_never

from sip112.routing import audit, reconcile
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, CallState, IllegalMove, Outcome
from sip112.routing.callback import Callback
from sip112.routing.callbacks import Callbacks
from sip112.routing.course import Course
from sip112.routing.ids import CallId, Instant, PbxId, SeatId, Uniqueid, call_id
from sip112.routing.incidents import Incidents
from sip112.routing.ledger import Ledger
from sip112.routing.numbers import Numbers
from sip112.routing.ownership import Ownership
from sip112.routing.pad import CLEAR, DeskConfig, Pad, Reminder, Sight
from sip112.routing.policy import Line, rank
from sip112.routing.popups import Popups
from sip112.routing.ringing import Ringing
from sip112.routing.rooms import Rooms, holders
from sip112.routing.roster import DEADLINES, Roster
from sip112.routing.seat import Device, Seat
from sip112.routing.spy import Spy
from sip112.routing.spying import Spying
from sip112.routing.started import Purpose
from sip112.routing.trials import Trials

STALL_S: Final = 2.5
"""Seconds between two ticks after which the watchdog may have gone native unseen."""

RETRY_S: Final = 1.0
"""Seconds until Asterisk is asked again whether its watchdog has gone native by now."""

AWAY_S: Final = 3.0
"""Seconds after which an Asterisk out of reach holds no seat any more, where there are others.
It is dead, most likely, and its calls with it; who talks there all the same refuses a second call.
"""


class Desk:
    """One centre's calls and seats. See the module's docstring."""

    def __init__(self, config: DeskConfig) -> None:
        self.config = config
        pad = self._pad = Pad(config)
        roster = self._roster = Roster(pad)
        ledger = self._ledger = Ledger()
        line = self._line = Line()
        numbers = self._numbers = Numbers(config.centre, config.zone)
        ownership = self._ownership = Ownership(pad)
        trials = self._trials = Trials(pad)
        popups = self._popups = Popups(pad, roster, ledger)
        ringing = self._ringing = Ringing(pad, roster, ledger, line, trials, popups, ownership)
        freed = ringing.find_call
        callbacks = self._callbacks = Callbacks(pad, roster, ledger, line, freed)
        incidents = Incidents(pad, numbers)
        rooms = self._rooms = Rooms(pad, roster, ledger, incidents, trials, freed)
        spying = self._spying = Spying(pad, roster, ledger, line, rooms, trials, freed)
        self._course = Course(
            *(pad, roster, ledger, line, numbers, incidents, trials),
            *(popups, ringing, callbacks, rooms, spying),
        )
        self._auditor = audit.Auditor(pad)
        self._away: dict[PbxId, Instant] = {}
        """When an Asterisk that is out of reach holds no seat any more, by the pad's clock."""
        self._outdated: set[PbxId] = set()
        """Asterisks of which a snapshot is on its way that was taken before the service stood
        still."""
        self._last_tick: Instant | None = None

    # --- what others may look at -----------------------------------------------------

    @property
    def sight(self) -> Sight:
        """How much the desk knows of its Asterisks at least."""
        sights = [self._pad.sight(pbx) for pbx in self.config.pbxs]
        return min(sights, key=list(Sight).index)

    @property
    def token(self) -> int:
        """By which token this desk decides; 0 while it decides nothing."""
        return self._ownership.token

    def sight_of(self, pbx: PbxId) -> Sight:
        """How much the desk knows of one Asterisk. KeyError if the settings do not name it."""
        return self._pad.sight(pbx)

    @property
    def drift(self) -> Counter[audit.DriftKind]:
        """What was healed because Asterisk and the desk did not agree, by kind."""
        return self._auditor.healed

    @property
    def ignored(self) -> Counter[str]:
        """Events that changed nothing, by kind: drift, duplicates, attacks."""
        return self._pad.ignored

    def seats(self) -> list[Seat]:
        """Return every seat, in the order of the settings."""
        return list(self._roster.seats.values())

    def seat(self, seat: SeatId) -> Seat | None:
        """Return one seat; None if the settings do not name it."""
        return self._roster.get(seat)

    def calls(self) -> list[Call]:
        """Return every call that has not ended, by arrival."""
        return sorted(self._ledger, key=lambda call: (call.arrived_at, call.id))

    def call(self, call: CallId) -> Call | None:
        """Return one call that has not ended."""
        return self._ledger.call(call)

    def waiting(self) -> list[Call]:
        """Return the calls that wait for a seat, in the order in which they will be served."""
        return [self._ledger[each] for each in self._line]

    def callbacks(self) -> list[Callback]:
        """Return who is to be called back, the oldest first."""
        return list(self._callbacks)

    def spies(self) -> list[Spy]:
        """Return which supervisors listen to which seats, or are about to."""
        return list(self._spying)

    def next_deadline(self) -> Instant | None:
        """Return when a tick will change something, if any is known: by the clock of `step`."""
        while (reminder := self._pad.next_reminder()) is not None:
            if self._stands(reminder):
                return reminder.at
            self._pad.take_reminder()
        return None

    # --- the one entrance ------------------------------------------------------------

    def step(self, event: e.Event, clock: float | None = None) -> list[f.Effect]:
        """Take `event` and return what follows from it: actions first, then the rest.

        `clock` is the time in seconds by a clock that nobody sets, by which deadlines are kept;
        None stands for the event's own time, as in a replay.
        """
        self._pad.begin(event.at, event.at if clock is None else Instant(clock))
        try:
            self._take(event)
        except IllegalMove as error:
            self._pad.ignore(f"{type(event).__name__} while {error.state}")
        return self._pad.effects()

    def _take(self, event: e.Event) -> None:
        if isinstance(event, e.FACTS):  # as nearly all are
            if event.pbx in self.config.pbxs:
                self._fact(event)
            else:
                self._pad.ignore(f"{type(event).__name__} from an unknown PBX")
            return
        if isinstance(event, e.COMMANDS):
            self._command(event)
            return
        match event:
            case e.Tick():
                self._tick(event.at)
            case e.CallsStored() | e.StoreRead() | e.RecordingFailed():
                self._kept(event)
            case e.Stop():
                self._stop()
            case _ if event.pbx not in self.config.pbxs:
                self._pad.ignore(f"{type(event).__name__} from an unknown PBX")
            case e.Snapshot():
                self._snapshot(event)
            case e.Look():
                self._look(event)
            case _:
                self._told(event)

    def _told(
        self,
        event: e.OwnerChanged
        | e.LinkDown
        | e.NativeMode
        | e.CallStarted
        | e.CallbackTried
        | e.SpyTaps
        | e.SpyGone
        | e.ActionFailed,
    ) -> None:
        """Take what an Asterisk, or the link to it, says of itself or of what was asked of it."""
        match event:
            case e.OwnerChanged():
                self._ownership.changed(event)
            case e.LinkDown():
                self._link_down(event)
            case e.NativeMode():
                self._native(event)
            case e.CallStarted(purpose=Purpose.ROOM):
                self._rooms.started(event)
            case e.CallStarted(purpose=Purpose.SPY):
                self._spying.started(event)
            case e.CallStarted():
                self._callbacks.started(event)
            case e.SpyTaps():
                self._spying.tapped(event)
            case e.SpyGone():
                self._spying.gone(event)
            case e.CallbackTried():
                self._callbacks.tried(event)
            case e.ActionFailed():
                self._action_failed(event)
            case _:
                assert_never(event)

    def _command(self, event: e.Command) -> None:
        """Carry out what a person asks for, or refuse it."""
        match event:
            case e.ConsoleHere() | e.ConsoleGone() | e.PopupSeen():
                self._popups.command(event)
            case e.TakeCallback() | e.ReleaseCallback() | e.CallbackDone():
                self._callbacks.command(event)
            case e.StartSpying() | e.StopSpying():
                self._spying.command(event)
            case e.OpenIncident():
                self._course.opened(event)
            case _ if isinstance(event, e.STEERING):
                self._rooms.command(event)
            case _:
                self._roster.command(event)
                self._ringing.find_call(event.seat, event.at)

    def _fact(self, event: e.Fact) -> None:
        """Take what Asterisk says of a call or a seat, live or from `reconcile`."""
        match event:
            case e.MemberChanged():
                self._member_changed(event)
            case e.CallArrived():
                self._course.arrived(event)
            case e.MemberRemoved():
                self._roster.member_removed(event)
            case e.PhoneGone():
                seat = self._roster.get(event.seat)
                # Of any other phone the queue tells. One that was picked up talks, though that it
                # answered was perhaps not heard: who talks is not torn away.
                if seat is not None and not self._roster.picked_up(event.seat, event.pbx):
                    self._course.phone_gone(seat, event.pbx, event.at)
            case _:
                call = self._ledger.at(event.pbx, event.uniqueid)
                if call is None:
                    self._pad.ignore(f"{type(event).__name__} of an unknown call")
                else:
                    self._course.take(call, event)
                    self._spying.follow(call.id, event.at)

    # --- seats -------------------------------------------------------------------------

    def _member_changed(self, event: e.MemberChanged) -> None:
        before = self._roster.member_changed(event)
        if before is None:
            return
        if event.member.device is Device.UNREGISTERED:
            self._course.phone_gone(before, event.pbx, event.at)
        self._roster.hold(before.id)
        self._roster.tell(before, event.at)
        self._ringing.find_call(before.id, event.at)

    # --- the links -------------------------------------------------------------------------

    def _link_down(self, event: e.LinkDown) -> None:
        if self._pad.sight(event.pbx) is Sight.DARK:
            self._pad.ignore("LinkDown while down")
            return
        self._pad.see(event.pbx, Sight.DARK)
        self._outdated.discard(event.pbx)
        self._miss(event.pbx)
        self._roster.give_up_all(event.pbx)
        self._roster.look_again(event.at)
        self._pad.record(event.at, f.EntryKind.PBX_LOST, detail={"pbx": event.pbx})
        # elsewhere, for seats of which nothing is awaited any more
        self._ringing.find_calls(event.at)

    def _miss(self, pbx: PbxId) -> None:
        """Let `pbx`, which is out of reach, hold seats for a while only."""
        if len(self.config.pbxs) > 1:
            self._away[pbx] = Instant(self._pad.clock + AWAY_S)
            self._pad.remind(self._away[pbx], "away", pbx)

    def _free_seats(self, pbx: PbxId, at: Instant) -> None:
        """Have the seats of the calls of `pbx` take calls elsewhere. The calls stay as they are.

        What became of them is for `pbx` to say when it is back: they may go on all the while.
        """
        for call in self._ledger.of(pbx).values():
            for seat in self._roster.all_of(call):
                self._roster.let_go(seat, at)
                self._ringing.find_call(seat.id, at)

    def _take_seats(self, pbx: PbxId, at: Instant) -> None:
        """Have the calls of `pbx` hold their seats again; whoever talks with a seat has it."""
        for call in self._ledger.of(pbx).values():
            for name, talking in holders(call):
                seat = self._roster.get(name)
                if seat is not None and (seat.call is None or (talking and not seat.talking)):
                    self._roster.put(seat, at, call=call.id, talking=talking, wrap_up_until=None)
                    self._roster.tell(seat, at)

    def _native(self, event: e.NativeMode) -> None:
        if event.centre != self.config.centre or not self._pad.sees(event.pbx):
            self._pad.ignore("NativeMode while not in charge")
            return
        self._pad.lose_sight(event.at, event.pbx, "Asterisk's watchdog saw no heartbeat")

    def _snapshot(self, snapshot: e.Snapshot) -> None:
        """Take Asterisk's state as the truth, take over from native mode, and go on."""
        pbx = snapshot.pbx
        if pbx in self._outdated:
            self._outdated.remove(pbx)
            self._pad.ignore("Snapshot from before the service stood still")
            return
        self._pad.see(pbx, Sight.STALE)  # no call is moved until everything is read
        if not self._ownership.take(snapshot):
            if not self._pad.left:
                self._auditor.look_after(pbx, RETRY_S)
            return
        self._numbers.reserved(pbx, *snapshot.serials.get(self.config.centre, ("", 0)))
        labels = {each.uniqueid: each.ticket_number for each in snapshot.channels}
        for number in [*labels.values(), *(note.ticket_number for note in snapshot.notes)]:
            self._numbers.seen(number)
        members = {m.seat: m for m in snapshot.members if m.centre == self.config.centre}
        for seat in self._roster.seats:
            if seat in members:
                member = self._roster.as_elsewhere(pbx, members[seat])
                self._member_changed(e.MemberChanged(snapshot.at, pbx, member))
            else:
                self._roster.member_missing(pbx, seat, snapshot.at)
        for event in reconcile.calls(
            self._ledger.of(pbx),
            self._roster.seats,
            self._ledger.has_ended,
            self._ringing.is_young,
            snapshot,
        ):
            self._catch_up(event)
        self._take_seats(pbx, snapshot.at)
        self._pad.see(pbx, CLEAR)
        self._spying.seen(snapshot)
        self._tidy(snapshot)
        config = self.config
        self._pad.do(f.Beat(pbx, config.centre, snapshot.at))
        self._pad.do(
            f.TakeOver(
                pbx,
                config.centre,
                self._ownership.at(pbx),
                config.ring_s,
                config.ticket_url,
                record=config.record,
            )
        )
        self._roster.look_again(snapshot.at)
        for seat in self._roster.seats:
            self._roster.hold(seat)
            self._roster.align(seat)
        for call in self._ledger.of(pbx).values():
            if labels.get(call.uniqueid) != call.ticket_number:
                self._course.label(call)
        if (
            not self._course.reserve()
            and snapshot.serials.get(config.centre) != self._numbers.reservation
        ):
            self._pad.do(f.ReserveSerials(pbx, config.centre, *self._numbers.reservation))
        self._auditor.forget(pbx)
        self._auditor.look_after(pbx, audit.EVERY_S)
        calls = len(self._ledger.of(pbx))
        self._pad.record(
            snapshot.at, f.EntryKind.PBX_BACK, detail={"pbx": pbx, "calls": str(calls)}
        )
        self._ringing.find_calls(snapshot.at)

    def _tidy(self, snapshot: e.Snapshot) -> None:
        """Have Asterisk forget the calls that are stored."""
        for note in snapshot.notes:
            arrival = note.arrival
            this = call_id(snapshot.pbx, arrival.uniqueid, arrival.arrived_at)
            if self._ledger.is_stored(this):
                self._pad.do(f.ForgetCall(snapshot.pbx, arrival.uniqueid))

    def _catch_up(self, fact: e.Fact) -> None:
        """Take a fact that was not heard when it happened; it may not fit any more."""
        try:
            self._fact(fact)
        except IllegalMove as error:
            self._pad.ignore(f"{type(fact).__name__} from a snapshot while {error.state}")

    def _stop(self) -> None:
        """Hand all that is decided here over to the queues; what happens is still told."""
        for pbx in self._pad.reached():
            self._pad.do(f.HandOver(pbx, self.config.centre, self._roster.held(pbx)))
        self._pad.leave()

    # --- the audit -----------------------------------------------------------------------------

    def _look_at(self, pbx: PbxId) -> None:
        """Look at `pbx` for the auditor; or whether by now it is to be taken over."""
        if self._pad.sees(pbx):
            self._pad.do(f.Look(pbx))
            self._auditor.look_after(pbx, audit.EVERY_S)  # should this one come to nothing
        elif self._pad.sight(pbx) is Sight.STALE and not self._ownership.at(pbx):
            self._pad.do(f.Resync(pbx, "is anybody alive who decides?"))
            self._auditor.look_after(pbx, RETRY_S)

    def _look(self, event: e.Look) -> None:
        """Compare what is held with what Asterisk has, and heal what twice did not agree."""
        pbx, snapshot = event.pbx, event.snapshot
        if not self._pad.sees(pbx):
            self._pad.ignore("Look at what is out of sight")
            return
        if self._ownership.is_outdone(snapshot):
            return
        if snapshot.native:
            self._pad.lose_sight(event.at, pbx, "Asterisk is in native mode, and was not heard")
            return
        found = [
            *audit.calls(
                self._ledger.of(pbx),
                self._roster.seats,
                self._ledger.has_ended,
                self._ringing.is_young,
                snapshot,
            ),
            *audit.seats(self._roster.posts(pbx), self._roster.changing, snapshot),
        ]
        for drift in self._auditor.confirm(pbx, found):
            self._heal(pbx, drift, event.at)
        self._spying.seen(snapshot)
        self._tidy(snapshot)
        self._auditor.look_after(
            pbx, audit.AGAIN_S if self._auditor.suspects(pbx) else audit.EVERY_S
        )

    def _heal(self, pbx: PbxId, drift: audit.Drift, at: Instant) -> None:
        for fact in drift.facts:
            self._catch_up(fact)
        if drift.action is not None:
            self._pad.do(drift.action)
        self._pad.record(
            at,
            f.EntryKind.PBX_DRIFT,
            detail={"pbx": pbx, "kind": drift.kind.value, "subject": drift.subject},
        )

    def _action_failed(self, event: e.ActionFailed) -> None:
        action = event.action
        match action:
            case f.RingSeat():
                self._course.not_rung(action, event)
            case f.AddMember() | f.RemoveMember() | f.PauseMember():
                if self._roster.refused(action, event.reason):
                    self._ringing.find_call(action.seat, event.at)
            case f.StartCall(purpose=Purpose.ROOM):
                self._rooms.not_taken(action, event.at)
            case f.Drop(uniqueid=""):
                self._callbacks.not_silent(action)
            case f.Take() | f.Drop():
                self._rooms.refused(action, event.reason, event.at)
            case f.StartCall(purpose=Purpose.SPY):
                self._spying.not_taken(action, event.at)
            case f.Tap() | f.SendOff():
                self._spying.refused(action)
            case f.StartCall(purpose=Purpose.CALLBACK):
                self._callbacks.refused(action, event.at, event.reason)
            case _:
                self._pad.ignore(f"{type(action).__name__} failed")

    # --- what is kept of calls --------------------------------------------------------------

    def _kept(self, event: e.CallsStored | e.StoreRead | e.RecordingFailed) -> None:
        match event:
            case e.CallsStored():
                self._stored(event)
            case e.StoreRead():
                self._restore(event)
            case e.RecordingFailed():
                detail = {"why": event.why}
                self._pad.record(
                    event.at, f.EntryKind.RECORDING_FAILED, call=event.call, detail=detail
                )
            case _:
                assert_never(event)

    def _stored(self, event: e.CallsStored) -> None:
        reached = self._pad.reached()
        for call, pbx, uniqueid in event.calls:
            self._ledger.remember(call, stored=True)
            # under an id that a restarted Asterisk gave out again stands another call's note
            if pbx in reached and self._ledger.at(pbx, uniqueid) is None:
                self._pad.do(f.ForgetCall(pbx, uniqueid))

    def _restore(self, event: e.StoreRead) -> None:
        """Go on from what the store knew, whether it answered at start or only later."""
        self._numbers.learn(event.serials, event.today)
        self._pad.number_after(event.last_seq)
        self._roster.remember(event.seats)
        for ended in event.ended:
            self._ledger.remember(ended, stored=True)
        for call in event.calls:
            if call.pbx not in self.config.pbxs or call.centre != self.config.centre:
                continue
            dark = self._pad.sight(call.pbx) is Sight.DARK
            if call.id in self._ledger:  # seen before the store could be asked
                known = self._ledger[call.id].evolve(ticket_number=call.ticket_number)
                self._ledger.keep(known)
                if not dark:
                    self._course.label(known)
            elif self._ledger.has_ended(call.id):
                continue
            elif dark and self._ledger.at(call.pbx, call.uniqueid) is None:
                self._ledger.open(call)
                if call.waiting:
                    self._line.add(call)
                if call.offer is not None:
                    self._trials.expect(call)
                seat = self._roster.get(call.seat)
                if seat is not None and not seat.talking:  # two Asterisks may ring one phone
                    talking = call.state is CallState.TALKING
                    self._roster.put(seat, event.at, call=call.id, talking=talking)
            else:  # the snapshot did not have it, or its id is given out again
                self._course.end(call, event.at, outcome=Outcome.LOST_BY_PBX)
        self._course.recall(event.tickets)
        self._callbacks.restore(event.callbacks, event.at)
        for pbx in self.config.pbxs:
            if self._pad.sight(pbx) is Sight.DARK:
                self._miss(pbx)

    # --- time --------------------------------------------------------------------------------

    def _tick(self, at: Instant) -> None:
        clock = self._pad.clock
        late = self._last_tick is not None and clock - self._last_tick > STALL_S
        self._last_tick = clock
        if late:
            self._stood_still(at)
            return
        for pbx in self._pad.seen():
            self._pad.do(f.Beat(pbx, self.config.centre, at))
        while (due := self.next_deadline()) is not None and due <= clock:
            self._due(self._pad.take_reminder(), at)
        self._rooms.tick()
        self._callbacks.tick()
        self._spying.tick()
        for pbx in self._auditor.due():
            self._look_at(pbx)

    def _stood_still(self, at: Instant) -> None:
        """Trust nothing that was seen before, nor a snapshot that was asked for before."""
        for pbx in self._pad.reached():
            if self._pad.sees(pbx):
                self._pad.lose_sight(at, pbx, "the service stood still")
            else:
                self._outdated.add(pbx)
                self._pad.do(f.Resync(pbx, "the service stood still"))

    def _stands(self, due: Reminder) -> bool:
        """Whether a deadline still is one; what it was for may be over long since."""
        match due.kind:
            case "offer":
                call = self._ledger.at(PbxId(due.key[0]), Uniqueid(due.key[1]))
                return call is not None and self._trials.awaits(call.id, due.at)
            case "popup":
                return self._popups.stands(due)
            case "callback":
                return self._callbacks.stands(due)
            case "retry":
                return self._trials.hold_up()
            case "steer":
                return self._rooms.stands(due)
            case "spy":
                return self._spying.stands(due)
            case "away":
                pbx = PbxId(due.key[0])
                return self._pad.sight(pbx) is Sight.DARK and self._away[pbx] == due.at
            case _:
                return self._roster.stands(due)

    def _due(self, due: Reminder, at: Instant) -> None:
        if due.kind in DEADLINES:
            self._roster.due(due, at)
            self._ringing.find_call(SeatId(due.key[-1]), at)
            return
        if due.kind == "popup":
            self._popups.due(due, at)
            return
        if due.kind == "callback":
            self._callbacks.due(due, at)
            return
        if due.kind == "retry":
            freed = [self._ledger[call] for call in self._trials.lift()]
            for each in sorted(freed, key=rank):
                self._course.seek(each, at)
            return
        if due.kind == "steer":
            self._rooms.due(due, at)
            return
        if due.kind == "spy":
            self._spying.due(due)
            return
        pbx = PbxId(due.key[0])
        if due.kind == "away":
            self._free_seats(pbx, at)
        elif self._pad.sees(pbx):
            seat = self._ledger.of(pbx)[Uniqueid(due.key[1])].seat
            self._pad.lose_sight(at, pbx, f"no word of the offer to {seat}")
