"""The addresses of a host, also when its name server is dead.

A look-up is the resolver's of the C library, which waits for a silent name server for ten
seconds and more. So it is made in a thread that nobody waits for: neither the loop, nor its
executors, nor the end of the process. What was found last is kept; a peer that was reached
once comes up again without any name server.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from contextlib import suppress
from typing import Final

PATIENCE_S: Final = 0.5
"""Seconds that a look-up may take when the last answer is known."""

FIRST_S: Final = 2.5
"""Seconds that it may take when there is none."""


class NameUnknown(OSError):  # noqa: N818 - the name says what happened
    """The host's name cannot be looked up, and never could be.

    Args:
        host: the name.
        error: what the resolver says; None if its name server has said nothing yet.
    """

    def __init__(self, host: str, error: OSError | UnicodeError | None) -> None:
        why = "the name server does not answer" if error is None else why_unknown(error)
        super().__init__(f"no address of {host} is known: {why}")
        self.host = host
        self.error = error


class Resolver:
    """Looks one host up, as often as it is connected to."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._known: tuple[str, ...] = (host,) if is_address(host) else ()
        self._fixed = bool(self._known)
        self._asked: asyncio.Future[OSError | UnicodeError | None] | None = None
        """The last look-up, perhaps still under way: why it failed, or nothing."""

    async def addresses(self) -> tuple[str, ...]:
        """Return the host's addresses, at least one; NameUnknown says why there is none."""
        if self._fixed:
            return self._known
        asked = self._asked
        if asked is None or asked.done():
            asked = self._asked = self._ask()
        await asyncio.wait({asked}, timeout=PATIENCE_S if self._known else FIRST_S)
        if not self._known:
            raise NameUnknown(self._host, asked.result() if asked.done() else None)
        return self._known

    def _ask(self) -> asyncio.Future[OSError | UnicodeError | None]:
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[OSError | UnicodeError | None] = loop.create_future()

        def look() -> None:
            failed: OSError | UnicodeError | None = None
            try:
                self._known = _look_up(self._host)
            except (OSError, UnicodeError) as error:
                failed = error
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(asked.set_result, failed)

        threading.Thread(target=look, name="sip112-resolver", daemon=True).start()
        return asked


def why_unknown(error: OSError | UnicodeError) -> str:
    """Return what the resolver says."""
    return getattr(error, "strerror", None) or str(error)


def _look_up(host: str) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def is_address(host: str) -> bool:
    """Tell whether `host` is an address, so that nothing has to be looked up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
