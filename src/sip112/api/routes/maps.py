"""The console's map: where it opens, and the file with its tiles.

No map, or one that cannot be used, is no error: the console draws a plain grid then.
"""

from __future__ import annotations

import math
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response, Security

from sip112.api import docs, ranges
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import ApiConfig, UseConfig, UsePorts
from sip112.api.pmtiles import Bounds, MapFile, Schema, View
from sip112.api.problems.files import no_such_range, unknown_map
from sip112.api.schemas.maps import MapView, map_view

MEDIA_TYPE: Final = "application/vnd.pmtiles"

_CITIES: Final = {
    "PKY": View(-2.2096, 113.9213),
    "KTM": View(-2.5333, 112.9500),
    "BKL": View(-3.7956, 102.2592),
}
"""Palangka Raya, Sampit (Kotawaringin Timur), Bengkulu."""
_COUNTRY: Final = View(-2.5, 118.0, 4.0)
_WIDTH: Final = 492.0
"""Degrees from side to side of a small map at zoom 0."""
_SHALLOWEST, _DEEPEST = 4.0, 14.0
"""Zooms between which a map opens that nobody gave a zoom."""

router = APIRouter(prefix="/v1", tags=["map"], dependencies=[Security(authorise, scopes=["read"])])


def opening(config: ApiConfig, file: MapFile | None) -> View:
    """Return where the map opens: as set, or as the file says, or where the city is."""
    if config.map_centre is not None:
        return config.map_centre
    if config.map_bounds is not None:
        return _all_of(config.map_bounds)
    city = _CITIES.get(config.centre)
    if file is None:
        return city or _COUNTRY
    whole = _all_of(file.header.bounds)
    said = file.header.view
    if said is None:
        there = city is not None and file.header.bounds.holds(city.latitude, city.longitude)
        return city if city is not None and there else whole
    # tools that cut a piece out of a larger file leave the zoom at that of the world
    return said if said.zoom > _SHALLOWEST else said._replace(zoom=whole.zoom)


def _all_of(bounds: Bounds) -> View:
    zoom = math.log2(_WIDTH / (bounds.east - bounds.west))
    latitude, longitude = (round(each, 5) for each in bounds.middle)
    return View(latitude, longitude, round(min(max(zoom, _SHALLOWEST), _DEEPEST), 1))


_EXAMPLE: Final = map_view(
    View(-2.2096, 113.9213),
    Bounds(-2.45, 113.75, -2.05, 114.1),
    url="/v1/map/4f2a9c0d51e7b386.pmtiles",
    schema=Schema.PROTOMAPS,
    attribution="© OpenStreetMap contributors",
)


@router.get(
    "/map",
    summary="Where the map opens",
    dependencies=[Depends(gives("application/json"))],
    responses=docs.answers(_EXAMPLE, *docs.guarded()),
)
async def read_map(ports: UsePorts, config: UseConfig, request: Request) -> MapView:
    """Return where the console's map opens, and where its tiles are. Needs no database.

    Without a file that can be used `url` is null, and a plain grid is to be drawn.
    """
    file = ports.maps.current if ports.maps else None
    view = opening(config, file)
    if file is None:
        return map_view(view, config.map_bounds)
    return map_view(
        view,
        config.map_bounds or file.header.bounds,
        url=f"{request.scope.get('root_path', '')}/v1/map/{file.version}.pmtiles",
        schema=file.schema,
        attribution=file.attribution,
    )


@router.get(
    "/map/{version}.pmtiles",
    summary="Read the map's tiles",
    dependencies=[Depends(gives(MEDIA_TYPE))],
    response_class=Response,
    response_description="The file, or the bytes of it that Range names (206)",
    responses=docs.answers(
        "PMTiles\x03...",
        *docs.guarded(MEDIA_TYPE),
        unknown_map(),
        no_such_range(1048576),
        media_type=MEDIA_TYPE,
    ),
)
async def read_tiles(
    ports: UsePorts,
    request: Request,
    version: Annotated[str, Path(description="As `url` of `GET /v1/map` has it.")],
) -> Response:
    """Return the file, or a range of its bytes: PMTiles with vector tiles in them.

    A URL has one content for ever, so it may be cached for ever; another file has another URL.
    """
    file = ports.maps.current if ports.maps else None
    if file is None or version != file.version:
        raise unknown_map()
    return await ranges.answer(
        request,
        file,
        etag=f'"{file.version}"',
        media_type=MEDIA_TYPE,
        # private, since it takes a token to read it
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )
