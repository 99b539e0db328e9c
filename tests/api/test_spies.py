"""Supervisors who listen: from where, to whom, and what is said when they cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sip112.api import docs
from sip112.people.audit import AuditEntry
from sip112.people.roles import Role, Scope
from sip112.routing.effects import Refusal
from sip112.routing.events import StartSpying, StopSpying
from sip112.routing.ids import Instant, SeatId
from sip112.routing.spy import SpyEnd, SpyMode, SpyState
from sip112.service.listened import listened
from sip112.store.store import Store
from tests.api.people import add, browser
from tests.api.service import NOW, Service, problem

PATH = "/v1/seats/seat-03/spy"
LISTEN = {"mode": "listen"}
OWN = SeatId("seat-09")


@pytest.fixture
def staffed(service: Service) -> Service:
    """Give a service with a seat that talks, and a supervisor's."""
    service.desk.places = [docs.READY, docs.READY.evolve(id=OWN, agent=None)]
    service.desk.listening = [docs.SPY]
    return service


@pytest.fixture
async def dewi(staffed: Service, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """Give the browser of a supervisor who sits at `OWN`."""
    await add(store, "dewi", Role.SUPERVISOR)
    async with browser(staffed, store, "dewi") as client:
        sat = await client.put("/v1/session/seat", json={"seat": OWN})
        assert sat.status_code == 200, sat.text
        yield client


async def test_a_supervisor_listens_from_the_own_seat(
    staffed: Service, dewi: httpx.AsyncClient
) -> None:
    """Which need not be named; who it is goes along for the audit log."""
    for body in (LISTEN, LISTEN | {"seat": OWN}):
        answer = await dewi.post(PATH, json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["by"] == OWN
        assert answer.json()["state"] == "called"
    command = {"seat": OWN, "target": "seat-03", "mode": SpyMode.LISTEN, "who": "dewi"}
    assert staffed.desk.commands == [(StartSpying, command)] * 2


async def test_a_supervisor_stops(staffed: Service, dewi: httpx.AsyncClient) -> None:
    """Whose seat it is need not be named either."""
    for query in ("", f"?by={OWN}"):
        assert (await dewi.delete(PATH + query)).status_code == 204
    command = {"seat": OWN, "target": "seat-03"}
    assert staffed.desk.commands == [(StopSpying, command)] * 2


async def test_who_listens_is_for_supervisors(
    staffed: Service, store: Store, dewi: httpx.AsyncClient
) -> None:
    """An operator may neither listen nor see who does."""
    [item] = (await dewi.get("/v1/spies")).json()["items"]
    assert (item["seat"], item["by"], item["who"]) == ("seat-03", OWN, "dewi")
    await add(store, "sari", Role.CALL_TAKER)
    async with browser(staffed, store, "sari") as client:
        problem(await client.get("/v1/spies"), 403, "missing-scope")
        problem(await client.post(PATH, json=LISTEN), 403, "missing-scope")
        problem(await client.delete(PATH), 403, "missing-scope")
    assert staffed.desk.commands == []


async def test_a_supervisor_without_a_seat_is_told_what_to_do(
    staffed: Service, store: Store
) -> None:
    """It is the seat that has a phone; one elsewhere is somebody else's."""
    await add(store, "dewi", Role.SUPERVISOR)
    async with browser(staffed, store, "dewi") as client:
        for answer in (await client.post(PATH, json=LISTEN), await client.delete(PATH)):
            document = problem(answer, 409, "no-own-seat")
            assert "PUT /v1/session/seat" in document["remedy"]
        await client.put("/v1/session/seat", json={"seat": OWN})
        other = LISTEN | {"seat": "seat-04"}
        problem(await client.post(PATH, json=other), 403, "not-your-seat")
        problem(await client.delete(f"{PATH}?by=seat-04"), 403, "not-your-seat")
    assert staffed.desk.commands == []


async def test_a_machine_names_the_seat(staffed: Service) -> None:
    """It sits nowhere."""
    async with staffed.client(Scope.SUPERVISE) as client:
        document = problem(await client.post(PATH, json=LISTEN), 409, "no-own-seat")
        assert "`seat`" in document["remedy"]
        answer = await client.post(PATH, json=LISTEN | {"seat": OWN})
        assert answer.status_code == 200
        assert (await client.delete(f"{PATH}?by={OWN}")).status_code == 204
    assert [kind for kind, _ in staffed.desk.commands] == [StartSpying, StopSpying]


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal.ONESELF, 409),
        (Refusal.NOT_TALKING, 409),
        (Refusal.NO_PHONE, 409),
        (Refusal.IN_CALL, 409),
        (Refusal.SPYING_ELSEWHERE, 409),
        (Refusal.NOT_SPYING, 409),
        (Refusal.CHANGING, 409),
        (Refusal.NO_ORIGINATE, 501),
        (Refusal.PBX_UNREACHABLE, 503),
        (Refusal.PBX_REFUSED, 503),
    ],
)
async def test_what_the_desk_refuses_is_explained(
    staffed: Service, dewi: httpx.AsyncClient, refusal: Refusal, status: int
) -> None:
    """Each in its words, with what to do about it."""
    staffed.desk.refusal = refusal
    document = problem(await dewi.post(PATH, json=LISTEN), status, refusal.replace("_", "-"))
    assert document["remedy"]


