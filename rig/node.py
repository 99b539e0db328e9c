"""A node: ``sip112 serve`` as a process of its own, to be killed, frozen and started again."""

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
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from rig import Rig, RigError
from rig.asking import until
from rig.network import free_port
from sip112.people.token import digest, new_secret

SERVE: Final = (str(Path(sys.executable).with_name("sip112")), "serve")
READY_S: Final = 30.0
"""Seconds until a node must be ready; it takes about two, and the machine may be busy."""
_STOP_S: Final = 15.0
_SAMPLE: Final = re.compile(r"^(\w+)(?:\{([^}]*)\})? ([0-9.e+-]+)$", re.MULTILINE)
_FAULT: Final = ("Traceback (most recent call last)", "a fault in sip112")
_TAIL: Final = 15


class Node:
    """One process of the service, or none at the moment.

    Args:
        rig: the Asterisk.
        database: URL of the store.
        seats: those of the centre; all of the rig's, unless said.
        log: file to which all of its lives are logged.
        token: of the API; the same for all nodes that share the database. A new one, unless said.
        ami_port: where it finds AMI, if a proxy stands between.
        command: what is started in place of ``sip112 serve``.
        environment: more of it.
        name: among the nodes that share the database.
    """

    def __init__(
        self,
        rig: Rig,
        database: str,
        log: Path,
        *,
        seats: Sequence[str] = (),
        token: str = "",
        ami_port: int = 0,
        command: Sequence[str] = SERVE,
        environment: Mapping[str, str] | None = None,
        name: str = "node-1",
    ) -> None:
        self.name = name
        self.host = "127.0.0.1"
        self.port = free_port(socket.SOCK_STREAM, self.host)
        self.token = token or new_secret()
        tokens = [{"name": "rig", "digest": digest(self.token), "scopes": ["admin"]}]
        self.log = log
        self._command = command
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SIP112_")},
            "SIP112_NODE": name,
            "SIP112_CENTRE": rig.centre,
            "SIP112_DATABASE_URL": database,
            "SIP112_AMI_HOST": rig.ami_host,
            "SIP112_AMI_PORT": str(ami_port or rig.ami_port),
            "SIP112_AMI_USERNAME": rig.ami_username,
            "SIP112_AMI_SECRET": rig.ami_secret,
            "SIP112_AMI_DESK_USERNAME": rig.ami_desk_username,
            "SIP112_AMI_DESK_SECRET": rig.ami_desk_secret,
            "SIP112_SEATS": ",".join(seats or rig.seat_names),
            "SIP112_WRAP_UP_S": "0",
            "SIP112_RECORDINGS_PATH": str(rig.recordings),
            "SIP112_RECORD_CALLS": "false",  # SIPp's phones are silent
            "SIP112_HTTP_PORT": str(self.port),
            "SIP112_TOKENS": json.dumps(tokens),
            **(environment or {}),
        }
        self._process: asyncio.subprocess.Process | None = None
        self._http = httpx.AsyncClient(
            base_url=f"http://{self.host}:{self.port}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=10,
        )

    # --- its life -----------------------------------------------------------------------------

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
        await self._http.aclose()

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
            answer = await self._http.get("/readyz")
        except httpx.TransportError as error:
            return False, repr(error)
        return answer.is_success, answer.text

    async def facts(self) -> list[dict[str, Any]]:
        """Return the checks of ``/readyz``; httpx.HTTPError if there is no answer."""
        checks: list[dict[str, Any]] = (await self._http.get("/readyz")).json()["checks"]
        return checks

    async def holds(self, *names: str) -> bool:
        """Tell whether all checks of these names are there, and as they should be."""
        well = {check["name"] for check in await self.facts() if check["ok"]}
        return well.issuperset(names)

    async def owns(self) -> bool:
        """Tell whether it decides who rings; False if it does not answer."""
        try:
            return await self.holds("link", "routing")
        except (httpx.HTTPError, KeyError, ValueError):
            return False

    async def get(self, path: str) -> Any:
        """Return what the API answers to a GET; httpx.HTTPError if it does not."""
        answer = await self._http.get(path)
        answer.raise_for_status()
        return answer.json()

    async def seat(self, seat: str, command: str, **body: object) -> None:
        """Give a seat a command; one that changes nothing is no error."""
        answer = await self._http.post(f"/v1/seats/{seat}/{command}", json=body or None)
        if answer.status_code != httpx.codes.CONFLICT:
            answer.raise_for_status()

    async def log_in(self, seats: Iterable[str]) -> None:
        """Have somebody at each of `seats`."""
        for seat in seats:
            await self.seat(seat, "login", agent=f"agent-{seat}")

    async def metrics(self) -> Counter[str]:
        """Return its own figures, those of one name added up, and each check by its name."""
        answer = await self._http.get("/metrics")
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
