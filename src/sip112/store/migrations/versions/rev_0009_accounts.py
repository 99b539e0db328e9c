"""Accounts of agencies. Whoever there is is of the centre."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column."""
    of = "whose account it is; null is of the centre"
    op.add_column("persons", sa.Column("agency", sa.Text(), comment=of))
