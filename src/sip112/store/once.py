"""What is done once under a key, however often it is asked for: written with what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.dispatch.errors import KeyReused
from sip112.dispatch.once import Once
from sip112.routing.ids import CentreCode, Instant
from sip112.store import queries
from sip112.store.rows import cleaned
from sip112.store.statements import insert_new
from sip112.store.tables import idempotency, utc

REMEMBERED_S: Final = 7 * 24 * 3600.0
"""Seconds for which a key is remembered: far longer than anybody goes on asking."""


async def done_before(
    connection: AsyncConnection, centre: CentreCode, once: Once | None
) -> list[UUID] | None:
    """Return the identifiers of what was done under a key; None if nothing was. KeyReused."""
    if once is None:
        return None
    query = queries.done_once(centre, once.principal, once.key)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    if row.digest != once.digest:
        raise KeyReused(once.key)
    return [UUID(each) for each in row.answer]


async def remember(
    connection: AsyncConnection,
    centre: CentreCode,
    once: Once | None,
    done: Sequence[UUID],
    at: Instant,
) -> None:
    """Keep what was done under a key, and forget what nobody asks for any more."""
    if once is None:
        return
    long_ago = idempotency.c.at < utc(Instant(at - REMEMBERED_S))
    await connection.execute(delete(idempotency).where(long_ago))
    row = {
        "centre": centre,
        "principal": once.principal,
        "key": once.key,
        "digest": once.digest,
        "answer": [str(each) for each in done],
        "at": utc(at),
    }
    kept = await connection.execute(insert_new(connection, idempotency), cleaned(row))
    if kept.rowcount != 1:  # for another ticket or handoff, at the same time
        raise KeyReused(once.key)
