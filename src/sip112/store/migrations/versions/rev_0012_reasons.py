"""Why messages failed, as codes with details. What was written before has its text alone."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"

JSON: Final = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns."""
    failed = "what failed: its code and details; note has it, too"
    op.add_column("handoff_events", sa.Column("reason", JSON, comment=failed))
    same = "the same: its code and details"
    op.add_column("outbox", sa.Column("last_reason", JSON, comment=same))
    why = "why something failed: its code and details"
    op.add_column("neighbour_moments", sa.Column("reason", JSON, comment=why))
