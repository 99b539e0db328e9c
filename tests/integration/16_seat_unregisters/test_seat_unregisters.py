"""A seat's phone goes away."""

from __future__ import annotations

from rig.sipp import Answer, Call, Silent
from sip112.routing.call import OfferResult
from tests.integration.conftest import OpenCentre


async def test_while_it_rings(open_centre: OpenCentre) -> None:
    """The call goes to another seat at once, long before the ring time is over."""
    async with (
        open_centre(ring_s=20) as centre,
        centre.seats("seat-01", does=Silent()) as leaving,
        centre.seats("seat-02", does=Answer(after=0.2)) as seats,
        centre.calling(Call(number="08125550001", talk=0.5)),
    ):
        await leaving.until(lambda: len(leaving.invites) == 1, within=5)
        await leaving.unregister()
        await seats.until(lambda: seats.answered == 1, within=5)
    [call] = centre.calls
    assert [(offer.seat, offer.result) for offer in call.offers] == [
        ("seat-01", OfferResult.UNREACHABLE),
        ("seat-02", OfferResult.ANSWERED),
    ]


async def test_before_a_call(open_centre: OpenCentre) -> None:
    """A seat without a phone is not rung, and is rung again once its phone is back."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.2, talk=0.5)) as seats,
    ):
        await seats.unregister()
        await centre.until(lambda: centre.seat("seat-01").state == "unregistered", within=5)
        async with centre.calling(Call(number="08125550001")):
            await centre.until(lambda: centre.state("08125550001") == "queued", within=5)
            await seats.register()
            await seats.until(lambda: seats.answered == 1, within=3)
    assert centre.calls[0].answered_at is not None
