"""Every query that reads or changes what is stored, by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    Text,
    TextClause,
    Update,
    and_,
    case,
    cast,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)

from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.directory import Part
from sip112.dispatch.handoff import EventKind, MessageKind, Purpose, Step
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.links import LinkKind
from sip112.dispatch.outbox import MessageState, OutboxItem
from sip112.routing.call import CallState, Outcome
from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, SeatId, Seq, TicketId
from sip112.routing.ticket import parse_ticket_number
from sip112.store.microseconds import Microseconds
from sip112.store.rows import clean
from sip112.store.tables import (
    agency_links,
    call_events,
    callbacks,
    calls,
    directory,
    directory_events,
    handoff_events,
    handoffs,
    idempotency,
    outbox,
    persons,
    seats,
    ticket_events,
    ticket_links,
    tickets,
    utc,
    webhook_secrets,
)

SEQ_MAX: Final = 2**63 - 1
SERIAL_MAX: Final = 2**31 - 1

# --- the journal -----------------------------------------------------------------------------

# The text of the JSON column, so that pydantic parses it and nobody else does.
_entry: Final = cast(call_events.c.data, Text)


def any_entry() -> Select[int]:
    """Select the number of some journal entry."""
    return select(call_events.c.seq).limit(1)


def revisions() -> TextClause:
    """Select the revisions that the tables are at, which alembic keeps."""
    return text("SELECT version_num FROM alembic_version")


def last_seq(centre: CentreCode) -> Select[int | None]:
    """Select the number of the last journal entry."""
    return select(func.max(call_events.c.seq)).where(call_events.c.centre == centre)


def entries_of_call(centre: CentreCode, call: CallId) -> Select[str]:
    """Select the journal entries of one call, oldest first."""
    return (
        select(_entry)
        .where(call_events.c.centre == centre, call_events.c.call_id == call)
        .order_by(call_events.c.seq)
    )


def entries_after(centre: CentreCode, seq: Seq, limit: int) -> Select[str]:
    """Select the first journal entries after `seq`."""
    return (
        select(_entry)
        .where(call_events.c.centre == centre, call_events.c.seq > min(seq, SEQ_MAX))
        .order_by(call_events.c.seq)
        .limit(limit)
    )


# --- calls -----------------------------------------------------------------------------------


class CallFilters(TypedDict, total=False):
    """Which calls are wanted; what is left out, or None, does not narrow."""

    since: Instant | None
    """Arrived then or later."""
    until: Instant | None
    """Arrived before."""
    caller: str | None
    """Exactly this number."""
    seat: SeatId | None
    """The seat it is at; for an ended call the one that talked."""
    outcome: Outcome | None
    state: CallState | None


def calls_page(
    centre: CentreCode,
    filters: CallFilters,
    after: tuple[Instant, UUID] | None,
    limit: int,
) -> Select[Any]:
    """Select calls, newest first, that come after `after` in that order."""
    where = _within(calls, calls.c.arrived_at, centre, filters, after)
    if (caller := filters.get("caller")) is not None:
        where.append(calls.c.caller_number == clean(caller))
    if (seat := filters.get("seat")) is not None:
        where.append(calls.c.seat == clean(seat))
    if (outcome := filters.get("outcome")) is not None:
        where.append(calls.c.outcome == outcome)
    if (state := filters.get("state")) is not None:
        where.append(calls.c.state == state)
        if state is not CallState.ENDED:  # the few in progress stand together in an index
            where.append(calls.c.outcome.is_(None))
    return (
        select(calls)
        .where(*where)
        .order_by(calls.c.arrived_at.desc(), calls.c.id.desc())
        .limit(limit)
    )


def call_by_id(centre: CentreCode, call: CallId) -> Select[Any]:
    """Select one call."""
    return select(calls).where(calls.c.centre == centre, calls.c.id == call)


def calls_of_ticket(centre: CentreCode, ticket: TicketId) -> Select[Any]:
    """Select the calls that belong to a ticket."""
    return select(calls).where(calls.c.centre == centre, calls.c.ticket_id == ticket)


def calls_in_progress(centre: CentreCode) -> Select[Any]:
    """Select the calls that have not ended, oldest first."""
    return (
        select(calls)
        .where(calls.c.centre == centre, calls.c.outcome.is_(None))
        .order_by(calls.c.arrived_at, calls.c.id)
    )


def calls_ended_last(centre: CentreCode, limit: int) -> Select[UUID]:
    """Select the ids of the last calls that have ended, by arrival, newest first."""
    return (
        select(calls.c.id)
        .where(calls.c.centre == centre, calls.c.outcome.is_not(None))
        .order_by(calls.c.arrived_at.desc(), calls.c.id.desc())
        .limit(limit)
    )


def calls_of_tickets(centre: CentreCode, found: Sequence[UUID]) -> Select[Any]:
    """Select ticket, arrival and id of all calls that belong to the tickets `found`."""
    return select(calls.c.ticket_id, calls.c.arrived_at, calls.c.id).where(
        calls.c.centre == centre, calls.c.ticket_id.in_(found)
    )


def tallies(
    centre: CentreCode, since: Instant, until: Instant, within: Sequence[float]
) -> Select[*tuple[Any, ...]]:
    """Select, hour by hour, how many calls arrived in that time and what became of them.

    `hour` counts from `since` on; hours without an arrival are left out. `routing.summary` says
    what each figure is.
    """
    taken = calls.c.answered_at.is_not(None)
    wait = _answer_time()
    passed = Microseconds(calls.c.arrived_at) - literal(_microseconds(since), BigInteger)
    waiting = and_(calls.c.outcome.is_(None), calls.c.answered_at.is_(None))
    hour = (passed // literal(_HOUR_US, BigInteger)).label("hour")
    return (
        select(
            hour,
            func.count().label("arrived"),
            _count(
                or_(
                    calls.c.outcome == Outcome.ANSWERED,
                    and_(calls.c.outcome.is_(None), taken),
                )
            ).label("answered"),
            _count(calls.c.outcome == Outcome.ABANDONED).label("abandoned"),
            _count(calls.c.outcome == Outcome.LOST_BY_PBX).label("lost"),
            _count(waiting).label("waiting"),
            _count(taken).label("taken"),
            _count(and_(calls.c.outcome.is_not(None), ~taken)).label("missed"),
            func.min(case((waiting, calls.c.arrived_at)), type_=calls.c.arrived_at.type).label(
                "first_waiting"
            ),
            *(
                _count(wait <= literal(round(seconds * 1e6), BigInteger)).label(f"within_{n}")
                for n, seconds in enumerate(within)
            ),
        )
        .where(*_within(calls, calls.c.arrived_at, centre, {"since": since, "until": until}, None))
        .group_by(hour)
    )


def referred(centre: CentreCode, since: Instant, until: Instant) -> Select[int]:
    """Select how many incidents there were whose caller was referred in that time."""
    return select(func.count(distinct(handoffs.c.ticket_id))).where(
        *_within(handoffs, handoffs.c.requested_at, centre, {"since": since, "until": until}, None),
        handoffs.c.purpose == Purpose.REFERRAL,
        handoffs.c.step != Step.CANCELLED,
    )


def merged(centre: CentreCode, since: Instant, until: Instant) -> Select[int]:
    """Select how many of the tickets that were opened in that time are duplicates."""
    return select(func.count()).where(
        *_within(tickets, tickets.c.opened_at, centre, {"since": since, "until": until}, None),
        tickets.c.parent_id.is_not(None),
    )


def answer_times(centre: CentreCode, since: Instant, until: Instant) -> Select[Any, Any]:
    """Select the median and the ninth decile of the answer times, in microseconds.

    By nearest rank: each is the time of a call that there was.
    """
    wait = _answer_time().label("wait")
    ranked = (
        select(
            wait,
            func.row_number().over(order_by=wait).label("rank"),
            func.count().over().label("count"),
        )
        .where(
            *_within(calls, calls.c.arrived_at, centre, {"since": since, "until": until}, None),
            calls.c.answered_at.is_not(None),
        )
        .subquery()
    )
    return select(
        *(
            func.min(case((ranked.c.rank * 10 >= ranked.c.count * tenths, ranked.c.wait)))
            for tenths in (5, 9)
        )
    )


_HOUR_US: Final = 3_600_000_000


def _microseconds(at: Instant) -> int:
    return round(at * 1_000_000)


def _answer_time() -> ColumnElement[int]:
    """Return the microseconds from arrival to answer; clocks of two machines may go backwards."""
    wait = Microseconds(calls.c.answered_at) - Microseconds(calls.c.arrived_at)
    return case((wait < 0, literal(0, BigInteger)), else_=wait)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


# --- tickets ---------------------------------------------------------------------------------


class TicketFilters(TypedDict, total=False):
    """Which tickets are wanted; what is left out, or None, does not narrow."""

    since: Instant | None
    """Opened then or later."""
    until: Instant | None
    """Opened before."""
    status: str | None
    assignee: AgentId | None
    """Whose it is."""
    unassigned: bool | None
    """Whether it must be nobody's."""
    duplicate: bool | None
    """Whether it is a duplicate of another."""


