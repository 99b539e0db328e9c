"""Hold: the caller hears music, as sound on the wire, and silence when the seat is back."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from rig import Rig, network
from rig.sipp import Answer
from sip112.routing.call import CallState
from tests.integration.conftest import OpenCentre
from tests.integration.play import playing

NUMBER = "08125550001"
QUIET = {0x7E, 0x7F, 0xFE, 0xFF}
"""PCMU for next to nothing (ITU-T G.711)."""


class Ear(asyncio.DatagramProtocol):
    """Counts the packets that carry sound, and those that carry silence."""

    def __init__(self) -> None:
        self.loud = 0
        self.quiet = 0

    def datagram_received(self, data: bytes, _: object) -> None:
        """Take one packet of RTP."""
        if set(data[12:]) <= QUIET:
            self.quiet += 1
        else:
            self.loud += 1


async def test_who_is_on_hold_hears_music(open_centre: OpenCentre, rig: Rig) -> None:
    """A second of it at least; before and after there is none, since the seat says nothing."""
    port = network.free_port(socket.SOCK_DGRAM, rig.trunk_host)
    loop = asyncio.get_running_loop()
    transport, ear = await loop.create_datagram_endpoint(Ear, local_addr=(rig.trunk_host, port))
    scenario = Path(__file__).with_name("hears.xml")
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.1)),
        playing(rig, scenario, "-key", "hears", str(port)) as caller,
    ):
        await centre.until(lambda: centre.state(NUMBER) is CallState.TALKING, within=5)
        call = centre.live(NUMBER)
        assert call is not None
        path = f"/v1/calls/{call.id}"
        for _ in range(2):
            loud = ear.loud
            held = await centre.api.post(f"{path}/hold", json={"seat": "seat-01"})
            assert held.status_code == 200, held.text
            await centre.until(lambda before=loud: ear.loud >= before + 50, within=8)
            back = await centre.api.post(f"{path}/resume", json={"seat": "seat-01"})
            assert back.status_code == 200, back.text
            quiet, loud = ear.quiet, ear.loud
            await centre.until(lambda before=quiet: ear.quiet >= before + 25, within=5)
            assert ear.loud <= loud + 5, "there is music while the seat is with the caller"
        over = await centre.api.post(f"{path}/hang-up", json={"seat": "seat-01"})
        assert over.status_code == 200, over.text
        centre.count(await caller.finish(within=10))
    transport.close()
