"""SQLAlchemy's engines: which URLs are taken, and how connections are set up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from sip112.store import sqlite
from sip112.store.drivers import ANSWER_WITHIN, SQLITE_PRAGMAS
from sip112.store.errors import StoreUrlError, may_use

if TYPE_CHECKING:
    from sqlalchemy import Connection

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}

WRITING: Final[Mapping[str, dict[str, Any]]] = {
    # The lock is taken at once: a reader that turns into a writer may be refused.
    "sqlite": {"sip112_begin": "BEGIN IMMEDIATE"},
    "postgresql": {"isolation_level": "READ COMMITTED"},
}
"""By database, the execution options of a connection that writes, in a transaction."""

_REMEDY: Final = (
    "Set SIP112_DATABASE_URL to sqlite:///relative/path.db, sqlite:////absolute/path.db or "
    "postgresql://user:password@host:5432/database."
)


def parse_url(url: str) -> URL:
    """Return `url` with the driver that sip112 uses. StoreUrlError says how one is written."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The text is not repeated: it may hold a password.
        msg = f"The database URL is none. {_REMEDY}"
        raise StoreUrlError(msg) from None
    if parsed.drivername not in _DRIVERS:
        msg = f"sip112 keeps nothing in {parsed.drivername!r}. {_REMEDY}"
        raise StoreUrlError(msg)
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        msg = f"A database in memory keeps nothing. {_REMEDY}"
        raise StoreUrlError(msg)
    return parsed.set(drivername=_DRIVERS[parsed.drivername])


def create_engine(
    url: URL,
    *,
    answer_within: float | None = ANSWER_WITHIN,
    stopping: set[asyncio.Future[Any]] | None = None,
    **options: Any,
) -> AsyncEngine:
    """Return an engine whose connections read at once, without a transaction around it.

    `stopping` holds what stands for threads of SQLite's that were told to end, until they have.
    """
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, **options)
        set_up_sqlite(engine.sync_engine)
        creator = partial(sqlite.connect, stopping=set() if stopping is None else stopping)

        @event.listens_for(engine.sync_engine, "do_connect")
        def _use_ours(_dialect: object, _record: object, _args: object, options: Any) -> None:
            options["async_creator_fn"] = creator

        return engine
    return create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_pre_ping=True,
        connect_args={"timeout": ANSWER_WITHIN, "command_timeout": answer_within},
        **options,
    )


def check_file(url: URL) -> None:
    """Raise OSError if an SQLite database is not there, for connecting would make it.

    Or if it may not be used, for then aiosqlite would leave a thread behind.
    """
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        path.stat()
        if not may_use(path):
            raise PermissionError(str(path))


def set_up_sqlite(engine: Engine) -> None:
    """Have `engine` set its connections up, and begin transactions as `WRITING` wants it."""
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # Python begins no transactions by itself
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if begin := connection.get_execution_options().get("sip112_begin"):
        connection.exec_driver_sql(begin)
