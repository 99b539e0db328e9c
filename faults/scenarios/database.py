"""The database is away, stands still, or dies; calls are routed as if it had not."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

from faults.scenario import scenario
from faults.stage import Stage

AWAY_S: Final = 8.0
BACK_S: Final = 15.0
"""Seconds after which all that waited must be written."""


@scenario("database-stopped", within=90)
async def stopped(stage: Stage) -> None:
    """PostgreSQL is stopped for some seconds, in an orderly way."""
    fault = stage.mark("database stopping")
    await asyncio.to_thread(stage.server.stop)
    await stage.hold(AWAY_S)
    await asyncio.to_thread(stage.server.start)
    mended = stage.mark("database started")
    stage.compare_ring_times(fault, mended)
    await stage.since(mended, "written_s", BACK_S, stage.is_written)


@scenario("database-frozen", within=90)
async def frozen(stage: Stage) -> None:
    """PostgreSQL stands still (SIGSTOP of all its processes): it neither answers nor refuses."""
    fault = stage.mark("database frozen")
    stage.server.signal(signal.SIGSTOP)
    try:
        await stage.hold(AWAY_S)
    finally:
        stage.server.signal(signal.SIGCONT)
    mended = stage.mark("database thawed")
    stage.compare_ring_times(fault, mended)
    await stage.since(mended, "written_s", BACK_S, stage.is_written)


@scenario("database-killed", within=90)
async def killed(stage: Stage) -> None:
    """PostgreSQL is killed with all its backends, in the midst of commits, and recovers."""
    for turn in range(stage.times(3, 1)):
        fault = stage.mark(f"database killed {turn + 1}")
        await asyncio.to_thread(stage.server.crash)
        await stage.hold(stage.dice.uniform(0.5, 5.0))
        await asyncio.to_thread(stage.server.start)
        mended = stage.mark(f"database started {turn + 1}")
        stage.compare_ring_times(fault, mended)
        await stage.since(mended, "written_s", BACK_S, stage.is_written)
