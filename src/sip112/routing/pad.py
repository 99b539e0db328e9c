"""The pad: what the desk and its roster write on.

The effects of the step that is under way, the journal's numbers, the deadlines, the count of
what was ignored, and how much is known of each Asterisk.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from heapq import heappop, heappush
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sip112.routing import effects as f
from sip112.routing.call import Call
from sip112.routing.callback import Callback
from sip112.routing.ids import CentreCode, Instant, PbxId, Seq
from sip112.routing.seat import Seat, SeatConfig
from sip112.routing.ticket import Ticket
from sip112.routing.value import value

OVERDUE_S: Final = 5.0
"""Seconds after a seat's ring time, or after a request to Asterisk, without any word of it."""


class Sight(StrEnum):
    """How much the desk knows of an Asterisk."""

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
    pbxs: tuple[PbxId, ...]
    """The Asterisks that have calls of the centre; a seat can be rung at each of them."""
    token: int = 0
    """What tells a newer owner of the centre from an older one (fencing token). Without one the
    desk takes the next after the greatest that Asterisk knows."""
    stride: int = 1
    """How far beyond the greatest token that Asterisk knows: where two nodes could take over at
    the same instant without a lease, each has its own."""
    alone: bool = True
    """Whether nobody else can own the centre. If somebody can, a desk without a token takes over
    from native mode only: then nobody that decides is alive."""
    ring_s: int = 15
    """How long a seat rings before the call goes on to the next, seconds."""
    wrap_up_s: float = 0.0
    """Time for paperwork after a call, seconds."""
    retry_s: float = 2.0
    """How long a seat that failed a call is not rung again for that call, seconds."""
    ticket_url: str = "http://127.0.0.1:8112"
    record: bool = True
    """Whether calls are recorded."""
    starts_calls: bool = True
    """Whether the settings name an AMI user that may start calls."""
    domain: str = "112.invalid"
    """By which other centres know this one (`urns`)."""


class Reminder(NamedTuple):
    """A deadline."""

    at: Instant
    kind: str
    key: tuple[str, ...]


class Pad:
    """One centre's pad. See the module's docstring."""

    def __init__(self, config: DeskConfig) -> None:
        self.config = config
        self._sight = dict.fromkeys(config.pbxs, Sight.DARK)
        self.left = False
        """Whether nothing is decided here any more."""
        self.now = Instant(0.0)
        """The instant of the step that is under way: whatever clock its event was told by."""
        self.clock = Instant(0.0)
        """The same by a clock that nobody sets: deadlines are by it."""
        self.ignored: Counter[str] = Counter()
        self._actions: list[f.Action | f.StartCall] = []
        self._told: list[f.Record | f.Reply | f.StepDown | f.Spied] = []
        self._deadlines: list[Reminder] = []
        self._last_seq = 0

    # --- what is known of Asterisk ---------------------------------------------------------

    def sight(self, pbx: PbxId) -> Sight:
        """Return how much is known of `pbx`. KeyError if the settings do not name it."""
        return self._sight[pbx]

    def see(self, pbx: PbxId, sight: Sight) -> None:
        """Know so much of `pbx` from here on."""
        self._sight[pbx] = sight

    def sees(self, pbx: PbxId) -> bool:
        """Whether what is known of `pbx` can be trusted, and calls there may be moved."""
        return self._sight[pbx] is CLEAR

    def seen(self) -> list[PbxId]:
        """Return the Asterisks of which that is so."""
        return [pbx for pbx, sight in self._sight.items() if sight is CLEAR]

    def reached(self) -> list[PbxId]:
        """Return the Asterisks of which something can be asked."""
        if self.left:
            return []
        return [pbx for pbx, sight in self._sight.items() if sight is not Sight.DARK]

    def leave(self) -> None:
        """Ask nothing of any Asterisk from here on; what happens is still told."""
        for pbx in self.reached():
            self._sight[pbx] = Sight.STALE
        self.left = True

    def lose_sight(self, at: Instant, pbx: PbxId, reason: str) -> None:
        """Trust what is known of `pbx` no longer, and ask for all of it."""
        self._sight[pbx] = Sight.STALE
        self.do(f.Resync(pbx, reason))
        self.record(at, f.EntryKind.PBX_NATIVE, detail={"pbx": pbx, "reason": reason})

    # --- the step that is under way ----------------------------------------------------------

    def begin(self, at: Instant, clock: Instant) -> None:
        """Begin a step. What one led to that a fault of ours cut short comes with this one."""
        self.now, self.clock = at, clock

    def effects(self) -> list[f.Effect]:
        """Return what the step led to: actions first, then the rest."""
        effects = [*self._actions, *self._told]
        self._actions, self._told = [], []
        return effects

    def do(self, action: f.Action | f.StartCall) -> None:
        """Have `action` done."""
        self._actions.append(action)

    def tell(self, told: f.Reply | f.StepDown | f.Spied) -> None:
        """Answer a command, or tell the node something."""
        self._told.append(told)

    def record(
        self,
        at: Instant,
        kind: f.EntryKind,
        *,
        call: Call | None = None,
        ticket: Ticket | None = None,
        seat: Seat | None = None,
        detail: dict[str, str] | None = None,
        callback: Callback | None = None,
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
                callback,
            )
        )

    def number_after(self, last: int) -> None:
        """Number entries from here on after `last`."""
        self._last_seq = max(self._last_seq, last)

    def ignore(self, what: str) -> None:
        """Count an event that changes nothing."""
        self.ignored[what] += 1

    # --- deadlines -----------------------------------------------------------------------

    def remind(self, at: Instant, kind: str, *key: str) -> None:
        """Have something looked at once `clock` is `at`: its kind, and what it is about."""
        heappush(self._deadlines, Reminder(at, kind, key))

    def next_reminder(self) -> Reminder | None:
        """Return the earliest deadline, without taking it off."""
        return self._deadlines[0] if self._deadlines else None

    def take_reminder(self) -> Reminder:
        """Take the earliest deadline off, and return it."""
        return heappop(self._deadlines)
