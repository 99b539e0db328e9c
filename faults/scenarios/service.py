"""The service dies, stands still, or is replaced."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from faults.scenario import scenario
from faults.setup import Setup
from faults.stage import CONTROL_S, Stage

OFF_S: Final = (0.0, 6.0)
"""How long the service is gone ..."""
ON_S: Final = (0.2, 4.0)
"""... and how long it lives until it is killed again: often before it is ready."""
FREEZE_S: Final = 10.0


@scenario("service-killed", within=240)
async def killed(stage: Stage) -> None:
    """The service is killed 20 times at random instants, and started again."""
    node = stage.node
    for turn in range(stage.times(20, 3)):
        await node.kill()
        stage.mark(f"killed {turn + 1}")
        await stage.hold(stage.dice.uniform(*OFF_S))
        began = await stage.start_again(turn + 1)
        lives = stage.dice.uniform(*ON_S)
        try:
            async with asyncio.timeout(lives):
                await stage.until_it_decides(began)
        except TimeoutError:
            continue
        await stage.hold(began + lives - time.time())
    await stage.since(time.time(), "last_control_s", CONTROL_S, stage.is_in_charge)


@scenario("service-frozen", within=60)
async def frozen(stage: Stage) -> None:
    """The service stands still for 10 s (SIGSTOP), and goes on as if nothing had been."""
    stage.node.freeze()
    try:
        stage.mark("frozen")
        await stage.hold(FREEZE_S)
    finally:
        stage.node.thaw()
        thawed = stage.mark("thawed")
    await stage.since(thawed, "control_s", CONTROL_S, stage.is_in_charge)
    await stage.hold(3)


@scenario("graceful-restart", within=60, setup=Setup(seats=24, rate=22))
async def restarted(stage: Stage) -> None:
    """The service is stopped (SIGTERM) and started again, three times, under 20 calls a second."""
    for turn in range(stage.times(3, 1)):
        stage.mark(f"stopping {turn + 1}")
        stage.figure("restart_stop_s", await stage.node.stop())
        await stage.hold(stage.dice.uniform(0.5, 2.0))
        await stage.until_it_decides(await stage.start_again(turn + 1))
        await stage.hold(3)
