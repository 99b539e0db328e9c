"""`Store`: everything that the service and the command line ask of the database."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, Unpack

import structlog
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.routing.call import Call
from sip112.routing.effects import Record
from sip112.routing.errors import StoreUnavailable, TicketNotFound
from sip112.routing.events import StoreRead
from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, Seq, TicketId
from sip112.routing.incidents import KEPT_S
from sip112.routing.ledger import REMEMBERED
from sip112.routing.seat import Seat
from sip112.routing.summary import Summary, Tally, hours_in
from sip112.routing.ticket import Assigned, TicketRecord, Written
from sip112.store import queries
from sip112.store.agencies import Agencies
from sip112.store.assignments import assign
from sip112.store.audit import AuditLog
from sip112.store.connecting import Connections
from sip112.store.drivers import ANSWER_WITHIN, Driver, driver_for
from sip112.store.engine import check_file, parse_url
from sip112.store.errors import DATABASE_ERRORS, StoreUrlError, unavailable
from sip112.store.follow import Hints, follow
from sip112.store.handoffs import Handoffs
from sip112.store.lease import Leases, leases_for
from sip112.store.links import Links
from sip112.store.neighbours import Neighbours
from sip112.store.outbox import Outbox
from sip112.store.people import People
from sip112.store.queries import CallFilters, TicketFilters
from sip112.store.rows import RECORD, call_of, callback_of, clean, opened_of, seat_of, tally_of
from sip112.store.tables import REVISION
from sip112.store.tickets import (
    as_opened,
    change,
    checked,
    ticket_key,
    ticket_query,
    tickets_of,
)
from sip112.store.writer import Outage, Writer, WriterStats

__all__ = ["CallFilters", "Store", "StoreUrlError", "TicketFilters", "WriterStats"]

PAGE: Final = 1000
"""Calls that `iterate_calls` holds at a time."""

log: Final = structlog.get_logger("sip112.store")

_LET_GO: Final = (
    f"SET LOCAL idle_in_transaction_session_timeout = {math.ceil(ANSWER_WITHIN) * 1000}"
)


class Store:
    """One database: SQLite or PostgreSQL, by its URL.

    What it is asked for raises StoreUnavailable, with what to do about it, while the database
    does not answer; the writers never do.
    """

    def __init__(self, url: str) -> None:
        """Take a database URL; StoreUrlError says what is wrong with it. Nothing connects yet."""
        self._url = parse_url(url)
        self._connections = Connections(self._url)
        self._outage = Outage(self._url)
        self._drivers: list[Driver] = []
        self._writers: dict[CentreCode, Writer] = {}
        self.leases: Leases = leases_for(self._url)
        """Who owns which centre."""
        self._hints = Hints(self._url)
        self.people = People(self._reading, self._writing)
        """Who may sign in, and who has."""
        self.agencies = Agencies(self._reading, self._writing)
        """To whom incidents are passed on."""
        self.handoffs = Handoffs(self._reading, self._writing, self._changing)
        """What was passed on, and what became of it."""
        self.outbox = Outbox(self._reading, self._writing)
        """What agencies are told."""
        self.links = Links(self._reading, self._changing)
        """Which tickets belong together."""
        self.neighbours = Neighbours(self._reading, self._writing, self._changing)
        """What other centres ask for and tell."""
        self.audit = AuditLog(self._reading, self._writing, self._outage)
        """Who saw or did what."""

    async def close(self) -> None:
        """Close all connections. Every writer's `run` must have ended.

        Whoever still asks is waited for, for `ANSWER_WITHIN` seconds.
        """
        await self.audit.close()
        for driver in self._drivers:
            await driver.close()
        await self.leases.close()
        if not await self._connections.close():
            log.warning(
                "store.not_closed",
                problem="the database, or its disk, does not answer",
                remedy="See to it; what was stored is safe, and nothing need be closed by hand.",
            )

    # --- the database itself ---------------------------------------------------------------

    async def migrate(self) -> None:
        """Bring a new or old database up to date; nothing happens if it is.

        StoreTooNew, a StoreUnavailable, if a newer sip112 has been here.
        """
        if await self._is_up_to_date():  # as at every start but the first
            return
        # In a thread with a loop of its own: alembic takes its time, and calls are routed
        # meanwhile. Importing it takes a while too, and 10 MB.
        try:
            await asyncio.to_thread(_migrate, self._url)
        except DATABASE_ERRORS as error:
            raise unavailable(error, self._url) from error

    async def ping(self) -> None:
        """Return if the database answers and has its tables."""
        async with self._reading() as connection:
            await connection.execute(queries.any_entry())

    # --- writing -------------------------------------------------------------------------------

    def writer(self, centre: CentreCode) -> Writer:
        """Return the one writer of the centre's journal, which waits for its `begin`."""
        if centre not in self._writers:
            self._drivers.append(driver_for(self._url))
            self._writers[centre] = Writer(self._drivers[-1], self._outage, centre)
        return self._writers[centre]

    async def change_ticket(
        self,
        centre: CentreCode,
        ticket_id: TicketId,
        changes: Mapping[str, Written],
        if_version: int,
        by: str,
    ) -> TicketRecord:
        """Change what people wrote on a ticket, and keep who changed what.

        TicketConflict if it is at another version by now, TicketNotFound if there is none,
        StoreUnavailable also while the ticket itself still waits to be written, HandoffsOpen if
        it is to be closed before all its handoffs have ended. What is not a field of
        `TICKET_FIELDS` is a ValueError. Agencies that act on it are told in the same transaction.

        After StoreUnavailable it is not known whether the change was made. It may be asked for
        again as it was: what the same `by` has made of the same version already is not made
        twice, and the ticket is returned as it is by now.
        """
        wanted = checked(changes)
        async with self._changing(centre, ticket_id) as connection:
            return await change(connection, centre, ticket_id, wanted, if_version, clean(by))

    async def assign_ticket(
        self,
        centre: CentreCode,
        ticket_id: TicketId,
        agent: AgentId | None,
        if_version: int,
        by: str,
    ) -> Assigned:
        """Give a ticket to somebody, or to nobody. It fails, and is asked for again, as a change.

        What was asked for already and is asked for again is told as it was made then.
        """
        to = None if agent is None else AgentId(clean(agent))
        async with self._changing(centre, ticket_id) as connection:
            return await assign(connection, centre, ticket_id, to, if_version, clean(by))

    # --- reading -------------------------------------------------------------------------------

    async def read_start(self, centre: CentreCode, at: Instant, today: str) -> StoreRead:
        """Return what the core must know at its start, as the event that tells it.

        It is true until somebody writes, so an owner asks between taking the centre's lease
        and telling its writer to `begin`.
        """
        async with self._reading() as connection:
            serials = await connection.execute(queries.serials(centre))
            last_seq = await connection.scalar(queries.last_seq(centre))
            live = await connection.execute(queries.calls_in_progress(centre))
            ended = await connection.scalars(queries.calls_ended_last(centre, REMEMBERED))
            seats = await connection.execute(queries.seats_of(centre))
            callbacks = await connection.execute(queries.callbacks_open(centre))
            since = Instant(at - KEPT_S)
            tickets = await connection.execute(
                queries.tickets_opened_last(centre, since, REMEMBERED)
            )
            return StoreRead(
                at=at,
                serials={row.day: row.serial for row in serials},
                last_seq=last_seq or 0,
                today=today,
                calls=tuple(call_of(row) for row in live),
                ended=tuple(CallId(each) for each in reversed(ended.all())),
                seats=tuple(seat_of(row) for row in seats),
                callbacks=tuple(callback_of(row) for row in callbacks),
                tickets=tuple(opened_of(row) for row in reversed(tickets.all())),
            )

    async def last_seq(self, centre: CentreCode) -> Seq:
        """Return the number of the journal's last entry; 0 if there is none."""
        async with self._reading() as connection:
            return Seq(await connection.scalar(queries.last_seq(centre)) or 0)

    async def calls(
        self,
        centre: CentreCode,
        *,
        after: tuple[Instant, CallId] | None = None,
        limit: int = 100,
        **filters: Unpack[CallFilters],
    ) -> list[Call]:
        """Return calls, newest first; `after` is the place of the last one of the page before."""
        async with self._reading() as connection:
            found = await connection.execute(queries.calls_page(centre, filters, after, limit))
            return [call_of(row) for row in found]

    async def iterate_calls(
        self, centre: CentreCode, **filters: Unpack[CallFilters]
    ) -> AsyncIterator[Call]:
        """Yield all calls that match, newest first, a page of them in memory at a time."""
        after = None
        while page := await self.calls(centre, after=after, limit=PAGE, **filters):
            for call in page:
                yield call
            after = (page[-1].arrived_at, page[-1].id)

    async def call(self, centre: CentreCode, call_id: CallId, /) -> Call | None:
        """Return one call."""
        async with self._reading() as connection:
            row = (await connection.execute(queries.call_by_id(centre, call_id))).first()
            return None if row is None else call_of(row)

    async def call_events(self, centre: CentreCode, call_id: CallId, /) -> list[Record]:
        """Return the journal entries of one call, oldest first."""
        async with self._reading() as connection:
            entries = await connection.scalars(queries.entries_of_call(centre, call_id))
            return [RECORD.validate_json(entry) for entry in entries]

    async def records_after(self, centre: CentreCode, seq: Seq, limit: int) -> list[Record]:
        """Return the first journal entries after `seq`, oldest first."""
        async with self._reading() as connection:
            entries = await connection.scalars(queries.entries_after(centre, seq, limit))
            return [RECORD.validate_json(entry) for entry in entries]

    def follow(self, centre: CentreCode, after: Seq) -> AsyncGenerator[list[Record]]:
        """Yield the journal's entries after `after` as they become durable, without end.

        In order, some at a time, whichever node writes them; each once, none left out. While
        the database is away nothing comes, and what came meanwhile follows. To be closed
        (`contextlib.aclosing`), or else a connection stays.
        """
        return follow(self.records_after, self._hints, centre, after)

    async def summary(
        self, centre: CentreCode, since: Instant, until: Instant, within: Sequence[float], /
    ) -> Summary:
        """Return what became of the calls that arrived from `since` on, before `until`.

        `within` are the seconds of the targets. `routing.summary` says what is counted how.
        """
        async with self._reading() as connection:
            found = await connection.execute(queries.tallies(centre, since, until, within))
            hours = {row.hour: tally_of(row, len(within)) for row in found}
            times = await connection.execute(queries.answer_times(centre, since, until))
            median, p90 = times.one()
            referred = await connection.scalar(queries.referred(centre, since, until))
            merged = await connection.scalar(queries.merged(centre, since, until))
        none = Tally(within=(0,) * len(within))
        return Summary(
            hours=tuple(hours.get(n, none) for n in range(hours_in(since, until))),
            median_s=None if median is None else median / 1e6,
            p90_s=None if p90 is None else p90 / 1e6,
            referred=referred or 0,
            duplicates=merged or 0,
        )

    async def tickets(
        self,
        centre: CentreCode,
        *,
        after: tuple[Instant, TicketId] | None = None,
        limit: int = 100,
        **filters: Unpack[TicketFilters],
    ) -> list[TicketRecord]:
        """Return tickets, newest first; `after` is the place of the last of the page before."""
        async with self._reading() as connection:
            found = await connection.execute(queries.tickets_page(centre, filters, after, limit))
            return await tickets_of(connection, found.all())

    async def ticket(self, centre: CentreCode, id_or_number: str, /) -> TicketRecord | None:
        """Return one ticket by its id or by the number that a person says.

        Also one that waits to be written, as on a call that came while the database was away.
        """
        query = ticket_query(centre, id_or_number)
        if query is None:
            return None
        if (unwritten := self._unwritten(centre, id_or_number)) is not None:
            return unwritten
        async with self._reading() as connection:
            found = (await connection.execute(query)).all()
            return next(iter(await tickets_of(connection, found)), None)

    async def tickets_named(
        self, centre: CentreCode, tickets: Sequence[TicketId], /
    ) -> list[TicketRecord]:
        """Return the tickets of those ids that are stored, in no order."""
        if not tickets:
            return []
        async with self._reading() as connection:
            found = await connection.execute(queries.tickets_by_id(centre, tickets))
            return await tickets_of(connection, found.all())

    async def seats(self, centre: CentreCode) -> list[Seat]:
        """Return the seats as they were last told, by name."""
        async with self._reading() as connection:
            return [seat_of(row) for row in await connection.execute(queries.seats_of(centre))]

    def _unwritten(self, centre: CentreCode, id_or_number: str) -> TicketRecord | None:
        """Return the ticket if it waits to be written by this process."""
        writer = self._writers.get(centre)
        ticket = None if writer is None else writer.ticket(ticket_key(id_or_number))
        if writer is None or ticket is None:
            return None
        return as_opened(ticket, writer.answered(ticket.id))

    async def _is_up_to_date(self) -> bool:
        try:
            async with self._reading() as connection:
                revisions = await connection.execute(queries.revisions())
                return revisions.scalars().all() == [REVISION]
        except StoreUnavailable:
            return False  # there may be no tables yet; what else it is, the migration tells

    @asynccontextmanager
    async def _changing(
        self, centre: CentreCode, *tickets: TicketId
    ) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._writing() as connection:
                yield connection
        except TicketNotFound:
            if not any(self._unwritten(centre, str(each)) for each in tickets):
                raise
            msg = "The ticket is not stored yet, so that nothing can be written on it. Try again."
            raise StoreUnavailable(msg) from None

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._answering(), self._connections.reading() as connection:
            yield connection

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._answering(), self._connections.writing() as connection:
            if connection.dialect.name == "postgresql":
                # a process that stands still in mid-change must not keep others from theirs
                await connection.exec_driver_sql(_LET_GO)
            try:
                yield connection
            except DBAPIError:
                # a session that was begun while the database was read-only stays so
                await connection.invalidate()
                raise

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            with self._connections.asking():
                check_file(self._url)
                async with asyncio.timeout(ANSWER_WITHIN):
                    yield
        except DATABASE_ERRORS as error:
            raise unavailable(error, self._url) from error


def _migrate(url: URL) -> None:
    from sip112.store.migrate import migrate  # noqa: PLC0415 - alembic is slow to import

    migrate(url)
