"""What the database counts, against a count by hand over the calls themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.dialects import sqlite

from sip112.routing.call import Call, CallState, Outcome
from sip112.routing.effects import EntryKind
from sip112.routing.ids import CentreCode, Instant
from sip112.routing.summary import Summary, Tally, bounds, day_at, hours_in, total
from sip112.store import queries
from sip112.store.tables import utc
from tests.store.examples import PKY, START, arrived, record
from tests.store.helpers import Running, fetch

WITHIN = (15.0, 20.0, 7.5)
JAKARTA = ZoneInfo("Asia/Jakarta")
WAITS = (0, 0.000001, 7.5, 7.500001, 14.999999, 15, 15.000001, 15.0004, 19.9999, 20, 20.000001, -3)
"""Beside any others: those at which it is decided, and an answer by a clock that went back."""


def some(random: Random, count: int, centre: CentreCode = PKY) -> list[Call]:
    """Return calls of three days as they may be, many at the very edge of something."""
    since, until = bounds(day_at(START, JAKARTA), JAKARTA)
    edges = [since, until, since + 3600, since + 7200, Instant(START)]
    calls = []
    for n in range(count):
        at = random.choice(edges) + random.choice([0, 0, -0.000001, 0.000001, 0.5])
        if random.random() < 0.6:
            at = since - 86400 + random.random() * 3 * 86400
        call = arrived(n + 1, at=round(at, 6), centre=centre)
        wait = random.choice([*WAITS, random.random() * 60, random.expovariate(1 / 8)])
        answered = Instant(round(call.arrived_at + wait, 6))
        ended = Instant(call.arrived_at + 90)
        match random.randrange(6):
            case 0 | 1:
                call = call.evolve(
                    state=CallState.ENDED,
                    answered_at=answered,
                    ended_at=ended,
                    outcome=Outcome.ANSWERED,
                )
            case 2:
                call = call.evolve(state=CallState.ENDED, ended_at=ended, outcome=Outcome.ABANDONED)
            case 3:
                lost = random.choice([None, answered])
                call = call.evolve(
                    state=CallState.ENDED,
                    answered_at=lost,
                    ended_at=ended,
                    outcome=Outcome.LOST_BY_PBX,
                )
            case 4:
                call = call.evolve(state=CallState.TALKING, answered_at=answered)
            case _:
                state = random.choice([CallState.ARRIVED, CallState.QUEUED, CallState.RINGING])
                call = call.evolve(state=state)
        calls.append(call)
    return calls


def counted(calls: Sequence[Call], since: Instant, until: Instant) -> Summary:
    """Count by hand, in whole microseconds as the database keeps them."""
    hours = []
    micro = timedelta(microseconds=1)
    for n in range(hours_in(since, until)):
        begins, ends = utc(Instant(since + n * 3600)), utc(Instant(since + (n + 1) * 3600))
        mine = [call for call in calls if begins <= utc(call.arrived_at) < min(ends, utc(until))]
        classes = [klass(call) for call in mine]
        waits = [wait_of(call) for call in mine if call.answered_at is not None]
        hours.append(
            Tally(
                arrived=len(mine),
                answered=classes.count("answered"),
                abandoned=classes.count("abandoned"),
                lost=classes.count("lost"),
                waiting=classes.count("waiting"),
                taken=len(waits),
                missed=sum(1 for call in mine if call.outcome and call.answered_at is None),
                within=tuple(
                    sum(wait <= timedelta(seconds=each) for wait in waits) for each in WITHIN
                ),
                first_waiting=min(
                    (call.arrived_at for call in mine if klass(call) == "waiting"), default=None
                ),
            )
        )
    day = [call for call in calls if utc(since) <= utc(call.arrived_at) < utc(until)]
    ranked = sorted(wait_of(call) // micro for call in day if call.answered_at is not None)
    if not ranked:
        return Summary(tuple(hours), None, None)
    rank = {share: ceil(len(ranked) * share / 10) - 1 for share in (5, 9)}
    return Summary(tuple(hours), ranked[rank[5]] / 1e6, ranked[rank[9]] / 1e6)


def klass(call: Call) -> str:
    """Return the one class of a call."""
    if call.outcome is not None:
        return {"lost_by_pbx": "lost"}.get(call.outcome, call.outcome)
    return "waiting" if call.answered_at is None else "answered"


def wait_of(call: Call) -> timedelta:
    """Return the answer time of a call."""
    assert call.answered_at is not None
    return max(utc(call.answered_at) - utc(call.arrived_at), timedelta())


@pytest.mark.parametrize("seed", range(4))
async def test_the_database_counts_as_one_does_by_hand(running: Running, seed: int) -> None:
    """Every day and hour, class and share; each arrival once, and no other centre's."""
    random = Random(seed)  # noqa: S311 - no secret
    calls = some(random, 300)
    others = some(random, 5, CentreCode("KTM"))
    await running.write(
        *(record(EntryKind.CALL_ENDED, centre=each.centre, call=each) for each in calls + others)
    )
    stored = [each async for each in running.store.iterate_calls(PKY)]
    assert len(stored) == 300
    days = 0
    for zone in (JAKARTA, ZoneInfo("Asia/Kathmandu")):
        for offset in (-86400, 0, 86400):
            since, until = bounds(day_at(Instant(START + offset), zone), zone)
            found = await running.store.summary(PKY, since, until, WITHIN)
            expected = counted(stored, since, until)
            assert found == expected
            whole = total(found.hours, len(WITHIN))
            classes = whole.answered, whole.abandoned, whole.lost, whole.waiting
            assert whole.arrived == sum(classes) > 10
            days += whole.arrived
    assert days <= 2 * 300


async def test_a_day_without_calls(running: Running) -> None:
    """Has its hours, and no answer time."""
    since, until = bounds(day_at(START, JAKARTA), JAKARTA)
    assert await running.store.summary(PKY, since, until, (15.0,)) == Summary(
        (Tally(within=(0,)),) * 24, None, None
    )


async def test_one_call_is_its_own_median(running: Running) -> None:
    """By nearest rank."""
    call = arrived(1).evolve(state=CallState.TALKING, answered_at=Instant(START + 4.25))
    await running.write(record(EntryKind.CALL_ANSWERED, call=call))
    since, until = bounds(day_at(START, JAKARTA), JAKARTA)
    found = await running.store.summary(PKY, since, until, (4.25,))
    assert (found.median_s, found.p90_s) == (4.25, 4.25)
    assert found.hours[5] == Tally(1, answered=1, taken=1, within=(1,))


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_only_the_day_is_read(migrated_url: str) -> None:
    """Through the index, however many years there are."""
    since, until = bounds(day_at(START, JAKARTA), JAKARTA)
    for query in (
        queries.tallies(PKY, since, until, WITHIN),
        queries.answer_times(PKY, since, until),
    ):
        compiled = query.compile(
            dialect=sqlite.dialect(paramstyle="named"), compile_kwargs={"literal_binds": False}
        )
        text = re.sub(r":\w+", "1", str(compiled))
        plan = [step for *_, step in await fetch(migrated_url, f"EXPLAIN QUERY PLAN {text}")]
        assert any(
            "INDEX ix_calls_centre_arrived_at_id (centre=? AND arrived_at>? AND arrived_at<?)"
            in step
            for step in plan
        ), plan
