"""A caller who needs a language is put through to those who speak it, and to nobody else."""

from __future__ import annotations

from rig.sipp import Answer, Call
from sip112.routing.call import CallState
from tests.integration.conftest import OpenCentre

FIRST, SECOND, LOCAL = "08125550001", "08125550002", "08125550003"


async def test_skills(open_centre: OpenCentre) -> None:
    """The second English caller waits for the agent who speaks English, though a seat is free."""
    calls = [
        Call(number=FIRST, dial="1128"),
        Call(number=SECOND, dial="1128"),
        Call(number=LOCAL),
    ]
    async with (
        open_centre() as centre,
        centre.seats("seat-01", "seat-02", does=Answer(after=0.1), on_duty=False) as seats,
    ):
        await centre.log_in("seat-01", skills=["id"])
        await centre.log_in("seat-02", skills=["id", "en"])
        async with centre.calling_in_turn(*calls[:2]):
            await centre.until(lambda: centre.state(SECOND) is CallState.QUEUED, within=5)
            assert centre.seat("seat-01").free
            async with centre.calling(calls[2]):
                await centre.release("seat-01")
            await centre.release("seat-02")
            await centre.release("seat-02")
    assert [(invite.seat, invite.number) for invite in seats.invites] == [
        ("seat-02", FIRST),
        ("seat-01", LOCAL),
        ("seat-02", SECOND),
    ]
