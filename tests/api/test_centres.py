"""Whose centre a request is about, and which node answers it: over real HTTP between nodes."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sip112.api import centres, docs
from sip112.api.access import COOKIE
from sip112.api.pages import Standing
from sip112.people import roles
from sip112.people.session import Limits, Session, csrf_of, new_secret
from sip112.people.session import digest as digest_of
from sip112.people.token import Token, digest
from sip112.routing.effects import Refusal
from sip112.routing.events import ConsoleHere, LogIn, PopupSeen
from sip112.routing.ids import AgentId, CentreCode, Instant, SeatId
from sip112.store.store import Store
from tests.api.people import add
from tests.api.service import NOW, PKY, SECRETS, TOKENS, Service, problem, until, write
from tests.api.test_agency_links import pass_on
from tests.api.test_events import entry, listening, take
from tests.store.examples import START, life
from tests.store.handoffs import an_incident
from tests.store.helpers import owning

KTM, SPT = CentreCode("KTM"), CentreCode("SPT")
READ, SEATS = roles.Scope.READ, roles.Scope.SEATS
OWNERS = ("/v1/seats", "/v1/seats/seat-03", "/v1/queue", "/v1/calls/live")
"""What only the owner of a centre can answer."""

ASKED = (*OWNERS, "/v1/alarms")
"""What is asked of the owner; of alarms a node tells its own where there is none."""


def bound(name: str, *codes: str) -> Token:
    """Return a token for these centres; its secret is its name."""
    return Token(name, digest(name), frozenset({READ, SEATS}), frozenset(map(CentreCode, codes)))


@pytest.fixture
def node(store: Store) -> Service:
    """Give a node with two centres, each with a seat and a call of its own."""
    tokens = (
        *TOKENS,
        bound("one", "KTM"),
        bound("both", "PKY", "KTM"),
        bound("other", "SPT"),
        bound("more", "KTM", "SPT"),
    )
    node = Service(store, others=[KTM], tokens=tokens)
    node.desks[PKY].places = [docs.READY]
    node.desks[KTM].places = [docs.READY.evolve(id=SeatId("seat-99"), centre=KTM)]
    node.desks[PKY].live = [docs.RINGING]
    return node


def by(secret: str) -> dict[str, str]:
    """Return the header that presents a token."""
    return {"Authorization": f"Bearer {secret}"}


async def seats_of(client: httpx.AsyncClient, path: str, **headers: str) -> list[str]:
    """Return the names of the seats at `path`."""
    response = await client.get(path, headers=headers)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


# --- which centre --------------------------------------------------------------------------------


async def test_each_centre_has_an_address(node: Service) -> None:
    """Everything of one is found there, and nothing of another."""
    async with node.client() as client:
        assert await seats_of(client, "/centres/PKY/v1/seats") == ["seat-03"]
        assert await seats_of(client, "/centres/KTM/v1/seats") == ["seat-99"]
        live = await client.get("/centres/PKY/v1/calls/live")
        assert [item["id"] for item in live.json()["items"]] == [str(docs.RINGING.id)]
        assert (await client.get("/centres/KTM/v1/calls/live")).json()["items"] == []
        problem(await client.get("/centres/KTM/v1/seats/seat-03"), 404, "unknown-seat")


async def test_a_command_goes_to_its_centre(node: Service) -> None:
    """And to no other."""
    async with node.client(SEATS) as client:
        answer = await client.post("/centres/KTM/v1/seats/seat-99/login", json={"agent": "sari"})
    assert answer.status_code == 200, answer.text
    assert [kind for kind, _ in node.desks[KTM].commands] == [LogIn]
    assert node.desks[PKY].commands == []


async def test_the_archive_is_asked_for_the_centre(node: Service, store: Store) -> None:
    """Calls and tickets, in lists and by name."""
    here, there = life(1, centre=KTM), life(2, centre=PKY, at=START + 10)
    await write(store, *here, *there)
    (call, ticket), (other, _) = ((each[0].call, each[0].ticket) for each in (here, there))
    assert call is not None
    assert other is not None
    assert ticket is not None
    async with node.client() as client:
        calls = (await client.get("/centres/KTM/v1/calls")).json()["items"]
        assert [item["id"] for item in calls] == [str(call.id)]
        tickets = (await client.get("/centres/KTM/v1/tickets")).json()["items"]
        assert [item["number"] for item in tickets] == [ticket.number]
        assert (await client.get(f"/centres/KTM/v1/calls/{call.id}")).status_code == 200
        elsewhere = await client.get(f"/centres/KTM/v1/calls/{other.id}")
        problem(elsewhere, 404, "unknown-call")
        found = await client.get(f"/centres/KTM/v1/tickets/{ticket.number}")
        assert found.status_code == 200
        problem(await client.get(f"/centres/PKY/v1/tickets/{ticket.number}"), 404, "unknown-ticket")
        csv = await client.get("/centres/KTM/v1/calls.csv")
        assert "calls-KTM.csv" in csv.headers["content-disposition"]


async def test_links_keep_the_address(node: Service, store: Store) -> None:
    """Whoever follows them stays at the centre, to the last page."""
    await write(store, *(each for n in (1, 2, 3) for each in life(n, centre=KTM, at=START + n)))
    seen: list[str] = []
    path: str | None = "/centres/KTM/v1/calls?limit=1"
    async with node.client() as client:
        while path is not None:
            response = await client.get(path)
            seen += [item["uniqueid"] for item in response.json()["items"]]
            link = response.links.get("next")
            path = link["url"] if link else None
            assert path is None or path.startswith("/centres/KTM/v1/calls?")
    assert seen == ["1795300000.3", "1795300000.2", "1795300000.1"]


async def test_the_events_are_those_of_the_centre(node: Service) -> None:
    """Each has a stream of its own."""
    async with node.served() as client:
        path = "/centres/KTM/v1/events"
        async with client.stream("GET", path) as response:
            assert response.status_code == 200
            assert (node.hubs[KTM].streams, node.hubs[PKY].streams) == (1, 0)
            node.hubs[PKY].publish(entry(1))
            node.hubs[KTM].publish(entry(2))
            assert [event.id for event in await take(1, response)] == ["2"]


async def test_a_node_with_one_centre_has_both_addresses(service: Service) -> None:
    """So that a client need not know how many a node serves."""
    service.desk.places = [docs.READY]
    async with service.client() as client:
        assert await seats_of(client, "/v1/seats") == ["seat-03"]
        assert await seats_of(client, "/centres/PKY/v1/seats") == ["seat-03"]
        problem(await client.get("/centres/KTM/v1/seats"), 404, "unknown-centre")


async def test_a_choice_that_is_missing(node: Service) -> None:
    """It is asked for with the address; of the centres, those that the token is for are told."""
    async with node.client() as client:
        document = problem(await client.get("/v1/seats"), 400, "which-centre")
        assert "KTM, PKY" in document["detail"]
        assert "/centres/KTM/v1/" in document["remedy"]
        document = problem(await client.get("/v1/queue", headers=by("both")), 400, "which-centre")
        assert "KTM, PKY" in document["detail"]


async def test_a_token_for_one_centre_chooses_it(node: Service) -> None:
    """Without a prefix; with one it is held to it."""
    async with node.client(None) as client:
        assert await seats_of(client, "/v1/seats", **by("one")) == ["seat-99"]
        assert await seats_of(client, "/centres/KTM/v1/seats", **by("one")) == ["seat-99"]
        # one of its two centres is here
        assert await seats_of(client, "/v1/seats", **by("more")) == ["seat-99"]
        document = problem(
            await client.get("/centres/PKY/v1/seats", headers=by("one")), 403, "other-centres"
        )
    assert "'one'" in document["detail"]


async def test_a_token_for_other_centres(node: Service) -> None:
    """Is refused everywhere but where no centre is meant."""
    async with node.client(None) as client:
        for path in ("/v1/calls", "/centres/PKY/v1/calls", "/centres/KTM/v1/seats"):
            problem(await client.get(path, headers=by("other")), 403, "other-centres")
        command = await client.post(
            "/centres/PKY/v1/seats/seat-03/login", headers=by("one"), json={"agent": "sari"}
        )
        problem(command, 403, "other-centres")
        assert (await client.get("/v1/openapi.json")).status_code == 200
    assert not any(desk.commands for desk in node.desks.values())


@pytest.mark.parametrize("code", ["SPT", "pky", "", "PKY%0a", "PKY PKY"])
async def test_a_centre_that_is_not_served(node: Service, code: str) -> None:
    """Has an answer of its own; codes are as they are written."""
    async with node.client() as client:
        problem(await client.get(f"/centres/{code}/v1/seats"), 404, "unknown-centre")


@pytest.mark.parametrize(
    "path", ["/centres/PKY", "/centres/PKY/", "/centres/PKY/metrics", "/centres/PKY/v1", "/centres"]
)
async def test_a_centre_has_nothing_but_its_api(node: Service, path: str) -> None:
    """Health and figures are the node's."""
    async with node.client(roles.Scope.ADMIN) as client:
        problem(await client.get(path), 404, "unknown-path")
        assert (await client.get("/metrics")).status_code == 200


