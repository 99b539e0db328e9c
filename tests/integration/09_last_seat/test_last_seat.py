"""The last seat on duty does not answer: it rings again and is never paused."""

from __future__ import annotations

from rig.sipp import Answer, Call, Ring, Silent
from sip112.routing.call import OfferResult, Outcome
from tests.integration.conftest import OpenCentre


async def test_last_seat(open_centre: OpenCentre) -> None:
    """The caller goes back to the queue's front, and the same seat rings and answers."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Silent()) as silent,
        centre.calling(Call(number="08125550001")),
    ):
        await silent.until(lambda: silent.count(Ring.CANCELLED) == 1, within=6)
        does = Answer(after=0.2, talk=0.5)
        async with centre.seats("seat-01", does=does, on_duty=False) as seats:
            await seats.until(lambda: seats.answered == 1, within=5)
            assert centre.seat("seat-01").pause_reason is None
            await centre.until(lambda: not centre.desk.calls(), within=5)
    [call] = centre.calls
    assert call.outcome is Outcome.ANSWERED
    assert [(offer.seat, offer.result) for offer in call.offers] == [
        ("seat-01", OfferResult.NO_ANSWER),
        ("seat-01", OfferResult.ANSWERED),
    ]
