"""A seat rejects the call: the next rings, and the seat stays on duty."""

from __future__ import annotations

import pytest

from rig.sipp import Answer, Call, Reject
from sip112.routing.call import OfferResult
from tests.integration.conftest import OpenCentre


@pytest.mark.parametrize("code", [486, 603])
async def test_reject(open_centre: OpenCentre, code: int) -> None:
    """Whether with Busy Here or with Decline: the next seat rings within a second."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Reject(code)) as rejecting,
        centre.seats("seat-02", does=Answer(after=0.2)) as seats,
    ):
        async with centre.calling(Call(number="08125550001", talk=0.3)):
            await seats.until(lambda: seats.answered == 1, within=5)
        await centre.until(lambda: centre.seat("seat-01").free, within=5)
    [call] = centre.calls
    assert [(offer.seat, offer.result) for offer in call.offers] == [
        ("seat-01", OfferResult.REJECTED),
        ("seat-02", OfferResult.ANSWERED),
    ]
    [rejected], [answered] = rejecting.invites, seats.invites
    assert answered.at - rejected.at < 0.8


async def test_rejected_by_all(open_centre: OpenCentre) -> None:
    """When nobody else is there the seat that rejected rings again, after a moment."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Reject(486)) as seats,
        centre.calling(Call(number="08125550001", hang_up_at=2.6)),
    ):
        await seats.until(lambda: len(seats.invites) == 2, within=5)
    first, second = seats.invites[:2]
    assert 0.9 < second.at - first.at < 2.5
