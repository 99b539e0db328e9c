"""Recordings: found for whoever may hear them, looked after, removed when their time is over.

Asterisk writes them, by itself and without being asked for each (``asterisk-config/``); this
service reads their directory. Of each answered call it looks a moment after the end whether there
is a recording with sound in it. All looking and removing is done by a thread that nobody waits
for: a disk that hangs holds up neither a call nor the API.
"""

from __future__ import annotations

import asyncio
import os
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from sip112.ami import names
from sip112.api.ports import Fact, Severity
from sip112.routing.call import Call
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import CentreCode, PbxId
from sip112.service.alarms import STUCK_S, Lookout

LOOK_S: Final = 1.0
"""Seconds between looks."""

AFTER_S: Final = 3.0
"""Seconds from a call's end to the look for its recording: Asterisk writes the last of it after
the end."""

SWEEP_S: Final = 3_600.0
"""Seconds between sweeps."""

HEADER: Final = 44
"""Bytes of a WAV file without any sound."""

MOST_WAITING: Final = 10_000
"""Calls that wait for their look while the disk hangs; of more the oldest are let go."""

WITHIN_S: Final = 5.0
"""Seconds that the disk has to answer who wants to hear a recording."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Opened:
    """A recording that is open for reading (api.ports.RecordingFile)."""

    descriptor: int
    size: int
    tag: str

    @classmethod
    def of(cls, path: Path) -> Opened | None:
        """Open a file; it is closed when nobody has the object any more."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        seen = os.fstat(descriptor)
        found = cls(descriptor, seen.st_size, f"{seen.st_ino}-{seen.st_mtime_ns}-{seen.st_size}")
        weakref.finalize(found, os.close, descriptor)
        return found


