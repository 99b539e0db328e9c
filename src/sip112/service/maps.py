"""The console's map file: looked at when the service starts, and again now and then.

A file that cannot be used is an alarm and no reason not to start: calls are routed without a
map, and the console draws a plain grid. One that is put right, or replaced by a newer one, is
taken up by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import structlog

from sip112.api.pmtiles import BadMap, MapFile, stamp_of
from sip112.api.ports import Fact, Severity
from sip112.service.alarms import STUCK_S, Lookout

LOOK_S: Final = 10.0
"""Seconds between looks at the file."""

_log = structlog.get_logger(__name__)


class Maps:
    """What map there is (api.ports.Maps).

    Args:
        path: of the file; None is no map.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.current: MapFile | None = None
        """The last good file; None is a plain grid."""
        self._bad: BadMap | None = None
        """What is wrong with the file that lies there now."""
        self.lookout = Lookout("map", LOOK_S, self.look)

    def start(self) -> None:
        """Begin to look, where there is anything to look at."""
        if self._path is not None:
            self.lookout.start()

    def stop(self) -> None:
        """Look no more."""
        self.lookout.stop()

    def look(self) -> None:
        """See whether the file is there, and still the same; may hang with the disk."""
        if self._path is None:
            return
        try:
            stamp = stamp_of(self._path.stat())
        except OSError:  # to open it fails with the same words
            stamp = None
        if self.current is not None and stamp is not None:
            if stamp == self.current.stamp and self._bad is None:
                return
            if stamp[:2] == self.current.stamp[:2]:  # what is open was written over
                self.current = None
        try:
            self.current, self._bad = MapFile.open(self._path), None
        except BadMap as bad:
            self._bad = bad
        else:
            _log.info("map file", path=str(self._path), holds=self.current.told)

    def facts(self) -> tuple[Fact, ...]:
        """Tell how the file is, if there is to be one."""
        if self._path is None:
            return ()
        bad, current = self._bad, self.current
        if (hanging := self.lookout.hanging_s) > STUCK_S:
            detail = f"{self._path}: the disk has not answered for {hanging:.0f} s"
            return (_fact(detail, "See dmesg and the mounts."),)
        if bad is not None:
            meanwhile = "" if current is None else "; the one before is shown still"
            return (_fact(f"{self._path}: {bad}{meanwhile}", bad.remedy),)
        return (_fact("not looked yet" if current is None else current.told),)


def _fact(detail: str, remedy: str = "") -> Fact:
    return Fact("map", not remedy, detail, remedy, Severity.WARNING)
