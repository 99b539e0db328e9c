"""Only the owner of a centre writes its journal, whatever it believes to be."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace

import asyncpg
import pytest
from structlog.testing import capture_logs

from rig.postgres import PostgresServer
from sip112.routing.effects import EntryKind
from sip112.routing.ids import Seq
from sip112.store import drivers, writer
from sip112.store.errors import Fenced
from sip112.store.lease import Lease
from sip112.store.store import Store
from tests.store.examples import DAY, PKY, START, arrived, life, opening, record
from tests.store.helpers import execute, fetch, own, owning, run, until

JOURNAL = "SELECT seq FROM call_events ORDER BY seq"
SEAT = """
    INSERT INTO seats (centre, id, seq, state, skills, device, held, talking, since)
    VALUES ('PKY', 'seat-01', 0, 'free', '[]', 'idle', true, false, now())"""
TAKE_OVER = "UPDATE leases SET token = token + 1, node = 'b', process = 'another'"


async def journal(url: str) -> list[int]:
    """Return the numbers of all journal entries."""
    return [seq for (seq,) in await fetch(url, JOURNAL)]


async def fenced(store: Store) -> None:
    """Write until another node is seen to own the centre."""
    with pytest.raises(Fenced, match="PKY is not owned under token 1 any more"):
        async with asyncio.timeout(15):
            await store.writer(PKY).run(lambda _stored: None)


async def test_a_stale_token_writes_nothing(store: Store, migrated_url: str) -> None:
    """What waits is dropped and counted, and so is what still comes."""
    async with owning(store) as running:
        await running.write(*life(1))
    await execute(migrated_url, TAKE_OVER)
    for each in life(2):
        store.writer(PKY).put(each)
    with capture_logs() as logs:
        await fenced(store)
    assert [(each["event"], each["dropped"]) for each in logs] == [("store.fenced", 6)]
    store.writer(PKY).put(opening(arrived(3)))
    stats = store.writer(PKY).stats()
    assert (stats.fenced, stats.pending, stats.written) == (7, 0, 6)
    assert store.writer(PKY).token is None
    assert len(await journal(migrated_url)) == 6
    assert await fetch(migrated_url, "SELECT count(*) FROM tickets") == [(1,)]


async def test_without_a_token_entries_wait(store: Store, migrated_url: str) -> None:
    """A node that had no database at its start owns nothing yet; it loses nothing either."""
    records = life(1)
    async with run(store) as running:
        for each in records:
            running.put(each)
        await asyncio.sleep(writer.LINGER * 2)  # what would be written, would be by now
        assert running.stats().pending == 6
        assert await journal(migrated_url) == []
        assert store.writer(PKY).token is None
        assert store.writer(PKY).begin((await own(store)).token, Seq(0)) == records[-1].seq
        assert store.writer(PKY).token == 1
        await running.settled()
    assert running.stored == records
    assert await journal(migrated_url) == [each.seq for each in records]


async def test_a_stop_without_a_token_waits_for_nothing(store: Store) -> None:
    """There is nobody who could write; what is left is told."""
    store.writer(PKY).put(opening(arrived(1)))
    with capture_logs() as logs:
        async with asyncio.timeout(writer.FLUSH_WITHIN - 1):
            async with run(store):
                await asyncio.sleep(0)
    assert [(each["event"], each["entries"]) for each in logs] == [("store.unwritten", 1)]


async def test_near_the_bound_waiting_entries_are_thinned(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is the lease that is missing."""
    monkeypatch.setattr(writer, "THIN_FROM", 30)
    async with run(store) as running:
        for n in range(1, 8):
            for each in life(n, seat=f"seat-{n}"):
                running.put(each)
        await until(lambda: running.stats().thinned)
        assert running.stats().pending == 7 * 2
        store.writer(PKY).begin((await own(store)).token, Seq(0))
        await running.settled()
    assert len(running.stored) == 7 * 2


async def test_what_waits_is_numbered_after_the_journal(store: Store, migrated_url: str) -> None:
    """An earlier owner's clock was ahead: those who follow must not have passed our entries."""
    ahead = [replace(each, seq=Seq(each.seq + 10**6)) for each in life(1)]
    async with owning(store) as running:
        await running.write(*ahead)
    await store.leases.release(await own(store))
    ours = life(2)
    late = replace(ours.pop(), seq=Seq(ahead[-1].seq + 100))
    other = Store(migrated_url)
    for each in [*ours, late]:
        other.writer(PKY).put(each)
    lease = await own(other, "b")
    read = await other.read_start(PKY, START, DAY)
    last = other.writer(PKY).begin(lease.token, Seq(read.last_seq))
    assert last == late.seq
    async with run(other) as running:
        await running.settled()
    first = ahead[-1].seq + 1
    assert [each.seq for each in running.stored] == [*range(first, first + 5), late.seq]
    assert [replace(each, seq=Seq(0)) for each in running.stored] == [
        replace(each, seq=Seq(0)) for each in [*ours, late]
    ]
    assert await journal(migrated_url) == [
        *(each.seq for each in ahead),
        *(each.seq for each in running.stored),
    ]
    await other.close()


