"""Callbacks: whoever hung up before an answer is called back, by one seat at a time.

A call that ends without an answer opens a callback, if its number can be called: one for each
number, however often it called. It is over when the number calls again, when a seat reached
somebody there, or when a person says what came of it.

A seat takes a callback by a lease, and Asterisk rings first the seat and then the number. These
rules keep callbacks from the two ways in which others fail, a number that is called twice at once
and callers who wait behind callbacks:

- *One lease for each number, one for each seat.* Whoever asks twice has the same lease, and
  nothing rings again.
- *Callers first.* None is taken while anybody waits, nor by a seat that cannot be rung for a
  caller: so there are never more leases than seats that would be idle otherwise. A seat whose phone
  is not picked up yet is given to a caller who comes meanwhile.
- *A lease ends by itself*, when the phone was not picked up, when nobody answered, or when
  nothing is heard of it in time. Its seat then gets the first caller who waits. One that is read
  back after a restart, whose order may never have been sent, ends unless its phone is in a call.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, assert_never

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, OfferResult
from sip112.routing.callback import Callback, CallbackOutcome, CallbackState, TryResult
from sip112.routing.ids import CallId, Instant, SeatId, Uniqueid
from sip112.routing.ledger import REMEMBERED, Ledger
from sip112.routing.pad import OVERDUE_S, Pad, Reminder
from sip112.routing.policy import Line
from sip112.routing.roster import Roster
from sip112.routing.seat import Device
from sip112.routing.started import Line as Called
from sip112.routing.started import Purpose, is_number

OUTSIDE_S: Final = 45
"""Seconds for which a number rings; in the dialplan too."""

KEPT_S: Final = 24 * 3600.0
"""Seconds after which an open callback is over: nobody has called back, nor needs to."""


class Callbacks:
    """The callbacks of one centre that are not over. See the module's docstring.

    Args:
        freed: has a seat get the first caller who waits; it is called for each that had a lease.
    """

    def __init__(
        self,
        pad: Pad,
        roster: Roster,
        ledger: Ledger,
        line: Line,
        freed: Callable[[SeatId, Instant], None],
    ) -> None:
        self._pad = pad
        self._roster = roster
        self._ledger = ledger
        self._line = line
        self._freed = freed
        self._open: dict[str, Callback] = {}
        """By number, the oldest first."""
        self._until: dict[str, Instant] = {}
        """When the lease ends, or else the callback, by the pad's clock."""
        self._ringing: dict[str, f.Drop] = {}
        """By number: what silences the phone of a lease's seat, as long as it rings."""
        self._giving_way: set[str] = set()
        """Those of them whose phone is to ring no longer, for a caller who waits."""
        self._again: list[f.Drop] = []
        """What Asterisk could not do yet: it had not begun to ring that phone."""
        self._unsure: dict[str, Instant] = {}
        """By number: until when a lease lasts that another desk gave, if its phone is in a call."""
        self._answered: OrderedDict[str, Instant] = OrderedDict()
        """Numbers of calls that were answered, and when the last one was."""

    def __iter__(self) -> Iterator[Callback]:
        """Yield the callbacks, the oldest first."""
        return iter(sorted(self._open.values(), key=lambda each: (each.opened_at, each.call)))

    # --- calls ---------------------------------------------------------------------------

    def arrived(self, call: Call, at: Instant) -> None:
        """Take it that somebody calls, and need not be called back."""
        known = self._open.get(_number(call) or "")
        if known is not None and call.arrived_at >= known.arrived_at:
            self._close(known, at, CallbackOutcome.REDIALLED, f.EntryKind.CALLBACK_CLEARED)

    def give_way(self, call: Call, barred: Callable[[SeatId], bool]) -> None:
        """Have a phone that would call somebody back, and only rings yet, ring no longer.

        Its seat is one that suits a caller who waits, and is not `barred`; it keeps the lease
        until Asterisk tells that the phone is silent, so that no phone rings for two.
        """
        if len(self._giving_way) >= len(self._line):
            return  # enough for all who wait
        for known in self:
            seat = self._roster.get(known.seat) if known.number in self._ringing else None
            if seat is None or known.number in self._giving_way or barred(seat.id):
                continue
            if call.skills <= seat.skills:
                self._giving_way.add(known.number)
                self._pad.do(self._ringing[known.number])
                return

    def ended(self, call: Call, at: Instant) -> None:
        """Open a callback for a call that is over, unless it was answered, or another one is.

        A call that Asterisk lost before an answer is no better off than one that was given up.
        """
        number = _number(call)
        if number is None:
            return
        if call.answered_at is not None:
            self._served(number, call.answered_at, at)
            return
        if number in self._open or self._is_served(number, call.arrived_at):
            return
        opened = Callback(
            call.id,
            call.centre,
            number,
            call.arrived_at,
            at,
            call.caller.name,
            call.ticket_number,
        )
        self._keep(opened, self._kept(opened))
        self._tell(opened, at, f.EntryKind.CALLBACK_OPENED)

    def restore(self, callbacks: tuple[Callback, ...], at: Instant) -> None:
        """Go on with what the store knew, but for numbers that have been heard of since."""
        for known in callbacks:
            number = known.number
            ours = self._open.get(number)
            if ours is not None:  # opened before the store could be asked
                if ours.call != known.call:
                    self._over(known, at, CallbackOutcome.REDIALLED, f.EntryKind.CALLBACK_CLEARED)
                continue
            left = self._kept(known)
            if known.state is CallbackState.TAKEN and known.seat is not None:
                ends = (known.taken_at or at) + self._longest()
                left = min(max(0.0, ends - self._pad.now), self._longest())
                self._unsure[number] = Instant(self._pad.clock + left)
                left = min(left, OVERDUE_S)
                self._roster.engage(known.seat)
            self._keep(known, left)
            if self._is_served(number, known.arrived_at):
                self._close(known, at, CallbackOutcome.REDIALLED, f.EntryKind.CALLBACK_CLEARED)

    # --- what people ask for -------------------------------------------------------------

    def command(self, command: e.CallbackCommand) -> None:
        """Carry out what a person wants of a callback, or refuse it."""
        seat = self._roster.get(command.seat)
        known = self._named(command.callback)
        if seat is None:
            refusal: f.Refusal | None = f.Refusal.UNKNOWN_SEAT
        elif known is None:
            refusal = f.Refusal.UNKNOWN_CALLBACK
        elif known.state is CallbackState.TAKEN and known.seat != seat.id:
            refusal = f.Refusal.CALLBACK_TAKEN
        else:
            refusal, known = self._carry_out(command, known)
        self._pad.tell(f.Reply(command.id, seat, refusal, callback=known))

    def _carry_out(
        self, command: e.CallbackCommand, known: Callback
    ) -> tuple[f.Refusal | None, Callback]:
        """Carry out a command about a callback that nobody else has."""
        taken = known.state is CallbackState.TAKEN
        match command:
            case e.TakeCallback():
                return (None, known) if taken else self._take(command, known)
            case e.ReleaseCallback():
                if not taken:
                    return f.Refusal.CALLBACK_NOT_TAKEN, known
                return None, self._release(known, command.at, None, "released")
            case e.CallbackDone():
                kind = f.EntryKind.CALLBACK_DONE
                return None, self._close(known, command.at, command.outcome, kind)
            case _:
                assert_never(command)

    def _take(self, command: e.TakeCallback, known: Callback) -> tuple[f.Refusal | None, Callback]:
        """Give a seat the lease, and have it rung; or say why not."""
        seat = self._roster.seats[command.seat]
        if self._line:
            return f.Refusal.CALLERS_WAIT, known
        if seat.agent is None:
            return f.Refusal.OFF_DUTY, known
        if seat.id not in self._roster.bench:
            return f.Refusal.NOT_IDLE, known
        config = self._pad.config
        ways = [pbx for pbx in config.pbxs if pbx in command.pbxs]
        pbx = next((pbx for pbx in ways if self._roster.rings(seat.id, pbx)), None)
        if pbx is None:
            return f.Refusal.PBX_UNREACHABLE, known
        self._roster.engage(seat.id)
        taken = known.evolve(
            state=CallbackState.TAKEN,
            tries=known.tries + 1,
            seat=seat.id,
            agent=seat.agent,
            pbx=pbx,
            taken_at=command.at,
            result=None,
        )
        self._keep(taken, config.ring_s + OVERDUE_S)
        self._ringing[taken.number] = f.Drop(pbx, Uniqueid(""), taken.handle)
        self._pad.do(
            f.StartCall(
                pbx,
                config.centre,
                Purpose.CALLBACK,
                taken.subject,
                Called(seat.id),
                config.ring_s,
                taken.number,
                taken.ticket_number or "",
                f"{config.ticket_url}/t/{taken.ticket_number}" if taken.ticket_number else "",
                taken.handle,
            )
        )
        self._tell(taken, command.at, f.EntryKind.CALLBACK_TAKEN)
        return None, taken

    # --- what became of it ---------------------------------------------------------------

    def started(self, event: e.CallStarted) -> None:
        """Take it that the seat's phone was picked up, or was not."""
        known = self._leased(event.subject, "CallStarted")
        if known is None:
            return
        gives_way = known.number in self._giving_way
        self._picked_up(known)
        if event.result is OfferResult.ANSWERED:
            self._keep(known, OUTSIDE_S + OVERDUE_S)
        elif gives_way:
            self._release(known, event.at, TryResult.GAVE_WAY, "a caller waits")
        else:
            self._release(known, event.at, TryResult(event.result), "the seat did not pick up")

    def refused(self, order: f.StartCall, at: Instant, reason: str) -> None:
        """Take it that Asterisk did not take the order to ring the seat."""
        known = self._leased(order.subject, "StartCall that failed")
        if known is not None:
            self._picked_up(known)
            self._release(known, at, TryResult.FAILED, reason)

    def not_silent(self, order: f.Drop) -> None:
        """Take it that a phone could not be silenced; once more, it may only just begin to ring."""
        if not order.last:
            self._again.append(replace(order, last=True))

    def tick(self) -> None:
        """Ask again for what could not be done yet."""
        for order in self._again:
            self._pad.do(order)
        self._again.clear()

    def tried(self, event: e.CallbackTried) -> None:
        """Take it that somebody at the number answered, or that nobody did."""
        if event.result is OfferResult.ANSWERED:
            # also after the lease has ended by itself: who was reached was reached
            known = self._by_subject(event.subject)
            if known is None:
                self._pad.ignore("CallbackTried that nobody waits for")
            else:
                reached = CallbackOutcome.REACHED
                self._close(known, event.at, reached, f.EntryKind.CALLBACK_CLEARED)
            return
        known = self._leased(event.subject, "CallbackTried")
        if known is not None:
            self._release(known, event.at, TryResult(event.result), "the number did not answer")

    def stands(self, due: Reminder) -> bool:
        """Whether a lease, or a callback, still ends then."""
        return self._until.get(due.key[0]) == due.at

    def due(self, due: Reminder, at: Instant) -> None:
        """End a lease of which nothing was heard, or a callback that is too old."""
        known = self._open[due.key[0]]
        seat, left = self._roster.get(known.seat), self._unsure.get(known.number, due.at) - due.at
        if left > 0 and seat is not None and seat.device is not Device.IDLE:
            self._keep(known, min(left, OVERDUE_S))
        elif known.state is CallbackState.TAKEN:
            self._release(known, at, TryResult.FAILED, "nothing was heard of it in time")
        else:
            self._close(known, at, CallbackOutcome.EXPIRED, f.EntryKind.CALLBACK_CLEARED)

    # --- inside --------------------------------------------------------------------------

    def _named(self, call: CallId) -> Callback | None:
        return next((each for each in self._open.values() if each.call == call), None)

    def _by_subject(self, subject: str) -> Callback | None:
        known = self._open.get(subject.partition("*")[0])
        return known if known is not None and known.subject == subject else None

    def _leased(self, subject: str, what: str) -> Callback | None:
        """Return the callback whose lease that is, if it still lasts; it is counted if not."""
        known = self._by_subject(subject)
        if known is None or known.state is not CallbackState.TAKEN:
            self._pad.ignore(f"{what} of no lease")
            return None
        return known

    def _served(self, number: str, answered_at: Instant, at: Instant) -> None:
        """Remember that a call was answered; what is heard late may tell of one before it."""
        self._answered[number] = max(self._answered.pop(number, answered_at), answered_at)
        while len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)
        known = self._open.get(number)
        if known is not None and answered_at >= known.arrived_at:
            self._close(known, at, CallbackOutcome.REDIALLED, f.EntryKind.CALLBACK_CLEARED)

    def _is_served(self, number: str, arrived_at: Instant) -> bool:
        """Whether the number calls now, or was answered since a call of it arrived."""
        return self._answered.get(number, Instant(-1.0)) >= arrived_at or any(
            _number(each) == number for each in self._ledger
        )

    def _longest(self) -> float:
        """Return the seconds for which a lease lasts at most."""
        return self._pad.config.ring_s + OUTSIDE_S + 2 * OVERDUE_S

    def _kept(self, callback: Callback) -> float:
        """Return the seconds for which an open callback still lasts."""
        return min(max(0.0, callback.opened_at + KEPT_S - self._pad.now), KEPT_S)

    def _keep(self, callback: Callback, seconds: float) -> None:
        """Keep a callback as it is now, and look after it again in `seconds`."""
        until = Instant(self._pad.clock + seconds)
        self._open[callback.number] = callback
        self._until[callback.number] = until
        self._pad.remind(until, "callback", callback.number)

    def _release(
        self, known: Callback, at: Instant, result: TryResult | None, why: str
    ) -> Callback:
        """End a lease; the callback is open again."""
        released = known.evolve(state=CallbackState.OPEN, result=result)
        self._keep(released, self._kept(released))
        self._tell(released, at, f.EntryKind.CALLBACK_RELEASED, why=why)
        self._let_go(known, at)
        return released

    def _close(
        self, known: Callback, at: Instant, outcome: CallbackOutcome, kind: f.EntryKind
    ) -> Callback:
        """End a callback, and the lease if there is one."""
        del self._open[known.number], self._until[known.number]
        over = self._over(known, at, outcome, kind)
        self._let_go(known, at)
        return over

    def _over(
        self, known: Callback, at: Instant, outcome: CallbackOutcome, kind: f.EntryKind
    ) -> Callback:
        over = known.evolve(state=CallbackState.OVER, outcome=outcome, closed_at=at)
        self._tell(over, at, kind)
        return over

    def _let_go(self, known: Callback, at: Instant) -> None:
        """Let the seat of a lease go; its phone rings no longer for it."""
        self._unsure.pop(known.number, None)
        if known.number in self._ringing:
            self._pad.do(self._ringing[known.number])
            self._picked_up(known)
        if known.state is CallbackState.TAKEN and known.seat is not None:
            self._roster.disengage(known.seat)
            self._freed(known.seat, at)

    def _picked_up(self, known: Callback) -> None:
        """Forget that a phone rings: it does not any more, or is not heard of."""
        self._ringing.pop(known.number, None)
        self._giving_way.discard(known.number)

    def _tell(self, callback: Callback, at: Instant, kind: f.EntryKind, **detail: str) -> None:
        self._pad.record(at, kind, callback=callback, detail=detail)


def _number(call: Call) -> str | None:
    """Return the number at which a caller can be called back; None if there is none."""
    number = (call.caller.number or "").removeprefix("+")
    return number if is_number(number) else None
