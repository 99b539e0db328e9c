"""How one group of entries is written in one transaction: to SQLite, to PostgreSQL.

Every call passes here several times, so the writer speaks to the database's driver itself:
compiled statements, tuples for values, one trip to the database for a group. Through
SQLAlchemy's connections the same group costs two to four times the CPU. The statements still
come from the tables' definitions.

A group can be written any number of times with the same result: entries, and the tickets that
they open, are inserted once; a ticket goes on with its caller once (`assignments`); a call's,
seat's or agent's row is replaced only by a later one, and a call's no more once the call has ended.

Only the owner of a centre writes. Each transaction looks whether the centre's lease still has
the owner's token, and holds that row until its end: a take-over comes before it, so that nothing
is written, or after it, and then sees all of it.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    URL,
    BigInteger,
    ColumnElement,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    make_url,
    null,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from sip112.routing.ids import CentreCode, TicketId
from sip112.store.assignments import COLUMNS, Followed, follow_caller
from sip112.store.errors import Fenced
from sip112.store.rows import Codec, Rows, RowValues
from sip112.store.tables import (
    agents,
    call_events,
    callbacks,
    calls,
    iso,
    leases,
    seats,
    tickets,
    utc,
)

_TABLES: Final = (call_events, calls, tickets, seats, agents, callbacks)
_ONCE: Final = frozenset({call_events, tickets})
"""Tables whose rows are inserted and not replaced."""

_ASYNCPG: Final = make_url("postgresql+asyncpg://").get_dialect()()

ANSWER_WITHIN: Final = 5.0
"""Seconds after which a database that does not answer is taken to be away."""

BUSY_WITHIN: Final = 4.0
"""Seconds that SQLite waits for another program's lock."""

SQLITE_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={int(BUSY_WITHIN * 1000)}",
    "PRAGMA synchronous=FULL",  # a commit is on the disk, also when the power fails
    "PRAGMA foreign_keys=ON",
)


CHANNEL: Final = "sip112_journal"
"""Where PostgreSQL tells, with each group, that a centre's journal has grown: the centre and
the last entry's number, a blank between them."""


class Fence(NamedTuple):
    """What a transaction's rows are written under."""

    centre: CentreCode
    token: int
    """Of the centre's lease."""


class Wrote(NamedTuple):
    """What came of a transaction."""

    new: int
    """How many journal entries were new."""
    followed: Sequence[Followed] = ()
    """Tickets that have gone on with their callers."""


class Driver(Protocol):
    """One connection to the database, for writing."""

    codec: Codec

    async def write(self, rows: Rows, fence: Fence) -> Wrote:
        """Write `rows` in one transaction.

        Fenced, and nothing is written, if the lease has another token than `fence` says.
        Connects if there is no connection. After any other failure there is none, and whether
        the transaction was carried out is not known.
        """
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


class SqliteDriver:
    """Writes to SQLite in a thread of its own, so that the disk holds nothing else up."""

    codec = Codec(iso, lambda value: value.hex)

    def __init__(self, url: URL) -> None:
        self._path = Path(url.database or "")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sip112-store")
        self._connection: sqlite3.Connection | None = None

    async def write(self, rows: Rows, fence: Fence) -> Wrote:
        """Write `rows` in one transaction."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._write, rows, fence)

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _write(self, rows: Rows, fence: Fence) -> Wrote:
        try:
            connection = self._connection or self._connect()
            connection.execute("BEGIN IMMEDIATE")
            self._check(connection, fence)
            new = connection.executemany(_sqlite_statement(call_events), rows.call_events).rowcount
            for table, values in zip(_TABLES[1:], rows[1:-1], strict=True):
                if values:
                    connection.executemany(_sqlite_statement(table), values)
            followed = [
                Followed(TicketId(UUID(ticket)), *others)
                for answer in rows.answers
                for ticket, *others in _follow(connection, answer)
            ]
            connection.execute("COMMIT")
        except BaseException:
            self._disconnect()  # rolls back
            raise
        return Wrote(new, followed)

    @staticmethod
    def _check(connection: sqlite3.Connection, fence: Fence) -> None:
        token = connection.execute(_SQLITE_TOKEN, (fence.centre,)).fetchone()
        if token != (fence.token,):
            raise Fenced(*fence)

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a database that is not there is an error, and not made without tables.
        uri = f"file:{quote(str(self._path.absolute()))}?mode=rw"
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            self._connection.execute(pragma)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresDriver:
    """Writes to PostgreSQL: the whole group is one statement, and so one round trip."""

    codec = Codec(utc, lambda value: value)

    def __init__(self, url: URL) -> None:
        _, self._options = url.get_dialect()().create_connect_args(url)
        self._connection: Any = None

    async def write(self, rows: Rows, fence: Fence) -> Wrote:
        """Write `rows` in one transaction."""
        if self._connection is None:
            self._connection = await asyncpg.connect(
                **self._options, timeout=ANSWER_WITHIN, command_timeout=ANSWER_WITHIN
            )
        used = [(table, new) for table, new in zip(_TABLES, rows[:-1], strict=True) if new]
        statement, order = _postgres_statement(
            tuple(table for table, _ in used), follow=bool(rows.answers)
        )
        centre, last, *_ = rows.call_events[-1]
        values = [*fence, f"{centre} {last}"]
        values += [column for _, new in used for column in zip(*new, strict=True)]
        values += zip(*rows.answers, strict=True)
        try:
            count, _, followed = await self._connection.fetchrow(
                statement, *[values[place] for place in order]
            )
        except BaseException:
            self._connection.terminate()
            self._connection = None
            raise
        if count is None:
            raise Fenced(*fence)
        told = json.loads(followed or "[]")
        return Wrote(count, [Followed(TicketId(UUID(ticket)), *others) for ticket, *others in told])

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await part(connection, ANSWER_WITHIN)


async def part(connection: Any, within: float) -> None:
    """Close a connection to PostgreSQL, after `within` seconds without saying goodbye."""
    try:
        await connection.close(timeout=within)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()  # the server is away


def driver_for(url: URL) -> Driver:
    """Return the driver of `url`, not yet connected."""
    return SqliteDriver(url) if url.get_backend_name() == "sqlite" else PostgresDriver(url)


@cache
def _sqlite_statement(table: Table) -> str:
    statement = _put(table, sqlite.insert(table))
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))


def _follow(connection: sqlite3.Connection, answer: RowValues) -> list[RowValues]:
    statement, order = _sqlite_follow()
    return connection.execute(statement, [answer[place] for place in order]).fetchall()


@cache
def _sqlite_follow() -> tuple[str, list[int]]:
    """Return the statement that has one ticket follow its caller, and its arguments' order."""
    new: dict[str, ColumnElement[Any]] = {
        name: bindparam(f"new_{name}", type_=tickets.c[name].type) for name in COLUMNS
    }
    compiled = follow_caller(new).compile(dialect=sqlite.dialect(paramstyle="qmark"))
    return str(compiled), _order(compiled.positiontup, [f"new_{name}" for name in COLUMNS])


