"""Trials: which offer is still to be heard of, and whom a failed one keeps apart for a while.

An offer is a redirect on its way, then a phone that rings; of each there must be news in time.
One that came to nothing bars its seat for that call; one that Asterisk refused sets the call
aside. Both are lifted after the settings' `retry_s`.
"""

from __future__ import annotations

from typing import Final

from sip112.routing.call import Call
from sip112.routing.ids import CallId, Instant, SeatId
from sip112.routing.pad import OVERDUE_S, Pad

SILENT_S: Final = 2.5
"""Seconds in which a seat that was chosen must begin to ring; it takes milliseconds. More than
`GRACE_S`, so that the look at Asterisk that follows settles it."""

GRACE_S: Final = 2.0
"""An offer younger than this may not show in a snapshot yet, though Asterisk has begun it."""


class Trials:
    """What is awaited of offers, and what came of failed ones. All times are by the pad's clock."""

    def __init__(self, pad: Pad) -> None:
        self._pad = pad
        self._offered: dict[CallId, tuple[Instant, Instant]] = {}
        """Since when, and until when at most, nothing is heard of an offer that stands."""
        self._barred: dict[tuple[CallId, SeatId], Instant] = {}
        """A seat that failed a call, and until when it is not rung for it again."""
        self._aside: dict[CallId, Instant] = {}
        """Calls that Asterisk would not move, and until when they are left alone."""

    def __len__(self) -> int:
        """Return how much is kept; 0 once every call is over."""
        return len(self._offered) + len(self._barred) + len(self._aside)

    # --- offers that stand -------------------------------------------------------------------

    def expect(self, call: Call) -> None:
        """Expect news of the offer that stands, as soon as there must be some."""
        silent = call.offer is not None and call.offer.rang_at is None
        within = SILENT_S if silent else self._pad.config.ring_s + OVERDUE_S
        until = Instant(self._pad.clock + within)
        self._offered[call.id] = self._pad.clock, until
        self._pad.remind(until, "offer", call.pbx, call.uniqueid)

    def heard(self, call: CallId) -> None:
        """Expect nothing more: the offer was answered, or it is over."""
        self._offered.pop(call, None)

    def is_young(self, call: CallId) -> bool:
        """Whether the offer of a call was made, or began to ring, just now."""
        offered = self._offered.get(call)
        return offered is not None and self._pad.clock - offered[0] <= GRACE_S

    def awaits(self, call: CallId, until: Instant) -> bool:
        """Whether news of the call's offer is expected until that instant."""
        offered = self._offered.get(call)
        return offered is not None and offered[1] == until

    # --- offers that came to nothing ---------------------------------------------------------

    def bar(self, call: CallId, seat: SeatId) -> None:
        """Do not ring `seat` for `call` again for a while."""
        self._barred[call, seat] = self._later()

    def set_aside(self, call: CallId) -> None:
        """Leave a call alone for a while."""
        self._aside[call] = self._later()

    def bars(self, call: CallId, seat: SeatId) -> bool:
        """Whether `seat` is not rung for `call`, or nobody is."""
        return (call, seat) in self._barred or call in self._aside

    def forget(self, call: Call) -> None:
        """Forget a call that is over."""
        self._offered.pop(call.id, None)
        self._aside.pop(call.id, None)
        for barred in [each for each in self._barred if each[0] == call.id]:
            del self._barred[barred]

    def lift(self) -> set[CallId]:
        """Lift what has run out. Return the calls that it held up."""
        clock = self._pad.clock
        freed = {call for call, until in self._aside.items() if until <= clock}
        for call in freed:
            del self._aside[call]
        for (call, seat), until in list(self._barred.items()):
            if until <= clock:
                del self._barred[call, seat]
                freed.add(call)
        return freed

    def hold_up(self) -> bool:
        """Whether they hold up any call."""
        return bool(self._barred or self._aside)

    def _later(self) -> Instant:
        until = Instant(self._pad.clock + self._pad.config.retry_s)
        self._pad.remind(until, "retry")
        return until
