"""When an agency acts, by the clock of its centre."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sip112.dispatch.agency import Opening
from sip112.dispatch.hours import is_open
from sip112.routing.ids import Instant
from tests.unit.dispatch.made import an_agency

JAKARTA = ZoneInfo("Asia/Jakarta")
MONDAY, SUNDAY = 0, 6


def at(text: str, zone: ZoneInfo = JAKARTA) -> Instant:
    """Return a moment by the local clock."""
    return Instant(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


@pytest.mark.parametrize(
    ("when", "acts"),
    [
        ("2026-11-23T07:59:59", False),
        ("2026-11-23T08:00:00", True),
        ("2026-11-23T15:59:59", True),
        ("2026-11-23T16:00:00", False),
        ("2026-11-24T08:00:00", False),
    ],
)
def test_hours_begin_with_their_first_minute_and_end_before_the_last(when: str, acts: bool) -> None:
    """On their day."""
    office = an_agency(hours=(Opening(MONDAY, 8 * 60, 16 * 60),))
    assert is_open(office, at(when), JAKARTA) == acts


def test_without_hours_it_always_acts() -> None:
    """As nearly every agency does."""
    assert is_open(an_agency(), at("2026-11-23T03:00:00"), JAKARTA)


def test_a_night_is_two_openings() -> None:
    """From Sunday evening to Monday morning."""
    night = an_agency(hours=(Opening(SUNDAY, 22 * 60, 1440), Opening(MONDAY, 0, 6 * 60)))
    assert is_open(night, at("2026-11-22T23:59:59"), JAKARTA)
    assert is_open(night, at("2026-11-23T00:00:00"), JAKARTA)
    assert not is_open(night, at("2026-11-23T06:00:00"), JAKARTA)


def test_the_clock_is_that_of_the_centre() -> None:
    """In Jayapura it is two hours later."""
    office = an_agency(hours=(Opening(MONDAY, 8 * 60, 16 * 60),))
    early = at("2026-11-23T06:30:00")
    assert not is_open(office, early, JAKARTA)
    assert is_open(office, early, ZoneInfo("Asia/Jayapura"))
