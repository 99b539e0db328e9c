"""Asterisk restarts, dies, gives out ids again, or has its clock set."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import Final

from faults.scenario import scenario
from faults.setup import Setup
from faults.stage import HEAL_S, Stage
from rig import asking, lifecycle, restart

CONTROL_S: Final = 5.0
"""Seconds from Asterisk's being up until the service must be in charge."""
JUMP_S: Final = 1800.0
"""Less than the hour for which phones are registered: they would have to register anew."""
NATIVE_S: Final = 10.0
"""Long enough to see whether Asterisk rings by itself."""
WATCH_S: Final = 5.0
"""Seconds within which the watchdog must beat."""


@scenario("pbx-restarted", within=90)
async def restarted(stage: Stage) -> None:
    """Asterisk is told to restart at once (core restart now)."""
    stage.pbx_died(stage.mark("core restart now"))
    await asking.asterisk(stage.rig, "core restart now")
    await asking.until(lambda: _is_booted(stage), within=HEAL_S, every=0.1)
    await _is_well(stage, stage.mark("Asterisk is up"))


@scenario("pbx-killed", within=90)
async def killed(stage: Stage) -> None:
    """Asterisk is killed, and is started again seconds later."""
    for turn in range(stage.times(2, 1)):
        _kill(stage, turn)
        await stage.hold(stage.dice.uniform(0.5, 4.0))
        await asyncio.to_thread(restart, stage.rig.dir)
        await _is_well(stage, stage.mark(f"Asterisk is up {turn + 1}"))


@scenario("uniqueids-again", within=90, setup=Setup(pbx_clock=True))
async def uniqueids_again(stage: Stage) -> None:
    """Asterisk dies, its clock is set back, and it gives out the same Uniqueids once more."""
    first = stage.account.began
    await stage.hold(5)
    stage.callers.stop()  # nobody is to dial while it is down: they would not be the same again
    await stage.hold(0.1)
    _kill(stage, 0)
    await stage.cut_off_callers()
    ready_by = time.time() + 8
    stage.pbx_clock.set(first - ready_by)
    await asyncio.to_thread(restart, stage.rig.dir, environment=stage.pbx_clock.environment())
    await _is_well(stage, stage.mark("Asterisk is up, with its clock set back"))
    await stage.hold(ready_by - time.time())
    await stage.call_again()
    stage.mark("the same once more")
    await stage.hold(8)
    query = "SELECT uniqueid FROM calls GROUP BY uniqueid HAVING count(*) > 1"
    again = len(await stage.tables.read(query))
    stage.figure("ids_given_again", again)
    if not again:
        stage.complain("no Uniqueid was given out again: nothing was tried")


@scenario("pbx-clock-jumps", within=90, setup=Setup(pbx_clock=True, gap_s=6.0))
async def clock_jumps(stage: Stage) -> None:
    """Asterisk's clock jumps by half an hour, forth and back, and then the service dies."""
    for offset in (JUMP_S, 0.0):
        stage.pbx_clock.set(offset)
        stage.pbx_clock_jumped(stage.mark(f"Asterisk's clock at {offset:+g} s"))
        await stage.hold(6)
    await stage.node.kill()
    stage.mark("service killed")
    await stage.hold(NATIVE_S)
    await stage.node.start()
    stage.mark("service started")


def _kill(stage: Stage, turn: int) -> None:
    rig = lifecycle.status(stage.rig.dir)
    if rig is None:
        stage.complain("Asterisk has ended by itself")
        return
    os.kill(rig.pid, signal.SIGKILL)
    stage.pbx_died(stage.mark(f"Asterisk killed {turn + 1}"))


async def _is_booted(stage: Stage) -> bool:
    return "fully booted" in await asking.asterisk(stage.rig, "core waitfullybooted")


async def _is_well(stage: Stage, up: float) -> None:
    """Wait until the service is in charge again and the watchdog runs."""
    stage.pbx_is_back()
    await stage.since(up, "control_s", CONTROL_S, stage.is_in_charge)
    await stage.since(up, "watchdog_s", WATCH_S, lambda: _beats(stage))


async def _beats(stage: Stage) -> bool:
    pulse = (await asking.variables(stage.rig)).get("SIP112_PULSE")
    return pulse is not None and abs(stage.pbx_clock.now() - float(pulse)) < WATCH_S
