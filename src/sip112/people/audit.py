"""What the audit log holds: who saw or did what, when, from where."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from sip112.routing.ids import CentreCode, Instant
from sip112.routing.value import value


class Action(StrEnum):
    """What may be seen or done that the audit log holds."""

    SESSION_BEGUN = "session.begun"
    SESSION_ENDED = "session.ended"
    SESSION_REFUSED = "session.refused"
    SESSION_LOCKED = "session.locked"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - the name of an action
    PASSWORD_RESET = "password.reset"  # noqa: S105 - likewise
    PERSON_ADDED = "person.added"
    PERSON_CHANGED = "person.changed"
    PERSON_UNLOCKED = "person.unlocked"
    SEAT_SAT_DOWN = "seat.sat_down"
    SEAT_STOOD_UP = "seat.stood_up"
    SEAT_TAKEN_OVER = "seat.taken_over"
    CALL_SEEN = "call.seen"
    CALL_HELD = "call.held"
    CALL_RESUMED = "call.resumed"
    CALL_TRANSFER_BEGUN = "call.transfer_begun"
    CALL_TRANSFER_COMPLETED = "call.transfer_completed"
    CALL_TRANSFER_CANCELLED = "call.transfer_cancelled"
    CALL_HUNG_UP = "call.hung_up"
    CALL_LEFT = "call.left"
    CALL_LISTENED = "call.listened"
    CALLS_EXPORTED = "calls.exported"
    CALLBACK_TAKEN = "callback.taken"
    CALLBACK_DONE = "callback.done"
    RECORDING_HEARD = "recording.heard"
    TICKET_SEEN = "ticket.seen"
    TICKET_ASSIGNED = "ticket.assigned"
    TICKET_LINKED = "ticket.linked"
    TICKET_UNLINKED = "ticket.unlinked"
    TICKET_EXPORTED = "ticket.exported"
    HANDOFF_REQUESTED = "handoff.requested"
    HANDOFF_STEP = "handoff.step"
    HANDOFF_NOTED = "handoff.noted"
    HANDOFF_RELAYED = "handoff.relayed"
    HANDOFF_RESENT = "handoff.resent"
    HANDOFF_REFERRED = "handoff.referred"
    AGENCY_ADDED = "agency.added"
    AGENCY_CHANGED = "agency.changed"
    AGENCY_SECRET_MADE = "agency.secret_made"  # noqa: S105 - the name of an action
    INCIDENT_TYPE_ADDED = "incident_type.added"
    INCIDENT_TYPE_CHANGED = "incident_type.changed"
    INCIDENT_TYPE_REMOVED = "incident_type.removed"
    AREA_ADDED = "area.added"
    AREA_CHANGED = "area.changed"
    AREA_REMOVED = "area.removed"
    DIRECTORY_REPLACED = "directory.replaced"
    AGENCY_ANSWERED = "agency.answered"
    AGENCY_LINK_OPENED = "agency.link_opened"
    AGENCY_INCIDENT_SEEN = "agency.incident_seen"


@value
class AuditEntry:
    """One line of the audit log."""

    id: UUID
    """Ordered by time; a line that is written twice is kept once."""
    at: Instant
    centre: CentreCode | None
    """None where it is about no centre alone, such as a sign-in."""
    who: str
    """Login name of the person, or name of the token."""
    action: str
    """An `Action`; in an old entry it may be one that there is no more."""
    subject: str
    """What it was done to: a login name, a seat, an id."""
    detail: Mapping[str, Any]
    """JSON."""
    address: str
    """Of the client; empty where there was none."""


def new_id(at: Instant) -> UUID:
    """Return a UUIDv7 (RFC 9562, 5.7) of that time."""
    random = secrets.randbits(74)
    milliseconds = int(at * 1000) & ((1 << 48) - 1)
    rand_a, rand_b = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)
