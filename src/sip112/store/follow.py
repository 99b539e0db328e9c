"""Follows a centre's journal as it grows, whichever node writes it.

Reading what came after the last entry is the truth, and is done every `POLL_S`. PostgreSQL's
notifications are hints on which it is done at once; one that is lost costs that time, and
nothing else. Entries become visible in the order of their numbers, since a centre has one
writer, which writes in that order, and a new owner begins above the last one's entries when
the last one can write no more. So whoever has seen an entry has missed none before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy import URL

from sip112.routing.effects import Record
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, Seq
from sip112.store.drivers import ANSWER_WITHIN, CHANNEL
from sip112.store.errors import DATABASE_ERRORS

POLL_S: Final = 1.0
"""Seconds after which the journal is read again, whatever was heard."""

ALIVE_S: Final = 10.0
"""Seconds after which it is seen to that the connection for hints still is one."""

PAGE: Final = 100
"""Entries that are read at a time, some 3 ms: routing runs in the same loop."""

log: Final = structlog.get_logger("sip112.store")


class Hints:
    """What PostgreSQL says of journals that have grown; SQLite says nothing.

    One connection serves all who follow. It is there while somebody does, and made anew when
    it is lost.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._followers: dict[asyncio.Event, CentreCode] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, event: asyncio.Event, centre: CentreCode) -> None:
        """Set `event` whenever the journal of `centre` may have grown."""
        self._followers[event] = centre
        if self._task is None and self._url.get_backend_name() == "postgresql":
            self._task = asyncio.create_task(self._keep_listening(), name="journal hints")

    async def remove(self, event: asyncio.Event) -> None:
        """Set `event` no more."""
        del self._followers[event]
        if not self._followers and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_listening(self) -> None:
        while True:
            with suppress(*DATABASE_ERRORS):  # whoever reads the journal says what is wrong
                await self._listen()
            await asyncio.sleep(POLL_S)

    async def _listen(self) -> None:
        """Listen until the connection is lost."""
        _, options = self._url.get_dialect()().create_connect_args(self._url)
        connection = await asyncpg.connect(
            **options, timeout=ANSWER_WITHIN, command_timeout=ANSWER_WITHIN
        )
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, self._heard)
            while not lost.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(ALIVE_S):
                        await lost.wait()
                await connection.execute("SELECT")  # a dead network ends no connection
        finally:
            connection.terminate()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        centre = payload.partition(" ")[0]
        for event, wanted in self._followers.items():
            if wanted == centre:
                event.set()


async def follow(
    read: Callable[[CentreCode, Seq, int], Awaitable[list[Record]]],
    hints: Hints,
    centre: CentreCode,
    after: Seq,
) -> AsyncGenerator[list[Record]]:
    """Yield the entries of `centre` after `after`, some at a time, as they become durable."""
    grown = asyncio.Event()
    hints.add(grown, centre)
    away = False
    try:
        while True:
            grown.clear()
            try:
                records = await read(centre, after, PAGE)
            except StoreUnavailable as error:
                if not away:
                    log.warning("store.follow", centre=centre, problem=str(error))
                away, records = True, []
            else:
                away = False
            if records:
                after = records[-1].seq
                yield records
            if len(records) < PAGE:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await grown.wait()
    finally:
        await hints.remove(grown)