async def test_what_waits_from_an_earlier_token_is_dropped(store: Store) -> None:
    """Others have written since; it would put their calls back to what they were."""
    first = store.writer(PKY)
    first.begin(7, Seq(0))
    first.put(opening(arrived(1)))
    lease = await own(store)
    first.begin(lease.token, Seq(0))
    assert (first.stats().fenced, first.stats().pending) == (1, 0)
    async with run(store) as running:
        await running.write(opening(arrived(2)))
    assert len(running.stored) == 1


async def test_a_node_that_steps_down_drops_what_it_has(store: Store, migrated_url: str) -> None:
    """By itself, as when Asterisk tells it of another owner, also in mid-outage."""
    async with owning(store) as running:
        await execute(migrated_url, "ALTER TABLE seats RENAME TO away")
        for each in life(1):
            running.put(each)
        await until(lambda: running.stats().failures)
        running.put(opening(arrived(2)))
        store.writer(PKY).drop()
        await execute(migrated_url, "ALTER TABLE away RENAME TO seats")
        await until(lambda: running.stats().fenced == 7)
        assert running.stats().pending == 0
        # and may own the centre again
        store.writer(PKY).begin((await own(store)).token, Seq(0))
        await running.write(opening(arrived(3)))
    assert [each.call and each.call.uniqueid for each in running.stored] == ["1795300000.3"]


# --- take-over and write at once: PostgreSQL -------------------------------------------------

postgresql = pytest.mark.parametrize("backend", ["postgresql"])


@postgresql
async def test_of_a_group_whose_token_is_gone_nothing_more_is_written(
    store: Store, migrated_url: str
) -> None:
    """Also where it is written one by one, since one of its entries cannot be kept."""
    first, *more = (life(1)[2], record(EntryKind.PBX_LOST, float("nan")), opening(arrived(2)))
    holder = await asyncpg.connect(migrated_url)
    async with owning(store) as running:
        async with holder.transaction():
            await holder.execute(SEAT)
            for each in (first, *more):
                running.put(each)
            await blocked(migrated_url)  # in mid-write of the first
            store.writer(PKY).drop()
        await until(lambda: running.stats().fenced == len(more))
    await holder.close()
    assert running.stored == [first]
    assert await journal(migrated_url) == [first.seq]


@postgresql
async def test_a_write_waits_for_a_take_over_and_is_refused(
    store: Store, migrated_url: str
) -> None:
    """A take-over that is not yet committed counts, once it is."""
    store.writer(PKY).begin((await own(store)).token, Seq(0))
    store.writer(PKY).put(opening(arrived(1)))
    other = await asyncpg.connect(migrated_url)
    async with other.transaction():
        await other.execute(TAKE_OVER)
        running = asyncio.create_task(fenced(store))
        await blocked(migrated_url)
        assert await journal(migrated_url) == []
    await running
    await other.close()
    assert await journal(migrated_url) == []
    assert await fetch(migrated_url, "SELECT count(*) FROM tickets") == [(0,)]


@postgresql
async def test_a_take_over_waits_for_a_write_and_sees_it(
    store: Store, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the old owner is writing is in the journal by the time that the new one reads it."""
    monkeypatch.setattr("sip112.store.lease.GRACE_S", 0.0)
    lease = await store.leases.acquire(PKY, "a", "http://127.0.0.1:8112", 0.1)
    assert lease is not None
    store.writer(PKY).begin(lease.token, Seq(0))
    other = Store(migrated_url)
    holder = await asyncpg.connect(migrated_url)
    async with run(store) as running:
        async with holder.transaction():
            await holder.execute(SEAT)
            records = life(1)
            for each in records:
                running.put(each)
            await blocked(migrated_url)  # in mid-write
            taking = asyncio.create_task(sooner_or_later(other))
            await blocked(migrated_url, 2)  # in mid-take-over
        second = await taking
        assert second.token == lease.token + 1
        read = await other.read_start(PKY, START, DAY)
        assert read.last_seq == records[-1].seq
        await running.settled()
    assert running.stored == records
    await holder.close()
    store.writer(PKY).put(opening(arrived(2)))
    await fenced(store)
    await other.close()


@postgresql
async def test_an_owner_frozen_in_mid_write_is_fenced(
    migrated_url: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    """With a server that stands still the fate of a write is unknown; a later try is refused."""
    monkeypatch.setattr(drivers, "ANSWER_WITHIN", 0.3)
    async with owning(store) as running:
        await running.write(*life(1))
        postgres.signal(signal.SIGSTOP)
        try:
            for each in life(2):
                running.put(each)
            await until(lambda: running.stats().failures)
        finally:
            postgres.signal(signal.SIGCONT)
        await running.settled()
    await execute(migrated_url, TAKE_OVER)
    store.writer(PKY).put(opening(arrived(3)))
    await fenced(store)
    assert len(await journal(migrated_url)) == 12


async def sooner_or_later(store: Store) -> Lease:
    """Acquire the lease as a standby does: by trying until it is to be had."""
    async with asyncio.timeout(15):
        while True:
            if lease := await store.leases.acquire(PKY, "b", "http://127.0.0.1:8113", 3.0):
                return lease
            await asyncio.sleep(0.01)


async def blocked(url: str, count: int = 1) -> None:
    """Wait until so many requests wait for a lock in the database."""
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while (await fetch(url, query))[0][0] < count:  # noqa: ASYNC110 - a server sets no event
            await asyncio.sleep(0.005)
