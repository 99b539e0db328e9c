"""What every measurement stands on: the rig, its seats, the database, and how load is placed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rig import Rig
from rig.progress import Stage
from rig.sipp import Call, Callers, CallerView, Counts, Seats

RING_S: Final = 0.1
"""Seconds that a seat's phone rings before it is answered."""
TALK_S: Final = 0.3
"""Seconds from the answer until the caller hangs up: short, so that a seat is always free."""

_LOOK_S: Final = 1.0
_GRACE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it is measured."""

    rig: Rig
    seats: Seats
    database: Path

    @property
    def url(self) -> str:
        """The database's URL."""
        return f"sqlite:///{self.database}"

    @property
    def log(self) -> Path:
        """Where the service logs."""
        return self.database.with_suffix(".log")

    @property
    def names(self) -> tuple[str, ...]:
        """The seats' names."""
        return self.rig.seat_names


@dataclass(frozen=True, slots=True)
class Placed:
    """Calls that were placed and have ended."""

    counts: Counts
    dialled: dict[str, float]
    """By number, when SIPp had sent the INVITE."""

    @property
    def lasted(self) -> float:
        """Seconds from the first INVITE to the last."""
        return max(self.dialled.values()) - min(self.dialled.values())


def number(index: int) -> str:
    """Return the number of a caller; every call of a measurement has its own."""
    return f"0812555{index:05d}"


def short_calls(count: int, talk: float = TALK_S) -> list[Call]:
    """Return `count` calls, each from its own number."""
    return [Call(number=number(index), talk=talk) for index in range(count)]


async def place(
    ground: Ground, stage: Stage, doing: str, calls: Sequence[Call], rate: float
) -> Placed:
    """Place `calls`, `rate` a second, and see them through, telling how far they are."""
    longest = max(call.talk for call in calls)

    async def tell(views: Sequence[CallerView]) -> None:
        while True:
            dialled = sum(view.dialled_at > 0 for view in views)
            ended = sum(view.ended_at > 0 for view in views)
            stage.say(f"{doing}: {dialled} of {len(views)} dialled, {ended} ended")
            await asyncio.sleep(_LOOK_S)

    async with Callers(ground.rig, calls, rate=rate) as callers:
        telling = asyncio.create_task(tell(callers.views))
        try:
            counts = await callers.finish(within=len(calls) / rate + longest + _GRACE_S)
        finally:
            telling.cancel()
    dialled = {v.call.number: v.dialled_at for v in callers.views if v.dialled_at > 0}
    return Placed(counts, dialled)


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value that `part` of `values` do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-round(part * 1000) * len(ranked) // 1000) - 1)]


def spread(values: Sequence[float], unit: float = 1e-3) -> dict[str, float]:
    """Return median, p90, p99 and the largest of `values`, in multiples of `unit` seconds."""
    parts = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {name: round(percentile(values, part) / unit, 3) for name, part in parts.items()}
