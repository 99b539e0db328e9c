"""A seat lets it ring: the call goes on to the next, and the seat is paused."""

from __future__ import annotations

from rig.sipp import Answer, Call, Ring, Silent
from sip112.routing.call import OfferResult, Outcome
from sip112.routing.effects import NO_ANSWER
from tests.integration.conftest import OpenCentre


async def test_no_answer(open_centre: OpenCentre) -> None:
    """After its ring time the next seat rings at once; the first takes no calls till it says so."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Silent()) as silent,
        centre.seats("seat-02", does=Answer(after=0.2)) as seats,
    ):
        async with centre.calling(Call(number="08125550001", talk=0.5)):
            await seats.until(lambda: seats.answered == 1, within=10)
            assert centre.seat("seat-01").pause_reason == NO_ANSWER
        async with centre.calling(Call(number="08125550002", talk=0.2)):
            await seats.until(lambda: seats.answered == 2, within=5)
        assert (await centre.command("seat-01", "resume"))["state"] == "ready"
    first, _ = centre.calls
    assert first.outcome is Outcome.ANSWERED
    assert [(offer.seat, offer.result) for offer in first.offers] == [
        ("seat-01", OfferResult.NO_ANSWER),
        ("seat-02", OfferResult.ANSWERED),
    ]
    [rung_out] = silent.invites
    assert rung_out.state is Ring.CANCELLED
    assert 2.8 < rung_out.decided_at - rung_out.at < 4
    assert seats.invites[0].at - rung_out.decided_at < 0.8
