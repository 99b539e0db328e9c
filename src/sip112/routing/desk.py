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
from typing import Any, Final, assert_never

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
    CallId,
    Instant,
    SeatId,
    TicketNumber,
    Uniqueid,
    call_id,
    ticket_id,
)
from sip112.routing.numbers import Numbers
from sip112.routing.pad import CLEAR, OVERDUE_S, DeskConfig, Pad, Sight
from sip112.routing.policy import Line, rank
from sip112.routing.roster import DEADLINES, Roster
from sip112.routing.seat import Device, Seat
from sip112.routing.ticket import Ticket

STALL_S: Final = 2.5
"""Seconds between two ticks after which the watchdog may have gone native unseen."""

SILENT_S: Final = 2.5
"""Seconds in which a seat that was chosen must begin to ring; it takes milliseconds. More than
`reconcile.GRACE_S`, so that the look at Asterisk that follows settles it."""

REMEMBERED: Final = 10_000
"""Ended calls whose ids are kept, so that a late duplicate of their events is known as one."""


class Desk:
    """One centre's calls and seats. See the module's docstring."""

    def __init__(self, config: DeskConfig) -> None:
        self.config = config
        self._pad = Pad(config)
        self._roster = Roster(self._pad)
        self._calls: dict[Uniqueid, Call] = {}
        self._by_id: dict[CallId, Uniqueid] = {}
        self._ended: OrderedDict[CallId, bool] = OrderedDict()
        """Calls that have ended, and whether the store has that."""
        self._line = Line()
        self._barred: dict[tuple[CallId, SeatId], Instant] = {}
        """A seat that failed a call, and until when it is not rung for it again."""
        self._aside: dict[CallId, Instant] = {}
        """Calls that Asterisk would not move, and until when they are left alone."""
        self._numbers = Numbers(config.centre, config.zone)
        self._last_tick: Instant | None = None

    # --- what others may look at -----------------------------------------------------

    @property
    def sight(self) -> Sight:
        """How much the desk knows of its Asterisk."""
        return self._pad.sight

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
        while (reminder := self._pad.next_reminder()) is not None:
            if self._stands(*reminder):
                return reminder[0]
            self._pad.take_reminder()
        return None

    # --- the one entrance ------------------------------------------------------------

    def step(self, event: e.Event) -> list[f.Effect]:
        """Take `event` and return what follows from it: actions first, then the rest."""
        self._pad.begin(event.at)
        try:
            self._take(event)
        except IllegalMove as error:
            self._pad.ignore(f"{type(event).__name__} while {error.state}")
        return self._pad.effects()

    def _take(self, event: e.Event) -> None:
        if isinstance(event, e.FACTS):  # as nearly all are
            if event.pbx == self.config.pbx:
                self._fact(event)
            else:
                self._pad.ignore(f"{type(event).__name__} from an unknown PBX")
            return
        match event:
            case e.Tick():
                self._tick(event.at)
            case e.CallsStored():
                self._stored(event)
            case e.StoreRead():
                self._restore(event)
            case e.LogIn() | e.LogOut() | e.Pause() | e.Resume() | e.EndWrapUp():
                self._roster.command(event)
                self._find_call(event.seat, event.at)
            case _ if event.pbx != self.config.pbx:
                self._pad.ignore(f"{type(event).__name__} from an unknown PBX")
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
                self._roster.member_removed(event)
            case e.PhoneGone():
                seat = self._roster.get(event.seat)
                if seat is not None:  # of any other phone the queue tells
                    self._phone_gone(seat, event.at)
            case _:
                call = self._calls.get(event.uniqueid)
                if call is None:
                    self._pad.ignore(f"{type(event).__name__} of an unknown call")
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
                    self._pad.ignore("CallReturned from a seat that has no offer")
                else:
                    self._returned(call, offer, event.at, event.result)
            case e.CallLost():
                self._end(call, event.at, outcome=Outcome.LOST_BY_PBX)
            case _:
                assert_never(event)

    # --- calls -----------------------------------------------------------------------

    def _arrived(self, event: e.CallArrived) -> None:
        if event.centre != self.config.centre:
            self._pad.ignore("CallArrived for another centre")
            return
        this = call_id(event.pbx, event.uniqueid, event.arrived_at)
        if this in self._by_id or this in self._ended:
            self._pad.ignore("CallArrived twice")
            return
        older = self._calls.get(event.uniqueid)
        if older is not None:  # Asterisk restarted and gave the id out again
            self._end(older, event.at, outcome=Outcome.LOST_BY_PBX)
        if event.ticket_number is not None and self._numbers.seen(event.ticket_number):
            number = TicketNumber(event.ticket_number)
        else:
            number = self._numbers.next(event.arrived_at)
        ticket = Ticket(
            ticket_id(this),
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
        self._add(call)
        self._line.add(call)
        if self._pad.sight is CLEAR:
            self._label(call)
            self._reserve()
        self._pad.record(event.at, f.EntryKind.CALL_ARRIVED, call=call, ticket=ticket)
        self._find_seat(call, event.at)

    def _queued(self, call: Call, event: e.CallQueued) -> None:
        moved = call.move(Move.QUEUE, position=event.position, queued_at=call.queued_at or event.at)
        self._keep(moved)
        if moved.state is CallState.QUEUED and call.queued_at is None:
            self._pad.record(event.at, f.EntryKind.CALL_QUEUED, call=moved)

    def _rings(self, call: Call, event: e.SeatRings) -> None:
        offer = call.offer
        if offer is not None and offer.seat != event.seat:
            self._pad.ignore("SeatRings at a second seat")
            return
        call.after(Move.RING)  # refuses before anything is changed
        if offer is None:  # the queue's own choice (native mode), or one that was not heard of
            call = self._native_offer(call, event.seat, event.at)
        call = call.move(Move.RING, offers=_last_offer(call, rang_at=event.at))
        self._keep(call)
        self._pad.remind(self._overdue(call.offers[-1]), f"offer {call.uniqueid}")
        self._pad.record(event.at, f.EntryKind.CALL_RINGING, call=call, seat=self._roster.of(call))

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
        seat = self._roster.by(event.seat, event.at)
        if seat is not None:  # it has this call, whatever else was meant for it
            seat = self._roster.put(seat, event.at, call=call.id, talking=True)
        self._pad.record(event.at, f.EntryKind.CALL_ANSWERED, call=call, seat=seat)
        if offer is not None and elsewhere:
            self._find_call(offer.seat, event.at)

    def _returned(self, call: Call, offer: Offer, at: Instant, result: OfferResult) -> None:
        """Take the call back from a seat that did not take its `offer`, and find another."""
        call = self._release(call, at, result)
        call = call.move(Move.RETURN, seat=None, agent=None)
        self._keep(call)
        self._line.add(call)
        self._bar(call.id, offer.seat, at)
        self._pad.record(
            at,
            f.EntryKind.CALL_RETURNED,
            call=call,
            seat=self._roster.get(offer.seat),
            detail={"seat": offer.seat, "result": result.value},
        )
        if result is OfferResult.NO_ANSWER and not offer.native:
            self._roster.pause_unanswering(offer.seat, at)
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
        seat = self._roster.of(call)
        if call.offer is not None:
            call = self._release(call, at, OfferResult.ABANDONED).evolve(seat=None, agent=None)
        elif seat is not None:
            self._roster.wrap_up(seat, at)
        call = call.move(Move.END, ended_at=at, outcome=outcome, cause=cause)
        if self._by_id.pop(call.id, None) is not None:
            del self._calls[call.uniqueid]
        self._line.remove(call.id)
        self._aside.pop(call.id, None)
        for offer in call.offers:
            self._barred.pop((call.id, offer.seat), None)
        self._remember(call.id, stored=False)
        if seat is not None:
            seat = self._roster.get(seat.id)
        self._pad.record(at, f.EntryKind.CALL_ENDED, call=call, seat=seat)
        if seat is not None:
            self._find_call(seat.id, at)

    def _native_offer(self, call: Call, seat: SeatId, at: Instant) -> Call:
        """Note that Asterisk rings `seat` by itself."""
        known = self._roster.by(seat, at)
        agent = None if known is None else known.agent
        if known is not None and known.call is None:
            self._roster.put(known, at, call=call.id, wrap_up_until=None)
        self._line.remove(call.id)
        offer = Offer(seat, agent, at, native=True)
        return call.evolve(seat=seat, agent=agent, offers=(*call.offers, offer))

    def _release(self, call: Call, at: Instant, result: OfferResult) -> Call:
        """Close the standing offer and let its seat go."""
        seat = self._roster.of(call)
        if seat is not None:
            self._roster.put(seat, at, call=None, talking=False)
        return call.evolve(offers=_last_offer(call, ended_at=at, result=result))

    # --- who rings for whom ------------------------------------------------------------

    def _find_seat(self, call: Call, at: Instant) -> None:
        """Ring the best free seat for `call`, if there is one."""
        if self._pad.sight is not CLEAR or call.id not in self._line or call.id in self._aside:
            return
        seat = self._roster.bench.first_for(call, lambda seat: (call.id, seat) in self._barred)
        if seat is not None:
            self._offer(call, self._roster.seats[seat], at)

    def _find_call(self, seat: SeatId, at: Instant) -> None:
        """Ring `seat`, if it is free, for the first call that it suits."""
        if self._pad.sight is not CLEAR or seat not in self._roster.bench:
            return
        found = self._line.first_for(
            self._roster.seats[seat],
            lambda call: (call, seat) in self._barred or call in self._aside,
        )
        if found is not None:
            self._offer(self._calls[self._by_id[found]], self._roster.seats[seat], at)

    def _offer(self, call: Call, seat: Seat, at: Instant) -> None:
        offer = Offer(seat.id, seat.agent, at)
        call = call.move(Move.OFFER, seat=seat.id, agent=seat.agent, offers=(*call.offers, offer))
        self._keep(call)
        self._line.remove(call.id)
        seat = self._roster.put(seat, at, call=call.id)
        self._pad.remind(self._overdue(offer), f"offer {call.uniqueid}")
        self._pad.do(f.RingSeat(call.pbx, call.uniqueid, call.channel, seat.id))
        if self._roster.wants_message(seat.id):
            self._pad.do(f.MessageSeat(call.pbx, seat.id, popup_text(call, at)))
        self._pad.record(at, f.EntryKind.CALL_OFFERED, call=call, seat=seat)

    def _overdue(self, offer: Offer) -> Instant:
        """Return when something must have been heard of `offer`."""
        if offer.rang_at is None:
            return Instant(offer.offered_at + SILENT_S)
        return Instant(offer.rang_at + self.config.ring_s + OVERDUE_S)

    def _bar(self, call: CallId, seat: SeatId, at: Instant) -> None:
        until = Instant(at + self.config.retry_s)
        self._barred[call, seat] = until
        self._pad.remind(until, f"retry {call}")

    # --- seats -------------------------------------------------------------------------

    def _member_changed(self, event: e.MemberChanged) -> None:
        before = self._roster.member_changed(event)
        if before is None:
            return
        if event.member.device is Device.UNREGISTERED:
            self._phone_gone(before, event.at)
        self._roster.hold(before.id, event.at)
        self._roster.tell(before, event.at)
        self._find_call(before.id, event.at)

    def _phone_gone(self, seat: Seat, at: Instant) -> None:
        """Take the call back from a phone that is gone, whatever Asterisk believes.

        The caller need not wait until the ring time is over.
        """
        call = None if seat.call is None else self.call(seat.call)
        offer = None if call is None else call.offer
        if call is not None and offer is not None:
            self._returned(call, offer, at, OfferResult.UNREACHABLE)

    # --- the link ------------------------------------------------------------------------

    def _link_down(self, event: e.LinkDown) -> None:
        if self._pad.sight is Sight.DARK:
            self._pad.ignore("LinkDown while down")
            return
        self._pad.sight = Sight.DARK
        self._roster.give_up_all(event.at)
        self._pad.record(event.at, f.EntryKind.PBX_LOST, detail={"pbx": event.pbx})

    def _native(self, event: e.NativeMode) -> None:
        if self._pad.sight is not CLEAR:
            self._pad.ignore("NativeMode while not in charge")
            return
        self._pad.lose_sight(event.at, "Asterisk's watchdog saw no heartbeat")

    def _snapshot(self, snapshot: e.Snapshot) -> None:
        """Take Asterisk's state as the truth, take over from native mode, and go on."""
        self._pad.sight = Sight.STALE  # no call is moved until everything is read
        self._numbers.reserved(*snapshot.serials.get(self.config.centre, ("", 0)))
        labels = {each.uniqueid: each.ticket_number for each in snapshot.channels}
        for number in [*labels.values(), *(note.ticket_number for note in snapshot.notes)]:
            self._numbers.seen(number)
        for event in [
            *reconcile.seats(self._roster.seats, snapshot),
            *reconcile.calls(self._calls, self._roster.seats, self._ended.__contains__, snapshot),
        ]:
            try:
                self._fact(event)
            except IllegalMove as error:
                self._pad.ignore(f"{type(event).__name__} from a snapshot while {error.state}")
        self._pad.sight = CLEAR
        pbx = self.config.pbx
        for note in snapshot.notes:
            arrival = note.arrival
            if self._ended.get(call_id(pbx, arrival.uniqueid, arrival.arrived_at)):
                self._pad.do(f.ForgetCall(pbx, arrival.uniqueid))
        self._pad.do(f.Beat(pbx, snapshot.at))
        self._pad.do(f.TakeOver(pbx, self.config.ring_s, self.config.ticket_url))
        for seat in self._roster.seats:
            self._roster.hold(seat, snapshot.at)
        for call in self.calls():
            if labels.get(call.uniqueid) != call.ticket_number:
                self._label(call)
        self._reserve()
        self._pad.record(
            snapshot.at,
            f.EntryKind.PBX_BACK,
            detail={"pbx": pbx, "calls": str(len(self._calls))},
        )
        for each in list(self._roster.bench):
            self._find_call(each, snapshot.at)

    def _action_failed(self, event: e.ActionFailed) -> None:
        action = event.action
        match action:
            case f.RingSeat():
                call = self._calls.get(action.uniqueid)
                offer = call.offer if call is not None and call.state is CallState.OFFERED else None
                if call is None or offer is None or offer.seat != action.seat:
                    self._pad.ignore("RingSeat failed for an offer that no longer stands")
                    return
                until = Instant(event.at + self.config.retry_s)
                self._aside[call.id] = until
                self._pad.remind(until, f"retry {call.id}")
                again = any(offer.result is OfferResult.FAILED for offer in call.offers)
                self._returned(call, offer, event.at, OfferResult.FAILED)
                if again and self._pad.sight is CLEAR:
                    # once is a caller who hung up in that instant; twice needs a look
                    self._pad.lose_sight(event.at, f"Redirect: {event.reason}")
            case f.AddMember() | f.RemoveMember() | f.PauseMember():
                if self._roster.refused(action, event.at, event.reason):
                    self._find_call(action.seat, event.at)
            case _:
                self._pad.ignore(f"{type(action).__name__} failed")

    # --- the store -------------------------------------------------------------------------

    def _stored(self, event: e.CallsStored) -> None:
        for call, uniqueid in event.calls:
            self._remember(call, stored=True)
            # under an id that a restarted Asterisk gave out again stands another call's note
            if self._pad.sight is not Sight.DARK and uniqueid not in self._calls:
                self._pad.do(f.ForgetCall(self.config.pbx, uniqueid))

    def _restore(self, event: e.StoreRead) -> None:
        """Go on from what the store knew, whether it answered at start or only later."""
        self._numbers.learn(event.serials, event.today)
        self._pad.number_after(event.last_seq)
        for ended in event.ended:
            self._remember(ended, stored=True)
        for call in event.calls:
            if call.pbx != self.config.pbx or call.centre != self.config.centre:
                continue
            if call.id in self._by_id:  # seen before the store could be asked
                known = self._calls[call.uniqueid].evolve(ticket_number=call.ticket_number)
                self._keep(known)
                if self._pad.sight is not Sight.DARK:
                    self._label(known)
            elif call.id in self._ended:
                continue
            elif self._pad.sight is Sight.DARK and call.uniqueid not in self._calls:
                self._add(call)
                if call.waiting:
                    self._line.add(call)
                if call.offer is not None:
                    self._pad.remind(self._overdue(call.offer), f"offer {call.uniqueid}")
                seat = self._roster.get(call.seat)
                if seat is not None:
                    talking = call.state is CallState.TALKING
                    self._roster.put(seat, event.at, call=call.id, talking=talking)
            else:  # the snapshot did not have it, or its id is given out again
                self._end(call, event.at, outcome=Outcome.LOST_BY_PBX)

    # --- time --------------------------------------------------------------------------------

    def _tick(self, at: Instant) -> None:
        late = self._last_tick is not None and at - self._last_tick > STALL_S
        self._last_tick = at
        if late and self._pad.sight is CLEAR:
            self._pad.lose_sight(at, "the service stood still")
            return
        if self._pad.sight is CLEAR:
            self._pad.do(f.Beat(self.config.pbx, at))
        while (due := self.next_deadline()) is not None and due <= at:
            kind, _, key = self._pad.take_reminder().partition(" ")
            self._due(kind, key, at)

    def _stands(self, until: Instant, what: str) -> bool:
        """Whether a deadline still is one; what it was for may be over long since."""
        kind, _, key = what.partition(" ")
        if kind in DEADLINES:
            return self._roster.stands(until, kind, SeatId(key))
        if kind == "offer":
            call = self._calls.get(Uniqueid(key))
            offer = None if call is None else call.offer
            return offer is not None and self._overdue(offer) == until
        return bool(self._barred or self._aside)

    def _due(self, kind: str, key: str, at: Instant) -> None:
        if kind in DEADLINES:
            self._roster.due(at, kind, SeatId(key))
            self._find_call(SeatId(key), at)
        elif kind != "offer":
            self._retry(at)
        elif self._pad.sight is CLEAR:
            seat = self._calls[Uniqueid(key)].seat
            self._pad.lose_sight(at, f"no word of the offer to {seat}")

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

    def _add(self, call: Call) -> None:
        """Keep a call that was not known."""
        self._calls[call.uniqueid] = call
        self._by_id[call.id] = call.uniqueid

    def _keep(self, call: Call) -> None:
        """Keep a known call as it is now."""
        self._calls[call.uniqueid] = call

    def _remember(self, call: CallId, *, stored: bool) -> None:
        self._ended[call] = stored
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    def _label(self, call: Call) -> None:
        if call.ticket_number is not None:
            self._pad.do(f.LabelCall(call.pbx, call.uniqueid, call.channel, call.ticket_number))

    def _reserve(self) -> None:
        day, upto = self._numbers.reserve()
        if upto:
            self._pad.do(f.ReserveSerials(self.config.pbx, self.config.centre, day, upto))


def _last_offer(call: Call, **changes: Any) -> tuple[Offer, ...]:
    """Return the call's offers with `changes` made to the last of them."""
    return *call.offers[:-1], call.offers[-1].evolve(**changes)


def popup_text(call: Call, at: Instant) -> str:
    """Return the line that a phone shows as text: ticket, caller, how long they have waited."""
    who = " ".join(filter(None, (call.caller.number, call.caller.name))) or "112 (-)"
    return f"{call.ticket_number} {who} ({max(0, round(at - call.arrived_at))} s)"
