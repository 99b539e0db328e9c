"""A journal entry as the API shows it, which ones a stream asks for, and those of one call."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.assignees import AssigneeView
from sip112.api.schemas.callbacks import CallbackView, callback_view
from sip112.api.schemas.calls import CallView, call_view
from sip112.api.schemas.inputs import Name, QueryModel
from sip112.api.schemas.seats import SeatView, seat_view
from sip112.api.schemas.values import Time, doc, identifier, time
from sip112.routing.effects import EntryKind, Record


class OpenedTicketView(TypedDict):
    """The ticket that was opened, by a call or for a neighbour centre."""

    id: Annotated[str, doc("Identifier (UUID).")]
    number: Annotated[str, doc("What a person says.")]
    opened_at: Annotated[Time, doc("When its call arrived, or its neighbour passed it on.")]


class EventView(TypedDict):
    """One journal entry, with the call and the seat as they are after it."""

    seq: Annotated[int, doc("Number of the entry; grows strictly. The id on the event stream.")]
    at: Annotated[Time, doc("When it happened.")]
    centre: Annotated[str, doc("Code of the 112 centre.")]
    kind: Annotated[EntryKind, doc("What it tells. The event name on the event stream.")]
    call: Annotated[CallView | None, doc("The call that it is about.")]
    ticket: Annotated[OpenedTicketView | None, doc("The ticket, on the entry that opens it.")]
    seat: Annotated[SeatView | None, doc("The seat that it is about.")]
    detail: Annotated[dict[str, str], doc("What else there is to say.")]
    callback: Annotated[CallbackView | None, doc("The callback that it is about.")]


def event_view(record: Record) -> EventView:
    """Return a journal entry as the API shows it."""
    ticket = record.ticket
    return {
        "seq": record.seq,
        "at": time(record.at),
        "centre": record.centre,
        "kind": record.kind,
        "call": None if record.call is None else call_view(record.call),
        "ticket": None
        if ticket is None
        else {
            "id": identifier(ticket.id.int),
            "number": ticket.number,
            "opened_at": time(ticket.opened_at),
        },
        "seat": None if record.seat is None else seat_view(record.seat),
        "detail": record.detail,
        "callback": None if record.callback is None else callback_view(record.callback),
    }


class CallDetail(TypedDict):
    """One call with everything that happened to it."""

    call: Annotated[CallView, doc("The call as it is now.")]
    assignee: Annotated[
        AssigneeView | None,
        doc("Whose its ticket is; null is nobody's, or not known while the database is away."),
    ]
    duplicate_of: Annotated[
        str | None,
        doc("Number of the ticket that its ticket is a duplicate of; null likewise."),
    ]
    events: Annotated[
        list[EventView] | None,
        doc(
            "Its journal entries, oldest first; the last ones may take a moment to be stored. "
            "Null while the database does not answer and not all of them are in memory."
        ),
    ]


class EventQuery(QueryModel):
    """Which events."""

    seat: Annotated[
        Name | None,
        doc(
            "Only what concerns this seat: its own changes, the calls that are or were last "
            "offered to it or into which it is called, and what concerns every seat (`pbx.*`)."
        ),
    ] = None
    kind: Annotated[
        list[EntryKind | Literal["notice"]],
        Field(max_length=len(EntryKind) + 1),
        doc("Only these kinds; may be given several times."),
    ] = []  # noqa: RUF012 - pydantic copies it for each
    after: Annotated[
        Annotated[int, Field(ge=0, lt=10**18)] | None,
        doc("What came after this entry is sent first, as with `Last-Event-ID`."),
    ] = None
