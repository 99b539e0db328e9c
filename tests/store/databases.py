"""Databases on a PostgreSQL of the tests, each made in a moment: with all tables, or with none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import asyncpg

from rig.postgres import PostgresServer
from sip112.store.store import Store

EMPTY = "template1"
_names = count(1)


async def migrated_template(server: PostgresServer) -> str:
    """Make a database with all tables and no rows, and return its name, of which to make others.

    Migrations take much longer than a copy.
    """
    name = f"template_{next(_names)}"
    await _run(server, f"CREATE DATABASE {name}")
    await migrate(server.url(name))
    return name


@asynccontextmanager
async def database(server: PostgresServer, template: str) -> AsyncIterator[str]:
    """Give the URL of a new database like `template`, which is dropped afterwards."""
    name = f"test_{next(_names)}"
    # To write every page to the log as well is for servers under load.
    await _run(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield server.url(name)
    finally:
        await _run(server, f"DROP DATABASE {name} WITH (FORCE)")


async def migrate(url: str) -> None:
    """Migrate the database at `url` as a program of its own would."""
    store = Store(url)
    try:
        await store.migrate()
    finally:
        await store.close()


async def _run(server: PostgresServer, statement: str) -> None:
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
