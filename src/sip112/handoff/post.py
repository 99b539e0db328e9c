"""One POST to an agency's system, whatever that does: answer, hang, drip, redirect, say too much.

An answer counts from its status line: who sends that has the message. No redirect is followed,
no proxy of the environment is used, and everything has an end.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import anyio
import httpcore
import httpx
import structlog

from sip112.dispatch.reasons import Code, Reason, because
from sip112.handoff.guard import Guard, Network, Target
from sip112.resolver import NameUnknown, why_unknown
from sip112.routing.value import value

WITHIN_S: Final = 10.0
"""Seconds until the status line must have come."""

BODY_S: Final = 1.0
"""Seconds that the rest of an answer may take; nothing depends on it."""

BODY_MAX: Final = 64 * 1024
"""Bytes of an answer that are read."""

IDLE_S: Final = 60.0
"""Seconds for which a connection that nobody uses is kept."""

_CERTIFICATE: Final[Mapping[int, Code]] = {
    9: Code.CERTIFICATE_EARLY,
    10: Code.CERTIFICATE_EXPIRED,
    **dict.fromkeys((18, 19, 20, 21), Code.CERTIFICATE_ISSUER),
    62: Code.CERTIFICATE_NAME,
    64: Code.CERTIFICATE_NAME,
}
"""What OpenSSL says of a certificate (X509_V_ERR_...); 18 to 21 are issuers not trusted."""

_CONNECTION: Final[Mapping[int, Code]] = {
    errno.ECONNREFUSED: Code.CONNECTION_REFUSED,
    **dict.fromkeys((errno.EHOSTUNREACH, errno.ENETUNREACH), Code.UNREACHABLE),
    **dict.fromkeys((errno.ECONNRESET, errno.EPIPE), Code.CUT_OFF),
}
"""What the system says of a connection."""

_HUNG_UP: Final = "Server disconnected"
"""What httpcore says where a connection ends before the answer has begun."""

_NO_SUCH_NAME: Final = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})

_log = structlog.get_logger(__name__)


class Unanswered(Exception):  # noqa: N818 - the name says what happened
    """No answer came; the reason says why. The message may have been taken all the same."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


@value
class Answer:
    """What the other side said."""

    status: int
    headers: Mapping[bytes, bytes]
    """By their names in small letters."""
    body: bytes
    """Its beginning; what came of it in time."""


