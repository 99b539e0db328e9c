"""Persons, their sessions, and the audit log, which nobody can change or shorten."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

TIME: Final = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
JSON: Final = sa.JSON().with_variant(JSONB(), "postgresql")

_SQLITE: Final = tuple(
    f"CREATE TRIGGER audit_log_no_{verb} BEFORE {verb} ON audit_log "
    "BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END"
    for verb in ("update", "delete")
)

_POSTGRESQL: Final = (
    """
    CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit_log is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()
    """,
)


def upgrade() -> None:
    """Create the tables and the triggers."""
    op.create_table(
        "persons",
        sa.Column("id", sa.Text(), nullable=False, comment="login name"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.Column(
            "centres", JSON, nullable=False, comment="where the person works; none is everywhere"
        ),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False, comment="Argon2's hash"),
        sa.Column("password_at", TIME, nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_persons"),
        comment="who may sign in; never deleted",
    )
    op.create_table(
        "sessions",
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the secret in the cookie",
        ),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("centre", sa.Text(), comment="of the seat"),
        sa.Column("seat", sa.Text(), comment="at which the person sits"),
        sa.Column("seat_since", TIME),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name="fk_sessions_persons"),
        sa.UniqueConstraint("centre", "seat", name="uq_sessions_centre_seat"),
        comment="who is signed in",
    )
    op.create_index("ix_sessions_person", "sessions", ["person"])
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), nullable=False, comment="ordered by time"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("centre", sa.Text()),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        comment="who saw or did what: append-only, which triggers see to",
    )
    op.create_index("ix_audit_log_centre_at_id", "audit_log", ["centre", "at", "id"])
    op.create_index("ix_audit_log_who_at_id", "audit_log", ["who", "at", "id"])
    op.create_index("ix_audit_log_at_id", "audit_log", ["at", "id"])
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
