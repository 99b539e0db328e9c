"""The outbox: what agencies are told, kept until each has it.

A message is written with what it tells of, and sent afterwards. What is sent of it (`Letter`) is
made when it is first tried, or at once, and is the same from then on: before, it may still be
withdrawn, and says what the incident has become meanwhile; afterwards the agency may have it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from sip112.dispatch.agency import Rung
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import MessageKind
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.reasons import Reason
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.value import Evolving, value


class MessageState(StrEnum):
    """What has become of a message."""

    WAITING = "waiting"
    """To be tried, perhaps again."""
    DELIVERED = "delivered"
    """It is with the agency, or has left by a channel that proves nothing."""
    DEAD = "dead"
    """It is given up, and waits for a person."""
    WITHDRAWN = "withdrawn"
    """There is nothing to be told any more."""


class Settled(StrEnum):
    """How a message ended, as far as the courier is concerned."""

    DELIVERED = MessageState.DELIVERED
    DEAD = MessageState.DEAD


@value
class Link:
    """A link in a letter, by which somebody at the agency opens the incident without an account."""

    digest: str
    """SHA-256 of the secret in it, in hexadecimal digits."""
    expires_at: Instant
    contact: str = ""
    """Who is written to; empty for the agency itself."""


@value
class LinkTarget:
    """What a link opens."""

    centre: CentreCode
    handoff: HandoffId
    contact: str
    expires_at: Instant


@value
class Letter:
    """What is sent of a message."""

    body: bytes
    content_type: str
    links: tuple[Link, ...] = ()
    """Those in the body: kept with it."""


@value
class OutboxItem(Evolving):
    """A message as the outbox keeps it."""

    id: MessageId
    """Its idempotency key."""
    centre: CentreCode
    handoff: HandoffId
    ticket: TicketId
    agency: AgencyCode
    kind: MessageKind
    rung: Rung
    """By which way, and to whom."""
    body: bytes | None
    """What is sent, the same at every try; None until it is made."""
    content_type: str | None
    """Of the body."""
    not_before: Instant
    """When it may first be tried."""
    next_try_at: Instant
    """When it is tried next, while it waits."""
    created_at: Instant
    since: Instant
    """When it was put in the outbox, or put there again by a person."""
    tries: int = 0
    """How often a try failed since."""
    state: MessageState = MessageState.WAITING
    last_error: str = ""
    """Why the last try failed, in English."""
    last_reason: Reason | None = None
    """The same; None of what was written before reasons were kept."""
    done_at: Instant | None = None
    """When it came to a state that is not waiting."""


@value
class Earlier:
    """A message that was made before, of the same handoff by the same rung."""

    id: MessageId
    kind: MessageKind
    made_at: Instant


@value
class Draft:
    """What a letter is made of."""

    item: OutboxItem
    dossier: Dossier
    """As it is when the letter is made."""
    at: Instant
    """When that is."""
    earlier: tuple[Earlier, ...] = ()
    """What the agency may have by the same rung, oldest first."""


Make = Callable[[Draft], Letter]
"""Makes what is sent."""
