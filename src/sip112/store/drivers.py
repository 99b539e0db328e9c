"""How one group of entries is written in one transaction: to SQLite, to PostgreSQL.

Every call passes here several times, so the writer speaks to the database's driver itself:
compiled statements, tuples for values, one trip to the database for a group. Through
SQLAlchemy's connections the same group costs two to four times the CPU. The statements still
come from the tables' definitions.

A group can be written any number of times with the same result: entries, and the tickets that
they open, are inserted once; a call's, seat's or agent's row is replaced only by a later one,
and a call's no more once the call has ended.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote

import asyncpg
from sqlalchemy import ARRAY, URL, Table, and_, bindparam, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite

from sip112.store.rows import Codec, Rows
from sip112.store.tables import agents, call_events, calls, iso, seats, tickets, utc

_TABLES: Final = (call_events, calls, tickets, seats, agents)
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


class Driver(Protocol):
    """One connection to the database, for writing."""

    codec: Codec

    async def write(self, rows: Rows) -> int:
        """Write `rows` in one transaction; return how many journal entries were new.

        Connects if there is no connection. After a failure there is none, and whether the
        transaction was carried out is not known.
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

    async def write(self, rows: Rows) -> int:
        """Write `rows` in one transaction; return how many journal entries were new."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._write, rows)

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _write(self, rows: Rows) -> int:
        try:
            connection = self._connection or self._connect()
            connection.execute("BEGIN IMMEDIATE")
            new = connection.executemany(_sqlite_statement(call_events), rows.call_events).rowcount
            for table, values in zip(_TABLES[1:], rows[1:], strict=True):
                if values:
                    connection.executemany(_sqlite_statement(table), values)
            connection.execute("COMMIT")
        except BaseException:
            self._disconnect()  # rolls back
            raise
        return new

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

    async def write(self, rows: Rows) -> int:
        """Write `rows` in one transaction; return how many journal entries were new."""
        if self._connection is None:
            self._connection = await asyncpg.connect(
                **self._options, timeout=ANSWER_WITHIN, command_timeout=ANSWER_WITHIN
            )
        used = [(table, values) for table, values in zip(_TABLES, rows, strict=True) if values]
        statement = _postgres_statement(tuple(table for table, _ in used))
        arguments = [column for _, values in used for column in zip(*values, strict=True)]
        try:
            new: int = await self._connection.fetchval(statement, *arguments)
        except BaseException:
            self._connection.terminate()
            self._connection = None
            raise
        return new

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                await connection.close(timeout=ANSWER_WITHIN)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                connection.terminate()  # the server is away; there is nobody to say goodbye to


def driver_for(url: URL) -> Driver:
    """Return the driver of `url`, not yet connected."""
    return SqliteDriver(url) if url.get_backend_name() == "sqlite" else PostgresDriver(url)


@cache
def _sqlite_statement(table: Table) -> str:
    statement = _put(table, sqlite.insert(table))
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))


@cache
def _postgres_statement(used: tuple[Table, ...]) -> str:
    """Return one statement that takes an array for every column of the tables `used`."""
    parts = []
    for table in used:
        names = [column.name for column in table.c]
        arrays = [bindparam(f"{table.name}_{c.name}", type_=ARRAY(c.type)) for c in table.c]
        new = func.unnest(*arrays).table_valued(*names).render_derived(name=f"new_{table.name}")
        insert = postgresql.insert(table).from_select(names, select(*new.c))
        parts.append(_put(table, insert).returning(table.c.centre).cte(f"put_{table.name}"))
    count = select(func.count()).select_from(parts[0]).scalar_subquery()
    return str(select(count).add_cte(*parts).compile(dialect=_ASYNCPG))


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
