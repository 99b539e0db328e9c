"""Whatever is wrong with the database, the error says what to do."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rig.postgres import PostgresServer
from sip112.routing.errors import StoreUnavailable
from sip112.store import drivers, engine
from sip112.store import store as store_module
from sip112.store.errors import StoreUrlError
from sip112.store.migrate import migrate  # noqa: F401 - loaded while files may still be read
from sip112.store.store import Store
from tests.store.examples import PKY, START, arrived, opening
from tests.store.helpers import execute, holding, own, owning, until


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://root:geheim@127.0.0.1/sip112", "keeps nothing in 'mysql'"),
        ("postgresql+psycopg2://127.0.0.1/sip112", "keeps nothing in 'postgresql\\+psycopg2'"),
        ("var/sip112.db", "is none"),
        ("", "is none"),
        ("postgresql://user:geheim@127.0.0.1:port/x", "is none"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_a_wrong_url_is_refused_with_an_example(url: str, says: str) -> None:
    """A URL that cannot work is told at once, without its password."""
    with pytest.raises(StoreUrlError, match=says) as refusal:
        Store(url)
    assert "sqlite:///relative/path.db" in str(refusal.value)
    assert "geheim" not in str(refusal.value)


async def problem(url: str) -> str:
    """Return what reading from the database at `url` says; migrating must say it too."""
    store = Store(url)
    with pytest.raises(StoreUnavailable) as reading:
        await store.calls(PKY)
    with pytest.raises(StoreUnavailable) as migrating:
        await store.migrate()
    with pytest.raises(StoreUnavailable):
        await store.ping()
    await store.close()
    assert str(migrating.value) == str(reading.value)
    return str(reading.value)


async def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    """The directory is named, and that it must be created."""
    said = await problem(f"sqlite:///{tmp_path}/none/sip112.db")
    assert f"{tmp_path}/none of the database does not exist. Create it" in said


@pytest.mark.parametrize("mode", [0o555, 0o000])
async def test_a_directory_without_permission(mode: int) -> None:
    """A directory that may not be written, or not even entered, is told as that."""
    with closed_directory(mode) as directory:
        said = await problem(f"sqlite:///{directory}/sip112.db")
    assert "may not be read and written" in said


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A file of another kind is not touched."""
    path = tmp_path / "sip112.db"
    path.write_text("Dear diary, " * 1000)
    said = await problem(f"sqlite:///{path}")
    assert "damaged or no database" in said
    assert path.read_text() == "Dear diary, " * 1000


async def test_only_migrating_creates_a_file(tmp_path: Path) -> None:
    """A database that is not there is told as that, and not made without tables."""
    path = tmp_path / "sip112.db"
    store = Store(f"sqlite:///{path}")
    for reading in (store.calls(PKY), store.leases.holder(PKY), own(store)):
        with pytest.raises(StoreUnavailable, match="sip112 migrate"):
            await reading
    assert not path.exists()
    await store.migrate()
    async with owning(store) as running:
        elsewhere = path.rename(tmp_path / "elsewhere.db")
        running.put(opening(arrived(1)))
        await until(lambda: running.stats().failures)
        assert "sip112 migrate" in (running.stats().last_error or "")
        assert not path.exists()
        elsewhere.rename(path)
        await running.settled()
    assert running.stats().written == 1
    await store.close()


