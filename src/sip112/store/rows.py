"""Between the core's dataclasses and rows, both ways.

Rows are made by hand, in the order of the tables' columns, since every call passes here
several times. The journal keeps a whole entry as JSON (`RECORD`), so that it is read back as
it was published.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Row

from sip112.routing.assignment import answers_for
from sip112.routing.call import Call, Caller, CallState, Offer, Origin, Outcome
from sip112.routing.callback import Callback, CallbackOutcome, CallbackState, TryResult
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import (
    AgentId,
    CallId,
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    Seq,
    TicketId,
    TicketNumber,
    Uniqueid,
)
from sip112.routing.seat import Device, Seat
from sip112.routing.summary import Tally
from sip112.routing.ticket import Ticket, TicketRecord, parse_ticket_number
from sip112.store.tables import instant

RECORD: Final = TypeAdapter(Record)
_OFFERS: Final = TypeAdapter(tuple[Offer, ...])

# --- text that no database keeps -----------------------------------------------------------

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Return `text` without what a database cannot keep: NUL and halves of surrogate pairs."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def cleaned(value: Any) -> Any:
    """Return `value`, a dataclass or a part of one, with every text in it made `clean`."""
    if type(value) is str:
        return clean(value)
    if isinstance(value, tuple | list | frozenset):
        return type(value)(map(cleaned, value))
    if isinstance(value, dict):
        return {cleaned(key): cleaned(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: cleaned(getattr(value, f.name)) for f in fields(value)})
    return value


def to_json(record: Record) -> str | None:
    """Return the entry as the journal keeps it; None if it holds text that must be cleaned."""
    try:
        data = RECORD.dump_json(record)
    except ValueError:  # half of a surrogate pair has no UTF-8
        return None
    return None if rb"\u0000" in data else data.decode()


# --- to rows ---------------------------------------------------------------------------------

RowValues = tuple[Any, ...]


class Codec(NamedTuple):
    """What a database's driver takes for an instant and for an identifier."""

    time: Callable[[Instant], Any]
    uuid: Callable[[UUID], Any]

    def time_or_none(self, at: Instant | None) -> Any:
        """Return `at` as the driver takes it."""
        return None if at is None else self.time(at)

    def uuid_or_none(self, value: UUID | None) -> Any:
        """Return `value` as the driver takes it."""
        return None if value is None else self.uuid(value)


class Rows(NamedTuple):
    """What one group of entries writes; each field is named as its table is."""

    call_events: Sequence[RowValues]
    calls: Sequence[RowValues] = ()
    tickets: Sequence[RowValues] = ()
    seats: Sequence[RowValues] = ()
    agents: Sequence[RowValues] = ()
    callbacks: Sequence[RowValues] = ()
    answers: Sequence[RowValues] = ()
    """Who answers for the caller of a ticket by now, in the order of `assignments.COLUMNS`."""


def event_row(record: Record, data: str, codec: Codec) -> RowValues:
    """Return the journal's row of `record`, whose JSON is `data`."""
    return (
        record.centre,
        record.seq,
        codec.time(record.at),
        record.kind.value,
        None if record.call is None else codec.uuid(record.call.id),
        None if record.seat is None else record.seat.id,
        data,
    )


def derived_rows(events: Sequence[RowValues], records: Iterable[Record], codec: Codec) -> Rows:
    """Return `events` with the rows that follow from `records`.

    Of the states that one call, seat, agent or callback had in the group only the last is written.
    """
    calls: dict[tuple[CentreCode, CallId], tuple[Call, Seq]] = {}
    seats: dict[tuple[CentreCode, SeatId], tuple[Seat, Seq]] = {}
    agents: dict[tuple[CentreCode, AgentId], RowValues] = {}
    callbacks: dict[tuple[CentreCode, CallId], RowValues] = {}
    tickets: list[Ticket] = []
    answers: dict[tuple[CentreCode, TicketId], RowValues] = {}
    for record in records:
        if (call := record.call) is not None:
            calls[call.centre, call.id] = call, record.seq
            if call.ticket is not None and (agent := answers_for(call)) is not None:
                before = answers.get((call.centre, call.ticket))
                if before is None or before[2] != agent:
                    ticket, at = codec.uuid(call.ticket), codec.time(record.at)
                    row = (call.centre, ticket, agent, record.seq, at)
                    answers[call.centre, call.ticket] = row
        if record.ticket is not None:
            tickets.append(record.ticket)
        if (seat := record.seat) is not None:
            seats[seat.centre, seat.id] = seat, record.seq
            agent = seat.agent
            if agent is not None and record.kind is EntryKind.SEAT_CHANGED:
                at = codec.time(record.at)
                agents[seat.centre, agent] = (seat.centre, agent, record.seq, seat.id, at)
        if (callback := record.callback) is not None:
            row = _callback_row(callback, record.seq, codec)
            callbacks[callback.centre, callback.call] = row
    return Rows(
        events,
        [_call_row(call, seq, codec) for call, seq in calls.values()],
        [_ticket_row(each, answers.get((each.centre, each.id)), codec) for each in tickets],
        [_seat_row(seat, seq, codec) for seat, seq in seats.values()],
        list(agents.values()),
        list(callbacks.values()),
        list(answers.values()),
    )