class Poster:
    """Posts, over connections that are kept for the next time.

    Args:
        allowed: networks inside which everything may be reached; see `guard`.
        authorities: file with further certificate authorities, in PEM. Without a file that can be
            read those are not trusted, and all others are: nobody goes untold for another's fault.
        within_s: see `WITHIN_S`.
    """

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        authorities: Path | None = None,
        within_s: float = WITHIN_S,
    ) -> None:
        trust = httpx.create_ssl_context(trust_env=False)
        trust.load_default_certs()  # the machine's own, where its administrator adds some
        if why := trust_also(trust, authorities):
            _log.error("further certificate authorities are not trusted", why=why)
        self._streams: set[_Stream] = set()
        self._pools = {
            https: httpcore.AsyncConnectionPool(
                ssl_context=trust,
                max_connections=None,  # the courier sees to that
                keepalive_expiry=IDLE_S,
                network_backend=_Backend(self._streams, https=https, allowed=allowed),
            )
            for https in (True, False)
        }
        self._within_s = within_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        for stream in list(self._streams):  # those of whoever was cancelled while closing them
            await stream.aclose()

    async def post(self, to: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post `body` and return the answer. Forbidden if it may not go there; Unanswered."""
        try:
            return await self._post(to, headers, body)
        except TimeoutError as error:
            raise Unanswered(because(Code.NO_ANSWER, seconds=f"{self._within_s:g}")) from error
        except NameUnknown as error:
            raise Unanswered(why_no_address(error)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise Unanswered(why_unanswered(error)) from error

    async def _post(self, to: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        url = httpcore.URL(
            scheme=b"https" if to.https else b"http",
            host=to.host.encode(),
            port=to.port,
            target=to.path,
        )
        request = httpcore.Request(
            "POST",
            url,
            headers=[
                (b"Host", to.authority),
                (b"Content-Length", str(len(body)).encode()),
                *((name.encode(), each.encode()) for name, each in headers.items()),
            ],
            content=body,
        )
        # Not asyncio's, of which httpcore knows nothing: cut off by that while it closes some
        # connections, it would leave the others open.
        with anyio.fail_after(self._within_s):
            response = await self._pools[to.https].handle_async_request(request)
        try:
            stream = response.extensions["network_stream"]
            if isinstance(stream, _Stream) and not stream.heard:
                raise Unanswered(because(Code.ANSWERED_TWICE))
            return Answer(
                response.status,
                {name.lower(): each for name, each in response.headers},
                await _beginning(response),
            )
        finally:
            await response.aclose()


def trust_also(trust: ssl.SSLContext, authorities: Path | None) -> str:
    """Trust those of a file too, if there is one; return why it cannot be read, or nothing."""
    if authorities is None:
        return ""
    try:
        trust.load_verify_locations(authorities)
    except OSError as error:  # ssl.SSLError is one
        return f"{authorities} is no PEM file that can be read: {error.strerror or error}"
    return ""


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that knows whether anything was heard since something was last said.

    Who answers a request twice would have the second answer taken for that of the next one,
    which would then count as delivered unread. It is among `streams` while it is open.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream, streams: set[_Stream]) -> None:
        self._stream = stream
        self._open = streams
        self._open.add(self)
        self.heard = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        data = await self._stream.read(max_bytes, timeout)
        self.heard = True
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self.heard = False
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        self._open.discard(self)
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        try:
            inner = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except asyncio.CancelledError:  # of a handshake that hangs: httpcore would leave it open
            with anyio.CancelScope(shield=True):
                await self.aclose()
            raise
        finally:
            self._open.discard(self)
        return _Stream(inner, self._open)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(Guard):
    """Makes such connections to where they may go, and keeps in mind which are open."""

    def __init__(self, streams: set[_Stream], *, https: bool, allowed: Sequence[Network]) -> None:
        super().__init__(https=https, allowed=allowed)
        self._streams = streams

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(
            await super().connect_tcp(host, port, timeout, local_address, socket_options),
            self._streams,
        )


async def _beginning(response: httpcore.Response) -> bytes:
    """Return what comes of the body, of bounded size and in bounded time."""
    read = bytearray()
    try:
        with anyio.fail_after(BODY_S):
            async for part in response.aiter_stream():
                read += part
                if len(read) > BODY_MAX:
                    break
    except (TimeoutError, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    return bytes(read[:BODY_MAX])


def why_unanswered(error: Exception) -> Reason:
    """Return why no answer came, of what went wrong with the connection."""
    cause = error.args[0] if error.args else None  # httpcore drops __cause__
    while isinstance(cause, BaseException):
        if isinstance(cause, ssl.SSLCertVerificationError):
            code = _CERTIFICATE.get(cause.verify_code)
            if code is not None:
                return because(code)
            return because(Code.CERTIFICATE, error=cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            if cause.reason == "WRONG_VERSION_NUMBER":  # of the answer of who expects plain HTTP
                return because(Code.NO_TLS)
            return because(Code.TLS, error=cause.reason or cause)
        if isinstance(cause, OSError) and cause.errno:
            code = _CONNECTION.get(cause.errno)
            if code is not None:
                return because(code)
            return because(Code.NO_CONNECTION, error=os.strerror(cause.errno))
        cause = cause.__cause__
    said = str(error)
    if isinstance(error, httpcore.NetworkError) or said.startswith(_HUNG_UP):
        return because(Code.CUT_OFF)
    code = Code.NO_HTTP if isinstance(error, httpcore.ProtocolError) else Code.NO_CONNECTION
    return because(code, error=said or type(error).__name__)


def why_no_address(error: NameUnknown) -> Reason:
    """Return why no address is known."""
    asked = error.error
    if isinstance(asked, UnicodeError) or (asked is not None and asked.errno in _NO_SUCH_NAME):
        return because(Code.NAME_UNKNOWN, host=error.host)
    if asked is None or asked.errno == socket.EAI_AGAIN:
        return because(Code.NAME_SERVER, host=error.host)
    return because(Code.NAME_SERVER, host=error.host, error=why_unknown(asked))
