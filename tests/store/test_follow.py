"""Whoever follows a journal gets every entry once and in order, whichever node writes it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from rig.postgres import PostgresServer
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import CentreCode, Seq
from sip112.store import drivers, lease
from sip112.store import follow as follow_module
from sip112.store import store as store_module
from sip112.store.errors import Fenced
from sip112.store.store import Store
from tests.store.examples import DAY, PKY, START, arrived, life, opening, record
from tests.store.helpers import Running, execute, fetch, until
from tests.store.proxy import Proxy

LISTENER = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle'"""

END_LISTENER = LISTENER.replace("SELECT pid", "SELECT pg_terminate_backend(pid)")

postgresql = pytest.mark.parametrize("backend", ["postgresql"])


@pytest.fixture
async def reader(migrated_url: str) -> AsyncIterator[Store]:
    """Give the store of another node, which reads."""
    store = Store(migrated_url)
    yield store
    await store.close()


@asynccontextmanager
async def following(
    store: Store, after: int = 0, centre: CentreCode = PKY
) -> AsyncIterator[list[Record]]:
    """Follow a journal; what comes is in the list."""
    got: list[Record] = []

    async def read() -> None:
        async with aclosing(store.follow(centre, Seq(after))) as pages:
            async for page in pages:
                got.extend(page)

    task = asyncio.create_task(read())
    try:
        yield got
    finally:
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(result, asyncio.CancelledError)


async def listening(url: str) -> None:
    """Wait until somebody listens for hints of this database."""
    async with asyncio.timeout(15):
        while not await fetch(url, LISTENER):  # noqa: ASYNC110 - a server sets no event
            await asyncio.sleep(0.01)


async def test_what_there_was_and_what_comes(running: Running, reader: Store) -> None:
    """From a given entry on, in order, without an end."""
    records = life(1)
    await running.write(*records)
    async with following(reader, records[1].seq) as got:
        await until(lambda: len(got) == 4)
        more = [*life(2), *life(3)]
        await running.write(*more)
        await until(lambda: len(got) == 16)
    assert got == [*records[2:], *more]