def tickets_page(
    centre: CentreCode,
    filters: TicketFilters,
    after: tuple[Instant, UUID] | None,
    limit: int,
) -> Select[Any]:
    """Select tickets, newest first, that come after `after` in that order."""
    where = _within(tickets, tickets.c.opened_at, centre, filters, after)
    if (status := filters.get("status")) is not None:
        where.append(tickets.c.status == clean(status))
    if (assignee := filters.get("assignee")) is not None:
        where.append(tickets.c.assignee == clean(assignee))
    if filters.get("unassigned"):
        where.append(tickets.c.assignee.is_(None))
    if (duplicate := filters.get("duplicate")) is not None:
        parent = tickets.c.parent_id
        where.append(parent.is_not(None) if duplicate else parent.is_(None))
    return (
        select(tickets)
        .where(*where)
        .order_by(tickets.c.opened_at.desc(), tickets.c.id.desc())
        .limit(limit)
    )


def tickets_opened_last(centre: CentreCode, since: Instant, limit: int) -> Select[Any]:
    """Select how the last tickets were opened, newest first, that were opened since then."""
    opened = (tickets.c[name] for name in ("id", "number", "call_id", "opened_at", "domain"))
    return (
        select(tickets.c.centre, *opened)
        .where(tickets.c.centre == centre, tickets.c.opened_at >= utc(since))
        .order_by(tickets.c.opened_at.desc(), tickets.c.id.desc())
        .limit(limit)
    )


