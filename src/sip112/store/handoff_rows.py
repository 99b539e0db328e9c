"""Between handoffs, with their history and their messages, and rows, both ways."""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row

from sip112.dispatch.agency import ChannelKind, Rung
from sip112.dispatch.dossier import TicketChange
from sip112.dispatch.handoff import (
    EventKind,
    Handoff,
    HandoffEvent,
    Message,
    MessageKind,
    Purpose,
    Step,
)
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.limits import Limits
from sip112.dispatch.outbox import Draft, Earlier, Letter, MessageState, OutboxItem
from sip112.dispatch.reasons import Reason
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.store.tables import instant, utc

_LADDER: Final = TypeAdapter(tuple[Rung, ...])
_LIMITS: Final = TypeAdapter(Limits)

Values = dict[str, Any]


def handoff_row(handoff: Handoff) -> Values:
    """Return the row of `handoffs`."""
    return {
        "centre": handoff.centre,
        "id": handoff.id,
        "ticket_id": handoff.ticket,
        "agency": handoff.agency,
        "purpose": handoff.purpose,
        "severity": handoff.severity,
        "ladder": _LADDER.dump_python(handoff.ladder, mode="json"),
        "requested_at": utc(handoff.requested_at),
        "requested_by": handoff.requested_by,
        "limits": _LIMITS.dump_python(handoff.limits, mode="json"),
        "step": handoff.step,
        "since": utc(handoff.since),
        "rung": handoff.rung,
        "tried_at": utc(handoff.tried_at),
        "due_at": None if handoff.due_at is None else utc(handoff.due_at),
        "alarmed_at": None if handoff.alarmed_at is None else utc(handoff.alarmed_at),
        "reason": handoff.reason,
        "version": handoff.version,
        "ended_at": utc(handoff.since) if handoff.ended else None,
    }


def handoff_of(row: Row[Any]) -> Handoff:
    """Return the handoff that a row of `handoffs` holds."""
    return Handoff(
        id=HandoffId(row.id),
        centre=CentreCode(row.centre),
        ticket=TicketId(row.ticket_id),
        agency=AgencyCode(row.agency),
        severity=row.severity,
        ladder=_LADDER.validate_python(row.ladder),
        requested_at=instant(row.requested_at),
        requested_by=row.requested_by,
        limits=_LIMITS.validate_python(row.limits),
        step=Step(row.step),
        since=instant(row.since),
        rung=row.rung,
        tried_at=instant(row.tried_at),
        due_at=None if row.due_at is None else instant(row.due_at),
        alarmed_at=None if row.alarmed_at is None else instant(row.alarmed_at),
        reason=row.reason,
        version=row.version,
        purpose=Purpose(row.purpose),
    )


def reason_json(reason: Reason | None) -> Values | None:
    """Return a reason as it is kept."""
    return None if reason is None else {"code": reason.code, "details": dict(reason.details)}


def reason_of(kept: Values | None) -> Reason | None:
    """Return the reason that is kept."""
    return None if kept is None else Reason(kept["code"], kept["details"])


def event_row(handoff: Handoff, n: int, event: HandoffEvent) -> Values:
    """Return the row of `handoff_events` that is its `n`-th."""
    return {
        "centre": handoff.centre,
        "handoff_id": handoff.id,
        "n": n,
        "at": utc(event.at),
        "kind": event.kind,
        "step": event.step,
        "by": event.by,
        "channel": event.channel,
        "note": event.note,
        "reason": reason_json(event.reason),
    }


def event_of(row: Row[Any]) -> HandoffEvent:
    """Return what a row of `handoff_events` holds."""
    return HandoffEvent(
        at=instant(row.at),
        kind=EventKind(row.kind),
        step=Step(row.step),
        by=row.by,
        channel=row.channel,
        note=row.note,
        reason=reason_of(row.reason),
    )


def item_for(handoff: Handoff, message: Message, at: Instant) -> OutboxItem:
    """Return a message as it is put in the outbox."""
    return OutboxItem(
        id=message.id,
        centre=handoff.centre,
        handoff=handoff.id,
        ticket=handoff.ticket,
        agency=handoff.agency,
        kind=message.kind,
        rung=message.rung,
        body=None,
        content_type=None,
        not_before=message.not_before,
        next_try_at=message.not_before,
        created_at=at,
        since=at,
    )


def item_row(item: OutboxItem, n: int) -> Values:
    """Return the row of `outbox` that is the handoff's `n`-th, of a message that waits."""
    return {
        "centre": item.centre,
        "id": item.id,
        "handoff_id": item.handoff,
        "n": n,
        "ticket_id": item.ticket,
        "agency": item.agency,
        "kind": item.kind,
        "channel": item.rung.channel,
        "address": item.rung.address,
        "contact": item.rung.contact,
        "not_before": utc(item.not_before),
        "next_try_at": utc(item.next_try_at),
        "tries": item.tries,
        "state": item.state,
        "last_error": item.last_error,
        "last_reason": reason_json(item.last_reason),
        "created_at": utc(item.created_at),
        "since": utc(item.since),
    }


def rung_of(row: Row[Any]) -> Rung:
    """Return by which way a message of `outbox` goes: with its handoff, the line it stands in."""
    return Rung(ChannelKind(row.channel), row.address, row.contact)


def item_of(row: Row[Any]) -> OutboxItem:
    """Return the message that a row of `outbox` holds."""
    return OutboxItem(
        id=MessageId(row.id),
        centre=CentreCode(row.centre),
        handoff=HandoffId(row.handoff_id),
        ticket=TicketId(row.ticket_id),
        agency=AgencyCode(row.agency),
        kind=MessageKind(row.kind),
        rung=rung_of(row),
        body=row.body,
        content_type=row.content_type,
        not_before=instant(row.not_before),
        next_try_at=instant(row.next_try_at),
        created_at=instant(row.created_at),
        since=instant(row.since),
        tries=row.tries,
        state=MessageState(row.state),
        last_error=row.last_error,
        last_reason=reason_of(row.last_reason),
        done_at=None if row.done_at is None else instant(row.done_at),
    )


def earlier_of(row: Row[Any]) -> Earlier:
    """Return what a row of `outbox`, of which a letter was made, is to those after it."""
    return Earlier(MessageId(row.id), MessageKind(row.kind), instant(row.made_at))


def letter_row(letter: Letter, draft: Draft) -> Values:
    """Return the rest of a message's row: what is sent, and what it was made of."""
    return {
        "body": letter.body,
        "content_type": letter.content_type,
        "ticket_version": draft.dossier.ticket.version,
        "made_at": utc(draft.at),
    }


def link_rows(letter: Letter, draft: Draft) -> list[Values]:
    """Return the rows of `agency_links` for those in a letter."""
    return [
        {
            "digest": link.digest,
            "centre": draft.item.centre,
            "handoff_id": draft.item.handoff,
            "contact": link.contact,
            "made_at": utc(draft.at),
            "expires_at": utc(link.expires_at),
        }
        for link in letter.links
    ]


def ticket_change_of(row: Row[Any]) -> TicketChange:
    """Return what a row of `ticket_events` holds."""
    return TicketChange(
        at=instant(row.at),
        by=row.by,
        field=row.field,
        old=row.old,
        new=row.new,
        version=row.version,
    )
