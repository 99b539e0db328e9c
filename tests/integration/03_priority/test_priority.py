"""A call of higher priority is served before those that came earlier."""

from __future__ import annotations

from rig.sipp import Answer, Call
from sip112.routing.call import CallState
from tests.integration.conftest import OpenCentre

URGENT = "08125550009"


async def test_priority(open_centre: OpenCentre) -> None:
    """The last to come is the first to be answered, and stands first in Asterisk's queue."""
    calls = [
        Call(number="08125550001"),
        Call(number="08125550002"),
        Call(number="08125550003"),
        Call(number=URGENT, dial="1129"),
    ]
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.1)) as seats,
        centre.calling_in_turn(*calls),
    ):
        await centre.until(lambda: centre.state(URGENT) is CallState.QUEUED, within=5)
        queue = (await centre.api.get("/v1/queue")).json()["items"]
        assert queue[0]["call"]["caller"]["number"] == URGENT
        assert queue[0]["call"]["position"] == 1
        for _ in calls:
            await centre.release("seat-01")
    assert [invite.number for invite in seats.invites] == [
        "08125550001",
        URGENT,
        "08125550002",
        "08125550003",
    ]