def ticket_by_id(centre: CentreCode, ticket: TicketId) -> Select[Any]:
    """Select one ticket by its id."""
    return select(tickets).where(tickets.c.id == ticket, tickets.c.centre == centre)


def tickets_by_id(centre: CentreCode, found: Sequence[UUID]) -> Select[Any]:
    """Select the tickets of those ids."""
    return select(tickets).where(tickets.c.id.in_(found), tickets.c.centre == centre)


def numbers_of(centre: CentreCode, found: Sequence[UUID]) -> Select[UUID, str]:
    """Select id and number of the tickets of those ids."""
    return select(tickets.c.id, tickets.c.number).where(
        tickets.c.id.in_(found), tickets.c.centre == centre
    )


def ticket_by_number(centre: CentreCode, number: str) -> Select[Any] | None:
    """Select one ticket by what a person says; None if nobody could mean a ticket by it."""
    try:
        of, day, serial = parse_ticket_number(number)
    except ValueError:
        return None
    if of != centre or serial > SERIAL_MAX:
        return None
    return select(tickets).where(
        tickets.c.centre == centre, tickets.c.day == day, tickets.c.serial == serial
    )


def update_ticket(centre: CentreCode, ticket: TicketId) -> Update:
    """Update one ticket."""
    return update(tickets).where(tickets.c.id == ticket, tickets.c.centre == centre)


