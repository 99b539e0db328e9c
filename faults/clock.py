"""Clocks that can be set while who reads them runs (libfaketime, Debian's package `faketime`).

Only the time of day is another one; what counts monotonically goes on as it does.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Final

from rig import Rig, RigError, debian
from rig.progress import Progress

_PLACES: Final = ("usr/lib/*/faketime", "usr/lib/faketime")
_LIBRARY: Final = "libfaketimeMT.so.1"


def library() -> Path:
    """Return the library that a process must be started with; install it if need be."""
    found = _find()
    if found is None:
        debian.ensure(["faketime"], Progress(quiet=True))
        found = _find()
    if found is None:
        raise RigError(debian.advice("faketime"))
    return found


def _find() -> Path | None:
    found = (path for place in _PLACES for path in Path("/").glob(f"{place}/{_LIBRARY}"))
    return next(found, None)


class Clock:
    """A clock that is this machine's but for an offset, kept in the file `path`.

    Args:
        path: of the file.
        seen: the directory in which who reads the clock sees it, where that is another.
    """

    def __init__(self, path: Path, seen: Path | None = None) -> None:
        self._path = path
        self._seen = seen or path.parent
        self._offset = 0.0

    def set(self, offset: float) -> None:
        """Set it `offset` seconds before (negative) or after this machine's.

        Who reads it sees that within a second.
        """
        self._offset = offset
        draft = self._path.with_suffix(".new")
        draft.write_text(f"{offset:+.3f}\n")
        draft.chmod(0o644)
        draft.replace(self._path)

    def now(self) -> float:
        """Return what it shows, in seconds since 1970."""
        return time.time() + self._offset

    def environment(self) -> dict[str, str]:
        """Return what makes a process read this clock."""
        return {
            "LD_PRELOAD": str(library() if self._seen == self._path.parent else self._copy()),
            "FAKETIME_TIMESTAMP_FILE": str(self._seen / self._path.name),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def _copy(self) -> Path:
        """Put the library beside the file, where this machine's is not to be seen."""
        copy = self._path.with_name(_LIBRARY)
        shutil.copy(library(), copy)
        copy.chmod(0o644)
        return self._seen / _LIBRARY


def of_asterisk(rig: Rig) -> Clock:
    """Return the clock of a rig's Asterisk, which must be started with its environment."""
    return Clock(rig.dir / "etc" / "clock", Path("/etc/asterisk"))
