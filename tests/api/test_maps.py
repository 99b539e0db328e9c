"""The console's map: where it opens, and its file by ranges."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pmtiles.reader import Reader

from sip112.api.context import ApiConfig
from sip112.api.pmtiles import Bounds, MapFile, Schema, View
from sip112.api.routes.maps import opening
from sip112.people.roles import Scope
from sip112.routing.ids import CentreCode
from sip112.service import maps as service_maps
from sip112.service.maps import Maps
from sip112.store.store import Store
from tests.api.service import PKY, Service, problem, until

KTM = CentreCode("KTM")


@pytest.fixture
def maps(district: Path) -> Maps:
    """Give a map that has been looked at."""
    maps = Maps(district)
    maps.look()
    return maps


@pytest.fixture
def mapped(store: Store, maps: Maps) -> Service:
    """Give the service with that map."""
    return Service(store, maps=maps)


async def where(client: httpx.AsyncClient, path: str = "/v1/map") -> dict[str, Any]:
    """Return what is said of the map."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# --- where it is -------------------------------------------------------------------------------


async def test_where_the_map_opens(mapped: Service, maps: Maps) -> None:
    """As the file says, with whose data it is."""
    assert maps.current is not None
    async with mapped.client() as client:
        assert await where(client) == {
            "centre": {"latitude": -2.2096, "longitude": 113.9213, "zoom": 13.0},
            "bounds": {"south": -2.24, "west": 113.88, "north": -2.18, "east": 113.96},
            "url": f"/v1/map/{maps.current.version}.pmtiles",
            "schema": "protomaps",
            "attribution": "© Invented district",
        }


async def test_without_a_file_there_is_a_place_all_the_same(service: Service) -> None:
    """The console draws a plain grid around it; the database is not needed."""
    async with service.client() as client:
        assert await where(client) == {
            "centre": {"latitude": -2.2096, "longitude": 113.9213, "zoom": 12.0},
            "bounds": None,
            "url": None,
            "schema": None,
            "attribution": None,
        }
        problem(await client.get("/v1/map/0123456789abcdef.pmtiles"), 404, "unknown-map")


async def test_each_centre_has_its_own_place_on_one_file(store: Store, maps: Maps) -> None:
    """And its own way to the file."""
    service = Service(
        store, others=[KTM], maps=maps, map_centre=View(-2.19, 113.9, 14), map_bounds=None
    )
    async with service.client() as client:
        found = await where(client, "/centres/KTM/v1/map")
        assert found["centre"] == {"latitude": -2.19, "longitude": 113.9, "zoom": 14}
        assert found["url"].startswith("/centres/KTM/v1/map/")
        answer = await client.get(found["url"], headers={"Range": "bytes=0-6"})
        assert answer.content == b"PMTiles"


def changed(content: bytes, zoom: int, longitude: float, latitude: float) -> bytes:
    """Return a file with another centre in its header."""
    place = struct.pack("<B2i", zoom, round(longitude * 1e7), round(latitude * 1e7))
    return content[:118] + place + content[127:]


def test_where_a_map_opens_by_what_is_known(district: Path) -> None:
    """Set, or the centre's area, or the file's centre, or the city, or all of the file."""
    plain = ApiConfig(PKY)
    strange = ApiConfig(CentreCode("XYZ"))
    said = MapFile.open(district)
    content = district.read_bytes()
    district.write_bytes(changed(content, 13, 0, 0))
    silent = MapFile.open(district)
    district.write_bytes(changed(content, 0, 113.9213, -2.2096))
    cut = MapFile.open(district)
    area = Bounds(-2.3, 113.8, -2.1, 114.0)
    assert opening(ApiConfig(PKY, map_centre=View(1, 2, 3), map_bounds=area), said) == View(1, 2, 3)
    assert opening(ApiConfig(PKY, map_bounds=area), said) == View(-2.2, 113.9, 11.3)
    assert opening(strange, said) == View(-2.2096, 113.9213, 13)
    assert opening(strange, cut) == View(-2.2096, 113.9213, 12.6)
    assert opening(plain, silent) == View(-2.2096, 113.9213, 12)
    assert opening(strange, silent) == View(-2.21, 113.92, 12.6)
    assert opening(ApiConfig(KTM), silent) == View(-2.21, 113.92, 12.6)  # not in that file
    assert opening(ApiConfig(KTM), None) == View(-2.5333, 112.95, 12)
    assert opening(strange, None) == View(-2.5, 118.0, 4)


# --- its bytes ---------------------------------------------------------------------------------


async def test_the_file_is_read_by_ranges_over_http(
    mapped: Service, districts: dict[Schema, Path]
) -> None:
    """The format's own library finds every tile with real requests to a real server."""
    content = districts[Schema.PROTOMAPS].read_bytes()

    async with mapped.served() as client:
        url = (await where(client))["url"]
        fetched: list[tuple[int, int]] = []
        parts: dict[tuple[int, int], bytes] = {}

        def get_bytes(offset: int, length: int) -> bytes:
            fetched.append((offset, length))
            return parts.get((offset, length), b"")

        async def read(zoom: int, x: int, y: int) -> bytes | None:
            """Read a tile; each range that the library wants is fetched, until it has all."""
            while True:
                try:
                    found: bytes | None = Reader(get_bytes).get(zoom, x, y)
                except Exception:  # noqa: BLE001 - it had too little
                    found = None
                offset, length = fetched[-1]
                if (offset, length) in parts:
                    return found
                answer = await client.get(
                    url, headers={"Range": f"bytes={offset}-{offset + length - 1}"}
                )
                assert answer.status_code == 206
                assert answer.headers["content-type"] == "application/vnd.pmtiles"
                end = min(offset + length, len(content))
                assert answer.headers["content-range"] == f"bytes {offset}-{end - 1}/{len(content)}"
                parts[offset, length] = answer.content

        assert (await read(13, 6688, 4146) or b"").startswith(b"\x1f\x8b")
        assert await read(13, 0, 0) is None
    for (offset, length), part in parts.items():
        assert part == content[offset : offset + length]


