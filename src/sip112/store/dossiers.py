"""Everything about one incident, read in the transaction of a connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.dispatch.dossier import Dossier, Other
from sip112.dispatch.handoff import Handoff, HandoffEvent
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.links import TicketLink
from sip112.routing.effects import Record
from sip112.routing.ids import CentreCode, TicketId
from sip112.store import queries
from sip112.store.handoff_rows import event_of, handoff_of, ticket_change_of
from sip112.store.link_rows import links_of, others_of
from sip112.store.rows import RECORD, call_of
from sip112.store.tickets import tickets_of


async def dossier_of(
    connection: AsyncConnection,
    centre: CentreCode,
    ticket_id: TicketId,
    *,
    lock: bool = False,
    journal: bool = False,
) -> Dossier | None:
    """Return a dossier, with the journal of its calls if asked for; None if there is no ticket.

    With `lock` nobody changes the ticket, and nobody its handoffs, until the transaction ends.
    """
    query = queries.ticket_by_id(centre, ticket_id)
    found = (await connection.execute(query.with_for_update() if lock else query)).all()
    if not found:
        return None
    rows = await connection.execute(queries.calls_of_ticket(centre, ticket_id))
    calls = sorted(map(call_of, rows), key=lambda call: (call.arrived_at, call.id))
    records: list[Record] = []
    for call in calls if journal else ():
        entries = await connection.scalars(queries.entries_of_call(centre, call.id))
        records += map(RECORD.validate_json, entries)
    changes = await connection.execute(queries.ticket_changes(centre, ticket_id, after=0))
    rows = await connection.execute(queries.handoffs_of(centre, ticket_id))
    handoffs = tuple(handoff_of(row) for row in rows)
    links: tuple[TicketLink, ...] = ()
    others: dict[TicketId, Other] = {}
    if found[0].linked_at is not None:
        links = await links_of(connection, centre, [ticket_id])
        others = await others_of(connection, centre, ticket_id, links)
    return Dossier(
        ticket=(await tickets_of(connection, found))[0],
        calls=tuple(calls),
        changes=tuple(ticket_change_of(row) for row in changes),
        handoffs=handoffs,
        events=await histories_of(connection, centre, handoffs),
        records=tuple(records),
        links=links,
        others=others,
    )


async def histories_of(
    connection: AsyncConnection, centre: CentreCode, handoffs: Sequence[Handoff]
) -> dict[HandoffId, tuple[HandoffEvent, ...]]:
    """Return what became of each of `handoffs`, oldest first."""
    return await _by_handoff(connection, queries.handoff_histories, centre, handoffs)


async def latest_of(
    connection: AsyncConnection, centre: CentreCode, handoffs: Sequence[Handoff]
) -> dict[HandoffId, tuple[HandoffEvent, ...]]:
    """Return the same from the last line of text on that was passed on, if there was one."""
    return await _by_handoff(connection, queries.handoff_latest, centre, handoffs)


async def _by_handoff(
    connection: AsyncConnection,
    select: Callable[[CentreCode, Sequence[UUID]], Select[Any]],
    centre: CentreCode,
    handoffs: Sequence[Handoff],
) -> dict[HandoffId, tuple[HandoffEvent, ...]]:
    if not handoffs:
        return {}
    query = select(centre, [each.id for each in handoffs])
    rows: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in await connection.execute(query):
        rows[row.handoff_id].append(row)
    return {each.id: tuple(map(event_of, rows[each.id])) for each in handoffs}
