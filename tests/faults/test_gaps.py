"""Waiting beside a free seat, on made-up intervals."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faults.gaps import NEVER, Gap, Span, merged, waits, without, worst_gap

_INSTANTS = st.integers(0, 40).map(float)
_SPANS = st.lists(st.tuples(_INSTANTS, _INSTANTS), max_size=6)


def _holds(spans: list[Span], at: float) -> bool:
    return any(since <= at < until for since, until in spans)


@given(_SPANS)
def test_merged_is_the_same_time_in_order(spans: list[Span]) -> None:
    """Every instant is in it that was, and no two of its spans touch."""
    found = merged(spans)
    for at in range(41):
        assert _holds(found, at) == _holds(spans, at)
    assert all(one[1] < other[0] for one, other in pairwise(found))


@given(_SPANS, _SPANS)
def test_without_is_what_is_left(spans: list[Span], taken: list[Span]) -> None:
    """Every instant of the one that is not in the other."""
    left = without(spans, taken)
    for at in range(41):
        assert _holds(left, at) == (_holds(spans, at) and not _holds(taken, at))


def test_waits_until_a_phone_answers() -> None:
    """Before the first ring, and between a ring that was not taken and the next."""
    rings = [((3.0, 5.0), False), ((6.0, 8.0), True), ((9.0, 9.5), False)]
    assert waits(1.0, 20.0, rings) == [(1.0, 3.0), (5.0, 6.0)]


def test_waits_until_the_caller_goes() -> None:
    """Who is rung by nobody waits to the end; who is gone waits no more."""
    assert waits(1.0, 4.0, []) == [(1.0, 4.0)]
    assert waits(1.0, 4.0, [((6.0, 7.0), True)]) == [(1.0, 4.0)]
    assert waits(0.0, 9.0, [((0.0, 9.0), False)]) == []


def test_a_gap_is_a_wait_beside_a_free_seat() -> None:
    """While the one seat rings for somebody else there is none."""
    gap = worst_gap({"0812": [(0.0, 10.0)]}, {"seat-01": [(0.0, 20.0)]}, {"seat-01": [(2.0, 7.0)]})
    assert gap == Gap(3.0, 7.0, "0812")


def test_a_seat_off_duty_is_not_free() -> None:
    """Nobody sits there."""
    duty: dict[str, list[Span]] = {"seat-01": [(0.0, 2.0), (9.0, 20.0)]}
    assert worst_gap({"0812": [(1.0, 10.0)]}, duty, {}) == Gap(1.0, 1.0, "0812")
    assert worst_gap({"0812": [(3.0, 8.0)]}, duty, {}) == Gap()


def test_seats_take_turns_at_being_free() -> None:
    """The gap goes on as long as some seat is free, whichever."""
    duty: dict[str, list[Span]] = {"seat-01": [(0.0, 9.0)], "seat-02": [(0.0, 9.0)]}
    busy: dict[str, list[Span]] = {"seat-01": [(0.0, 5.0)], "seat-02": [(4.0, 9.0)]}
    assert worst_gap({"0812": [(0.0, 9.0)]}, duty, busy).seconds == pytest.approx(4.0)


@given(_SPANS, _SPANS, _SPANS)
def test_the_gap_is_what_counting_gives(
    waiting: list[Span], duty: list[Span], busy: list[Span]
) -> None:
    """Held against the longest run of whole seconds that have a caller and a free seat."""
    longest = 0
    for since, until in waiting:
        run = 0
        for at in range(int(since), int(until)):
            run = run + 1 if _holds(duty, at) and not _holds(busy, at) else 0
            longest = max(longest, run)
    assert worst_gap({"0812": waiting}, {"seat-01": duty}, {"seat-01": busy}).seconds == longest


def test_never_is_later_than_all() -> None:
    """A seat that is free for ever, and a caller who never goes."""
    assert without([(0.0, NEVER)], [(1.0, 2.0)]) == [(0.0, 1.0), (2.0, NEVER)]
