"""The databases of these tests: each test that takes `url` or `store` runs on both kinds."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from rig.postgres import PostgresServer, postgres_server
from sip112.store.store import Store
from tests.store.helpers import Running, owning

_TEMPLATE = "sip112_template"
_names = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run one PostgreSQL for all tests."""
    with postgres_server() as server:
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
    async with _database(server, "template1") as made:
        yield made


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Keep what `migrated_url` copies, so that migrations run once for each kind."""
    return {"sqlite": tmp_path_factory.mktemp("template") / "sip112.db"}


@pytest.fixture
async def migrated_url(
    backend: str,
    request: pytest.FixtureRequest,
    templates: dict[str, Path],
    tmp_path: Path,
) -> AsyncIterator[str]:
    """Give the URL of a database with all tables and no rows."""
    if backend == "sqlite":
        template = templates["sqlite"]
        if not template.exists():
            await _migrate(f"sqlite:///{template}")
        shutil.copy(template, tmp_path / "sip112.db")
        yield f"sqlite:///{tmp_path}/sip112.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    if "postgresql" not in templates:
        await _run(server, f"CREATE DATABASE {_TEMPLATE}")
        await _migrate(server.url(_TEMPLATE))
        templates["postgresql"] = server.directory
    async with _database(server, _TEMPLATE) as made:
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


@asynccontextmanager
async def _database(server: PostgresServer, template: str) -> AsyncIterator[str]:
    name = f"test_{next(_names)}"
    await _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    await _run(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _run(server: PostgresServer, statement: str) -> None:
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _migrate(url: str) -> None:
    store = Store(url)
    await store.migrate()
    await store.close()
