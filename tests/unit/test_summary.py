"""Days and hours of a centre, and sums of what was counted."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from sip112.routing.call import Outcome
from sip112.routing.ids import Instant
from sip112.routing.summary import Tally, bounds, day_at, hours_in, total

JAKARTA = ZoneInfo("Asia/Jakarta")
START = Instant(1_795_300_000.0)  # 2026-11-21T22:26:40Z


def test_a_day_is_the_centres_own() -> None:
    """It begins at its midnight, whatever day it is elsewhere."""
    assert day_at(START, JAKARTA) == date(2026, 11, 22)
    assert day_at(START, ZoneInfo("UTC")) == date(2026, 11, 21)
    since, until = bounds(date(2026, 11, 22), JAKARTA)
    assert (since, until) == (1_795_280_400.0, 1_795_366_800.0)
    assert day_at(since, JAKARTA) == date(2026, 11, 22)
    assert day_at(Instant(since - 0.001), JAKARTA) == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Jayapura", date(2026, 3, 29), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 25),  # by half an hour
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # without a midnight
    ],
)
def test_a_day_has_as_many_hours_as_it_has(zone: str, day: date, hours: int) -> None:
    """Also where clocks are put on or back."""
    since, until = bounds(day, ZoneInfo(zone))
    assert hours_in(since, until) == hours
    assert (
        bounds(day, ZoneInfo(zone))[1]
        == bounds(date.fromordinal(day.toordinal() + 1), ZoneInfo(zone))[0]
    )
    assert day_at(since, ZoneInfo(zone)) == day
    assert day_at(Instant(since - 0.001), ZoneInfo(zone)) < day


def test_the_whole_is_the_sum_of_its_hours() -> None:
    """And who waits longest, waits longest of all."""
    first = Tally(5, 1, 2, 1, 1, 2, 2, (1, 2), Instant(20))
    second = Tally(4, 2, 1, 0, 1, 2, 1, (0, 1), Instant(10))
    assert total([first, second, Tally(within=(0, 0))], 2) == Tally(
        9, 3, 3, 1, 2, 4, 3, (1, 3), Instant(10)
    )
    assert total([], 2) == Tally(within=(0, 0))


def test_every_outcome_has_its_class() -> None:
    """A new one must be given one, or arrivals would be missing."""
    assert set(Outcome) == {Outcome.ANSWERED, Outcome.ABANDONED, Outcome.LOST_BY_PBX}