def ticket_changes(centre: CentreCode, ticket: TicketId, *, after: int) -> Select[Any]:
    """Select what was changed on one ticket after a version, oldest first."""
    return (
        select(ticket_events)
        .where(
            ticket_events.c.ticket_id == ticket,
            ticket_events.c.centre == centre,
            ticket_events.c.version > after,
        )
        .order_by(ticket_events.c.version, ticket_events.c.field)
    )


def links_at(centre: CentreCode, found: Sequence[UUID]) -> Select[Any]:
    """Select what was said of the tickets `found` and others, oldest first."""
    return (
        select(ticket_links)
        .where(
            ticket_links.c.centre == centre,
            or_(ticket_links.c.ticket_id.in_(found), ticket_links.c.other_id.in_(found)),
        )
        .order_by(ticket_links.c.at, ticket_links.c.id)
    )


def callers_of(centre: CentreCode, found: Sequence[UUID]) -> Select[Any]:
    """Select who called about the tickets `found`, by arrival."""
    return (
        select(calls.c.ticket_id, calls.c.caller_number, calls.c.caller_name, calls.c.arrived_at)
        .where(calls.c.centre == centre, calls.c.ticket_id.in_(found))
        .order_by(calls.c.arrived_at, calls.c.id)
    )


def names_of(agents: Collection[str]) -> Select[str, str]:
    """Select login name and name of those of `agents` who are persons."""
    return select(persons.c.id, persons.c.name).where(persons.c.id.in_(agents))


def serials(centre: CentreCode) -> Select[str, int]:
    """Select every day that has tickets, with its highest serial.

    It walks from day to day through the index instead of reading every ticket.
    """
    here = tickets.c.centre == centre
    days = select(func.max(tickets.c.day).label("day")).where(here).cte("days", recursive=True)
    earlier = select(func.max(tickets.c.day)).where(here, tickets.c.day < days.c.day)
    days = days.union_all(
        select(earlier.correlate(days).scalar_subquery()).where(days.c.day.is_not(None))
    )
    highest = select(func.max(tickets.c.serial)).where(here, tickets.c.day == days.c.day)
    return select(days.c.day, highest.correlate(days).scalar_subquery().label("serial")).where(
        days.c.day.is_not(None)
    )


# --- seats -----------------------------------------------------------------------------------


def seats_of(centre: CentreCode) -> Select[Any]:
    """Select the seats, by name."""
    return select(seats).where(seats.c.centre == centre).order_by(seats.c.id)


# --- callbacks -------------------------------------------------------------------------------


def callbacks_open(centre: CentreCode) -> Select[Any]:
    """Select the callbacks that are not over, oldest first."""
    return (
        select(callbacks)
        .where(callbacks.c.centre == centre, callbacks.c.outcome.is_(None))
        .order_by(callbacks.c.opened_at, callbacks.c.call_id)
    )


# --- the directory ---------------------------------------------------------------------------


def directory_of(centre: CentreCode) -> Select[Any]:
    """Select the entries of a directory, each part in its order."""
    return (
        select(directory)
        .where(directory.c.centre == centre)
        .order_by(directory.c.position, directory.c.code)
    )


def directory_entry(centre: CentreCode, part: Part, code: str) -> ColumnElement[bool]:
    """Name one entry of a directory."""
    return and_(
        directory.c.centre == centre, directory.c.part == part, directory.c.code == clean(code)
    )


def directory_revision(centre: CentreCode) -> Select[int | None]:
    """Select the number of the last change of a directory."""
    return select(func.max(directory_events.c.revision)).where(directory_events.c.centre == centre)


