"""The console's map as the API tells of it."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.pmtiles import Bounds, Schema, View
from sip112.api.schemas.values import doc


class PlaceView(TypedDict):
    """Where a map opens."""

    latitude: Annotated[float, doc("Degrees north.")]
    longitude: Annotated[float, doc("Degrees east.")]
    zoom: Annotated[float, doc("As of web maps: each step doubles the scale, 12 shows a town.")]


class BoundsView(TypedDict):
    """An area, in degrees."""

    south: Annotated[float, doc("Least latitude.")]
    west: Annotated[float, doc("Least longitude.")]
    north: Annotated[float, doc("Greatest latitude.")]
    east: Annotated[float, doc("Greatest longitude.")]


class MapView(TypedDict):
    """The console's map."""

    centre: Annotated[PlaceView, doc("Where it opens.")]
    bounds: Annotated[
        BoundsView | None, doc("The centre's area, or the file's; null where none is known.")
    ]
    url: Annotated[
        str | None, doc("Path of the PMTiles file, to be read by ranges; null is a plain grid.")
    ]
    schema: Annotated[Schema | None, doc("How the layers of its tiles are named.")]
    attribution: Annotated[str | None, doc("Whose data it is, to be shown; plain text.")]


def map_view(
    view: View,
    bounds: Bounds | None,
    *,
    url: str | None = None,
    schema: Schema | None = None,
    attribution: str | None = None,
) -> MapView:
    """Return the map as the API shows it."""
    return {
        "centre": {
            "latitude": view.latitude,
            "longitude": view.longitude,
            "zoom": view.zoom,
        },
        "bounds": None
        if bounds is None
        else {
            "south": bounds.south,
            "west": bounds.west,
            "north": bounds.north,
            "east": bounds.east,
        },
        "url": url,
        "schema": schema,
        "attribution": attribution,
    }
