"""A hundred calls at once on ten seats."""

from __future__ import annotations

from rig.sipp import Answer, Call
from sip112.routing.call import Outcome
from tests.integration.conftest import OpenCentre

SEATS = tuple(f"seat-{n:02d}" for n in range(1, 11))


async def test_a_hundred_calls_on_ten_seats(open_centre: OpenCentre) -> None:
    """All are answered, none is lost or waits while a seat is free, in the order of arrival."""
    calls = [Call(number=f"0812555{n:04d}") for n in range(100)]
    async with (
        open_centre(seats="seat-01..seat-10") as centre,
        centre.seats(*SEATS, does=Answer(after=0.1, talk=0.3)) as seats,
        centre.calling(*calls, rate=1000, within=60),
    ):
        await seats.until(lambda: seats.answered == 100, within=60)
    assert {call.outcome for call in centre.calls} == {Outcome.ANSWERED}
    assert {call.seat for call in centre.calls} == set(SEATS)
