"""Seats and the commands for them."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.api import docs
from sip112.api.routes import steering
from sip112.api.routes.seats import refused
from sip112.people.roles import Scope
from sip112.routing.effects import Refusal
from sip112.routing.events import EndWrapUp, LogIn, LogOut, Pause, Resume
from sip112.routing.ids import Instant, SeatId
from sip112.routing.seat import Device, Seat
from tests.api.service import PKY, Service, problem

SEATS = [
    docs.READY,
    Seat(SeatId("seat-01"), PKY),
    docs.READY.evolve(
        id=SeatId("seat-02"),
        device=Device.IN_USE,
        call=docs.RINGING.id,
        talking=True,
        wrap_up_until=Instant(1_795_300_000.5),
    ),
]

BODIES: dict[str, dict[str, Any] | None] = {
    "login": {"agent": "sari", "skills": ["id", "en"]},
    "logout": None,
    "pause": {"reason": "break"},
    "resume": None,
    "end-wrap-up": None,
}

OF_CALLS = {
    *(Refusal.NOT_IN_CALL, Refusal.TRANSFERRING, Refusal.NOT_TRANSFERRING, Refusal.NOT_ANSWERED),
    *(Refusal.TARGET_BUSY, Refusal.ALONE, Refusal.NO_ORIGINATE),
}
"""Refusals that only those get who steer a call."""
OF_SPIES = {
    *(Refusal.ONESELF, Refusal.NOT_TALKING, Refusal.NO_PHONE),
    *(Refusal.SPYING_ELSEWHERE, Refusal.NOT_SPYING),
}
"""Those that only supervisors get who listen (see `test_spies`)."""


@pytest.fixture
def staffed(service: Service) -> Service:
    """Give a service with three seats."""
    service.desk.places = list(SEATS)
    return service


async def test_list(staffed: Service) -> None:
    """All seats by name, as they are now."""
    async with staffed.client() as client:
        items = (await client.get("/v1/seats")).json()["items"]
    assert [item["id"] for item in items] == ["seat-01", "seat-02", "seat-03"]
    assert [item["state"] for item in items] == ["off_duty", "talking", "ready"]
    assert items[0]["since"] is None
    assert items[1]["call"] == str(docs.RINGING.id)
    assert items[1]["wrap_up_until"] == "2026-11-21T22:26:40.500Z"
    assert items[2]["skills"] == ["en", "id"]


async def test_one(staffed: Service) -> None:
    """One seat is the same as in the list; an unknown one is not found."""
    async with staffed.client() as client:
        seat = (await client.get("/v1/seats/seat-03")).json()
        assert seat in (await client.get("/v1/seats")).json()["items"]
        for unknown in ("seat-99", "%00", "seat-03%0d%0aAction:%20x"):
            problem(await client.get(f"/v1/seats/{unknown}"), 404, "unknown-seat")


@pytest.mark.parametrize(
    ("command", "kind", "fields"),
    [
        ("login", LogIn, {"agent": "sari", "skills": frozenset({"id", "en"})}),
        ("logout", LogOut, {}),
        ("pause", Pause, {"reason": "break"}),
        ("resume", Resume, {}),
        ("end-wrap-up", EndWrapUp, {}),
    ],
)
async def test_commands(
    staffed: Service, command: str, kind: type, fields: dict[str, object]
) -> None:
    """Each path gives the desk its command and is answered with the seat."""
    async with staffed.client(Scope.SEATS) as client:
        response = await client.post(f"/v1/seats/seat-03/{command}", json=BODIES[command])
        assert response.status_code == 200
        assert response.json() == (await client.get("/v1/seats/seat-03")).json()
    assert staffed.desk.commands == [(kind, {"seat": "seat-03", **fields})]


@pytest.mark.parametrize("refusal", [each for each in Refusal if each not in OF_CALLS | OF_SPIES])
def test_every_refusal_is_a_problem_with_a_remedy(refusal: Refusal) -> None:
    """What cannot be found is 404, what stands against it 409, what the PBX lacks 503."""
    unknown = {Refusal.UNKNOWN_SEAT, Refusal.UNKNOWN_CALL, Refusal.UNKNOWN_CALLBACK}
    made = refused(refusal, "seat-03", "as told")
    unavailable = {Refusal.PBX_UNREACHABLE, Refusal.PBX_REFUSED}
    expected = 404 if refusal in unknown else 503 if refusal in unavailable else 409
    assert made.status == expected
    assert made.name == refusal.replace("_", "-")
    assert made.remedy
    assert ("Retry-After" in made.headers) == (expected == 503)
    assert refusal is Refusal.UNKNOWN_SEAT or "as told" in made.detail


@pytest.mark.parametrize("refusal", [each for each in Refusal if each not in OF_SPIES])
def test_every_refusal_to_steer_is_a_problem_with_a_remedy(refusal: Refusal) -> None:
    """Those of calls say themselves what to do; the others are of seats, or of the PBX."""
    made = steering.refused(refusal, "a call", "seat-03", "as told")
    if refusal in OF_CALLS | {Refusal.CHANGING}:
        assert made.status == (501 if refusal is Refusal.NO_ORIGINATE else 409)
    assert made.name == refusal.replace("_", "-")
    assert made.remedy


@pytest.mark.parametrize("command", BODIES)
async def test_a_refused_command_is_answered_as_such(staffed: Service, command: str) -> None:
    """Refused by the desk, unknown to it, and not confirmed in time."""
    async with staffed.client(Scope.SEATS) as client:

        async def post(seat: str) -> Any:
            return await client.post(f"/v1/seats/{seat}/{command}", json=BODIES[command])

        problem(await post("seat-99"), 404, "unknown-seat")
        staffed.desk.refusal = Refusal.CHANGING
        assert "as told" in problem(await post("seat-03"), 409, "changing")["detail"]
        staffed.desk.silent = True
        assert "sip112 check" in problem(await post("seat-03"), 504, "pbx-timeout")["remedy"]


@pytest.mark.parametrize(
    ("command", "body", "field"),
    [
        ("login", {}, "agent"),
        ("login", {"agent": "sari", "skill": ["id"]}, "skill"),
        ("login", {"agent": "sari\r\nAction: Hangup"}, "agent"),
        ("login", {"agent": ""}, "agent"),
        ("login", {"agent": "x" * 65}, "agent"),
        ("login", {"agent": None}, "agent"),
        ("login", {"agent": "sari", "skills": "id"}, "skills"),
        ("login", {"agent": "sari", "skills": ["I D"]}, "skills.0"),
        ("login", {"agent": "sari", "skills": [f"s{n}" for n in range(21)]}, "skills"),
        ("pause", {}, "reason"),
        ("pause", {"reason": " "}, "reason"),
        ("pause", {"reason": "a\nb"}, "reason"),
        ("pause", {"reason": "x" * 81}, "reason"),
        ("pause", {"reason": "sip112"}, "reason"),
        ("pause", {"reason": " SIP112 "}, "reason"),
        ("pause", [1], ""),
    ],
)
async def test_a_wrong_body_is_explained(
    staffed: Service, command: str, body: Any, field: str
) -> None:
    """Nothing reaches the desk that could end a line on its way to Asterisk."""
    async with staffed.client(Scope.SEATS) as client:
        response = await client.post(f"/v1/seats/seat-03/{command}", json=body)
    document = problem(response, 422, "invalid")
    assert [(error["where"], error["field"]) for error in document["errors"]] == [("body", field)]
    assert staffed.desk.commands == []


async def test_a_body_that_is_missing_is_explained(staffed: Service) -> None:
    """A command that takes a body says so."""
    async with staffed.client(Scope.SEATS) as client:
        document = problem(await client.post("/v1/seats/seat-03/pause"), 422, "invalid")
    assert document["detail"].startswith("body: ")
