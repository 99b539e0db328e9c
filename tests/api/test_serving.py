"""The API as the whole service serves it: how it stops, and what it knows after a start."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sip112.people.roles import Scope
from sip112.people.token import digest
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import Seq
from sip112.service.node import Node
from sip112.service.settings import Settings, TokenSettings
from sip112.store.store import Store
from tests.api.service import SECRETS, problem, until, write
from tests.api.test_events import blocks, entry, events, listening
from tests.store.examples import life


@pytest.fixture
def nobody() -> Iterator[int]:
    """Give a port at which no Asterisk answers, and nobody else comes to listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def settings(store: Store, tmp_path: Path, nobody: int) -> Settings:  # noqa: ARG001 - has the tables
    """Give the settings of a service on `store`'s database."""
    token = TokenSettings(
        name="reader", digest=digest(SECRETS[Scope.READ]), scopes=frozenset({Scope.READ})
    )
    given: dict[str, Any] = {
        "database_url": f"sqlite:///{tmp_path}/sip112.db",
        "ami_port": nobody,
        "http_port": 0,
        "tokens": (token,),
    }
    return Settings.model_construct(**given)


@asynccontextmanager
async def running(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    """Run the node until the block ends or stops it, with a client of its API."""
    task = asyncio.create_task(node.run())
    try:
        async with httpx.AsyncClient(
            base_url=await _address(node, task),
            headers={"Authorization": f"Bearer {SECRETS[Scope.READ]}"},
            timeout=5,
            trust_env=False,
        ) as client:
            yield client
    finally:
        node.stop()
        async with asyncio.timeout(10):
            await task


async def _address(node: Node, task: asyncio.Task[None]) -> str:
    def ready() -> bool:
        read = node.centre.tenure is not None and node.centre.hub.last is not None
        return task.done() or (read and node.listening.is_set())

    await until(ready)
    assert not task.done(), task.exception()
    return f"http://127.0.0.1:{node.port}"


async def test_a_stop_ends_the_streams_at_once(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """What was published is sent, the streams end as they should, and nobody waits for them."""
    caplog.set_level(logging.WARNING)
    node = Node(settings)
    loop = asyncio.get_running_loop()
    async with running(node) as client, listening(client) as one, listening(client) as other:
        await until(lambda: node.centre.hub.streams == 2)
        node.centre.hub.publish(entry(1))
        stopped = loop.time()
        node.stop()
        for response in (one, other):  # a stream that is cut off raises here
            assert [event.id async for event in events(response)] == ["1"]
        ended = loop.time()
    assert ended - stopped < 1  # with open streams uvicorn would wait for 2 s
    assert loop.time() - stopped < 1.5
    assert not node.centre.hub.streams
    assert not caplog.records


async def test_who_comes_back_after_a_restart_needs_no_archive(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start says which entry was the last, so that whoever has it goes on from there."""
    *earlier, last = life(1)
    await write(store, *earlier, last)
    node = Node(settings)

    async def away(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(node.store, "records_after", away)
    async with running(node) as client:
        missed = {"Last-Event-ID": str(earlier[-1].seq)}
        problem(await client.get("/v1/events", headers=missed), 503, "store-unavailable")
        async with listening(client, last=last.seq) as back, listening(client) as new:
            node.centre.hub.publish(entry(last.seq + 1))
            for response in (back, new):
                async with aclosing(blocks(response)) as said:
                    assert await anext(said) == {"retry": "1000", "id": str(last.seq)}
                    assert (await anext(said))["id"] == str(last.seq + 1)


async def test_what_came_before_the_store_could_be_read_stays(
    settings: Settings, store: Store
) -> None:
    """Its last entry is no place to go on from, where newer ones are told already."""
    past = life(1)
    await write(store, *past)
    node = Node(settings)
    now = Seq(past[-1].seq + 10)
    node.centre.hub.publish(entry(now))
    async with running(node) as client, listening(client, last=past[3].seq) as response:
        stream = events(response)
        told = [(await anext(stream)).id for _ in range(3)]
        await stream.aclose()
    assert told == [str(seq) for seq in (past[4].seq, past[5].seq, now)]