async def test_a_database_without_tables(url: str) -> None:
    """Tables that are missing are made by one command, which is named."""
    await execute(url, "CREATE TABLE other (x int)")
    store = Store(url)
    with pytest.raises(StoreUnavailable, match="Create them with: sip112 migrate"):
        await store.calls(PKY)
    with pytest.raises(StoreUnavailable, match="Create them with: sip112 migrate"):
        await store.ping()
    await store.close()


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_locked_file(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that waits too long for another program says what is in the way."""
    monkeypatch.setattr(engine, "SQLITE_PRAGMAS", ("PRAGMA busy_timeout=10",))
    store = Store(migrated_url)
    call = arrived(1)
    assert call.ticket is not None
    with holding(migrated_url), pytest.raises(StoreUnavailable, match="locked"):
        await store.change_ticket(PKY, call.ticket, {"address": "x"}, 1, "ani")
    await store.close()


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_a_standby(migrated_url: str, postgres: PostgresServer) -> None:
    """A server that only reads says where to write."""
    name = migrated_url.rsplit("/", 1)[1]
    store = Store(migrated_url)
    async with owning(store) as running:
        await execute(migrated_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        running.put(opening(arrived(1)))
        await until(lambda: running.stats().failures)
        assert "Point SIP112_DATABASE_URL at the primary" in (running.stats().last_error or "")
        reset = f"ALTER DATABASE {name} RESET default_transaction_read_only"
        await execute(postgres.url(), reset)
        await running.settled()
    await store.close()


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_a_user_without_rights(migrated_url: str) -> None:
    """A user that may not read the tables is told what it must be."""
    await execute(migrated_url, "DROP ROLE IF EXISTS guest")
    await execute(migrated_url, "CREATE ROLE guest LOGIN")
    store = Store(migrated_url.replace("postgres@", "guest@"))
    with pytest.raises(StoreUnavailable, match="Make it the owner"):
        await store.calls(PKY)
    await store.close()


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_no_connection_left(migrated_url: str) -> None:
    """A database whose connections are all taken says so."""
    name = migrated_url.rsplit("/", 1)[1]
    await execute(migrated_url, "DROP ROLE IF EXISTS guest")
    await execute(migrated_url, "CREATE ROLE guest LOGIN")
    await execute(migrated_url, f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    store = Store(migrated_url.replace("postgres@", "guest@"))
    with pytest.raises(StoreUnavailable, match="run out of room, memory or connections"):
        await store.ping()
    await store.close()


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_no_space_left(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is told as that, and waited out."""
    store = Store(migrated_url)
    with monkeypatch.context() as patch:
        full = (*drivers.SQLITE_PRAGMAS, "PRAGMA max_page_count=1")
        patch.setattr(drivers, "SQLITE_PRAGMAS", full)
        async with owning(store) as running:
            for n in range(100):
                running.put(opening(arrived(n)))
            await until(lambda: running.stats().failures)
            assert "No space is left" in (running.stats().last_error or "")
            patch.undo()
            await running.settled()
    assert len(running.stored) == 100
    await store.close()


async def test_no_server() -> None:
    """Where nothing listens the address is named, without the password."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        said = await problem(f"postgresql://sip112:geheim@127.0.0.1:{port}/x")
    assert "cannot be reached" in said
    assert f"127.0.0.1:{port}" in said
    assert "geheim" not in said


async def test_no_such_database(postgres: PostgresServer) -> None:
    """A server without the database says how to create it."""
    assert "createdb" in await problem(postgres.url("none"))


async def test_no_such_user(postgres: PostgresServer) -> None:
    """A user that the server does not know is told as that."""
    said = await problem(f"postgresql://nobody-here@127.0.0.1:{postgres.port}/postgres")
    assert "refuses the user or the password" in said


async def test_a_server_that_does_not_answer(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read from a frozen server ends after a time."""
    store = Store(postgres.url())
    with pytest.raises(StoreUnavailable, match="no tables"):
        await store.ping()
    monkeypatch.setattr(store_module, "ANSWER_WITHIN", 0.2)
    with frozen(postgres), pytest.raises(StoreUnavailable, match="does not answer in time"):
        await store.read_start(PKY, START, "20261122")
    await store.close()


@contextmanager
def closed_directory(mode: int) -> Iterator[Path]:
    """Make a directory with `mode`, and be a user without privileges for a while."""
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made) / "closed"
        directory.mkdir()
        Path(made).chmod(0o755)
        directory.chmod(mode)
        before = os.geteuid()
        if before == 0:
            os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            yield directory
        finally:
            os.seteuid(before)
            directory.chmod(0o700)


@contextmanager
def frozen(server: PostgresServer) -> Iterator[None]:
    """Let the server and its connections stand still."""
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_a_change_works_again_when_the_database_is_no_longer_read_only(
    migrated_url: str, postgres: PostgresServer
) -> None:
    """Sessions from that time, which would stay read-only, are not used again."""
    name = migrated_url.rsplit("/", 1)[1]
    before, store = Store(migrated_url), Store(migrated_url)
    call = arrived(1)
    assert call.ticket is not None
    async with owning(before) as running:
        await running.write(opening(call))
    await before.leases.release(await own(before))
    await before.close()
    await execute(migrated_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(StoreUnavailable, match="is read-only"):
        await store.change_ticket(PKY, call.ticket, {"address": "x"}, 1, "ani")
    with pytest.raises(StoreUnavailable, match="is read-only"):
        await own(store)
    reset = f"ALTER DATABASE {name} RESET default_transaction_read_only"
    await execute(postgres.url(), reset)
    assert (await store.change_ticket(PKY, call.ticket, {"address": "x"}, 1, "ani")).version
    await own(store)
    await store.close()
