"""How the parts of the store come to a connection: each is given the ways that it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import Any, cast

from sqlalchemy import URL, QueuePool, event
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.store.drivers import ANSWER_WITHIN
from sip112.store.engine import WRITING, create_engine

Connecting = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""To read, or to write in one transaction."""

Changing = Callable[..., AbstractAsyncContextManager[AsyncConnection]]
"""To write on tickets of a centre, which are named: ``changing(centre, ticket, ...)``.

StoreUnavailable if one of them still waits to be written.
"""


class Connections:
    """The connections to one database, which are closed when all are given back.

    Whoever is cancelled has not ended yet: uvicorn does not wait for a request that outlives its
    grace, and SQLAlchemy gives a connection back in a task of its own. A pool that is closed
    before does not close what comes back later: file, socket and thread would be left over.
    """

    def __init__(self, url: URL) -> None:
        self._stopping: set[asyncio.Future[Any]] = set()
        self._engine = create_engine(url, stopping=self._stopping, pool_timeout=ANSWER_WITHIN)
        self._writing = self._engine.execution_options(**WRITING[url.get_backend_name()])
        self._asking = 0
        self._given_back = asyncio.Event()
        event.listen(self._engine.sync_engine, "checkin", lambda *_: self._given_back.set())

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Count whoever asks, from before there is a connection."""
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1
            self._given_back.set()

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection that reads at once, without a transaction."""
        return self._engine.connect()

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection in a transaction."""
        return self._writing.begin()

    async def close(self) -> bool:
        """Close all. False if not all come back, or close, in `ANSWER_WITHIN` seconds each."""
        return await _in_time(self._all_given_back()) & await _in_time(self._all_closed())

    async def _all_given_back(self) -> None:
        while self._asking or cast("QueuePool", self._engine.pool).checkedout():
            self._given_back.clear()
            await self._given_back.wait()

    async def _all_closed(self) -> None:
        await self._engine.dispose()
        if self._stopping:
            await asyncio.wait(self._stopping)


async def _in_time(work: Coroutine[Any, Any, None]) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWER_WITHIN):
            await work
        return True
    return False
