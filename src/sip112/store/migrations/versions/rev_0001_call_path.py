"""The tables of the call path: journal, calls, tickets, seats, agents."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

TIME: Final = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
JSON: Final = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "agents",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False, comment="where last logged in"),
        sa.Column("changed_at", TIME, nullable=False, comment="when the seat last changed there"),
        sa.PrimaryKeyConstraint("centre", "id", name="pk_agents"),
        comment="who has ever been logged in; who is now stands in seats.agent",
    )
    op.create_table(
        "call_events",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid()),
        sa.Column("seat_id", sa.Text()),
        sa.Column(
            "data", JSON, nullable=False, comment="the whole entry, as rows.RECORD writes it"
        ),
        sa.PrimaryKeyConstraint("centre", "seq", name="pk_call_events"),
        comment="the journal: append-only",
    )
    op.create_index(
        "ix_call_events_centre_call_id_seq", "call_events", ["centre", "call_id", "seq"]
    )
    op.create_table(
        "calls",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("arrived_at", TIME, nullable=False),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("caller_number", sa.Text()),
        sa.Column("caller_name", sa.Text()),
        sa.Column("caller_raw", sa.Text()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("skills", JSON, nullable=False),
        sa.Column("location", sa.Text()),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Uuid()),
        sa.Column("ticket_number", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer()),
        sa.Column("queued_at", TIME),
        sa.Column("offers", JSON, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("seat", sa.Text()),
        sa.Column("agent", sa.Text()),
        sa.Column("ended_at", TIME),
        sa.Column("outcome", sa.Text()),
        sa.Column("cause", sa.Integer()),
        sa.PrimaryKeyConstraint("centre", "id", name="pk_calls"),
        sa.UniqueConstraint(
            "pbx", "uniqueid", "arrived_at", name="uq_calls_pbx_uniqueid_arrived_at"
        ),
    )
    op.create_index("ix_calls_centre_arrived_at_id", "calls", ["centre", "arrived_at", "id"])
    op.create_index(
        "ix_calls_centre_caller_number_arrived_at_id",
        "calls",
        ["centre", "caller_number", "arrived_at", "id"],
    )
    op.create_index(
        "ix_calls_centre_outcome_arrived_at_id", "calls", ["centre", "outcome", "arrived_at", "id"]
    )
    op.create_index("ix_calls_centre_ticket_id", "calls", ["centre", "ticket_id"])
    op.create_table(
        "seats",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("skills", JSON, nullable=False),
        sa.Column("agent", sa.Text()),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("call_id", sa.Uuid()),
        sa.Column("talking", sa.Boolean(), nullable=False),
        sa.Column("wrap_up_until", TIME),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("centre", "id", name="pk_seats"),
    )
    op.create_table(
        "tickets",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "day", sa.String(length=8), nullable=False, comment="of the number: local day, YYYYMMDD"
        ),
        sa.Column("serial", sa.Integer(), nullable=False, comment="of the number"),
        sa.Column("call_id", sa.Uuid(), nullable=False, comment="the call that opened it"),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("incident_type", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("narrative", sa.Text()),
        sa.Column("severity", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("disposition", sa.Text()),
        sa.PrimaryKeyConstraint("id", "centre", name="pk_tickets"),
        sa.UniqueConstraint("centre", "day", "serial", name="uq_tickets_centre_day_serial"),
    )
    op.create_index("ix_tickets_centre_opened_at_id", "tickets", ["centre", "opened_at", "id"])
    op.create_index(
        "ix_tickets_centre_status_opened_at_id", "tickets", ["centre", "status", "opened_at", "id"]
    )
    op.create_table(
        "ticket_events",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="the version that the change made"
        ),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("old", sa.Text()),
        sa.Column("new", sa.Text()),
        sa.ForeignKeyConstraint(
            ["ticket_id", "centre"],
            ["tickets.id", "tickets.centre"],
            name="fk_ticket_events_tickets",
        ),
        sa.PrimaryKeyConstraint("ticket_id", "centre", "version", "field", name="pk_ticket_events"),
        comment="what people changed on tickets: append-only",
    )
