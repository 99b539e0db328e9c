"""Identifiers and instants: the keys by which every part of sip112 names a thing.

Identifiers come from what they name and never from the database, so that nothing waits
for it, and so that the same call gets the same identifier whether it was seen live, read
back from Asterisk's notes after an outage, or replayed from a recording.
"""

from __future__ import annotations

import hashlib
from typing import Final, NewType
from uuid import UUID

Instant = NewType("Instant", float)
"""Seconds since 1970-01-01T00:00:00Z."""

CentreCode = NewType("CentreCode", str)
"""Code of a city's 112 centre, such as ``PKY``; the start of its ticket numbers."""

PbxId = NewType("PbxId", str)
"""Name of one Asterisk in the settings, such as ``pbx1``."""

Uniqueid = NewType("Uniqueid", str)
"""Asterisk's id of the caller's channel. It keeps its value for the channel's whole life,
unlike the linkedid, which changes when bridges merge; but an Asterisk that restarts can
give it out again, hence the arrival time in `call_id`."""

CallId = NewType("CallId", UUID)
TicketId = NewType("TicketId", UUID)
TicketNumber = NewType("TicketNumber", str)
"""What a person says: centre, local day, serial, as in ``PKY-20261122-0042``."""

SeatId = NewType("SeatId", str)
"""Name of a seat, which is also the name of its PJSIP endpoint, such as ``seat-03``."""

AgentId = NewType("AgentId", str)
"""Login name of a person."""

Seq = NewType("Seq", int)
"""Number of a journal entry: microseconds since 1970, raised by one where two would be
equal. It grows strictly within a centre, also over restarts of the service."""


_TICKET: Final = (1 << 62) - 1
"""The bits in which a ticket's identifier differs from its call's: RFC 9562's rand_b."""


def call_id(pbx: PbxId, uniqueid: Uniqueid, arrived_at: Instant) -> CallId:
    """Return the identifier of the call that reached `pbx` as `uniqueid` at `arrived_at`.

    A UUIDv7 (RFC 9562, 5.7) whose random bits are a digest of the three: the time in front
    keeps database indexes compact, the digest makes it repeatable.
    """
    named = f"call\x1f{pbx}\x1f{uniqueid}\x1f{arrived_at:.3f}"
    digest = int.from_bytes(hashlib.sha256(named.encode()).digest()[:10])
    milliseconds = int(arrived_at * 1000) & ((1 << 48) - 1)
    rand_a = digest >> 68 & 0xFFF
    rand_b = digest & ((1 << 62) - 1)
    return CallId(UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b))


def ticket_id(call: CallId) -> TicketId:
    """Return the identifier of the ticket that `call` opens."""
    return TicketId(UUID(int=call.int ^ _TICKET))
