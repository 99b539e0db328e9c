"""The tables: a journal that only grows, and what follows from it.

`call_events` is the truth; calls, tickets, seats and agents are derived from it and written in
the same transaction. What people write on tickets has a journal of its own, `ticket_events`, as
have the directory of agencies and each handoff.
`centre` is part of every key. A derived row carries the `seq` of the journal entry that it was
taken from, so that an entry which comes twice, or late, never overwrites a newer one. An index
ends with what its query sorts by: without that SQLite takes another index which has the order,
and reads all of it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from sip112.routing.ids import Instant

REVISION: Final = "0012"
"""The last migration: a database at it needs none."""


def utc(at: Instant) -> datetime:
    """Return `at` as an aware datetime, to the microsecond."""
    return datetime.fromtimestamp(at, UTC)


@lru_cache(maxsize=4096)  # an instant of a call is written again with each of its entries
def iso(at: Instant) -> str:
    """Return `at` as SQLite keeps it: fixed width, so that it sorts; with its zone."""
    return datetime.fromtimestamp(at, UTC).isoformat(" ", "microseconds")


def instant(at: datetime) -> Instant:
    """Return an aware time as the core counts it."""
    return Instant(at.timestamp())


def kept_now() -> Instant:
    """Return what time it is, exactly as it will be read back."""
    return instant(utc(Instant(time.time())))


class UtcTime(TypeDecorator[datetime]):
    """An aware time: timestamptz on PostgreSQL, ISO 8601 text in UTC on SQLite.

    Naive datetimes are refused: nobody can tell which clock they were read from.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the database really has."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive datetimes, and turn the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"a time without a zone cannot be stored: {value!r}"
            raise ValueError(msg)
        value = value.astimezone(UTC)
        return value.isoformat(" ", "microseconds") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        return cast("datetime", value).astimezone(UTC)


metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Json: Final = JSON().with_variant(JSONB(), "postgresql")
_JsonOrNull: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

