"""An AMI server on 127.0.0.1 that does as it is told: answers, stalls, lies, splits, drops.

It is scripted by replacing the function that answers an action (`FakeAmi.on`), and by
writing bytes to a `Session` at any time. What it knows by itself is what a healthy Asterisk
says to a login, a ping, the lists of a resync, and to everything else ("Success").
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self

from sip112.ami.link import Link, LinkConfig
from sip112.routing.events import Event
from sip112.routing.ids import CentreCode, PbxId

PBX = PbxId("pbx1")
PKY = CentreCode("PKY")
SECRET = "correct horse"
STAMP = "1700000000.123456"

Action = dict[str, str]
Item = tuple[str, dict[str, str]]
"""An event's name and headers."""


async def until(condition: Callable[[], object], within: float = 5.0) -> None:
    """Wait until `condition` holds; TimeoutError if it does not in time."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.002)


async def passing(seconds: float) -> None:
    """Let time pass, where what is tested is that something does not happen in it."""
    await asyncio.sleep(seconds)


def message(*headers: tuple[str, str]) -> bytes:
    """Return one message, blank line included."""
    return ("".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode()


def event(name: str, **headers: str) -> bytes:
    """Return a live event as Asterisk writes it."""
    start = ("Event", name), ("Privilege", "call,all"), ("Timestamp", STAMP)
    return message(*start, *headers.items())


def ended(number: int) -> bytes:
    """Return the event that says that call `number` ended; `ends` reads it back."""
    return event("UserEvent", UserEvent="Sip112End", Uniqueid=f"1700000000.{number}", Note="by=")


def ends(events: Iterable[Event]) -> list[int]:
    """Return the numbers of the calls that ended, in the order in which that was put."""
    uniqueids = (getattr(one, "uniqueid", None) for one in events)
    return [int(uniqueid.rpartition(".")[2]) for uniqueid in uniqueids if uniqueid is not None]


def response(action: Action, word: str = "Success", **headers: str) -> bytes:
    """Return the response to `action`."""
    return message(("Response", word), ("ActionID", action["ActionID"]), *headers.items())


def list_start(action: Action, *items: Item) -> bytes:
    """Return an answer that is a list and does not end."""
    own = ("ActionID", action["ActionID"])
    found = (message(("Event", name), *headers.items(), own) for name, headers in items)
    return response(action, EventList="start", Message="list will follow") + b"".join(found)


def list_end(action: Action, word: str = "Complete") -> bytes:
    """Return what ends a list."""
    name = ("Event", f"{action['Action']}Complete")
    return message(name, ("ActionID", action["ActionID"]), ("EventList", word), ("ListItems", "0"))


def whole_list(action: Action, *items: Item) -> bytes:
    """Return an answer that is a whole list."""
    return list_start(action, *items) + list_end(action)


def nothing(_: Action) -> bytes:
    """Answer an action not at all."""
    return b""


class Session:
    """One connection to the fake server."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.gone = False
        """Whether it is closed."""

    def write(self, data: bytes) -> None:
        """Send `data`, which need not be whole messages."""
        self._writer.write(data)

    async def write_in_pieces(self, data: bytes, size: int = 1) -> None:
        """Send `data` in segments of `size` bytes, each once the client had time to read.

        Meanwhile nothing else may be sent, so that the link must not ping.
        """
        for start in range(0, len(data), size):
            self._writer.write(data[start : start + size])
            await self._writer.drain()
            await asyncio.sleep(0)

    def end(self) -> None:
        """Close the connection once all is sent."""
        self._writer.close()

    def drop(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()


class FakeAmi:
    """The server, as an async context manager."""

    def __init__(self) -> None:
        self.port = 0
        self.banner = b"Asterisk Call Manager/11.0.0\r\n"
        self.items: dict[str, list[Item]] = {"Status": [], "QueueStatus": [], "DBGetTree": []}
        """What the lists of a resync hold, by action."""
        self.variables: dict[str, str] = {}
        """What is answered to Getvar, by variable; of any other that it is not set."""
        self.on: dict[str, Callable[[Action], bytes]] = {"Login": self._log_in, "Ping": self._ping}
        """What is answered to an action, by its name."""
        self.sessions: list[Session] = []
        self.actions: list[Action] = []
        """All that was received, pings excepted."""
        self.raw = bytearray()
        """The same with pings, as it came."""
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; on the same port as before, if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Drop every connection and listen no longer."""
        assert self._server is not None
        self._server.close()
        for session in self.sessions:
            session.drop()
        await until(lambda: self.open == 0)

    @property
    def session(self) -> Session:
        """The connection that was opened last."""
        return self.sessions[-1]

    @property
    def open(self) -> int:
        """How many connections are open."""
        return sum(not session.gone for session in self.sessions)

    def names(self) -> list[str]:
        """Return the names of the actions that were received, in order."""
        return [action["Action"] for action in self.actions]

    def silent(self, *names: str) -> None:
        """Answer these actions no longer."""
        for name in names:
            self.on[name] = nothing

    async def received(self, name: str) -> Action:
        """Wait for an action of that name and return it."""
        await until(lambda: name in self.names())
        return next(action for action in self.actions if action["Action"] == name)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(writer)
        self.sessions.append(session)
        session.write(self.banner)
        try:
            while True:
                data = await reader.readuntil(b"\r\n\r\n")
                self.raw += data
                lines = data.decode().removesuffix("\r\n\r\n").split("\r\n")
                action = dict(line.partition(": ")[::2] for line in lines)
                if action["Action"] != "Ping":
                    self.actions.append(action)
                session.write(self.on.get(action["Action"], self._default)(action))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            session.gone = True
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def _default(self, action: Action) -> bytes:
        if action["Action"] in self.items:
            return whole_list(action, *self.items[action["Action"]])
        if action["Action"] == "Getvar":
            variable = action["Variable"]
            return response(action, Variable=variable, Value=self.variables.get(variable, ""))
        return response(action)

    @staticmethod
    def _log_in(action: Action) -> bytes:
        if action["Secret"] == SECRET:
            return response(action, Message="Authentication accepted")
        return response(action, "Error", Message="Authentication failed")

    @staticmethod
    def _ping(action: Action) -> bytes:
        return response(action, Ping="Pong", Timestamp=STAMP)


def config(ami: FakeAmi, **changes: Any) -> LinkConfig:
    """Return settings for a link to `ami` that pings often and reconnects fast."""
    settings: dict[str, Any] = {
        "pbx": PBX,
        "centre": PKY,
        "port": ami.port,
        "secret": SECRET,
        "ping_interval": 0.05,
        "backoff_first": 0.01,
        "backoff_max": 0.05,
        "refused_delay": 0.05,
    }
    return LinkConfig(**(settings | changes))


@asynccontextmanager
async def running(
    ami: FakeAmi, *, up: bool = True, **changes: Any
) -> AsyncIterator[tuple[Link, list[Event]]]:
    """Run a link to `ami`; yield it, up unless told otherwise, and the list of what it puts."""
    events: list[Event] = []
    link = Link(config(ami, **changes), events.append)
    task = asyncio.create_task(link.run())
    try:
        if up:
            await until(lambda: link.state.up)
        yield link, events
        assert not task.done(), "a link runs until it is cancelled"
    finally:
        task.cancel()
        await asyncio.wait({task})
