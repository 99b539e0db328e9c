"""Two nodes share the database; the one that owns the centre dies, or stands still."""

from __future__ import annotations

import time
from typing import Final

from faults.scenario import scenario
from faults.setup import Setup
from faults.stage import Stage
from rig import RigError
from rig.node import Node

TAKEN_OVER_S: Final = 5.0
"""Seconds until the other node must be in charge."""
FREEZE_S: Final = 10.0


async def _owner(stage: Stage) -> Node:
    for node in stage.nodes:
        if await node.owns():
            return node
    raise RigError("no node owns the centre")


@scenario("two-nodes-kill", within=120, setup=Setup(nodes=2))
async def kill(stage: Stage) -> None:
    """The owner is killed at a random instant, again and again, and started again as a standby."""
    for turn in range(stage.times(5, 1)):
        owner = await _owner(stage)
        await owner.kill()
        killed = stage.mark(f"{owner.name} killed {turn + 1}")
        await stage.since(killed, "takeover_s", TAKEN_OVER_S, stage.is_in_charge)
        await owner.start()
        await stage.hold(stage.dice.uniform(0, 3))


@scenario("two-nodes-freeze", within=120, setup=Setup(nodes=2))
async def freeze(stage: Stage) -> None:
    """The owner stands still, loses the centre, and comes back as if nothing had been."""
    for turn in range(stage.times(2, 1)):
        owner = await _owner(stage)
        [other] = [node for node in stage.nodes if node is not owner]
        owner.freeze()
        try:
            frozen = stage.mark(f"{owner.name} frozen {turn + 1}")
            await stage.since(frozen, "takeover_s", TAKEN_OVER_S, other.owns)
            await stage.hold(frozen + FREEZE_S - time.time())
        finally:
            owner.thaw()
        stage.mark(f"{owner.name} thawed {turn + 1}")
        await stage.hold(3)
        if await owner.owns():
            stage.complain(f"{owner.name} still thinks that it owns the centre")
