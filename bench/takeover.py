"""Two nodes on one PostgreSQL: the owner dies or freezes, and the standby takes over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from bench.ground import Ground
from bench.serving import Served, serving
from rig.postgres import postgres_server
from rig.progress import Stage

TURNS: Final = 5
"""Deaths, and as many freezes."""
_WITHIN_S: Final = 20.0
_RENEW_S: Final = 1.0
"""Seconds between renewals of the lease: the owner falls anywhere in between."""


@asynccontextmanager
async def _standing_by(ground: Ground, url: str, name: str) -> AsyncIterator[Served]:
    """Run a node that does not own the centre."""
    served = Served(ground.rig, url, ground.log.with_suffix(".second.log"), name)
    try:
        await served.spawn()
        await served.until(served.stands_by)
        yield served
    finally:
        await served.close()


async def measure(ground: Ground, stage: Stage) -> dict[str, Any]:
    """Return the longest time from kill -9, and from SIGSTOP, to a standby that decides."""
    took: dict[str, list[float]] = {"kill": [], "freeze": []}
    with postgres_server() as server:
        url = server.url()
        async with (
            serving(ground.rig, url, ground.log, "first") as first,
            _standing_by(ground, url, "second") as second,
        ):
            owner, other = first, second
            for turn in range(1, TURNS + 1):
                for how, times in took.items():
                    stage.say(f"{how}, turn {turn} of {TURNS}")
                    await asyncio.sleep(random.uniform(0, _RENEW_S))  # noqa: S311 - no secret
                    began = asyncio.get_running_loop().time()
                    if how == "kill":
                        await owner.kill()
                    else:
                        owner.freeze()
                    times.append(await other.until(other.routes, _WITHIN_S) - began)
                    if how == "kill":
                        await owner.spawn()
                    else:
                        owner.thaw()
                    await owner.until(owner.stands_by, _WITHIN_S)
                    owner, other = other, owner
    return {f"{how}_s": round(max(times), 2) for how, times in took.items()} | {
        "runs": {how: [round(each, 2) for each in times] for how, times in took.items()}
    }
