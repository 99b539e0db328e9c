"""One node at a time owns a centre, and everybody can tell which."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from rig.postgres import PostgresServer
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode
from sip112.store import lease as lease_module
from sip112.store import process
from sip112.store.errors import StoreInUse
from sip112.store.lease import Lease
from sip112.store.process import is_dead, new_name
from sip112.store.store import Store
from tests.store.examples import PKY, life
from tests.store.helpers import execute, fetch, owning
from tests.store.proxy import Proxy

SPT = CentreCode("SPT")
A_URL, B_URL = "http://10.0.0.1:8112", "http://10.0.0.2:8112"


@pytest.fixture
async def other(migrated_url: str) -> AsyncIterator[Store]:
    """Give the store of another node."""
    store = Store(migrated_url)
    yield store
    await store.close()


async def acquire(store: Store, node: str = "a", ttl_s: float = 3.0, at_least: int = 0) -> Lease:
    """Acquire the lease, which must be free."""
    lease = await store.leases.acquire(PKY, node, A_URL, ttl_s, at_least)
    assert lease is not None
    return lease


async def sooner_or_later(store: Store, within: float = 15.0) -> Lease:
    """Acquire the lease as a standby does: by trying until it is to be had."""
    async with asyncio.timeout(within):
        while True:
            if (lease := await store.leases.acquire(PKY, "b", B_URL, 3.0)) is not None:
                return lease
            await asyncio.sleep(0.02)


async def ended(store: Store) -> None:
    """Wait until the lease has ended."""
    async with asyncio.timeout(10):
        while True:
            held = await store.leases.holder(PKY)
            if held is not None and not held.current:
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def owner(url: str, ttl_s: float = 10.0) -> AsyncIterator[asyncio.subprocess.Process]:
    """Have another process own the centre."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.owner", url, str(ttl_s)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert int(await program.stdout.readline()) >= 1
        yield program
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()


# --- taking and keeping ----------------------------------------------------------------------


async def test_the_first_who_comes_owns_the_centre(store: Store) -> None:
    """Everybody is told who it is and where to find it."""
    assert await store.leases.holder(PKY) is None
    lease = await acquire(store)
    assert (lease.centre, lease.token, lease.node, lease.url) == (PKY, 1, "a", A_URL)
    assert lease.current
    assert await store.leases.holder(PKY) == lease
    assert await store.leases.holder(SPT) is None


async def test_the_owner_gets_it_again_under_the_same_token(store: Store) -> None:
    """Acquiring twice, as after an answer that was lost, is no change of owner."""
    first = await acquire(store)
    again = await acquire(store)
    assert again.token == first.token
    assert await store.leases.renew(first, 3.0)


async def test_the_token_is_at_least_what_asterisk_has_seen(store: Store) -> None:
    """An owner without a database may have told Asterisk of a higher one."""
    assert (await acquire(store, at_least=41)).token == 41
    assert (await acquire(store, at_least=40)).token == 41
    assert (await acquire(store, at_least=2**40)).token == 2**40


async def test_after_a_release_the_token_grows(store: Store, other: Store) -> None:
    """Also when the same process comes back: what it did before is past."""
    first = await acquire(store)
    await store.leases.release(first)
    assert not await store.leases.renew(first, 3.0)
    released = await store.leases.holder(PKY)
    assert released is not None
    assert (released.node, released.current) == ("a", False)
    second = await acquire(other, "b")
    assert second.token == first.token + 1
    await store.leases.release(first)  # it is not ours any more: nothing happens
    assert await other.leases.renew(second, 3.0)
    await other.leases.release(second)
    assert (await acquire(store, at_least=2)).token == first.token + 2
    assert await fetch(store_url(store), "SELECT centre, node FROM leases") == [("PKY", "a")]


def store_url(store: Store) -> str:
    """Return the URL of a store as the tests' own connections take it."""
    url = store._url.set(drivername=store._url.get_backend_name())
    return url.render_as_string(hide_password=False)


async def test_centres_are_owned_apart(store: Store) -> None:
    """Giving one back leaves the other."""
    pky = await acquire(store)
    spt = await store.leases.acquire(SPT, "a", A_URL, 3.0)
    assert spt is not None
    await store.leases.release(spt)
    assert await store.leases.renew(pky, 3.0)
    assert not await store.leases.renew(spt, 3.0)