def directory_changes(centre: CentreCode, before: int | None, limit: int) -> Select[Any]:
    """Select the changes of a directory, newest first, that were made before `before`."""
    where = [directory_events.c.centre == centre]
    if before is not None:
        where.append(directory_events.c.revision < before)
    return (
        select(directory_events)
        .where(*where)
        .order_by(directory_events.c.revision.desc())
        .limit(limit)
    )


def secret_of(centre: CentreCode, agency: AgencyCode) -> Select[str]:
    """Select with what an agency's messages are signed."""
    return select(webhook_secrets.c.secret).where(
        webhook_secrets.c.centre == centre, webhook_secrets.c.agency == clean(agency)
    )


def signed(centre: CentreCode) -> Select[str]:
    """Select the codes of the agencies that have a secret."""
    return select(webhook_secrets.c.agency).where(webhook_secrets.c.centre == centre)


# --- handoffs --------------------------------------------------------------------------------


class HandoffFilters(TypedDict, total=False):
    """Which handoffs are wanted; what is left out, or None, does not narrow."""

    agency: AgencyCode | None
    purpose: Purpose | None
    ended: bool | None
    alarmed: bool | None
    """Whether a supervisor was called, and nothing was heard since."""


def handoff_by_id(centre: CentreCode, handoff: HandoffId) -> Select[Any]:
    """Select one handoff."""
    return select(handoffs).where(handoffs.c.id == handoff, handoffs.c.centre == centre)


def handoffs_of(centre: CentreCode, ticket: TicketId) -> Select[Any]:
    """Select the handoffs of a ticket in the order in which they were requested."""
    return (
        select(handoffs)
        .where(handoffs.c.centre == centre, handoffs.c.ticket_id == ticket)
        .order_by(handoffs.c.requested_at, handoffs.c.id)
    )


def handoffs_open(centre: CentreCode, ticket: TicketId) -> Select[Any]:
    """Select those of a ticket that have not ended."""
    return handoffs_of(centre, ticket).where(handoffs.c.ended_at.is_(None))


def handoffs_page(
    centre: CentreCode,
    filters: HandoffFilters,
    after: tuple[Instant, UUID] | None,
    limit: int,
) -> Select[Any]:
    """Select handoffs, newest first, that come after `after` in that order."""
    where = _within(handoffs, handoffs.c.requested_at, centre, {}, after)
    if (agency := filters.get("agency")) is not None:
        where.append(handoffs.c.agency == clean(agency))
    if (purpose := filters.get("purpose")) is not None:
        where.append(handoffs.c.purpose == purpose)
    if (ended := filters.get("ended")) is not None:
        where.append(handoffs.c.ended_at.is_not(None) if ended else handoffs.c.ended_at.is_(None))
    if (alarmed := filters.get("alarmed")) is not None:
        at = handoffs.c.alarmed_at
        where.append(at.is_not(None) if alarmed else at.is_(None))
    return (
        select(handoffs)
        .where(*where)
        .order_by(handoffs.c.requested_at.desc(), handoffs.c.id.desc())
        .limit(limit)
    )


def handoffs_due(centre: CentreCode, now: Instant, limit: int) -> Select[UUID]:
    """Select the ids of those whose time is over, the longest overdue first."""
    return (
        select(handoffs.c.id)
        .where(handoffs.c.centre == centre, handoffs.c.due_at <= utc(now))
        .order_by(handoffs.c.due_at, handoffs.c.id)
        .limit(limit)
    )


def handoffs_misweighed(centre: CentreCode, limit: int) -> Select[Any]:
    """Select the ids of those whose ticket has another severity by now, with that severity."""
    is_its = and_(tickets.c.id == handoffs.c.ticket_id, tickets.c.centre == handoffs.c.centre)
    return (
        select(handoffs.c.id, tickets.c.severity)
        .join(tickets, is_its)
        .where(
            handoffs.c.centre == centre,
            handoffs.c.ended_at.is_(None),
            handoffs.c.purpose == Purpose.HANDOFF,
            handoffs.c.severity.is_distinct_from(tickets.c.severity),
        )
        .order_by(handoffs.c.requested_at, handoffs.c.id)
        .limit(limit)
    )


