"""A small disk of its own (a tmpfs), which can be filled to the last byte."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rig import RigError

_PIECES: Final = (1 << 20, 4096)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk at `place` for as long as the context lasts. RigError if it cannot be."""
    unmount(place)
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RigError(f"a small disk needs root and the right to mount: {done.stderr.strip()}")
    try:
        yield place
    finally:
        unmount(place)


def unmount(place: Path) -> None:
    """Take away a disk, also one that somebody who was killed has left."""
    while place.is_mount():
        subprocess.run(("umount", "--lazy", place), check=True)


def fill(ballast: Path) -> int:
    """Have `ballast` take all that its disk has left; return how many bytes it is by now."""
    with ballast.open("ab", buffering=0) as file:
        for piece in _PIECES:
            try:
                while file.write(bytes(piece)) == piece:
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        return os.fstat(file.fileno()).st_size