async def test_seats_that_are_none(staffed: Service, dewi: httpx.AsyncClient) -> None:
    """The one that is unknown is named."""
    staffed.desk.refusal = Refusal.UNKNOWN_SEAT
    document = problem(await dewi.post("/v1/seats/seat-99/spy", json=LISTEN), 404, "unknown-seat")
    assert "seat-99" in document["detail"]
    document = problem(await dewi.post(PATH, json=LISTEN), 404, "unknown-seat")
    assert OWN in document["detail"]


async def test_it_is_over_before_it_is_answered(staffed: Service, dewi: httpx.AsyncClient) -> None:
    """As when the call ends in that instant."""
    staffed.desk.listening = [docs.SPY.evolve(by=SeatId("seat-08"))]
    problem(await dewi.post(PATH, json=LISTEN), 409, "not-spying")
    staffed.desk.silent = True
    problem(await dewi.post(PATH, json=LISTEN), 504, "pbx-timeout")


@pytest.mark.parametrize(
    ("body", "field"), [({}, "mode"), ({"mode": "shout"}, "mode"), (LISTEN | {"x": 1}, "x")]
)
async def test_a_wrong_body_is_explained(
    staffed: Service, dewi: httpx.AsyncClient, body: Any, field: str
) -> None:
    """Nothing of it reaches the desk."""
    document = problem(await dewi.post(PATH, json=body), 422, "invalid")
    assert field in str(document["errors"])
    assert staffed.desk.commands == []


def test_what_the_audit_log_has() -> None:
    """When it began, in which mode, and the end; nothing of a phone that only rang."""
    assert listened(docs.SPY, Instant(NOW)) is None
    on = docs.SPY.evolve(state=SpyState.ON, began_at=Instant(NOW))
    entry = listened(on, Instant(NOW))
    assert isinstance(entry, AuditEntry)
    assert (entry.who, entry.action) == ("dewi", "call.listened")
    assert entry.subject == str(docs.SPY.call)
    assert entry.detail == {
        "mode": "listen",
        "seat": "seat-03",
        "agent": "sari",
        "by": "seat-09",
        "ticket": "PKY-20261122-0042",
        "began": "2026-11-21T22:28:20+00:00",
        "ended": None,
        "end": None,
    }
    over = on.evolve(state=SpyState.OVER, ended_at=Instant(NOW + 60), end=SpyEnd.GONE)
    entry = listened(over, Instant(NOW + 60))
    assert entry is not None
    assert entry.detail["ended"] == "2026-11-21T22:29:20+00:00"
    assert entry.detail["end"] == "gone"
