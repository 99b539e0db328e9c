"""What the machine does to the service: its clock, its load, its disks, its name server.

Each part here looks at one of them and tells a `Fact`. None stops the node: calls are routed
all the same, and somebody must look. Time is given by whoever calls (`service.pulse`); only
`Lookout`, for what may hang, has a thread of its own.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from sip112.api.ports import Fact, Severity
from sip112.resolver import is_address

WINDOW_S: Final = 60.0
"""Seconds over which load is judged."""

LAG_S: Final = 0.25
"""Seconds by which one turn of the event loop in a hundred may be late."""

TURNS: Final = 100
"""Turns of the event loop from which it is judged."""

WORST_S: Final = 1.0
"""Seconds by which no turn may be late: so long Asterisk lets a new caller ring for us."""

BUSY: Final = 0.8
"""Share of the time that the event loop may be at work; beyond it queues begin to grow."""

MACHINE_BUSY: Final = 0.95
"""Share of all processors' time that may be used, by whatever program."""

STEP_S: Final = 1.0
"""Seconds by which the wall clock may differ from the steady one between two looks."""

SHOWN_S: Final = 600.0
"""Seconds for which a step of the clock is shown."""

LOOK_S: Final = 10.0
"""Seconds between looks at the disks."""

NAMES_S: Final = 30.0
"""Seconds between look-ups of names."""

STUCK_S: Final = 5.0
"""Seconds after which a look that has not come back is told."""

INODES: Final = 1_000
"""Files that must have room beside the bytes."""

_STANDARD: Final = (Path("/var/log"), Path("/var/lib/asterisk"), Path("/var/spool/asterisk"))
"""Where logs, AstDB and recordings usually live; looked at where they exist."""


class Lookout:
    """Looks at something that may hang, again and again, in a thread that nobody waits for.

    Args:
        name: of the thread.
        every: seconds between two looks.
        look: keeps what it saw, and raises nothing.
    """

    def __init__(self, name: str, every: float, look: Callable[[], None]) -> None:
        self._every = every
        self._look = look
        self._over = threading.Event()
        self._began: float | None = None
        # a daemon: what hangs in the kernel must not keep the process from ending
        self._thread = threading.Thread(target=self._run, name=f"sip112-{name}", daemon=True)

    def start(self) -> None:
        """Begin, with a look at once."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a look that hangs is left to itself."""
        self._over.set()

    @property
    def hanging_s(self) -> float:
        """Seconds since a look began that has not come back; 0 if none has."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def _run(self) -> None:
        while not self._over.is_set():
            self._began = time.monotonic()
            self._look()
            self._began = None
            self._over.wait(self._every)


# --- the clock ----------------------------------------------------------------------------


class Clock:
    """Sees steps of the wall clock, by which calls are dated, against the steady one."""

    def __init__(self) -> None:
        self.steps = 0
        """Steps since the start."""
        self._offset: float | None = None
        self._last: tuple[float, float] | None = None
        """When the last step was, by the steady clock, and its size in seconds."""

    def look(self, wall: float, steady: float) -> None:
        """Take both clocks' times, read together."""
        offset = wall - steady
        if self._offset is not None and abs(offset - self._offset) > STEP_S:
            self.steps += 1
            self._last = (steady, offset - self._offset)
        self._offset = offset

    def fact(self, steady: float) -> Fact:
        """Tell of the last step for as long as somebody may wonder at the times of calls."""
        if self._last is None or steady - self._last[0] > SHOWN_S:
            return _fact("clock_step", "this machine's clock runs steadily")
        at, size = self._last
        return _fact(
            "clock_step",
            f"this machine's clock jumped by {size:+.1f} s, {(steady - at) / 60:.0f} minutes ago",
            "Times of calls before and after do not match. Run chrony or ntpd, which slew the"
            " clock, and see who set it by hand.",
        )


# --- load ---------------------------------------------------------------------------------


