"""Messages that were given up, as the API shows them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.inputs import Cursor, QueryModel
from sip112.api.schemas.reasons import ReasonView, reason_view
from sip112.api.schemas.ticket_brief import TicketBrief, ticket_brief
from sip112.api.schemas.values import Time, doc, identifier, time, time_or_null
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.handoff import MessageKind
from sip112.dispatch.outbox import MessageState, OutboxItem
from sip112.routing.ticket import TicketRecord


class DeadLetterView(TypedDict):
    """A message to an agency that was given up, or is sent again."""

    id: Annotated[str, doc("Identifier (UUID); its idempotency key.")]
    handoff: Annotated[str, doc("Identifier of the handoff.")]
    ticket: Annotated[str, doc("Identifier of the ticket.")]
    agency: Annotated[str, doc("Code of the agency.")]
    kind: Annotated[MessageKind, doc("What it tells.")]
    channel: Annotated[ChannelKind, doc("By which way it was sent.")]
    contact: Annotated[str, doc("To whom; empty for the agency itself.")]
    state: Annotated[MessageState, doc("`dead`; `waiting` once it is sent again.")]
    tries: Annotated[int, doc("How often it was tried.")]
    why: Annotated[str, doc("Why the last try failed, in English.")]
    reason: Annotated[
        ReasonView | None,
        doc("The same, for programs; null of what was given up before reasons were kept."),
    ]
    created_at: Annotated[Time, doc("When it was written.")]
    done_at: Annotated[Time | None, doc("When it was given up; null once it is sent again.")]


def dead_letter_view(item: OutboxItem) -> DeadLetterView:
    """Return a message as the API shows it; without its address, which may hold a secret."""
    return {
        "id": identifier(item.id.int),
        "handoff": identifier(item.handoff.int),
        "ticket": identifier(item.ticket.int),
        "agency": item.agency,
        "kind": item.kind,
        "channel": item.rung.channel,
        "contact": item.rung.contact,
        "state": item.state,
        "tries": item.tries,
        "why": item.last_error,
        "reason": reason_view(item.last_reason),
        "created_at": time(item.created_at),
        "done_at": time_or_null(item.done_at),
    }


class DeadLetterLine(DeadLetterView):
    """A message that was given up, among those of other tickets."""

    about: Annotated[TicketBrief | None, doc("The ticket, in short; null if it is not stored.")]


def dead_letter_line(item: OutboxItem, ticket: TicketRecord | None) -> DeadLetterLine:
    """Return a message with its ticket in short."""
    return {**dead_letter_view(item), "about": ticket_brief(ticket)}


class DeadLetterPage(TypedDict):
    """Messages that were given up, newest first."""

    items: Annotated[list[DeadLetterLine], doc("The messages of this page.")]
    next: Annotated[str | None, doc("`cursor` of the next page; null on the last.")]


class DeadLetterQuery(QueryModel):
    """Which page."""

    cursor: Annotated[Cursor | None, doc("`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=200), doc("Messages a page.")] = 100
