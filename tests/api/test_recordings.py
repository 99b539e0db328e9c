"""Recordings: listed with their call, heard in parts, and every listening told."""

from __future__ import annotations

from pathlib import Path

import pytest

from sip112.people.roles import Scope
from sip112.routing.call import Call
from sip112.routing.ids import CentreCode
from sip112.store.store import Store
from tests.api.service import Service, problem, write
from tests.store.examples import arrived, life, opening

SOUND = b"RIFF" + bytes(40) + bytes(range(256)) * 250
NOBODY = "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44"


@pytest.fixture
async def call(service: Service, store: Store, tmp_path: Path) -> Call:
    """Give a call that has ended, with its recording."""
    records = life(1)
    await write(store, *records)
    ended = records[-1].call
    assert ended is not None
    path = tmp_path / "1795318000.42.wav"
    path.write_bytes(SOUND)
    service.recordings.files[ended.id] = path
    return ended


async def test_a_call_has_its_recording(service: Service, call: Call) -> None:
    """With how long it plays."""
    async with service.client(Scope.RECORDINGS) as client:
        answer = await client.get(f"/v1/calls/{call.id}/recordings")
    assert answer.json() == {
        "items": [
            {
                "id": str(call.id),
                "call": str(call.id),
                "media_type": "audio/wav",
                "bytes": len(SOUND),
                "seconds": 4.0,
                "complete": True,
            }
        ]
    }


async def test_a_call_may_have_none(service: Service, store: Store, call: Call) -> None:
    """Nobody answered it, or its time is over; one that does not exist is said to be unknown."""
    other = life(2)
    await write(store, *other)
    service.recordings.files.clear()
    async with service.client(Scope.RECORDINGS) as client:
        for each in (call, other[-1].call):
            assert each is not None
            answer = await client.get(f"/v1/calls/{each.id}/recordings")
            assert answer.json() == {"items": []}
        problem(await client.get(f"/v1/calls/{NOBODY}/recordings"), 404, "unknown-call")
        problem(await client.get(f"/v1/recordings/{call.id}"), 404, "unknown-recording")
        problem(await client.get(f"/v1/recordings/{NOBODY}"), 404, "unknown-recording")
        problem(await client.get("/v1/recordings/..%2F..%2Fetc%2Fpasswd"), 404, "unknown-path")
        problem(await client.get("/v1/recordings/passwd"), 422, "invalid")


async def test_it_is_heard(service: Service, call: Call) -> None:
    """Whole, kept by no cache, shown and not downloaded."""
    async with service.client(Scope.RECORDINGS) as client:
        answer = await client.get(f"/v1/recordings/{call.id}")
    assert (answer.status_code, answer.content) == (200, SOUND)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == f'inline; filename="{call.ticket_number}.wav"'


@pytest.mark.parametrize(
    ("part", "first", "last"),
    [
        ("bytes=0-", 0, len(SOUND)),
        ("bytes=100-199", 100, 200),
        ("bytes=64000-999999", 64_000, len(SOUND)),
        ("bytes=-44", len(SOUND) - 44, len(SOUND)),
    ],
)
async def test_it_is_heard_in_parts(
    service: Service, call: Call, part: str, first: int, last: int
) -> None:
    """As a player asks for them."""
    async with service.client(Scope.RECORDINGS, Range=part) as client:
        answer = await client.get(f"/v1/recordings/{call.id}")
    assert (answer.status_code, answer.content) == (206, SOUND[first:last])
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(SOUND)}"


@pytest.mark.parametrize("part", ["bytes=64044-", "bytes=-0"])
async def test_a_part_that_is_not_there(service: Service, call: Call, part: str) -> None:
    """Is a problem that says how much there is, and no listening."""
    async with service.client(Scope.RECORDINGS, Range=part) as client:
        answer = await client.get(f"/v1/recordings/{call.id}")
    problem(answer, 416, "no-such-range")
    assert answer.headers["content-range"] == f"bytes */{len(SOUND)}"
    assert service.audit.told == []


async def test_every_listening_is_told(service: Service, call: Call) -> None:
    """By whom, of which ticket; to look for one is no listening."""
    async with service.client(Scope.RECORDINGS, Range="bytes=0-9") as client:
        await client.get(f"/v1/calls/{call.id}/recordings")
        await client.get(f"/v1/recordings/{NOBODY}")
        await client.get(f"/v1/recordings/{call.id}")
    assert service.audit.told == [("recordings-client", "recording.heard", str(call.id))]
    (told,) = service.audit.entries
    assert told.detail == {"ticket": call.ticket_number, "range": "bytes=0-9"}
    assert told.centre == "PKY"


async def test_only_who_may_hears_it(service: Service, call: Call) -> None:
    """Everybody else is told which scope it takes."""
    for scope in set(Scope) - {Scope.RECORDINGS, Scope.ADMIN}:
        async with service.client(scope) as client:
            for path in (f"/v1/calls/{call.id}/recordings", f"/v1/recordings/{call.id}"):
                problem(await client.get(path), 403, "missing-scope")


async def test_a_call_in_progress_is_not_heard_yet(service: Service, call: Call) -> None:
    """It is listed, as not complete."""
    live = opening(arrived(3)).call
    assert live is not None
    service.desk.live.append(live)
    service.recordings.files[live.id] = service.recordings.files[call.id]
    async with service.client(Scope.RECORDINGS) as client:
        (item,) = (await client.get(f"/v1/calls/{live.id}/recordings")).json()["items"]
        assert item["complete"] is False
        problem(await client.get(f"/v1/recordings/{live.id}"), 409, "still-recording")


async def test_a_disk_that_hangs(service: Service, call: Call) -> None:
    """Is said to hang, and keeps nobody waiting for ever."""
    service.recordings.hangs = True
    async with service.client(Scope.RECORDINGS) as client:
        for path in (f"/v1/calls/{call.id}/recordings", f"/v1/recordings/{call.id}"):
            answer = await client.get(path)
            problem(answer, 503, "recordings-unavailable")
            assert "retry-after" in answer.headers


async def test_of_another_centre_there_is_none(store: Store, call: Call, service: Service) -> None:
    """A token of one centre hears nothing of another."""
    other = Service(store, centre=CentreCode("SPT"))
    other.recordings.files.update(service.recordings.files)
    async with other.client(Scope.RECORDINGS) as client:
        problem(await client.get(f"/v1/recordings/{call.id}"), 404, "unknown-recording")