class Load:
    """Measures how late the event loop's turns come, and who uses the processors."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque()
        """When a turn came, and how late; over `WINDOW_S`."""
        self._used: deque[tuple[float, float]] = deque()
        """Now and then: the time, and the processor time that the loop's thread had used."""
        self._machine: deque[tuple[int, int]] = deque(maxlen=int(WINDOW_S / LOOK_S) + 1)
        """Now and then: ticks that the processors were used, and that there were."""

    def begin(self) -> None:
        """Forget what was: a start is busy, and no alarm."""
        for each in (self._late, self._used, self._machine):
            each.clear()

    def turned(self, now: float, late: float) -> None:
        """Take note of a turn of the loop that came `late` seconds late."""
        self._late.append((now, max(0.0, late)))
        while now - self._late[0][0] > WINDOW_S:
            self._late.popleft()

    def used(self, now: float, seconds: float) -> None:
        """Take note of the processor time that the loop's thread has used so far."""
        self._used.append((now, seconds))
        while now - self._used[0][0] > WINDOW_S:
            self._used.popleft()

    def used_by_all(self, stat: str) -> None:
        """Take the text of ``/proc/stat``."""
        ticks = [int(each) for each in stat.partition("\n")[0].split()[1:9]]
        idle = sum(ticks[3:5])  # idle and iowait; time stolen by other machines is none of ours
        self._machine.append((sum(ticks) - idle, sum(ticks)))

    @property
    def lag(self) -> tuple[float, float]:
        """The 99th percentile and the maximum of the lateness, in seconds."""
        late = sorted(each for _, each in self._late)
        if not late:
            return 0.0, 0.0
        return late[-1 - len(late) // 100], late[-1]

    @property
    def busy(self) -> float:
        """Share of the time that the loop's thread was at work."""
        if len(self._used) < 2:  # noqa: PLR2004 - a difference takes two
            return 0.0
        (began, before), *_, (now, after) = self._used
        return (after - before) / max(now - began, 1e-6)

    @property
    def machine_busy(self) -> float:
        """Share of all processors' time that was used, over a whole window; before that 0."""
        if len(self._machine) < (self._machine.maxlen or 0):
            return 0.0
        (used, total), *_, (used_now, total_now) = self._machine
        return (used_now - used) / max(total_now - total, 1)

    def fact(self) -> Fact:
        """Tell whether calls are kept waiting by this machine."""
        p99, worst = self.lag
        detail = (
            f"turns of the event loop come {p99 * 1000:.0f} ms late (p99; worst"
            f" {worst * 1000:.0f} ms), it works {self.busy:.0%} of the time; processors of the"
            f" machine are used by {self.machine_busy:.0%}"
        )
        well = p99 <= LAG_S and worst <= WORST_S and self.busy <= BUSY
        if len(self._late) < TURNS or (well and self.machine_busy <= MACHINE_BUSY):
            return _fact("load", detail)
        return _fact(
            "load",
            detail,
            "Calls are routed late. See with top what uses the processors; give Asterisk and"
            " sip112 a machine of their own, or more processors.",
        )


# --- disks --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Space:
    """What is left where `path` is: bytes, and files (None where they are not counted)."""

    path: Path
    free: int
    files: int | None
    error: str = ""


class Disks:
    """Looks at the file systems on which something of a call is kept.

    Args:
        paths: directories or files of the service itself, or that the settings name.
        bound: bytes that must be free on each.
        maybe: more of them, which need not be there.
    """

    def __init__(self, paths: Iterable[Path], bound: int, maybe: Iterable[Path] = ()) -> None:
        self._paths = tuple(dict.fromkeys(paths))
        self._maybe = (*_STANDARD, *maybe)
        self._bound = bound
        self.spaces: tuple[Space, ...] = ()
        self.lookout = Lookout("disks", LOOK_S, self.look)

    def look(self) -> None:
        """See how much room there is; may hang with the disk."""
        seen: dict[int, Space] = {}
        missing: list[Space] = []
        for path in (*self._paths, *(each for each in self._maybe if each.exists())):
            try:
                device = path.stat().st_dev
                if device not in seen:
                    seen[device] = _space(path)
            except OSError as error:
                missing.append(Space(path, 0, None, error.strerror or str(error)))
        self.spaces = (*seen.values(), *missing)

    def fact(self) -> Fact:
        """Tell whether there is room everywhere."""
        hanging = self.lookout.hanging_s
        if hanging > STUCK_S:
            return _fact(
                "disk",
                f"a disk has not answered for {hanging:.0f} s",
                "See dmesg and the mounts (df hangs on the one that is stuck).",
            )
        wrong = [text for space in self.spaces if (text := self._wrong(space))]
        if wrong:
            return _fact(
                "disk",
                "; ".join(wrong),
                "Free some: old recordings and logs first (du -xsh DIRECTORY/*). On a full disk"
                " tickets wait in memory and Asterisk cannot keep its notes of calls.",
            )
        least = min((space.free for space in self.spaces), default=0)
        return _fact("disk", f"{_size(least)} free at least" if self.spaces else "not looked yet")

    def _wrong(self, space: Space) -> str:
        if space.error:
            return f"{space.path}: {space.error}"
        if space.free < self._bound:
            return f"{_size(space.free)} free at {space.path}, less than {_size(self._bound)}"
        if space.files is not None and space.files < INODES:
            return f"room for {space.files} more files at {space.path}"
        return ""


def _space(path: Path) -> Space:
    seen = os.statvfs(path)
    # some file systems, such as btrfs, count no files
    return Space(path, seen.f_bavail * seen.f_frsize, seen.f_favail if seen.f_files else None)


def _size(count: int) -> str:
    return f"{count / 2**20:,.0f} MB"


# --- names --------------------------------------------------------------------------------


class Names:
    """Looks up the names of other machines, so that a dead name server is known beforehand.

    Args:
        hosts: as the settings give them; addresses among them need no look-up.
    """

    def __init__(self, hosts: Iterable[str | None]) -> None:
        self.names = tuple(dict.fromkeys(host for host in hosts if host and is_name(host)))
        self.failing: dict[str, str] = {}
        """Names that could not be looked up the last time, and why not."""
        self.lookout = Lookout("names", NAMES_S, self.look)

    def look(self) -> None:
        """Look all names up; hangs for as long as the resolver does."""
        failing = {}
        for name in self.names:
            try:
                socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError) as error:
                failing[name] = getattr(error, "strerror", None) or str(error)
        self.failing = failing

    def fact(self) -> Fact:
        """Tell whether the service could find the other machines again."""
        if not self.names:
            return _fact("dns", "no name server is needed")
        failing = self.failing
        if (hanging := self.lookout.hanging_s) > STUCK_S:
            what = f"the name server has not answered for {hanging:.0f} s"
        elif failing:
            what = "; ".join(f"{name}: {why}" for name, why in failing.items())
        else:
            return _fact("dns", f"known: {', '.join(self.names)}")
        return _fact(
            "dns",
            what,
            f"Write {' and '.join(self.names)} into /etc/hosts, or addresses into the settings:"
            " then no name server is needed. The link to Asterisk goes on with the address that"
            " it knew; the database is found again only when the name is.",
        )


