"""What Asterisk itself counts of a call's sound, and a way to it that can be cut."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self

from rig import Rig, asking

_STATISTICS: Final = re.compile(
    r"(?P<channel>\S+) +\d\d:\d\d:\d\d +\S+"  # since when, and the codec
    r" +(?P<received>\d+K?) +\d+K? +\d+ +[\d.]+"  # lost, in percent, and jitter
    r" +(?P<sent>\d+K?)"
)
_MORE: Final = 25
"""Packets, half a second of sound: more than come by chance."""


async def packets(rig: Rig, seat: str) -> tuple[int, int]:
    """Return how many RTP packets Asterisk had from the phone of `seat`, and sent to it."""
    said = await asking.asterisk(rig, "pjsip show channelstats")
    for found in _STATISTICS.finditer(said):
        if found["channel"].startswith(f"{seat}-"):
            return _count(found["received"]), _count(found["sent"])
    return 0, 0


async def until_more(rig: Rig, seat: str, *, sent: bool = True, within: float = 10) -> None:
    """Wait until Asterisk gets more from the phone of `seat`, and if `sent` sends more to it."""
    first = await packets(rig, seat)
    now = [first]

    async def more() -> bool:
        now[0] = await packets(rig, seat)
        received = now[0][0] >= first[0] + _MORE
        return received and (not sent or now[0][1] >= first[1] + _MORE)

    await asking.until(more, within=within, every=0.1, seen=lambda: f"{first}, then {now[0]}")


async def until_spoken_to(rig: Rig, phone: str, *, within: float = 10) -> None:
    """Wait until Asterisk sends half a second more to a phone that may say nothing itself."""
    _, first = await packets(rig, phone)

    async def more() -> bool:
        return (await packets(rig, phone))[1] >= first + _MORE

    await asking.until(more, within=within, every=0.1)


def _count(text: str) -> int:
    return int(text.removesuffix("K")) * (1000 if text.endswith("K") else 1)


class Cable:
    """A TCP way to Asterisk's WebSocket: cut, what goes through it ends and nothing new does."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._joined = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""
        """Where a browser finds it."""

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[Self]:
        """Have it for as long as the context lasts."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """End what goes through it."""
        self._joined = False
        for writer in self._writers:
            writer.transport.abort()

    def join(self) -> None:
        """Let through what comes from now on."""
        self._joined = True

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass_on(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._joined:
            writer.transport.abort()
            return
        there, away = await asyncio.open_connection(self._rig.http_host, self._rig.http_port)
        ends = {writer, away}
        self._writers |= ends
        try:
            await asyncio.gather(_pump(reader, away), _pump(there, writer))
        except OSError:
            pass  # it was cut
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError  # one side has gone: so does the other
