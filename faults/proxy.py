"""A proxy between the service and Asterisk's AMI, which does what networks do.

It passes everything on until it is told to cut, to stall, to lose events or to add some. It
knows where a message ends, so that what it loses or adds is whole: AMI itself never loses half
of one. What answers an action is never lost, neither the response nor the events of its list.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum
from random import Random
from typing import Final, Self

_END: Final = b"\r\n\r\n"
_PIECE: Final = 65536
_BURST_S: Final = 0.01
"""Seconds between two bursts of added events."""


class Way(StrEnum):
    """A direction, by where it leads."""

    ASTERISK = "asterisk"
    SERVICE = "service"


BOTH: Final = frozenset(Way)


class AmiProxy:
    """Listens on a port of its own, and connects to `host`:`port` for each who comes."""

    def __init__(self, host: str, port: int, dice: Random) -> None:
        self.port = 0
        """Where the service is to connect."""
        self.loss = 0.0
        """Share of the live events that is lost, 0 to 1."""
        self.doubled = False
        """Whether every live event comes twice."""
        self.flood = 0
        """Events a second that are added, of calls and members which are none of the service's."""
        self.refusing = False
        """Whether whoever comes is sent away at once."""
        self.told: Counter[str] = Counter()
        """Events ``passed``, ``lost``, ``doubled`` and ``added``, and ``connections``."""
        self._target = host, port
        self._dice = dice
        self._open = {way: asyncio.Event() for way in Way}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self.flow()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection, in both directions and without a word."""
        for writer in self._writers:
            writer.transport.abort()

    def stall(self, *ways: Way) -> None:
        """Pass nothing on that goes these `ways`; new connections stall as well."""
        for way in ways:
            self._open[way].clear()

    def flow(self) -> None:
        """Pass on everything again, also what has gathered."""
        for event in self._open.values():
            event.set()

    def mend(self) -> None:
        """Pass everything on from now on, and nothing else."""
        self.loss, self.doubled, self.flood, self.refusing = 0.0, False, 0, False
        self.flow()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: writer.close())  # also if it was never begun

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, away = await asyncio.open_connection(*self._target)
        except OSError:  # Asterisk is down
            writer.transport.abort()
            return
        self.told["connections"] += 1
        ends = {writer, away}
        logged_in = asyncio.Event()
        self._writers |= ends
        pumps = [
            asyncio.create_task(self._to_asterisk(reader, away)),
            asyncio.create_task(self._to_service(there, writer, logged_in)),
            asyncio.create_task(self._add(writer, logged_in)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._writers -= ends
            for end in ends:
                end.close()

    async def _to_asterisk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(_PIECE):
            await self._open[Way.ASTERISK].wait()
            writer.write(data)
            await writer.drain()

    async def _to_service(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, logged_in: asyncio.Event
    ) -> None:
        writer.write(await reader.readline())  # the greeting is one line
        rest = b""
        while data := await reader.read(_PIECE):
            await self._open[Way.SERVICE].wait()
            *messages, rest = (rest + data).split(_END)
            writer.write(b"".join(e + _END for message in messages for e in self._fate(message)))
            await writer.drain()
            if messages:  # the first is the answer to the login
                logged_in.set()

    def _fate(self, message: bytes) -> Iterator[bytes]:
        """Yield what becomes of `message`: it, nothing, or it twice."""
        if not is_live_event(message):
            yield message
            return
        if self.loss and self._dice.random() < self.loss:
            self.told["lost"] += 1
            return
        self.told["passed"] += 1
        yield message
        if self.doubled:
            self.told["doubled"] += 1
            yield message

    async def _add(self, writer: asyncio.StreamWriter, logged_in: asyncio.Event) -> None:
        await logged_in.wait()
        strangers = itertools.cycle(_STRANGERS)
        began, added = time.monotonic(), 0.0
        while True:
            await asyncio.sleep(_BURST_S)
            now = time.monotonic()
            due, began = added + self.flood * (now - began), now
            added = due % 1
            if not self._open[Way.SERVICE].is_set():
                continue
            told = self.told["added"]
            self.told["added"] += int(due)
            writer.write(b"".join(next(strangers)(told + n) for n in range(int(due))))
            await writer.drain()


def is_live_event(message: bytes) -> bool:
    """Tell whether `message` is an event that nobody asked for."""
    return message.lstrip(b"\r\n").startswith(b"Event: ") and b"\r\nActionID: " not in message


def _event(name: str, *headers: str) -> Callable[[int], bytes]:
    """Return what makes the n-th event of a kind, as Asterisk writes them."""
    text = "\r\n".join((f"Event: {name}", "Privilege: call,all", *headers))

    def make(number: int) -> bytes:
        filled = text.replace("@number@", f"{number:08x}").replace("@now@", f"{time.time():.6f}")
        return filled.encode() + _END

    return make


_LEGS: Final = (
    "Timestamp: @now@",
    "Channel: PJSIP/office-@number@",
    "ChannelState: 4",
    "ChannelStateDesc: Ring",
    "CallerIDNum: 21",
    "CallerIDName: Office",
    "Language: en",
    "Context: office",
    "Exten: 22",
    "Priority: 1",
    "Uniqueid: office-@number@",
    "Linkedid: office-@number@",
    "DestChannel: PJSIP/desk-@number@",
    "DestUniqueid: desk-@number@",
)
_MEMBER: Final = (
    "Timestamp: @now@",
    "Queue: office",
    "MemberName: PJSIP/desk",
    "Interface: PJSIP/desk",
    "StateInterface: PJSIP/desk",
    "Membership: static",
    "Status: 1",
    "Paused: 0",
    "PausedReason:",
)
_STRANGERS: Final = (
    _event("VarSet", *_LEGS[:12], "Variable: SIPCALLID", "Value: @number@"),
    _event("DialBegin", *_LEGS, "DialString: desk"),
    _event("DialEnd", *_LEGS, "DialStatus: ANSWER"),
    _event("QueueMemberStatus", *_MEMBER),
)
"""What goes on in a company that has its own telephones on the same Asterisk."""