async def test_strangers_do_not_learn_which_centres_there_are(node: Service) -> None:
    """Who asks comes before what is asked for."""
    async with node.client(None) as client:
        for path in ("/v1/seats", "/centres/PKY/v1/seats", "/centres/SPT/v1/seats"):
            problem(await client.get(path), 401, "no-token")


# --- which node ----------------------------------------------------------------------------------


class Noting:
    """ASGI middleware that keeps what requests came, and answers with headers of its own."""

    def __init__(self, app: ASGIApp, seen: list[tuple[str, Headers]]) -> None:
        self.app = app
        self.seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the request's method, address and headers."""
        if scope["type"] == "http":
            query = scope["query_string"].decode()
            asked = f"{scope['method']} {scope['raw_path'].decode()}{'?' if query else ''}{query}"
            self.seen.append((asked, Headers(scope=scope)))

        async def more(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Set-Cookie"] = "owner=secret"
                headers["X-Internal"] = "secret"
            await send(message)

        await self.app(scope, receive, more)


class Owner(Service):
    """The node that owns the centre, with what it was asked."""

    def __init__(self, store: Store, **options: Any) -> None:
        super().__init__(store, **options)
        self.desk.places = [docs.READY]
        self.desk.live = [docs.RINGING]
        self.seen: list[tuple[str, Headers]] = []
        self.app.add_middleware(Noting, seen=self.seen)

    @property
    def asked(self) -> list[str]:
        """What came, in order."""
        return [asked for asked, _ in self.seen]


@pytest.fixture
def owner(store: Store) -> Owner:
    """Give the node that owns the centre."""
    return Owner(store)


@pytest.fixture
def standby(store: Store) -> Service:
    """Give a node that stands by."""
    standby = Service(store)
    standby.desk.owned = False
    return standby


@asynccontextmanager
async def both(
    owner: Service, standby: Service, scope: roles.Scope = READ
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve both nodes; give a client of the one that stands by, which knows the other."""
    async with owner.served() as there:
        standby.desk.elsewhere = str(there.base_url)
        async with standby.served(scope, lifespan="on") as client:
            yield client


async def test_what_only_the_owner_knows_is_asked_of_it(owner: Owner, standby: Service) -> None:
    """The answer is the owner's own."""
    owner.desk.live = [docs.RINGING, docs.WAITING]
    async with both(owner, standby) as client:
        for path in ASKED:
            answer = await client.get(path)
            async with owner.client() as there:
                its = await there.get(path)
            assert (answer.status_code, answer.json()) == (200, its.json())
            assert answer.headers["content-type"] == "application/json"
    queue = [f"GET /centres/PKY{path}" for path in ASKED]
    assert owner.asked[::2] == queue


async def test_the_owner_is_told_which_pages_are_open(
    owner: Owner, standby: Service, store: Store
) -> None:
    """Whichever node a page is at, and whichever one the desk."""
    standby.now = owner.now = time.time()
    async with owning(store) as running:
        passed = await pass_on(owner, store, await an_incident(running))
    async with both(owner, standby) as client, standby.client(None) as phone:
        page = {"page": "0123456789abcdef", "standing": "front"}
        put = await phone.put(f"/centres/PKY{passed.path}/presence", json=page)
        assert put.status_code == 204, put.text
        path = f"/v1/handoffs/{passed.handoff.id}/presence"
        assert (await client.get(path)).json()["standing"] == "front"
    assert standby.hub.pages.of(passed.handoff).standing is Standing.UNKNOWN
    owner.hub.close()


async def test_a_popup_is_confirmed_to_the_owner(owner: Owner, standby: Service) -> None:
    """Which alone awaits it; so is that a console is open."""
    path = f"/v1/calls/{docs.RINGING.id}/popup"
    async with both(owner, standby, SEATS) as client:
        answer = await client.post(path, json={"seat": "seat-03"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await client.put("/v1/seats/seat-03/console")).status_code == 200
    assert [kind for kind, _ in owner.desk.commands] == [PopupSeen, ConsoleHere]
    assert standby.desk.commands == []


async def test_commands_are_carried_out_by_the_owner(owner: Owner, standby: Service) -> None:
    """With the client's own token; the answer comes back, whether it was done or refused."""
    async with both(owner, standby, SEATS) as client:
        answer = await client.post("/v1/seats/seat-03/login", json={"agent": "sari", "skills": []})
        assert answer.status_code == 200, answer.text
        assert answer.json()["id"] == "seat-03"
        owner.desk.refusal = Refusal.SEAT_TAKEN
        answer = await client.post("/v1/seats/seat-03/login", json={"agent": "sari"})
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:sip112:problem:seat-taken")
        assert answer.headers["content-type"] == "application/problem+json"
        owner.desk.silent = True
        answer = await client.post("/v1/seats/seat-03/pause", json={"reason": "break"})
        assert (answer.status_code, answer.json()["type"]) == (
            504,
            "urn:sip112:problem:pbx-timeout",
        )
    (kind, fields), *_ = owner.desk.commands
    assert kind is LogIn
    assert (fields["seat"], fields["agent"]) == ("seat-03", "sari")
    assert standby.desk.commands == []


async def test_the_owner_judges_the_token_and_the_request(store: Store, standby: Service) -> None:
    """A node that stands by gives nobody more than the owner would."""
    owner = Owner(store, tokens=(Token("another", digest("another"), frozenset({READ})),))
    async with both(owner, standby) as client:
        refused = await client.get("/v1/queue")
        assert (refused.status_code, refused.json()["type"]) == (
            401,
            "urn:sip112:problem:wrong-token",
        )
        assert refused.headers["www-authenticate"].startswith("Bearer ")
    owner = Owner(store)
    async with both(owner, standby) as client:
        refused = await client.post("/v1/seats/seat-03/login", json={"agent": "sari"})
        assert (refused.status_code, refused.json()["type"]) == (
            403,
            "urn:sip112:problem:missing-scope",
        )
        refused = await client.delete("/v1/queue")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
        refused = await client.get("/v1/queue", headers={"Accept": "text/csv"})
        assert refused.status_code == 406
    async with both(owner, standby, SEATS) as client:
        refused = await client.post("/v1/seats/seat-03/login", json={"agent": ""})
        assert refused.status_code == 422
    assert owner.desk.commands == []


async def test_all_else_is_answered_here(owner: Owner, standby: Service, store: Store) -> None:
    """The journal is the same for every node; so a node that stands by shares the work."""
    records = life(1)
    await write(store, *records)
    call = records[0].call
    assert call is not None
    assert call.ticket_number is not None
    async with both(owner, standby) as client:
        for path in (
            "/v1/calls",
            "/v1/calls.csv",
            f"/v1/calls/{call.id}",
            "/v1/tickets",
            f"/v1/tickets/{call.ticket_number}",
            "/v1/openapi.json",
            "/healthz",
            "/readyz",
        ):
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
        async with listening(client) as response:
            standby.hub.publish(entry(7))
            assert [event.id for event in await take(1, response)] == ["7"]
    assert owner.asked == []


async def test_nothing_but_the_named_headers_is_passed_on(owner: Owner, standby: Service) -> None:
    """Neither to the owner nor back."""
    secret = {
        "Cookie": "session=secret",
        "X-Forwarded-For": "192.0.2.7",
        "X-Secret": "secret",
        "Referer": "http://192.0.2.7/secret",
        "Accept": "application/json, application/problem+json",
    }
    async with both(owner, standby, SEATS) as client:
        answer = await client.post(
            "/v1/seats/seat-03/login?x=1", headers=secret, json={"agent": "sari"}
        )
    (asked, headers), *more = owner.seen
    assert not more
    assert asked == "POST /centres/PKY/v1/seats/seat-03/login?x=1"
    assert headers["authorization"] == f"Bearer {SECRETS[SEATS]}"
    assert headers["accept"] == secret["Accept"]
    assert headers["content-type"] == "application/json"
    by_http = {"host", "connection", "accept-encoding", "user-agent", "content-length"}
    named = {"authorization", "accept", "content-type", "sip112-forwarded"}
    assert set(headers) == by_http | named
    assert "secret" not in str(answer.headers).replace(SECRETS[SEATS], "")
    assert not {"set-cookie", "x-internal"} & set(answer.headers)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_person_is_passed_on_as_such(owner: Owner, standby: Service, store: Store) -> None:
    """The cookie of the session and the CSRF text go along, so that it is the same person there."""
    await add(store, "sari")
    secret = new_secret()
    at = Instant(NOW)
    await store.people.begin(Session(digest_of(secret), AgentId("sari"), at, at, ""), Limits())
    async with both(owner, standby) as client:
        del client.headers["authorization"]
        client.headers["cookie"] = f"other=1; {COOKIE}={secret}"
        refused = await client.put("/v1/session/seat", json={"seat": "seat-03"})
        assert refused.json()["type"] == "urn:sip112:problem:wrong-csrf"
        client.headers["x-csrf-token"] = csrf_of(secret)
        sat = await client.put("/v1/session/seat", json={"seat": "seat-03"})
        assert sat.json()["seat"] == "seat-03"
        done = await client.post("/v1/seats/seat-03/logout")
        assert done.status_code == 200, done.text
        assert (await client.get("/v1/session")).json()["seat"] == "seat-03"
    assert {headers["cookie"] for _, headers in owner.seen} == {f"{COOKIE}={secret}"}
    assert [who for who, _, _ in owner.audit.told] == ["sari"]


async def test_it_is_passed_on_once(owner: Owner, standby: Service) -> None:
    """Two nodes that each take the other for the owner do not send a request round for ever."""
    owner.desk.owned = False
    async with both(owner, standby) as client:
        owner.desk.elsewhere = str(client.base_url)
        refused = await client.get("/v1/queue")
    assert (refused.status_code, refused.json()["type"]) == (
        503,
        "urn:sip112:problem:centre-elsewhere",
    )
    assert refused.headers["retry-after"] == "1"
    assert len(owner.asked) == 1


async def test_an_owner_of_more_centres_is_asked_for_the_right_one(
    store: Store, standby: Service
) -> None:
    """Though here, where there is one, it need not be named."""
    owner = Owner(store, others=[KTM])
    async with both(owner, standby) as client:
        assert await seats_of(client, "/v1/seats") == ["seat-03"]


async def test_of_several_centres_each_has_its_owner(node: Service, owner: Owner) -> None:
    """What this node owns it answers itself."""
    node.desks[KTM].owned = False
    owner.desks[PKY].places = []
    async with owner.served() as there:
        node.desks[KTM].elsewhere = str(there.base_url)
        async with node.served(lifespan="on") as client:
            assert await seats_of(client, "/centres/PKY/v1/seats") == ["seat-03"]
            refused = await client.get("/centres/KTM/v1/seats")
    assert (refused.status_code, refused.json()["type"]) == (
        404,
        "urn:sip112:problem:unknown-centre",
    )  # of this owner, which has one centre alone: so it was asked for that one
    assert owner.asked == ["GET /centres/KTM/v1/seats"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("seat%3Fa=1", "'seat?a=1'"),
        ("seat%23a", "'seat#a'"),
        ("seat%20a%25", "'seat a%'"),
        ("seat%0d%0aX-Injected:%201", r"'seat\r\nX-Injected: 1'"),
        ("kursi-%C3%A9", "'kursi-é'"),
    ],
)
async def test_a_strange_name_reaches_the_owner_as_it_is(
    owner: Owner, standby: Service, path: str, name: str
) -> None:
    """And nothing else: no query, no header, no other address."""
    async with both(owner, standby) as client:
        refused = await client.get(f"/v1/seats/{path}")
    assert refused.status_code == 404
    assert name in refused.json()["detail"]
    ((asked, headers),) = owner.seen
    assert asked.startswith("GET /centres/PKY/v1/seats/")
    assert "?" not in asked
    assert "x-injected" not in headers


async def test_a_body_that_is_too_large_is_not_passed_on(owner: Owner, standby: Service) -> None:
    """Nor read: also one whose size nobody has told."""

    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 4096

    async with owner.served() as there, standby.client(SEATS) as client:
        standby.desk.elsewhere = str(there.base_url)
        refused = await client.post(
            "/v1/seats/seat-03/login", content=body(), headers={"Content-Type": "application/json"}
        )
        problem(refused, 413, "too-large")
    assert owner.asked == []


async def test_no_proxy_stands_between_nodes(
    owner: Owner, standby: Service, monkeypatch: pytest.MonkeyPatch, deaf: str
) -> None:
    """Whatever the environment names for others."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, deaf)
    async with both(owner, standby) as client:
        assert (await client.get("/v1/queue")).status_code == 200


# --- an owner that is not there ----------------------------------------------------------------


@pytest.fixture
def closed() -> Iterator[str]:
    """Give an address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def deaf() -> Iterator[str]:
    """Give an address at which a connection is taken, and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("path", ASKED)
async def test_an_owner_that_is_gone(standby: Service, closed: str, path: str) -> None:
    """The client is told to come back: another takes over."""
    standby.desk.elsewhere = closed
    async with standby.served(lifespan="on") as client:
        refused = await client.get(path)
    document = problem(refused, 503, "centre-elsewhere")
    assert refused.headers["retry-after"] == "1"
    assert closed in document["detail"]


async def test_an_owner_that_is_silent(
    standby: Service, deaf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever."""
    monkeypatch.setattr(centres, "WITHIN_S", 0.2)
    standby.desk.elsewhere = deaf
    async with standby.served(SEATS, lifespan="on") as client:
        refused = await client.post("/v1/seats/seat-03/logout")
    problem(refused, 503, "centre-elsewhere")
    assert refused.headers["retry-after"] == "1"


async def test_an_owner_that_dies_in_mid_answer(standby: Service) -> None:
    """Half an answer is none."""
    seen = asyncio.Event()

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
        writer.close()
        seen.set()

    server = await asyncio.start_server(die, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        standby.desk.elsewhere = f"http://127.0.0.1:{port}/"
        async with standby.served(lifespan="on") as client:
            refused = await client.get("/v1/queue")
        await until(seen.is_set)
    problem(refused, 503, "centre-elsewhere")


@pytest.mark.parametrize("path", OWNERS)
async def test_a_centre_that_nobody_owns(standby: Service, path: str) -> None:
    """Likewise; there is nobody to ask."""
    async with standby.client() as client:
        refused = await client.get(path)
    document = problem(refused, 503, "centre-elsewhere")
    assert refused.headers["retry-after"] == "1"
    assert "nobody owns it" in document["detail"]


async def test_a_command_for_a_centre_that_nobody_owns(standby: Service) -> None:
    """It is not carried out, and not kept."""
    async with standby.client(SEATS) as client:
        refused = await client.post("/v1/seats/seat-03/login", json={"agent": "sari"})
    problem(refused, 503, "centre-elsewhere")
    assert standby.desk.commands == []


async def test_a_call_of_which_only_the_owner_knows(standby: Service, store: Store) -> None:
    """A node that stands by has it as soon as it is stored."""
    records = life(1)
    call = records[0].call
    assert call is not None
    async with standby.client() as client:
        problem(await client.get(f"/v1/calls/{call.id}"), 404, "unknown-call")
        await write(store, *records[:2])
        answer = await client.get(f"/v1/calls/{call.id}")
    assert answer.json()["call"]["state"] == "queued"
