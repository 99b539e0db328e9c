"""The databases of these tests: each test that takes `url` or `store` runs on both kinds."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from rig.postgres import NO_POWER_CUT, PostgresServer, postgres_server
from sip112.store.store import Store
from tests.store.databases import EMPTY, database, migrate, migrated_template
from tests.store.helpers import Running, owning


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run one PostgreSQL for all tests."""
    with postgres_server(NO_POWER_CUT) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Name the kind of database."""
    kind: str = request.param
    return kind


@pytest.fixture
async def url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Give the URL of a new database without tables."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path}/sip112.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    async with database(server, EMPTY) as made:
        yield made


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """Keep what `migrated_url` copies, so that migrations run once for each kind."""
    return {}


@pytest.fixture
async def migrated_url(
    backend: str,
    request: pytest.FixtureRequest,
    templates: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> AsyncIterator[str]:
    """Give the URL of a database with all tables and no rows."""
    if backend == "sqlite":
        if "sqlite" not in templates:
            template = f"{tmp_path_factory.mktemp('template')}/sip112.db"
            await migrate(f"sqlite:///{template}")
            templates["sqlite"] = template
        shutil.copy(templates["sqlite"], tmp_path / "sip112.db")
        yield f"sqlite:///{tmp_path}/sip112.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    if "postgresql" not in templates:
        templates["postgresql"] = await migrated_template(server)
    async with database(server, templates["postgresql"]) as made:
        yield made


@pytest.fixture
async def store(migrated_url: str) -> AsyncIterator[Store]:
    """Give a store with all tables and no rows."""
    store = Store(migrated_url)
    yield store
    await store.close()


@pytest.fixture
async def running(store: Store) -> AsyncIterator[Running]:
    """Give a store that owns a centre, and whose writer for it runs."""
    async with owning(store) as running:
        yield running
