"""Incidents that went from one centre to another: what the other one asks for, and what it tells.

Everything locks the ticket first, as whatever changes a handoff does (`changes`). What a neighbour
says of an incident is written into fields that nobody here has written, and never over what anybody
has; what happened there is kept beside our own journals, once by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.dispatch.dossier import Dossier, TicketChange
from sip112.dispatch.errors import HandoffNotFound
from sip112.dispatch.handoff import Change, Handoff, Purpose
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.dispatch.once import Once
from sip112.dispatch.timeline import About, Moment
from sip112.routing.errors import TicketNotFound
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.ticket import CLOSED, TicketRecord, Written
from sip112.routing.value import value
from sip112.store import queries
from sip112.store.changes import change_handoff, follow_ticket
from sip112.store.connecting import Changing, Connecting
from sip112.store.dossiers import dossier_of
from sip112.store.handoff_rows import (
    event_row,
    handoff_of,
    handoff_row,
    reason_json,
    reason_of,
)
from sip112.store.handoffs import check_agencies
from sip112.store.once import done_before, remember
from sip112.store.rows import cleaned
from sip112.store.statements import insert_new
from sip112.store.tables import (
    handoff_events,
    handoffs,
    instant,
    kept_now,
    neighbour_moments,
    utc,
)
from sip112.store.tickets import checked, write

MOST: Final = 2_000
"""Moments of one incident that are kept of one neighbour; beyond them nothing new is."""


@value
class Told:
    """What a neighbour tells of an incident."""

    neighbour: AgencyCode
    fields: Mapping[str, Written]
    """Of the ticket."""
    moments: Sequence[Moment] = ()


@value
class Taken:
    """What came of it."""

    change: Change
    """Of the handoff."""
    ticket: TicketRecord | None = None
    """As it has become, if it has changed."""


class Neighbours:
    """What is kept of neighbours. Everything raises StoreUnavailable (see `Store`)."""

    def __init__(self, reading: Connecting, writing: Connecting, changing: Changing) -> None:
        self._reading = reading
        self._writing = writing
        self._changing = changing

    async def receive(
        self,
        centre: CentreCode,
        ticket: TicketId,
        told: Told,
        decide: Callable[[Dossier], Change],
        once: Once | None = None,
    ) -> Taken:
        """Take an incident that a neighbour passes on, for which there is a ticket.

        A ticket that was closed is open again. What is known by its identifier already, or was
        taken under the key of `once`, is not begun twice. AlreadyHandedOff if the neighbour has to
        do with the incident in another way; KeyReused, TicketNotFound, HandoffNotFound if the
        identifier is another's.
        """
        async with self._changing(centre, ticket) as connection:
            dossier = await dossier_of(connection, centre, ticket, lock=True)
            if dossier is None:
                raise TicketNotFound(str(ticket))
            change: Change = cleaned(decide(dossier))
            handoff = change.handoff
            known = await _known(connection, centre, handoff.id)
            if known is not None and not _is_same(known, handoff):
                raise HandoffNotFound(handoff.id)
            done = await done_before(connection, centre, once)
            if known is not None and done is not None:
                return Taken(Change(known))
            at = kept_now()
            if known is None:
                check_agencies(dossier, [change])
                await _begin(connection, change)
            changed = await _write(connection, dossier, told, at, again=known is None)
            await remember(connection, centre, once, [handoff.id], at)
            return Taken(change if known is None else Change(known), changed)

    async def take(
        self,
        centre: CentreCode,
        handoff_id: HandoffId,
        told: Told,
        decide: Callable[[Handoff], Change | None],
        once: Once | None = None,
    ) -> Taken:
        """Take what a neighbour tells of a handoff that there is; `decide` says what becomes of it.

        HandoffNotFound also if it is with somebody else; KeyReused, and whatever `decide` raises.
        """
        async with self._writing() as connection:
            known = await _known(connection, centre, handoff_id)
            if known is None or known.agency != told.neighbour:
                raise HandoffNotFound(handoff_id)
            dossier = await dossier_of(connection, centre, known.ticket, lock=True)
            if dossier is None:
                raise HandoffNotFound(handoff_id)
            query = queries.handoff_by_id(centre, handoff_id).with_for_update()
            known = handoff_of((await connection.execute(query)).one())
            if await done_before(connection, centre, once) is not None:
                return Taken(Change(known))
            change: Change | None = cleaned(decide(known))
            at = kept_now()
            ticket = await _write(connection, dossier, told, at)
            if change is not None:
                change = await change_handoff(connection, known, change, at)
            await remember(connection, centre, once, [handoff_id], at)
            return Taken(change or Change(known), ticket)

    async def moments(self, centre: CentreCode, ticket: TicketId) -> tuple[Moment, ...]:
        """Return what happened in an incident at other centres, oldest first."""
        async with self._reading() as connection:
            found = await connection.execute(_moments(centre, ticket))
            return tuple(map(_moment_of, found))

    async def received(
        self, centre: CentreCode, neighbour: AgencyCode, since: Instant
    ) -> list[Instant]:
        """Return when incidents of a neighbour were received since then, oldest first."""
        query = (
            select(handoffs.c.requested_at)
            .where(
                handoffs.c.centre == centre,
                handoffs.c.agency == neighbour,
                handoffs.c.requested_at > utc(since),
                handoffs.c.purpose == Purpose.RECEIVED,
            )
            .order_by(handoffs.c.requested_at)
        )
        async with self._reading() as connection:
            return [instant(each) for each in await connection.scalars(query)]


async def _known(
    connection: AsyncConnection, centre: CentreCode, handoff: HandoffId
) -> Handoff | None:
    row = (await connection.execute(queries.handoff_by_id(centre, handoff))).first()
    return None if row is None else handoff_of(row)


def _is_same(known: Handoff, asked: Handoff) -> bool:
    return (known.ticket, known.agency, known.purpose) == (
        asked.ticket,
        asked.agency,
        asked.purpose,
    )


async def _begin(connection: AsyncConnection, change: Change) -> None:
    handoff = change.handoff
    await connection.execute(insert(handoffs), handoff_row(handoff))
    rows = [event_row(handoff, n, each) for n, each in enumerate(change.events, 1)]
    await connection.execute(insert(handoff_events), rows)


async def _write(
    connection: AsyncConnection, dossier: Dossier, told: Told, at: Instant, *, again: bool = False
) -> TicketRecord | None:
    """Write what is told of the ticket and of what happened; return the ticket if it has changed.

    With `again` it is open, whatever it was.
    """
    await _keep(connection, dossier.ticket, told)
    ticket = dossier.ticket
    new = _news(ticket, dossier.changes, told)
    if again and ticket.status == CLOSED:
        new["status"] = "open"
    if not new:
        return None
    await write(connection, ticket, new, at, f"agency:{told.neighbour}")
    await follow_ticket(connection, ticket.centre, ticket.id, at, told.neighbour)
    changes: dict[str, Any] = {**new, "version": ticket.version + 1, "changed_at": at}
    return replace(ticket, **changes)


def _news(ticket: TicketRecord, changes: Sequence[TicketChange], told: Told) -> dict[str, Written]:
    """Return what of the fields is new, and nobody but this neighbour has written here."""
    last = {change.field: change.by for change in changes}
    theirs = f"agency:{told.neighbour}"
    found = {
        field: each
        for field, each in checked(told.fields).items()
        if last.get(field, theirs) == theirs and getattr(ticket, field) != each
    }
    if not {"latitude", "longitude"} <= {*told.fields} or any(
        last.get(field, theirs) != theirs for field in ("latitude", "longitude")
    ):  # they are one place
        found = {name: found[name] for name in found.keys() - {"latitude", "longitude"}}
    return found


async def _keep(connection: AsyncConnection, ticket: TicketRecord, told: Told) -> None:
    if not told.moments:
        return
    of_theirs = (
        neighbour_moments.c.ticket_id == ticket.id,
        neighbour_moments.c.centre == ticket.centre,
        neighbour_moments.c.neighbour == told.neighbour,
    )
    found = await connection.scalars(select(neighbour_moments.c.id).where(*of_theirs))
    known = {*found}
    new = [moment for moment in told.moments if moment.id not in known]
    rows = [
        {
            "centre": ticket.centre,
            "ticket_id": ticket.id,
            "neighbour": told.neighbour,
            "id": moment.id,
            "n": len(known) + n,
            "origin": moment.centre,
            "at": utc(moment.at),
            "about": moment.about,
            "what": moment.what,
            "who": moment.who,
            "subject": moment.subject,
            "detail": dict(moment.detail),
            "reason": reason_json(moment.reason),
        }
        for n, moment in enumerate(new[: max(0, MOST - len(known))], 1)
    ]
    if rows:
        await connection.execute(insert_new(connection, neighbour_moments), cleaned(rows))


def _moments(centre: CentreCode, ticket: TicketId) -> Select[Any]:
    return (
        select(neighbour_moments)
        .where(neighbour_moments.c.ticket_id == ticket, neighbour_moments.c.centre == centre)
        .order_by(neighbour_moments.c.at, neighbour_moments.c.neighbour, neighbour_moments.c.n)
    )


def _moment_of(row: Row[Any]) -> Moment:
    return Moment(
        at=instant(row.at),
        about=About(row.about),
        what=row.what,
        who=row.who,
        subject=row.subject,
        detail=row.detail,
        reason=reason_of(row.reason),
        id=row.id,
        centre=row.origin,
        neighbour=row.neighbour,
    )
