"""When an agency acts, by the clock of its centre."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sip112.dispatch.agency import Agency
from sip112.routing.ids import Instant


def is_open(agency: Agency, at: Instant, zone: ZoneInfo) -> bool:
    """Whether the agency acts at that moment; one without hours always does."""
    local = datetime.fromtimestamp(at, zone)
    minute = local.hour * 60 + local.minute
    return not agency.hours or any(
        each.day == local.weekday() and each.opens <= minute < each.closes for each in agency.hours
    )
