"""The link between service and Asterisk breaks in the middle of calls."""

from __future__ import annotations

import re

from rig.asking import asterisk
from rig.sipp import Answer, Call
from sip112.routing.call import CallState
from tests.integration.conftest import OpenCentre

TALKING, WAITING = "08125550001", "08125550002"


async def test_link_lost(open_centre: OpenCentre) -> None:
    """It is back within seconds, knows who talks and who waits, and serves who waits."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.1)),
        centre.calling_in_turn(Call(number=TALKING), Call(number=WAITING)),
    ):
        await centre.until(lambda: centre.state(WAITING) is CallState.QUEUED, within=5)
        sessions = await asterisk(centre.rig, "manager show connected")
        [descriptor] = re.findall(
            r"^\s*sip112\s.*?\s(\d+)\s+\d+\s+\d+\s+\d+\s*$", sessions, re.MULTILINE
        )
        await asterisk(centre.rig, f"manager kick session {descriptor}")
        await centre.until(lambda: centre.link.state.reconnects == 1, within=5)
        assert centre.state(TALKING) is CallState.TALKING
        assert centre.state(WAITING) is CallState.QUEUED
        await centre.release("seat-01")
        await centre.release("seat-01")
