"""Time for the paperwork after a call."""

from __future__ import annotations

from rig.sipp import Answer, Call
from sip112.routing.seat import SeatState
from tests.integration.conftest import OpenCentre


async def test_wrap_up(open_centre: OpenCentre) -> None:
    """The next caller waits until the wrap-up time is over, and then rings by itself."""
    async with (
        open_centre(wrap_up_s=1.5) as centre,
        centre.seats("seat-01", does=Answer(after=0.1, talk=0.5)) as seats,
        centre.calling_in_turn(Call(number="08125550001"), Call(number="08125550002")),
    ):
        await centre.until(lambda: centre.seat("seat-01").state is SeatState.WRAP_UP, within=5)
        await seats.until(lambda: seats.answered == 2, within=5)
    first, second = seats.invites
    assert 1.4 < second.at - first.ended_at < 2.5


async def test_ended_early(open_centre: OpenCentre) -> None:
    """The agent is done sooner: the seat rings in the same moment."""
    async with (
        open_centre(wrap_up_s=60) as centre,
        centre.seats("seat-01", does=Answer(after=0.1, talk=0.5)) as seats,
        centre.calling_in_turn(Call(number="08125550001"), Call(number="08125550002")),
    ):
        await centre.until(lambda: centre.seat("seat-01").state is SeatState.WRAP_UP, within=5)
        await centre.command("seat-01", "end-wrap-up")
        await seats.until(lambda: seats.answered == 2, within=2)
        refused = await centre.api.post("/v1/seats/seat-01/end-wrap-up")
        assert refused.status_code == 409