@pytest.mark.parametrize("ttl_s", [0, -1, 11, float("nan")])
async def test_no_lease_for_ever(store: Store, ttl_s: float) -> None:
    """A lease that lasts for days would outlive its owner by days."""
    with pytest.raises(ValueError, match="up to 10 s"):
        await store.leases.acquire(PKY, "a", A_URL, ttl_s)


# --- several nodes: PostgreSQL ---------------------------------------------------------------

postgresql = pytest.mark.parametrize("backend", ["postgresql"])


@postgresql
async def test_a_lease_that_is_renewed_is_not_to_be_had(store: Store, other: Store) -> None:
    """For longer than its life; and when it has ended, the next one has a higher token."""
    lease = await acquire(store, ttl_s=0.5)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        assert await store.leases.renew(lease, 0.5)
        assert await other.leases.acquire(PKY, "b", B_URL, 3.0) is None
        await asyncio.sleep(0.02)
    second = await sooner_or_later(other)
    assert (second.token, second.node, second.url) == (lease.token + 1, "b", B_URL)
    assert not await store.leases.renew(lease, 3.0)
    assert await store.leases.acquire(PKY, "a", A_URL, 3.0) is None
    assert await store.leases.holder(PKY) == second


@postgresql
async def test_an_ended_lease_that_nobody_took_is_renewed(store: Store, other: Store) -> None:
    """A slow owner is no lost owner."""
    lease = await acquire(store, ttl_s=0.05)
    await ended(other)
    assert await store.leases.renew(lease, 3.0)
    assert await other.leases.acquire(PKY, "b", B_URL, 3.0) is None


@postgresql
async def test_of_many_who_come_at_once_one_gets_it(migrated_url: str) -> None:
    """Again and again, with the token growing by one each time."""
    nodes = [Store(migrated_url) for _ in range(8)]
    for turn in range(1, 6):
        taken = await asyncio.gather(
            *(each.leases.acquire(PKY, str(n), A_URL, 3.0) for n, each in enumerate(nodes))
        )
        (won,) = [lease for lease in taken if lease is not None]
        assert won.token == turn
        await nodes[taken.index(won)].leases.release(won)
    for each in nodes:
        await each.close()


@postgresql
async def test_a_clock_that_was_set_back_leaves_no_lease_for_an_hour(
    store: Store, other: Store, migrated_url: str
) -> None:
    """A lease cannot last longer than the longest that is given."""
    lease = await acquire(store)
    await execute(migrated_url, "UPDATE leases SET until = until + interval '1 hour'")
    held = await other.leases.holder(PKY)
    assert held is not None
    assert not held.current
    assert (await sooner_or_later(other)).token == lease.token + 1


# --- a predecessor that is dead --------------------------------------------------------------


async def test_a_killed_owner_is_followed_at_once_on_the_same_machine(
    store: Store, migrated_url: str
) -> None:
    """A service that comes back after kill -9 does not wait for the lease to end."""
    async with owner(migrated_url) as program:
        with pytest.raises((StoreInUse, AssertionError)):
            await acquire(store)  # it lives
        program.kill()
        await program.wait()
        began = time.monotonic()
        lease = await acquire(store)
        assert time.monotonic() - began < 5  # of the lease's 10
    assert lease.token == 2


@postgresql
async def test_an_owner_that_stands_still_is_waited_for(store: Store, migrated_url: str) -> None:
    """It is not dead; only the end of its lease takes the centre from it."""
    async with owner(migrated_url, ttl_s=1.0) as program:
        program.send_signal(signal.SIGSTOP)
        held = await store.leases.holder(PKY)
        assert held is not None
        assert not is_dead(held.process)
        assert (await sooner_or_later(store)).token == 2


def test_who_is_dead() -> None:
    """Only a process of this machine that has ended is; a zombie has, and an unknown one not."""
    assert not is_dead(new_name())
    assert not is_dead("")
    assert not is_dead("f" * 32)
    *machine, pid, start, rest = new_name().split(" ")
    assert new_name().split(" ")[:-1] == [*machine, pid, start]
    assert new_name().split(" ")[-1] != rest
    assert is_dead(" ".join([*machine, pid, str(int(start) - 1), rest]))  # the number again
    zombie = os.posix_spawn("/bin/true", ["true"], {})
    began = process._stat(zombie)
    deadline = time.monotonic() + 10
    while began is None or began[0] != "Z":
        assert time.monotonic() < deadline
        began = process._stat(zombie)
    name = " ".join([*machine, str(zombie), began[2], rest])
    assert is_dead(name)
    os.waitpid(zombie, 0)
    assert is_dead(name)
    for n, part in enumerate(machine):
        elsewhere = [*machine[:n], part + "1", *machine[n + 1 :]]
        assert not is_dead(" ".join([*elsewhere, str(zombie), began[2], rest]))


