"""The audit log: taken at once, written as soon as the database lets us, and read.

`put` only appends to memory; a task that lives for as long as something waits writes it. An
entry that is written twice, since nobody knew whether a commit came through, is kept once.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.people.audit import AuditEntry
from sip112.routing.errors import StoreUnavailable
from sip112.store.errors import is_data_error
from sip112.store.rows import cleaned
from sip112.store.tables import audit_log, utc
from sip112.store.writer import FLUSH_WITHIN, Outage

PENDING_MAX: Final = 100_000
"""Entries that wait in memory while the database is away; what comes beyond is in the log."""

GROUP_MAX: Final = 200
"""Entries in one transaction."""

_log: Final = structlog.get_logger("sip112.audit")

Connecting = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class AuditLog:
    """Writes and reads who saw or did what (api.ports.Audit)."""

    def __init__(self, writing: Connecting, outage: Outage) -> None:
        self._writing = writing
        self._outage = outage
        self._pending: deque[AuditEntry] = deque()
        self._work: asyncio.Task[None] | None = None
        self.refused = 0
        """Entries that found no room, or that the database refused."""

    @property
    def pending(self) -> int:
        """Entries that wait to be written."""
        return len(self._pending)

    def put(self, entry: AuditEntry) -> None:
        """Take an entry to be written. Never waits and never fails."""
        if len(self._pending) >= PENDING_MAX:
            self._refuse(entry, "no room")
            return
        self._pending.append(entry)
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._write(), name="audit")

    async def close(self) -> None:
        """Write what is left, for `FLUSH_WITHIN` seconds."""
        if self._work is None:
            return
        await asyncio.wait({self._work}, timeout=FLUSH_WITHIN)
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        for entry in self._pending:
            self._refuse(entry, "not written before the end")

    async def _write(self) -> None:
        size = GROUP_MAX
        while self._pending:
            group = [self._pending[n] for n in range(min(size, len(self._pending)))]
            try:
                await self._insert(group)
            except StoreUnavailable as error:
                if not _is_refused(error):
                    await asyncio.sleep(self._outage.failed(error))
                elif len(group) == 1:
                    self._refuse(self._pending.popleft(), str(error))
                    size = GROUP_MAX
                else:
                    size = 1  # one that is refused must not hold up the others
                continue
            self._outage.over()
            size = GROUP_MAX
            for _ in group:
                self._pending.popleft()

    async def _insert(self, group: list[AuditEntry]) -> None:
        async with self._writing() as connection:
            insert = (
                postgresql.insert(audit_log)
                if connection.dialect.name == "postgresql"
                else sqlite.insert(audit_log)
            )
            await connection.execute(
                insert.on_conflict_do_nothing(), [_row_of(entry) for entry in group]
            )

    def _refuse(self, entry: AuditEntry, why: str) -> None:
        self.refused += 1
        _log.error(
            "not in the audit log",
            why=why,
            at=entry.at,
            who=entry.who,
            action=entry.action,
            subject=entry.subject,
        )


def _is_refused(error: StoreUnavailable) -> bool:
    """Whether the database will never take what it was given."""
    cause = error.__cause__
    driver = getattr(cause, "orig", None)
    causes = (cause, driver, getattr(driver, "__cause__", None))
    return any(isinstance(each, Exception) and is_data_error(each) for each in causes)


def _row_of(entry: AuditEntry) -> dict[str, Any]:
    row: dict[str, Any] = cleaned(
        {
            "id": entry.id,
            "at": utc(entry.at),
            "centre": entry.centre,
            "who": entry.who,
            "action": entry.action,
            "subject": entry.subject,
            "detail": json.loads(json.dumps(entry.detail, default=str)),
            "address": entry.address,
        }
    )
    return row
