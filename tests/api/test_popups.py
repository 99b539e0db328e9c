"""Consoles that are open, and popups that they show."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.api import docs
from sip112.people.roles import Scope
from sip112.routing.effects import Refusal
from sip112.routing.events import ConsoleGone, ConsoleHere, PopupSeen
from sip112.routing.popups import CONSOLE_S, UNSEEN_S
from tests.api.service import Service, problem

POPUP = f"/v1/calls/{docs.RINGING.id}/popup"
CONSOLE = "/v1/seats/seat-03/console"


@pytest.fixture
def staffed(service: Service) -> Service:
    """Give a service with a seat, at which a call rings."""
    service.desk.places = [docs.READY]
    service.desk.live = [docs.RINGING]
    return service


async def test_a_console_comes_and_goes(staffed: Service) -> None:
    """Each is answered with the seat; both may be said again."""
    async with staffed.client(Scope.SEATS) as client:
        for response in (await client.put(CONSOLE), await client.delete(CONSOLE)):
            assert response.status_code == 200
            assert response.json() == (await client.get("/v1/seats/seat-03")).json()
    said = {"seat": "seat-03"}
    assert staffed.desk.commands == [(ConsoleHere, said), (ConsoleGone, said)]


async def test_a_popup_is_confirmed(staffed: Service) -> None:
    """With no answer to read; twice is as good as once."""
    async with staffed.client(Scope.SEATS) as client:
        for _ in range(2):
            response = await client.post(POPUP, json={"seat": "seat-03"})
            assert (response.status_code, response.content) == (204, b"")
    assert staffed.desk.commands == [(PopupSeen, {"seat": "seat-03", "call": docs.RINGING.id})] * 2


async def test_what_the_desk_refuses_is_explained(staffed: Service) -> None:
    """A call that there never was, a seat that there is not, and a seat without that call."""
    async with staffed.client(Scope.SEATS) as client:
        staffed.desk.refusal = Refusal.UNKNOWN_CALL
        document = problem(await client.post(POPUP, json={"seat": "seat-03"}), 404, "unknown-call")
        assert str(docs.RINGING.id) in document["detail"]
        staffed.desk.refusal = Refusal.NOT_OFFERED
        document = problem(await client.post(POPUP, json={"seat": "seat-03"}), 409, "not-offered")
        assert str(docs.RINGING.id) in document["detail"]
        problem(await client.post(POPUP, json={"seat": "seat-99"}), 404, "unknown-seat")
        for send in (client.put, client.delete):
            problem(await send("/v1/seats/seat-99/console"), 404, "unknown-seat")


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "seat"), ({"seat": "a\r\nb"}, "seat"), ({"seat": 3}, "seat"), ({"chair": "x"}, "chair")],
)
async def test_a_wrong_body_is_explained(staffed: Service, body: Any, field: str) -> None:
    """Nothing of it reaches the desk."""
    async with staffed.client(Scope.SEATS) as client:
        document = problem(await client.post(POPUP, json=body), 422, "invalid")
        assert field in {error["field"] for error in document["errors"]}
        problem(await client.post("/v1/calls/42/popup", json={"seat": "seat-03"}), 422, "invalid")
    assert staffed.desk.commands == []


async def test_whoever_only_reads_shows_nothing(staffed: Service) -> None:
    """A wall board is no console."""
    async with staffed.client(Scope.READ) as client:
        problem(await client.put(CONSOLE), 403, "missing-scope")
        problem(await client.delete(CONSOLE), 403, "missing-scope")
        problem(await client.post(POPUP, json={"seat": "seat-03"}), 403, "missing-scope")


def test_the_times_are_told_as_they_are(service: Service) -> None:
    """Whoever writes a console reads them in the document."""
    paths = service.app.openapi()["paths"]
    assert f"for {CONSOLE_S:g}." in paths["/v1/seats/{seat}/console"]["put"]["description"]
    told = paths["/v1/calls/{call_id}/popup"]["post"]["description"]
    assert f"within {UNSEEN_S:g} seconds" in told
