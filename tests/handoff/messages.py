"""Invented messages to invented agencies."""

from __future__ import annotations

import itertools
from uuid import UUID

from sip112.dispatch.agency import ChannelKind, Rung
from sip112.dispatch.handoff import MessageKind
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.outbox import OutboxItem
from sip112.routing.ids import CentreCode, Instant, TicketId

CENTRE = CentreCode("PKY")
_numbers = itertools.count(1)


def number() -> UUID:
    """Return another identifier."""
    return UUID(int=0x0192 << 112 | 0x7 << 76 | 0b10 << 62 | next(_numbers))


def message(
    address: str,
    *,
    at: float = 0.0,
    agency: str = "damkar",
    handoff: UUID | None = None,
    kind: MessageKind = MessageKind.REQUEST,
    channel: ChannelKind = ChannelKind.WEBHOOK,
    body: bytes | None = b'{"type":"handoff.requested"}',
) -> OutboxItem:
    """Return a message to an agency that is reached at `address`."""
    return OutboxItem(
        id=MessageId(number()),
        centre=CENTRE,
        handoff=HandoffId(handoff or number()),
        ticket=TicketId(number()),
        agency=AgencyCode(agency),
        kind=kind,
        rung=Rung(channel, address),
        body=body,
        content_type=None if body is None else "application/json",
        not_before=Instant(at),
        next_try_at=Instant(at),
        created_at=Instant(at),
        since=Instant(at),
    )