def test_without_proc_nobody_is_dead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the kernel cannot be asked, leases must end by themselves."""
    *machine, _, start, rest = new_name().split(" ")
    gone = " ".join([*machine, "999999999", start, rest])
    assert is_dead(gone)
    monkeypatch.setattr(process, "_PROC", tmp_path)
    assert not is_dead(gone)
    assert new_name() != new_name()
    assert not is_dead(new_name())


# --- when the database does not answer --------------------------------------------------------


@postgresql
@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGQUIT])
async def test_no_answer_is_told_in_time(
    store: Store, other: Store, postgres: PostgresServer, how: signal.Signals
) -> None:
    """An owner learns it within a second, and keeps its lease when the database is back."""
    lease = await acquire(store, ttl_s=0.3)
    await other.leases.holder(PKY)
    if how is signal.SIGSTOP:
        postgres.signal(how)
    else:
        postgres.stop(how)
    try:
        asks: list[Callable[[], Awaitable[object]]] = [
            lambda: store.leases.renew(lease, 3.0),
            lambda: store.leases.renew(lease, 3.0),
            lambda: other.leases.acquire(PKY, "b", B_URL, 3.0),
            lambda: other.leases.holder(PKY),
        ]
        for ask in asks:
            began = time.monotonic()
            with pytest.raises(StoreUnavailable):
                await ask()
            assert time.monotonic() - began < lease_module.ANSWER_WITHIN + 1.0
    finally:
        if how is signal.SIGSTOP:
            postgres.signal(signal.SIGCONT)
        else:
            postgres.start()
    # Its lease has ended long ago, and the standby asks first: but it leaves the owner time.
    assert await other.leases.acquire(PKY, "b", B_URL, 3.0) is None
    again = await acquire(store)
    assert again.node == "a"
    assert await other.leases.acquire(PKY, "b", B_URL, 3.0) is None


@postgresql
async def test_an_owner_that_died_with_the_database_is_followed_after_a_grace(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> None:
    """The time that it is left ends."""
    monkeypatch.setattr(lease_module, "GRACE_S", 0.5)
    lease = await acquire(store, ttl_s=0.1)
    postgres.stop()
    with pytest.raises(StoreUnavailable):
        await other.leases.acquire(PKY, "b", B_URL, 3.0)
    postgres.start()
    assert (await sooner_or_later(other)).token == lease.token + 1


@postgresql
async def test_a_request_that_is_carried_out_too_late_takes_nothing(
    store: Store, other: Store, migrated_url: str
) -> None:
    """A server that stood still must not give the lease to somebody who has given up."""
    lease = await acquire(store, ttl_s=0.1)
    await other.leases.holder(PKY)
    holder = await asyncpg.connect(migrated_url)
    async with holder.transaction():
        await holder.execute("SELECT FROM leases FOR SHARE")
        await ended(other)  # so that it goes on to take the lease
        with pytest.raises(StoreUnavailable):
            await other.leases.acquire(PKY, "b", B_URL, 3.0)
        assert await waiting(holder) == 1  # the server still has the request
        await asyncio.sleep(lease_module.ANSWER_WITHIN)  # what is tested is this time itself
    async with asyncio.timeout(10):
        while await waiting(holder):  # noqa: ASYNC110 - a server sets no event
            await asyncio.sleep(0.01)
    await holder.close()
    assert await store.leases.renew(lease, 3.0)


async def waiting(connection: Any) -> int:
    """Return how many requests wait for a lock in the database."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return count


