"""The service as it is in life: ``sip112 serve`` in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from bench.child import Child, child, cpu_s
from rig import Rig
from rig.asking import until
from rig.network import free_port
from sip112.api.auth import digest, new_secret
from sip112.store.store import Store

_HOST: Final = "127.0.0.1"
_START_S: Final = 60.0
_STOP_S: Final = 15.0
_LOOK_S: Final = 0.02
_SAMPLE: Final = re.compile(r"^(\w+)(?:\{([^}]*)\})? ([0-9.e+-]+)$", re.MULTILINE)


class Served:
    """One node on the rig, which can be killed, frozen and started again.

    Args:
        rig: the Asterisk.
        database: URL of the store.
        log: file to which all of its lives are logged.
        name: the node's, where there are several.
        nice: its priority.
    """

    def __init__(
        self, rig: Rig, database: str, log: Path, name: str = "bench", nice: int = 0
    ) -> None:
        self.host = _HOST
        self.port = free_port(socket.SOCK_STREAM, _HOST)
        self.token = new_secret()
        self.log = log
        self._nice = str(nice)
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("SIP112_")} | {
            "SIP112_CENTRE": rig.centre,
            "SIP112_NODE": name,
            "SIP112_DATABASE_URL": database,
            "SIP112_AMI_HOST": rig.ami_host,
            "SIP112_AMI_PORT": str(rig.ami_port),
            "SIP112_AMI_USERNAME": rig.ami_username,
            "SIP112_AMI_SECRET": rig.ami_secret,
            "SIP112_SEATS": ",".join(rig.seat_names),
            "SIP112_WRAP_UP_S": "0",
            "SIP112_HTTP_PORT": str(self.port),
            "SIP112_TOKENS": json.dumps(
                [{"name": "bench", "digest": digest(self.token), "scopes": ["admin"]}]
            ),
        }
        self._process: asyncio.subprocess.Process | None = None
        self._client = httpx.AsyncClient(
            base_url=f"http://{_HOST}:{self.port}",
            headers={"Authorization": f"Bearer {self.token}"},
        )

    # --- its life -----------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """Its process id; RuntimeError if it is not there."""
        if self._process is None:
            raise RuntimeError("the service is not running")
        return self._process.pid

    async def spawn(self) -> float:
        """Start it, wait for nothing, and return when that was, by the monotonic clock."""
        began = time.monotonic()
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL"),  # should the bench be killed
                *("nice", "-n", self._nice),
                *(str(Path(sys.executable).with_name("sip112")), "serve"),
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return began

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        await self.spawn()
        await self.until(self.ready)

    async def until(self, condition: Any, within: float = _START_S) -> float:
        """Wait until it says so, and return when that was; its log tells why it does not."""

        async def holds() -> bool:
            if self._process is None or self._process.returncode is not None:
                raise RuntimeError(f"the service has ended by itself; see {self.log}")
            try:
                return bool(await condition())
            except httpx.TransportError:
                return False

        await until(holds, within=within, every=_LOOK_S, seen=lambda: f"see {self.log}")
        return time.monotonic()

    async def kill(self) -> float:
        """End it as a crash does, and return when that was, by the monotonic clock."""
        self.send(signal.SIGKILL)
        killed = time.monotonic()
        await self._ended()
        return killed

    def send(self, what: signal.Signals) -> None:
        """Freeze or thaw it."""
        os.kill(self.pid, what)

    async def close(self) -> None:
        """End it in good order, if it is there, and let the client go."""
        if self._process is not None and self._process.returncode is None:
            self.send(signal.SIGCONT)
            self._process.terminate()
            try:
                async with asyncio.timeout(_STOP_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        await self._ended()
        await self._client.aclose()

    async def _ended(self) -> None:
        if self._process is not None:
            await self._process.wait()
            self._process = None

    # --- what it says and does ------------------------------------------------------------------

    async def ready(self) -> bool:
        """Tell whether the service is connected, knows Asterisk's state, and can store."""
        return (await self._client.get("/readyz")).status_code == httpx.codes.OK

    async def routes(self) -> bool:
        """Tell whether it decides who rings."""
        return await self._fact("routing") == "the service decides who rings"

    async def stands_by(self) -> bool:
        """Tell whether it knows that another node owns the centre."""
        return (await self._fact("owner")).endswith("this node stands by")

    async def _fact(self, name: str) -> str:
        checks = (await self._client.get("/readyz")).json()["checks"]
        return next((str(each["detail"]) for each in checks if each["name"] == name), "")

    async def get(self, path: str) -> Any:
        """Return what the API answers to a GET."""
        answer = await self._client.get(path)
        answer.raise_for_status()
        return answer.json()

    async def seat(self, seat: str, command: str, **body: object) -> None:
        """Give a seat a command; one that changes nothing is no error."""
        answer = await self._client.post(f"/v1/seats/{seat}/{command}", json=body or None)
        if answer.status_code != httpx.codes.CONFLICT:
            answer.raise_for_status()

    async def log_in(self, seats: Sequence[str]) -> None:
        """Have somebody at each of `seats`."""
        for seat in seats:
            await self.seat(seat, "login", agent=f"agent-{seat}")

    async def metrics(self) -> Counter[str]:
        """Return the service's own figures: those of one name added up, and each check's."""
        answer = await self._client.get("/metrics")
        answer.raise_for_status()
        figures: Counter[str] = Counter()
        for name, labels, value in _SAMPLE.findall(answer.text):
            figures[name] += float(value)  # type: ignore[assignment]  # figures are floats too
            if name == "sip112_check_ok":
                check = labels.partition('check="')[2].partition('"')[0]
                figures[check] = float(value)  # type: ignore[assignment]
        return figures

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
    try:
        await served.start()
        yield served
    finally:
        await served.close()


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
