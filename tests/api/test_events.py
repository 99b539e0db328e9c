"""The event stream as uvicorn serves it."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from sip112.api import docs
from sip112.api.hub import Hub
from sip112.api.notices import EVENT
from sip112.people.roles import Scope
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import Seq
from sip112.store.store import Store
from tests.api.service import PKY, SECRETS, Service, problem, until, write
from tests.store.examples import life

TOKEN = SECRETS[Scope.READ]


@dataclass
class Event:
    """What an EventSource makes of one event."""

    id: str
    name: str
    data: dict[str, Any]


def entry(seq: int, **changes: Any) -> Record:
    """Return the ringing of a call as the entry with that number."""
    return replace(docs.RECORD, seq=Seq(seq), **changes)


async def blocks(response: httpx.Response) -> AsyncGenerator[dict[str, str]]:
    """Yield what a stream says, in fields, but for notices: a node may give one at any time."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if fields.get("event") == EVENT:
            assert "id" not in fields, "whoever comes back would ask for what came after a notice"
        elif fields:
            yield fields
        fields = {}


async def events(response: httpx.Response) -> AsyncGenerator[Event]:
    """Yield the journal's entries that a stream tells, as they come; each has its id."""
    async for fields in blocks(response):
        if "data" in fields:
            yield Event(fields["id"], fields["event"], json.loads(fields["data"]))


async def take(count: int, response: httpx.Response) -> list[Event]:
    """Return the next events."""
    taken = []
    async with aclosing(events(response)) as stream:
        async for event in stream:
            taken.append(event)
            if len(taken) == count:
                break
    return taken


@asynccontextmanager
async def listening(
    client: httpx.AsyncClient, query: str = "", last: int | None = None
) -> AsyncIterator[httpx.Response]:
    """Open the stream."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with client.stream("GET", f"/v1/events?{query}", headers=headers) as response:
        assert response.status_code == 200
        yield response


async def test_what_happens_is_told(service: Service) -> None:
    """As server-sent events that neither caches nor proxies hold back."""
    async with service.served() as client, listening(client) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
        records = life(1)
        for record in records:
            service.hub.publish(record)
        told = await take(6, response)
    assert [event.id for event in told] == [str(record.seq) for record in records]
    assert [event.name for event in told] == [record.kind for record in records]
    assert told[0].data["ticket"]["number"] == told[0].data["call"]["ticket_number"]
    assert told[-1].data["call"]["outcome"] == "answered"
    assert told[-1].data["seat"]["id"] == "seat-01"


async def test_it_is_told_at_once(service: Service) -> None:
    """Nothing between the hub and the client waits for more."""
    took = []
    async with service.served() as client, listening(client) as response:
        stream = events(response)
        for seq in range(1, 51):
            start = time.perf_counter()
            service.hub.publish(entry(seq))
            await anext(stream)
            took.append(time.perf_counter() - start)
        await stream.aclose()
    assert sorted(took)[25] < 0.05  # a buffer would hold them for ever, Nagle's for 40 ms


async def test_coming_back(service: Service, store: Store) -> None:
    """With Last-Event-ID a client misses nothing: from the store, from memory, then live."""
    stored = [entry(seq) for seq in range(1, 101)]
    await write(store, *stored)
    for record in stored[90:]:
        service.hub.publish(record)
    service.hub.publish(entry(101))
    async with service.served() as client, listening(client, last=10) as response:
        told = asyncio.create_task(take(92, response))
        await until(lambda: service.hub._waiters)
        service.hub.publish(entry(102))
        assert [event.id for event in await told] == [str(seq) for seq in range(11, 103)]


async def test_beginning_after_an_entry(service: Service) -> None:
    """A browser's EventSource cannot send a header the first time, and does so afterwards."""
    for seq in range(1, 6):
        service.hub.publish(entry(seq))
    service.hub.close()
    async with service.served() as client:
        async with listening(client, "after=2") as response:
            assert [event.id async for event in events(response)] == ["3", "4", "5"]
        async with listening(client, "after=2", last=4) as response:
            assert [event.id async for event in events(response)] == ["5"]


