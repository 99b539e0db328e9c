"""Whose a ticket is. Those that there are belong to whoever answered their call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns and the index, and fill them."""
    by = "who answered last for the caller; see routing.assignment"
    seq = "the journal's entry that says so"
    op.add_column("tickets", sa.Column("assignee", sa.Text(), comment="whose it is: a login name"))
    op.add_column("tickets", sa.Column("answered_by", sa.Text(), comment=by))
    op.add_column("tickets", sa.Column("answered_seq", sa.BigInteger(), comment=seq))
    op.create_index(
        "ix_tickets_centre_assignee_opened_at_id",
        "tickets",
        ["centre", "assignee", "opened_at", "id"],
    )
    op.execute(
        """
        UPDATE tickets SET assignee = taken.agent, answered_by = taken.agent,
            answered_seq = taken.seq
        FROM (
            SELECT centre, id, agent, seq FROM calls
            WHERE agent IS NOT NULL AND answered_at IS NOT NULL AND state IN ('talking', 'ended')
        ) AS taken
        WHERE taken.centre = tickets.centre AND taken.id = tickets.call_id
        """
    )
