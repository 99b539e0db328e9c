"""A real Twinkle at a seat: our script opens the ticket, and the phone rings all the same."""

from __future__ import annotations

import re

from rig import Rig
from rig.sipp import Call
from sip112.routing.call import CallState
from tests.integration.centre import PUBLIC_URL
from tests.integration.conftest import OpenCentre
from tests.integration.twinkle import Twinkle, ensure_installed

SEAT = "seat-04"
NUMBER = "08125550001"


async def test_twinkle(open_centre: OpenCentre, rig: Rig) -> None:
    """The ticket of the call that rings, once; the caller's name is none of the script's."""
    ensure_installed()
    seats = ({"id": SEAT, "popup": ["twinkle"]},)
    async with (
        open_centre(seats=seats, ring_s=15) as centre,
        Twinkle(rig, SEAT, PUBLIC_URL) as phone,
    ):
        await centre.log_in(SEAT)
        call = Call(number=NUMBER, name="$(touch /tmp/x) `id` <b>", hang_up_at=3)
        async with centre.calling(call):
            await centre.until(lambda: phone.opened, within=5)
            await centre.until(lambda: centre.state(NUMBER) is CallState.RINGING, within=5)
        said = phone.said()
        opened = phone.opened
    [ended] = centre.calls
    assert opened == [f"{PUBLIC_URL}/t/{ended.ticket_number}"]
    assert ended.offers[0].rang_at is not None
    assert re.search(r"Execute script: \S+/sip112-popup http", said)
