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
- *No move without sight.* Until Asterisk's state is known (no link, or a snapshot is awaited)
  no call is moved; the queue does that by itself when it lasts.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from enum import StrEnum
from heapq import heappop, heappush
from typing import Any, Final, assert_never
from zoneinfo import ZoneInfo

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing import reconcile
from sip112.routing.call import (
    Call,
    CallState,
    IllegalMove,
    Move,
    Offer,
    OfferResult,
    Origin,
    Outcome,
)
from sip112.routing.ids import (
    AgentId,
    CallId,
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    Seq,
    TicketNumber,
    Uniqueid,
    call_id,
    ticket_id,
)
from sip112.routing.numbers import Numbers
from sip112.routing.policy import Bench, Line, rank
from sip112.routing.seat import Device, Seat, SeatConfig
from sip112.routing.ticket import Ticket
from sip112.routing.value import value

STALL_S: Final = 2.5
"""Seconds between two ticks after which the watchdog may have gone native unseen."""

OVERDUE_S: Final = 5.0
"""Seconds after a seat's ring time, or after a request to Asterisk, without any word of it."""

SILENT_S: Final = 2.5
"""Seconds in which a seat that was chosen must begin to ring; it takes milliseconds. More than
`reconcile.GRACE_S`, so that the look at Asterisk that follows settles it."""

REMEMBERED: Final = 10_000
"""Ended calls whose ids are kept, so that a late duplicate of their events is known as one."""


class Sight(StrEnum):
    """How much the desk knows of its Asterisk."""

    DARK = "dark"
    """No link, or no snapshot yet."""
    STALE = "stale"
    """The link is up but what is known may be wrong, until the snapshot asked for is here.
    The queue may be ringing seats by itself (native mode)."""
    CLEAR = "clear"


CLEAR: Final = Sight.CLEAR
"""Asked for with every event; a member of an enum costs ten times a global in Python 3.11."""


@value
class DeskConfig:
    """What the settings say of one centre."""

    centre: CentreCode
    zone: ZoneInfo
    seats: tuple[SeatConfig, ...]
    pbx: PbxId
    ring_s: int = 15
    """How long a seat rings before the call goes on to the next, seconds."""
    wrap_up_s: float = 0.0
    """Time for paperwork after a call, seconds."""
    retry_s: float = 2.0
    """How long a seat that failed a call is not rung again for that call, seconds."""
    ticket_url: str = "http://127.0.0.1:8112"


@value
class _Request:
    """A change of a seat's duty that was asked of Asterisk."""

    action: f.AddMember | f.RemoveMember | f.PauseMember
    until: Instant
    command: e.LogIn | e.LogOut | e.Pause | e.Resume | None = None
    """Who asked for it; None is the desk itself."""


