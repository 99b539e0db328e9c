"""Areas on the map: whether a GeoJSON geometry is one, and whether a place lies in it.

The form is checked here, each complaint with its place; whether borders cross is shapely's to
say. Shapely and numpy take time to load and memory to keep, so they are loaded when the first
border is looked at: `load` does it ahead, off the event loop.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from sip112.dispatch.faults import Flaw
from sip112.routing.place import Place

MAX_POINTS: Final = 20_000
"""Points of one area; the border of a regency in fine detail has some thousands."""
MAX_RINGS: Final = 1_000

_KEPT: Final = 2048
"""Areas that are kept prepared."""
_LONGITUDE: Final = 180
_LATITUDE: Final = 90
_FAR: Final = 10**9
"""No map counts further, in whatever it counts."""
_FEWEST: Final = 4
"""Points of a ring: three corners, and the first again."""
_LESS: Final = "simplify the border (in QGIS: Vector, Geometry Tools, Simplify)"
_REASON: Final = re.compile(r"(?P<what>[^\[]*)\[(?P<longitude>\S+) (?P<latitude>[^\s\]]+).*")
_SAID: Final = {
    "Self-intersection": "its border crosses itself",
    "Ring Self-intersection": "its border touches itself",
    "Hole lies outside shell": "a hole lies outside of the border",
    "Holes are nested": "a hole lies in another hole",
    "Nested shells": "a part lies in another part",
    "Duplicate Rings": "a ring is there twice",
    "Interior is disconnected": "its holes cut it in two",
    "Too few points in geometry component": "a ring has fewer than three different corners",
}
"""What shapely complains about, in words for whoever drew the area."""

Ring = Sequence[Sequence[float]]


def load() -> None:
    """Load what looks at borders; whoever has an event loop does it in a thread."""
    _shapely()


def flaw_of(geometry: Mapping[str, Any]) -> Flaw | None:
    """Return what is wrong with a geometry, where, and what to do; None if it is an area."""
    try:
        polygons = _polygons(geometry)
    except ValueError as error:
        return Flaw(str(error))
    reason = str(_shapely().is_valid_reason(_shape(polygons)))
    return None if reason == "Valid Geometry" else _told(reason)


def make_ready(geometry: Mapping[str, Any]) -> None:
    """Do ahead what `inside` has to do once; whoever has an event loop does it in a thread.

    ValueError for what is no area by its form.
    """
    _prepared(_Same(geometry))


def inside(geometry: Mapping[str, Any], latitude: float, longitude: float) -> bool:
    """Whether a place lies in an area; one on the border does.

    ValueError for what is no area by its form.
    """
    return bool(_shapely().intersects_xy(_prepared(_Same(geometry)), longitude, latitude))


def right_handed(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an area with its rings as RFC 7946 wants them: the border anticlockwise, holes not.

    Some programs take a border that runs the other way for that of the rest of the earth.
    ValueError for what is no area by its form.
    """
    turned = [
        [_turned(ring, clockwise=n > 0) for n, ring in enumerate(rings)]
        for rings in _polygons(geometry)
    ]
    kind = geometry["type"]
    return {"type": kind, "coordinates": turned if kind == "MultiPolygon" else turned[0]}


# --- form --------------------------------------------------------------------------------------


def _polygons(geometry: Mapping[str, Any]) -> list[list[Ring]]:
    """Return the rings of each polygon. ValueError says what is wrong with the form."""
    kind, given = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(
            f"type: {reprlib.repr(kind)} is no area; it must be 'Polygon' or 'MultiPolygon'"
        )
    if "crs" in geometry:
        raise ValueError(
            "crs: GeoJSON is always in longitude and latitude of WGS 84 (EPSG:4326); convert the"
            " area, and leave crs out"
        )
    parts: dict[str, Any] = {"coordinates": given}
    if kind == "MultiPolygon":
        polygons = _listed(given, "coordinates", "polygons")
        parts = {f"coordinates[{n}]": rings for n, rings in enumerate(polygons)}
    rings = {
        f"{where}[{n}]": _listed(ring, f"{where}[{n}]", "points")
        for where, part in parts.items()
        for n, ring in enumerate(_listed(part, where, "rings"))
    }
    _refuse_many(len(rings), MAX_RINGS, "rings")
    _refuse_many(sum(map(len, rings.values())), MAX_POINTS, "points")
    for where, ring in rings.items():
        _refuse_ring(where, ring)
    return list(parts.values())


