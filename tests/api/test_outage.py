"""While the database is away: what is in memory is told, the rest is a 503, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from rig.postgres import NO_POWER_CUT, PostgresServer, postgres_server
from sip112.api.hub import Hub
from sip112.people.roles import Scope
from sip112.routing.ids import Seq, TicketId
from sip112.store import drivers
from sip112.store import store as store_module
from sip112.store.store import Store
from tests.api.service import PKY, Service, problem, write
from tests.store.databases import database, migrated_template
from tests.store.examples import arrived, life, opening
from tests.store.helpers import owning
from tests.store.proxy import Proxy


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL that the tests stop and start again."""
    with postgres_server(NO_POWER_CUT) as server:
        yield server


@pytest.fixture(scope="module")
def template(postgres: PostgresServer) -> str:
    """Name a database with all tables and no rows, from which the others are copied."""
    return asyncio.run(migrated_template(postgres))


@pytest.fixture
async def url(postgres: PostgresServer, template: str) -> AsyncIterator[str]:
    """Give the URL of a new database with all tables."""
    async with database(postgres, template) as made:
        yield made


@pytest.fixture
async def store(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """Give a store that does not wait long."""
    monkeypatch.setattr(drivers, "ANSWER_WITHIN", 1.5)
    monkeypatch.setattr(store_module, "ANSWER_WITHIN", 1.5)
    store = Store(url)
    yield store
    await store.close()


@asynccontextmanager
async def away(server: PostgresServer, how: signal.Signals) -> AsyncIterator[None]:
    """Have the server away, stopped or frozen."""
    if how is signal.SIGSTOP:
        server.signal(how)
    else:
        server.stop(how)
    try:
        yield
    finally:
        if how is signal.SIGSTOP:
            server.signal(signal.SIGCONT)
        else:
            server.start()


async def change(
    client: httpx.AsyncClient, number: object, changes: dict[str, str], etag: str = '"1"'
) -> httpx.Response:
    """Change a ticket."""
    return await client.patch(
        f"/v1/tickets/{number}",
        content=json.dumps(changes),
        headers={"If-Match": etag, "Content-Type": "application/merge-patch+json"},
    )


def unavailable(response: httpx.Response) -> None:
    """Check that a response is a 503 that says when to come back."""
    problem(response, 503, "store-unavailable")
    assert int(response.headers["retry-after"]) >= 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGSTOP])
