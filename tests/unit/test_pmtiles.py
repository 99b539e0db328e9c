"""PMTiles files: what ours reads in them is what their own library reads; bad ones are told."""

from __future__ import annotations

import gc
import gzip
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, TileType, serialize_header

from rig import district as invented
from sip112.api.pmtiles import (
    HEADER_BYTES,
    METADATA_BYTES,
    BadMap,
    Bounds,
    Header,
    MapFile,
    Schema,
    View,
    schema_of,
    text_of,
)


def header(**fields: Any) -> bytes:
    """Return the header of a file with vector tiles, by the format's own library."""
    usual = {
        "root_offset": HEADER_BYTES,
        "root_length": 20,
        "metadata_offset": 147,
        "metadata_length": 30,
        "leaf_directory_offset": 177,
        "leaf_directory_length": 0,
        "tile_data_offset": 177,
        "tile_data_length": 1000,
        "addressed_tiles_count": 1,
        "tile_entries_count": 1,
        "tile_contents_count": 1,
        "clustered": True,
        "internal_compression": Compression.GZIP,
        "tile_compression": Compression.GZIP,
        "tile_type": TileType.MVT,
        "min_zoom": 0,
        "max_zoom": 15,
        "min_lon_e7": 1138800000,
        "min_lat_e7": -22400000,
        "max_lon_e7": 1139600000,
        "max_lat_e7": -21800000,
        "center_zoom": 13,
        "center_lon_e7": 1139213000,
        "center_lat_e7": -22096000,
    }
    return bytes(serialize_header(usual | fields))


def refused(head: bytes) -> str:
    """Return what is said of a header; there is always something to do about it."""
    with pytest.raises(BadMap) as error:
        Header.parse(head)
    assert error.value.remedy
    return str(error.value)


# --- the header --------------------------------------------------------------------------------


def test_a_header_is_read() -> None:
    """Zooms, area, where it opens, and how long the file must be."""
    found = Header.parse(header())
    assert found == Header(
        metadata=(147, 30),
        packed=True,
        end=1177,
        zooms=(0, 15),
        bounds=Bounds(-2.24, 113.88, -2.18, 113.96),
        view=View(-2.2096, 113.9213, 13),
    )


@pytest.mark.parametrize("at", [(0, 0), (10, 113.9)])
def test_a_centre_that_means_nothing_is_none(at: tuple[float, float]) -> None:
    """Zero is what tools write that know none; one outside of the area is a mistake."""
    latitude, longitude = at
    head = header(center_lat_e7=round(latitude * 1e7), center_lon_e7=round(longitude * 1e7))
    assert Header.parse(head).view is None


@pytest.mark.parametrize(
    ("start", "remedy"),
    [
        (b"SQLite format 3\0", "pmtiles convert"),
        (b"\x1f\x8b\x08", "gunzip"),
        (b"PMTiles\x02", "pmtiles convert"),
        (b"PM\x02\x00", "pmtiles convert"),
        (b"<!DOCTYPE html>", "download failed"),
        (b"", "docs/map.md"),
        (b"PK\x03\x04", "docs/map.md"),
    ],
)
def test_what_is_taken_for_a_map_is_told_apart(start: bytes, remedy: str) -> None:
    """With what to do about it."""
    with pytest.raises(BadMap, match="no PMTiles file of version 3") as error:
        Header.parse(start + bytes(200))
    assert remedy in error.value.remedy


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"tile_type": TileType.PNG}, "it holds PNG, not vector tiles"),
        ({"tile_type": TileType.UNKNOWN}, "tiles of kind 0"),
        ({"tile_compression": Compression.BROTLI}, "brotli, which browsers cannot unpack"),
        ({"internal_compression": Compression.ZSTD}, "zstd, which browsers cannot unpack"),
        ({"max_lat_e7": -22400000}, "names no area"),
        ({"min_lat_e7": -910000000}, "names no area"),
        ({"max_lon_e7": 1810000000}, "names no area"),
    ],
)
def test_what_the_console_cannot_draw_is_told(fields: dict[str, Any], says: str) -> None:
    """Before an operator sees an empty map."""
    assert says in refused(header(**fields))


def test_a_header_that_is_cut_off_is_told() -> None:
    """A copy of a few bytes."""
    assert "ends after 100 bytes" in refused(header()[:100])


@given(some.binary(max_size=300) | some.binary(max_size=140).map(lambda end: header()[:8] + end))
def test_no_bytes_make_it_fail_otherwise(head: bytes) -> None:
    """Whatever is in the file, it is read or refused."""
    with suppress(BadMap):
        Header.parse(head)


