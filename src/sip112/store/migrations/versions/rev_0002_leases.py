"""The table of leases: which node owns a centre."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIME: Final = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "leases",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column(
            "token", sa.BigInteger(), nullable=False, comment="grows with every change of owner"
        ),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column(
            "process", sa.Text(), nullable=False, comment="that owns it; empty once it is released"
        ),
        sa.Column("url", sa.Text(), nullable=False, comment="where other nodes reach the owner"),
        sa.Column("until", TIME, comment="by the database's clock; null: while the process lives"),
        sa.PrimaryKeyConstraint("centre", name="pk_leases"),
        comment="who owns a centre, and so is the only one that writes its journal",
    )
