"""What the courier needs of others: the outbox, what is in a message, who is told, the time.

The store and the service give it; the courier knows neither.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Protocol

from sip112.dispatch.agency import ChannelKind, Rung
from sip112.dispatch.handoff import MessageKind
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.value import value


class Item(Protocol):
    """A message as the outbox keeps it."""

    @property
    def id(self) -> MessageId:
        """Its idempotency key."""

    @property
    def centre(self) -> CentreCode:
        """Whose it is."""

    @property
    def handoff(self) -> HandoffId:
        """What it is about."""

    @property
    def ticket(self) -> TicketId:
        """Likewise."""

    @property
    def agency(self) -> AgencyCode:
        """For whom it is."""

    @property
    def kind(self) -> MessageKind:
        """What it tells."""

    @property
    def rung(self) -> Rung:
        """By which way, and to whom."""

    @property
    def body(self) -> bytes | None:
        """What is sent, the same at every try; None until it is first tried."""

    @property
    def content_type(self) -> str | None:
        """Of the body."""

    @property
    def not_before(self) -> Instant:
        """When it may first be tried."""

    @property
    def since(self) -> Instant:
        """When it was put in the outbox, or put there again by a person."""

    @property
    def tries(self) -> int:
        """How often it was tried since."""


@value
class Letter:
    """What is sent."""

    body: bytes
    content_type: str


class Settled(StrEnum):
    """How a message ended."""

    DELIVERED = "delivered"
    """It is with the agency, or has left by a channel that proves nothing."""
    DEAD = "dead"
    """It is given up, and waits in the list of dead ones for a person."""


Destination = tuple[AgencyCode, ChannelKind]
"""What is slow or down as one: an agency's system for one channel."""


class Outbox(Protocol):
    """The messages that are not yet with their agencies. StoreUnavailable if it does not answer."""

    async def ready(
        self, centre: CentreCode, now: Instant, limit: int, without: Collection[Destination]
    ) -> Sequence[Item]:
        """Return messages that are to be tried now, the first of each line; the oldest first.

        A line is what goes to one handoff by one rung. A message is first when those before it
        are delivered, withdrawn, or dead and no request. None of those for `without`: whose
        system hangs must not hide the others.
        """

    async def attempted(self, message: MessageId, at: Instant) -> None:
        """Write that a message is tried: from now on it may be with the agency."""

    async def keep(self, message: MessageId, letter: Letter) -> None:
        """Keep what is sent, for every further try."""

    async def retry(self, message: MessageId, next_try_at: Instant, error: str) -> None:
        """Write that a try failed, and when the next one is."""

    async def settle(self, message: MessageId, how: Settled, at: Instant, error: str) -> None:
        """Write how a message ended."""


class Happening(StrEnum):
    """What became of a message, as far as the handoff is concerned."""

    DELIVERED = "delivered"
    """The agency's system has it, and says so."""
    SENT = "sent"
    """It has left by a channel that proves nothing."""
    FAILING = "failing"
    """The first try failed; it is tried again, which is told no more."""
    DEAD = "dead"
    """It failed for good."""


@value
class Outcome:
    """What became of a message, when, and why."""

    what: Happening
    at: Instant
    why: str = ""


Compose = Callable[[Item], Awaitable[Letter]]
"""Makes what is sent of a message whose body is not yet kept."""

Told = Callable[[Item, Outcome], Awaitable[None]]
"""Takes what became of a message. May be told the same twice."""

Secret = Callable[[CentreCode, AgencyCode], Awaitable[str | None]]
"""Returns the secret by which messages to an agency are signed."""


class Fate(StrEnum):
    """What a channel made of a message."""

    DELIVERED = "delivered"
    SENT = "sent"
    AGAIN = "again"
    NEVER = "never"


@value
class Result:
    """What a channel made of a message, and why."""

    fate: Fate
    why: str = ""
    after_s: float = 0.0
    """Seconds that the other side wants to be left alone."""


class Carrier(Protocol):
    """A channel that carries messages."""

    async def carry(self, item: Item, letter: Letter, at: Instant) -> Result:
        """Carry one to where its rung says. Raises nothing that the world can bring about."""


class Clock(Protocol):
    """The time, which tests turn by hand."""

    def now(self) -> Instant:
        """Return what time it is."""

    async def wait(self, woken: asyncio.Event, until: Instant) -> None:
        """Return when `woken` is set, or it is `until`."""


class WallClock:
    """The time as it is."""

    def now(self) -> Instant:
        """Return what time it is."""
        return Instant(time.time())

    async def wait(self, woken: asyncio.Event, until: Instant) -> None:
        """Return when `woken` is set, or it is `until`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - self.now())):
                await woken.wait()
