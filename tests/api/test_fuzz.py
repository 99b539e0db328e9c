"""Whatever is asked, the answer is a success or a problem that says what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sip112.api import docs
from sip112.people.roles import Scope
from sip112.store.store import Store
from tests.api.service import SECRETS, Service, write
from tests.store.examples import life

WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "seat-03",
            str(docs.RINGING.id),
            "PKY-20261122-0001",
            "2026-11-22T03:15:00Z",
            "1e309",
            "-1",
            "=1+1",
            "\x00",
            "\r\nX: y",
            "../..",
            "' OR 1=1 --",
            "\ud800",
            "null",
        ]
    ),
)
NAMES = st.sampled_from(
    [
        "since",
        "until",
        "caller",
        "seat",
        "outcome",
        "state",
        "cursor",
        "limit",
        "kind",
        "status",
        "after",
        "day",
        "who",
        "action",
        "subject",
    ]
)
PATHS = st.sampled_from(
    [
        "/v1/calls",
        "/v1/calls.csv",
        "/v1/calls/live",
        "/v1/calls/{}",
        "/v1/calls/{}/popup",
        "/v1/tickets",
        "/v1/tickets/{}",
        "/v1/tickets/{}/context",
        "/v1/seats",
        "/v1/seats/{}",
        "/v1/seats/{}/login",
        "/v1/seats/{}/pause",
        "/v1/seats/{}/console",
        "/v1/seats/{}/{}",
        "/v1/phones/{}/ringing",
        "/v1/queue",
        "/v1/summary",
        "/v1/lists",
        "/v1/alarms",
        "/v1/agency/{}/messages",
        "/v1/agency/links/{}",
        "/v1/agency/links/{}/steps",
        "/v1/agency/links/{}/notes",
        "/v1/agency/links/{}/presence",
        "/v1/handoffs/{}/presence",
        "/v1/people",
        "/v1/people/{}",
        "/v1/people/{}/password-reset",
        "/v1/audit",
        "/v1/agencies",
        "/v1/agencies/{}",
        "/v1/agencies/{}/secret",
        "/v1/incident-types",
        "/v1/incident-types/{}",
        "/v1/areas",
        "/v1/areas/{}",
        "/v1/directory",
        "/v1/{}",
        "/{}",
        "/t/{}",
        "/handoffs",
        "/t/{}/timeline",
        "/assets/{}",
        "/healthz",
        "/readyz",
        "/metrics",
    ]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "agent",
                    "skills",
                    "reason",
                    "seat",
                    "status",
                    "address",
                    "narrative",
                    "latitude",
                    "longitude",
                    "id",
                    "name",
                    "roles",
                    "centres",
                    "active",
                    "unlock",
                    "code",
                    "kind",
                    "geometry",
                    "plan",
                    "agencies",
                    "areas",
                    "x",
                ]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)
BODIES = st.one_of(
    st.just(b""), st.binary(max_size=50), VALUES.map(lambda value: json.dumps(value).encode())
)


@pytest.fixture
async def filled(store: Store, tmp_path: Path) -> Service:
    """Give a service with a call, its ticket, a seat and a console."""
    await write(store, *life(1))
    (tmp_path / "index.html").write_text("<!doctype html>")
    service = Service(store, console=tmp_path)
    service.desk.places = [docs.READY]
    service.desk.live = [docs.RINGING]
    return service


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]),
    path=PATHS,
    words=st.tuples(WORDS, WORDS),
    query=st.dictionaries(NAMES, WORDS, max_size=2),
    body=BODIES,
    media_type=st.sampled_from(["application/json", "application/merge-patch+json", "a/b", ""]),
    accept=st.sampled_from(["*/*", "application/json", "text/csv", ";;q=,", "\x7f"]),
    etag=st.sampled_from(['"1"', '"', 'W/"1"', "*", ""]),
)
async def test_every_answer_is_one_that_helps(
    filled: Service,
    method: str,
    path: str,
    words: tuple[str, str],
    query: dict[str, str],
    body: bytes,
    media_type: str,
    accept: str,
    etag: str,
) -> None:
    """Never 500, never an error in another form, whatever path, query, header and body."""

    def encoded(text: str) -> str:
        return quote(text.encode(errors="surrogatepass"), safe="")

    url = path.format(*map(encoded, words))
    if query:
        url += "?" + "&".join(f"{name}={encoded(value)}" for name, value in query.items())
    headers = {
        "Authorization": f"Bearer {SECRETS[Scope.ADMIN]}",
        "Content-Type": media_type,
        "Accept": accept,
        "If-Match": etag,
        "If-None-Match": etag,
    }
    async with filled.client(None) as client:
        response = await client.request(method, url, content=body, headers=headers)
    if response.status_code >= 400:
        document: dict[str, Any] = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        assert document["status"] == response.status_code != 500, document
        assert document["detail"]
        assert document["remedy"]
    else:
        assert response.status_code in {200, 204, 304}
