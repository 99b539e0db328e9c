"""The command `sip112` as a process of its own, for what must survive its death."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rig import Rig, node
from rig.pair import Pair
from rig.sipp import Behaviour, Call, Callers, Seats
from sip112.routing.call import CallState
from sip112.routing.ids import CentreCode
from sip112.service.settings import Settings
from sip112.store.store import Store
from tests.integration.centre import TOKEN, Reckoning, forget_everything, settings, stored_calls
from tests.integration.recording import Recording


def by_name(chosen: Settings) -> dict[str, str]:
    """Return the settings by their names in the environment."""
    values = chosen.model_dump(mode="json", exclude_defaults=True)
    if chosen.pbxs:
        for dumped, pbx in zip(values["pbxs"], chosen.pbxs, strict=True):
            dumped["secret"] = pbx.secret.get_secret_value()
            dumped["desk_secret"] = pbx.desk_secret.get_secret_value()
    else:
        values["ami_secret"] = chosen.ami_secret.get_secret_value()
        values["ami_desk_secret"] = chosen.ami_desk_secret.get_secret_value()
    values["trunks"] = ",".join(chosen.trunks)
    if networks := chosen.handoff_private_networks:
        values["handoff_private_networks"] = ",".join(map(str, networks))
    return {
        f"SIP112_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }


async def sip112(chosen: Settings, *arguments: str, within: float = 30.0) -> tuple[int, str]:
    """Run the command to its end; return its exit code and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        node.SIP112,
        *arguments,
        env=node.environment(by_name(chosen)),
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


class Served(node.Node):
    """A node on an Asterisk or a pair whose accounts are settled."""

    def __init__(self, front: Rig | Pair, chosen: Settings, log: Path) -> None:
        super().__init__(by_name(chosen), log, token=TOKEN)
        self.front = front
        self.settings = chosen
        self.store = Store(chosen.database_url)
        """Our own look at what it stores."""
        self.reckoning = Reckoning()

    async def close(self) -> None:
        """Leave nothing of it running."""
        await super().close()
        await self.store.close()

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
        items = (await self.get("/v1/calls/live"))["items"]
        return {call["caller"]["number"]: call for call in items}

    async def is_stored(self, number: str, state: CallState) -> bool:
        """Tell whether the store has the call from `number` in `state`."""
        calls = await stored_calls(self.store, CentreCode(self.settings.centre))
        return any(call.caller.number == number and call.state is state for call in calls)


@asynccontextmanager
async def served(
    front: Rig | Pair, directory: Path, *, recording: Recording | None = None, **more: Any
) -> AsyncIterator[Served]:
    """Run `sip112 serve` on `front` with an empty store, and settle accounts at the end."""
    chosen = settings(
        front,
        f"sqlite:///{directory}/sip112.db",
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
