"""The day as the API shows it."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from sip112.routing.call import CallState, Outcome
from sip112.routing.effects import EntryKind
from sip112.routing.ids import Instant
from sip112.routing.summary import AnswerTarget
from sip112.store.store import Store
from tests.api.service import NOW, Service, problem, write
from tests.store.examples import START, arrived, record


async def fill(store: Store) -> None:
    """Store a day: answered after 4, 15 and 15.001 s, lost after an answer, abandoned, waiting."""
    calls = []
    for n, wait in enumerate([4, 15, 15.001, 18], start=1):
        call = arrived(n).evolve(
            state=CallState.ENDED,
            answered_at=Instant(START + wait),
            ended_at=Instant(START + 60),
            outcome=Outcome.LOST_BY_PBX if n == 4 else Outcome.ANSWERED,
        )
        calls.append(call)
    gone = {
        "state": CallState.ENDED,
        "ended_at": Instant(START + 3),
        "outcome": Outcome.ABANDONED,
    }
    calls += [arrived(n).evolve(**gone) for n in (5, 6)]
    calls.append(arrived(7, at=NOW - 12.5).evolve(state=CallState.QUEUED))
    calls.append(arrived(8, at=START - 86400).evolve(**gone))
    await write(store, *(record(EntryKind.CALL_ENDED, call=call) for call in calls))


async def test_today(service: Service, store: Store) -> None:
    """Every arrival is in one class, and both shares are told against each target."""
    await fill(store)
    async with service.client() as client:
        found = (await client.get("/v1/summary")).json()
    assert found["day"] == "2026-11-22"
    assert (found["since"], found["until"]) == (
        "2026-11-21T17:00:00.000Z",
        "2026-11-22T17:00:00.000Z",
    )
    classes = {"answered": 3, "abandoned": 2, "lost": 1, "waiting": 1}
    assert {name: found[name] for name in classes} == classes
    assert found["arrived"] == 7
    assert found["longest_s"] == 12.5
    assert found["answer"] == {
        "within": [
            {"seconds": 15.0, "target": 0.9, "share": 0.5, "share_with_abandoned": 0.3333},
            {"seconds": 20.0, "target": 0.95, "share": 1.0, "share_with_abandoned": 0.6666},
        ],
        "median_s": 15.0,
        "p90_s": 18.0,
    }
    assert len(found["hours"]) == 24
    busy = [hour for hour in found["hours"] if hour["arrived"]]
    assert [hour["since"] for hour in busy] == ["2026-11-21T22:00:00.000Z"]
    assert busy[0]["within"] == found["answer"]["within"]
    assert found["hours"][0]["within"][0]["share"] is None


async def test_another_day_and_other_targets(store: Store) -> None:
    """By the centre's calendar."""
    await fill(store)
    service = Service(store, answer_targets=(AnswerTarget(10, 0.8),))
    async with service.client() as client:
        found = (await client.get("/v1/summary?day=2026-11-21")).json()
        assert (found["arrived"], found["abandoned"], found["longest_s"]) == (1, 1, 0)
        assert found["answer"] == {
            "within": [
                {"seconds": 10.0, "target": 0.8, "share": None, "share_with_abandoned": 0.0}
            ],
            "median_s": None,
            "p90_s": None,
        }
        assert (await client.get("/v1/summary?day=2030-01-01")).json()["arrived"] == 0
    async with Service(store, time_zone=ZoneInfo("UTC")).client() as client:
        found = (await client.get("/v1/summary?day=2026-11-21")).json()
    assert found["arrived"] == 7


@pytest.mark.parametrize(
    "day", ["", "today", "2026-02-30", "1795300000", "2026-11-22T00:00:00Z", "9999-12-31", "%00"]
)
async def test_a_day_that_is_none(service: Service, day: str) -> None:
    """It is told how one is written."""
    async with service.client() as client:
        found = problem(await client.get(f"/v1/summary?day={day}"), 422, "invalid")
    assert [error["field"] for error in found["errors"]] == ["day"]


async def test_while_the_database_is_away(gone: Store) -> None:
    """Nobody makes numbers up."""
    async with Service(gone).client() as client:
        problem(await client.get("/v1/summary"), 503, "store-unavailable")


async def test_it_is_plain_json(service: Service) -> None:
    """Without what JSON does not have."""
    async with service.client() as client:
        response = await client.get("/v1/summary")
    json.loads(response.text, parse_constant=pytest.fail)
