"""Identifiers by which centres know incidents and calls of each other (NENA-STA-010).

They are made of what the thing itself is known by, and of the domain of the centre whose it was
first. So they stay the same wherever it is passed on to, as a message or as a call.
"""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from sip112.routing.ids import CallId, TicketId
from sip112.routing.ticket import Incident

UID: Final = "urn:emergency:uid"
_DOMAIN: Final = r"[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?"
_INCIDENT: Final = re.compile(rf"{UID}:incidentid:([0-9a-f]{{32}}):({_DOMAIN})", re.IGNORECASE)
_CALL: Final = re.compile(rf"{UID}:callid:[0-9a-z]{{1,64}}:{_DOMAIN}", re.IGNORECASE)


def incident(ticket: TicketId, domain: str) -> str:
    """Return the incident tracking identifier of a ticket."""
    return f"{UID}:incidentid:{ticket.hex}:{domain}"


def parse_incident(urn: str) -> Incident | None:
    """Return the incident of an identifier that sip112 has given out; None if it is none."""
    match = _INCIDENT.fullmatch(urn)
    return None if match is None else Incident(TicketId(UUID(match[1])), match[2].lower())


def call(identifier: CallId, domain: str) -> str:
    """Return the call identifier of a call."""
    return f"{UID}:callid:{identifier.hex}:{domain}"


def is_call(urn: str) -> bool:
    """Whether this is the identifier of a call, whoever has given it out."""
    return _CALL.fullmatch(urn) is not None
