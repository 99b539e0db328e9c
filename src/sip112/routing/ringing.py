"""Ringing: which seat rings for which caller, as soon as there is one for the other.

A caller who comes, or comes back, rings the best free seat; a seat that gets free rings for the
first caller whom it suits. Whoever can be served is served in the same step, except where a seat
has just failed that very call (`trials`).
"""

from __future__ import annotations

from sip112.routing import effects as f
from sip112.routing.call import Call, CallState, Move, Offer
from sip112.routing.ids import Instant, SeatId
from sip112.routing.ledger import Ledger
from sip112.routing.ownership import Ownership
from sip112.routing.pad import Pad
from sip112.routing.policy import Line
from sip112.routing.popups import Popups
from sip112.routing.roster import Roster
from sip112.routing.seat import Seat
from sip112.routing.trials import Trials


class Ringing:
    """Who rings for whom. See the module's docstring."""

    def __init__(
        self,
        pad: Pad,
        roster: Roster,
        ledger: Ledger,
        line: Line,
        trials: Trials,
        popups: Popups,
        ownership: Ownership,
    ) -> None:
        self._pad = pad
        self._roster = roster
        self._ledger = ledger
        self._line = line
        self._trials = trials
        self._popups = popups
        self._ownership = ownership

    def find_seat(self, call: Call, at: Instant) -> bool:
        """Ring the best free seat for `call`, which waits in sight. Return whether there is one."""
        trials, roster = self._trials, self._roster
        seat = roster.bench.first_for(
            call,
            lambda seat: trials.bars(call.id, seat) or not roster.rings(seat, call.pbx),
        )
        if seat is None:
            return False
        self._offer(call, roster.seats[seat], at)
        return True

    def find_call(self, seat: SeatId, at: Instant) -> None:
        """Ring `seat`, if it is free, for the first call that it suits."""
        if seat not in self._roster.bench:
            return
        trials, roster, ledger = self._trials, self._roster, self._ledger
        found = self._line.first_for(
            roster.seats[seat],
            lambda call: trials.bars(call, seat) or not roster.rings(seat, ledger[call].pbx),
        )
        if found is not None:
            self._offer(ledger[found], roster.seats[seat], at)

    def find_calls(self, at: Instant) -> None:
        """Ring every free seat for the first call that it suits."""
        for seat in list(self._roster.bench):
            self.find_call(seat, at)

    def _offer(self, call: Call, seat: Seat, at: Instant) -> None:
        offer = Offer(seat.id, seat.agent, at)
        call = call.move(Move.OFFER, seat=seat.id, agent=seat.agent, offers=(*call.offers, offer))
        self._ledger.keep(call)
        self._line.remove(call.id)
        seat = self._roster.put(seat, at, call=call.id)
        self._trials.expect(call)
        token = self._ownership.at(call.pbx)
        self._pad.do(f.RingSeat(call.pbx, call.uniqueid, call.channel, seat.id, token))
        self._popups.show(call, seat.id, at)
        self._pad.record(at, f.EntryKind.CALL_OFFERED, call=call, seat=seat)

    def is_young(self, call: Call) -> bool:
        """Whether the offer of a call was made just now, and was not heard to ring."""
        return call.state is CallState.OFFERED and self._trials.is_young(call.id)
