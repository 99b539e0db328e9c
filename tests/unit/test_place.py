"""Distances between places, against those that are known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip112.routing.place import RADIUS_M, Place, distance_m

PLACES = st.builds(
    Place, st.floats(-90, 90, allow_nan=False), st.floats(-180, 180, allow_nan=False)
)


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        (Place(-2.2161, 113.9135), Place(-2.2161, 113.9135), 0),
        (Place(0, 113), Place(1, 113), 111_195),  # one degree of a meridian
        (Place(0, 179.5), Place(0, -179.5), 111_195),  # over the date line
        (Place(60, 10), Place(60, 11), 55_597),
        (Place(-2.2161, 113.9135), Place(-2.2162, 113.9135), 11),
        (Place(-6.2, 106.8166), Place(-7.2575, 112.7521), 666_000),  # Jakarta to Surabaya
    ],
)
def test_known_distances(here: Place, there: Place, metres: float) -> None:
    assert distance_m(here, there) == pytest.approx(metres, rel=0.005, abs=0.5)


@given(PLACES, PLACES)
def test_it_is_the_same_both_ways_and_no_longer_than_half_the_earth(
    here: Place, there: Place
) -> None:
    assert 0 <= distance_m(here, there) <= 3.1416 * RADIUS_M
    assert distance_m(here, there) == pytest.approx(distance_m(there, here))


def test_the_other_side_of_the_earth() -> None:
    """Where rounding would lead out of what a sine can be."""
    assert distance_m(Place(45.1, 10.3), Place(-45.1, -169.7)) == pytest.approx(3.14159 * RADIUS_M)
