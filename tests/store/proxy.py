"""A TCP proxy before a database, which can cut a connection at a chosen instant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, Self


class Proxy:
    """Passes everything on, until told to cut the next request or the next reply."""

    def __init__(self, target: int) -> None:
        self.cut: Literal["request", "reply"] | None = None
        """What is swallowed next; the connection ends with it."""
        self.skip = 0
        """How many of them are passed on before that."""
        self.port = 0
        self._target = target
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Self]:
        """Listen for as long as the context lasts."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass_on(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, away = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:  # nobody is there: neither are we
            writer.close()
            return
        pumps = [
            asyncio.create_task(self._pump(reader, away, "request")),
            asyncio.create_task(self._pump(there, writer, "reply")),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for each in (writer, away):
                each.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, what: str
    ) -> None:
        while data := await reader.read(65536):
            if self.cut == what:
                if not self.skip:
                    self.cut = None
                    return
                self.skip -= 1
            writer.write(data)
            await writer.drain()
