"""Databases as they were before a migration, with what is in them."""

from __future__ import annotations

from typing import Final

from tests.store.helpers import execute

_UNDO: Final = {
    "0012": [
        "ALTER TABLE handoff_events DROP COLUMN reason",
        "ALTER TABLE outbox DROP COLUMN last_reason",
        "ALTER TABLE neighbour_moments DROP COLUMN reason",
    ],
    "0011": [
        "DROP TABLE ticket_links",
        "ALTER TABLE tickets DROP COLUMN parent_id",
        "ALTER TABLE tickets DROP COLUMN linked_at",
    ],
    "0010": ["DROP TABLE neighbour_moments"],
    "0009": ["ALTER TABLE persons DROP COLUMN agency"],
    "0008": [
        "ALTER TABLE calls DROP COLUMN source",
        "ALTER TABLE tickets DROP COLUMN domain",
    ],
    "0007": [
        f"DROP TABLE {table}"
        for table in (
            "agency_links",
            "idempotency",
            "outbox",
            "handoff_events",
            "handoffs",
            "webhook_secrets",
            "directory_events",
            "directory",
        )
    ],
    "0006": [
        "DROP INDEX ix_tickets_centre_assignee_opened_at_id",
        *(
            f"ALTER TABLE tickets DROP COLUMN {column}"
            for column in ("assignee", "answered_by", "answered_seq")
        ),
    ],
}
"""What each migration did, undone; the last one first."""


async def take_back(url: str, revision: str) -> None:
    """Take a database that is up to date back to what it was at `revision`."""
    for undone, statements in _UNDO.items():
        if undone > revision:
            for statement in statements:
                await execute(url, statement)
    await execute(url, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608
