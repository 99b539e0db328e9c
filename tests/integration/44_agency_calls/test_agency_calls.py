"""An agency is called into the live call: its handoff knows, and both sides are heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from rig import asking
from sip112.routing.call import Call, CallState
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre
from tests.integration.handset import NOTES, Handset, State, caller, handsets

NUMBER = "08125550001"
FIRE_BRIGADE = "113"
C, A, F, _ = NOTES
"""The notes of the caller, of who takes the call, and of the fire brigade."""


@dataclass
class Talk:
    """A caller who talks with seat-01, and the telephone of the fire brigade."""

    centre: Centre
    call: Call
    caller: Handset
    operator: Handset
    brigade: Handset
    seen: list[dict[str, Any]] = field(default_factory=list)
    """The handoff, as it was when somebody looked last."""

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Ask for something."""
        answer = await self.centre.api.post(path, json=body, headers={"Idempotency-Key": path})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def hand_off(self) -> dict[str, Any]:
        """Hand the ticket to the fire brigade."""
        path = f"/v1/tickets/{self.call.ticket_number}/handoffs"
        [handoff] = (await self.post(path, agencies=["damkar"]))["items"]
        found: dict[str, Any] = handoff
        return found

    async def transfer(self, mode: str) -> None:
        """Have seat-01 call the fire brigade."""
        self.centre.joining += 1
        await self.steer("transfer", to=FIRE_BRIGADE, mode=mode)

    async def steer(self, what: str, **body: Any) -> None:
        """Steer the call, for seat-01."""
        await self.post(f"/v1/calls/{self.call.id}/{what}", seat="seat-01", **body)

    async def hear(self, mode: str) -> None:
        """See that caller and fire brigade hear each other, after they were announced."""
        match mode:
            case "attended":
                await self.operator.until_hears(F)
                await self.brigade.until_hears(A)
                await self.steer("transfer/complete")
                await self.operator.until(State.IDLE)
                heard = {F}, {C}
            case "blind":
                heard = {F}, {C}
            case _:
                heard = {A, F}, {C, A}
        await self.caller.until_hears(*heard[0])
        await self.brigade.until_hears(*heard[1])

    async def acknowledged(self, handoff: str) -> dict[str, Any]:
        """Wait until the handoff is acknowledged, and return it."""

        async def is_acknowledged() -> bool:
            answer = await self.centre.api.get(f"/v1/handoffs/{handoff}")
            self.seen[:] = [answer.json()]
            return bool(self.seen[0]["step"] == "acknowledged")

        await asking.until(is_acknowledged, within=10, every=0.05, seen=lambda: self.seen)
        return self.seen[0]


@asynccontextmanager
async def talking(open_centre: OpenCentre) -> AsyncIterator[Talk]:
    """Let a caller talk with seat-01."""
    async with open_centre() as centre:
        outside = centre.rig.outside_name
        async with handsets(centre.rig, [("seat-01", A), (outside, F)]) as phones:
            centre.reckoning.created += 1
            centre.reckoning.picked_up += 1
            await centre.log_in("seat-01")
            async with caller(centre.rig, NUMBER, C) as warga:
                await centre.until(lambda: centre.state(NUMBER) is CallState.TALKING, within=5)
                call = centre.live(NUMBER)
                assert call is not None
                await centre.journal()  # nothing can be written on a ticket that is not stored yet
                yield Talk(centre, call, warga, phones["seat-01"], phones[outside])
            for phone in phones.values():
                await phone.until(State.IDLE)


@pytest.mark.parametrize("mode", ["blind", "attended", "conference"])
async def test_an_agency_that_answers_has_acknowledged(open_centre: OpenCentre, mode: str) -> None:
    """Its phone shows the ticket's number; what it says afterwards is written down."""
    async with talking(open_centre) as talk:
        handoff = await talk.hand_off()
        assert (handoff["step"], handoff["by"]["channel"]) == ("queued", "voice")
        await talk.transfer(mode)
        found = await talk.acknowledged(handoff["id"])
        assert f'"{talk.call.ticket_number}"' in talk.brigade.shown[0]
        await talk.hear(mode)
        steps = [(each["step"], each["by"]) for each in found["events"]]
        assert steps[0][0] == "queued"
        assert steps[-2:] == [("delivered", "sip112"), ("acknowledged", "agency:damkar")]
        assert {each["channel"] for each in found["events"]} == {"voice"}
        path = f"/v1/handoffs/{handoff['id']}/steps"
        said = await talk.post(path, step="accepted", note="Dua unit")
        assert said["step"] == "accepted"


async def test_a_call_to_the_agency_that_came_first_counts(open_centre: OpenCentre) -> None:
    """The ticket is handed to it while they talk already."""
    async with talking(open_centre) as talk:
        await talk.transfer("conference")
        await talk.hear("conference")
        dispatching = talk.centre.node.centre.dispatching
        assert dispatching is not None
        looks = dispatching.looks
        await talk.centre.until(lambda: dispatching.looks >= looks + 2, within=5)
        handoff = await talk.hand_off()
        found = await talk.acknowledged(handoff["id"])
        assert [each["step"] for each in found["events"]] == ["queued", "delivered", "acknowledged"]