def is_name(host: str) -> bool:
    """Tell whether `host` has to be looked up: a path or an address has not."""
    return not host.startswith("/") and not is_address(host)


# --- all of it ----------------------------------------------------------------------------


class Machine:
    """All that the machine may do to the service."""

    def __init__(
        self,
        paths: Iterable[Path],
        bound: int,
        hosts: Iterable[str | None],
        maybe: Iterable[Path] = (),
    ) -> None:
        self.clock = Clock()
        self.load = Load()
        self.disks = Disks(paths, bound, maybe)
        self.names = Names(hosts)

    def start(self) -> None:
        """Begin to look at what may hang."""
        self.disks.lookout.start()
        if self.names.names:
            self.names.lookout.start()

    def stop(self) -> None:
        """Look no more."""
        self.disks.lookout.stop()
        self.names.lookout.stop()

    def facts(self) -> Sequence[Fact]:
        """Return one fact for each part."""
        return (
            self.disks.fact(),
            self.clock.fact(time.monotonic()),
            self.load.fact(),
            self.names.fact(),
        )

    def collect(self) -> Iterable[Metric]:
        """Yield the figures behind them."""
        p99, worst = self.load.lag
        for name, text, value in (
            ("loop_lag_p99_seconds", "Lateness of the event loop over a minute", p99),
            ("loop_lag_max_seconds", "The worst of it", worst),
            ("loop_busy_ratio", "Share of a minute that the loop was at work", self.load.busy),
            ("machine_busy_ratio", "Share of the processors in use", self.load.machine_busy),
            ("names_failing", "Names that cannot be looked up", len(self.names.failing)),
        ):
            yield GaugeMetricFamily(f"sip112_{name}", text, value=value)
        yield CounterMetricFamily(
            "sip112_clock_steps", "Steps of this machine's clock", value=self.clock.steps
        )
        free = GaugeMetricFamily("sip112_disk_free_bytes", "Room on a disk", labels=["path"])
        for space in self.disks.spaces:
            free.add_metric([str(space.path)], space.free)
        yield free


def _fact(name: str, detail: str, remedy: str = "") -> Fact:
    """Return a fact that is not ok if something is to be done."""
    return Fact(name, not remedy, detail, remedy, Severity.WARNING)
