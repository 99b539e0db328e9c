"""Migrations: the tables that they make are the tables that the program knows."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from sip112.dispatch.directory import Directory
from sip112.dispatch.outbox import Settled
from sip112.dispatch.reasons import Code, because
from sip112.dispatch.reports import failing
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import Instant, Seq
from sip112.store.engine import create_engine, parse_url
from sip112.store.errors import StoreTooNew
from sip112.store.store import Store
from sip112.store.tables import REVISION, metadata
from tests.store.databases import migrate
from tests.store.examples import PKY, START, life
from tests.store.handoffs import DAMKAR, MEDIS, an_incident, pass_on
from tests.store.helpers import execute, fetch, owning
from tests.store.older import take_back


async def test_the_migrated_schema_is_the_one_in_the_program(url: str) -> None:
    """Alembic finds no difference between the migrated database and `tables`."""

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, metadata))

    await migrate(url)
    engine = create_engine(parse_url(url))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_migrating_again_changes_nothing(migrated_url: str) -> None:
    """A start of the service on a database that is up to date keeps what is there."""
    store = Store(migrated_url)
    records = life(1)
    async with owning(store) as running:
        await running.write(*records)
    await store.migrate()
    assert await store.records_after(PKY, records[0].seq, 100) == records[1:]
    await store.close()


async def test_the_program_knows_its_last_migration(url: str) -> None:
    """So that it need not ask alembic."""
    await migrate(url)
    assert await fetch(url, "SELECT version_num FROM alembic_version") == [(REVISION,)]


async def test_a_database_of_before_the_handoffs_keeps_what_is_in_it(migrated_url: str) -> None:
    """Calls, and what people wrote on tickets; incidents are passed on from then on."""
    store = Store(migrated_url)
    records = life(1)
    async with owning(store) as running:
        await running.write(*records)
        ticket = (await store.tickets(PKY))[0]
        ticket = await store.change_ticket(PKY, ticket.id, {"address": "Jl. 1"}, 2, "ani")
    await take_back(migrated_url, "0006")
    with pytest.raises(StoreUnavailable, match="sip112 migrate"):
        await store.agencies.directory(PKY)
    await store.migrate()
    assert await store.tickets(PKY) == [ticket]
    assert await store.records_after(PKY, Seq(0), 100) == records
    assert await store.agencies.seed(PKY, Directory())
    await store.close()


async def test_what_failed_before_reasons_were_kept_stays_readable(migrated_url: str) -> None:
    """By its text; what fails from then on has a reason."""
    store = Store(migrated_url)
    why = because(Code.ANSWERS, status=410)
    async with owning(store) as running:
        ticket = await an_incident(running)
        item, other = (await pass_on(store, ticket, DAMKAR, MEDIS)).items
        await store.outbox.settle(item, Settled.DEAD, START, why)
        await store.handoffs.change(
            PKY, item.handoff, lambda before: failing(before, START, item.rung, why)
        )
    await take_back(migrated_url, "0011")
    await store.migrate()
    [dead] = await store.outbox.dead(PKY)
    assert (dead.last_error, dead.last_reason) == ("it answers 410", None)
    handoff = await store.handoffs.one(PKY, item.handoff)
    assert handoff is not None
    *_, event = (await store.handoffs.histories(PKY, [handoff]))[handoff.id]
    assert (event.note, event.reason) == ("it answers 410", None)
    await store.outbox.settle(other, Settled.DEAD, Instant(START + 1), why)
    assert [each.last_reason for each in await store.outbox.dead(PKY)] == [why, None]
    await store.close()


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_start_without_a_migration_does_without_alembic(migrated_url: str) -> None:
    """It takes half a second to import, in which calls are routed, and 10 MB."""
    program = (
        "import asyncio, sys; from sip112.store.store import Store;"
        f"asyncio.run(Store({migrated_url!r}).migrate()); print('alembic' in sys.modules)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert (process.returncode, said) == (0, b"False\n")


async def test_programs_that_start_at_once_migrate_once(url: str) -> None:
    """Of several on a new database one migrates, the others wait for it."""
    await asyncio.gather(*(migrate(url) for _ in range(5)))
    assert await fetch(url, "SELECT version_num FROM alembic_version") == [(REVISION,)]


async def test_a_newer_database_is_refused(migrated_url: str) -> None:
    """A program that is too old says so, and what to do, and changes nothing."""
    await execute(migrated_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNew, match=r"newer sip112.*9999.*Install that version") as refusal:
        await migrate(migrated_url)
    assert isinstance(refusal.value, StoreUnavailable)
    assert await fetch(migrated_url, "SELECT version_num FROM alembic_version") == [("9999",)]


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_a_migration_that_fails_leaves_nothing_behind(url: str) -> None:
    """The migrations are one transaction: a table in the way stops all of them."""
    await execute(url, "CREATE TABLE tickets (mine int)")
    with pytest.raises(StoreUnavailable, match="tickets"):
        await migrate(url)
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert await fetch(url, tables) == [("tickets",)]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_file_that_fails_to_migrate_is_as_before(url: str) -> None:
    """The same on SQLite, whose tables are made in a transaction too."""
    await execute(url, "CREATE TABLE tickets (mine int)")
    with pytest.raises(StoreUnavailable, match="tickets"):
        await migrate(url)
    assert await fetch(url, "SELECT name FROM sqlite_master") == [("tickets",)]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_file_is_written_ahead(migrated_url: str) -> None:
    """Readers and the writer do not stop each other: the file is in WAL mode."""
    assert await fetch(migrated_url, "PRAGMA journal_mode") == [("wal",)]


async def test_a_directory_with_a_strange_name(tmp_path: Path) -> None:
    """Per cent signs, spaces and question marks in the path are only names."""
    directory = tmp_path / "data 100% #1"
    directory.mkdir()
    store = Store(f"sqlite:///{directory}/sip112.db")
    await store.migrate()
    async with owning(store) as running:
        await running.write(*life(1))
    await store.close()
    assert (directory / "sip112.db").exists()
