"""A disk that is full, with a real file system that is: said, waited out, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rig.postgres import PostgresServer
from sip112.store.store import Store
from tests.store.examples import life
from tests.store.helpers import Running, fetch, owning, until

MOUNT, UMOUNT = "/bin/mount", "/bin/umount"


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Have a small file system, in a directory of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    at = Path(tempfile.mkdtemp(prefix="sip112-disk-"))
    subprocess.run([MOUNT, "-t", "tmpfs", "-o", f"size={megabytes}m", "none", at], check=True)  # noqa: S603
    at.chmod(0o755)
    try:
        yield at
    finally:
        subprocess.run([UMOUNT, "--lazy", at], check=True)  # noqa: S603
        at.rmdir()


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no room on a disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        block = bytes(1 << 16)
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(block[:size]) == size:
                    pass
            except OSError:
                continue
    try:
        yield
    finally:
        ballast.unlink()


async def calls_until_it_fails(running: Running, put: list[int]) -> None:
    """Put calls until writing fails; what is put is in `put`."""
    deadline = time.monotonic() + 60
    while not running.stats().failures:
        assert time.monotonic() < deadline
        if running.stats().pending < 5000:
            for each in life(len(put)):
                put.append(each.seq)
                running.put(each)
        await until(lambda: running.stats().pending < 1000 or running.stats().failures)


async def test_sqlite_on_a_full_disk() -> None:
    """What fitted stays, the rest follows once there is room, each entry once and in order."""
    with small_disk(4) as disk:
        url = f"sqlite:///{disk}/sip112.db"
        store = Store(url)
        await store.migrate()
        first = life(0)
        put: list[int] = [each.seq for each in first]
        async with owning(store) as running:
            await running.write(*first)  # so that it is connected
            with filled(disk):
                await calls_until_it_fails(running, put)
                assert "No space is left" in (running.stats().last_error or "")
            await running.settled()
        assert [each.seq for each in running.stored] == put
        assert await journal(url) == put
        await store.close()


async def test_postgresql_on_a_full_disk() -> None:
    """The same; where the server itself gives up for want of room, it is started again."""
    with small_disk(160) as disk:
        server = PostgresServer(disk).initialise()
        server.start()
        try:
            store = Store(server.url())
            await store.migrate()
            put: list[int] = []
            async with owning(store) as running:
                with filled(disk):
                    await calls_until_it_fails(running, put)
                    assert running.stats().last_error
                if not server.running:
                    server.start()
                await running.settled()
            assert [each.seq for each in running.stored] == put
            assert await journal(server.url()) == put
            await store.close()
        finally:
            server.stop(signal.SIGQUIT)


async def journal(url: str) -> list[int]:
    """Return the numbers of all journal entries."""
    return [seq for (seq,) in await fetch(url, "SELECT seq FROM call_events ORDER BY seq")]
