"""A PMTiles file: what its header and its metadata say, and whether the console can draw it.

The console's map is one such file that the city installs. Browsers read it by byte ranges and
take its directories and tiles apart themselves; the service looks at the first bytes alone, so
that whoever installed the wrong file is told so, and not shown an empty map.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import io
import json
import os
import re
import struct
import weakref
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeGuard

HEADER_BYTES: Final = 127
HEAD_BYTES: Final = 16 * 1024
"""In so many lie the header and the first directory, which differs with the lengths of tiles."""
VERSION: Final = 3
MVT: Final = 1
METADATA_BYTES: Final = 8 * 2**20
"""Metadata that is read, also when unpacked; that of a whole country has some 100 kB."""

_LAYOUT: Final = struct.Struct("<7sB11Q6B4iB2i")
"""Magic and version; places, lengths, counts; flags and zooms; bounds; centre."""
_GZIP: Final = 2
_PACKINGS: Final = {3: "brotli", 4: "zstd"}
"""What browsers cannot unpack."""
_KINDS: Final = {2: "PNG", 3: "JPEG", 4: "WebP", 5: "AVIF", 6: "MapLibre tiles (MLT)"}
_STARTS: Final = (
    (b"SQLite format 3", "It is an MBTiles file. Convert it: pmtiles convert FILE NEW.pmtiles"),
    (b"\x1f\x8b", "It is packed with gzip. Unpack it: gunzip FILE"),
    (b"PM", "It is PMTiles of an old version. Convert it: pmtiles convert FILE NEW.pmtiles"),
    (b"<", "It is a web page: the download failed. Fetch the file again."),
)
"""How files begin that are taken for PMTiles, and what to do about them."""
_DEGREE: Final = 10**7
_MAKE: Final = "docs/map.md says how to make one."
_COPY: Final = "Copy it again, and compare the sizes."
_TAG: Final = re.compile(r"<[^>]*>")
_OF_BOTH: Final = "© OpenStreetMap contributors"
"""Whose data the tiles of either schema are made of."""


class Schema(StrEnum):
    """How the layers of the tiles are named; the console has a style for each."""

    PROTOMAPS = "protomaps"
    OPENMAPTILES = "openmaptiles"


_LAYERS: Final = {
    Schema.PROTOMAPS: frozenset({"earth", "roads", "places"}),
    Schema.OPENMAPTILES: frozenset({"transportation", "place", "water_name"}),
}
"""Layers that one schema has and the other has not."""


class BadMap(Exception):  # noqa: N818 - it is the file that is bad
    """The file cannot be used as the console's map."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.remedy = remedy


NORTH: Final = 90.0
EAST: Final = 180.0
"""The greatest latitude and the greatest longitude."""


