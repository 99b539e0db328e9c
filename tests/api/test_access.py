"""Who may do what."""

from __future__ import annotations

import pytest

from sip112.api.auth import Scope, Token, digest, new_secret
from sip112.store.store import Store
from tests.api.service import SECRETS, Service, problem

GUARDED = [
    ("GET", "/v1/calls"),
    ("GET", "/v1/calls.csv"),
    ("GET", "/v1/calls/live"),
    ("GET", "/v1/calls/019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44"),
    ("POST", "/v1/calls/019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44/popup"),
    ("GET", "/v1/tickets"),
    ("GET", "/v1/tickets/PKY-20261122-0001"),
    ("PATCH", "/v1/tickets/PKY-20261122-0001"),
    ("GET", "/v1/seats"),
    ("GET", "/v1/seats/seat-01"),
    ("POST", "/v1/seats/seat-01/login"),
    ("POST", "/v1/seats/seat-01/logout"),
    ("POST", "/v1/seats/seat-01/pause"),
    ("POST", "/v1/seats/seat-01/resume"),
    ("POST", "/v1/seats/seat-01/end-wrap-up"),
    ("GET", "/v1/seats/seat-01/phone"),
    ("POST", "/v1/seats/seat-01/phone"),
    ("DELETE", "/v1/seats/seat-01/phone"),
    ("PUT", "/v1/seats/seat-01/console"),
    ("DELETE", "/v1/seats/seat-01/console"),
    ("GET", "/v1/queue"),
    ("GET", "/v1/map"),
    ("GET", "/v1/map/4f2a9c0d51e7b386.pmtiles"),
    ("GET", "/v1/events"),
    ("GET", "/metrics"),
    ("GET", "/v1/nothing"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_without_a_token_nothing_is_told(service: Service, method: str, path: str) -> None:
    """Every path but health and the document is refused, also one that does not exist."""
    async with service.client(None) as client:
        # not even the body is looked at
        response = await client.request(method, path, content=b"{", headers={"Accept": "x/y"})
    problem(response, 401, "no-token")
    assert response.headers["www-authenticate"] == 'Bearer realm="sip112"'


def test_the_list_above_is_complete(service: Service) -> None:
    """Every operation of the document stands in the list or is open."""
    paths = service.app.openapi()["paths"]
    operations = {(method.upper(), path) for path, item in paths.items() for method in item}
    guarded = {(method, _template(path)) for method, path in GUARDED} - {("GET", "/v1/nothing")}
    assert operations == guarded | {("GET", "/healthz"), ("GET", "/readyz")}


def _template(path: str) -> str:
    for example, name in (
        ("019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44", "{call_id}"),
        ("PKY-20261122-0001", "{ticket}"),
        ("seat-01", "{seat}"),
        ("4f2a9c0d51e7b386", "{version}"),
    ):
        path = path.replace(example, name)
    return path


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v1/openapi.json"])
async def test_health_and_the_document_are_open(store: Store, path: str) -> None:
    """Load balancers carry no token; a service without any tokens is healthy too."""
    async with Service(store, tokens=()).client(None) as client:
        assert (await client.get(path)).status_code == 200


async def test_without_configured_tokens_everybody_is_refused(store: Store) -> None:
    """The answer says how to make one."""
    async with Service(store, tokens=()).client(Scope.ADMIN) as client:
        document = problem(await client.get("/v1/calls"), 401, "no-tokens")
    assert "sip112 token" in document["remedy"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Bearer wrong", "wrong-token"),
        (f"Bearer {SECRETS[Scope.READ]}x", "wrong-token"),
        (f"Bearer {digest(SECRETS[Scope.READ])}", "wrong-token"),  # what the settings hold
        ("Bearer \xe9\xff", "wrong-token"),
        ("Bearer ", "no-token"),
        ("Basic c2lwOnNpcA==", "no-token"),
        (SECRETS[Scope.READ], "no-token"),
    ],
)
async def test_a_wrong_header_is_refused(service: Service, header: str, name: str) -> None:
    """What is presented must be a token of ours, as a bearer token."""
    async with service.client(None) as client:
        response = await client.get(
            "/v1/calls", headers={b"Authorization": header.encode("latin-1")}
        )
    problem(response, 401, name)
    assert response.headers["www-authenticate"].startswith("Bearer ")


async def test_the_scheme_has_no_case(service: Service) -> None:
    """HTTP's authentication schemes are case-insensitive."""
    async with service.client(None, Authorization=f"bEARER  {SECRETS[Scope.READ]}") as client:
        assert (await client.get("/v1/calls")).status_code == 200


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/seats", {Scope.READ, Scope.SEATS, Scope.TICKETS, Scope.ADMIN}),
        ("GET", "/v1/tickets", {Scope.READ, Scope.SEATS, Scope.TICKETS, Scope.ADMIN}),
        ("POST", "/v1/seats/seat-99/logout", {Scope.SEATS, Scope.ADMIN}),
        ("PATCH", "/v1/tickets/PKY-20261122-9999", {Scope.TICKETS, Scope.ADMIN}),
        ("GET", "/metrics", {Scope.METRICS, Scope.ADMIN}),
    ],
)
async def test_a_token_allows_its_scope(
    service: Service, scope: Scope, method: str, path: str, allowed: set[Scope]
) -> None:
    """Changing implies reading; metrics imply nothing, since they go to another system."""
    async with service.client(scope) as client:
        response = await client.request(
            method, path, json={} if method == "PATCH" else None, headers={"If-Match": '"1"'}
        )
    if scope in allowed:
        assert response.status_code in {200, 404}
    else:
        document = problem(response, 403, "missing-scope")
        assert f"{scope}-client" in document["detail"]
        assert 'error="insufficient_scope"' in response.headers["www-authenticate"]
    assert not service.desk.commands or scope in allowed


def test_secrets_are_long_and_never_the_same() -> None:
    """There is nothing to guess, and what the settings keep does not give the secret away."""
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(secret) >= 43 for secret in secrets)
    token = Token("name", digest("abc"), frozenset({Scope.READ}))
    assert token.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_metrics_do_not_imply_reading() -> None:
    """A token with metrics and another scope reads by that other scope."""
    assert not Token("a", "", frozenset({Scope.METRICS})).allows(Scope.READ)
    assert not Token("a", "", frozenset()).allows(Scope.READ)
    assert Token("a", "", frozenset({Scope.METRICS, Scope.SEATS})).allows(Scope.READ)


async def test_answers_are_not_cached_or_sniffed(service: Service) -> None:
    """Every answer, also a refusal, tells browsers and proxies to keep nothing."""
    async with service.client(None) as client:
        for path in ("/healthz", "/v1/calls"):
            headers = (await client.get(path)).headers
            assert headers["cache-control"] == "no-store"
            assert headers["x-content-type-options"] == "nosniff"
