"""One number calls twice: at the same time, and again after hanging up."""

from __future__ import annotations

from rig.sipp import Answer, Call
from sip112.routing.call import Outcome
from tests.integration.conftest import OpenCentre

NUMBER = "08125550001"


async def test_two_calls_at_once(open_centre: OpenCentre) -> None:
    """Two calls, two tickets, two seats."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", "seat-02", does=Answer(after=0.2)) as seats,
        centre.calling(Call(number=NUMBER, talk=1), Call(number=NUMBER, talk=1), rate=1000),
    ):
        await seats.until(lambda: seats.answered == 2, within=5)
    assert {call.seat for call in centre.calls} == {"seat-01", "seat-02"}
    assert len({call.ticket for call in centre.calls}) == 2


async def test_redial(open_centre: OpenCentre) -> None:
    """Hung up and dialled again: the first is abandoned, the second answered."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=1.2)) as seats,
        centre.calling(Call(number=NUMBER, patience=0.6), Call(number=NUMBER, talk=0.3, delay=0.9)),
    ):
        await seats.until(lambda: seats.answered == 1, within=5)
    assert [call.outcome for call in centre.calls] == [Outcome.ABANDONED, Outcome.ANSWERED]
