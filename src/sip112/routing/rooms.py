"""Rooms: calls in which more than a caller and a seat take part, or in which one is on hold.

Theory of operation. A seat that answers is bridged to the caller, and Asterisk sees to both. As
soon as such a call is *steered* (hold, transfer, conference) the caller and the seat's leg are
taken into a room of the call's own. In it everybody is *with* the caller, or *aside*: whoever is
alone with music is the caller whom nobody is with. All that can be asked for is a way that
channels take, into the room, within it and out of it (`effects.Take`), and somebody who is called
to join (`effects.StartCall`). Asterisk tells who joined and who left, and that alone changes what
is held here.

The caller is never hung up because something failed. Whoever is left aside comes to the caller;
a caller whom nobody is with, nor aside, nor called, goes back to wait for a seat, at the place
that they had. Only a seat that hangs up while it talks with the caller, and nobody else does, ends
the call, as it does without a room; a seat whose phone is lost did not hang up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, assert_never

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing import urns
from sip112.routing.call import Call, CallState, OfferResult, Party, Place, RoomState
from sip112.routing.effects import Refusal, Way
from sip112.routing.ids import CallId, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.incidents import Incidents
from sip112.routing.ledger import Ledger
from sip112.routing.pad import Pad, Reminder
from sip112.routing.roster import Roster
from sip112.routing.seat import Device
from sip112.routing.started import Line, Purpose
from sip112.routing.trials import Trials

STEER_S: Final = 3.0
"""Seconds in which Asterisk must tell that a call was steered as asked; it takes milliseconds."""


@dataclass(slots=True)
class _Order:
    """What a seat has asked for, until Asterisk tells that it is so."""

    id: int
    seat: SeatId
    done: Callable[[Call], bool]
    until: Instant
    ends: bool = False
    """Whether the end of the call is what was asked for."""
    again: f.Drop | None = None
    """What Asterisk could not do yet: it has just begun to call whom it is to call no longer."""


class Rooms:
    """What happens in calls beyond one seat that answers. See the module's docstring."""

    def __init__(
        self,
        pad: Pad,
        roster: Roster,
        ledger: Ledger,
        incidents: Incidents,
        trials: Trials,
        freed: Callable[[SeatId, Instant], None],
    ) -> None:
        self._pad = pad
        self._roster = roster
        self._ledger = ledger
        self._incidents = incidents
        self._trials = trials
        self._freed = freed
        self._orders: dict[CallId, _Order] = {}

    def __len__(self) -> int:
        """Return how much is kept; 0 once every call is over."""
        return len(self._orders)

    # --- what seats ask for ------------------------------------------------------------------

    def command(self, command: e.Steering) -> None:
        """Have Asterisk do what a seat asks for, or refuse it."""
        call = self._ledger.call(command.call)
        party = None if call is None else of_seat(call, command.seat)
        refusal = self._why_not(command, call, party)
        if call is None or party is None or refusal is not None:
            self._reply(command.id, command.seat, refusal)
            return
        done = self._carry_out(command, call, party)
        now = self._ledger[call.id]
        if done(now):
            self._reply(command.id, command.seat)
            return
        until = Instant(self._pad.clock + STEER_S)
        ends = isinstance(command, e.HangUp)
        self._orders[call.id] = _Order(command.id, command.seat, done, until, ends)
        self._pad.remind(until, "steer", str(call.id))

    def _why_not(
        self, command: e.Steering, call: Call | None, party: Party | None
    ) -> Refusal | None:
        if self._roster.get(command.seat) is None:
            return Refusal.UNKNOWN_SEAT
        if call is None:
            return Refusal.UNKNOWN_CALL
        if party is None or party.place is Place.RINGING:
            return Refusal.NOT_IN_CALL
        if not self._pad.sees(call.pbx):
            return Refusal.PBX_UNREACHABLE
        if call.id in self._orders or not party.handle:
            return Refusal.CHANGING
        others = _others(call, party)
        match command:
            case e.Transfer():
                return Refusal.TRANSFERRING if others else self._why_not_to(command.to)
            case e.CompleteTransfer():
                if not others:
                    return Refusal.NOT_TRANSFERRING
                answered = others[0].place is Place.ASIDE
                return None if answered else Refusal.NOT_ANSWERED
            case e.CancelTransfer():
                return None if others else Refusal.NOT_TRANSFERRING
            case e.Leave():
                with_caller = [each for each in _at(call, Place.TALKING) if each is not party]
                return None if with_caller else Refusal.ALONE
            case e.Hold() | e.Unhold() | e.HangUp():
                return None
            case _:
                assert_never(command)

    def _why_not_to(self, to: Line) -> Refusal | None:
        """Return why somebody cannot be called now; None if they can."""
        if not self._pad.config.starts_calls:
            return Refusal.NO_ORIGINATE
        if to.seat is None:
            return None
        seat = self._roster.get(to.seat)
        if seat is None or seat.agent is None or seat.call is not None:
            return Refusal.TARGET_BUSY
        if self._roster.engaged(seat.id):
            return Refusal.TARGET_BUSY
        return None if seat.device is Device.IDLE else Refusal.TARGET_BUSY

    def _carry_out(self, command: e.Steering, call: Call, party: Party) -> Callable[[Call], bool]:
        """Ask Asterisk for it; return by what one sees that it is done."""
        seat = command.seat
        match command:
            case e.Hold():
                self._lead(call, party, Way.ASIDE)
                # the caller may come into the room after the seat
                return lambda now: now.room is RoomState.IN and _is_at(now, seat, Place.ASIDE)
            case e.Unhold():
                self._lead(call, party, Way.WITH)
                return lambda now: _is_at(now, seat, Place.TALKING)
            case e.Transfer():
                return self._transfer(command, call, party)
            case e.CompleteTransfer():
                other = _others(call, party)[0]
                way = Way.WITH if command.stay else Way.OUT
                self._take(call, (other.handle, Way.WITH), (party.handle, way))
                return lambda now: not _at(now, Place.ASIDE)
            case e.CancelTransfer():
                other = _others(call, party)[0]
                if other.place is Place.ASIDE:
                    self._take(call, (other.handle, Way.OUT), (party.handle, Way.WITH))
                else:  # when they are gone, the seat is taken back
                    self._pad.do(f.Drop(call.pbx, call.uniqueid, other.handle))
                return lambda now: not _at(now, Place.RINGING) and not _at(now, Place.ASIDE)
            case e.HangUp():
                self._take(call, (call.channel, Way.OUT))
                return lambda _: False  # its end tells
            case e.Leave():
                self._take(call, (party.handle, Way.OUT))
                return lambda now: of_seat(now, seat) is None
            case _:
                assert_never(command)

    def _transfer(self, command: e.Transfer, call: Call, party: Party) -> Callable[[Call], bool]:
        seat = command.seat
        match command.mode:
            case e.Mode.BLIND:
                way, place = Way.OUT, None
            case e.Mode.ATTENDED:
                way, place = Way.ASIDE, Place.ASIDE
            case e.Mode.CONFERENCE:
                way, place = Way.WITH, Place.TALKING
            case _:
                assert_never(command.mode)
        self._lead(call, party, way, always=True)
        to, joins = command.to, Way.ASIDE if way is Way.ASIDE else Way.WITH
        self._call(call, to, joins, neighbour=command.neighbour)
        if place is None:
            return lambda now: of_seat(now, seat) is None
        return lambda now: now.room is RoomState.IN and _is_at(now, seat, place)

    def _lead(self, call: Call, party: Party, way: Way, *, always: bool = False) -> None:
        """Lead a seat's leg that way, unless it is there; into the room first if need be."""
        there = party.place is (Place.ASIDE if way is Way.ASIDE else Place.TALKING)
        if call.room is not RoomState.IN and (always or not there):
            self._take(call, (call.channel, Way.CALLER), (party.handle, way))
        elif way is Way.OUT or not there:
            self._take(call, (party.handle, way))

    def _call(self, call: Call, to: Line, way: Way, *, neighbour: bool) -> None:
        """Call somebody who is to join."""
        at = self._pad.now
        config = self._pad.config
        handle = handle_for(call, at)
        party = Party(to, Place.RINGING, at, handle)
        call = call.evolve(parties=(*call.parties, party))
        self._ledger.keep(call)
        seat = self._roster.get(to.seat)
        if seat is not None:
            seat = self._roster.put(seat, at, call=call.id, wrap_up_until=None)
        order = f.StartCall(
            call.pbx,
            call.centre,
            Purpose.ROOM,
            f"{call.uniqueid}*{way}",
            to,
            config.ring_s,
            number=call.caller.number or "112",
            name=call.ticket_number or "112",
            about=f"{config.ticket_url}/t/{call.ticket_number}",
            handle=handle,
        )
        if neighbour and call.ticket is not None:
            domain = self._incidents.domain(call.ticket)
            order = replace(
                order,
                incident=urns.incident(call.ticket, domain),
                source=call.source or urns.call(call.id, config.domain),
            )
        self._pad.do(order)
        self._record(call, "called", party, at)

    def bring_in(self, call: Call, seat: SeatId, handle: str) -> bool:
        """Have a channel join a call that `seat` takes part in; not while that is being steered."""
        party = of_seat(call, seat)
        if party is None or not party.handle or call.id in self._orders:
            return False
        if call.room is not RoomState.IN:
            self._take(call, (call.channel, Way.CALLER), (party.handle, Way.WITH))
        self._take(call, (handle, Way.WITH))
        return True

    # --- what Asterisk tells -----------------------------------------------------------------

    def joined(self, call: Call, event: e.PartyJoined) -> None:
        """Take it that the caller or another party is in the call's room."""
        if call.state is not CallState.TALKING:
            self._pad.ignore(f"PartyJoined while {call.state}")
            if event.party != call.uniqueid:  # the caller waits elsewhere for somebody
                self._take(call, (event.channel, Way.OUT))
            return
        if event.party == call.uniqueid:
            call = call.evolve(room=RoomState.IN)
            self._ledger.keep(call)
            self._settle(call)
            self._see_to(call)
            return
        place = Place.ASIDE if event.aside else Place.TALKING
        known = _known(call, event.party, event.channel)
        if known is None:
            known = next((each for each in call.parties if each.line == event.line), None)
        party = Party(event.line, place, event.at, event.channel)
        if known is not None:
            since = known.since if known.place is place else event.at
            party = known.evolve(place=place, since=since, handle=event.channel)
        call = self._with(call, known, party, event.at)
        if known is None or known.place is not place:
            self._record(call, "aside" if event.aside else "joined", party, event.at)
        was_called = known is None or known.place is Place.RINGING
        if event.aside and was_called and not _others(call, party):
            self._take(call, (party.handle, Way.WITH))  # whoever wanted to consult is gone
        self._settle(call)

    def left(self, call: Call, event: e.PartyLeft) -> None:
        """Take it that a party has left the call, and see to the caller."""
        if event.party == call.uniqueid:  # who is with them is sent away now, by Asterisk
            self._ledger.keep(call.evolve(room=RoomState.BETWEEN))
            return
        known = _known(call, event.party, event.channel)
        if known is None:
            self._pad.ignore("PartyLeft of an unknown party")
            return
        self._lose(call, known, event.at, "left", sent=event.sent)

    def started(self, event: e.CallStarted) -> None:
        """Take it that somebody who was called has answered, or has not."""
        if event.result is not OfferResult.ANSWERED:  # of whoever answers, their joining tells
            self._not_started(event.pbx, event.subject, event.at, event.result.value)

    def not_taken(self, order: f.StartCall, at: Instant) -> None:
        """Take it that Asterisk did not take the order to call somebody."""
        self._not_started(order.pbx, order.subject, at, OfferResult.FAILED.value)

    def _not_started(self, pbx: PbxId, subject: str, at: Instant, result: str) -> None:
        call = self._ledger.at(pbx, Uniqueid(subject.partition("*")[0]))
        ringing = None if call is None else next(iter(_at(call, Place.RINGING)), None)
        if call is None or ringing is None:
            self._pad.ignore("CallStarted for a call that awaits nobody")
            return
        if ringing.line.seat is not None:
            self._trials.bar(call.id, ringing.line.seat)
        self._lose(call, ringing, at, result)

    def refused(self, action: f.Take | f.Drop, reason: str, at: Instant) -> None:
        """Take it that Asterisk did not carry out `action`, and look at what is so."""
        call = self._ledger.at(action.pbx, action.uniqueid)
        if call is None:
            self._pad.ignore(f"{type(action).__name__} failed for a call that is over")
            return
        order = self._orders.get(call.id)
        if isinstance(action, f.Drop) and order is not None and _at(call, Place.RINGING):
            order.again = action
        else:
            self._give_up(call, reason, at)

    def tick(self) -> None:
        """Ask again for what could not be done yet."""
        for order in self._orders.values():
            if order.again is not None:
                self._pad.do(order.again)
                order.again = None

    def seen(self, call: Call, event: e.PartiesSeen) -> None:
        """Take it from a look at Asterisk who takes part in a call."""
        if call.state is not CallState.TALKING:
            self._pad.ignore(f"PartiesSeen while {call.state}")
            return
        before = call.parties
        there = {each.line for each in event.parties}
        freed = [each for each in self._roster.all_of(call) if Line(each.id) not in there]
        for seat in freed:  # also one of which only the store knew that it has the call
            self._roster.let_go(seat, event.at)
        call = call.evolve(room=RoomState.IN if event.room else RoomState.NONE)
        for party in before:
            if party.line not in there:
                call = self._without(call, party, event.at)
        for party in event.parties:
            known = next((each for each in before if each.line == party.line), None)
            call = self._with(call, known, party, event.at)
        self._ledger.keep(call)
        if [(each.line, each.place) for each in before] != [
            (each.line, each.place) for each in call.parties
        ]:
            self._record(call, "seen", None, event.at)
        self._settle(call)
        self._see_to(call)
        for seat in freed:
            self._freed(seat.id, event.at)

    def emptied(self, call: Call, at: Instant) -> tuple[Call, list[SeatId]]:
        """Return a call that is over, or waits again, without parties, and the seats let go."""
        freed = self._roster.all_of(call)
        for seat in freed:  # also one of which only the store knew that it has the call
            self._roster.let_go(seat, at)
        for party in call.parties:
            if party.place is Place.RINGING:
                self._pad.do(f.Drop(call.pbx, call.uniqueid, party.handle))
            elif party.place is Place.ASIDE:  # who is with the caller goes with them
                self._take(call, (party.handle, Way.OUT))
        return call.evolve(parties=(), room=RoomState.NONE), [seat.id for seat in freed]

    def over(self, call: Call) -> None:
        """Answer whoever waits for something of a call that is over."""
        order = self._orders.pop(call.id, None)
        if order is not None:
            self._reply(order.id, order.seat, None if order.ends else Refusal.UNKNOWN_CALL)

    # --- deadlines ---------------------------------------------------------------------------

    def stands(self, due: Reminder) -> bool:
        """Whether an order still waits for Asterisk."""
        return any(
            str(call) == due.key[0] and order.until == due.at
            for call, order in self._orders.items()
        )

    def due(self, due: Reminder, at: Instant) -> None:
        """Wait no longer for what Asterisk should have told."""
        (call,) = (each for each in self._orders if str(each) == due.key[0])
        self._give_up(self._ledger[call], "no confirmation came", at)

    # --- inside ------------------------------------------------------------------------------

    def _lose(self, call: Call, lost: Party, at: Instant, what: str, *, sent: bool = False) -> None:
        """Go on without a party, so that the caller has somebody."""
        call = self._without(call, lost, at)
        self._ledger.keep(call)
        self._record(call, what, lost, at)
        if call.room is RoomState.IN and not sent and lost.place is not Place.TALKING:
            for party in _at(call, Place.ASIDE):  # there is nobody to consult any more
                self._take(call, (party.handle, Way.WITH))
        if not sent and lost.place is Place.TALKING and lost.line.seat is not None:
            self._see_to(call, Way.END)  # as without a room, the call is over
        else:
            self._see_to(call)
        self._settle(call)
        if lost.line.seat is not None:
            self._freed(lost.line.seat, at)

    def _see_to(self, call: Call, way: Way = Way.BACK) -> None:
        """Leave no caller in a room with nobody to come."""
        if call.room is RoomState.IN and not call.parties:
            self._take(call, (call.channel, way))

    def _with(self, call: Call, known: Party | None, party: Party, at: Instant) -> Call:
        """Keep a party as it is now, and the seat that has the call with it."""
        parties = tuple(party if each is known else each for each in call.parties)
        call = call.evolve(parties=parties if known is not None else (*parties, party))
        seat = self._roster.get(party.line.seat)
        if seat is not None:
            before = seat
            talking = party.place is not Place.RINGING
            seat = self._roster.put(seat, at, call=call.id, talking=talking, wrap_up_until=None)
            self._roster.tell(before, at)
        call = self._answered_for(call)
        self._ledger.keep(call)
        return call

    def _without(self, call: Call, party: Party, at: Instant) -> Call:
        """Return the call without a party; its seat is free, after paperwork if it talked."""
        seat = self._roster.get(party.line.seat)
        if seat is not None and seat.call == call.id:
            self._roster.let_go(seat, at)
        left = tuple(each for each in call.parties if each is not party)
        call = call.evolve(parties=left)
        if not left and call.room is RoomState.NONE:  # they are about to come into it
            call = call.evolve(room=RoomState.BETWEEN)
        # once the caller is gone, Asterisk empties the room: it stays whose it was
        return self._answered_for(call) if call.room is RoomState.IN else call

    def _answered_for(self, call: Call) -> Call:
        """Return the call with a seat that answers for it: the last one, while it is there."""
        seats = [
            each.line.seat
            for each in (*_at(call, Place.TALKING), *_at(call, Place.ASIDE))
            if each.line.seat is not None
        ]
        if not seats or call.seat in seats:
            return call
        seat = self._roster.get(seats[0])
        return call.evolve(seat=seats[0], agent=None if seat is None else seat.agent)

    def _take(self, call: Call, *moves: tuple[str, Way]) -> None:
        self._pad.do(f.Take(call.pbx, call.uniqueid, moves))

    def _give_up(self, call: Call, reason: str, at: Instant) -> None:
        """Answer that it was not done, and look at Asterisk: it may have been done by half."""
        order = self._orders.pop(call.id, None)
        if order is not None:
            self._reply(order.id, order.seat, Refusal.PBX_REFUSED, reason)
        if self._pad.sees(call.pbx):
            self._pad.lose_sight(at, call.pbx, f"steering a call: {reason}")

    def _settle(self, call: Call) -> None:
        """Answer whoever asked for what now is so."""
        order = self._orders.get(call.id)
        if order is not None and order.done(call):
            del self._orders[call.id]
            self._reply(order.id, order.seat)

    def _reply(
        self, number: int, seat: SeatId, refusal: Refusal | None = None, detail: str = ""
    ) -> None:
        self._pad.tell(f.Reply(number, self._roster.get(seat), refusal, detail))

    def _record(self, call: Call, what: str, party: Party | None, at: Instant) -> None:
        detail = {"what": what} | ({} if party is None else {"who": str(party.line)})
        self._pad.record(at, f.EntryKind.CALL_STEERED, call=call, detail=detail)


