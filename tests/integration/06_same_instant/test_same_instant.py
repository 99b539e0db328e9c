"""Callers who hang up in the very instant in which something else happens to their call."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median

import pytest

from rig.sipp import Answer, Call, Ring
from sip112.routing.call import CallState
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre
from tests.integration.play import playing

SEATS = tuple(f"seat-{n:02d}" for n in range(1, 11))
RANGE = "seat-01..seat-10"
ROUNDS = 6
"""Tries to hang up around the answer, at most."""
ENOUGH = 10
"""Calls of either outcome by which it was around the answer."""


async def test_as_the_seat_answers(open_centre: OpenCentre) -> None:
    """A hundred hang-ups around the answer: each ends once, and every seat is free again."""
    async with (
        open_centre(seats=RANGE) as centre,
        centre.seats(*SEATS, does=Answer(after=0.3)) as seats,
    ):
        centre.reckoning.races = True
        answered = await _answered_after(centre)
        for n in range(ROUNDS):
            calls = [
                Call(number=f"0812555{100 * n + m:04d}", hang_up_at=answered + 0.0006 * (m - 50))
                for m in range(100)
            ]
            async with centre.calling(*calls, rate=25) as callers:
                pass
            await centre.until(lambda: all(centre.seat(seat).free for seat in SEATS), within=5)
            heard = sum(each.answered_at > 0 for each in callers.views)
            if ENOUGH < heard < len(calls) - ENOUGH:
                break
            # the machine is quicker or slower than it was a moment ago
            answered += 0.02 if heard <= ENOUGH else -0.02
        else:
            pytest.fail(f"nobody hung up around the answer: {heard} of {len(calls)} were answered")
        await _next_is_answered(centre)
    assert seats.count(Ring.RINGING) == 0


async def test_as_the_call_is_offered(open_centre: OpenCentre) -> None:
    """Sixty hang-ups in the milliseconds in which the caller is put through to a free seat."""
    scenario = Path(__file__).with_name("gives_up_as_it_rings.xml")
    async with (
        open_centre(seats=RANGE) as centre,
        centre.seats(*SEATS, does=Answer(after=0.3)) as seats,
    ):
        centre.reckoning.races = True
        async with playing(centre.rig, scenario, calls=60, rate=40) as callers:
            counts = await callers.finish(within=15)
            centre.count(counts)
        await centre.until(lambda: all(centre.seat(seat).free for seat in SEATS), within=5)
        await _next_is_answered(centre)
    assert counts.abandoned + counts.answered == 60
    assert seats.count(Ring.RINGING) == 0


async def test_as_a_seat_comes_free_for_who_waits(open_centre: OpenCentre) -> None:
    """Ten callers leave the queue in the instant in which ten seats end their pause."""
    numbers = [f"0812555{n:04d}" for n in range(10)]
    async with (
        open_centre(seats=RANGE) as centre,
        centre.seats(*SEATS, does=Answer(after=0.3)) as seats,
    ):
        centre.reckoning.races = True
        for seat in SEATS:
            await centre.command(seat, "pause", reason="break")
        calls = [Call(number=number, hang_up_at=2.2) for number in numbers]
        async with centre.calling(*calls, rate=400) as callers:
            await centre.until(
                lambda: all(centre.state(number) is CallState.QUEUED for number in numbers),
                within=5,
            )
            left = min(view.dialled_at for view in callers.views) + 2.19 - time.time()
            await asyncio.sleep(max(0, left))
            for seat in SEATS:
                await centre.command(seat, "resume")
        await centre.until(lambda: all(centre.seat(seat).free for seat in SEATS), within=8)
        await _next_is_answered(centre)
    assert seats.count(Ring.RINGING) == 0


async def _answered_after(centre: Centre) -> float:
    """Return how long it takes until a seat answers, seconds."""
    calls = [Call(number=f"0812556{n:04d}", talk=0.1) for n in range(20)]
    async with centre.calling(*calls, rate=25) as callers:
        pass
    return median(each.answered_at - each.dialled_at for each in callers.views)


async def _next_is_answered(centre: Centre) -> None:
    """Show that nothing of the callers before is in the way of the next."""
    async with centre.calling(Call(number="08125559999", talk=0.5)):
        await centre.until(lambda: centre.state("08125559999") is CallState.TALKING, within=5)