async def test_filters(service: Service) -> None:
    """By seat and by kind; the two together narrow."""
    async with (
        service.served() as client,
        listening(client, "seat=seat-99") as nothing,
        listening(client, "kind=call.ended&kind=pbx.lost") as kinds,
        listening(client, "seat=seat-03&kind=call.ringing") as both,
    ):
        service.hub.publish(entry(1))
        service.hub.publish(entry(2, kind=EntryKind.CALL_ENDED))
        service.hub.publish(Record(Seq(3), docs.RECORD.at, PKY, EntryKind.PBX_LOST))
        service.hub.close()
        told = {
            name: [event.id async for event in events(response)]
            for name, response in (("nothing", nothing), ("kinds", kinds), ("both", both))
        }
    assert told == {"nothing": ["3"], "kinds": ["2", "3"], "both": ["1"]}


async def test_a_client_that_leaves_is_let_go(service: Service) -> None:
    """Its stream is counted while it is there and not longer."""
    async with service.served() as client:
        async with listening(client):
            await until(lambda: service.hub.streams == 1)
        await until(lambda: service.hub.streams == 0)
        assert not service.hub._waiters


async def test_a_client_that_does_not_read_costs_nothing(store: Store) -> None:
    """Others are served meanwhile; once it reads again, it gets everything, in order."""
    service = Service(store, Hub(PKY, store, memory=50))
    total = 800
    async with service.served(buffer=65536) as client, listening(client) as other:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        connection.setblocking(False)  # noqa: FBT003 - the library's way
        await asyncio.get_running_loop().sock_connect(
            connection, ("127.0.0.1", client.base_url.port)
        )
        reader, writer = await asyncio.open_connection(sock=connection, limit=16384)
        writer.write(
            b"GET /v1/events HTTP/1.1\r\nHost: api\r\nConnection: close\r\n"
            b"Authorization: Bearer " + TOKEN.encode() + b"\r\n\r\n"
        )
        await until(lambda: service.hub.streams == 2)
        heard: list[str] = []

        async def hear() -> None:
            async for event in events(other):
                heard.append(event.id)  # noqa: PERF401 - each as it comes

        hearing = asyncio.create_task(hear())
        published = [entry(seq) for seq in range(1, total + 1)]
        for record in published:
            service.hub.publish(record)
            if record.seq % 20 == 0:
                await until(lambda: len(heard) == record.seq)  # noqa: B023 - at once
        await write(store, *published)
        service.hub.close()
        async with asyncio.timeout(10):
            await hearing
            everything = await reader.read(-1)
        writer.close()
    ids = [line[4:] for line in everything.split(b"\n") if line.startswith(b"id: ")]
    assert heard == [str(record.seq) for record in published]
    assert [int(each) for each in ids] == list(range(1, total + 1))


async def test_stopping_ends_the_streams(service: Service) -> None:
    """What was published before is sent first; the server need not wait."""
    async with service.served() as client, listening(client) as response:
        service.hub.publish(entry(1))
        service.hub.close()
        async with asyncio.timeout(5):
            assert [event.id async for event in events(response)] == ["1"]


async def test_more_streams_than_there_may_be(store: Store) -> None:
    """The one too many is told to come back; the others go on."""
    service = Service(store, max_streams=1)
    async with service.served() as client, listening(client) as response:
        refused = await client.get("/v1/events")
        problem(refused, 503, "too-many-streams")
        assert refused.headers["retry-after"]
        service.hub.publish(entry(1))
        assert [event.id for event in await take(1, response)] == ["1"]


@pytest.mark.parametrize("last", ["abc", "-1", "1.5", "", "9" * 19, "\u0663"])
async def test_a_wrong_id(service: Service, last: str) -> None:
    """An id that is none of ours is refused, rather than taken for the beginning."""
    async with service.client() as client:
        response = await client.get("/v1/events", headers={b"Last-Event-ID": last.encode()})
    document = problem(response, 422, "invalid")
    assert document["errors"][0]["field"].lower() == "last-event-id"


@pytest.mark.parametrize(
    "query",
    ["kind=call.rang", "seat=%0a", "seats=seat-01", "after=-1", "after=x", "after=" + "9" * 19],
)
async def test_a_wrong_filter(service: Service, query: str) -> None:
    """A stream that could never tell anything is not opened."""
    async with service.client() as client:
        problem(await client.get(f"/v1/events?{query}"), 422, "invalid")


async def test_an_archive_that_is_away(gone: Store) -> None:
    """Who needs the past gets 503; who wants what comes is served."""
    service = Service(gone)
    async with service.served() as client:
        refused = await client.get("/v1/events", headers={"Last-Event-ID": "1"})
        problem(refused, 503, "store-unavailable")
        async with listening(client) as response:
            service.hub.publish(entry(5))
            assert [event.id for event in await take(1, response)] == ["5"]
