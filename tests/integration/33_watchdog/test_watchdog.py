"""The watchdog in Asterisk: whom it releases, and when."""

from __future__ import annotations

import time

import pytest

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Seats
from sip112.ami import names
from sip112.routing import events as e
from sip112.routing.ids import CentreCode
from tests.integration.owner import owning

CALLER = "08125550001"
OTHER = CentreCode("BKL")


@pytest.fixture(autouse=True)
async def _nothing_is_left(rig: Rig) -> None:
    await asking.forget_everything(rig, ["seat-01", "seat-02"])


async def test_everyone_is_on_a_break(rig: Rig) -> None:
    """After ten seconds without service a seat on a break is better than none."""
    async with (
        owning(rig, 0) as owner,
        Seats(rig, ["seat-01"], Answer(after=0.1)) as seats,
    ):
        await owner.put_on_duty("seat-01")
        owner.pause("seat-01", "prayer")
        await owner.die()
        async with Callers(rig, [Call(number=CALLER)]) as callers:
            await owner.until(lambda: owner.heard(e.NativeMode), within=5)
            native_at = time.time()
            await seats.until(lambda: seats.answered == 1, within=20)
            assert 8 < seats.invites[0].at - native_at < 15
            await asking.forget_everything(rig, ["seat-01"])
            assert (await callers.finish(within=10)).failed == 0


async def test_each_centre_is_judged_by_its_own_beat(rig: Rig) -> None:
    """Centres of one Asterisk may belong to different nodes, of which one may die."""
    async with owning(rig, 7) as owner:
        try:
            await asking.asterisk(rig, f"database put sip112/centre {OTHER} 1")
            await asking.asterisk(rig, f"dialplan set global SIP112_MODE_{OTHER} service")
            await owner.until(lambda: owner.heard(e.NativeMode), within=5)
            [native] = owner.heard(e.NativeMode)
            assert native.centre == OTHER
            there = await asking.variables(rig)
            assert there[f"SIP112_MODE_{rig.centre}"] == names.SERVICE
            assert there[f"SIP112_MODE_{OTHER}"] == names.NATIVE
        finally:
            await asking.asterisk(rig, f"database del sip112/centre {OTHER}")


async def test_a_watchdog_that_died_is_started_by_the_next_call(rig: Rig) -> None:
    """And does what the other one would have done."""
    async with (
        owning(rig, 0) as owner,
        Seats(rig, ["seat-01"], Answer(after=0.1)) as seats,
    ):
        await owner.put_on_duty("seat-01")
        lines = (await asking.asterisk(rig, "core show channels concise")).splitlines()
        for line in lines:
            if "@sip112-watch-" in line:
                await asking.asterisk(rig, f"channel request hangup {line.partition('!')[0]}")
        await owner.die()
        await asking.until(lambda: _pulse_is_old(rig), within=10, every=0.2)
        assert not owner.heard(e.NativeMode)
        async with Callers(rig, [Call(number=CALLER)]) as callers:
            await owner.until(lambda: owner.heard(e.NativeMode), within=5)
            await seats.until(lambda: seats.answered == 1, within=3)
            await asking.forget_everything(rig, ["seat-01"])
            assert (await callers.finish(within=10)).failed == 0


async def _pulse_is_old(rig: Rig) -> bool:
    return time.time() - int((await asking.variables(rig))["SIP112_PULSE"]) > 4
