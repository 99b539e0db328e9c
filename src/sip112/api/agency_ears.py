"""Ears of agencies: who has an agency's page open is told which of its incidents has changed.

An event stream of the centre tells of calls, seats and other agencies. Nothing of that may come to
an agency, so its pages do not listen to the hub at all: they have ears of their own, which are told
of handoffs and tickets, and by which nothing is sent but the identifier of a handoff of theirs.
What has become of it the page asks for, as whoever it is. An ear remembers each of its handoffs
once at the most: a slow page costs no memory, and cannot miss anything.

The page of an account hears of all that is its agency's, the page behind a link of one handoff. The
two are counted apart: links are passed around, and must not use up what accounts need.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from sip112.dispatch.handoff import Handoff
from sip112.dispatch.ids import HandoffId
from sip112.routing.ids import TicketId

EVENT: Final = "incident"
"""Name of the event: one of the incidents has changed."""

RETRY_MS: Final = 1000
"""How long a page waits before it connects again."""

HEARTBEAT_S: Final = 15.0

MOST: Final = 200
"""Ears of accounts at once in one centre, and as many of links; counted apart from the centre's own
streams."""

MOST_EACH: Final = 10
"""Of one account, or of the links of one handoff."""

Theirs = Callable[[Handoff], bool]


class Ear:
    """One page that listens.

    Args:
        theirs: whether the page may know of a handoff.
        known: the handoffs that the page shows.
        by_link: whether it is a page behind a link.
    """

    def __init__(
        self, theirs: Theirs, known: Iterable[Handoff] = (), *, by_link: bool = False
    ) -> None:
        self.theirs = theirs
        self.by_link = by_link
        self._tickets: dict[TicketId, set[HandoffId]] = {}
        for each in known:
            self._know(each)
        self._news: dict[HandoffId, None] = {}
        self._woken = asyncio.Event()

    def handoff_changed(self, handoff: Handoff) -> None:
        """Take it that a handoff has changed."""
        if self.theirs(handoff):
            self._know(handoff)
            self._news[handoff.id] = None
            self._woken.set()

    def ticket_changed(self, ticket: TicketId) -> None:
        """Take it that somebody has changed a ticket."""
        if ticket in self._tickets:
            self._news |= dict.fromkeys(self._tickets[ticket])
            self._woken.set()

    def wake(self) -> None:
        """Have the page's stream look whether it is to end."""
        self._woken.set()

    async def take(self, within: float) -> list[HandoffId]:
        """Return what has changed, as soon as something has; nothing after `within` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._woken.wait()
        self._woken.clear()
        news = list(self._news)
        self._news.clear()
        return news

    def _know(self, handoff: Handoff) -> None:
        self._tickets.setdefault(handoff.ticket, set()).add(handoff.id)


class Ears:
    """The ears of all agencies of one centre."""

    def __init__(self, heartbeat: float = HEARTBEAT_S) -> None:
        self._heartbeat = heartbeat
        self._ears: set[Ear] = set()
        self._whose: Counter[str] = Counter()
        self._closed = False

    def handoff_changed(self, handoff: Handoff) -> None:
        """Tell whom it concerns that a handoff has changed. Never waits."""
        for ear in self._ears:
            ear.handoff_changed(handoff)

    def ticket_changed(self, ticket: TicketId) -> None:
        """Tell whom it concerns that a ticket has changed. Never waits."""
        for ear in self._ears:
            ear.ticket_changed(ticket)

    def are_too_many(self, whose: str, *, by_link: bool = False) -> bool:
        """Whether there is no room for one more ear of `whose` account, or handoff."""
        alike = sum(each.by_link is by_link for each in self._ears)
        return alike >= MOST or self._whose[whose] >= MOST_EACH

    def wake(self) -> None:
        """Have every stream look whether it is to end."""
        for ear in self._ears:
            ear.wake()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        self.wake()

    @contextmanager
    def listening(self, ear: Ear, whose: str) -> Iterator[None]:
        """Have an ear hear for as long as its stream is open."""
        self._ears.add(ear)
        self._whose[whose] += 1
        try:
            yield
        finally:
            self._ears.discard(ear)
            self._whose[whose] -= 1
            if not self._whose[whose]:
                del self._whose[whose]

    async def stream(self, ear: Ear, ends: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Yield what a page is sent, until `ends` says so: at the next thing to send, or `wake`."""

        def over() -> bool:
            return self._closed or ends()

        yield b"retry: %d\n\n" % RETRY_MS
        while not over():
            news = await ear.take(self._heartbeat)
            if over():
                return
            yield b"".join(map(encode, news)) or b":\n\n"


class EarStream(StreamingResponse):
    """What the page of an ear is sent: the ear hears for as long as it is open."""

    media_type = "text/event-stream"

    def __init__(self, ears: Ears, ear: Ear, whose: str, ends: Callable[[], bool]) -> None:
        # for nginx, which would hold events back until its buffer is full
        super().__init__(ears.stream(ear, ends), headers={"X-Accel-Buffering": "no"})
        self._hearing = partial(ears.listening, ear, whose)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the page leaves, `ends` says so, or the service stops."""
        with self._hearing():
            await super().__call__(scope, receive, send)


def encode(handoff: HandoffId) -> bytes:
    """Return what is told of a handoff that has changed, as a server-sent event."""
    data = json.dumps({"handoff": str(handoff)})
    return f"event: {EVENT}\ndata: {data}\n\n".encode()
