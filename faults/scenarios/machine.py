"""The machine itself: its disk is full, its clock jumps, its cores are busy; and our own faults."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from faults.disk import fill
from faults.scenario import scenario
from faults.setup import Setup
from faults.stage import Stage

HOUR_S: Final = 3600.0
DISK_MB: Final = 160
FULL_S: Final = 8.0
BACK_S: Final = 15.0
ALARM_S: Final = 5.0
"""Seconds until a clock that is wrong must be an alarm."""
BUSY_S: Final = 15.0
SPINNERS_PER_CORE: Final = 2
LARGE: Final = 2**31
"""The first number that 31 bits do not hold."""


@scenario("disk-full", within=120, setup=Setup(disk_mb=DISK_MB))
async def disk_full(stage: Stage) -> None:
    """The database's disk is full to the last byte for some seconds."""
    fault = stage.mark("disk filled")
    ballast = stage.server.directory / "ballast"
    try:
        while True:  # what the database frees or asks for meanwhile is filled again
            filled = await asyncio.to_thread(fill, ballast)
            stage.figure("filled_mb", filled / 1e6)
            if time.time() - fault > FULL_S:
                break
            await stage.hold(0.2)
    finally:
        ballast.unlink(missing_ok=True)
    mended = stage.mark("disk freed")
    failures = (await stage.node.metrics())["sip112_store_failures_total"]
    if not failures:
        stage.complain("no transaction failed: nothing was tried")
    if not stage.server.running:  # it gives up where it cannot write its log
        await asyncio.to_thread(stage.server.start)
        mended = stage.mark("database started")
    stage.compare_ring_times(fault, mended)
    await stage.since(mended, "written_s", BACK_S, stage.is_written)


@scenario("clock-jumps", within=60, setup=Setup(clock=True))
async def clock_jumps(stage: Stage) -> None:
    """The service's clock jumps by an hour, forth and back."""
    for offset in (HOUR_S, 0.0, -HOUR_S, 0.0):
        stage.clock.set(offset)
        at = stage.mark(f"the service's clock at {offset:+g} s")
        await stage.since(at, "alarm_s", ALARM_S, partial(_clocks_agree, stage, offset == 0))
        await stage.hold(3)


async def _clocks_agree(stage: Stage, wanted: bool) -> bool:
    """Tell whether the service says of its clock and Asterisk's what it is to say."""
    return await stage.node.holds("clocks") is wanted


@scenario("busy-cores", within=60)
async def busy_cores(stage: Stage) -> None:
    """Every core is busy twice over with something else."""
    count = SPINNERS_PER_CORE * (os.cpu_count() or 1)
    async with AsyncExitStack() as stack:
        for _ in range(count):
            spinner = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL"), *(sys.executable, "-c", "while True: pass")
            )
            stack.push_async_callback(spinner.wait)
            stack.callback(spinner.kill)
        fault = stage.mark(f"{count} processes spin")
        await stage.hold(BUSY_S)
    stage.compare_ring_times(fault, stage.mark("they have ended"))


@scenario(
    "handler-raises",
    within=60,
    setup=Setup(command=(sys.executable, "-m", "faults.raising"), raises=True),
)
async def handler_raises(stage: Stage) -> None:
    """Every hundredth event meets a fault of our own."""
    await stage.hold(20)
    faults = (await stage.node.metrics())["sip112_faults_total"]
    stage.figure("faults", faults)
    if not faults:
        stage.complain("no fault was counted: nothing was tried")


@scenario(
    "large-identifiers",
    within=60,
    setup=Setup(pbx_clock=True, clock=True, starts_at=LARGE - 8),
)
async def large_identifiers(stage: Stage) -> None:
    """Asterisk's ids, which begin with the time, pass 2^31: it is January 2038."""
    await stage.hold(10)
    query = "SELECT count(*) FROM calls WHERE split_part(uniqueid, '.', 1)::bigint >= $1"
    [[past]] = await stage.tables.read(query, LARGE)
    [[before]] = await stage.tables.read("SELECT count(*) FROM calls")
    stage.figure("ids_past_2_31", past)
    if not 0 < past < before:
        stage.complain(f"{past} of {before} ids have passed 2^31: nothing was tried")
