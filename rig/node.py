"""A node: ``sip112 serve`` as a process of its own, to be killed, frozen and started again.

Whatever runs the service from outside does it here. What uses it talks to it over HTTP like any
client, with a token that may do everything.

    node = Node(usual(rig, database) | {"SIP112_RING_S": "3"}, log)
    async with node.up():
        await node.log_in("seat-01")
"""

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
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from rig import Rig, RigError
from rig.asking import until
from rig.network import free_port
from sip112.api.notices import EVENT as NOTICE
from sip112.people.token import digest, new_secret

SIP112: Final = str(Path(sys.executable).with_name("sip112"))
SERVE: Final = (SIP112, "serve")
READY_S: Final = 120.0
"""Seconds until a node must be ready; it takes about two, but not on a machine with other things
to do."""
_STOP_S: Final = 15.0
_SAMPLE: Final = re.compile(r"^(\w+)(?:\{([^}]*)\})? ([0-9.e+-]+)$", re.MULTILINE)
_FAULT: Final = ("Traceback (most recent call last)", "a fault in sip112")
_TAIL: Final = 15


def usual(rig: Rig, database: str, *, seats: Sequence[str] = ()) -> dict[str, str]:
    """Return the settings of a node on `rig` with its store at `database`, a URL.

    Seats are all of the rig's, unless said.
    """
    return {
        "SIP112_CENTRE": rig.centre,
        "SIP112_DATABASE_URL": database,
        "SIP112_AMI_HOST": rig.ami_host,
        "SIP112_AMI_PORT": str(rig.ami_port),
        "SIP112_AMI_USERNAME": rig.ami_username,
        "SIP112_AMI_SECRET": rig.ami_secret,
        "SIP112_AMI_DESK_USERNAME": rig.ami_desk_username,
        "SIP112_AMI_DESK_SECRET": rig.ami_desk_secret,
        "SIP112_SEATS": ",".join(seats or rig.seat_names),
        "SIP112_TRUNKS": "trunk",
        "SIP112_RECORDINGS_PATH": str(rig.recordings),
        "SIP112_RECORD_CALLS": "false",  # SIPp's phones are silent
    }


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with these of the service's settings, and none of our own."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SIP112_")}
    return ours | dict(settings)


