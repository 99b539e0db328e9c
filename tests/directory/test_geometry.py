"""Areas: what is one, what is told of what is none, and what lies inside."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip112.directory.geometry import (
    MAX_POINTS,
    MAX_RINGS,
    _told,
    flaw_of,
    inside,
    load,
    right_handed,
)
from sip112.dispatch.faults import Flaw
from sip112.routing.place import Place


def square(west: float, south: float, side: float) -> list[list[float]]:
    """Return a ring, anticlockwise."""
    east, north = west + side, south + side
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def polygon(*rings: Any) -> dict[str, Any]:
    """Return a Polygon of these rings."""
    return {"type": "Polygon", "coordinates": list(rings)}


def several(*parts: Any) -> dict[str, Any]:
    """Return a MultiPolygon of these parts."""
    return {"type": "MultiPolygon", "coordinates": list(parts)}


TOWN = polygon(square(113.8, -2.3, 0.2), square(113.88, -2.22, 0.04))
"""With a hole in its middle."""
ISLANDS = several([square(113, -2, 0.1)], [square(114, -2, 0.1), square(114.04, -1.96, 0.02)])
HEIGHTS = polygon([[*point, 12.5] for point in square(113, -2, 1)])


@pytest.mark.parametrize("area", [TOWN, ISLANDS, HEIGHTS, polygon(square(-180, -90, 90))])
def test_what_is_an_area(area: dict[str, Any]) -> None:
    assert flaw_of(area) is None
    assert flaw_of(area | {"bbox": [113, -3, 115, -1]}) is None


@pytest.mark.parametrize(
    ("area", "complaint"),
    [
        ({}, "type: None is no area; it must be 'Polygon' or"),
        ({"type": "Point", "coordinates": [113, -2]}, "type: 'Point' is no area"),
        ({"type": ["Polygon"], "coordinates": []}, "type: ['Polygon'] is no area"),
        (TOWN | {"crs": {"type": "name"}}, "crs: GeoJSON is always in longitude and latitude"),
        ({"type": "Polygon"}, "coordinates: None is no list of rings"),
        (polygon(), "coordinates: [] is no list of rings"),
        (several(), "coordinates: [] is no list of polygons"),
        (several([square(0, 0, 1)], 7), "coordinates[1]: 7 is no list of rings"),
        (polygon("round"), "coordinates[0]: 'round' is no list of points"),
        (polygon([[0, 0], 1]), "coordinates[0][1]: 1 is no point; it must be longitude and"),
        (polygon([[0]] * 4), "coordinates[0][0]: [0] is no point"),
        (polygon([[0, 0, 0, 0]] * 4), "coordinates[0][0]: [0, 0, 0, 0] is no point"),
        (polygon([["113", "-2"]] * 4), "coordinates[0][0]: ['113', '-2'] is no point"),
        (polygon([[True, 0]] * 4), "coordinates[0][0]: [True, 0] is no point"),
        (polygon([[float("nan"), 0]] * 4), "coordinates[0][0]: [nan, 0] is no point"),
        (polygon([[0, float("inf")]] * 4), "coordinates[0][0]: [0, inf] is no point"),
        (polygon([[10**400, 0]] * 4), "0000, 0] is no point"),
        (
            several([square(0, 0, 1), square(0, 0, 1)[:3]]),
            "coordinates[0][1]: 3 points are no ring",
        ),
        (
            polygon(square(113, -2, 1)[:-1]),
            (
                "coordinates[0]: the ring is not closed: it begins at [113, -2] and ends at"
                " [113, -1]; repeat the first point"
            ),
        ),
        (
            polygon([[south, west] for west, south in square(113.9, -2.2, 0.1)]),
            (
                "coordinates[0][0]: 113.9 is no latitude: it looks as if latitude and longitude"
                " were swapped; GeoJSON has the longitude first: [113.9, -2.2]"
            ),
        ),
        (
            polygon(square(821_000, 9_755_000, 100)),
            (
                "coordinates[0][0]: [821000, 9755000] is not on earth; it must be longitude and"
                " latitude in degrees: if these are metres of a projection, export"
            ),
        ),
        (polygon(square(179.5, 0, 1)), "coordinates[0][1]: [180.5, 0] is not on earth"),
        (
            polygon([[0, 0]] * (MAX_POINTS + 1)),
            f"coordinates: {MAX_POINTS + 1} points, of which {MAX_POINTS} are the most; simplify",
        ),
        (
            polygon(*[[[0, 0]]] * (MAX_RINGS + 1)),
            f"coordinates: {MAX_RINGS + 1} rings, of which {MAX_RINGS} are the most; simplify",
        ),
        (
            polygon([[113, -2], [114, -1], [114, -2], [113, -1], [113, -2]]),
            "its border crosses itself near longitude 113.5, latitude -1.5; mend",
        ),
        (
            polygon([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2], [1, 1], [0, 0]]),
            "its border touches itself near longitude 1.0, latitude 1.0",
        ),
        (polygon(square(0, 0, 1), square(2, 2, 1)), "a hole lies outside of the border near"),
        (
            polygon(square(0, 0, 9), square(1, 1, 5), square(2, 2, 1)),
            "a hole lies in another hole near",
        ),
        (
            polygon(square(0, 0, 10), [[0, 5], [5, 0], [10, 5], [5, 10], [0, 5]]),
            "its holes cut it in two near",
        ),
        (several([square(0, 0, 9)], [square(1, 1, 2)]), "a part lies in another part near"),
        (several([square(0, 0, 9)], [square(5, 5, 9)]), "its border crosses itself near"),
        (polygon([[0, 0]] * 4), "a ring has fewer than three different corners near"),
    ],
)
def test_what_is_told_of_what_is_none(area: dict[str, Any], complaint: str) -> None:
    """The place, what is wrong there, and what to do; in a few words, however much was given."""
    flaw = flaw_of(area)
    assert flaw is not None
    assert complaint in flaw.what
    assert len(flaw.what) < 300
    assert (flaw.place is not None) == (" near longitude " in flaw.what or complaint[-4:] == "near")


@pytest.mark.parametrize(
    ("latitude", "longitude", "within"),
    [
        (-2.29, 113.81, True),
        (-2.2, 113.9, False),  # in the hole
        (-2.22, 113.9, True),  # on the border of the hole
        (-2.3, 113.9, True),  # on the border
        (-2.3, 113.8, True),  # on a corner
        (-2.301, 113.9, False),
        (113.9, -2.2, False),  # no place on earth
    ],
)
def test_what_lies_inside(latitude: float, longitude: float, *, within: bool) -> None:
    assert inside(TOWN, latitude, longitude) is within


def test_what_lies_in_one_of_several_parts() -> None:
    assert inside(ISLANDS, -1.95, 113.05)
    assert inside(ISLANDS, -1.99, 114.01)
    assert not inside(ISLANDS, -1.95, 114.05)
    assert not inside(ISLANDS, -1.95, 113.5)


def test_what_nobody_has_put_in_words_is_told_as_it_is() -> None:
    """Another release of the library may complain of something else."""
    odd = "Odd near longitude 1.5, latitude 2.5; mend the border there"
    assert _told("Odd[1.5 2.5 9]") == Flaw(odd, Place(2.5, 1.5))
    assert _told("Odd") == Flaw("Odd; draw the border anew")


def test_an_area_that_was_edited_is_another_one() -> None:
    """What was prepared of the one before says nothing about it."""
    for west in (113.0, 115.0, 113.0):
        area = polygon(square(west, -2, 1))
        assert inside(area, -1.5, 113.5) is (west == 113.0)
        del area  # so that the next one may lie where it lay


def test_what_is_no_area_has_no_inside() -> None:
    with pytest.raises(ValueError, match="is no area"):
        inside({"type": "Point", "coordinates": [113, -2]}, -2, 113)


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_rings_are_turned_as_geojson_wants_them(turned: list[bool]) -> None:
    """The border anticlockwise, holes clockwise, whichever way they ran; the area is the same."""
    border, hole = square(113, -2, 1), square(113.4, -1.6, 0.2)[::-1]
    far, gap = square(116, -2, 1), square(116.4, -1.6, 0.2)[::-1]
    wanted = several([border, hole], [far, gap])
    rings = [
        ring[::-1] if turn else ring
        for ring, turn in zip([border, hole, far, gap], turned, strict=True)
    ]
    assert right_handed(several(rings[:2], rings[2:])) == wanted
    assert right_handed(polygon(*rings[:2])) == polygon(border, hole)


def test_nothing_is_loaded_before_it_is_needed() -> None:
    """Most centres have no areas, and none waits at its start for what they would need."""
    code = (
        "import sys; from sip112.directory import files, geometry; files.shipped();"
        " assert not {'shapely', 'numpy'} & sys.modules.keys(); geometry.load();"
        " assert 'shapely' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - of our own
    load()
