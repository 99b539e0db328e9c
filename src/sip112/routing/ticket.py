"""A ticket: the incident as an operator sees it. The core knows its key and its number.

What people write on it (type, address, narrative) does not route calls, so it lives in
the store and not here.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, TicketId, TicketNumber
from sip112.routing.value import value

CLOSED: Final = "closed"
"""Status of a ticket on which nothing is to be done any more."""

_NUMBER: Final = re.compile(r"(.+)-([0-9]{8})-([0-9]{1,9})")


@value
class Ticket:
    """A ticket that was opened: by a call, or for an incident that a neighbour centre passed on."""

    id: TicketId
    number: TicketNumber
    centre: CentreCode
    call: CallId | None
    """The call that opened it; None if there was none."""
    opened_at: Instant
    domain: str | None = None
    """Of the centre whose incident it was first; None is this one."""


@value
class Incident:
    """What a neighbour centre calls an incident: wherever it is passed on to, it is the same."""

    ticket: TicketId
    """The identifier of its ticket, here too."""
    domain: str
    """Of the centre whose it was first."""


_QUARTER_S: Final = 900


def local_day(at: Instant, zone: ZoneInfo) -> str:
    """Return the centre's calendar day of `at` as ``YYYYMMDD``."""
    return _day(int(at // _QUARTER_S), zone)


@lru_cache(maxsize=64)
def _day(quarter: int, zone: ZoneInfo) -> str:
    """Return the day of a quarter of an hour: in no zone does one begin within it."""
    return datetime.fromtimestamp(quarter * _QUARTER_S, zone).strftime("%Y%m%d")


def ticket_number(centre: CentreCode, day: str, serial: int) -> TicketNumber:
    """Return the number that a person says, such as ``PKY-20261122-0042``."""
    return TicketNumber(f"{centre}-{day}-{serial:04d}")


def parse_ticket_number(number: str) -> tuple[CentreCode, str, int]:
    """Split a ticket number into centre, day and serial. ValueError if it is none."""
    match = _NUMBER.fullmatch(number)
    if match is None:
        msg = f"not a ticket number: {number!r} (expected CENTRE-YYYYMMDD-NNNN)"
        raise ValueError(msg)
    return CentreCode(match[1]), match[2], int(match[3])


Written = str | float | None
"""What people may write into one field of a ticket."""


@value
class TicketRecord:
    """A ticket with what people wrote on it, as the store keeps it and the API shows it.

    `version` grows by one with every change; it is the ETag by which two people who edit
    at once notice each other.
    """

    id: TicketId
    number: TicketNumber
    centre: CentreCode
    opened_at: Instant
    changed_at: Instant
    version: int
    calls: tuple[CallId, ...] = ()
    status: str = "open"
    incident_type: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    narrative: str | None = None
    persons: str | None = None
    severity: str | None = None
    language: str | None = None
    disposition: str | None = None
    assignee: AgentId | None = None
    """Whose it is."""
    assignee_name: str | None = None
    """As colleagues read it; None if there is no person of that login name."""
    domain: str | None = None
    """Of the centre whose incident it was first; None is this one."""
    parent: TicketId | None = None
    """The ticket of the incident that this one is another report of; None if of none."""
    parent_number: TicketNumber | None = None
    """Its number."""


@value
class Assigned:
    """What came of giving a ticket to somebody, or to nobody."""

    ticket: TicketRecord
    """As it is by now."""
    former: AgentId | None
    """Whose it was."""
    changed: bool
    """Whether it was another's; if not, nothing was done."""
