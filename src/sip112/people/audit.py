"""What the audit log holds: who saw or did what, when, from where."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sip112.routing.ids import CentreCode, Instant
from sip112.routing.value import value


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
    """Such as ``session.begun`` or ``recording.heard``."""
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
