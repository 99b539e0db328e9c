"""From the arrival to the ringing seat, with the database there, stopped and frozen."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from bench.child import child
from bench.ground import Ground, percentile, place, short_calls, spread
from bench.serving import Served, serving, watched
from rig.postgres import PostgresServer, postgres_server
from rig.progress import Stage

ROUNDS: Final = 3
WARM_UP: Final = 20
"""Calls at the start of each turn that do not count."""
_BACK_S: Final = 60.0


async def measure(ground: Ground, stage: Stage, rate: int, seconds: float) -> dict[str, Any]:
    """Return medians at `rate` calls a second beside that with PostgreSQL up; `worst` of the two.

    The three take turns, `seconds` for each in all, so that what else the machine does falls
    on all of them.
    """
    heard: dict[str, list[float]] = {"up": [], "stopped": [], "frozen": []}
    lost = 0
    calls = short_calls(round(rate * seconds / ROUNDS))
    warm_up = short_calls(min(WARM_UP, len(calls)))
    with postgres_server() as server:
        async with serving(ground.rig, server.url(), ground.log) as served, watched(served):
            await served.log_in(*ground.names)
            for turn in range(1, ROUNDS + 1):
                for how, ring in heard.items():
                    doing = f"PostgreSQL {how}, turn {turn} of {ROUNDS}"
                    async with _as(server, how, served):
                        await place(ground, stage, f"{doing}, warming up", warm_up, rate)
                        async with child("bench.observer", str(ground.rig.dir)) as observer:
                            placed = await place(ground, stage, doing, calls, rate)
                    times = observer.found.values()
                    ring += [rang - arrived for arrived, rang, *_ in times]
                    lost += placed.counts.created - len(times)
    medians = {how: percentile(times, 0.5) for how, times in heard.items()}
    ratios = {how: round(medians[how] / medians["up"], 3) for how in ("stopped", "frozen")}
    return {
        "worst": max(ratios.values()),
        "ratios": ratios,
        "calls_each": len(heard["up"]),
        "calls_without_ring": lost,
        "heard_ms": {how: spread(times) for how, times in heard.items()},
    }


@asynccontextmanager
async def _as(server: PostgresServer, how: str, served: Served) -> AsyncIterator[None]:
    """Have the server be so; afterwards it is up, and everything is written."""
    ends: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "up": (lambda: None, lambda: None),
        "stopped": (lambda: server.stop(signal.SIGQUIT), server.start),
        "frozen": (
            lambda: server.signal(signal.SIGSTOP),
            lambda: server.signal(signal.SIGCONT),
        ),
    }
    begin, end = ends[how]
    begin()
    try:
        yield
    finally:
        end()
    await served.until(served.written, within=_BACK_S)
