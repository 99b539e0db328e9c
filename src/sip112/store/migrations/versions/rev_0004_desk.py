"""What the operators' desk writes on tickets: the place on the map, and who is involved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("tickets", sa.Column("latitude", sa.Double()))
    op.add_column("tickets", sa.Column("longitude", sa.Double()))
    op.add_column("tickets", sa.Column("persons", sa.Text()))