class Node:
    """One process of the service, or none at the moment.

    Args:
        settings: by their names in the environment; more of its environment may stand there too.
        log: file to which all of its lives are logged.
        token: of the API; the same for all nodes that share the database. A new one, unless said.
        port: of the API; a free one, unless said.
        command: what is started in place of ``sip112 serve``.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        log: Path,
        *,
        token: str = "",
        port: int = 0,
        command: Sequence[str] = SERVE,
    ) -> None:
        self.name = settings.get("SIP112_NODE", "")
        """Among the nodes that share the database."""
        self.host = "127.0.0.1"
        self.port = port or free_port(socket.SOCK_STREAM, self.host)
        self.url = f"http://{self.host}:{self.port}"
        self.token = token or new_secret()
        tokens = [{"name": "rig", "digest": digest(self.token), "scopes": ["admin"]}]
        self.log = log
        self.api = httpx.AsyncClient(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=10
        )
        """A client that may do everything."""
        self._command = command
        self._environment = environment(
            {
                **settings,
                "SIP112_HTTP_PORT": str(self.port),
                "SIP112_TOKENS": json.dumps(tokens),
            }
        )
        self._process: asyncio.subprocess.Process | None = None

    # --- its life -----------------------------------------------------------------------------

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Start it, and stop it in good order when the block ends, if it runs by then."""
        try:
            await self.start()
            yield
        finally:
            try:
                await self.stop()
            finally:
                await self.close()

    @property
    def pid(self) -> int:
        """Its process id; RigError if it is not there."""
        if self._process is None:
            raise RigError("the node is not running")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether its process is there, frozen or not."""
        return self._process is not None and self._process.returncode is None

    async def spawn(self) -> float:
        """Start it, wait for nothing, and return when that was, by the monotonic clock."""
        began = time.monotonic()
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL"),  # should whoever started it be killed
                *self._command,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return began

    async def start(self) -> float:
        """Start it, wait until it is ready, and return how many seconds it took."""
        began = await self.spawn()
        await self.until_ready()
        return time.monotonic() - began

    async def until_ready(self, *, within: float = READY_S) -> None:
        """Return when it is ready. TimeoutError has what it says instead."""
        said = ["nothing"]

        async def ready() -> bool:
            if not self.is_running:
                raise RigError(f"the node has ended by itself\n{self.tail()}")
            is_ready, said[0] = await self.readiness()
            return is_ready

        await until(ready, within=within, every=0.02, seen=lambda: f"{said[0]}\n{self.tail()}")

    async def kill(self) -> float:
        """End it as a crash does, and return when that was, by the monotonic clock."""
        killed = time.monotonic()
        await self._end(signal.SIGKILL)
        return killed

    async def stop(self) -> float:
        """End it as systemd does, and return how many seconds it took. RigError if it hangs."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(_STOP_S):
                await self._end(signal.SIGTERM)
        except TimeoutError:
            await self.kill()
            raise RigError(f"the node did not stop within {_STOP_S:g} s") from None
        return time.monotonic() - began

    def freeze(self) -> None:
        """Have it stand still, as a machine that swaps or a hypervisor that pauses does."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        os.kill(self.pid, signal.SIGCONT)

    async def close(self) -> None:
        """Leave nothing of it running."""
        if self._process is not None:
            await self.kill()
        await self.api.aclose()

    async def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.send_signal(how)
            if how is not signal.SIGKILL:
                self._process.send_signal(signal.SIGCONT)
        await self._process.wait()
        self._process = None

    # --- what it says ---------------------------------------------------------------------------

    async def readiness(self) -> tuple[bool, str]:
        """Tell whether it is ready, and what it says of that."""
        try:
            answer = await self.api.get("/readyz")
        except httpx.TransportError as error:
            return False, repr(error)
        return answer.is_success, answer.text

    async def facts(self) -> list[dict[str, Any]]:
        """Return the checks of ``/readyz``; httpx.HTTPError if there is no answer."""
        checks: list[dict[str, Any]] = (await self.api.get("/readyz")).json()["checks"]
        return checks

    async def holds(self, *names: str) -> bool:
        """Tell whether all checks of these names are there, and as they should be."""
        well = {check["name"] for check in await self.facts() if check["ok"]}
        return well.issuperset(names)

    async def detail(self, name: str) -> str:
        """Return what the check of this name says; empty if there is none."""
        return next(
            (str(each["detail"]) for each in await self.facts() if each["name"] == name), ""
        )

    async def stands_by(self) -> bool:
        """Tell whether it knows that another node owns the centre."""
        return (await self.detail("owner")).endswith("this node stands by")

    async def owns(self) -> bool:
        """Tell whether it decides who rings; False if it does not answer."""
        try:
            return await self.holds("link", "routing")
        except (httpx.HTTPError, KeyError, ValueError):
            return False

    async def get(self, path: str) -> Any:
        """Return what the API answers to a GET; httpx.HTTPError if it does not."""
        answer = await self.api.get(path)
        answer.raise_for_status()
        return answer.json()

    async def seat(self, seat: str, command: str, **body: object) -> None:
        """Give a seat a command; one that changes nothing is no error."""
        answer = await self.api.post(f"/v1/seats/{seat}/{command}", json=body or None)
        if answer.status_code != httpx.codes.CONFLICT:
            answer.raise_for_status()

    async def log_in(self, *seats: str) -> None:
        """Have somebody at each of `seats`."""
        for seat in seats:
            await self.seat(seat, "login", agent=f"agent-{seat}")

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what the journal tells, as it happens; notices come between and are left out."""
        timeout = httpx.Timeout(10, read=None)
        async with self.api.stream("GET", "/v1/events", timeout=timeout) as stream:
            event = ""
            async for line in stream.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data" and event != NOTICE:
                    yield json.loads(value)

    async def metrics(self) -> Counter[str]:
        """Return its own figures, those of one name added up, and each check by its name."""
        answer = await self.api.get("/metrics")
        answer.raise_for_status()
        figures: Counter[str] = Counter()
        for name, labels, value in _SAMPLE.findall(answer.text):
            figures[name] += float(value)  # type: ignore[assignment]  # figures are floats too
            if name == "sip112_check_ok":
                check = labels.partition('check="')[2].partition('"')[0]
                figures[check] = float(value)  # type: ignore[assignment]
        return figures

    def faults(self) -> list[str]:
        """Return the lines of its log that tell of a fault of its own."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(sign in line for sign in _FAULT)]

    def tail(self) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL:])
