"""Bad requests: each is answered with a problem that says what to do."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sip112.api import docs
from sip112.api.accept import quality
from sip112.api.gate import OPENAPI_PATH
from sip112.people.roles import Scope
from sip112.store.store import Store
from tests.api.service import SECRETS, Service, problem

JSON = {"Content-Type": "application/json"}


async def test_unknown_path(service: Service) -> None:
    """The answer says where the list of paths is."""
    async with service.client() as client:
        for path in (
            "/v1",
            "/v2/calls",
            "/v1/calls/",
            "/docs",
            "/V1/calls",
            "http://api//v1/calls",
        ):
            document = problem(await client.get(path), 404, "unknown-path")
            assert "/v1/openapi.json" in document["remedy"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/v1/calls", {"GET"}),
        ("DELETE", "/v1/tickets/PKY-20261122-0001", {"GET", "PATCH"}),
        ("GET", "/v1/seats/seat-01/login", {"POST"}),
        ("TRACE", "/v1/queue", {"GET"}),
        ("BREW", "/healthz", {"GET"}),
    ],
)
async def test_wrong_method(service: Service, method: str, path: str, allow: set[str]) -> None:
    """The Allow header names all methods that there are."""
    async with service.client(Scope.ADMIN) as client:
        response = await client.request(method, path)
    problem(response, 405, "wrong-method")
    assert set(response.headers["allow"].split(", ")) == allow


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "character 1"),
        (b'{"reason": break}', "character 11"),
        (b"reason=break", "character 0"),
        (b'{"reason": "\xff"}', "UTF-8"),
        (b"[" * 60_000, "JSON"),
    ],
)
async def test_a_body_that_is_not_json(service: Service, body: bytes, says: str) -> None:
    """Where it goes wrong, or that it cannot be read at all."""
    async with service.client(Scope.SEATS) as client:
        response = await client.post("/v1/seats/seat-01/pause", content=body, headers=JSON)
    document = problem(response, 400, "malformed")
    assert says in document["detail"] + document["remedy"]


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "json",
        "",
    ],
)
async def test_a_body_of_another_type(service: Service, media_type: str) -> None:
    """Only JSON is taken; a form in a web page can send none."""
    async with service.client(Scope.SEATS) as client:
        response = await client.post(
            "/v1/seats/seat-01/pause",
            content=b'{"reason": "break"}',
            headers={"Content-Type": media_type},
        )
    problem(response, 415, "not-json")
    assert "application/merge-patch+json" in response.headers["accept-patch"]


async def test_json_with_a_charset_is_json(service: Service) -> None:
    """Parameters and case of the media type do not matter."""
    async with service.client(Scope.SEATS) as client:
        response = await client.post(
            "/v1/seats/seat-99/pause",
            content=b'{"reason": "break"}',
            headers={"Content-Type": "Application/JSON; charset=utf-8"},
        )
    problem(response, 404, "unknown-seat")


async def test_a_body_that_is_announced_too_large(service: Service) -> None:
    """Refused by its Content-Length, before any of it is read."""
    async with service.client(Scope.SEATS) as client:
        response = await client.post(
            "/v1/seats/seat-01/pause",
            content=json.dumps({"reason": "x" * 140_000}),
            headers=JSON,
        )
    assert "131072" in problem(response, 413, "too-large")["detail"]


async def test_a_body_that_becomes_too_large(service: Service) -> None:
    """Without a Content-Length it is read as far as it may be."""
    sent = 0

    async def long() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 10_000

    async with service.client(Scope.SEATS) as client:
        response = await client.post("/v1/seats/seat-01/pause", content=long(), headers=JSON)
    problem(response, 413, "too-large")
    assert sent <= 14


async def test_a_stranger_cannot_send_a_body(service: Service) -> None:
    """Without a token nothing is read at all."""

    async def never() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    async with service.client(None) as client:
        response = await client.post("/v1/seats/seat-01/pause", content=never(), headers=JSON)
    problem(response, 401, "no-token")


async def test_a_large_body_ends_the_connection(service: Service) -> None:
    """On the wire the rest of a body that is too large is not waited for."""
    async with service.served() as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(
            b"POST /v1/seats/seat-01/pause HTTP/1.1\r\nHost: api\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100000000\r\n"
            b"Authorization: Bearer " + SECRETS[Scope.SEATS].encode() + b"\r\n\r\n" + b" " * 1000
        )
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_several_wrong_fields_are_all_named(service: Service) -> None:
    """One answer is enough to correct them all."""
    async with service.client() as client:
        document = problem(
            await client.get("/v1/calls?limit=0&state=busy&colour=red"), 422, "invalid"
        )
    assert {error["field"] for error in document["errors"]} == {"limit", "state", "colour"}
    assert "2 more" in document["detail"]
    assert all(error["remedy"] for error in document["errors"])


async def test_what_was_sent_is_not_repeated(service: Service) -> None:
    """A caller's number in a wrong query does not end up in the client's log."""
    async with service.client() as client:
        response = await client.get("/v1/calls?caller=08125550142x")
    problem(response, 422, "invalid")
    assert "08125550142" not in response.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/v1/calls", "text/html"),
        ("/v1/calls", "application/json;q=0"),
        ("/v1/calls.csv", "application/json"),
        ("/v1/events", "application/json"),
        ("/v1/seats", "text/*"),
        ("/healthz", "image/png"),
        ("/metrics", "application/openmetrics-text"),
    ],
)
async def test_a_client_that_takes_something_else(service: Service, path: str, accept: str) -> None:
    """What there is does not fit what is asked for."""
    async with service.client(Scope.ADMIN, Accept=accept) as client:
        problem(await client.get(path), 406, "not-acceptable")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", 1),
        ("text/*", 1),
        ("text/csv", 1),
        ("TEXT/CSV;header=present", 1),
        ("text/html, text/csv;q=0.3", 0.3),
        ("text/csv;q=0, */*", 0),
        ("text/*;q=0.2, text/csv;q=0.8, */*", 0.8),
        ("application/*", 0),
        ("text/csv;q=high", 1),
        ("", 0),
    ],
)
def test_accept(accept: str, expected: float) -> None:
    """The most specific range decides (RFC 9110)."""
    assert quality(accept, "text/csv") == expected


async def test_a_mistake_of_the_service(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a problem too, and tells nothing of what went wrong inside."""
    monkeypatch.setattr(service.desk, "waiting", lambda: 1 / 0)
    async with service.client() as client:
        response = await client.get("/v1/queue")
    problem(response, 500, "internal")
    assert "ZeroDivision" not in response.text


@pytest.mark.parametrize(("method", "path"), [("GET", OPENAPI_PATH), ("DELETE", "/v1/queue")])
async def test_the_document_is_made_in_a_thread(
    store: Store, method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is the first to need it: calls are routed meanwhile."""
    makers: list[threading.Thread] = []
    complete = docs.complete

    def noted(document: dict[str, Any]) -> None:
        makers.append(threading.current_thread())
        complete(document)

    monkeypatch.setattr(docs, "complete", noted)
    async with Service(store).client(Scope.ADMIN) as client:
        await client.request(method, path)
        await client.get(OPENAPI_PATH)
    assert len(makers) == 1
    assert threading.main_thread() not in makers