class Recordings:
    """The recordings of one centre (api.ports.Recordings).

    Args:
        centre: whose.
        places: the directory of each Asterisk's recordings, as this machine sees it.
        on: whether calls are recorded.
        days: for how many days they are kept; 0 is for ever.
        failed: is told of each call that has none, and why not, in the event loop.
    """

    def __init__(
        self,
        centre: CentreCode,
        places: Mapping[PbxId, Path],
        *,
        on: bool,
        days: int,
        failed: Callable[[Call, str], None],
    ) -> None:
        self.found = 0
        """Calls whose recording was looked for and found since the start."""
        self.missing = 0
        """Calls that have none, though they were answered."""
        self.removed = 0
        """Recordings whose time was over, removed since the start."""
        self.lookout = Lookout(f"recordings-{centre}", LOOK_S, self._look)
        self._centre = centre
        self._places = dict(places)
        self._on = on
        self._days = days
        self._failed = failed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: deque[tuple[float, Call]] = deque(maxlen=MOST_WAITING)
        """Calls that have ended, and when each is to be looked for."""
        self._last = ""
        """Why the call that was looked for last has no recording; empty if it has one."""
        self._kept = ""
        """Why old ones could not be removed; empty if they could."""
        self._next_sweep = 0.0

    def start(self) -> None:
        """Begin to look, from within the event loop."""
        self._loop = asyncio.get_running_loop()
        self.lookout.start()

    def stop(self) -> None:
        """Look no more."""
        self.lookout.stop()

    def heard(self, record: Record) -> None:
        """Take a journal entry, as it happens: of an end, to look for the recording."""
        if self._on and record.kind is EntryKind.CALL_ENDED and record.call is not None:
            self._ended.append((time.monotonic() + AFTER_S, record.call))

    # --- for who wants to hear them ----------------------------------------------------------

    async def of(self, call: Call, /) -> Opened | None:
        """Return the recording of a call. TimeoutError if the disk does not answer."""
        path = self._path(call)
        if path is None:
            return None
        if self.lookout.hanging_s > STUCK_S:
            raise TimeoutError  # and take no thread for it
        async with asyncio.timeout(WITHIN_S):
            found = await asyncio.to_thread(Opened.of, path)
        return None if found is None or found.size <= HEADER else found

    # --- how they are ----------------------------------------------------------------------------

    def fact(self) -> Fact:
        """Tell whether calls are recorded, as far as was looked."""
        if (hanging := self.lookout.hanging_s) > STUCK_S:
            return _fact(
                f"the disk of the recordings has not answered for {hanging:.0f} s",
                "See dmesg and the mounts. If Asterisk writes to the same disk, switch recording"
                f" off before calls wait for it: asterisk -rx 'dialplan set global"
                f" SIP112_RECORD_{self._centre} off'.",
            )
        if self._last:
            return _fact(
                f"{self._last}; {self.missing} of {self.missing + self.found} answered calls have"
                " no recording since the start",
                "Calls go on all the same. See whether Asterisk may write there and has room (df,"
                " and `mixmonitor` in its log), whether sip112 may read it, and whether the phones"
                " send sound. It ends with the next call that is recorded.",
            )
        if self._kept:
            return _fact(
                f"recordings of more than {self._days} days are still there: {self._kept}",
                "Let sip112 write in the directory of the recordings (docs/recording.md).",
            )
        kept = f"kept for {self._days} days" if self._days else "kept for ever"
        state = f"on, {self.found} calls since the start" if self._on else "off by the settings"
        return _fact(f"{state}; {kept}, {self.removed} removed since the start")

    # --- in the thread -----------------------------------------------------------------------

    def _look(self) -> None:
        try:
            now = time.monotonic()
            while self._ended and self._ended[0][0] <= now:
                _, call = self._ended.popleft()
                self._look_for(call)
            if self._days and now >= self._next_sweep:
                self._next_sweep = now + SWEEP_S
                self._sweep(datetime.now(UTC) - timedelta(days=self._days))
        except Exception:  # noqa: BLE001 - the thread outlives whatever it finds; it is logged
            _log.exception("a fault in sip112, please report it", while_doing="recordings")

    def _look_for(self, call: Call) -> None:
        """See whether a call that has ended has its recording."""
        path = self._path(call)
        if path is None:
            return
        why = ""
        try:
            size = path.stat().st_size
        except OSError as error:
            size = 0
            why = f"{path}: {error.strerror or error}"
        if call.answered_at is None:
            if 0 < size <= HEADER:  # a seat rang, and nobody answered
                _remove(path)
            return
        if size > HEADER:
            self.found += 1
            self._last = ""
            return
        why = why or f"{path} holds no sound"
        self.missing += 1
        self._last = f"call {call.ticket_number} is not recorded: {why}"
        _log.error("call not recorded", call=str(call.id), ticket=call.ticket_number, why=why)
        if self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(self._failed, call, why)
            except RuntimeError:  # the loop has ended, and the node with it
                _log.warning("not in the journal: the service ends", call=str(call.id))

    def _sweep(self, before: datetime) -> None:
        """Remove recordings of days before `before`, and tell what was removed."""
        self._kept = ""
        for place in dict.fromkeys(self._places.values()):
            root = place / self._centre
            for day in sorted(_days(root)):
                if day.name < f"{before:%Y%m%d}":
                    self._remove_day(day)

    def _remove_day(self, day: Path) -> None:
        count = size = 0
        try:
            for entry in os.scandir(day):
                if entry.name.endswith(".wav") and entry.is_file(follow_symlinks=False):
                    size += entry.stat(follow_symlinks=False).st_size
                    Path(entry.path).unlink()
                    count += 1
            day.rmdir()  # fails if something else lies there, which is not ours to remove
        except OSError as error:
            self._kept = f"{day}: {error.strerror or error}"
        self.removed += count
        if count:
            _log.info(
                "old recordings removed",
                centre=self._centre,
                day=day.name,
                files=count,
                megabytes=round(size / 2**20, 1),
                older_than_days=self._days,
            )

    def _path(self, call: Call) -> Path | None:
        place = self._places.get(call.pbx)
        if place is None:
            return None
        return place / names.recording(call.centre, call.arrived_at, call.uniqueid)


def _days(root: Path) -> list[Path]:
    """Return the directories of days."""
    try:
        return [each for each in root.iterdir() if len(each.name) == 8 and each.name.isdecimal()]  # noqa: PLR2004 - YYYYMMDD
    except OSError:  # nothing was recorded yet; if it may not be read, calls will tell
        return []


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        _log.debug("an empty recording stays", path=str(path), error=str(error))


def _fact(detail: str, remedy: str = "") -> Fact:
    return Fact("recording", not remedy, detail, remedy, Severity.WARNING)
