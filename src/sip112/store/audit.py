"""The audit log: taken at once, written as soon as the database lets us, and read.

`put` only appends to memory; a task that lives for as long as something waits writes it. An
entry that is written twice, since nobody knew whether a commit came through, is kept once.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Row, Select, literal, or_, select, tuple_

from sip112.people.audit import AuditEntry
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, Instant
from sip112.store.connecting import Connecting
from sip112.store.errors import is_data_error
from sip112.store.rows import clean, cleaned
from sip112.store.statements import insert_new
from sip112.store.tables import audit_log, instant, utc
from sip112.store.writer import FLUSH_WITHIN, Outage

PENDING_MAX: Final = 100_000
"""Entries that wait in memory while the database is away; what comes beyond is in the log."""

GROUP_MAX: Final = 200
"""Entries in one transaction."""

_log: Final = structlog.get_logger("sip112.audit")


class AuditLog:
    """Writes and reads who saw or did what (api.ports.Audit)."""

    def __init__(self, reading: Connecting, writing: Connecting, outage: Outage) -> None:
        self._reading = reading
        self._writing = writing
        self._outage = outage
        self._pending: deque[AuditEntry] = deque()
        self._work: asyncio.Task[None] | None = None
        self._moved_at = 0.0
        self.refused = 0
        """Entries that found no room, or that the database refused."""

    @property
    def pending(self) -> int:
        """Entries that wait to be written."""
        return len(self._pending)

    @property
    def stuck_s(self) -> float:
        """Seconds for which entries wait and none was written."""
        return time.monotonic() - self._moved_at if self._pending else 0.0

    def put(self, entry: AuditEntry) -> None:
        """Take an entry to be written. Never waits and never fails."""
        if len(self._pending) >= PENDING_MAX:
            self._refuse(entry, "no room")
            return
        if not self._pending:
            self._moved_at = time.monotonic()
        self._pending.append(entry)
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._write(), name="audit")

    async def page(
        self,
        *,
        centres: Collection[CentreCode] = (),
        people: Collection[str] | None = None,
        who: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        after: tuple[Instant, UUID] | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """Return entries, newest first (api.ports.Audit). StoreUnavailable."""
        query = _in_sight(centres, people)
        if who is not None:
            query = query.where(audit_log.c.who == clean(who))
        if action is not None and action.endswith("."):
            query = query.where(audit_log.c.action.startswith(clean(action), autoescape=True))
        elif action is not None:
            query = query.where(audit_log.c.action == clean(action))
        if subject is not None:
            query = query.where(audit_log.c.subject == clean(subject))
        if since is not None:
            query = query.where(audit_log.c.at >= utc(since))
        if until is not None:
            query = query.where(audit_log.c.at < utc(until))
        if after is not None:
            at, last = after
            place = literal(utc(at), audit_log.c.at.type), literal(last, audit_log.c.id.type)
            query = query.where(tuple_(audit_log.c.at, audit_log.c.id) < tuple_(*place))
        newest_first = query.order_by(audit_log.c.at.desc(), audit_log.c.id.desc())
        async with self._reading() as connection:
            return [_entry_of(row) for row in await connection.execute(newest_first.limit(limit))]

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
            self._moved_at = time.monotonic()
            size = GROUP_MAX
            for _ in group:
                self._pending.popleft()

    async def _insert(self, group: list[AuditEntry]) -> None:
        async with self._writing() as connection:
            rows = [_row_of(entry) for entry in group]
            await connection.execute(insert_new(connection, audit_log), rows)

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


def _in_sight(centres: Collection[CentreCode], people: Collection[str] | None) -> Select[Any]:
    query = select(audit_log)
    of_none: ColumnElement[bool] = audit_log.c.centre.is_(None)
    if people is not None:
        of_none &= audit_log.c.who.in_(people) | audit_log.c.subject.in_(people)
    if centres:
        return query.where(or_(audit_log.c.centre.in_(centres), of_none))
    return query


def _entry_of(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=instant(row.at),
        centre=None if row.centre is None else CentreCode(row.centre),
        who=row.who,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        address=row.address,
    )


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
