"""Who owns a centre: a lease with a fencing token, which one node at a time holds.

A row for each centre says which process owns it, under which token, and until when by the
database's clock. The token grows with every change of owner and never falls: whatever an owner
does, it does under its token, so that what comes from an earlier one can be told and refused.

On PostgreSQL an owner renews its lease; one that stops is followed by whoever acquires it next.
On SQLite, which serves one node, a lock that the kernel keeps on a file beside the database
takes the clock's place: it lasts exactly as long as the process.
"""

from __future__ import annotations

import asyncio
import math
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote

import asyncpg
from sqlalchemy import URL

from sip112.routing.ids import CentreCode, Instant
from sip112.store.drivers import part
from sip112.store.engine import check_file
from sip112.store.errors import DATABASE_ERRORS, StoreInUse, unavailable
from sip112.store.lock import FileLock, LockedError
from sip112.store.process import is_dead, new_name
from sip112.store.tables import instant

ANSWER_WITHIN: Final = 1.0
"""Seconds that anything asked about leases may take, connecting included. They are a third of
a lease's life: an owner must learn in time that it cannot renew."""

LONGEST_S: Final = 10.0
"""No lease is given for longer. One that seems to last longer is from before the database's
clock was set back, and counts as ended."""

GRACE_S: Final = 3.0
"""Seconds for which, after the database was away, a lease that has ended meanwhile is left to
its owner, which could not renew it and is most likely alive."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lease:
    """A centre's lease as the database had it when it was asked."""

    centre: CentreCode
    token: int
    """Grows with every change of owner."""
    node: str
    """Name of the node that owns the centre, or owned it last."""
    process: str
    """Which of its processes (`process.new_name`); empty once the lease is released."""
    url: str
    """Where other nodes reach that node's HTTP."""
    until: Instant | None
    """When it ends, by the database's clock; None on SQLite: with the process."""
    current: bool
    """Whether it had not ended."""


class Leases(Protocol):
    """The leases of all centres, as one process (an instance of this) sees and takes them.

    Every method raises StoreUnavailable within `ANSWER_WITHIN` seconds if the database does
    not answer. What was asked may then still be carried out: acquiring not, after that time;
    renewing and releasing do no harm.
    """

    async def acquire(
        self, centre: CentreCode, node: str, url: str, ttl_s: float, at_least: int = 0
    ) -> Lease | None:
        """Take the lease for `ttl_s` seconds, up to `LONGEST_S`; None while another has it.

        It is to be had when nobody has it, when it was released or has ended, or when the
        process that has it is known to be dead. Whose it is already gets it again, under
        the same token. Otherwise the token is one more than the last one, and in any case at
        least `at_least`: what Asterisk may have seen of an owner that had no database.

        StoreInUse, a StoreUnavailable, if the database is SQLite and another process runs
        on it.
        """
        ...

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        """Have the lease last for `ttl_s` seconds from now; False if it is another's by now.

        Also one that has ended is renewed, if nobody has taken it.
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Give the lease back, so that the next one need not wait. Nothing if it is not ours."""
        ...

    async def holder(self, centre: CentreCode) -> Lease | None:
        """Return the lease of whoever owns `centre`, or owned it last; None if nobody has."""
        ...

    async def close(self) -> None:
        """Close the connection. Leases that are not released last until they end."""
        ...


# --- PostgreSQL ------------------------------------------------------------------------------

_LOOK: Final = """
    SELECT clock_timestamp() AS now, token, node, process, url, until
    FROM (SELECT) AS once LEFT JOIN leases ON centre = $1"""

# The decision is made on what `_LOOK` has seen: the lease is taken only if nothing has changed
# since. And not later than `$9`: a request that the server comes to after we have given it up
# must not take a lease for somebody who does not know of it.
_TAKE: Final = """
    INSERT INTO leases AS held (centre, node, process, url, token, until)
    SELECT $1, $2, $3, $4, greatest($5::bigint, 1), clock_timestamp() + make_interval(secs => $6)
    WHERE clock_timestamp() < $9
    ON CONFLICT (centre) DO UPDATE SET
        node = excluded.node, process = excluded.process, url = excluded.url,
        token = CASE held.process WHEN excluded.process THEN greatest(held.token, $5)
                ELSE greatest(held.token + 1, $5) END,
        until = clock_timestamp() + make_interval(secs => $6)
    WHERE held.token = $7 AND held.until IS NOT DISTINCT FROM $8 AND clock_timestamp() < $9
    RETURNING clock_timestamp() AS now, token, node, process, url, until"""