def _call_row(call: Call, seq: Seq, codec: Codec) -> RowValues:
    return (
        call.centre,
        codec.uuid(call.id),
        seq,
        call.pbx,
        call.uniqueid,
        call.channel,
        codec.time(call.arrived_at),
        call.dialled,
        call.trunk,
        call.caller.number,
        call.caller.name,
        call.caller.raw,
        call.priority,
        _skills_json(call.skills),
        call.location,
        call.origin.value,
        codec.uuid_or_none(call.ticket),
        call.ticket_number,
        call.state.value,
        call.position,
        codec.time_or_none(call.queued_at),
        _OFFERS.dump_json(call.offers).decode() if call.offers else "[]",
        codec.time_or_none(call.answered_at),
        call.seat,
        call.agent,
        codec.time_or_none(call.ended_at),
        None if call.outcome is None else call.outcome.value,
        call.cause,
        call.source,
    )


def _ticket_row(ticket: Ticket, answer: RowValues | None, codec: Codec) -> RowValues:
    """Return the row of a ticket that is opened, and perhaps answered in the same group."""
    _, day, serial = parse_ticket_number(ticket.number)
    opened_at = codec.time(ticket.opened_at)
    agent, seq, changed_at, version = None, None, opened_at, 1
    if answer is not None:
        (_, _, agent, seq, changed_at), version = answer, 2
    return (
        ticket.centre,
        codec.uuid(ticket.id),
        ticket.number,
        day,
        serial,
        codec.uuid_or_none(ticket.call),
        opened_at,
        changed_at,
        version,
        "open",
        *(None,) * (len(TICKET_FIELDS) - 1),
        agent,
        agent,
        seq,
        ticket.domain,
        *(None, None),  # nobody has linked it yet
    )


def _seat_row(seat: Seat, seq: Seq, codec: Codec) -> RowValues:
    return (
        seat.centre,
        seat.id,
        seq,
        seat.state.value,
        _skills_json(seat.skills),
        seat.agent,
        seat.device.value,
        seat.held,
        seat.pause_reason,
        codec.uuid_or_none(seat.call),
        seat.talking,
        codec.time_or_none(seat.wrap_up_until),
        codec.time(seat.since),
    )


def _callback_row(callback: Callback, seq: Seq, codec: Codec) -> RowValues:
    return (
        callback.centre,
        codec.uuid(callback.call),
        seq,
        callback.number,
        codec.time(callback.arrived_at),
        codec.time(callback.opened_at),
        callback.name,
        callback.ticket_number,
        callback.state.value,
        callback.tries,
        callback.seat,
        callback.agent,
        callback.pbx,
        codec.time_or_none(callback.taken_at),
        None if callback.result is None else callback.result.value,
        None if callback.outcome is None else callback.outcome.value,
        codec.time_or_none(callback.closed_at),
    )


def _skills_json(skills: frozenset[str]) -> str:
    return json.dumps(sorted(skills)) if skills else "[]"


# --- from rows -------------------------------------------------------------------------------


