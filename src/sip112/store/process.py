"""Which process this is, and whether another one is dead, as far as that can be known.

A lease names the process that holds it. One that was killed cannot give it back; but whoever
runs on the same machine can see that it is gone, and need not wait until the lease ends.
Sound are only claims that a process is dead. Where anything is in doubt it counts as alive.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from uuid import uuid4

_PROC: Final = Path("/proc")
_PARTS: Final = 6


def new_name() -> str:
    """Return a name for this process that no other process has had or will have.

    It holds what `is_dead` needs: the boot of the kernel, the namespaces in which process
    numbers and start times mean something, this process's number, when it started, and a
    random text, by which each of several names for one process differs.
    """
    machine = _machine()
    started = None if machine is None else _stat(os.getpid())
    if machine is None or started is None:
        return uuid4().hex  # not on Linux, or without /proc: nobody can tell
    return f"{machine} {os.getpid()} {started[2]} {uuid4().hex}"


def is_dead(name: str) -> bool:
    """Whether the process that `new_name` named is known to have ended.

    False for one of another machine, another boot or another container, whatever it does.
    """
    parts = name.split(" ")
    if len(parts) != _PARTS or " ".join(parts[:3]) != _machine():
        return False
    pid, started = int(parts[3]), parts[4]
    try:
        os.kill(pid, 0)  # asked first: /proc may be mounted so that it hides others' processes
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it is somebody else's, and there
    now = _stat(pid)
    if now is None:
        return False
    state, threads, start = now
    # A number is given out again, but not with the same start. A zombie runs no more once its
    # last thread has ended.
    return start != started or (state in {"Z", "X"} and threads <= 1)


def _machine() -> str | None:
    """Return what must be the same for process numbers and start times to be comparable."""
    try:
        if (_PROC / "self").readlink() != Path(str(os.getpid())):
            return None  # this /proc counts another namespace's processes
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        pids = (_PROC / "self/ns/pid").readlink()
        times = _PROC / "self/ns/time"  # since Linux 5.6
        return f"{boot} {pids} {times.readlink() if times.is_symlink() else '-'}"
    except OSError:
        return None


def _stat(pid: int) -> tuple[str, int, str] | None:
    """Return state, number of threads and start (in ticks since the boot); see proc(5)."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # After the program's name, which may hold anything, comes field 3.
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[17]), fields[19]