@postgresql
async def test_a_cut_connection_is_made_anew(migrated_url: str, postgres: PostgresServer) -> None:
    """The lease is renewed all the same; whose answer is lost asks again."""
    async with Proxy(postgres.port).serve() as proxy:
        store = Store(migrated_url.replace(str(postgres.port), str(proxy.port)))
        lease = await acquire(store)
        proxy.cut = "reply"
        with pytest.raises(StoreUnavailable):
            await store.leases.renew(lease, 3.0)
        assert await store.leases.renew(lease, 3.0)
        await store.leases.release(lease)
        proxy.cut = "reply"
        with pytest.raises(StoreUnavailable):
            await store.leases.acquire(PKY, "a", A_URL, 3.0)
        assert (await acquire(store)).token == lease.token + 1
        await store.close()


async def test_a_database_without_the_table(url: str) -> None:
    """It says which command makes it."""
    await execute(url, "CREATE TABLE other (x int)")
    store = Store(url)
    with pytest.raises(StoreUnavailable, match="sip112 migrate"):
        await store.leases.acquire(PKY, "a", A_URL, 3.0)
    await store.close()


async def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    """Neither is a file made, nor is a server waited for."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for url in (
            f"sqlite:///{tmp_path}/none/sip112.db",
            f"postgresql://127.0.0.1:{taken.getsockname()[1]}/x",
        ):
            store = Store(url)
            with pytest.raises(StoreUnavailable):
                await store.leases.acquire(PKY, "a", A_URL, 3.0)
            with pytest.raises(StoreUnavailable):
                await store.leases.holder(PKY)
            await store.close()


# --- one node: SQLite ------------------------------------------------------------------------

sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@sqlite
async def test_a_second_node_is_refused_and_told_why(
    store: Store, other: Store, tmp_path: Path
) -> None:
    """Whatever path it comes by. It says who is there, and that PostgreSQL serves several."""
    await acquire(store)
    (tmp_path / "elsewhere").symlink_to(tmp_path)
    astray = Store(f"sqlite:///{tmp_path}/elsewhere/sip112.db")
    for each in (other, astray):
        with pytest.raises(StoreInUse) as refusal:
            await each.leases.acquire(PKY, "b", B_URL, 3.0)
        assert f"process {os.getpid()}, node a" in str(refusal.value)
        assert "PostgreSQL" in str(refusal.value)
        held = await each.leases.holder(PKY)
        assert held is not None
        assert (held.node, held.url, held.current) == ("a", A_URL, True)
        assert not await each.leases.renew(held, 3.0)
        await each.leases.release(held)  # it is not theirs
    await astray.close()
    assert await store.leases.renew(await acquire(store), 3.0)
    await store.close()
    assert (await acquire(other)).token == 2


@sqlite
async def test_reading_goes_on_beside_a_node(store: Store, other: Store) -> None:
    """Lists on the command line need no lease."""
    async with owning(store) as running:
        records = life(1)
        await running.write(*records)
        assert [each.id for each in await other.calls(PKY)] == [
            each.call.id for each in records[:1] if each.call
        ]
        await other.ping()
        await other.migrate()


@sqlite
async def test_a_look_never_keeps_a_node_out(store: Store, other: Store) -> None:
    """Whoever asks who owns the centre holds the lock for a moment only, and is waited out."""
    await store.leases.release(await acquire(store))
    looking = asyncio.create_task(look_without_end(other))
    for _ in range(50):
        lease = await acquire(store)
        await store.leases.release(lease)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def look_without_end(store: Store) -> None:
    """Ask who owns the centre, again and again."""
    while True:
        await store.leases.holder(PKY)


@sqlite
async def test_a_lock_that_was_removed_is_noticed(
    store: Store, other: Store, tmp_path: Path
) -> None:
    """Without its file a lock keeps nobody out, so its owner owns nothing."""
    lease = await acquire(store)
    (tmp_path / "sip112.db.lock").unlink()
    assert not await store.leases.renew(lease, 3.0)
    second = await acquire(other, "b")
    assert second.token == lease.token + 1
    with pytest.raises(StoreInUse):
        await acquire(store)


@sqlite
async def test_a_database_that_is_locked_by_a_backup(store: Store, migrated_url: str) -> None:
    """Nothing is waited for beyond a second; the lease is renewed without the file."""
    lease = await acquire(store)
    with closing(sqlite3.connect(migrated_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.leases.acquire(SPT, "a", A_URL, 3.0)
        assert time.monotonic() - began < lease_module.ANSWER_WITHIN + 1.0
        assert await store.leases.renew(lease, 3.0)
    assert await store.leases.acquire(SPT, "a", A_URL, 3.0) is not None
