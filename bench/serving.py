"""The service as it is in life: ``sip112 serve`` in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from bench.child import Child, child, cpu_s
from rig import Rig
from rig.network import free_port
from sip112.api.auth import digest, new_secret
from sip112.store.store import Store

_HOST: Final = "127.0.0.1"
_START_S: Final = 15.0
_STOP_S: Final = 15.0
_LOOK_S: Final = 0.05
_SAMPLE: Final = re.compile(r"^(\w+)(?:\{[^}]*\})? ([0-9.e+-]+)$", re.MULTILINE)


class Served:
    """One running service."""

    def __init__(
        self, process: asyncio.subprocess.Process, port: int, token: str, database: Path
    ) -> None:
        self.process = process
        self.host = _HOST
        self.port = port
        self.token = token
        self.database = database
        self._client = httpx.AsyncClient(
            base_url=f"http://{_HOST}:{port}", headers={"Authorization": f"Bearer {token}"}
        )

    async def close(self) -> None:
        """Let the client go."""
        await self._client.aclose()

    async def ready(self) -> bool:
        """Tell whether the service is connected, knows Asterisk's state, and can store."""
        try:
            return (await self._client.get("/readyz")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

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
        """Return the service's own figures, those of one name added up."""
        answer = await self._client.get("/metrics")
        answer.raise_for_status()
        figures: Counter[str] = Counter()
        for name, value in _SAMPLE.findall(answer.text):
            figures[name] += float(value)  # type: ignore[assignment]  # figures are floats too
        return figures

    def cpu_s(self) -> float:
        """Return the seconds of CPU that it has used."""
        return cpu_s(self.process.pid)

    def rss_mb(self) -> float:
        """Return the memory that it holds, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        return int(found[1]) * 1024 / 1e6 if found else 0.0


@asynccontextmanager
async def serving(rig: Rig, database: Path) -> AsyncIterator[Served]:
    """Run the service on the rig, ready for calls once somebody is logged in."""
    token = new_secret()
    tokens = [{"name": "bench", "digest": digest(token), "scopes": ["admin"]}]
    port = free_port(socket.SOCK_STREAM, _HOST)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SIP112_")} | {
        "SIP112_CENTRE": rig.centre,
        "SIP112_DATABASE_URL": f"sqlite:///{database}",
        "SIP112_AMI_HOST": rig.ami_host,
        "SIP112_AMI_PORT": str(rig.ami_port),
        "SIP112_AMI_USERNAME": rig.ami_username,
        "SIP112_AMI_SECRET": rig.ami_secret,
        "SIP112_SEATS": ",".join(rig.seat_names),
        "SIP112_WRAP_UP_S": "0",
        "SIP112_HTTP_PORT": str(port),
        "SIP112_TOKENS": json.dumps(tokens),
    }
    await _migrate(database)
    log = database.with_suffix(".log")
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL"),  # should the bench be killed
            *(str(Path(sys.executable).with_name("sip112")), "serve"),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    served = Served(process, port, token, database)
    try:
        async with asyncio.timeout(_START_S):
            while not await served.ready():
                if process.returncode is not None:
                    raise RuntimeError(f"the service did not start; see {log}")
                await asyncio.sleep(_LOOK_S)
        yield served
    finally:
        await served.close()
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _migrate(database: Path) -> None:
    """Make the tables, so that the service starts as it does on all days but the first."""
    store = Store(f"sqlite:///{database}")
    await store.migrate()
    await store.close()


@asynccontextmanager
async def watched(served: Served, *, commits: bool = False) -> AsyncIterator[Child]:
    """Have somebody follow the service's event stream, and with `commits` its database too."""
    database = str(served.database) if commits else ""
    where = (served.host, str(served.port), database)
    async with child("bench.watcher", *where, first=f"{served.token}\n") as watcher:
        yield watcher
