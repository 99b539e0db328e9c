"""An invented district as a PMTiles file: the map of tests, and of `make serve`.

``python -m rig.district FILE [SCHEMA]`` writes it. Nothing in it exists: a river, a grid of
streets, houses, and what operators look for (hospital, fire station, police), around the place
where the map of the centre PKY opens. Both schemas that the console can draw are written from
the same things.
"""

from __future__ import annotations

import gzip
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from rig.mvt import EXTENT, LINE, POINT, POLYGON, Feature, Shape, encode
from sip112.api.pmtiles import Bounds, Schema

BOUNDS: Final = Bounds(-2.240, 113.880, -2.180, 113.960)
MIDDLE: Final = (-2.2096, 113.9213)
ZOOMS: Final = range(8, 16)
ATTRIBUTION: Final = '<a href="https://example.org/">&copy; Invented district</a>'


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of the district, in degrees: longitude, latitude."""

    what: str
    kind: str
    shape: Shape
    name: str = ""
    least: int = 0
    """Zoom from which it is shown."""
    more: dict[str, str] = field(default_factory=dict)
    """Names in other languages."""


_LAYERS: Final[dict[Schema, dict[str, tuple[str, str]]]] = {
    Schema.PROTOMAPS: {
        "land": ("earth", "kind"),
        "water": ("water", "kind"),
        "green": ("landuse", "kind"),
        "street": ("roads", "kind"),
        "house": ("buildings", "kind"),
        "place": ("places", "kind"),
        "office": ("pois", "kind"),
    },
    Schema.OPENMAPTILES: {
        "water": ("water", "class"),
        "green": ("landuse", "class"),
        "street": ("transportation", "class"),
        "house": ("building", "class"),
        "place": ("place", "class"),
        "office": ("poi", "class"),
    },
}
"""The layer of each kind of thing, and the property that says what it is exactly."""

_WORDS: Final = {
    ("street", "major_road"): "primary",
    ("street", "minor_road"): "minor",
    ("place", "locality"): "city",
    ("place", "neighbourhood"): "suburb",
}
"""What OpenMapTiles calls by another word than Protomaps."""


_AS: Final = {"street": LINE, "place": POINT, "office": POINT}
"""What is no polygon."""


def things() -> Iterator[Thing]:
    """Yield what there is in the district, the same each time."""
    south, west, north, east = BOUNDS
    yield Thing("land", "earth", _box(west, south, east, north))
    bends = [
        (west + (east - west) * step / 24, -2.2215 + 0.006 * math.sin(step / 2.6))
        for step in range(25)
    ]
    banks = [*((x, y + 0.0013) for x, y in bends), *((x, y - 0.0013) for x, y in bends[::-1])]
    yield Thing("water", "river", banks, "Sungai Contoh", more={"name:en": "Example River"})
    park = [(113.9165, -2.2045), (113.9225, -2.2050), (113.9218, -2.2090), (113.916, -2.208)]
    yield Thing("green", "park", park, "Taman Contoh")
    yield Thing("green", "hospital", _box(113.9282, -2.2052, 113.9312, -2.2028))
    yield from _streets()
    yield from _houses(bends)
    yield Thing(
        "place",
        "locality",
        [(113.921, -2.2105)],
        "Kota Contoh",
        more={"name:en": "Example City", "name:id": "Kota Contoh"},
    )
    for name, longitude, latitude in (
        ("Kelurahan Utara", 113.905, -2.192),
        ("Kelurahan Timur", 113.944, -2.203),
        ("Kelurahan Selatan", 113.912, -2.232),
    ):
        yield Thing("place", "neighbourhood", [(longitude, latitude)], name, 11)
    for kind, name, longitude, latitude in (
        ("hospital", "RSUD Contoh", 113.9297, -2.204),
        ("fire_station", "Pos Damkar Contoh", 113.9135, -2.2125),
        ("police", "Polres Contoh", 113.9262, -2.2142),
        ("school", "SDN Contoh 1", 113.9088, -2.2031),
    ):
        yield Thing("office", kind, [(longitude, latitude)], name, 13)


def _streets() -> Iterator[Thing]:
    south, west, north, east = BOUNDS
    for row in range(11):
        y = south + 0.005 + row * 0.005
        kind, least = ("major_road", 8) if row in {3, 8} else ("minor_road", 13)
        line = [(west + 0.004, y), (east - 0.004, y + 0.0012)]
        yield Thing("street", kind, line, f"Jalan Melati {row + 1}", least)
    for column in range(15):
        x = west + 0.006 + column * 0.005
        kind, least = ("major_road", 8) if column in {2, 8, 14} else ("minor_road", 13)
        line = [(x, south + 0.003), (x + 0.001, north - 0.003)]
        yield Thing("street", kind, line, f"Jalan Anggrek {column + 1}", least)


def _houses(river: Shape) -> Iterator[Thing]:
    south, west, north, east = BOUNDS
    dice = random.Random(112)  # noqa: S311 - it draws houses
    for _ in range(1400):
        x, y = dice.uniform(west, east), dice.uniform(south, north)
        half, deep = dice.uniform(8e-5, 2e-4), dice.uniform(6e-5, 1.6e-4)
        wet = min(math.hypot(x - bend[0], y - bend[1]) for bend in river) < 0.0024  # noqa: PLR2004
        green = 113.9155 < x < 113.932 and -2.2092 < y < -2.2025  # noqa: PLR2004 - park and ward
        if not wet and not green:
            yield Thing("house", "building", _box(x - half, y - deep, x + half, y + deep), least=14)


def _box(west: float, south: float, east: float, north: float) -> Shape:
    return [(west, south), (east, south), (east, north), (west, north)]


def write(path: Path, schema: Schema = Schema.PROTOMAPS) -> None:
    """Write the district to `path`."""
    layers = _LAYERS[schema]
    drawn = [
        (thing, [_square(*place) for place in thing.shape])
        for thing in things()
        if thing.what in layers
    ]
    with path.open("wb") as file, ExitStack() as left_open:
        writer = Writer(file)
        left_open.callback(writer.tile_f.close)
        tiles = sorted((zxy_to_tileid(*tile), tile) for tile in _tiles())
        for number, tile in tiles:
            writer.write_tile(number, gzip.compress(_tile(drawn, schema, *tile), mtime=0))
        south, west, north, east = BOUNDS
        latitude, longitude = MIDDLE
        writer.finalize(
            {
                "tile_type": TileType.MVT,
                "tile_compression": Compression.GZIP,
                "min_lon_e7": round(west * 1e7),
                "min_lat_e7": round(south * 1e7),
                "max_lon_e7": round(east * 1e7),
                "max_lat_e7": round(north * 1e7),
                "center_zoom": 13,
                "center_lon_e7": round(longitude * 1e7),
                "center_lat_e7": round(latitude * 1e7),
            },
            {
                "name": "Invented district",
                "attribution": ATTRIBUTION,
                "vector_layers": [
                    {"id": name, "fields": {word: "String", "name": "String"}}
                    for name, word in _named(schema)
                ],
            },
        )


def _named(schema: Schema) -> list[tuple[str, str]]:
    named = list(_LAYERS[schema].values())
    return [*named, ("transportation_name", "class")] if schema is Schema.OPENMAPTILES else named


def _tile(drawn: Sequence[tuple[Thing, Shape]], schema: Schema, zoom: int, x: int, y: int) -> bytes:
    """Return one tile, as MVT."""
    size = 2**zoom * EXTENT
    found: dict[str, list[Feature]] = defaultdict(list)
    for thing, shape in drawn:
        if zoom < thing.least:
            continue
        layer, word = _LAYERS[schema][thing.what]
        kind = thing.kind
        if schema is Schema.OPENMAPTILES:
            kind = _WORDS.get((thing.what, kind), kind)
        tags = {word: kind} | ({"name": thing.name} if thing.name else {}) | thing.more
        here = [(each[0] * size - x * EXTENT, each[1] * size - y * EXTENT) for each in shape]
        feature = Feature(_AS.get(thing.what, POLYGON), here, tags)
        found[layer].append(feature)
        if schema is Schema.OPENMAPTILES and thing.what == "street":
            found["transportation_name"].append(feature)
    return encode(found)


def _tiles() -> Iterator[tuple[int, int, int]]:
    south, west, north, east = BOUNDS
    for zoom in ZOOMS:
        left, top = (int(each * 2**zoom) for each in _square(west, north))
        right, bottom = (int(each * 2**zoom) for each in _square(east, south))
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                yield zoom, x, y


def _square(longitude: float, latitude: float) -> tuple[float, float]:
    """Return where a place lies in the square of the world (Web Mercator)."""
    north = math.asinh(math.tan(math.radians(latitude))) / math.pi
    return longitude / 360 + 0.5, 0.5 - north / 2


def main() -> None:
    """Write the file that the command line names."""
    path, *schema = sys.argv[1:]
    write(Path(path), Schema(schema[0]) if schema else Schema.PROTOMAPS)
    print(f"wrote {path} ({Path(path).stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
