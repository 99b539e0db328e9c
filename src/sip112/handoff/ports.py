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

from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.outbox import Letter, OutboxItem, Settled
from sip112.dispatch.reasons import Reason
from sip112.routing.ids import CentreCode, Instant
from sip112.routing.value import value

Destination = tuple[AgencyCode, ChannelKind]
"""What is slow or down as one: an agency's system for one channel."""


class Outbox(Protocol):
    """The messages that are not yet with their agencies. StoreUnavailable if it does not answer."""

    async def ready(
        self, centre: CentreCode, now: Instant, limit: int, without: Collection[Destination]
    ) -> Sequence[OutboxItem]:
        """Return messages that are to be tried now, the first of each line; the oldest first.

        A line is what goes to one handoff by one rung. A message is first when those before it
        are delivered, withdrawn, or dead and no request. None of those for `without`: whose
        system hangs must not hide the others.
        """

    async def retry(self, item: OutboxItem, next_try_at: Instant, why: Reason) -> bool:
        """Write that a try failed, and when the next one is.

        False if somebody else has written about it meanwhile: then that holds.
        """

    async def settle(self, item: OutboxItem, how: Settled, at: Instant, why: Reason | None) -> bool:
        """Write how a message ended, and why if it was given up; False likewise."""


class Happening(StrEnum):
    """What became of a message, as far as the handoff is concerned."""

    DELIVERED = "delivered"
    """The agency's system has it, and says so."""
    SENT = "sent"
    """It has left by a channel that proves nothing."""
    FAILING = "failing"
    """The first try failed; it is tried again, which is told no more."""
    HELD = "held"
    """Likewise, for what is missing on our side: until somebody here mends that it cannot leave."""
    DEAD = "dead"
    """It failed for good."""


@value
class Outcome:
    """What became of a message, when, and why."""

    what: Happening
    at: Instant
    why: Reason | None = None
    """Of what failed."""


Compose = Callable[[OutboxItem], Awaitable[OutboxItem | None]]
"""Makes what is sent of a message, and keeps it for every try: what changes afterwards needs a
message of its own. None if nothing is to be sent any more."""

Told = Callable[[OutboxItem, Outcome], Awaitable[None]]
"""Takes what became of a message. May be told the same twice."""

Secret = Callable[[CentreCode, AgencyCode], Awaitable[str | None]]
"""Returns the secret by which messages to an agency are signed."""


class Fate(StrEnum):
    """What a channel made of a message."""

    DELIVERED = "delivered"
    SENT = "sent"
    AGAIN = "again"
    HELD = "held"
    """It cannot leave for what is missing on our side, and can once that is mended."""
    NEVER = "never"


@value
class Result:
    """What a channel made of a message, and why."""

    fate: Fate
    why: Reason | None = None
    """Of what failed."""
    after_s: float = 0.0
    """Seconds that the other side wants to be left alone."""


class Carrier(Protocol):
    """A channel that carries messages."""

    async def carry(self, item: OutboxItem, letter: Letter, at: Instant) -> Result:
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