call_events: Final = Table(
    "call_events",
    metadata,
    Column("centre", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("call_id", Uuid),
    Column("seat_id", Text),
    Column("data", _Json, nullable=False, comment="the whole entry, as rows.RECORD writes it"),
    PrimaryKeyConstraint("centre", "seq"),
    Index(None, "centre", "call_id", "seq"),
    comment="the journal: append-only",
)

calls: Final = Table(
    "calls",
    metadata,
    Column("centre", Text, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("pbx", Text, nullable=False),
    Column("uniqueid", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("arrived_at", UtcTime, nullable=False),
    Column("dialled", Text, nullable=False),
    Column("trunk", Text, nullable=False),
    Column("caller_number", Text),
    Column("caller_name", Text),
    Column("caller_raw", Text),
    Column("priority", Integer, nullable=False),
    Column("skills", _Json, nullable=False),
    Column("location", Text),
    Column("origin", Text, nullable=False),
    Column("ticket_id", Uuid),
    Column("ticket_number", Text),
    Column("state", Text, nullable=False),
    Column("position", Integer),
    Column("queued_at", UtcTime),
    Column("offers", _Json, nullable=False),
    Column("answered_at", UtcTime),
    Column("seat", Text),
    Column("agent", Text),
    Column("ended_at", UtcTime),
    Column("outcome", Text),
    Column("cause", Integer),
    Column("source", Text, comment="what the centre that it was transferred from calls it"),
    PrimaryKeyConstraint("centre", "id"),
    UniqueConstraint("pbx", "uniqueid", "arrived_at"),
    Index(None, "centre", "arrived_at", "id"),
    Index(None, "centre", "caller_number", "arrived_at", "id"),
    Index(None, "centre", "outcome", "arrived_at", "id"),
    Index(None, "centre", "ticket_id"),
)

tickets: Final = Table(
    "tickets",
    metadata,
    Column("centre", Text, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("number", Text, nullable=False),
    Column("day", String(8), nullable=False, comment="of the number: local day, YYYYMMDD"),
    Column("serial", Integer, nullable=False, comment="of the number"),
    Column("call_id", Uuid, comment="the call that opened it; null: a neighbour centre did"),
    Column("opened_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("incident_type", Text),
    Column("address", Text),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("narrative", Text),
    Column("persons", Text),
    Column("severity", Text),
    Column("language", Text),
    Column("disposition", Text),
    Column("assignee", Text, comment="whose it is: a login name"),
    Column("answered_by", Text, comment="who answered last for the caller; see routing.assignment"),
    Column("answered_seq", BigInteger, comment="the journal's entry that says so"),
    Column("domain", Text, comment="of the centre whose incident it was first; null: this one"),
    Column("parent_id", Uuid, comment="of what it is a duplicate; follows from ticket_links"),
    Column("linked_at", UtcTime, comment="when it was last linked or unlinked; null: never"),
    PrimaryKeyConstraint("id", "centre"),
    UniqueConstraint("centre", "day", "serial"),
    Index(None, "centre", "opened_at", "id"),
    Index(None, "centre", "status", "opened_at", "id"),
    Index(None, "centre", "assignee", "opened_at", "id"),
)

ticket_events: Final = Table(
    "ticket_events",
    metadata,
    Column("centre", Text, nullable=False),
    Column("ticket_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False, comment="the version that the change made"),
    Column("field", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("old", Text),
    Column("new", Text),
    PrimaryKeyConstraint("ticket_id", "centre", "version", "field"),
    ForeignKeyConstraint(["ticket_id", "centre"], ["tickets.id", "tickets.centre"]),
    comment="what people changed on tickets: append-only",
)

ticket_links: Final = Table(
    "ticket_links",
    metadata,
    Column("centre", Text, nullable=False),
    Column("id", Uuid, nullable=False, comment="ordered by time"),
    Column("kind", Text, nullable=False, comment="duplicate or related"),
    Column("ticket_id", Uuid, nullable=False, comment="the duplicate, or one of the related"),
    Column("other_id", Uuid, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="of ticket_id, that this made"),
    Column("undone_at", UtcTime, comment="null: it holds"),
    Column("undone_by", Text, nullable=False),
    Column("undone_reason", Text, nullable=False),
    PrimaryKeyConstraint("id", "centre"),
    ForeignKeyConstraint(["ticket_id", "centre"], ["tickets.id", "tickets.centre"]),
    ForeignKeyConstraint(
        ["other_id", "centre"],
        ["tickets.id", "tickets.centre"],
        name="fk_ticket_links_others",
    ),
    Index(
        "uq_ticket_links_duplicate",
        "centre",
        "ticket_id",
        unique=True,
        sqlite_where=text("kind = 'duplicate' AND undone_at IS NULL"),
        postgresql_where=text("kind = 'duplicate' AND undone_at IS NULL"),
    ),
    Index(None, "centre", "ticket_id"),
    Index(None, "centre", "other_id"),
    comment="what people said of two tickets: one incident, or related",
)

seats: Final = Table(
    "seats",
    metadata,
    Column("centre", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("skills", _Json, nullable=False),
    Column("agent", Text),
    Column("device", Text, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("pause_reason", Text),
    Column("call_id", Uuid),
    Column("talking", Boolean, nullable=False),
    Column("wrap_up_until", UtcTime),
    Column("since", UtcTime, nullable=False),
    PrimaryKeyConstraint("centre", "id"),
)

agents: Final = Table(
    "agents",
    metadata,
    Column("centre", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("seat", Text, nullable=False, comment="where last logged in"),
    Column("changed_at", UtcTime, nullable=False, comment="when the seat last changed there"),
    PrimaryKeyConstraint("centre", "id"),
    comment="who has ever been logged in; who is now stands in seats.agent",
)

callbacks: Final = Table(
    "callbacks",
    metadata,
    Column("centre", Text, nullable=False),
    Column("call_id", Uuid, nullable=False, comment="the call that nobody answered"),
    Column("seq", BigInteger, nullable=False),
    Column("number", Text, nullable=False),
    Column("arrived_at", UtcTime, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("name", Text),
    Column("ticket_number", Text),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("seat", Text),
    Column("agent", Text),
    Column("pbx", Text),
    Column("taken_at", UtcTime),
    Column("result", Text),
    Column("outcome", Text),
    Column("closed_at", UtcTime),
    PrimaryKeyConstraint("centre", "call_id"),
    Index(None, "centre", "outcome", "opened_at", "call_id"),
    comment="who is, or was, to be called back",
)

leases: Final = Table(
    "leases",
    metadata,
    Column("centre", Text, nullable=False),
    Column("token", BigInteger, nullable=False, comment="grows with every change of owner"),
    Column("node", Text, nullable=False),
    Column("process", Text, nullable=False, comment="that owns it; empty once it is released"),
    Column("url", Text, nullable=False, comment="where other nodes reach the owner"),
    Column("until", UtcTime, comment="by the database's clock; null: while the process lives"),
    PrimaryKeyConstraint("centre"),
    comment="who owns a centre, and so is the only one that writes its journal",
)

persons: Final = Table(
    "persons",
    metadata,
    Column("id", Text, nullable=False, comment="login name"),
    Column("name", Text, nullable=False),
    Column("roles", _Json, nullable=False),
    Column("centres", _Json, nullable=False, comment="where the person works; none is everywhere"),
    Column("language", Text, nullable=False),
    Column("password", Text, nullable=False, comment="Argon2's hash"),
    Column("password_at", UtcTime, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("agency", Text, comment="whose account it is; null is of the centre"),
    PrimaryKeyConstraint("id"),
    comment="who may sign in; never deleted",
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("digest", String(64), nullable=False, comment="SHA-256 of the secret in the cookie"),
    Column("person", Text, nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("address", Text, nullable=False),
    Column("centre", Text, comment="of the seat"),
    Column("seat", Text, comment="at which the person sits"),
    Column("seat_since", UtcTime),
    PrimaryKeyConstraint("digest"),
    ForeignKeyConstraint(["person"], ["persons.id"]),
    UniqueConstraint("centre", "seat"),
    Index(None, "person"),
    comment="who is signed in",
)

audit_log: Final = Table(
    "audit_log",
    metadata,
    Column("id", Uuid, nullable=False, comment="ordered by time"),
    Column("at", UtcTime, nullable=False),
    Column("centre", Text),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", _Json, nullable=False),
    Column("address", Text, nullable=False),
    PrimaryKeyConstraint("id"),
    Index(None, "centre", "at", "id"),
    Index(None, "who", "at", "id"),
    Index(None, "at", "id"),
    comment="who saw or did what: append-only, which triggers see to",
)

directory: Final = Table(
    "directory",
    metadata,
    Column("centre", Text, nullable=False),
    Column("part", Text, nullable=False, comment="agency, type or area"),
    Column("code", Text, nullable=False),
    Column("position", Integer, nullable=False, comment="within its part"),
    Column("version", BigInteger, nullable=False, comment="the revision that made it so"),
    Column("data", Text, nullable=False, comment="JSON: all of it, as store.agencies writes it"),
    Column("changed_at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    PrimaryKeyConstraint("centre", "part", "code"),
    comment="the agencies, incident types and areas of a centre, as they are now",
)

directory_events: Final = Table(
    "directory_events",
    metadata,
    Column("centre", Text, nullable=False),
    Column("revision", BigInteger, nullable=False, comment="of the centre's directory"),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("data", Text, comment="JSON: as it became; null: it was removed"),
    PrimaryKeyConstraint("centre", "revision"),
    comment="who changed what in the directory: append-only",
)

webhook_secrets: Final = Table(
    "webhook_secrets",
    metadata,
    Column("centre", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("centre", "agency"),
    comment="with what an agency's messages are signed; never exported",
)

handoffs: Final = Table(
    "handoffs",
    metadata,
    Column("centre", Text, nullable=False),
    Column("id", Uuid, nullable=False, comment="ordered by time"),
    Column("ticket_id", Uuid, nullable=False),
    Column("agency", Text, nullable=False),
    Column("purpose", Text, nullable=False, comment="handoff, received or referral"),
    Column("severity", Text),
    Column("ladder", _Json, nullable=False, comment="as the agency had it then"),
    Column("requested_at", UtcTime, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("limits", _Json, nullable=False, comment="by which its clock runs"),
    Column("step", Text, nullable=False),
    Column("since", UtcTime, nullable=False, comment="when it came to that step"),
    Column("rung", Integer, nullable=False, comment="of the ladder, tried last"),
    Column("tried_at", UtcTime, nullable=False, comment="when that was"),
    Column("due_at", UtcTime, comment="when it escalates"),
    Column("alarmed_at", UtcTime, comment="when a supervisor was called"),
    Column("reason", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("ended_at", UtcTime, comment="null: something may still come of it"),
    PrimaryKeyConstraint("id", "centre"),
    ForeignKeyConstraint(["ticket_id", "centre"], ["tickets.id", "tickets.centre"]),
    Index(
        "uq_handoffs_open",
        "centre",
        "ticket_id",
        "agency",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index(None, "centre", "ticket_id", "requested_at", "id"),
    Index(None, "centre", "requested_at", "id"),
    Index(None, "centre", "agency", "requested_at", "id"),
    Index(None, "centre", "ended_at", "requested_at", "id"),
    Index(None, "centre", "due_at", "id"),
    comment="incidents passed on to agencies",
)

handoff_events: Final = Table(
    "handoff_events",
    metadata,
    Column("centre", Text, nullable=False),
    Column("handoff_id", Uuid, nullable=False),
    Column("n", Integer, nullable=False, comment="1 is the first of its handoff"),
    Column("at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("reason", _JsonOrNull, comment="what failed: its code and details; note has it, too"),
    PrimaryKeyConstraint("handoff_id", "centre", "n"),
    ForeignKeyConstraint(["handoff_id", "centre"], ["handoffs.id", "handoffs.centre"]),
    comment="what became of handoffs: append-only",
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("centre", Text, nullable=False),
    Column("id", Uuid, nullable=False, comment="the message's idempotency key"),
    Column("handoff_id", Uuid, nullable=False),
    Column("n", Integer, nullable=False, comment="1 is the first of its handoff"),
    Column("ticket_id", Uuid, nullable=False),
    Column("agency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False, comment="with address and contact: the rung"),
    Column("address", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("body", LargeBinary, comment="null: never sent; once it is made it stays"),
    Column("content_type", Text),
    Column("ticket_version", Integer, comment="of which the body was made"),
    Column("made_at", UtcTime, comment="the body"),
    Column("not_before", UtcTime, nullable=False),
    Column("next_try_at", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False, comment="since `since`"),
    Column("state", Text, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("last_reason", _JsonOrNull, comment="the same: its code and details"),
    Column("created_at", UtcTime, nullable=False),
    Column("since", UtcTime, nullable=False, comment="created, or sent again by a person"),
    Column("done_at", UtcTime),
    PrimaryKeyConstraint("id", "centre"),
    UniqueConstraint("handoff_id", "centre", "n"),
    ForeignKeyConstraint(["handoff_id", "centre"], ["handoffs.id", "handoffs.centre"]),
    Index(None, "centre", "state", "next_try_at", "id"),
    Index(None, "centre", "state", "done_at", "id"),
    comment="what agencies are told: written with what it tells, sent afterwards",
)

idempotency: Final = Table(
    "idempotency",
    metadata,
    Column("centre", Text, nullable=False),
    Column("principal", Text, nullable=False, comment="who asked: a person, a token, an agency"),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False, comment="of what was asked for"),
    Column(
        "answer", _Json, nullable=False, comment="the ids of the handoffs that it made or changed"
    ),
    Column("at", UtcTime, nullable=False),
    PrimaryKeyConstraint("centre", "principal", "key"),
    Index(None, "at"),
    comment="what was asked for under a key, so that it is done once",
)

agency_links: Final = Table(
    "agency_links",
    metadata,
    Column("digest", String(64), nullable=False, comment="SHA-256 of the secret in the link"),
    Column("centre", Text, nullable=False),
    Column("handoff_id", Uuid, nullable=False),
    Column("contact", Text, nullable=False, comment="who was written to; empty: the agency"),
    Column("made_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("digest"),
    ForeignKeyConstraint(["handoff_id", "centre"], ["handoffs.id", "handoffs.centre"]),
    comment="by which somebody at an agency opens an incident without an account",
)

neighbour_moments: Final = Table(
    "neighbour_moments",
    metadata,
    Column("centre", Text, nullable=False),
    Column("ticket_id", Uuid, nullable=False),
    Column("neighbour", Text, nullable=False, comment="agency code of the centre that told of it"),
    Column("id", Text, nullable=False, comment="by which that centre knows it"),
    Column("n", Integer, nullable=False, comment="in the order in which they were told"),
    Column("origin", Text, nullable=False, comment="that centre's agency identifier"),
    Column("at", UtcTime, nullable=False),
    Column("about", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", _Json, nullable=False),
    Column("reason", _JsonOrNull, comment="why something failed: its code and details"),
    PrimaryKeyConstraint("ticket_id", "centre", "neighbour", "id"),
    ForeignKeyConstraint(["ticket_id", "centre"], ["tickets.id", "tickets.centre"]),
    comment="what happened in an incident at other centres: append-only",
)
