"""A call comes, a seat is free: it rings there at once."""

from __future__ import annotations

from rig.sipp import Answer, Call
from sip112.routing.call import Outcome
from tests.integration.conftest import OpenCentre


async def test_answered_at_once(open_centre: OpenCentre) -> None:
    """The seat rings within half a second, without the queue, and its agent answers."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.3)) as seats,
        centre.calling(Call(number="08125550001", name="Warga", talk=0.5)) as callers,
    ):
        await seats.until(lambda: seats.answered == 1, within=5)
    [call], [invite], [view] = centre.calls, seats.invites, callers.views
    assert call.outcome is Outcome.ANSWERED
    assert (call.seat, call.agent) == ("seat-01", "agent-seat-01")
    assert call.queued_at is None
    assert (call.caller.number, call.caller.name) == ("08125550001", "Warga")
    assert invite.at - view.dialled_at < 0.5
    assert view.rang_at < view.answered_at