async def test_more_than_a_page_comes_without_a_pause(
    running: Running, reader: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was away for long is not held up by polling."""
    monkeypatch.setattr(follow_module, "POLL_S", 3600.0)
    records = [record(EntryKind.PBX_BACK) for _ in range(follow_module.PAGE * 3 + 1)]
    await running.write(*records)
    async with following(reader) as got:
        await until(lambda: len(got) == len(records))
    assert got == records


async def test_another_centres_entries_are_not_told(running: Running, reader: Store) -> None:
    """Each centre's journal is followed by itself."""
    spt = CentreCode("SPT")
    async with following(reader, centre=spt) as theirs, following(reader) as ours:
        await running.write(*life(1), opening(arrived(2, centre=spt)))
        await until(lambda: len(ours) == 6 and len(theirs) == 1)


@postgresql
async def test_hints_make_it_quick(
    running: Running, reader: Store, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry is there long before the next poll."""
    async with following(reader) as got:
        await listening(migrated_url)
        await running.write(*life(1))
        await until(lambda: len(got) == 6)
        monkeypatch.setattr(follow_module, "POLL_S", 3600.0)
        await running.write(*life(2))  # the wait that is under way may still be a short one
        await until(lambda: len(got) == 12)
        began = time.monotonic()
        await running.write(*life(3))
        await until(lambda: len(got) == 18)
        assert time.monotonic() - began < 5
    assert reader._hints._task is None


@postgresql
async def test_without_hints_polling_is_enough(
    running: Running, migrated_url: str, reader: Store
) -> None:
    """Hints that are lost again and again cost no entry."""
    async with following(reader) as got:
        for n in range(1, 4):
            await listening(migrated_url)
            await execute(migrated_url, END_LISTENER)
            await running.write(*life(n))
        await until(lambda: len(got) == 18)
    assert [each.seq for each in got] == [each.seq for each in running.stored]


@postgresql
async def test_a_network_that_dies_silently_is_noticed(
    running: Running,
    migrated_url: str,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection that nobody ends is seen to be dead, and hints come over a new one."""
    monkeypatch.setattr(follow_module, "ALIVE_S", 0.1)
    monkeypatch.setattr(follow_module, "ANSWER_WITHIN", 0.3)
    monkeypatch.setattr(follow_module, "POLL_S", 0.1)
    async with Proxy(postgres.port).serve() as proxy:
        store = Store(migrated_url.replace(str(postgres.port), str(proxy.port)))
        heard: list[str] = []
        monkeypatch.setattr(store._hints, "_heard", lambda *arguments: heard.append(arguments[-1]))
        async with following(store) as got:
            await running.write(*life(1))
            await until(lambda: len(got) == 6)
            proxy.cut = "reply"
            await until(lambda: proxy.cut is None)
            sent = 0
            heard.clear()

            async def write_until_heard() -> None:
                nonlocal sent
                while not heard:
                    sent += 1
                    await running.write(opening(arrived(10 + sent)))

            async with asyncio.timeout(15):
                await write_until_heard()
            await until(lambda: len(got) == 6 + sent)
        await store.close()
    assert heard[0].startswith("PKY ")


@postgresql
@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGINT, signal.SIGSTOP])
async def test_an_outage_costs_nothing_and_repeats_nothing(
    running: Running,
    reader: Store,
    postgres: PostgresServer,
    how: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Crash, stop and freeze: afterwards everything comes, once and in order."""
    for module in (drivers, store_module, follow_module):
        monkeypatch.setattr(module, "ANSWER_WITHIN", 0.3)
    async with following(reader) as got:
        await running.write(*life(1))
        await until(lambda: len(got) == 6)
        if how is signal.SIGSTOP:
            postgres.signal(how)
        else:
            postgres.stop(how)
        try:
            for each in life(2):
                running.put(each)
            await until(lambda: running.stats().failures >= 2)
        finally:
            if how is signal.SIGSTOP:
                postgres.signal(signal.SIGCONT)
            else:
                postgres.start()
        await running.settled()
        await running.write(*life(3))
        await until(lambda: len(got) == 18)
    assert [each.seq for each in got] == [each.seq for each in running.stored]
    assert len(got) == 18


@postgresql
async def test_order_holds_over_changes_of_owner(
    migrated_url: str, reader: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nodes with clocks far apart take a centre from one another while they write.

    Nothing appears below what was seen, and all that was said to be stored is seen.
    """
    monkeypatch.setattr(lease, "GRACE_S", 0.0)
    stored: list[Record] = []
    nodes = [Store(migrated_url) for _ in range(6)]
    owners: list[asyncio.Task[None]] = []
    try:
        async with following(reader) as got:
            for turn, node in enumerate(nodes):
                taken = asyncio.Event()
                # each node's clock is behind the one before
                owning = own_until_fenced(node, -turn * 10**6, stored, taken)
                owners.append(asyncio.create_task(owning))
                async with asyncio.timeout(15):
                    await taken.wait()
                    for fenced in owners[:-1]:
                        with pytest.raises(Fenced):
                            await fenced
                seen = len(got)
                await until(lambda seen=seen: len(got) > seen + 100)  # type: ignore[misc]
            owners[-1].cancel()
            await asyncio.gather(owners[-1], return_exceptions=True)
            await until(lambda: len(got) >= len(stored))
    finally:
        for each in owners:
            each.cancel()
        await asyncio.gather(*owners, return_exceptions=True)
    numbers = [seq for (seq,) in await fetch(migrated_url, "SELECT seq FROM call_events")]
    assert [each.seq for each in got] == sorted(numbers)
    assert {each.seq for each in stored} <= set(numbers)
    assert await fetch(migrated_url, "SELECT token FROM leases") == [(len(nodes),)]
    for node in nodes:
        await node.close()


async def own_until_fenced(
    node: Store, skew: int, stored: list[Record], taken: asyncio.Event
) -> None:
    """Write without end, at first without a lease; take it as soon as it is to be had."""
    writer = node.writer(PKY)
    last = 0

    async def put() -> None:
        nonlocal last
        while True:
            last = max(last + 1, int(time.time() * 1_000_000) + skew)
            writer.put(replace(record(EntryKind.PBX_BACK), seq=Seq(last)))
            await asyncio.sleep(0.001)

    putting = asyncio.create_task(put())
    try:
        got = None
        while got is None:
            await asyncio.sleep(0.01)
            got = await node.leases.acquire(PKY, "node", "http://127.0.0.1", 0.2)
        taken.set()
        read = await node.read_start(PKY, START, DAY)
        last = max(last, writer.begin(got.token, Seq(read.last_seq)))
        await writer.run(stored.extend)
    finally:
        putting.cancel()
        await asyncio.gather(putting, return_exceptions=True)
