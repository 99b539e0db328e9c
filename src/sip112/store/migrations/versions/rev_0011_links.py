"""Tickets that belong together. Those that there are stand alone."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TIME: Final = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_HOLDS: Final = sa.text("kind = 'duplicate' AND undone_at IS NULL")


def upgrade() -> None:
    """Create the table, and add the columns that follow from it."""
    parent = "of what it is a duplicate; follows from ticket_links"
    linked = "when it was last linked or unlinked; null: never"
    op.add_column("tickets", sa.Column("parent_id", sa.Uuid(), comment=parent))
    op.add_column("tickets", sa.Column("linked_at", TIME, comment=linked))
    op.create_table(
        "ticket_links",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False, comment="ordered by time"),
        sa.Column("kind", sa.Text(), nullable=False, comment="duplicate or related"),
        sa.Column(
            "ticket_id", sa.Uuid(), nullable=False, comment="the duplicate, or one of the related"
        ),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of ticket_id, that this made"),
        sa.Column("undone_at", TIME, comment="null: it holds"),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.Column("undone_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "centre", name="pk_ticket_links"),
        sa.ForeignKeyConstraint(
            ["ticket_id", "centre"],
            ["tickets.id", "tickets.centre"],
            name="fk_ticket_links_tickets",
        ),
        sa.ForeignKeyConstraint(
            ["other_id", "centre"],
            ["tickets.id", "tickets.centre"],
            name="fk_ticket_links_others",
        ),
        comment="what people said of two tickets: one incident, or related",
    )
    op.create_index(
        "uq_ticket_links_duplicate",
        "ticket_links",
        ["centre", "ticket_id"],
        unique=True,
        sqlite_where=_HOLDS,
        postgresql_where=_HOLDS,
    )
    for column in ("ticket_id", "other_id"):
        op.create_index(f"ix_ticket_links_centre_{column}", "ticket_links", ["centre", column])