# --- layers and words --------------------------------------------------------------------------


def test_schemas_are_told_by_their_layers() -> None:
    """Some names both have."""
    assert schema_of(["water", "earth", "roads", "places", "pois"]) is Schema.PROTOMAPS
    openmaptiles = ["water", "transportation", "transportation_name", "place", "poi"]
    assert schema_of(openmaptiles) is Schema.OPENMAPTILES
    with pytest.raises(BadMap, match=r"can draw \(streets, water_polygons\)"):
        schema_of(["water_polygons", "streets"])
    with pytest.raises(BadMap, match=r"\(none\)"):
        schema_of([])


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ('<a href="https://example.org/copyright">&copy; Somebody</a>', "© Somebody"),
        ("A <b>B</b>\n<script>C</script>", "A B C"),
        ("x" * 500, "x" * 200),
        (None, ""),
        (["a"], ""),
    ],
)
def test_an_attribution_becomes_text(said: object, text: str) -> None:
    """No markup of a file reaches the console, and so no link to elsewhere."""
    assert text_of(said) == text


# --- the file ----------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", Schema)
def test_a_file_is_read_as_its_own_library_reads_it(
    districts: dict[Schema, Path], schema: Schema
) -> None:
    """Two readers, one meaning."""
    path = districts[schema]
    found = MapFile.open(path)
    with path.open("rb") as file:
        told = Reader(MmapSource(file)).header()
    assert found.schema is schema
    assert found.size == path.stat().st_size
    assert found.header.zooms == (told["min_zoom"], told["max_zoom"])
    assert found.header.bounds == invented.BOUNDS
    assert found.header.end == told["tile_data_offset"] + told["tile_data_length"]
    assert found.header.view == View(*invented.MIDDLE, 13)
    assert found.attribution == "© Invented district"
    assert found.told.startswith(f"{schema}, 0.1 MB, zooms 8 to 15, from -2.240, 113.880")


def test_the_same_content_has_the_same_version_everywhere(district: Path, tmp_path: Path) -> None:
    """Two nodes with a copy each give the same URL; another file has another."""
    copy = tmp_path / "copy.pmtiles"
    copy.write_bytes(district.read_bytes())
    one, other = MapFile.open(district), MapFile.open(copy)
    assert one.version == other.version
    assert one.stamp != other.stamp
    content = district.read_bytes()
    copy.write_bytes(content[:118] + b"\x0c" + content[119:])  # the zoom at which it opens
    assert MapFile.open(copy).version != one.version


def test_a_file_is_closed_when_nobody_has_it(district: Path) -> None:
    """And not before."""
    found = MapFile.open(district)
    descriptor = found.descriptor
    district.unlink()
    assert os.pread(descriptor, 7, 0) == b"PMTiles"
    del found
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def _spoil(change: Callable[[bytearray], object]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        content = bytearray(path.read_bytes())
        change(content)
        path.write_bytes(content)

    return spoil


def _metadata(value: bytes) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        head = header(
            metadata_offset=HEADER_BYTES,
            metadata_length=len(value),
            root_length=0,
            leaf_directory_offset=0,
            tile_data_offset=0,
            tile_data_length=0,
        )
        path.write_bytes(head + value)

    return replace


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.unlink(), "No such file or directory"),
        (lambda path: path.unlink() or path.mkdir(), "Is a directory"),
        (_spoil(lambda content: content.__delitem__(slice(-5, None))), "a copy was cut off"),
        (_spoil(bytearray.clear), "no PMTiles file"),
        (_metadata(b"no gzip"), "metadata cannot be read"),
        (_metadata(gzip.compress(b"{}")[:-9]), "metadata cannot be read"),
        (_metadata(gzip.compress(b"[")), "metadata cannot be read"),
        (_metadata(gzip.compress(b"[1]")), "of no schema"),
        (_metadata(gzip.compress(json.dumps({"vector_layers": [1]}).encode())), "of no schema"),
        (_metadata(gzip.compress(b" " * (METADATA_BYTES + 1) + b"{}")), "metadata cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(
    district: Path, spoil: Callable[[Path], object], says: str
) -> None:
    """And no descriptor stays open."""
    spoil(district)
    before = len([*Path("/proc/self/fd").iterdir()])
    with pytest.raises(BadMap, match=says) as error:
        MapFile.open(district)
    assert error.value.remedy
    assert len([*Path("/proc/self/fd").iterdir()]) == before