class Bounds(NamedTuple):
    """An area, in degrees. It does not reach across the 180th meridian."""

    south: float
    west: float
    north: float
    east: float

    @property
    def enclose(self) -> bool:
        """Whether there is anything between them."""
        return -NORTH <= self.south < self.north <= NORTH and -EAST <= self.west < self.east <= EAST

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a place lies in it."""
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east

    @property
    def middle(self) -> tuple[float, float]:
        """Latitude and longitude of its middle."""
        return (self.south + self.north) / 2, (self.west + self.east) / 2


class View(NamedTuple):
    """Where a map opens: degrees, and a zoom as of web maps (12 shows a town)."""

    latitude: float
    longitude: float
    zoom: float = 12.0


@dataclass(frozen=True, slots=True)
class Header:
    """What the first 127 bytes say, as far as anybody here wants to know."""

    metadata: tuple[int, int]
    """Place and length."""
    packed: bool
    """Whether the metadata is packed with gzip."""
    end: int
    """Bytes that the file must have."""
    zooms: tuple[int, int]
    bounds: Bounds
    view: View | None
    """Where whoever made the file would have it open, if they said so."""

    @classmethod
    def parse(cls, head: bytes) -> Self:
        """Read the first bytes of a file. BadMap if they are not those of vector tiles."""
        if head[:7] != b"PMTiles" or head[7:8] != bytes([VERSION]):
            known = (remedy for start, remedy in _STARTS if head.startswith(start))
            raise BadMap(f"it is no PMTiles file of version {VERSION}", next(known, _MAKE))
        if len(head) < HEADER_BYTES:
            raise BadMap(f"it ends after {len(head)} bytes", _COPY)
        _, _, *rest = _LAYOUT.unpack(head[:HEADER_BYTES])
        places, (_, inner, outer, kind, least, most), degrees = rest[:11], rest[11:17], rest[17:]
        if kind != MVT:
            what = _KINDS.get(kind, f"tiles of kind {kind}")
            raise BadMap(f"it holds {what}, not vector tiles (MVT)", _MAKE)
        for packing in (inner, outer):
            if packing in _PACKINGS:
                raise BadMap(
                    f"it is packed with {_PACKINGS[packing]}, which browsers cannot unpack",
                    "Make it with gzip, which is what all tools take by default. " + _MAKE,
                )
        west, south, east, north = (each / _DEGREE for each in degrees[:4])
        bounds = Bounds(south, west, north, east)
        if not bounds.enclose:
            raise BadMap(f"its header names no area (bounds {tuple(bounds)})", _MAKE)
        zoom, longitude, latitude = degrees[4], degrees[5] / _DEGREE, degrees[6] / _DEGREE
        said = (latitude, longitude) != (0, 0) and bounds.holds(latitude, longitude)
        return cls(
            metadata=(places[2], places[3]),
            packed=inner == _GZIP,
            end=max(
                start + length for start, length in zip(places[:8:2], places[1:8:2], strict=True)
            ),
            zooms=(least, most),
            bounds=bounds,
            view=View(latitude, longitude, float(zoom)) if said else None,
        )


def schema_of(layers: Collection[str]) -> Schema:
    """Return the schema that has layers of these names. BadMap if the console knows none."""
    for schema, own in _LAYERS.items():
        if len(own.intersection(layers)) > 1:
            return schema
    named = ", ".join(sorted(layers)[:12]) or "none"
    raise BadMap(
        f"its layers are those of no schema that the console can draw ({named})",
        "Make it with the layers of Protomaps or OpenMapTiles. " + _MAKE,
    )


def text_of(attribution: object) -> str:
    """Return an attribution, which is HTML, as a line of text."""
    if not isinstance(attribution, str):
        return ""
    return " ".join(html.unescape(_TAG.sub(" ", attribution)).split())[:200]


Stamp = tuple[int, int, int, int]
"""What tells one state of a file from another: device, inode, size, time of the last change."""


def stamp_of(about: os.stat_result) -> Stamp:
    """Return the stamp of a file, which `os.stat` tells."""
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class MapFile:
    """An open PMTiles file that the console can draw.

    It is read through its descriptor, so that one that is moved into its place does not mix
    with it. The descriptor is closed when nobody has the object any more.
    """

    descriptor: int
    stamp: Stamp
    version: str
    """The same for the same content, on whatever node; another one for another. It is part of
    the URL, so that caches may keep what they have."""
    header: Header
    schema: Schema
    attribution: str

    @property
    def size(self) -> int:
        """Bytes."""
        return self.stamp[2]

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file and read what it says of itself. BadMap if it cannot be used."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise BadMap(_words(error), "Correct SIP112_MAP_FILE, or have it readable.") from error
        try:
            found = cls._read(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        weakref.finalize(found, os.close, descriptor)
        return found

    @classmethod
    def _read(cls, descriptor: int) -> Self:
        try:
            stamp = stamp_of(os.fstat(descriptor))
            head = os.pread(descriptor, HEAD_BYTES, 0)
            header = Header.parse(head)
            if stamp[2] < header.end:
                raise BadMap(f"it has {stamp[2]} bytes of {header.end}: a copy was cut off", _COPY)
            place, length = header.metadata
            raw = os.pread(descriptor, min(length, METADATA_BYTES), place)
        except OSError as error:
            raise BadMap(_words(error), "Copy it to a disk that works.") from error
        metadata = _metadata(raw, packed=header.packed)
        layers = metadata.get("vector_layers")
        names = [str(layer["id"]) for layer in layers] if _is_layers(layers) else []
        return cls(
            descriptor=descriptor,
            stamp=stamp,
            version=hashlib.sha256(b"%d " % stamp[2] + head + raw).hexdigest()[:16],
            header=header,
            schema=schema_of(names),
            attribution=text_of(metadata.get("attribution")) or _OF_BOTH,
        )

    @property
    def told(self) -> str:
        """What there is to say of it in one line."""
        least, most = self.header.zooms
        south, west, north, east = self.header.bounds
        return (
            f"{self.schema}, {self.size / 2**20:,.1f} MB, zooms {least} to {most}, from"
            f" {south:.3f}, {west:.3f} to {north:.3f}, {east:.3f}"
        )


def _metadata(raw: bytes, *, packed: bool) -> dict[str, Any]:
    try:
        if packed:
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as unpacking:
                raw = unpacking.read(METADATA_BYTES)
        found = json.loads(raw)
    except (OSError, EOFError, ValueError, zlib.error) as error:  # what gzip and json raise
        raise BadMap("its metadata cannot be read", _COPY) from error
    return found if isinstance(found, dict) else {}


def _is_layers(value: object) -> TypeGuard[list[dict[str, object]]]:
    return isinstance(value, list) and all(
        isinstance(each, dict) and "id" in each for each in value
    )


def _words(error: OSError) -> str:
    return error.strerror or str(error)
