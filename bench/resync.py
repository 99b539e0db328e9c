"""The service is killed while many wait, and comes back: how soon it knows and decides."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Final

from bench.ami import hang_up_callers
from bench.child import child
from bench.ground import Ground, number
from bench.serving import Served, serving
from rig.postgres import postgres_server
from rig.progress import Stage
from rig.sipp import Call, Callers

WAITING: Final = 500
RATE: Final = 100
DEAD_S: Final = (0.0, 4.0, 0.0, 4.0)
"""Seconds from each death to the next start: at once, or when Asterisk has gone native."""
NICE: Final = -5
"""The service's priority, as its systemd unit has it."""
_AFTER_S: Final = 2.0
"""Seconds for which the reader is watched on after the service is in control: it writes to the
store then what it has found."""
_WAIT_S: Final = 30.0


async def measure(ground: Ground, stage: Stage) -> dict[str, Any]:
    """Return the worst of several deaths, on SQLite and on PostgreSQL; each with its figures.

    Every seat talks, and `WAITING` callers wait. `exact_s` is from the connection to AMI until
    Asterisk's state is taken in and reconciled, `control_s` from the start of the process until
    then: in the same step it tells Asterisk that it decides from here on. `unread_s` is the
    longest time for which it left lie what Asterisk had sent; `told_s` is when its API says
    that it decides, and shows every call.
    """
    found: dict[str, list[dict[str, float]]] = {"sqlite": [], "postgresql": []}
    with postgres_server() as server:
        for name, url in (("sqlite", ground.url), ("postgresql", server.url())):
            async with serving(ground.rig, url, ground.log, nice=NICE) as served:
                await _of(ground, served, stage, name, found[name])
    each = [run for runs in found.values() for run in runs]
    return {
        key: round(max(run[key] for run in each), 3)
        for key in ("exact_s", "control_s", "told_s", "unread_s")
    } | {"runs": found, "waiting": WAITING}


async def _of(
    ground: Ground, served: Served, stage: Stage, name: str, found: list[dict[str, float]]
) -> None:
    talking = len(ground.names)
    calls = [Call(number=number(index)) for index in range(talking + WAITING)]

    async def knows_all() -> bool:
        figures = await served.metrics()
        return bool(figures["routing"]) and figures["sip112_calls"] == len(calls)

    await served.log_in(*ground.names)
    async with Callers(ground.rig, calls, rate=RATE) as callers:
        stage.say(f"{name}: {len(calls)} callers dial")
        await served.until(knows_all, within=_WAIT_S)
        await served.until(served.written, within=_WAIT_S)
        for turn, dead_s in enumerate(DEAD_S, 1):
            stage.say(f"{name}: death {turn} of {len(DEAD_S)}")
            async with child("bench.comeback", str(ground.rig.dir)) as witness:
                await served.kill()
                await asyncio.sleep(dead_s)
                began = await served.spawn()
                told = await served.until(knows_all)
                await asyncio.sleep(_AFTER_S)
            lag = (await served.metrics())["sip112_loop_lag_max_seconds"]
            states = Counter(
                each["state"] for each in (await served.get("/v1/calls/live"))["items"]
            )
            if states != {"talking": talking, "queued": WAITING}:
                raise RuntimeError(f"after {dead_s:g} s of death the calls are {states}")
            seen = witness.found
            found.append(
                {
                    "dead_s": dead_s,
                    "connected_s": round(seen["connected"] - began, 3),
                    "exact_s": round(seen["owned"] - seen["connected"], 3),
                    "control_s": round(seen["owned"] - began, 3),
                    "told_s": round(told - began, 3),
                    "unread_s": round(seen["unread_s"], 3),
                    "loop_lag_max_s": round(lag, 3),
                }
            )
        stage.say(f"{name}: they are hung up")
        await asyncio.to_thread(hang_up_callers, ground.rig)
        await callers.finish(within=_WAIT_S)
    await served.until(served.written, within=_WAIT_S)
