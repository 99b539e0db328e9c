"""A clock of a process's own, which can be set while it runs (libfaketime, Debian's `faketime`)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rig import RigError, debian
from rig.progress import Progress

_LIBRARIES: Final = (
    "/usr/lib/*/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
)


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
    for pattern in _LIBRARIES:
        for path in Path("/").glob(pattern.removeprefix("/")):
            return path
    return None


class Clock:
    """One process's clock: this machine's, `offset` seconds off."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.set(0.0)

    def set(self, offset: float) -> None:
        """Set it `offset` seconds before (negative) or after this machine's, within a second."""
        draft = self._path.with_suffix(".new")
        draft.write_text(f"{offset:+.3f}\n")
        draft.replace(self._path)

    def environment(self) -> dict[str, str]:
        """Return what makes a process read this clock."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._path),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }
