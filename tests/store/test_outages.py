"""One outage after another while an owner writes without end: nothing lost, doubled, reordered.

The owner renews its lease all the while, and a standby would like to have it.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from rig.postgres import PostgresServer
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import Seq
from sip112.store import drivers
from sip112.store.lease import Lease
from sip112.store.store import Store
from tests.store.examples import PKY, life
from tests.store.helpers import Running, execute, fetch, run, until
from tests.store.proxy import Proxy

TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class Trouble:
    """What can befall a database, each for a moment."""

    def __init__(self, server: PostgresServer, proxy: Proxy, url: str) -> None:
        self._server = server
        self._proxy = proxy
        self._url = url
        self.kinds: list[Callable[[Running], Awaitable[None]]] = [
            self.crash,
            self.stop,
            self.freeze,
            self.cut_before_the_commit,
            self.cut_after_the_commit,
            self.end_sessions,
            self.only_read,
        ]

    async def crash(self, running: Running) -> None:
        """The server dies and recovers."""
        self._server.stop(signal.SIGQUIT)
        await failing(running)
        self._server.start()

    async def stop(self, running: Running) -> None:
        """Somebody stops the server in an orderly way."""
        self._server.stop()
        await failing(running)
        self._server.start()

    async def freeze(self, running: Running) -> None:
        """The server accepts and does not answer."""
        self._server.signal(signal.SIGSTOP)
        try:
            await failing(running)
        finally:
            self._server.signal(signal.SIGCONT)

    async def cut_before_the_commit(self, _: Running) -> None:
        """A request gets lost with its connection."""
        self._proxy.cut = "request"
        await until(lambda: self._proxy.cut is None)

    async def cut_after_the_commit(self, _: Running) -> None:
        """An answer gets lost with its connection."""
        self._proxy.cut = "reply"
        await until(lambda: self._proxy.cut is None)

    async def end_sessions(self, _: Running) -> None:
        """Somebody ends every session."""
        await execute(self._url, TERMINATE)

    async def only_read(self, running: Running) -> None:
        """The database may only be read."""
        name = self._url.rsplit("/", 1)[1]
        await execute(self._url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await execute(self._url, TERMINATE)
        await failing(running)
        await execute(
            self._server.url(), f"ALTER DATABASE {name} RESET default_transaction_read_only"
        )


async def failing(running: Running) -> None:
    """Wait until writing fails, and again."""
    before = running.stats().failures
    await until(lambda: running.stats().failures >= before + 2)


@asynccontextmanager
async def renewed(store: Store, lease: Lease) -> AsyncIterator[None]:
    """Renew a lease that must never be lost."""

    async def renew() -> None:
        while True:
            with suppress(StoreUnavailable):
                assert await store.leases.renew(lease, 10.0)
            await asyncio.sleep(0.2)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(renew())
        yield
        task.cancel()


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("seed", [112, 2026])
async def test_a_storm_of_outages(
    migrated_url: str, postgres: PostgresServer, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of trouble twice, in random order."""
    monkeypatch.setattr(drivers, "ANSWER_WITHIN", 0.3)
    monkeypatch.setattr("sip112.store.writer.RETRY_MOST", 0.2)
    put: list[int] = []
    async with Proxy(postgres.port).serve() as proxy:
        store = Store(migrated_url.replace(str(postgres.port), str(proxy.port)))
        lease = await store.leases.acquire(PKY, "a", "http://127.0.0.1:8112", 10.0)
        assert lease is not None
        store.writer(PKY).begin(lease.token, Seq(0))
        trouble = Trouble(postgres, proxy, migrated_url)
        kinds = trouble.kinds * 2
        random.Random(seed).shuffle(kinds)  # noqa: S311
        with capture_logs() as logs:
            async with renewed(store, lease), run(store) as running:

                async def write() -> None:
                    while True:
                        for each in life(len(put)):
                            put.append(each.seq)
                            running.put(each)
                            await asyncio.sleep(0.002)

                writing = asyncio.create_task(write())
                for kind in kinds:
                    await kind(running)
                    stored = len(running.stored)
                    await until(lambda stored=stored: len(running.stored) > stored)  # type: ignore[misc]
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
                await running.settled()
        await store.close()
    assert [each.seq for each in running.stored] == put
    journal = await fetch(migrated_url, "SELECT seq FROM call_events ORDER BY seq")
    assert [seq for (seq,) in journal] == put
    (opened,), (wrong,) = await fetch(
        migrated_url,
        """SELECT count(*) FROM tickets UNION ALL
           SELECT count(*) FROM calls WHERE seq <>
               (SELECT max(seq) FROM call_events WHERE call_id = calls.id)""",
    )
    assert wrong == 0
    assert opened == len({each.call.id for each in running.stored if each.call})
    assert {each["event"] for each in logs} == {"store.away", "store.back"}