async def test_what_memory_has_is_told(
    store: Store, postgres: PostgresServer, how: signal.Signals
) -> None:
    """Calls in progress with their events, new tickets, seats and queue; lists are a 503."""
    old, (opened, queued, *rest) = arrived(1), life(2)
    assert opened.call is not None
    assert queued.call is not None
    hub = Hub(PKY, store)
    service = Service(store, hub)
    await write(store, opening(old))  # before this service began: only its call is known here
    hub.begin_after(Seq(1))
    async with owning(store) as running, service.client(Scope.READ) as client:
        async with away(postgres, how):
            for each in (opened, queued):
                running.put(each)
                hub.publish(each)
            service.desk.live = [old, queued.call]

            detail = (await client.get(f"/v1/calls/{queued.call.id}")).json()
            assert detail["call"]["state"] == "queued"
            assert [each["kind"] for each in detail["events"]] == ["call.arrived", "call.queued"]
            detail = (await client.get(f"/v1/calls/{old.id}")).json()
            assert (detail["call"]["id"], detail["events"]) == (str(old.id), None)
            for each in rest:
                running.put(each)
                hub.publish(each)
            service.desk.live = [old]
            detail = (await client.get(f"/v1/calls/{queued.call.id}")).json()
            assert (detail["call"]["outcome"], len(detail["events"])) == ("answered", 6)

            number = opened.call.ticket_number
            response = await client.get(f"/v1/tickets/{number}")
            ticket = response.json()
            assert (ticket["status"], ticket["calls"]) == ("open", [str(opened.call.id)])
            assert response.headers["etag"] == '"2"'  # since it was answered
            assert ticket["assignee"] == {"id": "ani", "name": "ani"}
            assert (await client.get(f"/v1/tickets/{ticket['id']}")).json() == ticket
            unavailable(await client.get(f"/v1/tickets/{old.ticket_number}"))

            assert len((await client.get("/v1/calls/live")).json()["items"]) == 1
            assert (await client.get("/v1/queue")).status_code == 200
            assert (await client.get("/v1/seats")).status_code == 200
            unavailable(await client.get("/v1/calls"))
            unavailable(await client.get("/v1/calls.csv"))
            unavailable(await client.get("/v1/tickets"))
            unavailable(await client.get(f"/v1/calls/{arrived(3).id}"))
        await running.settled()
        assert (await client.get(f"/v1/tickets/{number}")).json() == ticket


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGSTOP])
async def test_a_change_is_made_once_the_database_is_back(
    store: Store, postgres: PostgresServer, how: signal.Signals
) -> None:
    """The 503 says that it was not, and the same request does it then; nothing is half done."""
    call = arrived(1)
    await write(store, opening(call))
    service = Service(store)
    async with service.client(Scope.TICKETS) as client:
        async with away(postgres, how):
            unavailable(await change(client, call.ticket_number, {"address": "Jl. Contoh 1"}))
        for _ in range(2):
            response = await change(client, call.ticket_number, {"address": "Jl. Contoh 1"})
            assert response.status_code == 200
            assert (response.json()["address"], response.json()["version"]) == ("Jl. Contoh 1", 2)


async def test_a_change_of_a_ticket_that_is_not_stored_yet(
    store: Store, postgres: PostgresServer
) -> None:
    """It is no unknown ticket: the client is told to come back, and then it is made."""
    call = arrived(1)
    store.writer(PKY).put(opening(call))
    service = Service(store)
    async with service.client(Scope.TICKETS) as client:
        unavailable(await change(client, call.ticket_number, {"narrative": "asap"}))
        async with away(postgres, signal.SIGINT):
            unavailable(await change(client, call.ticket_number, {"narrative": "asap"}))
        async with owning(store) as running:
            await running.settled()
        response = await change(client, call.ticket_number, {"narrative": "asap"})
        assert (response.status_code, response.json()["narrative"]) == (200, "asap")


async def test_a_change_whose_answer_is_lost_is_made_once(
    url: str, postgres: PostgresServer
) -> None:
    """A connection cut at any request of the change: repeated until it succeeds, it is one."""
    async with Proxy(postgres.port).serve() as proxy:
        store = Store(url.replace(str(postgres.port), str(proxy.port)))
        service = Service(store)
        lost = made = 0
        async with service.client(Scope.TICKETS) as client:
            for n in range(1, 20):
                call = arrived(n)
                await write(store, opening(call))
                # each time a later answer of the server is swallowed; at one time the commit's
                proxy.cut, proxy.skip = "reply", n
                changes = {"address": f"Jl. Contoh {n}", "narrative": "api"}
                response = await change(client, call.ticket_number, changes)
                proxy.cut = None
                if response.status_code != 200:
                    unavailable(response)
                    lost += 1
                    made += len(await changes_of(url, call.ticket)) == 2
                again = await change(client, call.ticket_number, changes)
                assert again.status_code == 200, again.text
                assert again.json()["version"] == 2
                assert await changes_of(url, call.ticket) == [(2, "address"), (2, "narrative")]
        await store.close()
    assert lost >= 4  # among them reading, locking, changing, committing
    assert made >= 1


async def changes_of(url: str, ticket: TicketId | None) -> list[tuple[object, ...]]:
    """Return what was changed on a ticket."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT version, field FROM ticket_events WHERE ticket_id = $1 ORDER BY field", ticket
        )
        return [tuple(row) for row in rows]
    finally:
        await connection.close()
