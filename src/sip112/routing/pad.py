"""The pad: what the desk and its roster write on.

The effects of the step that is under way, the journal's numbers, the deadlines, the count of
what was ignored, and how much is known of Asterisk.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from heapq import heappop, heappush
from typing import Final
from zoneinfo import ZoneInfo

from sip112.routing import effects as f
from sip112.routing.call import Call
from sip112.routing.ids import CentreCode, Instant, PbxId, Seq
from sip112.routing.seat import Seat, SeatConfig
from sip112.routing.ticket import Ticket
from sip112.routing.value import value

OVERDUE_S: Final = 5.0
"""Seconds after a seat's ring time, or after a request to Asterisk, without any word of it."""


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


class Pad:
    """One centre's pad. See the module's docstring."""

    def __init__(self, config: DeskConfig) -> None:
        self.config = config
        self.sight = Sight.DARK
        self.now = Instant(0.0)
        """The instant of the step that is under way."""
        self.ignored: Counter[str] = Counter()
        self._actions: list[f.Action] = []
        self._told: list[f.Record | f.Reply] = []
        self._deadlines: list[tuple[Instant, str]] = []
        self._last_seq = 0

    def begin(self, at: Instant) -> None:
        """Begin a step."""
        self._actions, self._told, self.now = [], [], at

    def effects(self) -> list[f.Effect]:
        """Return what the step led to: actions first, then the rest."""
        return [*self._actions, *self._told]

    def do(self, action: f.Action) -> None:
        """Have `action` done."""
        self._actions.append(action)

    def reply(self, reply: f.Reply) -> None:
        """Answer a command."""
        self._told.append(reply)

    def record(
        self,
        at: Instant,
        kind: f.EntryKind,
        *,
        call: Call | None = None,
        ticket: Ticket | None = None,
        seat: Seat | None = None,
        detail: dict[str, str] | None = None,
    ) -> None:
        """Write an entry into the journal."""
        # by the time of the step and not of the fact: a fact read back from a note is old
        self._last_seq = max(self._last_seq + 1, int(self.now * 1_000_000))
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

    def number_after(self, last: int) -> None:
        """Number entries from here on after `last`."""
        self._last_seq = max(self._last_seq, last)

    def ignore(self, what: str) -> None:
        """Count an event that changes nothing."""
        self.ignored[what] += 1

    def lose_sight(self, at: Instant, reason: str) -> None:
        """Trust what is known no longer, and ask Asterisk for all of it."""
        self.sight = Sight.STALE
        self.do(f.Resync(self.config.pbx, reason))
        self.record(at, f.EntryKind.PBX_NATIVE, detail={"pbx": self.config.pbx, "reason": reason})

    # --- deadlines -----------------------------------------------------------------------

    def remind(self, at: Instant, what: str) -> None:
        """Have `what` looked at once it is `at`: a kind and, after a blank, a key."""
        heappush(self._deadlines, (at, what))

    def next_reminder(self) -> tuple[Instant, str] | None:
        """Return the earliest deadline, without taking it off."""
        return self._deadlines[0] if self._deadlines else None

    def take_reminder(self) -> str:
        """Take the earliest deadline off, and return what it was for."""
        return heappop(self._deadlines)[1]
