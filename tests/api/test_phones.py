"""Phones of seats: what is there, and the passwords of those in the browser."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sip112.api.ports import Phone, PhoneKind
from sip112.api.routes.phones import SHIFT_S
from sip112.people.roles import Scope
from sip112.store.store import Store
from tests.api.service import NOW, Service, problem

URL = "wss://pbx.example.org:8089/ws"


@pytest.fixture
def with_phones(service: Service) -> Service:
    """Give a service with one seat whose phone is the browser, and one that has its own."""
    service.desk.phones = {
        "web-01": Phone(PhoneKind.BROWSER, (URL,), "sip112"),
        "seat-02": Phone(PhoneKind.OWN),
    }
    return service


async def test_what_is_there(with_phones: Service) -> None:
    """Each seat says what it has; one that is not there is told."""
    async with with_phones.client() as client:
        browser = (await client.get("/v1/seats/web-01/phone")).json()
        own = (await client.get("/v1/seats/seat-02/phone")).json()
        problem(await client.get("/v1/seats/seat-99/phone"), 404, "unknown-seat")
    assert browser == {"seat": "web-01", "kind": "browser", "ws_urls": [URL]}
    assert own == {"seat": "seat-02", "kind": "own", "ws_urls": []}


async def test_a_password_for_a_shift(with_phones: Service) -> None:
    """It is all that a phone needs, is kept by nobody on the way, and can be taken back."""
    async with with_phones.client(Scope.SEATS) as client:
        answer = await client.post("/v1/seats/web-01/phone")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        given = answer.json()
        assert given.pop("expires_at") == (
            datetime.fromtimestamp(NOW + SHIFT_S, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        )
        assert given == {
            "seat": "web-01",
            "uri": "sip:web-01@sip112.invalid",
            "ws_urls": [URL],
            "username": "web-01",
            "password": "password-of-web-01",
            "realm": "sip112",
        }
        assert with_phones.desk.given == {"web-01": NOW + SHIFT_S}
        assert (await client.delete("/v1/seats/web-01/phone")).json()["kind"] == "browser"
    assert not with_phones.desk.given


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_who_cannot_have_one(with_phones: Service, method: str) -> None:
    """A seat that is not there, a telephone, a token that may not command seats."""
    async with with_phones.client(Scope.SEATS) as client:
        problem(await client.request(method, "/v1/seats/seat-99/phone"), 404, "unknown-seat")
        answer = await client.request(method, "/v1/seats/seat-02/phone")
        said = problem(answer, 409, "not-a-browser-phone")
        assert 'phone = "browser"' in said["remedy"]
    async with with_phones.client(Scope.TICKETS) as client:
        problem(await client.request(method, "/v1/seats/web-01/phone"), 403, "missing-scope")


async def test_no_asterisk(with_phones: Service) -> None:
    """One that cannot be told, or does not confirm, is a problem that says what to do."""
    async with with_phones.client(Scope.SEATS) as client:
        with_phones.desk.silent = True
        problem(await client.post("/v1/seats/web-01/phone"), 504, "pbx-timeout")
        with_phones.desk.away = True
        said = problem(await client.post("/v1/seats/web-01/phone"), 503, "pbx-unreachable")
        assert "connection refused" in said["detail"]


async def test_not_the_owner(store: Store) -> None:
    """A node that does not own the centre gives none."""
    service = Service(store)
    service.desk.owned = False
    service.desk.phones = {"web-01": Phone(PhoneKind.BROWSER, (URL,), "sip112")}
    async with service.client(Scope.SEATS) as client:
        problem(await client.post("/v1/seats/web-01/phone"), 503, "centre-elsewhere")
        problem(await client.delete("/v1/seats/web-01/phone"), 503, "centre-elsewhere")
