"""Nobody takes calls, then somebody logs in."""

from __future__ import annotations

from rig.sipp import Answer, Call
from sip112.routing.call import CallState
from tests.integration.conftest import OpenCentre


async def test_all_paused_then_one_logs_in(open_centre: OpenCentre) -> None:
    """The caller waits while all are paused, and rings at once where an agent logs in."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", "seat-02", does=Answer(after=0.2)) as paused,
        centre.seats("seat-03", does=Answer(after=0.2, talk=0.5), on_duty=False) as seats,
    ):
        for seat in ("seat-01", "seat-02"):
            await centre.command(seat, "pause", reason="break")
        async with centre.calling(Call(number="08125550001")):
            await centre.until(lambda: centre.state("08125550001") is CallState.QUEUED, within=5)
            await centre.command("seat-03", "login", agent="sari")
            await seats.until(lambda: seats.answered == 1, within=2)
            assert centre.seat("seat-01").pause_reason == "break"
    assert paused.invites == []
    [call] = centre.calls
    assert (call.seat, call.agent) == ("seat-03", "sari")
