"""What the tests of the store share: an owner that writes, waiting, a look from outside."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import asyncpg

from sip112.routing.effects import Record
from sip112.routing.ids import CentreCode
from sip112.store.lease import Lease
from sip112.store.store import Store
from tests.store.examples import PKY


class Running:
    """A store with a centre's writer that runs, and what that has said to be stored."""

    def __init__(self, store: Store, centre: CentreCode) -> None:
        writer = store.writer(centre)
        self.store = store
        self.put = writer.put
        self.stats = writer.stats
        self.groups: list[list[Record]] = []

    @property
    def stored(self) -> list[Record]:
        """Everything that is stored, in the order in which it was said."""
        return [record for group in self.groups for record in group]

    async def write(self, *records: Record) -> None:
        """Put `records` and wait until nothing is left to be written."""
        for record in records:
            self.put(record)
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is left to be written."""
        await until(lambda: self.stats().pending == 0)


async def own(store: Store, node: str = "a", centre: CentreCode = PKY) -> Lease:
    """Acquire the centre's lease, which must be free or ours."""
    lease = await store.leases.acquire(centre, node, "http://127.0.0.1:8112", ttl_s=3)
    assert lease is not None
    return lease


@asynccontextmanager
async def owning(store: Store, centre: CentreCode = PKY) -> AsyncIterator[Running]:
    """Own the centre as the service does (acquire, read, begin), and run its writer."""
    lease = await own(store, centre=centre)
    store.writer(centre).begin(lease.token, await store.last_seq(centre))
    async with run(store, centre) as running:
        yield running


@asynccontextmanager
async def run(store: Store, centre: CentreCode = PKY) -> AsyncIterator[Running]:
    """Run the centre's writer, whether it may write or waits, for as long as the context lasts."""
    running = Running(store, centre)
    task = asyncio.create_task(store.writer(centre).run(running.groups.append))
    try:
        yield running
    finally:
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(result, asyncio.CancelledError)


async def until(condition: Callable[[], object], within: float = 15.0) -> None:
    """Wait until `condition` holds; TimeoutError if it does not in time."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.005)


async def fetch(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Return what `statement` selects, asked through a connection of its own."""
    # Not through `Store`: what is compared must not come from what is tested.
    if url.startswith("sqlite"):
        return await asyncio.to_thread(_fetch_sqlite, url, statement)
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def execute(url: str, statement: str) -> None:
    """Carry out `statement` through a connection of its own."""
    await fetch(url, statement)


@contextmanager
def holding(url: str) -> Iterator[None]:
    """Hold the SQLite database at `url` locked, as a backup or another program would."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.rollback()


def _fetch_sqlite(url: str, statement: str) -> list[tuple[Any, ...]]:
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=5)) as connection, connection:
        return connection.execute(statement).fetchall()
