"""Handoffs to agencies: the directory, what became of each handoff, and what is to be sent."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

TIME: Final = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
JSON: Final = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "directory",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False, comment="agency, type or area"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="within its part"),
        sa.Column(
            "version", sa.BigInteger(), nullable=False, comment="the revision that made it so"
        ),
        sa.Column(
            "data",
            sa.Text(),
            nullable=False,
            comment="JSON: all of it, as store.agencies writes it",
        ),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("centre", "part", "code", name="pk_directory"),
        comment="the agencies, incident types and areas of a centre, as they are now",
    )
    op.create_table(
        "directory_events",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, comment="of the centre's directory"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), comment="JSON: as it became; null: it was removed"),
        sa.PrimaryKeyConstraint("centre", "revision", name="pk_directory_events"),
        comment="who changed what in the directory: append-only",
    )
    op.create_table(
        "webhook_secrets",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("centre", "agency", name="pk_webhook_secrets"),
        comment="with what an agency's messages are signed; never exported",
    )
    op.create_table(
        "handoffs",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False, comment="ordered by time"),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False, comment="handoff, received or referral"),
        sa.Column("severity", sa.Text()),
        sa.Column("ladder", JSON, nullable=False, comment="as the agency had it then"),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("limits", JSON, nullable=False, comment="by which its clock runs"),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("since", TIME, nullable=False, comment="when it came to that step"),
        sa.Column("rung", sa.Integer(), nullable=False, comment="of the ladder, tried last"),
        sa.Column("tried_at", TIME, nullable=False, comment="when that was"),
        sa.Column("due_at", TIME, comment="when it escalates"),
        sa.Column("alarmed_at", TIME, comment="when a supervisor was called"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ended_at", TIME, comment="null: something may still come of it"),
        sa.PrimaryKeyConstraint("id", "centre", name="pk_handoffs"),
        sa.ForeignKeyConstraint(
            ["ticket_id", "centre"], ["tickets.id", "tickets.centre"], name="fk_handoffs_tickets"
        ),
        comment="incidents passed on to agencies",
    )
    op.create_index(
        "ix_handoffs_centre_agency_requested_at_id",
        "handoffs",
        ["centre", "agency", "requested_at", "id"],
    )
    op.create_index("ix_handoffs_centre_due_at_id", "handoffs", ["centre", "due_at", "id"])
    op.create_index(
        "ix_handoffs_centre_ended_at_requested_at_id",
        "handoffs",
        ["centre", "ended_at", "requested_at", "id"],
    )
    op.create_index(
        "ix_handoffs_centre_requested_at_id", "handoffs", ["centre", "requested_at", "id"]
    )
    op.create_index(
        "ix_handoffs_centre_ticket_id_requested_at_id",
        "handoffs",
        ["centre", "ticket_id", "requested_at", "id"],
    )
    op.create_index(
        "uq_handoffs_open",
        "handoffs",
        ["centre", "ticket_id", "agency"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "handoff_events",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("handoff_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="1 is the first of its handoff"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("handoff_id", "centre", "n", name="pk_handoff_events"),
        sa.ForeignKeyConstraint(
            ["handoff_id", "centre"],
            ["handoffs.id", "handoffs.centre"],
            name="fk_handoff_events_handoffs",
        ),
        comment="what became of handoffs: append-only",
    )
    op.create_table(
        "outbox",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False, comment="the message's idempotency key"),
        sa.Column("handoff_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="1 is the first of its handoff"),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "channel", sa.Text(), nullable=False, comment="with address and contact: the rung"
        ),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), comment="null: never sent; once it is made it stays"),
        sa.Column("content_type", sa.Text()),
        sa.Column("ticket_version", sa.Integer(), comment="of which the body was made"),
        sa.Column("made_at", TIME, comment="the body"),
        sa.Column("not_before", TIME, nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, comment="since `since`"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("since", TIME, nullable=False, comment="created, or sent again by a person"),
        sa.Column("done_at", TIME),
        sa.PrimaryKeyConstraint("id", "centre", name="pk_outbox"),
        sa.UniqueConstraint("handoff_id", "centre", "n", name="uq_outbox_handoff_id_centre_n"),
        sa.ForeignKeyConstraint(
            ["handoff_id", "centre"], ["handoffs.id", "handoffs.centre"], name="fk_outbox_handoffs"
        ),
        comment="what agencies are told: written with what it tells, sent afterwards",
    )
    op.create_index(
        "ix_outbox_centre_state_done_at_id", "outbox", ["centre", "state", "done_at", "id"]
    )
    op.create_index(
        "ix_outbox_centre_state_next_try_at_id", "outbox", ["centre", "state", "next_try_at", "id"]
    )
    op.create_table(
        "idempotency",
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column(
            "principal",
            sa.Text(),
            nullable=False,
            comment="who asked: a person, a token, an agency",
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="of what was asked for"),
        sa.Column(
            "answer",
            JSON,
            nullable=False,
            comment="the ids of the handoffs that it made or changed",
        ),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("centre", "principal", "key", name="pk_idempotency"),
        comment="what was asked for under a key, so that it is done once",
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"])
    op.create_table(
        "agency_links",
        sa.Column(
            "digest", sa.String(64), nullable=False, comment="SHA-256 of the secret in the link"
        ),
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("handoff_id", sa.Uuid(), nullable=False),
        sa.Column(
            "contact", sa.Text(), nullable=False, comment="who was written to; empty: the agency"
        ),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_agency_links"),
        sa.ForeignKeyConstraint(
            ["handoff_id", "centre"],
            ["handoffs.id", "handoffs.centre"],
            name="fk_agency_links_handoffs",
        ),
        comment="by which somebody at an agency opens an incident without an account",
    )
