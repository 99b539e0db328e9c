"""Who may do what."""

from __future__ import annotations

import pytest

from sip112.people.roles import Scope
from sip112.people.token import Token, digest, new_secret
from sip112.store.store import Store
from tests.api.roles import GUARDED, example
from tests.api.service import SECRETS, Service, problem

READING = set(Scope) - {Scope.METRICS, Scope.AGENCY}


@pytest.mark.parametrize(("method", "path"), [*GUARDED, ("GET", "/v1/nothing")])
async def test_without_a_token_nothing_is_told(service: Service, method: str, path: str) -> None:
    """Every path but health and the document is refused, also one that does not exist."""
    async with service.client(None) as client:
        # not even the body is looked at
        response = await client.request(
            method, example(path), content=b"{", headers={"Accept": "x/y"}
        )
    problem(response, 401, "no-token")
    assert response.headers["www-authenticate"] == 'Bearer realm="sip112"'


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
        ("GET", "/v1/seats", READING),
        ("GET", "/v1/tickets", READING),
        ("POST", "/v1/seats/seat-99/logout", {Scope.SEATS, Scope.SEAT, Scope.ADMIN}),
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
        assert response.status_code in {200, 404} or scope is Scope.SEAT
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
