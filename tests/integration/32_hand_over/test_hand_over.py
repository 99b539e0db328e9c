"""An owner that ends in good order leaves its callers and seats to Asterisk at once."""

from __future__ import annotations

import pytest

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Seats
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.ids import SeatId
from tests.integration.owner import PBX, owning

WAITING, COMING, LATER = "08125550001", "08125550002", "08125550003"
SEATS = ("seat-01", "seat-02", "seat-03")


@pytest.fixture(autouse=True)
async def _nothing_is_left(rig: Rig) -> None:
    await asking.forget_everything(rig, SEATS)


async def test_hand_over(rig: Rig) -> None:
    """Who waits, and who has just come, rings a seat within a second or so; who comes, at once."""
    async with (
        owning(rig, 7) as owner,
        Seats(rig, SEATS, Answer(after=0.1)) as seats,
    ):
        await owner.put_on_duty(*SEATS)
        calls = [Call(number=WAITING), Call(number=COMING, delay=2)]
        async with Callers(rig, calls) as callers:
            await owner.arrival(COMING)  # rings for a second, in which the owner could take it
            await owner.die()
            owner.link.send(f.HandOver(PBX, owner.centre, tuple(map(SeatId, SEATS))))
            await owner.until(lambda: len(owner.members(held=False)) == len(SEATS), within=0.5)
            await seats.until(lambda: seats.answered == 2, within=3)
            async with Callers(rig, [Call(number=LATER)]) as later:
                await seats.until(lambda: seats.answered == 3, within=2)
                assert seats.invites[2].at - later.views[0].dialled_at < 0.7
                await asking.forget_everything(rig, SEATS)
                assert (await later.finish(within=10)).failed == 0
            assert (await callers.finish(within=10)).failed == 0
        assert not owner.failed
        assert not owner.heard(e.NativeMode)  # the watchdog had nothing to find out


async def test_a_seat_that_is_gone_holds_nobody_up(rig: Rig) -> None:
    """It went off duty in that instant: the others are released all the same."""
    async with owning(rig, 7) as owner, Seats(rig, ["seat-02"]):
        await owner.put_on_duty("seat-02")
        owner.link.send(f.HandOver(PBX, owner.centre, (SeatId("seat-01"), SeatId("seat-02"))))
        await owner.until(lambda: owner.members(held=False), within=0.5)
        await owner.until(lambda: owner.failed, within=2)
        assert [type(each.action) for each in owner.failed] == [f.HandOver]