def handoff_histories(centre: CentreCode, found: Sequence[UUID]) -> Select[Any]:
    """Select what became of the handoffs `found`, of each oldest first."""
    return (
        select(handoff_events)
        .where(handoff_events.c.handoff_id.in_(found), handoff_events.c.centre == centre)
        .order_by(handoff_events.c.handoff_id, handoff_events.c.n)
    )


def handoff_latest(centre: CentreCode, found: Sequence[UUID]) -> Select[Any]:
    """Select the same from the last line of text on that was passed on, if there was one."""
    line = handoff_events.alias("line")
    last = (
        select(func.max(line.c.n))
        .where(
            line.c.handoff_id == handoffs.c.id,
            line.c.centre == centre,
            line.c.kind == EventKind.LINE,
        )
        .scalar_subquery()
        .correlate(handoffs)
    )
    since = (
        select(handoffs.c.id, func.coalesce(last, 0).label("n"))
        .where(handoffs.c.id.in_(found), handoffs.c.centre == centre)
        .subquery("since")
    )
    return (
        select(handoff_events)
        .join(since, handoff_events.c.handoff_id == since.c.id)
        .where(handoff_events.c.centre == centre, handoff_events.c.n >= since.c.n)
        .order_by(handoff_events.c.handoff_id, handoff_events.c.n)
    )


def last_handoff_event(centre: CentreCode, handoff: HandoffId) -> Select[int | None]:
    """Select the number of the last line of a handoff's history."""
    return select(func.max(handoff_events.c.n)).where(
        handoff_events.c.handoff_id == handoff, handoff_events.c.centre == centre
    )


def told_version(centre: CentreCode, ticket: TicketId) -> Select[int | None]:
    """Select the last version of a ticket by which anything changed that agencies are told."""
    return select(func.max(ticket_events.c.version)).where(
        ticket_events.c.ticket_id == ticket,
        ticket_events.c.centre == centre,
        ticket_events.c.field != "assignee",
    )


def duplicates_written_at(centre: CentreCode, ticket: TicketId) -> Select[datetime | None]:
    """Select when anything that agencies are told last changed on a ticket's duplicates."""
    holds = (
        ticket_links.c.centre == centre,
        ticket_links.c.kind == LinkKind.DUPLICATE,
        ticket_links.c.undone_at.is_(None),
    )
    duplicate = select(ticket_links.c.ticket_id).where(*holds)
    below = duplicate.where(ticket_links.c.other_id == ticket).cte("below", recursive=True)
    below = below.union(duplicate.where(ticket_links.c.other_id == below.c.ticket_id))
    return select(func.max(ticket_events.c.at)).where(
        ticket_events.c.ticket_id.in_(select(below.c.ticket_id)),
        ticket_events.c.centre == centre,
        ticket_events.c.field != "assignee",
    )


def done_once(centre: CentreCode, principal: str, key: str) -> Select[Any]:
    """Select what was done under a key."""
    return select(idempotency).where(
        idempotency.c.centre == centre,
        idempotency.c.principal == clean(principal),
        idempotency.c.key == clean(key),
    )


def link_target(digest: str) -> Select[Any]:
    """Select what the link with a secret of that digest opens."""
    return select(agency_links).where(agency_links.c.digest == digest)


# --- the outbox ------------------------------------------------------------------------------


def message_by_id(centre: CentreCode, message: MessageId) -> Select[Any]:
    """Select one message."""
    return select(outbox).where(outbox.c.id == message, outbox.c.centre == centre)


def messages_of(centre: CentreCode, handoff: HandoffId) -> Select[Any]:
    """Select the messages of a handoff in their order."""
    return (
        select(outbox)
        .where(outbox.c.handoff_id == handoff, outbox.c.centre == centre)
        .order_by(outbox.c.n)
    )


