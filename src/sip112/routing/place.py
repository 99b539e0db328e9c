"""How far two places on the map are from each other."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import Final, NamedTuple

RADIUS_M: Final = 6_371_008.8
"""Mean radius of the earth."""


class Place(NamedTuple):
    """A place on the map, in degrees (WGS 84)."""

    latitude: float
    longitude: float


def distance_m(here: Place, there: Place) -> float:
    """Return the distance in metres as the crow flies; right to half a per cent anywhere.

    By the haversine formula, which stays exact where the places are close.
    """
    north, other_north = radians(here.latitude), radians(there.latitude)
    across = sin((other_north - north) / 2) ** 2
    along = sin(radians(there.longitude - here.longitude) / 2) ** 2
    return 2 * RADIUS_M * asin(sqrt(min(1.0, across + cos(north) * cos(other_north) * along)))
