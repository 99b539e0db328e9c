"""What was said of tickets that belong together, read in the transaction of a connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.dispatch.dossier import Other
from sip112.dispatch.ids import LinkId
from sip112.dispatch.links import LinkKind, TicketLink, ties
from sip112.routing.call import Caller
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.store import queries
from sip112.store.tables import instant, utc
from sip112.store.tickets import tickets_of


async def links_of(
    connection: AsyncConnection, centre: CentreCode, tickets: Iterable[TicketId]
) -> tuple[TicketLink, ...]:
    """Return what was said of `tickets`, and of all that is one incident with them, oldest first.

    What was taken back too.
    """
    found: dict[LinkId, TicketLink] = {}
    seen: set[TicketId] = set()
    front = set(tickets)
    while front:
        seen |= front
        rows = await connection.execute(queries.links_at(centre, list(front)))
        new = [link_of(row) for row in rows]
        found |= {each.id: each for each in new}
        one = [each for each in new if each.holds and each.kind is LinkKind.DUPLICATE]
        front = {end for each in one for end in (each.ticket, each.other)} - seen
    return tuple(sorted(found.values(), key=lambda each: (each.at, each.id)))


async def others_of(
    connection: AsyncConnection,
    centre: CentreCode,
    ticket: TicketId,
    links: Collection[TicketLink],
) -> dict[TicketId, Other]:
    """Return the tickets that `links` tie, or tied, to one."""
    wanted = {each.other for each in ties(ticket, links)}
    for link in links:
        if ticket in {link.ticket, link.other}:
            wanted |= {link.ticket, link.other}
    wanted -= {ticket}
    if not wanted:
        return {}
    callers: dict[UUID, list[Caller]] = defaultdict(list)
    for row in await connection.execute(queries.callers_of(centre, list(wanted))):
        callers[row.ticket_id].append(Caller(row.caller_number, row.caller_name))
    rows = (await connection.execute(queries.tickets_by_id(centre, list(wanted)))).all()
    return {
        each.id: Other(each, tuple(callers[each.id])) for each in await tickets_of(connection, rows)
    }


def link_of(row: Row[Any]) -> TicketLink:
    """Return the link that a row of `ticket_links` holds."""
    return TicketLink(
        id=LinkId(row.id),
        centre=CentreCode(row.centre),
        kind=LinkKind(row.kind),
        ticket=TicketId(row.ticket_id),
        other=TicketId(row.other_id),
        at=instant(row.at),
        by=row.by,
        reason=row.reason,
        version=row.version,
        undone_at=None if row.undone_at is None else instant(row.undone_at),
        undone_by=row.undone_by,
        undone_reason=row.undone_reason,
    )


def link_row(link: TicketLink) -> dict[str, Any]:
    """Return the row of `ticket_links`."""
    return {
        "centre": link.centre,
        "id": link.id,
        "kind": link.kind,
        "ticket_id": link.ticket,
        "other_id": link.other,
        "at": utc(link.at),
        "by": link.by,
        "reason": link.reason,
        "version": link.version,
        "undone_at": _time(link.undone_at),
        "undone_by": link.undone_by,
        "undone_reason": link.undone_reason,
    }


def _time(at: Instant | None) -> Any:
    return None if at is None else utc(at)
