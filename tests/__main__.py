"""``python -m tests``: every test that is not long, in three lanes side by side.

Each run is one pytest. What computes goes down one lane, a run after the other, and yields to the
rest. Real tests wait for Asterisk, phones and browsers most of their time, and keep deadlines: they
are cut into pieces, and a lane that has nothing else to do takes the next one. Each line says of
which run it is and when it came, in minutes and seconds; what the runs came to stands at the end.
Ctrl-C ends them, and they tidy up. All arguments go to pytest.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent
HERMETIC: Final = ("api", "store", "directory", "handoff", "link", "replay", "cli", "ops", "phones")
"""Folders beside `unit` whose tests need neither Asterisk nor browser. Any other one is real."""
PIECES: Final = {"browser": 3, "integration": 5, "rig": 2}
"""Into how many runs a folder of real tests is cut, each with an Asterisk of its own; or one."""
LANES: Final = 3
COVERED: Final = (
    "--cov=sip112.routing",
    "--cov=sip112.dispatch",
    "--cov-fail-under=100",
    "-m",
    "not hypothesis",
)
"""Unit tests with examples of their own go through every line and every branch of the core.

Those with drawn examples are not counted on: what they go through depends on the draw, and
to watch them takes as long again.
"""
DRAWN: Final = ("-m", "hypothesis")
SHORT: Final = ("-m", "not long")
YIELDING: Final = ("nice", "-n", "10")
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
ROOM: Final = 2 << 30
"""Bytes that are free in memory where it holds the databases of hermetic tests."""
LINE: Final = 1 << 24
"""Bytes of the longest line that a test may say."""
SUMMARY: Final = "short test summary info"


@dataclass(slots=True)
class Run:
    """One pytest, and what came of it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: Process | None = None
    said: list[str] = field(default_factory=list)

    async def go(self, width: int, began: float) -> None:
        """Start it, and print what it says until it has ended, and how long after `began`."""
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env={**os.environ, **self.environment},
            limit=LINE,
            process_group=0,  # Ctrl-C is told once, by us: a second one would stop the tidying up
        )
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.said.append(line.decode(errors="replace").rstrip("\n"))
            minutes, seconds = divmod(int(time.monotonic() - began), 60)
            at = f"{self.name:<{width}} {minutes:02}:{seconds:02}"
            print(f"{at} {self.said[-1]}".rstrip(), flush=True)  # noqa: T201
        await self.process.wait()

    def interrupt(self) -> None:
        """Have it tidy up and end."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGINT)

    @property
    def passed(self) -> bool:
        """Whether it ended, and all was well."""
        return self.process is not None and self.process.returncode == 0

    def summary(self) -> list[str]:
        """Return what failed, and the line that counts."""
        starts = [at for at, line in enumerate(self.said) if SUMMARY in line]
        return self.said[starts[-1] if starts else -1 :] or ["did not run"]


def all_runs(arguments: Sequence[str], memory: str | None) -> tuple[list[Run], list[Run]]:
    """Return the runs that compute and those that wait, each in their order."""
    colour = "yes" if sys.stdout.isatty() else "no"
    # Unbuffered, so that each file is told when it is through. Not by -m: typer would take the
    # commands that it runs for parts of that module.
    script = str(Path(sys.executable).with_name("pytest"))
    pytest = (sys.executable, "-u", script, f"--color={colour}", *arguments)
    kept = {"TMPDIR": memory} if memory else {}
    return (
        [
            Run("unit", [*YIELDING, *pytest, *COVERED, *paths("unit")], kept),
            Run("drawn", [*YIELDING, *pytest, *DRAWN, *paths("unit")], kept),
            Run("hermetic", [*YIELDING, *pytest, *paths(*HERMETIC)], kept),
        ],
        [Run(name, [*pytest, *SHORT, *paths(*its)]) for name, its in pieces()],
    )


def pieces() -> Iterator[tuple[str, Sequence[str]]]:
    """Yield name and entries of each piece of the real tests: the first of each folder first."""
    folders: dict[str, set[str]] = defaultdict(set)
    for path in ROOT.glob("*/**/test_*.py"):
        folder, entry = path.relative_to(ROOT).parts[:2]
        if folder not in {"unit", *HERMETIC}:
            folders[folder].add(f"{folder}/{entry}")
    for n in range(max(PIECES.values())):
        for folder in sorted(folders):
            count = PIECES.get(folder, 1)
            if n < count:
                name = f"{folder} {n + 1}/{count}" if count > 1 else folder
                yield name, sorted(folders[folder])[n::count]


def paths(*names: str) -> list[str]:
    """Return the paths of these folders or files of tests."""
    return [os.path.relpath(ROOT / name) for name in names]


async def run(arguments: Sequence[str]) -> int:
    """Run everything, and return the exit code."""
    interrupted = False

    async def lane(*queues: deque[Run]) -> None:
        for queue in queues:
            while queue and not interrupted:
                await queue.popleft().go(width, began)

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        for each in runs:
            each.interrupt()

    with in_memory() as memory:
        computing, waiting = map(deque, all_runs(arguments, memory))
        runs = [*computing, *waiting]
        width = max(len(each.name) for each in runs)
        began = time.monotonic()
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(end, interrupt)
        others = [lane(waiting) for _ in range(LANES - 1)]
        await asyncio.gather(lane(computing, waiting), *others)
    print()  # noqa: T201
    for line in (f"{each.name:<{width}} {line}" for each in runs for line in each.summary()):
        print(line)  # noqa: T201
    return 0 if all(each.passed for each in runs) else 1


@contextmanager
def in_memory() -> Iterator[str | None]:
    """Give a directory that no disk is waited for in, if this machine has room for one."""
    if not (os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="sip112-tests-", dir=MEMORY) as directory:
        Path(directory).chmod(0o755)  # PostgreSQL runs as another user than root
        yield directory


if __name__ == "__main__":
    sys.exit(asyncio.run(run(sys.argv[1:])))