def of_seat(call: Call, seat: SeatId) -> Party | None:
    """Return the party that a seat is in a call."""
    return next((each for each in call.parties if each.line.seat == seat), None)


def holders(call: Call) -> list[tuple[SeatId, bool]]:
    """Return the seats that a call holds, and whether each of them talks."""
    talks = call.state is CallState.TALKING
    if talks and (call.parties or call.room is not RoomState.NONE):
        return [
            (each.line.seat, each.place is not Place.RINGING)
            for each in call.parties
            if each.line.seat is not None
        ]
    return [] if call.seat is None else [(call.seat, talks)]


def _at(call: Call, place: Place) -> list[Party]:
    return [each for each in call.parties if each.place is place]


def _is_at(call: Call, seat: SeatId, place: Place) -> bool:
    party = of_seat(call, seat)
    return party is not None and party.place is place


def _others(call: Call, party: Party) -> list[Party]:
    """Return whom `party` consults, or who is called: one at most."""
    aside = [*_at(call, Place.ASIDE), *_at(call, Place.RINGING)]
    return [each for each in aside if each is not party]


def _known(call: Call, *handles: str) -> Party | None:
    return next((each for each in call.parties if each.handle in handles), None)


def handle_for(call: Call, at: Instant) -> str:
    """Return an id for a channel that is to join `call`, unlike any that Asterisk gives out.

    Asterisk takes the oldest id among channels that are bridged for the linkedid of all, by the
    numbers at its end; this one is younger than the caller's.
    """
    tenths = max(0, int((at - call.arrived_at) * 10))
    return f"sip112-{int(call.arrived_at) + 1 + tenths}.{call.uniqueid.rpartition('.')[2]}"
