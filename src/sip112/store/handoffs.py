"""The handoffs of incidents to agencies, what became of each.

Everything that changes a handoff locks its ticket, and then itself (`changes`). What agencies are
told goes through the outbox (`outbox`), into which it is written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, Unpack

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import (
    AlreadyHandedOff,
    HandoffNotFound,
    TicketClosed,
    TicketMerged,
)
from sip112.dispatch.handoff import Change, Handoff, HandoffEvent
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.once import Once
from sip112.dispatch.outbox import LinkTarget, Make, OutboxItem
from sip112.dispatch.referrals import REFERRED
from sip112.routing.errors import TicketNotFound
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.ticket import CLOSED, TicketRecord
from sip112.routing.value import value
from sip112.store import queries, tickets
from sip112.store.changes import begin_handoffs, change_handoff
from sip112.store.connecting import Changing, Connecting
from sip112.store.dossiers import dossier_of, histories_of, latest_of
from sip112.store.handoff_rows import handoff_of
from sip112.store.once import done_before, remember
from sip112.store.queries import HandoffFilters
from sip112.store.rows import clean, cleaned
from sip112.store.tables import agency_links, instant, kept_now, utc

LINKS_KEPT_S: Final = 30 * 24 * 3600.0
"""Seconds for which a link that has expired is known: whoever opens it then learns that it has."""


@value
class Requested:
    """What came of passing an incident on."""

    handoffs: tuple[Handoff, ...]
    """Those that were begun; as they are by now if the same was asked for before."""
    ticket: TicketRecord
    """As it is by now."""
    items: tuple[OutboxItem, ...] = ()
    """What is to be sent, for the courier; nothing if the same was asked for before."""
    is_new: bool = False
    """Whether it was not asked for before."""
    written: bool = False
    """Whether the ticket was changed by it."""


Stored = Callable[[Requested], Awaitable[None]]
"""Is told what was done as soon as it is in the database. Never fails, and is soon done."""


async def _nobody(_: Requested) -> None:
    """Hear of it where nothing is sent."""


class Handoffs:
    """What is kept of handoffs. Everything raises StoreUnavailable (see `Store`)."""

    def __init__(self, reading: Connecting, writing: Connecting, changing: Changing) -> None:
        self._reading = reading
        self._writing = writing
        self._changing = changing

    # --- changing ----------------------------------------------------------------------------

    async def request(
        self,
        centre: CentreCode,
        ticket_id: TicketId,
        once: Once | None,
        decide: Callable[[Dossier], Sequence[Change]],
        make: Make,
        stored: Stored = _nobody,
        *,
        journal: bool = False,
    ) -> Requested:
        """Pass an incident on, as `decide` says, and have `make` write what is sent first.

        With `journal` that can tell of the calls from their beginning. What was done is told
        to `stored` as soon as it is in the database.

        Nothing is done twice under the key of `once`, KeyReused if it was something else.
        AlreadyHandedOff if one of the agencies has the incident and has not ended,
        TicketMerged, TicketClosed, TicketNotFound; and StoreUnavailable also while the ticket
        itself still waits to be written. All is written, or nothing.
        """
        async with self._changing(centre, ticket_id) as connection:
            made = await _request(
                connection, centre, ticket_id, once, decide, make, journal=journal
            )
            await _store(connection, made, stored)
            return made

    async def refer(
        self,
        centre: CentreCode,
        ticket_id: TicketId,
        once: Once | None,
        decide: Callable[[Dossier], Change],
        make: Make,
        stored: Stored = _nobody,
    ) -> Requested:
        """Refer the caller of an incident, likewise, and have its ticket say so.

        If somebody has written already what became of it, that stays.
        """
        async with self._changing(centre, ticket_id) as connection:
            made = await _request(
                connection, centre, ticket_id, once, lambda dossier: [decide(dossier)], make
            )
            if made.is_new and made.ticket.disposition is None:
                (referral,) = made.handoffs
                wrote = await tickets.change(
                    connection,
                    centre,
                    ticket_id,
                    {"disposition": REFERRED},
                    made.ticket.version,
                    referral.requested_by,
                )
                made = replace(made, ticket=wrote, written=True)
            await _store(connection, made, stored)
            return made

    async def change(
        self,
        centre: CentreCode,
        handoff_id: HandoffId,
        decide: Callable[[Handoff], Change | None],
        once: Once | None = None,
    ) -> Change:
        """Have `decide` say what becomes of a handoff, and write it; None is nothing.

        Returned is what was written: with it an update, if the agency has just accepted and
        was told of an older version of the ticket; without messages that say nothing new. What
        was done under the key of `once` already is not done again. HandoffNotFound, KeyReused,
        and whatever `decide` raises: nothing is written then.
        """
        async with self._writing() as connection:
            query = queries.handoff_by_id(centre, handoff_id)
            row = (await connection.execute(query)).first()
            if row is None:
                raise HandoffNotFound(handoff_id)
            ticket = queries.ticket_by_id(centre, TicketId(row.ticket_id))
            await connection.execute(ticket.with_for_update())
            row = (await connection.execute(query.with_for_update())).one()
            before = handoff_of(row)
            if await done_before(connection, centre, once) is not None:
                return Change(before)
            change: Change | None = cleaned(decide(before))
            at = kept_now()
            if change is None:
                change = Change(before)
            else:
                change = await change_handoff(connection, before, change, at)
            await remember(connection, centre, once, [handoff_id], at)
            return change

    # --- reading -----------------------------------------------------------------------------

    async def one(self, centre: CentreCode, handoff_id: HandoffId) -> Handoff | None:
        """Return one handoff."""
        async with self._reading() as connection:
            row = (await connection.execute(queries.handoff_by_id(centre, handoff_id))).first()
            return None if row is None else handoff_of(row)

    async def of_ticket(self, centre: CentreCode, ticket_id: TicketId) -> list[Handoff]:
        """Return the handoffs of a ticket in the order in which they were requested."""
        async with self._reading() as connection:
            found = await connection.execute(queries.handoffs_of(centre, ticket_id))
            return [handoff_of(row) for row in found]

    async def histories(
        self, centre: CentreCode, handoffs: Sequence[Handoff]
    ) -> dict[HandoffId, tuple[HandoffEvent, ...]]:
        """Return what became of each of `handoffs`, oldest first."""
        async with self._reading() as connection:
            return await histories_of(connection, centre, handoffs)

    async def latest(
        self, centre: CentreCode, handoffs: Sequence[Handoff]
    ) -> dict[HandoffId, tuple[HandoffEvent, ...]]:
        """Return what became of each since a line of text was last passed on, that included.

        Where there was none, all of it. It says who has not answered, and whom a person must
        tell, as the whole does, of which there may be a long conversation.
        """
        async with self._reading() as connection:
            return await latest_of(connection, centre, handoffs)

    async def page(
        self,
        centre: CentreCode,
        *,
        after: tuple[Instant, HandoffId] | None = None,
        limit: int = 100,
        **filters: Unpack[HandoffFilters],
    ) -> list[Handoff]:
        """Return handoffs, newest first; `after` is the place of the last of the page before."""
        async with self._reading() as connection:
            found = await connection.execute(queries.handoffs_page(centre, filters, after, limit))
            return [handoff_of(row) for row in found]

    async def due(self, centre: CentreCode, now: Instant, limit: int = 100) -> list[HandoffId]:
        """Return those whose time is over, the longest overdue first."""
        async with self._reading() as connection:
            found = await connection.scalars(queries.handoffs_due(centre, now, limit))
            return [HandoffId(each) for each in found]

    async def misweighed(
        self, centre: CentreCode, limit: int = 100
    ) -> list[tuple[HandoffId, str | None]]:
        """Return those asked for from here whose ticket has another severity by now, with that."""
        async with self._reading() as connection:
            found = await connection.execute(queries.handoffs_misweighed(centre, limit))
            return [(HandoffId(row.id), row.severity) for row in found]

    async def dossier(self, centre: CentreCode, ticket_id: TicketId) -> Dossier | None:
        """Return everything about one incident; None if no such ticket is stored."""
        async with self._reading() as connection:
            return await dossier_of(connection, centre, ticket_id)

    async def link(self, digest: str) -> LinkTarget | None:
        """Return what a link opens, expired or not; None if none of this digest was made."""
        async with self._reading() as connection:
            row = (await connection.execute(queries.link_target(clean(digest)))).first()
            if row is None:
                return None
            return LinkTarget(
                CentreCode(row.centre),
                HandoffId(row.handoff_id),
                row.contact,
                instant(row.expires_at),
            )

    async def forget_links(self, centre: CentreCode, now: Instant) -> int:
        """Forget links that expired long ago, and return how many."""
        long_ago = agency_links.c.expires_at < utc(Instant(now - LINKS_KEPT_S))
        of_centre = agency_links.c.centre == centre
        async with self._writing() as connection:
            return (
                await connection.execute(delete(agency_links).where(of_centre, long_ago))
            ).rowcount


async def _request(
    connection: AsyncConnection,
    centre: CentreCode,
    ticket_id: TicketId,
    once: Once | None,
    decide: Callable[[Dossier], Sequence[Change]],
    make: Make,
    *,
    journal: bool = False,
) -> Requested:
    dossier = await dossier_of(connection, centre, ticket_id, lock=True, journal=journal)
    if dossier is None:
        raise TicketNotFound(str(ticket_id))
    if (made := await done_before(connection, centre, once)) is not None:
        there = {each.id: each for each in dossier.handoffs}
        return Requested(tuple(there[HandoffId(each)] for each in made), dossier.ticket)
    if dossier.ticket.parent is not None:
        raise TicketMerged(dossier.ticket)
    if dossier.ticket.status == CLOSED:
        raise TicketClosed(dossier.ticket)
    changes: list[Change] = cleaned(list(decide(dossier)))
    check_agencies(dossier, changes)
    at = kept_now()
    items = await begin_handoffs(connection, dossier, changes, at, make)
    begun = tuple(each.handoff for each in changes)
    await remember(connection, centre, once, [each.id for each in begun], at)
    return Requested(begun, dossier.ticket, tuple(items), is_new=True)


async def _store(connection: AsyncConnection, made: Requested, stored: Stored) -> None:
    """Store what was done, and tell of it.

    Not when the connection is given back, which takes as long again.
    """
    await connection.commit()
    await stored(made)


def check_agencies(dossier: Dossier, changes: Sequence[Change]) -> None:
    """Raise AlreadyHandedOff if an agency has to do with the incident already."""
    has_it = {each.agency: each for each in dossier.handoffs if not each.ended}
    for change in changes:
        agency = change.handoff.agency
        if agency in has_it:
            raise AlreadyHandedOff(has_it[agency])
        has_it[agency] = change.handoff