class Desk:
    """One centre's calls and seats. See the module's docstring."""

    def __init__(self, config: DeskConfig) -> None:
        self.config = config
        self.sight = Sight.DARK
        self.ignored: Counter[str] = Counter()
        """Events that changed nothing, by kind: drift, duplicates, attacks."""
        self._seats: dict[SeatId, Seat] = {
            each.id: Seat(each.id, config.centre, each.skills) for each in config.seats
        }
        self._seat_configs = {each.id: each for each in config.seats}
        self._calls: dict[Uniqueid, Call] = {}
        self._by_id: dict[CallId, Uniqueid] = {}
        self._ended: OrderedDict[CallId, bool] = OrderedDict()
        """Calls that have ended, and whether the store has that."""
        self._line = Line()
        self._bench = Bench()
        self._barred: dict[tuple[CallId, SeatId], Instant] = {}
        """A seat that failed a call, and until when it is not rung for it again."""
        self._aside: dict[CallId, Instant] = {}
        """Calls that Asterisk would not move, and until when they are left alone."""
        self._requests: dict[SeatId, _Request] = {}
        """Changes of a seat's duty that Asterisk has not confirmed."""
        self._deadlines: list[tuple[Instant, str]] = []
        self._numbers = Numbers(config.centre, config.zone)
        self._last_seq = 0
        self._now = Instant(0.0)
        self._last_tick: Instant | None = None
        self._out: list[f.Action] = []
        self._told: list[f.Record | f.Reply] = []

    # --- what others may look at -----------------------------------------------------

    def seats(self) -> list[Seat]:
        """Return every seat, in the order of the settings."""
        return list(self._seats.values())

    def seat(self, seat: SeatId) -> Seat | None:
        """Return one seat; None if the settings do not name it."""
        return self._seats.get(seat)

    def calls(self) -> list[Call]:
        """Return every call that has not ended, by arrival."""
        return sorted(self._calls.values(), key=lambda call: (call.arrived_at, call.id))

    def call(self, call: CallId) -> Call | None:
        """Return one call that has not ended."""
        uniqueid = self._by_id.get(call)
        return None if uniqueid is None else self._calls[uniqueid]

    def waiting(self) -> list[Call]:
        """Return the calls that wait for a seat, in the order in which they will be served."""
        return [self._calls[self._by_id[each]] for each in self._line]

    def next_deadline(self) -> Instant | None:
        """Return when a tick will change something, if any is known."""
        while self._deadlines and not self._stands(*self._deadlines[0]):
            heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None

    # --- the one entrance ------------------------------------------------------------

    def step(self, event: e.Event) -> list[f.Effect]:
        """Take `event` and return what follows from it: actions first, then the rest."""
        self._out, self._told, self._now = [], [], event.at
        try:
            self._take(event)
        except IllegalMove as error:
            self._ignore(f"{type(event).__name__} while {error.state}")
        return [*self._out, *self._told]

    def _take(self, event: e.Event) -> None:
        if isinstance(event, e.Fact):  # as nearly all are
            if event.pbx == self.config.pbx:
                self._fact(event)
            else:
                self._ignore(f"{type(event).__name__} from an unknown PBX")
            return
        match event:
            case e.Tick():
                self._tick(event.at)
            case e.CallsStored():
                self._stored(event)
            case e.StoreRead():
                self._restore(event)
            case e.LogIn() | e.LogOut() | e.Pause() | e.Resume() | e.EndWrapUp():
                self._command(event)
            case _ if event.pbx != self.config.pbx:
                self._ignore(f"{type(event).__name__} from an unknown PBX")
            case e.Snapshot():
                self._snapshot(event)
            case e.LinkDown():
                self._link_down(event)
            case e.NativeMode():
                self._native(event)
            case e.ActionFailed():
                self._action_failed(event)
            case _:
                assert_never(event)

    def _fact(self, event: e.Fact) -> None:
        """Take what Asterisk says of a call or a seat, live or from `reconcile`."""
        match event:
            case e.MemberChanged():
                self._member_changed(event)
            case e.CallArrived():
                self._arrived(event)
            case e.MemberRemoved():
                self._member_removed(event)
            case e.PhoneGone():
                self._phone_gone(event)
            case _:
                call = self._calls.get(event.uniqueid)
                if call is None:
                    self._ignore(f"{type(event).__name__} of an unknown call")
                else:
                    self._of_call(call, event)

    def _of_call(self, call: Call, event: e.CallFact) -> None:
        match event:
            case e.SeatRings():
                self._rings(call, event)
            case e.SeatAnswered():
                self._answered(call, event)
            case e.CallEnded():
                self._end(call, event.at, cause=event.cause)
            case e.CallQueued():
                self._queued(call, event)
            case e.SeatDialEnded():
                offer = call.offer
                if offer is not None and offer.native and offer.seat == event.seat:
                    self._returned(call, offer, event.at, event.result)
            case e.CallReturned():
                offer = call.offer
                if offer is None or offer.seat != event.seat:
                    self._ignore("CallReturned from a seat that has no offer")
                else:
                    self._returned(call, offer, event.at, event.result)
            case e.CallLost():
                self._end(call, event.at, outcome=Outcome.LOST_BY_PBX)
            case _:
                assert_never(event)

    # --- calls -----------------------------------------------------------------------

    def _arrived(self, event: e.CallArrived) -> None:
        if event.centre != self.config.centre:
            self._ignore("CallArrived for another centre")
            return
        this = call_id(event.pbx, event.uniqueid, event.arrived_at)
        if this in self._by_id or this in self._ended:
            self._ignore("CallArrived twice")
            return
        older = self._calls.get(event.uniqueid)
        if older is not None:  # Asterisk restarted and gave the id out again
            self._end(older, event.at, outcome=Outcome.LOST_BY_PBX)
        if event.ticket_number is not None and self._numbers.seen(event.ticket_number):
            number = TicketNumber(event.ticket_number)
        else:
            number = self._numbers.next(event.arrived_at)
        ticket = Ticket(
            ticket_id(this, event.arrived_at),
            number,
            self.config.centre,
            this,
            event.arrived_at,
        )
        call = Call(
            id=this,
            centre=self.config.centre,
            pbx=event.pbx,
            uniqueid=event.uniqueid,
            channel=event.channel,
            arrived_at=event.arrived_at,
            dialled=event.dialled,
            trunk=event.trunk,
            caller=event.caller,
            priority=event.priority,
            skills=event.skills,
            location=event.location,
            origin=Origin.BACKFILL if event.backfill else Origin.LIVE,
            ticket=ticket.id,
            ticket_number=number,
        )
        self._keep(call)
        self._line.add(call)
        if self.sight is CLEAR:
            self._label(call)
            self._reserve()
        self._record(event.at, f.EntryKind.CALL_ARRIVED, call=call, ticket=ticket)
        self._find_seat(call, event.at)

    def _queued(self, call: Call, event: e.CallQueued) -> None:
        moved = call.move(Move.QUEUE, position=event.position, queued_at=call.queued_at or event.at)
        self._keep(moved)
        if moved.state is CallState.QUEUED and call.queued_at is None:
            self._record(event.at, f.EntryKind.CALL_QUEUED, call=moved)

    def _rings(self, call: Call, event: e.SeatRings) -> None:
        offer = call.offer
        if offer is not None and offer.seat != event.seat:
            self._ignore("SeatRings at a second seat")
            return
        call.after(Move.RING)  # refuses before anything is changed
        if offer is None:  # the queue's own choice (native mode), or one that was not heard of
            call = self._native_offer(call, event.seat, event.at)
        call = call.move(Move.RING, offers=_last_offer(call, rang_at=event.at))
        self._keep(call)
        self._at(self._overdue(call.offers[-1]), f"offer {call.uniqueid}")
        self._record(event.at, f.EntryKind.CALL_RINGING, call=call, seat=self._seat_of(call))

    def _answered(self, call: Call, event: e.SeatAnswered) -> None:
        call.after(Move.ANSWER)  # refuses before anything is changed
        offer = call.offer
        elsewhere = offer is not None and offer.seat != event.seat
        if elsewhere:  # Asterisk is right
            call = self._release(call, event.at, OfferResult.FAILED)
        if call.offer is None:
            call = self._native_offer(call, event.seat, event.at)
        offers = _last_offer(call, ended_at=event.at, result=OfferResult.ANSWERED)
        call = call.move(Move.ANSWER, answered_at=event.at, offers=offers)
        self._keep(call)
        seat = self._seat_now(event.seat, event.at)
        if seat is not None:  # it has this call, whatever else was meant for it
            seat = self._put(seat, event.at, call=call.id, talking=True)
        self._record(event.at, f.EntryKind.CALL_ANSWERED, call=call, seat=seat)
        if offer is not None and elsewhere:
            self._find_call(offer.seat, event.at)

    def _returned(self, call: Call, offer: Offer, at: Instant, result: OfferResult) -> None:
        """Take the call back from a seat that did not take its `offer`, and find another."""
        call = self._release(call, at, result)
        call = call.move(Move.RETURN, seat=None, agent=None)
        self._keep(call)
        self._line.add(call)
        self._bar(call.id, offer.seat, at)
        self._record(
            at,
            f.EntryKind.CALL_RETURNED,
            call=call,
            seat=self._seats.get(offer.seat),
            detail={"seat": offer.seat, "result": result.value},
        )
        if (
            result is OfferResult.NO_ANSWER
            and not offer.native
            and offer.seat in self._seats
            and offer.seat not in self._requests
            and self._others_on_duty(offer.seat)
        ):
            self._request(offer.seat, at, self._pause_member(offer.seat, f.NO_ANSWER))
        self._find_seat(call, at)
        self._find_call(offer.seat, at)

    def _end(
        self,
        call: Call,
        at: Instant,
        *,
        cause: int | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        """End the call, free its seat, and leave nothing of it behind but its record."""
        if outcome is None:
            outcome = Outcome.ANSWERED if call.answered_at is not None else Outcome.ABANDONED
        seat = self._seat_of(call)
        if call.offer is not None:
            call = self._release(call, at, OfferResult.ABANDONED).evolve(seat=None, agent=None)
        elif seat is not None:
            wrap_up = self.config.wrap_up_s if seat.agent is not None else 0
            until = Instant(at + wrap_up) if at + wrap_up > self._now else None
            if until is not None:
                self._at(until, f"wrap-up {seat.id}")
            self._put(seat, at, call=None, talking=False, wrap_up_until=until)
        call = call.move(Move.END, ended_at=at, outcome=outcome, cause=cause)
        if self._by_id.pop(call.id, None) is not None:
            del self._calls[call.uniqueid]
        self._line.remove(call.id)
        self._aside.pop(call.id, None)
        for offer in call.offers:
            self._barred.pop((call.id, offer.seat), None)
        self._remember(call.id, stored=False)
        if seat is not None:
            seat = self._seats[seat.id]
        self._record(at, f.EntryKind.CALL_ENDED, call=call, seat=seat)
        if seat is not None:
            self._find_call(seat.id, at)

    def _native_offer(self, call: Call, seat: SeatId, at: Instant) -> Call:
        """Note that Asterisk rings `seat` by itself."""
        known = self._seat_now(seat, at)
        agent = None if known is None else known.agent
        if known is not None and known.call is None:
            self._put(known, at, call=call.id, wrap_up_until=None)
        self._line.remove(call.id)
        offer = Offer(seat, agent, at, native=True)
        return call.evolve(seat=seat, agent=agent, offers=(*call.offers, offer))

    def _release(self, call: Call, at: Instant, result: OfferResult) -> Call:
        """Close the standing offer and let its seat go."""
        seat = self._seat_of(call)
        if seat is not None:
            self._put(seat, at, call=None, talking=False)
        return call.evolve(offers=_last_offer(call, ended_at=at, result=result))

    # --- who rings for whom ------------------------------------------------------------

    def _find_seat(self, call: Call, at: Instant) -> None:
        """Ring the best free seat for `call`, if there is one."""
        if self.sight is not CLEAR or call.id not in self._line or call.id in self._aside:
            return
        seat = self._bench.first_for(call, lambda seat: (call.id, seat) in self._barred)
        if seat is not None:
            self._offer(call, self._seats[seat], at)

    def _find_call(self, seat: SeatId, at: Instant) -> None:
        """Ring `seat`, if it is free, for the first call that it suits."""
        if self.sight is not CLEAR or seat not in self._bench:
            return
        found = self._line.first_for(
            self._seats[seat],
            lambda call: (call, seat) in self._barred or call in self._aside,
        )
        if found is not None:
            self._offer(self._calls[self._by_id[found]], self._seats[seat], at)

    def _offer(self, call: Call, seat: Seat, at: Instant) -> None:
        offer = Offer(seat.id, seat.agent, at)
        call = call.move(Move.OFFER, seat=seat.id, agent=seat.agent, offers=(*call.offers, offer))
        self._keep(call)
        self._line.remove(call.id)
        seat = self._put(seat, at, call=call.id)
        self._at(self._overdue(offer), f"offer {call.uniqueid}")
        self._out.append(f.RingSeat(call.pbx, call.uniqueid, call.channel, seat.id))
        if self._seat_configs[seat.id].message:
            self._out.append(f.MessageSeat(call.pbx, seat.id, popup_text(call, at)))
        self._record(at, f.EntryKind.CALL_OFFERED, call=call, seat=seat)

    def _overdue(self, offer: Offer) -> Instant:
        """Return when something must have been heard of `offer`."""
        if offer.rang_at is None:
            return Instant(offer.offered_at + SILENT_S)
        return Instant(offer.rang_at + self.config.ring_s + OVERDUE_S)

    def _bar(self, call: CallId, seat: SeatId, at: Instant) -> None:
        until = Instant(at + self.config.retry_s)
        self._barred[call, seat] = until
        self._at(until, f"retry {call}")

    def _others_on_duty(self, seat: SeatId) -> bool:
        return any(
            each.on_duty and each.id not in self._requests
            for each in self._seats.values()
            if each.id != seat
        )

    # --- seats -------------------------------------------------------------------------

    def _member_changed(self, event: e.MemberChanged) -> None:
        member = event.member
        seat = self._seats.get(member.seat)
        if seat is None or member.centre != self.config.centre:
            self._ignore("MemberChanged of an unknown seat")
            return
        held = member.paused and member.reason == f.HELD
        reason = (member.reason or "paused") if member.paused and not held else None
        skills = seat.skills
        asked = self._requests.get(seat.id)
        if asked is not None and isinstance(asked.command, e.LogIn):
            skills = self._seat_configs[seat.id].skills | asked.command.skills
        agent = member.agent or seat.agent or AgentId(seat.id)
        changed = self._put(
            seat,
            event.at,
            agent=agent,
            device=member.device,
            held=held,
            pause_reason=reason,
            skills=skills,
        )
        self._confirm(event, changed)
        call = None if seat.call is None else self.call(seat.call)
        offer = None if call is None else call.offer
        if call is not None and offer is not None and changed.device is Device.UNREGISTERED:
            # its phone is gone; the caller need not wait until the ring time is over
            self._returned(call, offer, event.at, OfferResult.UNREACHABLE)
        self._hold(seat.id, event.at)
        self._seat_told(seat, event.at)
        self._find_call(seat.id, event.at)

    def _member_removed(self, event: e.MemberRemoved) -> None:
        seat = self._seats.get(event.seat)
        if seat is None or seat.agent is None or event.centre != self.config.centre:
            self._ignore("MemberRemoved of a seat that is off duty")
            return
        changed = self._put(
            seat,
            event.at,
            agent=None,
            held=False,
            pause_reason=None,
            wrap_up_until=None,
            skills=self._seat_configs[seat.id].skills,
        )
        self._confirm(event, changed)
        self._seat_told(seat, event.at)

    def _phone_gone(self, event: e.PhoneGone) -> None:
        """Take the call back from a phone that rings no longer, whatever Asterisk believes."""
        seat = self._seats.get(event.seat)
        call = None if seat is None or seat.call is None else self.call(seat.call)
        offer = None if call is None else call.offer
        if call is not None and offer is not None:  # of any other phone the queue tells
            self._returned(call, offer, event.at, OfferResult.UNREACHABLE)

    def _seat_told(self, before: Seat, at: Instant) -> None:
        """Record a seat's change if anybody but the desk itself can see it."""
        now = self._seats[before.id]
        if (now.state, now.agent, now.pause_reason) != (
            before.state,
            before.agent,
            before.pause_reason,
        ):
            self._record(at, f.EntryKind.SEAT_CHANGED, seat=now)

    def _command(self, command: e.Command) -> None:
        seat = self._seats.get(command.seat)
        if seat is None:
            self._refuse(command, f.Refusal.UNKNOWN_SEAT)
            return
        refusal = self._why_not(command, seat)
        if refusal is not None:
            self._refuse(command, refusal, seat)
            return
        centre, pbx = self.config.centre, self.config.pbx
        match command:
            case e.LogIn():
                if seat.agent == command.agent:
                    self._told.append(f.Reply(command.id, seat))
                    return
                action: f.AddMember | f.RemoveMember | f.PauseMember = f.AddMember(
                    pbx, centre, seat.id, command.agent
                )
            case e.LogOut():
                action = f.RemoveMember(pbx, centre, seat.id)
            case e.Pause():
                action = self._pause_member(seat.id, command.reason)
            case e.Resume():
                action = self._pause_member(seat.id, f.HELD)
            case e.EndWrapUp():
                after = self._put(seat, command.at, wrap_up_until=None)
                self._record(command.at, f.EntryKind.SEAT_CHANGED, seat=after)
                self._told.append(f.Reply(command.id, after))
                self._find_call(seat.id, command.at)
                return
            case _:
                assert_never(command)
        self._request(seat.id, command.at, action, command)

    def _why_not(self, command: e.Command, seat: Seat) -> f.Refusal | None:
        """Return why `command` cannot be carried out now; None if it can."""
        if isinstance(command, e.EndWrapUp):
            return None if seat.wrap_up_until is not None else f.Refusal.NOT_WRAPPING_UP
        if seat.id in self._requests:
            return f.Refusal.CHANGING
        if isinstance(command, e.LogIn):
            if seat.agent not in {None, command.agent}:
                return f.Refusal.SEAT_TAKEN
            if any(
                each.agent == command.agent and each.id != seat.id for each in self._seats.values()
            ) or any(
                isinstance(asked.action, f.AddMember) and asked.action.agent == command.agent
                for asked in self._requests.values()
            ):
                return f.Refusal.AGENT_ELSEWHERE
        elif seat.agent is None:
            return f.Refusal.OFF_DUTY
        if isinstance(command, e.LogOut) and seat.call is not None:
            return f.Refusal.IN_CALL
        if isinstance(command, e.Resume) and seat.pause_reason is None:
            return f.Refusal.NOT_PAUSED
        if self.sight is Sight.DARK:
            return f.Refusal.PBX_UNREACHABLE
        return None

    def _pause_member(self, seat: SeatId, reason: str) -> f.PauseMember:
        return f.PauseMember(self.config.pbx, self.config.centre, seat, reason)

    def _request(
        self,
        seat: SeatId,
        at: Instant,
        action: f.AddMember | f.RemoveMember | f.PauseMember,
        command: e.LogIn | e.LogOut | e.Pause | e.Resume | None = None,
    ) -> None:
        """Ask Asterisk for a change of duty; until it is confirmed the seat is not rung."""
        request = _Request(action, Instant(at + OVERDUE_S), command)
        self._requests[seat] = request
        self._at(request.until, f"request {seat}")
        self._bench.remove(seat)
        self._out.append(action)

    def _give_up(self, seat: SeatId, at: Instant, why: f.Refusal, detail: str = "") -> None:
        """Await a change of duty no longer, and tell whoever asked for it."""
        request = self._requests.pop(seat)
        if request.command is not None:
            self._told.append(f.Reply(request.command.id, self._seats[seat], why, detail))
        self._rebench(self._seats[seat])
        if request.action != self._pause_member(seat, f.HELD):
            self._hold(seat, at)
        else:  # again, but not at once: what refuses it now may refuse it for long
            self._at(Instant(at + OVERDUE_S), f"hold {seat}")

    def _hold(self, seat: SeatId, at: Instant) -> None:
        """See to it that the queue does not ring a seat on duty beside us."""
        clear = self.sight is CLEAR
        if clear and self._seats[seat].released and seat not in self._requests:
            self._request(seat, at, self._pause_member(seat, f.HELD))

    def _confirm(self, event: e.MemberChanged | e.MemberRemoved, seat: Seat) -> None:
        """Answer the command that `event` confirms, if it is the one awaited."""
        if seat.id not in self._requests:
            return
        request = self._requests[seat.id]
        match request.action:
            case f.AddMember():
                done = seat.agent == request.action.agent
            case f.RemoveMember():
                done = isinstance(event, e.MemberRemoved)
            case f.PauseMember():
                # and not just any news of the seat, which may be older than our request
                done = isinstance(event, e.MemberRemoved) or (
                    event.member.paused and event.member.reason == request.action.reason
                )
            case _:
                assert_never(request.action)
        if done:
            del self._requests[seat.id]
            self._rebench(seat)
            if request.command is not None:
                self._told.append(f.Reply(request.command.id, self._seats[seat.id]))

    def _refuse(self, command: e.Command, why: f.Refusal, seat: Seat | None = None) -> None:
        self._told.append(f.Reply(command.id, seat, why))

    # --- the link ------------------------------------------------------------------------

    def _link_down(self, event: e.LinkDown) -> None:
        if self.sight is Sight.DARK:
            self._ignore("LinkDown while down")
            return
        self.sight = Sight.DARK
        for seat in list(self._requests):
            self._give_up(seat, event.at, f.Refusal.PBX_UNREACHABLE)
        self._record(event.at, f.EntryKind.PBX_LOST, detail={"pbx": event.pbx})

    def _native(self, event: e.NativeMode) -> None:
        if self.sight is not CLEAR:
            self._ignore("NativeMode while not in charge")
            return
        self._lose_sight(event.at, "Asterisk's watchdog saw no heartbeat")

    def _lose_sight(self, at: Instant, reason: str) -> None:
        self.sight = Sight.STALE
        self._out.append(f.Resync(self.config.pbx, reason))
        self._record(at, f.EntryKind.PBX_NATIVE, detail={"pbx": self.config.pbx, "reason": reason})

    def _snapshot(self, snapshot: e.Snapshot) -> None:
        """Take Asterisk's state as the truth, take over from native mode, and go on."""
        self.sight = Sight.STALE  # no call is moved until everything is read
        self._numbers.reserved(*snapshot.serials.get(self.config.centre, ("", 0)))
        labels = {each.uniqueid: each.ticket_number for each in snapshot.channels}
        for number in [*labels.values(), *(note.ticket_number for note in snapshot.notes)]:
            self._numbers.seen(number)
        for event in [
            *reconcile.seats(self._seats, snapshot),
            *reconcile.calls(self._calls, self._seats, self._ended.__contains__, snapshot),
        ]:
            try:
                self._fact(event)
            except IllegalMove as error:
                self._ignore(f"{type(event).__name__} from a snapshot while {error.state}")
        self.sight = CLEAR
        pbx = self.config.pbx
        for note in snapshot.notes:
            arrival = note.arrival
            if self._ended.get(call_id(pbx, arrival.uniqueid, arrival.arrived_at)):
                self._out.append(f.ForgetCall(pbx, arrival.uniqueid))
        self._out.append(f.Beat(pbx, snapshot.at))
        self._out.append(f.TakeOver(pbx, self.config.ring_s, self.config.ticket_url))
        for seat in self._seats:
            self._hold(seat, snapshot.at)
        for call in self.calls():
            if labels.get(call.uniqueid) != call.ticket_number:
                self._label(call)
        self._reserve()
        self._record(
            snapshot.at,
            f.EntryKind.PBX_BACK,
            detail={"pbx": pbx, "calls": str(len(self._calls))},
        )
        for each in list(self._bench):
            self._find_call(each, snapshot.at)

    def _action_failed(self, event: e.ActionFailed) -> None:
        action = event.action
        match action:
            case f.RingSeat():
                call = self._calls.get(action.uniqueid)
                offer = call.offer if call is not None and call.state is CallState.OFFERED else None
                if call is None or offer is None or offer.seat != action.seat:
                    self._ignore("RingSeat failed for an offer that no longer stands")
                    return
                until = Instant(event.at + self.config.retry_s)
                self._aside[call.id] = until
                self._at(until, f"retry {call.id}")
                again = any(offer.result is OfferResult.FAILED for offer in call.offers)
                self._returned(call, offer, event.at, OfferResult.FAILED)
                if again and self.sight is CLEAR:
                    # once is a caller who hung up in that instant; twice needs a look
                    self._lose_sight(event.at, f"Redirect: {event.reason}")
            case f.AddMember() | f.RemoveMember() | f.PauseMember():
                request = self._requests.get(action.seat)
                if request is None or request.action != action:
                    self._ignore("a change of duty failed that nobody waits for")
                    return
                self._give_up(action.seat, event.at, f.Refusal.PBX_REFUSED, event.reason)
                self._find_call(action.seat, event.at)
            case _:
                self._ignore(f"{type(action).__name__} failed")

    # --- the store -------------------------------------------------------------------------

    def _stored(self, event: e.CallsStored) -> None:
        for call, uniqueid in event.calls:
            self._remember(call, stored=True)
            # under an id that a restarted Asterisk gave out again stands another call's note
            if self.sight is not Sight.DARK and uniqueid not in self._calls:
                self._out.append(f.ForgetCall(self.config.pbx, uniqueid))

    def _restore(self, event: e.StoreRead) -> None:
        """Go on from what the store knew, whether it answered at start or only later."""
        self._numbers.learn(event.serials, event.today)
        self._last_seq = max(self._last_seq, event.last_seq)
        for ended in event.ended:
            self._remember(ended, stored=True)
        for call in event.calls:
            if call.pbx != self.config.pbx or call.centre != self.config.centre:
                continue
            if call.id in self._by_id:  # seen before the store could be asked
                known = self._calls[call.uniqueid].evolve(ticket_number=call.ticket_number)
                self._keep(known)
                if self.sight is not Sight.DARK:
                    self._label(known)
            elif call.id in self._ended:
                continue
            elif self.sight is Sight.DARK and call.uniqueid not in self._calls:
                self._keep(call)
                if call.waiting:
                    self._line.add(call)
                if call.offer is not None:
                    self._at(self._overdue(call.offer), f"offer {call.uniqueid}")
                seat = None if call.seat is None else self._seats.get(call.seat)
                if seat is not None:
                    talking = call.state is CallState.TALKING
                    self._put(seat, event.at, call=call.id, talking=talking)
            else:  # the snapshot did not have it, or its id is given out again
                self._end(call, event.at, outcome=Outcome.LOST_BY_PBX)

    # --- time --------------------------------------------------------------------------------

    def _tick(self, at: Instant) -> None:
        late = self._last_tick is not None and at - self._last_tick > STALL_S
        self._last_tick = at
        if late and self.sight is CLEAR:
            self._lose_sight(at, "the service stood still")
            return
        if self.sight is CLEAR:
            self._out.append(f.Beat(self.config.pbx, at))
        while (due := self.next_deadline()) is not None and due <= at:
            kind, _, key = heappop(self._deadlines)[1].partition(" ")
            self._due(kind, key, at)

    def _stands(self, until: Instant, what: str) -> bool:
        """Whether a deadline still is one; what it was for may be over long since."""
        kind, _, key = what.partition(" ")
        match kind:
            case "wrap-up":
                return self._seats[SeatId(key)].wrap_up_until == until
            case "offer":
                call = self._calls.get(Uniqueid(key))
                offer = None if call is None else call.offer
                return offer is not None and not offer.native and self._overdue(offer) == until
            case "request":
                request = self._requests.get(SeatId(key))
                return request is not None and request.until == until
            case "hold":
                return self._seats[SeatId(key)].released
            case _:
                return bool(self._barred or self._aside)

    def _due(self, kind: str, key: str, at: Instant) -> None:
        match kind:
            case "wrap-up":
                seat = self._put(self._seats[SeatId(key)], at, wrap_up_until=None)
                self._record(at, f.EntryKind.SEAT_CHANGED, seat=seat)
                self._find_call(seat.id, at)
            case "offer":
                if self.sight is CLEAR:
                    seat_id = self._calls[Uniqueid(key)].seat
                    self._lose_sight(at, f"no word of the offer to {seat_id}")
            case "request":
                self._give_up(SeatId(key), at, f.Refusal.PBX_REFUSED, "no confirmation came")
                self._find_call(SeatId(key), at)
            case "hold":
                if self.sight is CLEAR:
                    self._lose_sight(at, f"{key} cannot be held")
            case _:
                self._retry(at)

    def _retry(self, at: Instant) -> None:
        """Lift what has run out, and serve the calls that it held up."""
        freed = {call for call, until in self._aside.items() if until <= at}
        for call in freed:
            del self._aside[call]
        for (call, seat), until in list(self._barred.items()):
            if until <= at:
                del self._barred[call, seat]
                freed.add(call)
        for each in sorted((self._calls[self._by_id[call]] for call in freed), key=rank):
            self._find_seat(each, at)

    # --- small things ------------------------------------------------------------------------

    def _keep(self, call: Call) -> None:
        self._calls[call.uniqueid] = call
        self._by_id[call.id] = call.uniqueid

    def _put(self, seat: Seat, at: Instant, **changes: Any) -> Seat:
        """Keep the seat with `changes`, on the bench or off it, and return it."""
        changed = seat.evolve(since=at, **changes)
        if changed.state is seat.state:
            changed = seat.evolve(**changes)
        self._seats[seat.id] = changed
        self._rebench(changed)
        return changed

    def _remember(self, call: CallId, *, stored: bool) -> None:
        self._ended[call] = stored
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    def _rebench(self, seat: Seat) -> None:
        if seat.free and seat.held and seat.id not in self._requests:
            self._bench.add(seat)
        else:
            self._bench.remove(seat.id)

    def _seat_of(self, call: Call) -> Seat | None:
        """Return the seat that has `call`; None where it has none that the desk knows."""
        seat = None if call.seat is None else self._seats.get(call.seat)
        return seat if seat is not None and seat.call == call.id else None

    def _seat_now(self, seat: SeatId, at: Instant) -> Seat | None:
        """Return the seat that a fact of `at` tells of; None if it is unknown, or the fact old.

        What a note says of a call that has ended says nothing of the seat as it is by now.
        """
        return self._seats.get(seat) if at >= self._now else None

    def _label(self, call: Call) -> None:
        if call.ticket_number is not None:
            self._out.append(f.LabelCall(call.pbx, call.uniqueid, call.channel, call.ticket_number))

    def _reserve(self) -> None:
        day, upto = self._numbers.reserve()
        if upto:
            self._out.append(f.ReserveSerials(self.config.pbx, self.config.centre, day, upto))

    def _at(self, at: Instant, what: str) -> None:
        heappush(self._deadlines, (at, what))

    def _ignore(self, what: str) -> None:
        self.ignored[what] += 1

    def _record(
        self,
        at: Instant,
        kind: f.EntryKind,
        *,
        call: Call | None = None,
        ticket: Ticket | None = None,
        seat: Seat | None = None,
        detail: dict[str, str] | None = None,
    ) -> None:
        # by the time of the step and not of the fact: a fact read back from a note is old
        self._last_seq = max(self._last_seq + 1, int(self._now * 1_000_000))
        self._told.append(
            f.Record(
                Seq(self._last_seq),
                at,
                self.config.centre,
                kind,
                call,
                ticket,
                seat,
                {} if detail is None else detail,
            )
        )


def _last_offer(call: Call, **changes: Any) -> tuple[Offer, ...]:
    """Return the call's offers with `changes` made to the last of them."""
    return *call.offers[:-1], call.offers[-1].evolve(**changes)


def popup_text(call: Call, at: Instant) -> str:
    """Return the line that a phone shows as text: ticket, caller, how long they have waited."""
    who = " ".join(filter(None, (call.caller.number, call.caller.name))) or "112 (-)"
    return f"{call.ticket_number} {who} ({max(0, round(at - call.arrived_at))} s)"