_RENEW: Final = """
    UPDATE leases SET until = clock_timestamp() + make_interval(secs => $4)
    WHERE centre = $1 AND token = $2 AND process = $3
    RETURNING token"""

_RELEASE: Final = """
    UPDATE leases SET until = clock_timestamp(), process = ''
    WHERE centre = $1 AND token = $2 AND process = $3"""


class PostgresLeases:
    """Leases in PostgreSQL, over a connection of their own (see `Leases`)."""

    def __init__(self, url: URL) -> None:
        self._url = url
        _, self._options = url.get_dialect()().create_connect_args(url)
        self._process = new_name()
        self._connection: Any = None
        self._one_at_a_time = asyncio.Lock()
        self._failed_at = -math.inf
        """When the database last failed, by the monotonic clock."""

    async def acquire(
        self, centre: CentreCode, node: str, url: str, ttl_s: float, at_least: int = 0
    ) -> Lease | None:
        """Take the lease; None while another has it. See `Leases`."""
        _check(ttl_s)
        async with self._asking() as connection:
            row = await connection.fetchrow(_LOOK, centre)
            seen = _lease(centre, row)
            if seen is not None and not self._may_take(seen):
                return None
            took = await connection.fetchrow(
                _TAKE,
                *(centre, node, self._process, url, at_least, ttl_s),
                *(row["token"], row["until"]),
                row["now"] + timedelta(seconds=ANSWER_WITHIN),
            )
            return None if took is None else _lease(centre, took)

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        """Have the lease last; False if it is another's by now. See `Leases`."""
        _check(ttl_s)
        async with self._asking() as connection:
            token = await connection.fetchval(
                _RENEW, lease.centre, lease.token, self._process, ttl_s
            )
            return token is not None

    async def release(self, lease: Lease) -> None:
        """Give the lease back."""
        async with self._asking() as connection:
            await connection.execute(_RELEASE, lease.centre, lease.token, self._process)

    async def holder(self, centre: CentreCode) -> Lease | None:
        """Return the lease of whoever owns `centre`, or owned it last; None if nobody has."""
        async with self._asking() as connection:
            return _lease(centre, await connection.fetchrow(_LOOK, centre))

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await part(connection, ANSWER_WITHIN)

    def _may_take(self, seen: Lease) -> bool:
        if seen.process in {"", self._process}:
            return True
        if is_dead(seen.process):
            return True
        return not seen.current and time.monotonic() - self._failed_at > GRACE_S

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Any]:
        try:
            async with asyncio.timeout(ANSWER_WITHIN), self._one_at_a_time:
                try:
                    if self._connection is None or self._connection.is_closed():
                        self._connection = await asyncpg.connect(**self._options)
                    yield self._connection
                except BaseException:
                    if self._connection is not None:
                        self._connection.terminate()
                        self._connection = None
                    raise
        except DATABASE_ERRORS as error:
            self._failed_at = time.monotonic()
            raise unavailable(error, self._url) from error


def _lease(centre: CentreCode, row: Any) -> Lease | None:
    """Return the lease in a row of `_LOOK` or `_TAKE`; None if it says that there is none."""
    if row["token"] is None:
        return None
    now, until = row["now"], row["until"]
    return Lease(
        centre,
        row["token"],
        row["node"],
        row["process"],
        row["url"],
        None if until is None else instant(until),
        until is not None and now < until <= now + timedelta(seconds=LONGEST_S),
    )


# --- SQLite ----------------------------------------------------------------------------------

_LAST: Final = "SELECT token, process FROM leases WHERE centre = ?"
_KEEP: Final = """
    INSERT OR REPLACE INTO leases (centre, token, node, process, url) VALUES (?, ?, ?, ?, ?)"""
