"""Processes of the bench: they say ``ready``, work, and tell what they found when asked to end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

_READY_S: Final = 10.0
_LINE_LIMIT: Final = 1 << 28


def cpu_s(pid: int) -> float:
    """Return the seconds of CPU that a process's threads have used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Child:
    """One running helper process."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name = name
        self._process = process
        self.found: Any = None
        """What it found; there once it has ended."""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def start(self, first: str) -> None:
        """Give it its first line of input and wait until it is ready."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe, by construction
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(first.encode())
        async with asyncio.timeout(_READY_S):
            line = await self._process.stdout.readline()
        if line != b"ready\n":
            raise RuntimeError(f"{self._name} did not start; see what it said above")

    def tell(self, line: str) -> None:
        """Give it a line of input."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe, by construction
        self._process.stdin.write(line.encode())

    async def end(self) -> None:
        """Have it end, and take what it found."""
        output, _ = await self._process.communicate(b"")
        if self._process.returncode != 0:
            raise RuntimeError(f"{self._name} failed; see what it said above")
        self.found = json.loads(output) if output else None

    def kill(self) -> None:
        """End it without a word."""
        if self._process.returncode is None:
            self._process.kill()


@asynccontextmanager
async def child(module: str, *arguments: str, first: str = "") -> AsyncIterator[Child]:
    """Run a module of the bench beside it; after the block, `Child.found` is what it found."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT,
    )
    running = Child(module, process)
    try:
        await running.start(first)
        yield running
        await running.end()
    finally:
        running.kill()
        await process.wait()
