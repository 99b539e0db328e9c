"""Callbacks: who is to be called back."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TIME: Final = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "callbacks",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False, comment="the call that nobody answered"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("arrived_at", TIME, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("ticket_number", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Text()),
        sa.Column("agent", sa.Text()),
        sa.Column("pbx", sa.Text()),
        sa.Column("taken_at", TIME),
        sa.Column("result", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("closed_at", TIME),
        sa.PrimaryKeyConstraint("centre", "call_id", name="pk_callbacks"),
        comment="who is, or was, to be called back",
    )
    op.create_index(
        "ix_callbacks_centre_outcome_opened_at_call_id",
        "callbacks",
        ["centre", "outcome", "opened_at", "call_id"],
    )
