"""The course of a call: from its arrival, over seats that ring for it and talk, to its end.

What Asterisk says of a call moves it on in the table of `call`; here is what goes with each move:
the seat that it takes or sets free, the ticket, the record, and who rings next. What happens
beyond one seat that answers is in `rooms`.
"""

from __future__ import annotations

from typing import Any, assert_never

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing import reconcile
from sip112.routing.call import (
    Call,
    CallState,
    Move,
    Offer,
    OfferResult,
    Origin,
    Outcome,
    Party,
    Place,
)
from sip112.routing.callbacks import Callbacks
from sip112.routing.ids import CallId, Instant, PbxId, SeatId, call_id
from sip112.routing.incidents import Incidents
from sip112.routing.ledger import Ledger
from sip112.routing.numbers import Numbers
from sip112.routing.pad import Pad, Sight
from sip112.routing.policy import Line
from sip112.routing.popups import Popups
from sip112.routing.ringing import Ringing
from sip112.routing.rooms import Rooms
from sip112.routing.roster import Roster
from sip112.routing.seat import Seat
from sip112.routing.spying import Spying
from sip112.routing.started import Line as Called
from sip112.routing.ticket import Ticket
from sip112.routing.trials import Trials


class Course:
    """What becomes of the calls of one centre. See the module's docstring."""

    def __init__(
        self,
        pad: Pad,
        roster: Roster,
        ledger: Ledger,
        line: Line,
        numbers: Numbers,
        incidents: Incidents,
        trials: Trials,
        popups: Popups,
        ringing: Ringing,
        callbacks: Callbacks,
        rooms: Rooms,
        spying: Spying,
    ) -> None:
        self._pad = pad
        self._roster = roster
        self._ledger = ledger
        self._line = line
        self._numbers = numbers
        self._incidents = incidents
        self._trials = trials
        self._popups = popups
        self._ringing = ringing
        self._callbacks = callbacks
        self._rooms = rooms
        self._spying = spying
        self._beside: dict[SeatId, CallId] = {}
        """For whom a queue rang a seat that had another call; if it still does, the call says."""

    def arrived(self, event: e.CallArrived) -> None:
        """Open a call, and its ticket unless it is about one that there is; find a seat for it."""
        if event.centre != self._pad.config.centre:
            self._pad.ignore("CallArrived for another centre")
            return
        this = call_id(event.pbx, event.uniqueid, event.arrived_at)
        if this in self._ledger or self._ledger.has_ended(this):
            self._pad.ignore("CallArrived twice")
            return
        older = self._ledger.at(event.pbx, event.uniqueid)
        if older is not None:  # Asterisk restarted and gave the id out again
            self.end(older, event.at, outcome=Outcome.LOST_BY_PBX)
        ticket, opens = self._incidents.arrived(event, this)
        call = Call(
            id=this,
            centre=event.centre,
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
            ticket_number=ticket.number,
            source=event.source,
        )
        self._ledger.open(call)
        self._line.add(call)
        if self._pad.sees(call.pbx):
            self.label(call)
            self.reserve()
        opened = ticket if opens else None
        self._pad.record(event.at, f.EntryKind.CALL_ARRIVED, call=call, ticket=opened)
        self._callbacks.arrived(call, event.at)
        self.seek(call, event.at)

    def opened(self, command: e.OpenIncident) -> None:
        """Have a ticket for an incident that a neighbour centre passes on."""
        self._incidents.asked(command)
        if self._pad.seen():
            self.reserve()

    def recall(self, tickets: tuple[Ticket, ...]) -> None:
        """Remember the tickets that the store has, with the numbers that they have there."""
        self._incidents.restore(tickets)
        numbers = {ticket.id: ticket.number for ticket in tickets}
        for call in tuple(self._ledger):
            number = None if call.ticket is None else numbers.get(call.ticket)
            if number is None or number == call.ticket_number:
                continue
            known = call.evolve(ticket_number=number)
            self._ledger.keep(known)
            if self._pad.sight(call.pbx) is not Sight.DARK:
                self.label(known)

    def take(self, call: Call, event: e.CallFact) -> None:
        """Take what Asterisk says of a call that is in progress."""
        match event:
            case e.SeatRings():
                self._rings(call, event)
            case e.SeatAnswered():
                self._answered(call, event)
            case e.CallEnded():
                self._ended_as(call, event)
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
                self.end(call, event.at, outcome=Outcome.LOST_BY_PBX)
            case e.PartyJoined():
                self._rooms.joined(call, event)
            case e.PartyLeft():
                self._rooms.left(call, event)
            case e.PartiesSeen():
                self._rooms.seen(call, event)
            case e.LeftAlone():
                self._left_alone(call, event)
            case _:
                assert_never(event)

    def phone_gone(self, seat: Seat, pbx: PbxId, at: Instant) -> None:
        """Take the call back from a phone that is gone at `pbx`, whatever Asterisk believes.

        The caller need not wait until the ring time is over.
        """
        call = None if seat.call is None else self._ledger.call(seat.call)
        offer = None if call is None else call.offer
        if call is not None and offer is not None and call.pbx == pbx:
            self._returned(call, offer, at, OfferResult.UNREACHABLE)

    def not_rung(self, action: f.RingSeat, event: e.ActionFailed) -> None:
        """Take it that Asterisk would not have a seat rung."""
        call = self._ledger.at(action.pbx, action.uniqueid)
        offer = call.offer if call is not None and call.state is CallState.OFFERED else None
        if call is None or offer is None or offer.seat != action.seat:
            self._pad.ignore("RingSeat failed for an offer that no longer stands")
            return
        self._trials.set_aside(call.id)
        again = any(offer.result is OfferResult.FAILED for offer in call.offers)
        self._returned(call, offer, event.at, OfferResult.FAILED)
        if again and self._pad.sees(call.pbx):
            # once is a caller who hung up in that instant; twice needs a look
            self._pad.lose_sight(event.at, call.pbx, f"Redirect: {event.reason}")

    def end(
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
        self._rooms.over(call)
        call, freed = self._rooms.emptied(call, at)
        call = call.move(Move.END, ended_at=at, outcome=outcome, cause=cause)
        self._ledger.close(call)
        self._line.remove(call.id)
        self._trials.forget(call)
        self._popups.forget(call.id)
        if seat is not None:
            seat = self._roster.get(seat.id)
        # before the end: who is stored as ended is not heard of again, and must be called back
        self._callbacks.ended(call, at)
        detail = _let_go(freed)
        self._pad.record(at, f.EntryKind.CALL_ENDED, call=call, seat=seat, detail=detail)
        if seat is not None:
            self._ringing.find_call(seat.id, at)
        for other in freed:
            self._ringing.find_call(other, at)

    def seek(self, call: Call, at: Instant) -> None:
        """Ring the best free seat for `call`; else have phones that can wait give way to it."""
        if not self._pad.sees(call.pbx) or call.id not in self._line:
            return
        if not self._ringing.find_seat(call, at):
            self._callbacks.give_way(call, lambda seat: self._trials.bars(call.id, seat))
            self._spying.give_way(call)

    def label(self, call: Call) -> None:
        """Have Asterisk know the ticket of `call`."""
        if call.ticket_number is not None:
            self._pad.do(f.LabelCall(call.pbx, call.uniqueid, call.channel, call.ticket_number))

    def reserve(self) -> bool:
        """Reserve serials at every Asterisk, if it is time to. Return whether it was."""
        day, upto = self._numbers.reserve()
        if upto:
            for pbx in self._pad.seen():
                self._pad.do(f.ReserveSerials(pbx, self._pad.config.centre, day, upto))
        return bool(upto)

    # --- inside --------------------------------------------------------------------------

    def _queued(self, call: Call, event: e.CallQueued) -> None:
        moved = call.move(Move.QUEUE, position=event.position, queued_at=call.queued_at or event.at)
        self._ledger.keep(moved)
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
        self._ledger.keep(call)
        self._trials.expect(call)
        self._pad.record(event.at, f.EntryKind.CALL_RINGING, call=call, seat=self._roster.of(call))

    def _answered(self, call: Call, event: e.SeatAnswered) -> Call:
        call.after(Move.ANSWER)  # refuses before anything is changed
        offer = call.offer
        elsewhere = offer is not None and offer.seat != event.seat
        if elsewhere:  # Asterisk is right
            call = self._release(call, event.at, OfferResult.FAILED)
        if call.offer is None:
            call = self._native_offer(call, event.seat, event.at)
        answered_at = event.at if event.since is None else event.since
        offers = _last_offer(call, ended_at=answered_at, result=OfferResult.ANSWERED)
        self._trials.heard(call.id)
        parties = (Party(Called(event.seat), Place.TALKING, answered_at, event.leg),)
        call = call.move(Move.ANSWER, answered_at=answered_at, offers=offers, parties=parties)
        self._ledger.keep(call)
        seat = self._roster.by(event.seat, event.at)
        if seat is not None:  # it has this call, whatever else was meant for it
            seat = self._roster.put(seat, event.at, call=call.id, talking=True)
        self._pad.record(event.at, f.EntryKind.CALL_ANSWERED, call=call, seat=seat)
        if offer is not None and elsewhere:
            self._ringing.find_call(offer.seat, event.at)
        return call

    def _returned(self, call: Call, offer: Offer, at: Instant, result: OfferResult) -> None:
        """Take the call back from a seat that did not take its `offer`, and find another."""
        call = self._release(call, at, result)
        call = call.move(Move.RETURN, seat=None, agent=None)
        self._ledger.keep(call)
        self._line.add(call)
        self._trials.bar(call.id, offer.seat)
        self._pad.record(
            at,
            f.EntryKind.CALL_RETURNED,
            call=call,
            seat=self._roster.get(offer.seat),
            detail={"seat": offer.seat, "result": result.value},
        )
        if result is OfferResult.NO_ANSWER and not offer.native:
            self._roster.pause_unanswering(offer.seat)
        self.seek(call, at)
        self._ringing.find_call(offer.seat, at)

    def _left_alone(self, call: Call, event: e.LeftAlone) -> None:
        """Have a caller whom everybody left wait for a seat again: as one that nobody answered.

        A seat that was torn from them has them again, if it can be rung by now.
        """
        at = event.at
        if call.state is not CallState.TALKING:
            self._pad.ignore(f"LeftAlone while {call.state}")
            return
        call, freed = self._rooms.emptied(call, at)
        call = call.move(Move.RETURN, seat=None, agent=None, answered_at=None)
        self._ledger.keep(call)
        self._line.add(call)
        what = "left alone" if event.lost is None else "phone lost"
        detail = {"what": what} | _let_go(freed)
        self._pad.record(at, f.EntryKind.CALL_STEERED, call=call, detail=detail)
        if event.lost is not None:
            self._roster.drop_paperwork(event.lost, at)
            self._ringing.find_call(event.lost, at)
        self.seek(call, at)
        for seat in freed:
            self._ringing.find_call(seat, at)

    def _ended_as(self, call: Call, event: e.CallEnded) -> None:
        """End the call as Asterisk says that it ended, with an answer that was not heard."""
        if event.answered_at is not None and call.answered_at is None:
            seat = event.seat or reconcile.ELSEWHERE
            answer = e.SeatAnswered(event.answered_at, call.pbx, call.uniqueid, seat)
            call = self._answered(call, answer)
        outcome = Outcome.LOST_BY_PBX if event.by_pbx else None
        self.end(call, event.at, cause=event.cause, outcome=outcome)

    def _native_offer(self, call: Call, seat: SeatId, at: Instant) -> Call:
        """Note that Asterisk rings `seat` by itself."""
        known = self._roster.by(seat, at)
        agent = None if known is None else known.agent
        if known is not None and known.call is None:
            self._roster.put(known, at, call=call.id, wrap_up_until=None)
        elif known is not None:
            self._beside[seat] = call.id
        self._line.remove(call.id)
        offer = Offer(seat, agent, at, native=True)
        return call.evolve(seat=seat, agent=agent, offers=(*call.offers, offer))

    def _release(self, call: Call, at: Instant, result: OfferResult) -> Call:
        """Close the standing offer and let its seat go: to whoever else it rings for by now."""
        seat = self._roster.of(call)
        if seat is not None:
            self._roster.put(seat, at, call=self._rings_beside(call, seat.id), talking=False)
        self._trials.heard(call.id)
        self._popups.forget(call.id)
        return call.evolve(offers=_last_offer(call, ended_at=at, result=result))

    def _rings_beside(self, call: Call, seat: SeatId) -> CallId | None:
        """Return another call for which the queue rings the `seat` that was meant for `call`."""
        other = self._ledger.call(self._beside.pop(seat, call.id))
        if other is None or other.id == call.id or other.pbx != call.pbx:
            return None
        return other.id if other.offer is not None and other.seat == seat else None


def _last_offer(call: Call, **changes: Any) -> tuple[Offer, ...]:
    """Return the call's offers with `changes` made to the last of them."""
    return *call.offers[:-1], call.offers[-1].evolve(**changes)


def _let_go(seats: list[SeatId]) -> dict[str, str]:
    """Return, for an entry of a call that has them no more, which seats had it."""
    return {"who": " ".join(seats)} if seats else {}
