"""A seat on duty whose agent has walked away: its phone rings in vain, and nobody decides."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Seats, Silent
from sip112.routing import effects as f
from sip112.routing import events as e
from tests.integration.owner import Owner, owning

FIRST, SECOND = "08125550001", "08125550002"
RING_S = 2
"""For so long the queue rings a seat here, in native mode."""


@pytest.fixture(autouse=True)
async def _short_rings(rig: Rig) -> AsyncIterator[None]:
    path = rig.dir / "etc" / "queues.conf"
    before = path.read_text()
    path.write_text(before.replace("(sip112-queue)\n", f"(sip112-queue)\ntimeout = {RING_S}\n"))
    await asking.asterisk(rig, "queue reload parameters")
    await asking.forget_everything(rig, ["seat-01", "seat-02"])
    yield
    await asking.forget_everything(rig, ["seat-01", "seat-02"])
    path.write_text(before)
    await asking.asterisk(rig, "queue reload parameters")


async def test_all_phones_ring_when_each_on_duty_rang_in_vain(rig: Rig) -> None:
    """Each had its turn; then the phones of seats that are not on duty ring too."""
    async with (
        owning(rig, 0) as owner,
        Seats(rig, ["seat-01", "seat-02"], Silent()) as empty,
        Seats(rig, ["seat-03"], Answer(after=0.3)) as seats,
    ):
        await owner.put_on_duty("seat-01", "seat-02")
        await owner.die()
        async with Callers(rig, [Call(number=FIRST)]) as callers:
            await empty.until(lambda: bool(empty.invites), within=8)
            await seats.until(lambda: seats.answered == 1, within=2 * RING_S + 6)
            rung = [each for each in empty.invites if each.at < seats.invites[0].at - RING_S / 2]
            assert {each.seat for each in rung} == {"seat-01", "seat-02"}
            assert len(rung) == 2
            await asking.hang_up(rig, "seat-03")
            assert (await callers.finish(within=10)).failed == 0


async def test_who_waited_for_the_service_does_not_wait_for_an_empty_chair(rig: Rig) -> None:
    """Who came while it lived goes on too, once it is dead, each in the order of arrival."""
    async with (
        owning(rig, 0) as owner,
        Seats(rig, ["seat-01"], Silent()) as empty,
        Seats(rig, ["seat-02"], Answer(after=0.3)) as seats,
    ):
        await owner.put_on_duty("seat-01")
        async with Callers(rig, [Call(number=FIRST), Call(number=SECOND, delay=0.5)]) as callers:
            await owner.until(lambda: len(owner.heard(e.CallQueued)) == 2)
            assert not empty.invites
            await owner.die()
            await owner.until(lambda: owner.heard(e.NativeMode))
            native_at = time.time()
            await seats.until(lambda: seats.answered == 1, within=RING_S + 8)
            assert native_at < empty.invites[0].at < seats.invites[0].at
            await asking.hang_up(rig, "seat-02")
            await seats.until(lambda: seats.answered == 2, within=RING_S + 8)
            await asking.hang_up(rig, "seat-02")
            assert (await callers.finish(within=10)).failed == 0
    assert [each.number for each in seats.invites] == [FIRST, SECOND]


async def test_the_service_waits_for_its_seats(rig: Rig) -> None:
    """While it lives a caller waits in the queue for as long as it takes, and no phone rings."""
    async with (
        owning(rig, 0) as owner,
        Seats(rig, ["seat-01", "seat-02"], Silent()) as seats,
    ):
        await owner.put_on_duty("seat-01")
        async with Callers(rig, [Call(number=FIRST, hang_up_at=3 * RING_S + 2)]) as callers:
            assert (await callers.finish(within=20)).failed == 0
        assert seats.invites == []
        assert len(owner.heard(e.CallQueued)) == 1


async def test_the_service_is_back_while_an_empty_chair_rings(rig: Rig) -> None:
    """The caller is kept for it, and no phone of a seat that is not on duty rings."""
    async with (
        owning(rig, 0) as owner,
        Seats(rig, ["seat-01"], Silent()) as empty,
        Seats(rig, ["seat-02"], Silent()) as seats,
    ):
        await owner.put_on_duty("seat-01")
        await owner.die()
        async with Callers(rig, [Call(number=FIRST)]) as callers:
            await empty.until(lambda: bool(empty.invites), within=12)
            back_in_the_queue = len(owner.heard(e.CallQueued)) + 1
            _come_back(owner)
            await owner.until(
                lambda: len(owner.heard(e.CallQueued)) == back_in_the_queue, within=RING_S + 8
            )
            said = await asking.asterisk(rig, f"queue show sip112-{rig.centre}")
            assert "PJSIP/trunk-" in said
            assert seats.invites == []
            assert len(empty.invites) == 1
            await asking.forget_everything(rig, ["seat-01"])
            await callers.finish(within=10)


def _come_back(owner: Owner) -> None:
    owner.take_over()
    owner.live()
    owner.pause("seat-01", f.HELD)
