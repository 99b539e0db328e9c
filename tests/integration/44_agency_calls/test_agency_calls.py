"""An agency is called into the live call: its handoff knows, and both sides are heard."""

from __future__ import annotations

from typing import Any

import pytest

from rig import asking
from rig.sipp import Answer, Call, Seats
from sip112.routing.call import CallState
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre

NUMBER = "08125550001"
FIRE_BRIGADE = "113"


async def _post(centre: Centre, path: str, **body: Any) -> Any:
    answer = await centre.api.post(path, json=body, headers={"Idempotency-Key": path})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("mode", ["blind", "attended", "conference"])
async def test_an_agency_that_answers_has_acknowledged(open_centre: OpenCentre, mode: str) -> None:
    """Its phone shows the ticket's number; what it says afterwards is written down."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.1)),
        centre.calling(Call(number=NUMBER)),
        Seats(centre.rig, [centre.rig.outside_name], Answer(after=0.5)) as brigade,
    ):
        await centre.until(lambda: centre.state(NUMBER) is CallState.TALKING, within=5)
        call = centre.live(NUMBER)
        assert call is not None
        ticket = call.ticket_number
        handed = await _post(centre, f"/v1/tickets/{ticket}/handoffs", agencies=["damkar"])
        [handoff] = handed["items"]
        assert (handoff["step"], handoff["by"]["channel"]) == ("queued", "voice")
        centre.joining += 1
        await _post(
            centre, f"/v1/calls/{call.id}/transfer", seat="seat-01", to=FIRE_BRIGADE, mode=mode
        )
        seen: list[Any] = []

        async def is_acknowledged() -> bool:
            answer = await centre.api.get(f"/v1/handoffs/{handoff['id']}")
            seen[:] = [answer.json()]
            return bool(seen[0]["step"] == "acknowledged")

        await asking.until(is_acknowledged, within=10, every=0.05, seen=lambda: seen)
        assert brigade.invites[0].name == ticket
        steps = [(each["step"], each["by"]) for each in seen[0]["events"]]
        assert steps[0][0] == "queued"
        assert steps[-2:] == [("delivered", "sip112"), ("acknowledged", "agency:damkar")]
        assert {each["channel"] for each in seen[0]["events"]} == {"voice"}
        said = await _post(
            centre, f"/v1/handoffs/{handoff['id']}/steps", step="accepted", note="Dua unit"
        )
        assert said["step"] == "accepted"
        for channel in await asking.channels(centre.rig):
            if "trunk" in channel:
                await asking.asterisk(centre.rig, f"channel request hangup {channel}")