def call_of(row: Row[Any]) -> Call:
    """Return the call that a row of `calls` holds."""
    return Call(
        id=CallId(row.id),
        centre=CentreCode(row.centre),
        pbx=PbxId(row.pbx),
        uniqueid=Uniqueid(row.uniqueid),
        channel=row.channel,
        arrived_at=instant(row.arrived_at),
        dialled=row.dialled,
        trunk=row.trunk,
        caller=Caller(row.caller_number, row.caller_name, row.caller_raw),
        priority=row.priority,
        skills=frozenset(row.skills),
        location=row.location,
        origin=Origin(row.origin),
        ticket=row.ticket_id,
        ticket_number=row.ticket_number,
        state=CallState(row.state),
        position=row.position,
        queued_at=_instant_or_none(row.queued_at),
        offers=_OFFERS.validate_python(row.offers),
        answered_at=_instant_or_none(row.answered_at),
        seat=row.seat,
        agent=row.agent,
        ended_at=_instant_or_none(row.ended_at),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        cause=row.cause,
        source=row.source,
    )


def seat_of(row: Row[Any]) -> Seat:
    """Return the seat that a row of `seats` holds."""
    return Seat(
        id=SeatId(row.id),
        centre=CentreCode(row.centre),
        skills=frozenset(row.skills),
        agent=row.agent,
        device=Device(row.device),
        held=row.held,
        pause_reason=row.pause_reason,
        call=row.call_id,
        talking=row.talking,
        wrap_up_until=_instant_or_none(row.wrap_up_until),
        since=instant(row.since),
    )


def callback_of(row: Row[Any]) -> Callback:
    """Return the callback that a row of `callbacks` holds."""
    return Callback(
        call=CallId(row.call_id),
        centre=CentreCode(row.centre),
        number=row.number,
        arrived_at=instant(row.arrived_at),
        opened_at=instant(row.opened_at),
        name=row.name,
        ticket_number=row.ticket_number,
        state=CallbackState(row.state),
        tries=row.tries,
        seat=row.seat,
        agent=row.agent,
        pbx=row.pbx,
        taken_at=_instant_or_none(row.taken_at),
        result=None if row.result is None else TryResult(row.result),
        outcome=None if row.outcome is None else CallbackOutcome(row.outcome),
        closed_at=_instant_or_none(row.closed_at),
    )


def opened_of(row: Row[Any]) -> Ticket:
    """Return how the ticket was opened that a row of `tickets` holds."""
    return Ticket(
        id=TicketId(row.id),
        number=TicketNumber(row.number),
        centre=CentreCode(row.centre),
        call=row.call_id,
        opened_at=instant(row.opened_at),
        domain=row.domain,
    )


def ticket_of(
    row: Row[Any],
    calls: Sequence[CallId],
    names: Mapping[str, str],
    numbers: Mapping[UUID, str],
) -> TicketRecord:
    """Return the ticket that a row of `tickets` holds, with `calls` that belong to it.

    `names` are those of persons, by login name, and `numbers` those of tickets, by id.
    """
    number = numbers.get(row.parent_id)
    return TicketRecord(
        id=TicketId(row.id),
        number=TicketNumber(row.number),
        centre=CentreCode(row.centre),
        opened_at=instant(row.opened_at),
        changed_at=instant(row.changed_at),
        version=row.version,
        calls=tuple(calls),
        assignee=row.assignee,
        assignee_name=names.get(row.assignee),
        domain=row.domain,
        parent=None if row.parent_id is None else TicketId(row.parent_id),
        parent_number=None if number is None else TicketNumber(number),
        **{name: getattr(row, name) for name in TICKET_FIELDS},
    )


def tally_of(row: Row[Any], targets: int) -> Tally:
    """Return what a row of `queries.tallies` counts, made for so many targets."""
    return Tally(
        arrived=row.arrived,
        answered=row.answered,
        abandoned=row.abandoned,
        lost=row.lost,
        waiting=row.waiting,
        taken=row.taken,
        missed=row.missed,
        within=tuple(getattr(row, f"within_{n}") for n in range(targets)),
        first_waiting=_instant_or_none(row.first_waiting),
    )


TICKET_FIELDS: Final = (
    "status",
    "incident_type",
    "address",
    "latitude",
    "longitude",
    "narrative",
    "persons",
    "severity",
    "language",
    "disposition",
)
"""What people may change on a ticket, in the order of the table's columns."""


def _instant_or_none(time: datetime | None) -> Instant | None:
    return None if time is None else instant(time)
