"""What SQLite and PostgreSQL do in different words."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

_ONE_AT_A_TIME: Final = "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE"


async def one_at_a_time(connection: AsyncConnection, table: Table) -> None:
    """Have whoever else comes here for `table` wait for the end of this transaction.

    So of two at once the second sees what the first has written. SQLite writes one at a time
    anyway.
    """
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(_ONE_AT_A_TIME.format(table.name))


def insert_new(connection: AsyncConnection, table: Table) -> Insert:
    """Insert rows whose key is not there yet."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
