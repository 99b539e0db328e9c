"""From the arrival to the ringing seat: the service beside the yardstick, turn about."""

from __future__ import annotations

from typing import Any

from bench.child import child, cpu_s
from bench.ground import Ground, percentile, place, short_calls, spread
from bench.serving import serving, watched
from rig.progress import Stage

ROUNDS = 4
WARM_UP = 20
"""Calls at the start of each turn that do not count."""


async def measure(ground: Ground, stage: Stage, rate: int, seconds: float) -> dict[str, Any]:
    """Return ratios and figures at `rate` calls a second, over `seconds` for each of the two.

    The two take turns, so that what else the machine does falls on both. One observer times
    both, on a connection of its own. The service has an event stream open meanwhile and
    stores to its database, as in life.
    """
    heard: dict[str, list[float]] = {"sip112": [], "bare": []}
    written: dict[str, list[float]] = {"sip112": [], "bare": []}
    directory = str(ground.rig.dir)
    calls = short_calls(round(rate * seconds / ROUNDS))
    warm_up = short_calls(WARM_UP)
    lost = 0

    cpu: dict[str, float] = {"sip112": 0.0, "bare": 0.0}

    async def turn(who: str, number: int, pid: int) -> int:
        doing = f"{who}, turn {number} of {ROUNDS}"
        await place(ground, stage, f"{doing}, warming up", warm_up, rate)
        async with child("bench.observer", directory) as observer:
            cpu[who] -= cpu_s(pid)
            placed = await place(ground, stage, doing, calls, rate)
            cpu[who] += cpu_s(pid)
        for arrived, rang, arrival_written, ring_written in observer.found.values():
            heard[who].append(rang - arrived)
            written[who].append(ring_written - arrival_written)
        return placed.counts.created - len(observer.found)

    for number in range(1, ROUNDS + 1):
        async with serving(ground.rig, ground.url, ground.log) as served:
            await served.log_in(*ground.names)
            async with watched(served):
                lost += await turn("sip112", number, served.pid)
        async with child("bench.bare", directory) as bare:
            lost += await turn("bare", number, bare.pid)
    return {
        "p50": _ratio(heard, 0.5),
        "p99": _ratio(heard, 0.99),
        "calls_each": len(heard["sip112"]),
        "calls_without_ring": lost,
        "heard_ms": {who: spread(values) for who, values in heard.items()},
        "cpu_ms_per_call": {who: round(1000 * cpu[who] / len(heard[who]), 3) for who in cpu},
        "by_asterisks_clock_ms": {who: spread(values) for who, values in written.items()},
        "by_asterisks_clock_ratio": {
            "p50": _ratio(written, 0.5),
            "p99": _ratio(written, 0.99),
        },
    }


def _ratio(values: dict[str, list[float]], part: float) -> float:
    return round(percentile(values["sip112"], part) / percentile(values["bare"], part), 3)
