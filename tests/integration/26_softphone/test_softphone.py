"""A real softphone at a seat: it shows the ticket, answers, and sound flows both ways."""

from __future__ import annotations

import re
from pathlib import Path

from rig import Rig, asking
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre
from tests.integration.play import playing
from tests.integration.softphone import Softphone, ensure_installed

SEAT = "seat-04"
NUMBER = "08125550001"


async def test_softphone(open_centre: OpenCentre, rig: Rig) -> None:
    """It rings with ticket number and caller, its agent answers, RTP flows in and out."""
    ensure_installed()
    async with open_centre() as centre, Softphone(rig, SEAT) as phone:
        await centre.log_in(SEAT)
        async with playing(rig, Path(__file__).with_name("echo.xml"), "-rtp_echo") as caller:
            await phone.until_told("CALL_INCOMING", within=5)
            [call] = centre.desk.calls()
            assert phone.incoming is not None
            assert phone.incoming["peerdisplayname"] == f"{call.ticket_number} {NUMBER}"
            assert phone.incoming["peeruri"].startswith(f"sip:{NUMBER}@")
            phone.answer()
            await phone.until_told("CALL_ESTABLISHED", within=5)
            await centre.until(lambda: _hears_and_speaks(centre), within=10)
            phone.hang_up()
            centre.count(await caller.finish(within=10))
        centre.reckoning.picked_up = 1
        await centre.until(lambda: centre.seat(SEAT).free, within=5)
    assert centre.calls[0].seat == SEAT


async def _hears_and_speaks(centre: Centre) -> bool:
    """Tell whether half a second of sound has gone to the phone, and as much come from it."""
    said = await asking.asterisk(centre.rig, "pjsip show channelstats")
    for line in said.splitlines():
        counts = re.search(rf"{SEAT}-\S+ +\S+ +\S+ +(\d+) +\d+ +\d+ +\S+ +(\d+) ", line)
        if counts is not None:
            return all(int(count) > 25 for count in counts.groups())
    return False
