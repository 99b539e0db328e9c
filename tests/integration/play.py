"""Plays a SIPp scenario of a folder's own, where the rig's caller cannot say what it sends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from rig import Rig, network
from rig.sipp import Counts, _Sipp

_SPEAKS: Final = Path(__file__).with_name("speaks.xml")


def speech(directory: Path, hertz: int) -> Path:
    """Write the scenario of a caller who says a tone (a square wave), in A-law, without end."""
    said = directory / f"speech-{hertz}.alaw"
    half = 8_000 // hertz // 2
    said.write_bytes((b"\xa5" * half + b"\x25" * half) * hertz * 10)  # loud, both ways
    scenario = directory / f"speaks-{hertz}.xml"
    scenario.write_text(_SPEAKS.read_text().replace("@speech@", str(said)))
    return scenario


class Played:
    """Calls that are placed as a scenario of their own has it."""

    def __init__(self, sipp: _Sipp) -> None:
        self._sipp = sipp

    async def finish(self, *, within: float) -> Counts:
        """Wait until all have ended; return SIPp's own counts."""
        async with asyncio.timeout(within):
            await self._sipp.ended()
        counts = self._sipp.counts()
        assert counts.failed == 0, self._sipp.complaint()
        return counts


@asynccontextmanager
async def playing(
    rig: Rig, scenario: Path, *options: str, calls: int = 1, rate: int = 10
) -> AsyncIterator[Played]:
    """Place `calls` into `rig` as `scenario` has it, with more `options` of SIPp's."""
    sipp = _Sipp(rig, rig.for_callers, scenario.stem, lambda _at, _words: None)
    host = rig.trunk_host
    try:
        port = network.free_port(socket.SOCK_DGRAM, host)
        counts = ("-m", str(calls), "-l", str(calls), "-r", str(rate))
        text = await asyncio.to_thread(scenario.read_text, encoding="ascii")
        await sipp.start(host, port, text, *counts, *options)
        yield Played(sipp)
    finally:
        await sipp.close()