def messages_ready(
    centre: CentreCode,
    now: Instant,
    limit: int,
    without: Collection[tuple[AgencyCode, ChannelKind]],
) -> Select[Any]:
    """Select the messages that are to be tried now and are first in their lines.

    A line is what goes to one handoff by one rung. One waits for those before it, and for a
    request that was given up; only a cancellation goes past that, since the agency may have
    the request all the same.
    """
    earlier = outbox.alias("earlier")
    stands_before = (
        earlier.c.handoff_id == outbox.c.handoff_id,
        earlier.c.centre == outbox.c.centre,
        earlier.c.n < outbox.c.n,
        *(earlier.c[name] == outbox.c[name] for name in ("channel", "address", "contact")),
        or_(
            earlier.c.state == MessageState.WAITING,
            and_(
                earlier.c.state == MessageState.DEAD,
                earlier.c.kind == MessageKind.REQUEST,
                outbox.c.kind != MessageKind.CANCEL,
            ),
        ),
    )
    return (
        select(outbox)
        .where(
            outbox.c.centre == centre,
            outbox.c.state == MessageState.WAITING,
            outbox.c.next_try_at <= utc(now),
            *(
                or_(outbox.c.agency != agency, outbox.c.channel != channel)
                for agency, channel in without
            ),
            ~exists().where(*stands_before),
        )
        .order_by(outbox.c.next_try_at, outbox.c.id)
        .limit(limit)
    )


def messages_dead(
    centre: CentreCode, after: tuple[Instant, UUID] | None, limit: int
) -> Select[Any]:
    """Select the messages that were given up, newest first, that come after `after`."""
    return (
        select(outbox)
        .where(
            *_within(outbox, outbox.c.done_at, centre, {}, after),
            outbox.c.state == MessageState.DEAD,
        )
        .order_by(outbox.c.done_at.desc(), outbox.c.id.desc())
        .limit(limit)
    )


def update_message(item: OutboxItem) -> Update:
    """Update a message that waits, if nobody has tried it, or sent it again, meanwhile."""
    return update(outbox).where(
        outbox.c.id == item.id,
        outbox.c.centre == item.centre,
        outbox.c.state == MessageState.WAITING,
        outbox.c.tries == item.tries,
        outbox.c.since == utc(item.since),
    )


def undelivered(item: OutboxItem) -> Update:
    """Update a message that is not delivered, nor withdrawn."""
    return update(outbox).where(
        outbox.c.id == item.id,
        outbox.c.centre == item.centre,
        outbox.c.state.in_((MessageState.WAITING, MessageState.DEAD)),
    )


def overtaken(item: OutboxItem) -> Update:
    """Update those of a message's line before it that were given up: it says what they said."""
    this = outbox.alias("this")
    n = select(this.c.n).where(this.c.id == item.id, this.c.centre == item.centre)
    return update(outbox).where(
        outbox.c.handoff_id == item.handoff,
        outbox.c.centre == item.centre,
        outbox.c.n < n.scalar_subquery(),
        outbox.c.channel == item.rung.channel,
        outbox.c.address == item.rung.address,
        outbox.c.contact == item.rung.contact,
        outbox.c.state == MessageState.DEAD,
    )


def _within(
    table: Table,
    time: ColumnElement[Any],
    centre: CentreCode,
    filters: CallFilters | TicketFilters,
    after: tuple[Instant, UUID] | None,
) -> list[ColumnElement[bool]]:
    where = [table.c.centre == centre]
    if (since := filters.get("since")) is not None:
        where.append(time >= utc(since))
    if (until := filters.get("until")) is not None:
        where.append(time < utc(until))
    if after is not None:
        at, last = after
        place = tuple_(literal(utc(at), time.type), literal(last, table.c.id.type))
        where.append(tuple_(time, table.c.id) < place)
    return where
