"""Connections whose users are cancelled, at any moment, and again and again."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest
from sqlalchemy import text

from sip112.store.connecting import Connections
from sip112.store.engine import parse_url
from tests.store.helpers import until

WHILE: Final = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
    SELECT count(*) FROM numbers"""
"""A question that takes a while."""


class Asking:
    """Somebody who asks a database."""

    def __init__(self, url: str) -> None:
        self.connections = Connections(parse_url(url))
        self.connected = asyncio.Event()
        self.task = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        with self.connections.asking():
            async with self.connections.reading() as connection:
                self.connected.set()
                for _ in range(100):
                    await connection.execute(text(WHILE))


async def turns(count: int) -> None:
    """Let the event loop go round."""
    for _ in range(count):
        await asyncio.sleep(0)


async def nothing_is_left() -> None:
    """Wait until no task is left but this one."""
    await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})


@pytest.mark.parametrize("later", range(5))
@pytest.mark.parametrize("connected", [False, True], ids=["connecting", "asking"])
async def test_nothing_is_left_of_who_is_cancelled_until_he_ends(
    migrated_url: str, connected: bool, later: int
) -> None:
    """As anyio cancels a request whose client has gone, at every turn of the loop."""
    asking = Asking(migrated_url)
    if connected:
        await asking.connected.wait()
    await turns(later)
    while not asking.task.done():
        asking.task.cancel()
        await asyncio.sleep(0)
    assert await asking.connections.close()
    await nothing_is_left()


@pytest.mark.parametrize("connected", [False, True], ids=["connecting", "asking"])
async def test_closing_waits_for_who_has_not_ended(migrated_url: str, connected: bool) -> None:
    """Whoever was cancelled gives his connection back before the last one is closed."""
    asking = Asking(migrated_url)
    if connected:
        await asking.connected.wait()
    await turns(3)
    asking.task.cancel()
    assert await asking.connections.close()
    assert asking.task.done()
    await nothing_is_left()


async def test_closing_does_not_wait_for_ever(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who goes on asking is left alone in the end."""
    monkeypatch.setattr("sip112.store.connecting.ANSWER_WITHIN", 0.2)
    asking = Asking(migrated_url)
    await asking.connected.wait()
    assert not await asking.connections.close()
    asking.task.cancel()
    await asyncio.gather(asking.task, return_exceptions=True)
