"""What happened in an incident at other centres."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

TIME: Final = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
JSON: Final = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "neighbour_moments",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column(
            "neighbour",
            sa.Text(),
            nullable=False,
            comment="agency code of the centre that told of it",
        ),
        sa.Column("id", sa.Text(), nullable=False, comment="by which that centre knows it"),
        sa.Column(
            "n", sa.Integer(), nullable=False, comment="in the order in which they were told"
        ),
        sa.Column("origin", sa.Text(), nullable=False, comment="that centre's agency identifier"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.PrimaryKeyConstraint(
            "ticket_id", "centre", "neighbour", "id", name="pk_neighbour_moments"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id", "centre"],
            ["tickets.id", "tickets.centre"],
            name="fk_neighbour_moments_tickets",
        ),
        comment="what happened in an incident at other centres: append-only",
    )
