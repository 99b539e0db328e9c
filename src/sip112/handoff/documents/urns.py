"""Identifiers by which other systems know incidents, calls, agencies and people.

They are made of what the thing itself is known by, so they stay the same in every document, by
every channel, and after the ticket went to another centre.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final
from uuid import UUID

from sip112.dispatch.ids import AgencyCode
from sip112.routing import urns
from sip112.routing.ids import TicketId
from sip112.routing.urns import UID, call, incident

__all__ = [
    "agency",
    "call",
    "component",
    "incident",
    "parse_incident",
    "parse_uuid",
    "person",
    "telephone",
]

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_STRANGE: Final = re.compile(r"[^A-Za-z0-9._-]+")


def parse_incident(urn: str) -> tuple[TicketId, str]:
    """Split an incident tracking identifier of ours into ticket and domain. ValueError if none."""
    found = urns.parse_incident(urn)
    if found is None:
        raise ValueError("not an incident identifier that sip112 has given out")
    return found.ticket, found.domain


def parse_uuid(text: str) -> UUID:
    """Return a UUID that is written as UUIDs are, and in none of the ways that Python takes too."""
    if _UUID.fullmatch(text) is None:
        raise ValueError("not a UUID")
    return UUID(text)


def component(name: str, domain: str) -> str:
    """Return the identifier of a part of a document, named by letters and digits."""
    return f"{UID}:eidodatacomponent:{name}:{domain}"


def agency(code: AgencyCode, domain: str) -> str:
    """Return the agency identifier of an agency: a domain below its centre's."""
    return f"{code}.{domain}"


def person(name: str, agency_identifier: str) -> str:
    """Return the agent identifier of a person, a seat or a machine at an agency.

    A login name stays as it is; of a name that is long or strange different ones stay different.
    """
    if not _PLAIN.fullmatch(name):
        digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]
        name = f"{_STRANGE.sub('-', name[:40]).strip('-.')}-{digest}".lstrip("-")
    return f"{name}@{agency_identifier}"


def telephone(number: str, domain: str) -> str:
    """Return a number as an URI (RFC 3966); one without its country is known as of `domain`."""
    return f"tel:{number}" if number.startswith("+") else f"tel:{number};phone-context={domain}"
