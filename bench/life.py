"""The service in life: popups, a burst, sustained load, memory; one process goes through all."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from typing import Any, Final

from bench.ami import hang_up_callers
from bench.ground import Ground, Placed, number, place, short_calls, spread
from bench.serving import Served, watched
from rig import lifecycle
from rig.progress import Stage
from rig.sipp import Call, Callers

POPUPS_RATE: Final = 50
BURST: Final = 500
BURSTS: Final = 3
_AT_ONCE: Final = 50_000
"""Calls a second that SIPp is asked for, so that it sends all of a burst as fast as it can."""
SUSTAINED_RATE: Final = 100
WAITING: Final = 500
_SETTLE_S: Final = 20.0
_LOOK_S: Final = 0.1


async def popups(ground: Ground, served: Served, stage: Stage, seconds: float) -> dict[str, Any]:
    """Return the time from an INVITE to its ticket committed and its event received."""
    await place(ground, stage, "warming up", short_calls(50), POPUPS_RATE)
    await _settled(ground, served)
    async with watched(served, ground.database) as watcher:
        cost = await Cost.begin(served)
        calls = short_calls(round(POPUPS_RATE * seconds))
        placed = await place(ground, stage, "calls", calls, POPUPS_RATE)
        spent = await cost.end(placed)
        await _settled(ground, served)
    return {"rate": POPUPS_RATE, **_popups(placed, watcher.found), **spent}


async def burst(ground: Ground, served: Served, stage: Stage) -> dict[str, Any]:
    """Return how long it takes until all of many callers at once have popped up; the worst."""
    last: list[float] = []
    each: list[dict[str, Any]] = []
    for turn in range(1, BURSTS + 1):
        async with watched(served) as watcher:
            doing = f"burst {turn} of {BURSTS}"
            placed = await place(ground, stage, doing, short_calls(BURST), _AT_ONCE)
            await _settled(ground, served)
        first = min(placed.dialled.values())
        arrivals = [each for each in watcher.found["events"] if each[1] == "call.arrived"]
        shown = [received for received, *_ in arrivals]
        told = [at for *_, at in arrivals]
        last.append(max(shown) - first if len(shown) == BURST else float("inf"))
        each.append(
            {
                "popups": len(shown),
                "last_popup_s": round(last[-1], 3),
                "last_invite_s": round(placed.lasted, 3),
                "last_arrival_told_by_asterisk_s": round(max(told) - first, 3),
                **_counts(placed),
            }
        )
    return {"last_popup_s": round(max(last), 3), "bursts": each}


async def sustained(ground: Ground, served: Served, stage: Stage, seconds: float) -> dict[str, Any]:
    """Return the calls a second that were carried with none lost; 0 if one was."""
    await place(ground, stage, "warming up", short_calls(50), POPUPS_RATE)
    await _settled(ground, served)
    before, rang = _stored(ground), len(ground.seats.invites)
    async with watched(served) as watcher:
        cost = await Cost.begin(served)
        calls = short_calls(round(SUSTAINED_RATE * seconds))
        placed = await place(ground, stage, "calls", calls, SUSTAINED_RATE)
        spent = await cost.end(placed)
        notes = await _settled(ground, served)
    stored = {name: count - before.get(name, 0) for name, count in _stored(ground).items()}
    counts = placed.counts
    shown = sum(kind == "call.arrived" for _, kind, *_ in watcher.found["events"])
    wanted = len(calls)
    lost = {
        "by_sipp": wanted - counts.successful,
        "without_ticket": wanted - stored["tickets"],
        "without_popup": wanted - shown,
        "not_answered_in_store": wanted - stored.get("answered", 0),
        "notes_left": notes,
    }
    rate = round(wanted / (placed.lasted + 1 / SUSTAINED_RATE), 1)
    return {
        "calls_per_s": 0.0 if any(lost.values()) else rate,
        "offered_per_s": rate,
        "lost": lost,
        "stored": stored,
        "rung": len(ground.seats.invites) - rang,
        **_counts(placed),
        **spent,
    }


async def memory(ground: Ground, served: Served, stage: Stage) -> dict[str, Any]:
    """Return the memory that the service holds while many callers wait and every seat talks."""
    before = served.rss_mb()
    calls = [Call(number=number(index)) for index in range(len(ground.names) + WAITING)]
    async with Callers(ground.rig, calls, rate=SUSTAINED_RATE) as callers:
        stage.say(f"{WAITING} callers wait")

        async def all_wait() -> bool:
            return len((await served.get("/v1/queue"))["items"]) == WAITING

        await _until(all_wait)
        await asyncio.sleep(1)
        held = served.rss_mb()
        stage.say("they are hung up")
        await asyncio.to_thread(hang_up_callers, ground.rig)
        await callers.finish(within=60)
    await _settled(ground, served)
    return {"rss_mb": round(held, 1), "before_mb": round(before, 1), "waiting": WAITING}


class Cost:
    """What a stretch of calls costs the service."""

    def __init__(self, served: Served, cpu_s: float, metrics: Mapping[str, float]) -> None:
        self._served = served
        self._cpu_s = cpu_s
        self._metrics = metrics

    @classmethod
    async def begin(cls, served: Served) -> Cost:
        """Begin to count."""
        metrics = await served.metrics()
        return cls(served, served.cpu_s(), metrics)

    async def end(self, placed: Placed) -> dict[str, float]:
        """Return CPU, AMI events, bytes and actions of each call since the beginning."""
        cpu_s = self._served.cpu_s() - self._cpu_s
        now = await self._served.metrics()
        calls = placed.counts.created

        def each(name: str) -> float:
            return round((now.get(name, 0.0) - self._metrics.get(name, 0.0)) / calls, 3)

        heard = ("sip112_ami_events_total", "sip112_ami_dropped_total", "sip112_ami_refused_total")
        return {
            "cpu_ms_per_call": round(1000 * cpu_s / calls, 3),
            "events_per_call": round(sum(map(each, heard)), 3),
            "ami_bytes_per_call": each("sip112_ami_bytes_total"),
            "actions_per_call": each("sip112_ami_actions_total"),
            "rss_mb": round(self._served.rss_mb(), 1),
        }


def _popups(placed: Placed, found: dict[str, Any]) -> dict[str, Any]:
    shown: list[float] = []
    committed: list[float] = []
    both: list[float] = []
    for at, kind, caller, ticket, *_ in found["events"]:
        if kind == "call.arrived":
            dialled, commit = placed.dialled[caller], found["commits"][ticket]
            shown.append(at - dialled)
            committed.append(commit - dialled)
            both.append(max(at, commit) - dialled)
    return {
        "calls": placed.counts.created,
        "without_popup": placed.counts.created - len(shown),
        "ms": spread(both),
        "event_received_ms": spread(shown),
        "committed_ms": spread(committed),
        **_counts(placed),
    }


def _counts(placed: Placed) -> dict[str, int]:
    counts = placed.counts
    return {
        "sipp_created": counts.created,
        "sipp_successful": counts.successful,
        "sipp_failed": counts.failed,
        "sipp_retransmissions": counts.retransmissions,
    }


def _stored(ground: Ground) -> dict[str, int]:
    """Return how many tickets there are, and calls by how they ended."""
    with closing(sqlite3.connect(f"file:{ground.database}?mode=ro", uri=True)) as store:
        (tickets,) = store.execute("SELECT count(*) FROM tickets").fetchone()
        outcomes = store.execute("SELECT coalesce(outcome, state), count(*) FROM calls GROUP BY 1")
        return {"tickets": tickets, **dict(outcomes.fetchall())}


async def _settled(ground: Ground, served: Served) -> int:
    """Wait until all that happened is stored and forgotten by Asterisk; return what is not."""
    left = 0

    async def nothing_left() -> bool:
        nonlocal left
        metrics = await served.metrics()
        notes = await asyncio.to_thread(
            lifecycle.asterisk, ground.rig.dir, "database show sip112/call"
        )
        left = notes.count("/sip112/call/")
        return not left and not metrics["sip112_store_pending"] and not metrics["sip112_calls"]

    try:
        await _until(nothing_left)
    except TimeoutError:
        return left
    return 0


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_SETTLE_S):
        while not await condition():  # noqa: ASYNC110 - it is asked over HTTP, and does not tell
            await asyncio.sleep(_LOOK_S)