_LET_GO: Final = "UPDATE leases SET process = '' WHERE centre = ? AND process = ?"
_HOLDER: Final = "SELECT token, node, process, url FROM leases WHERE centre = ?"


class SqliteLeases:
    """Leases in SQLite, for as long as this process has the lock beside the file (`Leases`)."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._path = Path(url.database or "")
        self._lock = FileLock(self._path)
        self._process = new_name()
        self._tokens: dict[CentreCode, int] = {}
        """Of the leases that are ours."""
        self._one_at_a_time = threading.Lock()

    async def acquire(
        self, centre: CentreCode, node: str, url: str, ttl_s: float, at_least: int = 0
    ) -> Lease | None:
        """Take the lease; StoreInUse while another process runs on the file. See `Leases`."""
        _check(ttl_s)
        return await self._ask(self._acquire, centre, node, url, at_least)

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        """Whether the lease is still ours. See `Leases`."""
        _check(ttl_s)
        return await self._ask(self._is_ours, lease)

    async def release(self, lease: Lease) -> None:
        """Give the lease back, and with the last one the lock."""
        await self._ask(self._release, lease)

    async def holder(self, centre: CentreCode) -> Lease | None:
        """Return the lease of whoever owns `centre`, or owned it last; None if nobody has."""
        return await self._ask(self._holder, centre)

    async def close(self) -> None:
        """Let go of the lock."""
        self._lock.let_go()

    async def _ask(self, work: Callable[..., T], *arguments: Any) -> T:
        def alone() -> T:
            with self._one_at_a_time:
                return work(*arguments)

        try:
            check_file(self._url)
            async with asyncio.timeout(ANSWER_WITHIN):
                return await asyncio.to_thread(alone)
        except DATABASE_ERRORS as error:
            raise unavailable(error, self._url) from error

    def _acquire(self, centre: CentreCode, node: str, url: str, at_least: int) -> Lease:
        if not self._lock.held:
            self._tokens.clear()
            try:
                self._lock.take(f"process {os.getpid()}, node {node}")
            except LockedError as error:
                raise StoreInUse(self._path, str(error)) from error
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            token, process = connection.execute(_LAST, (centre,)).fetchone() or (0, "")
            token = max(token if process == self._process else token + 1, at_least)
            connection.execute(_KEEP, (centre, token, node, self._process, url))
            connection.execute("COMMIT")
        self._tokens[centre] = token
        return Lease(centre, token, node, self._process, url, None, current=True)

    def _is_ours(self, lease: Lease) -> bool:
        return self._tokens.get(lease.centre) == lease.token and self._lock.held

    def _release(self, lease: Lease) -> None:
        if self._is_ours(lease):
            del self._tokens[lease.centre]
            try:
                with self._connect() as connection:
                    connection.execute(_LET_GO, (lease.centre, self._process))
            finally:
                if not self._tokens:
                    self._lock.let_go()

    def _holder(self, centre: CentreCode) -> Lease | None:
        with self._connect() as connection:
            row = connection.execute(_HOLDER, (centre,)).fetchone()
        if row is None:
            return None
        token, node, process, url = row
        ours = self._lock.held
        current = process == self._process if ours else process and self._lock.held_by_another()
        return Lease(centre, token, node, process, url, None, current=bool(current))

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        uri = f"file:{quote(str(self._path.absolute()))}?mode=rw"
        wait = ANSWER_WITHIN * 0.9
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=wait)) as opened:
            opened.execute("PRAGMA synchronous=FULL")  # a token never falls
            yield opened


def _check(ttl_s: float) -> None:
    if not 0 < ttl_s <= LONGEST_S:
        msg = f"a lease lasts for up to {LONGEST_S:.0f} s, not for {ttl_s} s"
        raise ValueError(msg)


def leases_for(url: URL) -> Leases:
    """Return the leases that the database at `url` keeps, as a process of its own."""
    return SqliteLeases(url) if url.get_backend_name() == "sqlite" else PostgresLeases(url)
