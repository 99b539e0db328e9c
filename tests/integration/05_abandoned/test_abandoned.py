"""A caller who gives up leaves a ticket, and nothing else behind."""

from __future__ import annotations

from rig.sipp import Answer, Call, Ring, Silent
from sip112.routing.call import OfferResult, Outcome
from tests.integration.conftest import OpenCentre


async def test_before_the_queue(open_centre: OpenCentre) -> None:
    """Hung up while it rings for the first moment: abandoned, never in the queue."""
    async with (
        open_centre() as centre,
        centre.calling(Call(number="08125550001", patience=0.7)),
    ):
        await centre.until(lambda: centre.live("08125550001"), within=5)
    [call] = centre.calls
    assert call.outcome is Outcome.ABANDONED
    assert (call.queued_at, call.position, call.offers) == (None, None, ())


async def test_in_the_queue(open_centre: OpenCentre) -> None:
    """Hung up on the announcement: abandoned, though Asterisk had answered; the next moves up."""
    calls = [
        Call(number="08125550001", hang_up_at=2),
        Call(number="08125550002", hang_up_at=3),
    ]
    async with open_centre() as centre, centre.calling_in_turn(*calls) as callers:
        first = await centre.ended("08125550001")
        assert first.outcome is Outcome.ABANDONED
        assert first.position == 1
        assert [call.caller.number for call in centre.desk.waiting()] == ["08125550002"]
    assert [call.outcome for call in centre.calls] == [Outcome.ABANDONED] * 2
    assert all(view.answered_at for each in callers for view in each.views)


async def test_while_a_seat_rings(open_centre: OpenCentre) -> None:
    """Hung up while the seat rings: its phone is silent again, and the seat free for the next."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=2)) as seats,
    ):
        async with centre.calling(Call(number="08125550001", patience=0.9)):
            await seats.until(lambda: seats.count(Ring.CANCELLED) == 1, within=5)
        await centre.until(lambda: centre.seat("seat-01").free, within=5)
        async with centre.calling(Call(number="08125550002", talk=0.2)):
            await seats.until(lambda: seats.answered == 1, within=5)
    gave_up, answered = centre.calls
    assert gave_up.outcome is Outcome.ABANDONED
    assert [offer.result for offer in gave_up.offers] == [OfferResult.ABANDONED]
    assert gave_up.seat is None
    assert answered.outcome is Outcome.ANSWERED


async def test_nobody_answers_and_the_caller_gives_up(open_centre: OpenCentre) -> None:
    """Hung up after the seat had rung in vain: the abandoned call still tells who was rung."""
    async with (
        open_centre(retry_s=5) as centre,
        centre.seats("seat-01", does=Silent()) as seats,
        centre.calling(Call(number="08125550001", hang_up_at=4.5)),
    ):
        await seats.until(lambda: seats.count(Ring.CANCELLED) == 1, within=6)
    [call] = centre.calls
    assert call.outcome is Outcome.ABANDONED
    assert [(offer.seat, offer.result) for offer in call.offers] == [
        ("seat-01", OfferResult.NO_ANSWER)
    ]