def _listed(value: object, where: str, of: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{where}: {reprlib.repr(value)} is no list of {of}")
    return value


def _refuse_many(count: int, most: int, what: str) -> None:
    if count > most:
        raise ValueError(f"coordinates: {count} {what}, of which {most} are the most; {_LESS}")


def _refuse_ring(where: str, ring: Sequence[Any]) -> None:
    for n, position in enumerate(ring):
        _refuse_position(f"{where}[{n}]", position)
    if len(ring) < _FEWEST:
        raise ValueError(
            f"{where}: {len(ring)} points are no ring: it has three corners or more, and ends at"
            " the point at which it begins"
        )
    if ring[0] != ring[-1]:
        raise ValueError(
            f"{where}: the ring is not closed: it begins at {ring[0]} and ends at {ring[-1]};"
            " repeat the first point at the end"
        )


def _refuse_position(where: str, position: object) -> None:
    if (
        not isinstance(position, list)
        or len(position) not in {2, 3}  # the third is a height, which says nothing here
        or not all(_is_number(each) for each in position)
    ):
        raise ValueError(
            f"{where}: {reprlib.repr(position)} is no point; it must be longitude and latitude in"
            " degrees, such as [113.92, -2.21]"
        )
    longitude, latitude = abs(position[0]), abs(position[1])
    if longitude <= _LONGITUDE and latitude <= _LATITUDE:
        return
    if longitude <= _LATITUDE and latitude <= _LONGITUDE:  # as all of Indonesia is when swapped
        raise ValueError(
            f"{where}: {position[1]} is no latitude: it looks as if latitude and longitude were"
            f" swapped; GeoJSON has the longitude first: [{position[1]}, {position[0]}]"
        )
    raise ValueError(
        f"{where}: {reprlib.repr(position)} is not on earth; it must be longitude and latitude in"
        " degrees: if these are metres of a projection, export the area in WGS 84 (EPSG:4326)"
    )


def _is_number(value: object) -> bool:
    """Whether it is one that a map can have, which infinity and what is no number are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FAR


def _turned(ring: Ring, *, clockwise: bool) -> list[Any]:
    """Return a ring that runs clockwise, or does not, as is wanted."""
    twice = sum(here[0] * there[1] - there[0] * here[1] for here, there in pairwise(ring))
    return list(ring) if (twice < 0) == clockwise else list(reversed(ring))


# --- borders -----------------------------------------------------------------------------------


class _Same:
    """A geometry as a key: equal to itself alone. It is kept, so that no other gets its id."""

    __slots__ = ("geometry",)

    def __init__(self, geometry: Mapping[str, Any]) -> None:
        self.geometry = geometry

    def __hash__(self) -> int:
        return id(self.geometry)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.geometry is other.geometry


@lru_cache(_KEPT)
def _prepared(key: _Same) -> Any:
    shape = _shape(_polygons(key.geometry))
    _shapely().prepare(shape)
    return shape


def _shape(polygons: list[list[Ring]]) -> Any:
    import numpy as np  # noqa: PLC0415 - as shapely, which would take four times as long

    shapely = _shapely()
    parts = []
    for rings in polygons:
        border, *holes = (np.array([point[:2] for point in ring], float) for ring in rings)
        parts.append(shapely.Polygon(border, holes))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _told(reason: str) -> Flaw:
    match = _REASON.fullmatch(reason)
    if match is None:
        return Flaw(f"{reason}; draw the border anew")
    what = _SAID.get(match["what"], match["what"])
    latitude, longitude = (round(float(match[part]), 6) for part in ("latitude", "longitude"))
    where = f"near longitude {longitude}, latitude {latitude}"
    return Flaw(f"{what} {where}; mend the border there", Place(latitude, longitude))


def _shapely() -> Any:
    import shapely  # noqa: PLC0415 - time and memory that only areas are worth

    return shapely
