"""The service as it is in life: ``sip112 serve`` in a process of its own."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

from bench.child import Child, child, cpu_s
from rig import Rig, RigError
from rig.asking import until
from rig.node import SERVE, Node, usual
from sip112.store.store import Store

_START_S: Final = 60.0
_LOOK_S: Final = 0.02


class Served(Node):
    """A node whose memory and CPU are measured. The log tells why it does not do as it should."""

    def __init__(
        self, rig: Rig, database: str, log: Path, name: str = "bench", nice: int = 0
    ) -> None:
        settings = usual(rig, database) | {
            "SIP112_NODE": name,
            "SIP112_WRAP_UP_S": "0",
            "SIP112_HANDOFF_PRIVATE_NETWORKS": "127.0.0.0/8",
        }
        super().__init__(settings, log, command=("nice", "-n", str(nice), *SERVE))

    async def until(
        self, condition: Callable[[], Awaitable[object]], within: float = _START_S
    ) -> float:
        """Wait until it says so, and return when that was, by the monotonic clock."""

        async def holds() -> bool:
            if not self.is_running:
                raise RigError(f"the service has ended by itself; see {self.log}")
            try:
                return bool(await condition())
            except httpx.TransportError:
                return False

        await until(holds, within=within, every=_LOOK_S, seen=lambda: f"see {self.log}")
        return time.monotonic()

    async def routes(self) -> bool:
        """Tell whether it decides who rings."""
        return await self.detail("routing") == "the service decides who rings"

    async def written(self) -> bool:
        """Tell whether all that happened is in its store."""
        return not (await self.metrics())["sip112_store_pending"]

    def cpu_s(self) -> float:
        """Return the seconds of CPU that it has used."""
        return cpu_s(self.pid)

    def rss_mb(self) -> float:
        """Return the memory that it holds, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        return int(found[1]) * 1024 / 1e6 if found else 0.0


@asynccontextmanager
async def serving(
    rig: Rig, database: str, log: Path, name: str = "bench", nice: int = 0
) -> AsyncIterator[Served]:
    """Run the service on the rig, ready for calls once somebody is logged in."""
    await _migrate(database)
    served = Served(rig, database, log, name, nice)
    async with served.up():
        yield served


async def _migrate(database: str) -> None:
    """Make the tables, so that the service starts as it does on all days but the first."""
    store = Store(database)
    await store.migrate()
    await store.close()


@asynccontextmanager
async def watched(served: Served, commits: Path | None = None) -> AsyncIterator[Child]:
    """Have somebody follow the service's event stream, and the SQLite file `commits` too."""
    where = (served.host, str(served.port), str(commits or ""))
    async with child("bench.watcher", *where, first=f"{served.token}\n") as watcher:
        yield watcher
