"""A mail server: real SMTP, which takes messages, refuses them, or does not go on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from types import TracebackType
from typing import Self


class Mood(StrEnum):
    """How it treats a message."""

    WELL = "well"
    REFUSES = "refuses"
    """The recipient, for good."""
    WAITS = "waits"
    """At the end of the message, until `MailServer.goes_on`."""


class MailServer:
    """Takes mail at a port of its own."""

    def __init__(self) -> None:
        self.mood = Mood.WELL
        self.taken: list[tuple[str, EmailMessage]] = []
        """Each with the recipient of its envelope."""
        self.connections = 0
        self.goes_on = asyncio.Event()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def until_taken(self, count: int) -> None:
        """Return when that many messages were taken."""
        async with asyncio.timeout(20):
            while len(self.taken) < count:
                self._changed.clear()
                await self._changed.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side is gone, or we are going down
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers: Mapping[str, bytes] = {
            "EHLO": b"250-mail.example\r\n250 8BITMIME\r\n",
            "DATA": b"354 go on\r\n",
            "QUIT": b"221 bye\r\n",
        }
        to = ""
        writer.write(b"220 mail.example ESMTP\r\n")
        while said := (await reader.readuntil(b"\r\n")).decode():
            command = said[:4].upper()
            if command == "RCPT":
                to = said.partition("<")[2].partition(">")[0]
                if self.mood is Mood.REFUSES:
                    writer.write(b"550 nobody of that name\r\n")
                    continue
            writer.write(answers.get(command, b"250 well\r\n"))
            await writer.drain()
            if command == "QUIT":
                return
            if command == "DATA":
                body = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                if self.mood is Mood.WAITS:
                    await self.goes_on.wait()
                self.taken.append((to, message_from_bytes(body, policy=policy.default)))
                self._changed.set()
                writer.write(b"250 taken\r\n")
