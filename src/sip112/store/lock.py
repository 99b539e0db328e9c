"""A lock beside a file: one open file at a time has it, and the kernel frees it at death."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Final

LOOKED_AT_WITHIN: Final = 0.2
"""Seconds after which whoever only looks whether a lock is held has let go of it again."""


class LockedError(OSError):
    """Another one has the lock; the text is what it said of itself."""


class FileLock:
    """The lock `path` with ``.lock`` behind it, by whatever name the file itself is opened."""

    def __init__(self, path: Path) -> None:
        real = Path(os.path.realpath(path))
        self._path = real.with_name(real.name + ".lock")
        self._file: int | None = None

    @property
    def held(self) -> bool:
        """Whether it is ours: also the file that we locked is still the one that is there."""
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return False  # removed: whoever comes next locks a new one

    def take(self, who: str) -> None:
        """Take the lock, and leave word of `who` has it; LockedError if another one has it."""
        deadline = time.monotonic() + LOOKED_AT_WITHIN
        while not self.held:
            self.let_go()
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                said = os.pread(self._file, 200, 0).decode(errors="replace").strip()
                self.let_go()
                if time.monotonic() > deadline:
                    raise LockedError(said) from None
                time.sleep(0.01)
            else:
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, f"{who}\n".encode(), 0)

    def let_go(self) -> None:
        """Give the lock back, if it is ours. The file stays: without it two could lock two."""
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)

    def held_by_another(self) -> bool:
        """Whether another one has the lock, which is ours for a moment if nobody has."""
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False
