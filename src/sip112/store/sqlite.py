"""A connection to SQLite whose user may be cancelled at any moment, and again.

anyio cancels a request whose client is gone until it ends. SQLAlchemy then begins to close the
connection, and to stop it. aiosqlite (0.22.1) answers only one of the two: whoever waits for the
other waits for ever, and `asyncio.run` with it at the end of the process. Known to it in part:
https://github.com/omnilib/aiosqlite/pull/389, https://github.com/omnilib/aiosqlite/issues/387.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

import aiosqlite

_ROWS: Final = 64
"""How many rows aiosqlite fetches at a time, by its own default."""


class Connection(aiosqlite.Connection):
    """A connection of aiosqlite that is stopped once, which all that stop it wait for.

    Args:
        connector: opens the file; called in the connection's thread.
        stopping: what holds, for as long as the thread has not ended, that it was told to.
    """

    def __init__(
        self, connector: Callable[[], sqlite3.Connection], stopping: set[asyncio.Future[Any]]
    ) -> None:
        super().__init__(connector, _ROWS)
        self._thread.daemon = True  # as SQLAlchemy has it: a disk that hangs keeps no process
        self._stopping = stopping
        self._stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        """Have the thread close the file and end; None where no event loop runs."""
        if self._stopped is None:
            self._stopped = super().stop()
            if self._stopped is not None:
                _keep(self._stopping, self._stopped)
        return self._stopped and asyncio.shield(self._stopped)

    async def close(self) -> None:
        """Close the file, and wait until the thread has ended."""
        if (stopped := self.stop()) is not None:
            await stopped


async def connect(
    database: str, *, stopping: set[asyncio.Future[Any]], **options: Any
) -> aiosqlite.Connection:
    """Open the file `database`. Options are those of sqlite3.

    What is opened while nobody wants it any more is closed, and is in `stopping` until it is.
    """
    opening = asyncio.ensure_future(
        Connection(partial(sqlite3.connect, database, **options), stopping)
    )
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        _keep(stopping, asyncio.ensure_future(_close(opening)))
        raise


async def _close(opening: asyncio.Future[aiosqlite.Connection]) -> None:
    with suppress(sqlite3.Error):  # whoever would have been told has gone
        await (await opening).close()


def _keep(stopping: set[asyncio.Future[Any]], future: asyncio.Future[Any]) -> None:
    """Have `stopping` hold the future until it is done."""
    stopping.add(future)
    future.add_done_callback(stopping.discard)
