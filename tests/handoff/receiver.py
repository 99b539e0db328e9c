"""An agency's system: a real HTTP server that behaves as it is told, well or badly.

It takes each message once, by its idempotency key, if its signature holds. How it behaves is
decided for each request by `Receiver.manner`, before or after it has taken the message.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from standardwebhooks.webhooks import Webhook

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
HUGE = 4 * 1024 * 1024
DRIP_S = 0.05
"""Seconds between the bytes of one that drips."""


class Manner(StrEnum):
    """How a request is answered. The first six have the message taken; the others have not."""

    WELL = "well"
    TWICE = "twice"
    """Well, and once more."""
    LOST = "lost"
    """Taken, but the connection ends without an answer."""
    HUGE_BODY = "huge body"
    """Well, with more of a body than anybody would read."""
    DRIP_BODY = "drip body"
    """Well, with a body that never ends."""
    SLOW = "slow"
    """Well, when `Receiver.goes_on` is set."""

    ERROR = "error"
    """500."""
    BUSY = "busy"
    """503, and to come again in 7 s."""
    GONE = "gone"
    """410."""
    REDIRECT = "redirect"
    """307 to `Receiver.elsewhere`."""
    HANG = "hang"
    """Never answered."""
    DRIP_HEAD = "drip head"
    """Headers without end, a byte at a time."""
    NO_HTTP = "no http"
    """Something else than HTTP."""
    CUT = "cut"
    """The connection ends without an answer, and nothing is taken."""
    LIE = "lie"
    """200 with nonsense, and the message is thrown away."""


TAKING = set(list(Manner)[:6])


@dataclass(frozen=True)
class Request:
    """What came."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    is_signed: bool

    @property
    def key(self) -> str:
        """The idempotency key."""
        return self.headers.get("webhook-id", "")


class Receiver:
    """An agency's system.

    Args:
        secret: with which what it takes must be signed.
        tls: its certificate, if it speaks HTTPS.
    """

    def __init__(self, secret: str = SECRET, tls: ssl.SSLContext | None = None) -> None:
        self.manner: Callable[[Request], Manner] = lambda _: Manner.WELL
        self.elsewhere = ""
        self.requests: list[Request] = []
        self.taken: dict[str, Request] = {}
        """By idempotency key, in the order in which they were taken."""
        self.goes_on = asyncio.Event()
        self.open = 0
        """Requests that are being answered."""
        self.most_open = 0
        self.connections = 0
        self.host = "127.0.0.1"
        self._signer = Webhook(secret)
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it listens, or has listened."""
        return f"http{'s' if self._tls else ''}://{self.host}:{self._port}/112"

    @property
    def repeated(self) -> Counter[str]:
        """How often each message came."""
        return Counter(each.key for each in self.requests)

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen, at the same port as before."""
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self._port, ssl=self._tls
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """End, in the middle of whatever is being answered."""
        if self._server is not None:
            self._server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    async def until(self, holds: Callable[[Receiver], bool], within_s: float = 20) -> None:
        """Return when something holds of what has come; TimeoutError if it never does."""
        async with asyncio.timeout(within_s):
            while not holds(self):
                self._changed.clear()
                await self._changed.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._serve(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side is gone, or we are going down
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tell whether there may be another one on this connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {
            name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        request = Request(first.split()[1], headers, body, self._is_signed(headers, body))
        manner = self.manner(request)
        self.requests.append(request)
        if manner in TAKING and request.is_signed:
            self.taken.setdefault(request.key, request)
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        self._changed.set()
        try:
            return await self._answer(manner, reader, writer)
        finally:
            self.open -= 1
            self._changed.set()

    async def _answer(
        self, manner: Manner, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        well = _response("200 OK", b'{"status":"received"}')
        match manner:
            case Manner.WELL:
                writer.write(well)
            case Manner.SLOW:
                await self.goes_on.wait()
                writer.write(well)
            case Manner.TWICE:
                writer.write(well + well)
            case Manner.LIE:
                writer.write(_response("200 OK", b"<html>Welcome to our wireless network</html>"))
            case Manner.HUGE_BODY:
                writer.write(_response("200 OK", b"x" * HUGE))
            case Manner.ERROR:
                writer.write(_response("500 Oops", b"out of \x1b[31mmemory\r\n"))
            case Manner.BUSY:
                writer.write(_response("503 Busy", b"", "Retry-After: 7\r\n"))
            case Manner.GONE:
                writer.write(_response("410 Gone", b"no such agency"))
            case Manner.REDIRECT:
                writer.write(
                    _response("307 Temporary Redirect", b"", f"Location: {self.elsewhere}\r\n")
                )
            case Manner.NO_HTTP:
                writer.write(b"220 mail.example.org ESMTP\r\n\r\n")
            case Manner.DRIP_HEAD:
                await _drip(writer, b"HTTP/1.1 200 OK\r\n")
            case Manner.DRIP_BODY:
                await _drip(writer, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            case Manner.HANG:
                await reader.read()  # until the other side has had enough
            case Manner.CUT | Manner.LOST:
                return False
        await writer.drain()
        return True

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Tell whether the signature holds; how old it is, a test with a time of its own judges."""
        with suppress(KeyError, ValueError):
            at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
            expected = self._signer.sign(headers["webhook-id"], at, body.decode())
            return headers["webhook-signature"] == expected
        return False


def _response(status: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


async def _drip(writer: asyncio.StreamWriter, start: bytes) -> None:
    writer.write(start)
    drop = b"1\r\nx\r\n" if start.endswith(b"\r\n\r\n") else b"X-More: x\r\n"
    while True:
        writer.write(drop)
        await writer.drain()
        await asyncio.sleep(DRIP_S)


def certificate(directory: Path, name: str = "localhost") -> ssl.SSLContext:
    """Make a certificate for `name` that vouches for itself: ``NAME.pem`` in `directory`."""
    made_of, key = directory / f"{name}.pem", directory / f"{name}.key"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        f" -subj /CN={name} -addext subjectAltName=DNS:{name} -out {made_of} -keyout {key}"
    )
    made = subprocess.run(  # noqa: S603 - with names of the test's own
        command.split(), check=False, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made_of, key)
    return context


def said(request: Request) -> dict[str, object]:
    """Return what a request says, of JSON."""
    read: dict[str, object] = json.loads(request.body)
    return read
