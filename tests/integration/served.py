"""The command `sip112` as a process of its own, for what must survive its death."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from rig import Rig, asking, network
from rig.pair import Pair
from rig.sipp import Behaviour, Call, Callers, Seats
from sip112.routing.call import CallState
from sip112.routing.ids import CentreCode
from sip112.service.settings import Settings
from sip112.store.store import Store
from tests.integration.centre import Reckoning, client, forget_everything, settings, stored_calls
from tests.integration.recording import Recording

COMMAND: Final = Path(sys.executable).with_name("sip112")
START_S: Final = 60.0
"""Seconds that it has to be ready: two suffice, but not on a machine with other things to do."""


def environment(chosen: Settings) -> dict[str, str]:
    """Return the environment that makes the command run with `chosen`."""
    values = chosen.model_dump(mode="json", exclude_defaults=True)
    if chosen.pbxs:
        for dumped, pbx in zip(values["pbxs"], chosen.pbxs, strict=True):
            dumped["secret"] = pbx.secret.get_secret_value()
            dumped["desk_secret"] = pbx.desk_secret.get_secret_value()
    else:
        values["ami_secret"] = chosen.ami_secret.get_secret_value()
        values["ami_desk_secret"] = chosen.ami_desk_secret.get_secret_value()
    values["trunks"] = ",".join(chosen.trunks)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SIP112_")}
    return ours | {
        f"SIP112_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }


async def sip112(chosen: Settings, *arguments: str, within: float = 30.0) -> tuple[int, str]:
    """Run the command to its end; return its exit code and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *arguments,
        env=environment(chosen),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(within):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, printed.decode()


class Served:
    """`sip112 serve` on an Asterisk or a pair; it can be killed and started again."""

    def __init__(self, front: Rig | Pair, chosen: Settings, log: Path) -> None:
        self.front = front
        self.settings = chosen
        self.api = client(chosen.http_port)
        self.store = Store(chosen.database_url)
        """Our own look at what it stores."""
        self.reckoning = Reckoning()
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", COMMAND, "serve"),
                env=environment(self.settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        await asking.until(self._is_ready, within=START_S, every=0.05, seen=self._log.read_text)

    async def kill(self) -> None:
        """End it as a crash does: at once, with nothing put in order."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it as systemd does."""
        await self._end(signal.SIGTERM)

    def send(self, what: signal.Signals) -> None:
        """Freeze or thaw it."""
        assert self._process is not None
        self._process.send_signal(what)

    async def close(self) -> None:
        """Leave nothing of it running."""
        if self._process is not None:
            await self.kill()
        await self.api.aclose()
        await self.store.close()

    async def log_in(self, *seats: str) -> None:
        """Log an agent in at each of `seats`, through the API."""
        for seat in seats:
            answer = await self.api.post(f"/v1/seats/{seat}/login", json={"agent": f"at-{seat}"})
            assert answer.status_code == 200, answer.text

    @asynccontextmanager
    async def seats(self, *names: str, does: Behaviour) -> AsyncIterator[Seats]:
        """Plug in phones of `names` that do as told, and have agents log in there."""
        async with Seats(self.front, names, does) as seats:
            self.reckoning.phones.append(seats)
            await self.log_in(*names)
            yield seats

    @asynccontextmanager
    async def calling(self, *calls: Call, within: float = 30.0) -> AsyncIterator[Callers]:
        """Place `calls`; at the end of the block wait until all have ended, and count them."""
        async with Callers(self.front, calls) as callers:
            yield callers
            counts = await callers.finish(within=within)
            assert counts.failed == 0, "SIPp says that a call failed"
            self.reckoning.created += counts.created

    async def calls(self) -> dict[str, dict[str, Any]]:
        """Return the calls in progress by their caller's number, as the API shows them."""
        items = (await self.api.get("/v1/calls/live")).json()["items"]
        return {call["caller"]["number"]: call for call in items}

    async def is_stored(self, number: str, state: CallState) -> bool:
        """Tell whether the store has the call from `number` in `state`."""
        calls = await stored_calls(self.store, CentreCode(self.settings.centre))
        return any(call.caller.number == number and call.state is state for call in calls)

    async def pause(self, seat: str, *, reason: str) -> None:
        """Pause a seat, through the API."""
        answer = await self.api.post(f"/v1/seats/{seat}/pause", json={"reason": reason})
        assert answer.status_code == 200, answer.text

    async def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self._log.read_text()
        try:
            return (await self.api.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            if self._process.returncode is None:
                self._process.send_signal(how)
            await self._process.wait()
            self._process = None


@asynccontextmanager
async def served(
    front: Rig | Pair, directory: Path, *, recording: Recording | None = None, **more: Any
) -> AsyncIterator[Served]:
    """Run `sip112 serve` on `front` with an empty store, and settle accounts at the end."""
    port = network.free_port(socket.SOCK_STREAM, "127.0.0.1")
    chosen = settings(
        front,
        f"sqlite:///{directory}/sip112.db",
        http_port=port,
        recording=recording.path if recording else None,
        **more,
    )
    await forget_everything(front, chosen)
    service = Served(front, chosen, directory / "serve.log")
    try:
        await service.start()
        yield service
        await service.reckoning.settle(front, service.store, CentreCode(chosen.centre))
        await service.stop()
        if recording is not None:
            recording.keep(chosen, service.reckoning.calls)
    finally:
        await service.close()
