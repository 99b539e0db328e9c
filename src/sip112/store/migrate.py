"""Brings a new or old database up to date, safely when two programs start at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, func, select
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy.pool import NullPool

from sip112.store.engine import WRITING, create_engine, set_up_sqlite
from sip112.store.errors import StoreTooNew

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SCRIPTS: Final = Path(__file__).parent / "migrations"

_LOCK: Final = 112_2026
"""The advisory lock under which PostgreSQL is migrated; the number only has to be the same."""


def migrate(url: URL) -> None:
    """Bring the database at `url` to this program's version. It needs a thread without a loop."""
    if url.get_backend_name() == "sqlite":
        _migrate_sqlite(url)
    else:
        asyncio.run(_migrate_postgres(url))


def _migrate_sqlite(url: URL) -> None:
    engine = create_sync_engine(url.set(drivername="sqlite"), poolclass=NullPool)
    set_up_sqlite(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # readers do not stop the writer
    with engine.execution_options(**WRITING["sqlite"]).begin() as connection:
        _upgrade(connection)


async def _migrate_postgres(url: URL) -> None:
    engine = create_engine(url, answer_within=None, poolclass=NullPool)
    async with engine.execution_options(**WRITING["postgresql"]).begin() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    current = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := current - known:
        msg = (
            f"The database was migrated by a newer sip112 (to {', '.join(sorted(unknown))}; this "
            f"one knows up to {scripts.get_current_head()}). Install that version again, or "
            "restore the backup that was made before the migration."
        )
        raise StoreTooNew(msg)
    command.upgrade(config, "head")
