"""Incidents of neighbour centres: whose they were first, and what these call their calls.

No call opens the ticket of one that comes as a message.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns, and let a ticket be without the call that opened it."""
    source = "what the centre that it was transferred from calls it"
    domain = "of the centre whose incident it was first; null: this one"
    opener = "the call that opened it; null: a neighbour centre did"
    op.add_column("calls", sa.Column("source", sa.Text(), comment=source))
    op.add_column("tickets", sa.Column("domain", sa.Text(), comment=domain))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("tickets", "call_id", nullable=True, comment=opener)
        return
    # SQLite cannot let a column be empty that could not; other tables hold on to this one
    op.add_column("tickets", sa.Column("opener", sa.Uuid()))
    op.execute("UPDATE tickets SET opener = call_id")
    op.execute("ALTER TABLE tickets DROP COLUMN call_id")
    op.execute("ALTER TABLE tickets RENAME COLUMN opener TO call_id")
