"""What a day was like: how many called, what became of them, how fast they were answered.

Each arrival is in exactly one class. One that has ended is in that of its outcome: *answered*,
*abandoned*, or *lost* by Asterisk, which may have been answered before. Of those in progress one
that a seat has answered is answered too, and the others are *waiting*, in whatever state they are.

The answer time is from the arrival at Asterisk until a seat answers, both by Asterisk's clock: what
the caller hears before the queue counts. Whoever was *taken* has one; who ended without an answer
was *missed*.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from sip112.routing.ids import Instant
from sip112.routing.value import value

HOUR_S = 3600


@value
class AnswerTarget:
    """What share of the calls is to be answered within so many seconds."""

    seconds: float
    share: float


NENA = (AnswerTarget(15, 0.90), AnswerTarget(20, 0.95))
"""NENA-STA-020.1: 90 % within 15 seconds, 95 % within 20."""


@value
class Tally:
    """The arrivals of some time, counted. `arrived` is the sum of the four that follow it."""

    arrived: int = 0
    answered: int = 0
    abandoned: int = 0
    lost: int = 0
    waiting: int = 0
    taken: int = 0
    """A seat answered, whatever became of the call after that."""
    missed: int = 0
    """Ended, and no seat had answered."""
    within: tuple[int, ...] = ()
    """How many of the taken were answered within the seconds of each target."""
    first_waiting: Instant | None = None
    """Arrival of the one that waits longest; None if none waits."""


@value
class Summary:
    """The arrivals of a day."""

    hours: tuple[Tally, ...]
    """Hour by hour from its beginning on; the last one may be shorter."""
    median_s: float | None
    """The least answer time that half of the taken did not exceed; None if there are none."""
    p90_s: float | None
    """Likewise of nine in ten."""
    referred: int = 0
    """Incidents that were no emergency, whose caller was referred to a service in that time."""
    duplicates: int = 0
    """Tickets that were opened in that time, and are further reports of an incident."""


def total(tallies: Iterable[Tally], targets: int) -> Tally:
    """Return the sum of `tallies`, which are all made for so many targets."""
    all_of = list(tallies)
    waiting = [each.first_waiting for each in all_of if each.first_waiting is not None]
    return Tally(
        arrived=sum(each.arrived for each in all_of),
        answered=sum(each.answered for each in all_of),
        abandoned=sum(each.abandoned for each in all_of),
        lost=sum(each.lost for each in all_of),
        waiting=sum(each.waiting for each in all_of),
        taken=sum(each.taken for each in all_of),
        missed=sum(each.missed for each in all_of),
        within=tuple(sum(each.within[n] for each in all_of) for n in range(targets)),
        first_waiting=min(waiting, default=None),
    )


def day_at(at: Instant, zone: ZoneInfo) -> date:
    """Return the centre's calendar day of `at`."""
    return datetime.fromtimestamp(at, zone).date()


def bounds(day: date, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """Return when a calendar day begins, and when the next one does."""
    begins, ends = (
        datetime.combine(each, time.min, zone).timestamp() for each in (day, day + timedelta(1))
    )
    return Instant(begins), Instant(ends)


def hours_in(since: Instant, until: Instant) -> int:
    """Return how many hours begin in that time: 24 on most days, and 23 or 25 on two."""
    return ceil((until - since) / HOUR_S)
