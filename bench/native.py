"""The service dies: how long until Asterisk rings a seat for who waits, by itself."""

from __future__ import annotations

import asyncio
import random
import time
from statistics import median
from typing import Any, Final

from bench.ami import hang_up_callers
from bench.ground import Ground, number
from bench.serving import Served, serving
from rig import asking
from rig.progress import Stage
from rig.sipp import Call, Callers

TURNS: Final = 10
_WITHIN_S: Final = 20.0
_BEAT_S: Final = 0.5
"""Seconds between heartbeats, and between the watchdog's looks: the death falls in between."""


async def measure(ground: Ground, stage: Stage) -> dict[str, Any]:
    """Return the longest of `TURNS` times from kill -9 to the INVITE that a seat's phone got."""
    took: list[float] = []
    seat = ground.names[0]
    async with serving(ground.rig, ground.url, ground.log) as served:
        for each in ground.names[1:]:
            await served.seat(each, "logout")
        await served.log_in(seat)
        for turn in range(1, TURNS + 1):
            stage.say(f"death {turn} of {TURNS}")
            took.append(await _die(ground, served, seat))
        await served.log_in(*ground.names)
    return {
        "s": round(max(took), 2),
        "median_s": round(median(took), 2),
        "runs": [round(each, 2) for each in took],
    }


async def _die(ground: Ground, served: Served, seat: str) -> float:
    """Kill the service while one talks at the only seat on duty and one waits; start it again."""
    seats = ground.seats
    talks, waits = Call(number=number(0)), Call(number=number(1), delay=0.5)

    async def one_waits() -> bool:
        items = (await served.get("/v1/calls/live"))["items"]
        return sorted(each["state"] for each in items) == ["queued", "talking"]

    async with Callers(ground.rig, [talks, waits]) as callers:
        await served.until(one_waits, _WITHIN_S)
        await asyncio.sleep(random.uniform(0, _BEAT_S))  # noqa: S311 - no secret
        before = len(seats.invites)
        died = time.time()
        await served.kill()
        await asking.hang_up(ground.rig, seat)
        await seats.until(lambda: len(seats.invites) > before, within=_WITHIN_S)
        took = seats.invites[before].at - died  # SIPp's clock is the machine's
        await served.start()
        await asyncio.to_thread(hang_up_callers, ground.rig)
        await callers.finish(within=_WITHIN_S)
    await served.until(served.written, _WITHIN_S)
    return took
