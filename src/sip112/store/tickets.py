"""What people write on tickets: each change is based on what was seen, and kept for ever."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.routing.errors import TicketConflict, TicketNotFound
from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, TicketId, TicketNumber
from sip112.routing.ticket import (
    CLOSED,
    Ticket,
    TicketRecord,
    Written,
    parse_ticket_number,
    ticket_number,
)
from sip112.store import queries
from sip112.store.changes import close_handoffs, follow_ticket
from sip112.store.rows import TICKET_FIELDS, clean, ticket_of
from sip112.store.tables import ticket_events, utc


def ticket_query(centre: CentreCode, id_or_number: str) -> Select[Any] | None:
    """Select one ticket by either name; None if nobody could mean a ticket by it."""
    try:
        return queries.ticket_by_id(centre, TicketId(UUID(id_or_number)))
    except ValueError:
        return queries.ticket_by_number(centre, id_or_number)


def ticket_key(id_or_number: str) -> TicketId | TicketNumber:
    """Return what names a ticket as the ticket itself has it."""
    try:
        return TicketId(UUID(id_or_number))
    except ValueError:
        pass
    try:
        return ticket_number(*parse_ticket_number(id_or_number))
    except ValueError:
        return TicketNumber(id_or_number)


async def tickets_of(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[TicketRecord]:
    """Return the tickets of `rows`, which are all of one centre, with their calls."""
    if not rows:
        return []
    held = {row.assignee for row in rows if row.assignee is not None}
    names = {}
    if held:
        people = await connection.execute(queries.names_of(held))
        names = {row.id: row.name for row in people}
    calls: dict[UUID, list[CallId]] = {row.id: [] for row in rows}
    query = queries.calls_of_tickets(rows[0].centre, list(calls))
    found = (await connection.execute(query)).all()
    for row in sorted(found, key=lambda row: (row.arrived_at, row.id)):
        calls[row.ticket_id].append(row.id)
    numbers = await _numbers_of_parents(connection, rows)
    return [ticket_of(row, calls[row.id] or _opener(row), names, numbers) for row in rows]


async def _numbers_of_parents(
    connection: AsyncConnection, rows: Sequence[Row[Any]]
) -> dict[UUID, str]:
    """Return the numbers of what those of `rows` are duplicates of that are any."""
    parents = {row.parent_id for row in rows} - {None}
    numbers = {row.id: row.number for row in rows}
    if parents <= numbers.keys():
        return numbers
    query = queries.numbers_of(rows[0].centre, list(parents))
    return {row.id: row.number for row in await connection.execute(query)}


def _opener(row: Row[Any]) -> list[CallId]:
    """Return the call that opened a ticket, of which there is no row."""
    return [] if row.call_id is None else [CallId(row.call_id)]


def as_opened(ticket: Ticket, answered: tuple[AgentId, Instant] | None) -> TicketRecord:
    """Return `ticket` as it will be stored: nobody has written anything on it yet.

    It is theirs who answers for the caller (`routing.assignment`).
    """
    agent, changed_at = answered or (None, ticket.opened_at)
    return TicketRecord(
        id=ticket.id,
        number=ticket.number,
        centre=ticket.centre,
        opened_at=ticket.opened_at,
        changed_at=changed_at,
        version=1 if agent is None else 2,
        calls=() if ticket.call is None else (ticket.call,),
        assignee=agent,
        domain=ticket.domain,
    )


def checked(changes: Mapping[str, Written]) -> dict[str, Written]:
    """Return `changes` as they can be stored; ValueError if a ticket cannot be changed so."""
    wanted = {field: _storable(value) for field, value in changes.items()}
    if unknown := wanted.keys() - set(TICKET_FIELDS):
        msg = f"these cannot be changed on a ticket: {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    if wanted.get("status", "") is None:
        msg = "a ticket always has a status"
        raise ValueError(msg)
    return wanted


def _storable(value: Written) -> Written:
    if isinstance(value, str):
        return clean(value)
    return None if value is None else value + 0.0  # there is one zero, with one name


def _told(value: Written) -> str | None:
    """Return `value` as the journal of tickets keeps it; different numbers differ there too."""
    return value if value is None or isinstance(value, str) else repr(value)


async def change(
    connection: AsyncConnection,
    centre: CentreCode,
    ticket_id: TicketId,
    wanted: Mapping[str, Written],
    if_version: int,
    by: str,
) -> TicketRecord:
    """Change a ticket in the transaction of `connection`; see `Store.change_ticket`.

    The change follows to the agencies that act on it.
    """
    query = queries.ticket_by_id(centre, ticket_id)
    found = await connection.execute(query.with_for_update())
    current = next(iter(await tickets_of(connection, found.all())), None)
    if current is None:
        raise TicketNotFound(str(ticket_id))
    if current.version != if_version:
        if await _was_made(connection, current, wanted, if_version, by):
            return current
        raise TicketConflict(current)
    new = {field: value for field, value in wanted.items() if value != getattr(current, field)}
    if not new:
        return current
    at = Instant(time.time())
    if new.get("status") == CLOSED:
        await close_handoffs(connection, centre, ticket_id, at, by)
    await write(connection, current, new, at, by)
    if new.keys() - {"assignee"}:  # whose it is within the centre is nothing to agencies
        await follow_ticket(connection, centre, ticket_id, at)
        if current.parent is not None:  # whose agencies are told of its duplicates
            await follow_ticket(connection, centre, current.parent, at)
    changed = await connection.execute(query)
    return (await tickets_of(connection, changed.all()))[0]


async def write(
    connection: AsyncConnection,
    current: TicketRecord,
    new: Mapping[str, Written],
    at: Instant,
    by: str,
) -> None:
    """Write new values of a ticket's fields, and who has changed what."""
    told = {field: (getattr(current, field), value) for field, value in new.items()}
    await write_down(connection, current, new, told, at, by)


async def write_down(
    connection: AsyncConnection,
    current: TicketRecord,
    columns: Mapping[str, Any],
    told: Mapping[str, tuple[Written, Written]],
    at: Instant,
    by: str,
) -> None:
    """Write columns of a ticket, and into its journal what was and what is by now, by field."""
    now, centre, ticket_id = utc(at), current.centre, current.id
    version = current.version + 1
    await connection.execute(
        queries.update_ticket(centre, ticket_id).values(**columns, version=version, changed_at=now)
    )
    await connection.execute(
        insert(ticket_events),
        [
            {
                "centre": centre,
                "ticket_id": ticket_id,
                "version": version,
                "field": field,
                "at": now,
                "by": by,
                "old": _told(old),
                "new": _told(value),
            }
            for field, (old, value) in told.items()
        ],
    )


async def _was_made(
    connection: AsyncConnection,
    current: TicketRecord,
    wanted: Mapping[str, Written],
    if_version: int,
    by: str,
) -> bool:
    """Whether this very change was made on `if_version` already, by the same person.

    Whoever lost the answer to a change, since a connection was cut in mid-commit, asks again.
    """
    query = queries.ticket_changes(current.centre, current.id, after=if_version)
    changes = (await connection.execute(query)).all()
    made = {row.field: row.new for row in changes if row.version == if_version + 1}
    if not made or any(row.by != by for row in changes if row.version == if_version + 1):
        return False
    # What the ticket said at `if_version`: what the first change since then replaced.
    before = {field: _told(getattr(current, field)) for field in wanted}
    before |= {row.field: row.old for row in reversed(changes)}
    asked = {field: _told(value) for field, value in wanted.items()}
    return made == {field: value for field, value in asked.items() if value != before[field]}
