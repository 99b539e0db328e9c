"""112 works without a SIM: a call without caller ID is a call like any other."""

from __future__ import annotations

from rig.sipp import Answer, Call
from tests.integration.conftest import OpenCentre


async def test_no_caller_id(open_centre: OpenCentre) -> None:
    """The ticket has no number, and the phone shows the ticket's alone."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.1)) as seats,
        centre.calling(Call(talk=0.3)),
    ):
        await seats.until(lambda: seats.answered == 1, within=5)
    [call], [invite] = centre.calls, seats.invites
    assert (call.caller.number, call.caller.raw) == (None, "anonymous")
    assert call.ticket_number is not None
    assert invite.name.strip() == call.ticket_number