def _order(places: Sequence[str] | None, names: Sequence[str]) -> list[int]:
    return [names.index(name) for name in places or ()]


_SQLITE_TOKEN: Final = str(
    select(leases.c.token)
    .where(leases.c.centre == bindparam("centre"))
    .compile(dialect=sqlite.dialect(paramstyle="qmark"))
)


@cache
def _postgres_statement(used: tuple[Table, ...], *, follow: bool) -> tuple[str, list[int]]:
    """Return one statement that writes a group into the tables `used`, and its arguments' order.

    Which arguments: the fence's centre and token, what to tell listeners, an array for every
    column, and with `follow` one for each of `COLUMNS`. Of these the list says which one comes at
    which place. The statement returns how many journal entries were new, or NULL if the lease has
    another token; a NULL; and the tickets that have gone on with their callers, as JSON. It does
    not see those that it opens itself: their rows say whose they are.
    """
    names = ["fence_centre", "fence_token", "news"]
    names += [f"{table.name}_{column.name}" for table in used for column in table.c]
    # FOR SHARE: a take-over of the lease waits for the end of this transaction, and if one
    # is under way, this waits for its end and then looks at the row as it is by then.
    lease = (
        select(leases.c.token)
        .where(
            leases.c.centre == bindparam("fence_centre", type_=Text),
            leases.c.token == bindparam("fence_token", type_=BigInteger),
        )
        .with_for_update(read=True)
        .cte("lease")
    )
    mine = select(lease.c.token).exists()
    parts = []
    for table in used:
        columns = [column.name for column in table.c]
        arrays = [bindparam(f"{table.name}_{c.name}", type_=ARRAY(c.type)) for c in table.c]
        new = func.unnest(*arrays).table_valued(*columns).render_derived(name=f"new_{table.name}")
        insert = postgresql.insert(table).from_select(columns, select(*new.c).where(mine))
        parts.append(_put(table, insert).returning(table.c.centre).cte(f"put_{table.name}"))
    count = select(func.count()).select_from(parts[0]).scalar_subquery()
    tell = func.pg_notify(literal_column(f"'{CHANNEL}'"), bindparam("news", type_=Text))
    followed: ColumnElement[Any] = null()
    if follow:
        names += [f"new_{name}" for name in COLUMNS]
        arrays = [bindparam(f"new_{name}", type_=ARRAY(tickets.c[name].type)) for name in COLUMNS]
        answers = func.unnest(*arrays).table_valued(*COLUMNS).render_derived(name="answers")
        went = follow_caller(dict(answers.c)).where(mine).cte("went")
        row = func.json_build_array(went.c.id, went.c.number, went.c.version, went.c.assignee)
        followed = select(cast(func.json_agg(row), Text)).scalar_subquery()
        parts.append(went)
    whole = select(case((mine, count)), case((mine, cast(tell, Text))), followed).add_cte(*parts)
    compiled = whole.compile(dialect=_ASYNCPG)
    return str(compiled), _order(compiled.positiontup, names)


def _put(table: Table, insert: Any) -> Any:
    key = list(table.primary_key)
    if table in _ONCE:
        return insert.on_conflict_do_nothing(index_elements=key)
    new = {c.name: insert.excluded[c.name] for c in table.c if not c.primary_key}
    newer = table.c.seq < insert.excluded.seq
    if table is calls:
        # A call ends once; and the ticket that it opened first is the one that is kept.
        newer = and_(newer, calls.c.ended_at.is_(None))
        for name in ("ticket_id", "ticket_number"):
            new[name] = func.coalesce(calls.c[name], new[name])
    return insert.on_conflict_do_update(index_elements=key, set_=new, where=newer)
