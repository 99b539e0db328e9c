"""Spying: supervisors who listen to the call of a seat, whisper to it, or barge in.

Theory of operation. The supervisor's own phone is called, and whoever picks it up is led to the
channel of the seat (`[sip112-spy]`). To listen and to whisper Asterisk taps that channel: the call
stays as it is, and where it is. Who barges in takes part, in the call's room, as somebody who
joins by a conference does (`rooms`), so that everybody hears everybody and the recording has it. A
mode is changed by leading the supervisor's phone elsewhere; Asterisk tells when it is there.

Nothing here ends or moves a call because something failed. These rules keep spying from harm:

- *It ends with what it is about.* Asterisk ends it with the seat's channel, and the phone with it.
- *Callers first.* A supervisor's seat that is on duty gives way to a caller for whom no other seat
  is free: the phone is hung up, and rings for the caller. Who barged in talks, and stays.
- *Nobody listens unknown.* A channel that listens and that nobody here asked for, as after a
  restart of the service, is hung up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, OfferResult, Place
from sip112.routing.ids import CallId, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.ledger import Ledger
from sip112.routing.pad import Pad, Reminder
from sip112.routing.policy import Line as Waiting
from sip112.routing.rooms import STEER_S, Rooms, handle_for, of_seat
from sip112.routing.roster import Roster
from sip112.routing.seat import Device, Seat
from sip112.routing.spy import Spy, SpyEnd, SpyMode, SpyState
from sip112.routing.started import Line, Purpose
from sip112.routing.trials import Trials

YOUNG_S: Final = 2.0
"""Seconds for which a snapshot need not show a phone yet that is called."""


@dataclass(slots=True)
class _Order:
    """What is awaited of Asterisk, and who waits for it; 0 is nobody."""

    id: int
    until: Instant
    stops: bool = False


@dataclass(slots=True)
class _Session:
    """A spy, and what is wanted of it beyond what it is."""

    spy: Spy
    wanted: SpyMode
    order: _Order | None = None
    end: SpyEnd | None = None
    """Why it is being ended."""
    again: bool = False
    """Whether Asterisk could not end it yet: it has just begun to call the phone."""


class Spying:
    """The spies of one centre. See the module's docstring.

    Args:
        freed: has a seat get the first caller who waits; it is called for each that had a spy.
    """

    def __init__(
        self,
        pad: Pad,
        roster: Roster,
        ledger: Ledger,
        line: Waiting,
        rooms: Rooms,
        trials: Trials,
        freed: Callable[[SeatId, Instant], None],
    ) -> None:
        self._pad = pad
        self._roster = roster
        self._ledger = ledger
        self._line = line
        self._rooms = rooms
        self._trials = trials
        self._freed = freed
        self._sessions: dict[SeatId, _Session] = {}
        """By the supervisor's seat."""

    def __iter__(self) -> Iterator[Spy]:
        """Yield the spies, in the order in which they were asked for."""
        return iter([session.spy for session in self._sessions.values()])

    # --- what supervisors ask for --------------------------------------------------------

    def command(self, command: e.SpyCommand) -> None:
        """Carry out what a supervisor asks for, or refuse it."""
        session = self._sessions.get(command.seat)
        if isinstance(command, e.StopSpying):
            refusal = self._stop(command, session)
        elif session is None:
            refusal = self._start(command)
        else:
            refusal = self._change(command, session)
        if refusal is not None:
            self._reply(command.id, command.seat, refusal)

    def _start(self, command: e.StartSpying) -> f.Refusal | None:
        """Have the supervisor's phone called; or return why not."""
        by, seat = self._roster.get(command.seat), self._roster.get(command.target)
        if by is None or seat is None:
            return f.Refusal.UNKNOWN_SEAT
        if by.id == seat.id:
            return f.Refusal.ONESELF
        call = None if seat.call is None else self._ledger.call(seat.call)
        party = None if call is None else of_seat(call, seat.id)
        if call is None or party is None or party.place is Place.RINGING:
            return f.Refusal.NOT_TALKING
        if not self._pad.sees(call.pbx) or not party.handle:
            return f.Refusal.PBX_UNREACHABLE
        if not self._pad.config.starts_calls:
            return f.Refusal.NO_ORIGINATE
        refusal = self._why_not_by(by, call.pbx)
        if refusal is not None:
            return refusal
        spy = Spy(
            centre=call.centre,
            by=by.id,
            who=command.who,
            seat=seat.id,
            agent=seat.agent,
            call=call.id,
            ticket_number=call.ticket_number,
            pbx=call.pbx,
            handle=self._handle(call),
            mode=command.mode,
            since=command.at,
        )
        self._sessions[by.id] = session = _Session(spy, command.mode)
        self._roster.engage(by.id)
        whispers = command.mode is SpyMode.WHISPER  # who barges in listens first
        self._pad.do(
            f.StartCall(
                spy.pbx,
                spy.centre,
                Purpose.SPY,
                f"{spy.handle}*{SpyMode.WHISPER if whispers else SpyMode.LISTEN}",
                Line(by.id),
                self._pad.config.ring_s,
                name=f"{spy.mode} {spy.seat}",
                handle=spy.handle,
                tapped=party.handle,
            )
        )
        self._keep(session, spy)
        self._reply(command.id, by.id)
        return None

    def _why_not_by(self, by: Seat, pbx: PbxId) -> f.Refusal | None:
        """Return why a supervisor's phone cannot be called; of one off duty nothing is known."""
        device = self._roster.post(by.id, pbx).device
        if by.agent is not None and device is Device.UNREGISTERED:
            return f.Refusal.NO_PHONE
        in_use = by.agent is not None and device in {Device.RINGING, Device.IN_USE}
        if by.call is not None or self._roster.engaged(by.id) or in_use:
            return f.Refusal.IN_CALL
        return None

    def _change(self, command: e.StartSpying, session: _Session) -> f.Refusal | None:
        """Have the supervisor hear and be heard in another mode; or return why not."""
        spy = session.spy
        if spy.seat != command.target:
            return f.Refusal.SPYING_ELSEWHERE
        if not self._pad.sees(spy.pbx):
            return f.Refusal.PBX_UNREACHABLE
        if session.order is not None or session.end is not None:
            return f.Refusal.CHANGING
        session.wanted = command.mode
        if spy.mode is command.mode:
            self._reply(command.id, command.seat)
        elif spy.state is SpyState.ON:
            self._lead(session, command.id)
        else:
            self._keep(session, spy.evolve(mode=command.mode))
            self._reply(command.id, command.seat)
        return None

    def _stop(self, command: e.StopSpying, session: _Session | None) -> f.Refusal | None:
        """Have the supervisor's phone hung up; or return why not."""
        if not {command.seat, command.target} <= self._roster.seats.keys():
            return f.Refusal.UNKNOWN_SEAT
        if session is None or session.spy.seat != command.target:
            return f.Refusal.NOT_SPYING
        if not self._pad.sees(session.spy.pbx):
            return f.Refusal.PBX_UNREACHABLE
        if session.order is not None:
            return f.Refusal.CHANGING
        self._await(session, command.id, stops=True)
        self._send_off(session, SpyEnd.STOPPED)
        return None

    # --- what Asterisk tells -----------------------------------------------------------------

    def started(self, event: e.CallStarted) -> None:
        """Take it that the supervisor's phone was not picked up; if it was, it tells itself."""
        session = self._by_handle(event.subject.partition("*")[0])
        if session is None:
            self._pad.ignore("CallStarted for no spy")
        elif event.result is not OfferResult.ANSWERED:
            self._over(session, event.at, SpyEnd.NOT_REACHED, event.result)

    def not_taken(self, order: f.StartCall, at: Instant) -> None:
        """Take it that Asterisk did not take the order to call the supervisor's phone."""
        session = self._by_handle(order.handle)
        if session is None:
            self._pad.ignore("StartCall that failed for no spy")
        else:
            self._over(session, at, SpyEnd.NOT_REACHED, OfferResult.FAILED)

    def tapped(self, event: e.SpyTaps) -> None:
        """Take it that a phone listens, or whispers, now."""
        session = self._by_handle(event.handle)
        if event.centre != self._pad.config.centre:
            self._pad.ignore("SpyTaps of another centre")
        elif session is not None:
            self._is_on(session, event.mode, event.at)
        elif self._pad.sees(event.pbx):
            self._pad.do(f.SendOff(event.pbx, event.handle))

    def gone(self, event: e.SpyGone) -> None:
        """Take it that the channel of a supervisor's phone is over."""
        session = self._by_handle(event.handle)
        if session is None:
            self._pad.ignore("SpyGone of no spy")
        else:
            self._over(session, event.at, SpyEnd.GONE)

    def follow(self, call: CallId, at: Instant) -> None:
        """See what has become of spies by what has become of a call."""
        sessions = [each for each in self._sessions.values() if each.spy.call == call]
        for session in sessions:
            spy = session.spy
            now = self._ledger.call(call)
            seat = None if now is None else of_seat(now, spy.seat)
            by = None if now is None else of_seat(now, spy.by)
            if spy.state is SpyState.CALLED and seat is None:
                if session.end is None:
                    self._send_off(session, SpyEnd.GONE)
            elif spy.mode is SpyMode.BARGE and seat is None and by is not None:
                self._over(session, at, SpyEnd.TAKES_PART)
            elif session.wanted is SpyMode.BARGE and by is not None:
                self._is_on(session, SpyMode.BARGE, at)

    def refused(self, action: f.Tap | f.SendOff) -> None:
        """Take it that Asterisk did not lead a phone elsewhere, or did not hang it up."""
        session = self._by_handle(action.handle)
        if session is None:
            self._pad.ignore(f"{type(action).__name__} failed for no spy")
        elif isinstance(action, f.SendOff):
            session.again = True
        else:
            self._give_up(session)

    def seen(self, snapshot: e.Snapshot) -> None:
        """Take it from a look at Asterisk who is there, and who is there unknown."""
        there = {channel.uniqueid: channel for channel in snapshot.channels}
        for session in list(self._sessions.values()):
            spy = session.spy
            if spy.pbx != snapshot.pbx:
                continue
            channel = there.get(Uniqueid(spy.handle))
            if channel is not None:
                if channel.taps is not None and spy.state is SpyState.CALLED:
                    self._is_on(session, channel.taps, snapshot.at)
            elif snapshot.at - spy.since > YOUNG_S:
                self._over(session, snapshot.at, SpyEnd.GONE)
        for channel in there.values():
            ours = channel.line.seat in self._roster.seats
            if channel.taps is not None and ours and self._by_handle(channel.uniqueid) is None:
                self._pad.do(f.SendOff(snapshot.pbx, channel.uniqueid))

    # --- callers first -----------------------------------------------------------------------

    def give_way(self, call: Call) -> None:
        """Free a seat that is on duty and only listens, for a caller whom no other seat takes."""
        sessions = self._sessions.values()
        if sum(each.end is SpyEnd.CALLER_FIRST for each in sessions) >= len(self._line):
            return  # enough for all who wait
        for session in sessions:
            seat = self._roster.seats[session.spy.by]
            takes_calls = seat.agent is not None and seat.pause_reason is None
            talks = SpyMode.BARGE in {session.spy.mode, session.wanted}
            if (
                takes_calls
                and not talks
                and session.end is None
                and call.skills <= seat.skills
                and not self._trials.bars(call.id, seat.id)
                and self._pad.sees(session.spy.pbx)
            ):
                self._send_off(session, SpyEnd.CALLER_FIRST)
                return

    # --- time --------------------------------------------------------------------------------

    def tick(self) -> None:
        """Ask again for what could not be done yet, and let callers have what they wait for."""
        for session in self._sessions.values():
            spy = session.spy
            if session.again:
                session.again = False
                self._pad.do(f.SendOff(spy.pbx, spy.handle))
            elif session.wanted is not spy.mode and session.order is None:
                self._lead(session)
        if self._sessions:
            for call in self._line:
                self.give_way(self._ledger[call])

    def stands(self, due: Reminder) -> bool:
        """Whether an order still waits for Asterisk."""
        session = self._sessions.get(SeatId(due.key[0]))
        return session is not None and session.order is not None and session.order.until == due.at

    def due(self, due: Reminder) -> None:
        """Wait no longer for what Asterisk should have told."""
        self._give_up(self._sessions[SeatId(due.key[0])])

    # --- inside ------------------------------------------------------------------------------

    def _by_handle(self, handle: str) -> _Session | None:
        return next((each for each in self._sessions.values() if each.spy.handle == handle), None)

    def _handle(self, call: Call) -> str:
        """Return an id for the supervisor's channel that no other spy has."""
        at = self._pad.now
        while self._by_handle(handle_for(call, at)) is not None:
            at = Instant(at + 0.1)
        return handle_for(call, at)

    def _lead(self, session: _Session, order: int = 0) -> None:
        """Lead a supervisor's phone to where its mode is what is wanted."""
        self._await(session, order)
        spy = session.spy
        call = self._ledger.call(spy.call)  # it may be over, and the phone not gone yet
        if session.wanted is not SpyMode.BARGE:
            self._pad.do(f.Tap(spy.pbx, spy.handle, session.wanted))
        elif call is not None and self._rooms.bring_in(call, spy.seat, spy.handle):
            pass  # whoever follows the call sees it
        elif order:
            self._give_up(session, f.Refusal.CHANGING)
        else:
            session.order = None

    def _is_on(self, session: _Session, mode: SpyMode, at: Instant) -> None:
        """Keep it that a supervisor hears, and is heard, in that mode."""
        spy = session.spy
        if spy.state is not SpyState.ON or spy.mode is not mode:
            began = at if spy.began_at is None else spy.began_at
            self._keep(session, spy.evolve(state=SpyState.ON, mode=mode, began_at=began))
        if mode is session.wanted:
            self._settle(session)
        elif session.order is None:
            self._lead(session)

    def _send_off(self, session: _Session, why: SpyEnd) -> None:
        """Have a supervisor's phone hung up."""
        session.end = session.end or why
        self._pad.do(f.SendOff(session.spy.pbx, session.spy.handle))

    def _over(
        self, session: _Session, at: Instant, why: SpyEnd, result: OfferResult | None = None
    ) -> None:
        """Let go of a supervisor's seat."""
        spy = session.spy
        del self._sessions[spy.by]
        self._pad.tell(
            f.Spied(
                spy.evolve(state=SpyState.OVER, ended_at=at, end=session.end or why, result=result)
            )
        )
        stops = session.order is not None and session.order.stops
        self._settle(session, None if stops else f.Refusal.NOT_SPYING)
        self._roster.disengage(spy.by)
        self._freed(spy.by, at)

    def _give_up(self, session: _Session, why: f.Refusal = f.Refusal.PBX_REFUSED) -> None:
        """Want nothing else than what is."""
        session.wanted = session.spy.mode
        self._settle(session, why)

    def _keep(self, session: _Session, spy: Spy) -> None:
        session.spy = spy
        self._pad.tell(f.Spied(spy))

    def _await(self, session: _Session, number: int, *, stops: bool = False) -> None:
        session.order = _Order(number, Instant(self._pad.clock + STEER_S), stops)
        self._pad.remind(session.order.until, "spy", session.spy.by)

    def _settle(self, session: _Session, refusal: f.Refusal | None = None) -> None:
        """Answer whoever waits."""
        order, session.order = session.order, None
        if order is not None and order.id:
            self._reply(order.id, session.spy.by, refusal)

    def _reply(self, number: int, seat: SeatId, refusal: f.Refusal | None = None) -> None:
        self._pad.tell(f.Reply(number, self._roster.get(seat), refusal))