async def test_the_whole_file(mapped: Service, districts: dict[Schema, Path]) -> None:
    """It may be kept for ever, by whoever may see it."""
    async with mapped.served() as client:
        url = (await where(client))["url"]
        answer = await client.get(url)
    assert answer.status_code == 200
    assert answer.content == districts[Schema.PROTOMAPS].read_bytes()
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_conditions(mapped: Service) -> None:
    """ETag, If-None-Match, If-Range."""
    async with mapped.served() as client:
        url = (await where(client))["url"]
        some = {"Range": "bytes=0-9"}
        etag = (await client.get(url, headers=some)).headers["etag"]
        assert etag in url.replace("/v1/map/", '"').replace(".pmtiles", '"')
        for header in (etag, f'"x", W/{etag}'):
            answer = await client.get(url, headers={"If-None-Match": header})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == etag
        assert (await client.get(url, headers=some | {"If-Range": etag})).status_code == 206
        assert (await client.get(url, headers=some | {"If-Range": '"x"'})).status_code == 200
        assert (await client.get(url, headers=some | {"If-None-Match": '"x"'})).status_code == 206


async def test_bytes_that_there_are_not(mapped: Service) -> None:
    """A problem that says how many there are."""
    async with mapped.client() as client:
        url = (await where(client))["url"]
        answer = await client.get(url, headers={"Range": "bytes=99999999-"})
    problem(answer, 416, "no-such-range")
    assert answer.headers["content-range"].startswith("bytes */")


async def test_who_may_see_it(mapped: Service, maps: Maps) -> None:
    """Whoever may read; metrics go to another system."""
    assert maps.current is not None
    for path in ("/v1/map", f"/v1/map/{maps.current.version}.pmtiles"):
        async with mapped.client(None) as client:
            problem(await client.get(path), 401, "no-token")
        async with mapped.client(Scope.METRICS) as client:
            problem(await client.get(path), 403, "missing-scope")


async def test_a_file_that_shrinks_while_it_is_sent(mapped: Service, district: Path) -> None:
    """The client sees a broken answer, not one that looks whole."""
    async with mapped.served() as client:
        url = (await where(client))["url"]
        os.truncate(district, 1000)
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url)


# --- what lies there ---------------------------------------------------------------------------


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the file looked at all the time."""
    monkeypatch.setattr(service_maps, "LOOK_S", 0.01)


@pytest.fixture
def watching(district: Path, often: None) -> Iterator[Maps]:  # noqa: ARG001 - it is to be quick
    """Give a map that is being looked at."""
    maps = Maps(district)
    maps.start()
    yield maps
    maps.stop()


def read(path: Path) -> bytes:
    """Return the content of a small file."""
    return path.read_bytes()


def put(path: Path, content: bytes) -> None:
    """Put a file there as one should: written beside it, and moved."""
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(path)


async def test_a_newer_file_is_taken_up(watching: Maps, district: Path) -> None:
    """Moved into its place; who reads the old one goes on until then."""
    await until(lambda: watching.current)
    old = watching.current
    put(district, changed(read(district), 12, 113.9, -2.2))
    await until(lambda: watching.current is not old)
    assert old is not None
    assert watching.current is not None
    assert watching.current.version != old.version
    assert os.pread(old.descriptor, 7, 0) == b"PMTiles"


async def test_a_bad_file_is_an_alarm_and_the_one_before_is_shown(
    watching: Maps, district: Path
) -> None:
    """Until there is a good one again."""
    await until(lambda: watching.current)
    good = read(district)
    for bad in (good[:-9], None):
        if bad is None:
            await asyncio.to_thread(district.unlink)
        else:
            put(district, bad)
        await until(lambda: not watching.facts()[0].ok)
        (fact,) = watching.facts()
        assert "the one before is shown still" in fact.detail
        assert fact.remedy
        assert not fact.stops
        assert watching.current is not None
        put(district, good)
        await until(lambda: watching.facts()[0].ok)


async def test_a_file_that_is_written_over_is_let_go(watching: Maps, district: Path) -> None:
    """What is open is that file, and its directories are wrong by now."""
    await until(lambda: watching.current)
    await asyncio.to_thread(district.write_bytes, b"rubbish")
    await until(lambda: watching.current is None)
    await until(lambda: not watching.facts()[0].ok)
    assert "no PMTiles file" in watching.facts()[0].detail


def test_before_the_first_look(district: Path) -> None:
    """Nothing is wrong yet; without a setting there is nothing to say."""
    assert [fact.ok for fact in Maps(district).facts()] == [True]
    none = Maps(None)
    none.start()
    none.look()
    assert (none.current, none.facts()) == (None, ())


def test_a_disk_that_hangs_is_told(district: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look does not come back, and nobody waits for it."""
    maps = Maps(district)
    monkeypatch.setattr(type(maps.lookout), "hanging_s", 12.0)
    (fact,) = maps.facts()
    assert "has not answered for 12 s" in fact.detail
    assert not fact.ok
