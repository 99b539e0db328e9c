"""The store and the service of these tests."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip112.store.store import Store
from tests.api.service import Service


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with all tables and no rows, from which the others are copied."""
    path = tmp_path_factory.mktemp("template") / "sip112.db"

    async def migrate() -> None:
        store = Store(f"sqlite:///{path}")
        await store.migrate()
        await store.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
async def store(template: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """Give a store on SQLite with all tables and no rows."""
    shutil.copy(template, tmp_path / "sip112.db")
    store = Store(f"sqlite:///{tmp_path}/sip112.db")
    yield store
    await store.close()


@pytest.fixture
async def gone(tmp_path: Path) -> AsyncIterator[Store]:
    """Give a store whose database does not answer."""
    store = Store(f"sqlite:///{tmp_path}/nowhere/sip112.db")
    yield store
    await store.close()


@pytest.fixture
async def service(store: Store) -> Service:
    """Give the service around an empty store."""
    return Service(store)
