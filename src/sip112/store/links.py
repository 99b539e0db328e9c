"""Which tickets belong together: what people say of two, and what follows for each.

Of those who say something at once the second waits (`one_at_a_time`), and only then are tickets
locked, in one order, and after them handoffs, as whatever changes those does (`changes`). What a
ticket's row says of its parent follows from what was said, for lists and counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.dispatch.dossier import Other
from sip112.dispatch.errors import LinkNotFound
from sip112.dispatch.handoff import Purpose
from sip112.dispatch.ids import AgencyCode, LinkId
from sip112.dispatch.links import (
    DUPLICATE_OF,
    KNOWN_ALREADY,
    Linked,
    Linking,
    LinkKind,
    TicketLink,
    Turn,
    restored,
    said_already,
    ties,
    top,
    turns,
)
from sip112.dispatch.once import Once
from sip112.people.audit import new_id
from sip112.routing.errors import TicketNotFound
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.ticket import CLOSED, TicketRecord, Written
from sip112.store import queries
from sip112.store.changes import follow_ticket
from sip112.store.connecting import Changing, Connecting
from sip112.store.handoff_rows import handoff_of
from sip112.store.link_rows import link_row, links_of, others_of
from sip112.store.once import done_before, remember
from sip112.store.rows import cleaned
from sip112.store.statements import one_at_a_time
from sip112.store.tables import kept_now, ticket_links, tickets, utc
from sip112.store.tickets import tickets_of, write_down

_WAITED_FOR: Final = frozenset({Purpose.HANDOFF, Purpose.RECEIVED})
"""Handoffs for which a duplicate stays open: somebody still acts, or waits for an answer."""


class Links:
    """What is kept of tickets that belong together. StoreUnavailable (see `Store`)."""

    def __init__(self, reading: Connecting, changing: Changing) -> None:
        self._reading = reading
        self._changing = changing

    async def of(
        self, centre: CentreCode, ticket: TicketId
    ) -> tuple[tuple[TicketLink, ...], Mapping[TicketId, Other]]:
        """Return what was said of a ticket, and the others; see `links_of`."""
        async with self._reading() as connection:
            links = await links_of(connection, centre, [ticket])
            return links, await others_of(connection, centre, ticket, links)

    async def link(
        self,
        centre: CentreCode,
        kind: LinkKind,
        ticket: TicketId,
        other: TicketId,
        by: str,
        reason: str,
        once: Once | None = None,
    ) -> Linking:
        """Say that `ticket` is a duplicate of `other`, or related to it; under a key once.

        A duplicate says so in its disposition, unless somebody has written another, and is closed,
        unless an agency has it that has not ended. Agencies that act on any of these tickets are
        told. SameTicket, DuplicateAlready, DuplicateOfThis, KeyReused, TicketNotFound.
        """
        async with self._changing(centre, ticket, other) as connection:
            await one_at_a_time(connection, ticket_links)
            links = await links_of(connection, centre, [ticket, other])
            at = kept_now()
            done = await done_before(connection, centre, once)
            known = (
                said_already(kind, ticket, other, links)
                if done is None
                else next(each for each in links if each.id in done)
            )
            if known is not None:
                if done is None:
                    await remember(connection, centre, once, [known.id], at)
                return await _as_it_is(connection, known, ticket)
            goes_to = top(other, links) if kind is LinkKind.DUPLICATE else other
            new = cleaned(
                TicketLink(LinkId(new_id(at)), centre, kind, ticket, goes_to, at, by, reason)
            )
            told = turns(new, links, (*links, new))
            there = await _locked(connection, centre, [each.ticket for each in told])
            new = new.evolve(version=there[ticket].version + 1)
            held: tuple[AgencyCode, ...] = ()
            fields: dict[str, Written] = {}
            if kind is LinkKind.DUPLICATE:
                held = await _held(connection, there[ticket])
                fields = _closing(there[ticket], held)
            await connection.execute(insert(ticket_links), link_row(new))
            await _turn(connection, new, told, there, {ticket: fields}, new.by, at)
            await remember(connection, centre, once, [new.id], at)
            return await _changed(connection, new, told, {ticket: fields}, ticket, held)

    async def unlink(
        self, centre: CentreCode, ticket: TicketId, link: LinkId, by: str, reason: str
    ) -> Linking:
        """Take back what was said of a ticket and another one; once more changes nothing.

        What a duplicate said by that alone is taken back too: it is open again. LinkNotFound.
        """
        async with self._changing(centre, ticket) as connection:
            await one_at_a_time(connection, ticket_links)
            links = await links_of(connection, centre, [ticket])
            known = _named(link, ticket, links)
            if not known.holds:
                return await _as_it_is(connection, known, ticket)
            at = kept_now()
            undone = cleaned(known.evolve(undone_at=at, undone_by=by, undone_reason=reason))
            after = tuple(undone if each.id == link else each for each in links)
            told = turns(undone, links, after)
            there = await _locked(connection, centre, [each.ticket for each in told])
            one = update(ticket_links).where(
                ticket_links.c.id == link, ticket_links.c.centre == centre
            )
            await connection.execute(one, link_row(undone))
            fields: dict[TicketId, Mapping[str, Written]] = {}
            if known.kind is LinkKind.DUPLICATE:
                fields[known.ticket] = await _restored(connection, known, there[known.ticket])
            await _turn(connection, undone, told, there, fields, undone.undone_by, at)
            return await _changed(connection, undone, told, fields, ticket)


def _named(link: LinkId, ticket: TicketId, links: Collection[TicketLink]) -> TicketLink:
    """Return the link of that name, if it has to do with the ticket."""
    shown = {each.link.id for each in ties(ticket, links)}
    for each in links:
        if each.id == link and (link in shown or ticket in {each.ticket, each.other}):
            return each
    raise LinkNotFound(link)


async def _locked(
    connection: AsyncConnection, centre: CentreCode, found: Iterable[TicketId]
) -> dict[TicketId, TicketRecord]:
    """Lock tickets, always in one order, and return them. TicketNotFound."""
    wanted = set(found)
    query = queries.tickets_by_id(centre, list(wanted)).order_by(tickets.c.id).with_for_update()
    rows = (await connection.execute(query)).all()
    there = {each.id: each for each in await tickets_of(connection, rows)}
    for missing in wanted - there.keys():
        raise TicketNotFound(str(missing))
    return there


async def _held(connection: AsyncConnection, ticket: TicketRecord) -> tuple[AgencyCode, ...]:
    """Return the agencies for whose handoffs an open duplicate is not closed."""
    if ticket.status == CLOSED:
        return ()
    rows = await connection.execute(queries.handoffs_open(ticket.centre, ticket.id))
    return tuple(each.agency for each in map(handoff_of, rows) if each.purpose in _WAITED_FOR)


def _closing(ticket: TicketRecord, held: Sequence[AgencyCode]) -> dict[str, Written]:
    fields: dict[str, Written] = {}
    if ticket.disposition is None:
        fields["disposition"] = KNOWN_ALREADY
    if ticket.status != CLOSED and not held:
        fields["status"] = CLOSED
    return fields


async def _restored(
    connection: AsyncConnection, link: TicketLink, ticket: TicketRecord
) -> Mapping[str, Written]:
    query = queries.ticket_changes(link.centre, link.ticket, after=link.version - 1)
    rows = (await connection.execute(query)).all()
    last = {
        row.field: (row.version, row.old) for row in rows if row.field in {"status", "disposition"}
    }
    now = {"status": ticket.status, "disposition": ticket.disposition}
    return restored(link, now, last)


async def _turn(
    connection: AsyncConnection,
    link: TicketLink,
    told: Sequence[Turn],
    there: Mapping[TicketId, TicketRecord],
    fields: Mapping[TicketId, Mapping[str, Written]],
    by: str,
    at: Instant,
) -> None:
    """Write what has become of each ticket, and have it follow to the agencies that act."""
    named = {each for turn in told for each in (turn.old, turn.new) if each is not None}
    rows = await connection.execute(queries.numbers_of(link.centre, list(named)))
    numbers = {row.id: row.number for row in rows}
    for turn in told:
        ticket = there[turn.ticket]
        own = fields.get(turn.ticket, {})
        columns: dict[str, Any] = {"linked_at": utc(at), **own}
        if turn.field == DUPLICATE_OF:
            columns["parent_id"] = turn.new
        journal: dict[str, tuple[Written, Written]] = {
            turn.field: (_number(turn.old, numbers), _number(turn.new, numbers)),
            **{name: (getattr(ticket, name), new) for name, new in own.items()},
        }
        await write_down(connection, ticket, columns, journal, at, by)
    for turn in sorted(told, key=lambda each: each.ticket):
        await follow_ticket(connection, link.centre, turn.ticket, at)


def _number(ticket: TicketId | None, numbers: Mapping[Any, str]) -> str | None:
    return None if ticket is None else numbers[ticket]


async def _changed(
    connection: AsyncConnection,
    link: TicketLink,
    told: Sequence[Turn],
    fields: Mapping[TicketId, Mapping[str, Written]],
    ticket: TicketId,
    held: tuple[AgencyCode, ...] = (),
) -> Linking:
    found = [turn.ticket for turn in told]
    rows = (await connection.execute(queries.tickets_by_id(link.centre, [*found, ticket]))).all()
    there = {each.id: each for each in await tickets_of(connection, rows)}
    changed = tuple(
        Linked(there[turn.ticket], (turn.field, *fields.get(turn.ticket, {}))) for turn in told
    )
    return Linking(link, there[ticket], changed, held)


async def _as_it_is(connection: AsyncConnection, link: TicketLink, ticket: TicketId) -> Linking:
    """Return a link that changes nothing."""
    rows = (await connection.execute(queries.tickets_by_id(link.centre, [ticket]))).all()
    (now,) = await tickets_of(connection, rows)
    held = await _held(connection, now) if link.holds and now.parent is not None else ()
    return Linking(link, now, held=held)
