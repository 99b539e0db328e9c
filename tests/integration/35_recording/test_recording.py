"""What caller and seat say is recorded; where it cannot be, the call goes on and it is told."""

from __future__ import annotations

import asyncio
import math
import os
import struct
import subprocess
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from rig import Rig, asking, down, restart, up
from rig.sipp import Answer, Call, Silent
from sip112.routing.call import Outcome
from sip112.routing.effects import EntryKind
from sip112.service import recordings
from tests.integration.centre import Centre, journal, opened
from tests.integration.conftest import OpenCentre
from tests.integration.play import playing, speech
from tests.integration.recording import DIRECTORY, Recording
from tests.integration.served import Served, served

NUMBER: Final = "08125550001"
TONE_HZ: Final = 400


@pytest.fixture(autouse=True)
def looked_at_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for a recording half a second after the call."""
    monkeypatch.setattr(recordings, "AFTER_S", 0.5)
    monkeypatch.setattr(recordings, "LOOK_S", 0.1)


@pytest.fixture
def recording(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Give no recording of what AMI says: that there is sound is not told there."""
    monkeypatch.delenv(DIRECTORY, raising=False)
    return Recording(request)


@pytest.fixture
def speaks(tmp_path: Path) -> Path:
    """Give a scenario of a caller who says a tone."""
    return speech(tmp_path, TONE_HZ)


def loudness_of(path: Path, part: slice = slice(None)) -> tuple[float, float]:
    """Return how many seconds a recording plays, and how loud the tone is in it, 0 to 1.

    The tone is looked for in a `part` only, in samples of an eighth of a millisecond.
    """
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        count = sound.getnframes()
        samples = struct.unpack(f"<{count}h", sound.readframes(count))
    heard = samples[part]
    turn = 2 * math.pi * TONE_HZ / 8_000
    real = sum(sample * math.cos(turn * n) for n, sample in enumerate(heard))
    imaginary = sum(sample * math.sin(turn * n) for n, sample in enumerate(heard))
    whole = sum(sample * sample for sample in heard) or 1
    return count / 8_000, 2 * (real**2 + imaginary**2) / len(heard) / whole


async def failures(centre: Centre) -> list[dict[str, str]]:
    """Return what the journal tells of recordings that failed."""
    records = await journal(centre.store, centre.desk.config.centre)
    return [each.detail for each in records if each.kind is EntryKind.RECORDING_FAILED]


async def talk(centre: Centre, speaks: Path) -> None:
    """Have a caller talk with a seat that answers, until that hangs up."""
    async with playing(centre.rig, speaks) as caller:
        centre.count(await caller.finish(within=15))


async def test_a_call_is_recorded(open_centre: OpenCentre, speaks: Path, tmp_path: Path) -> None:
    """From the answer to the end; it is listed with the call, and heard by who may."""
    async with (
        open_centre(record_calls=True, wrap_up_s=0) as centre,
        centre.seats("seat-01", does=Answer(after=1.0, talk=2.0)),
    ):
        await talk(centre, speaks)
        await centre.until(lambda: centre.node.centre.recordings.found == 1, within=8)
        (call,) = (await centre.api.get("/v1/calls")).json()["items"]
        (item,) = (await centre.api.get(f"/v1/calls/{call['id']}/recordings")).json()["items"]
        heard = await centre.api.get(f"/v1/recordings/{item['id']}")
        assert heard.status_code == 200
        assert len(heard.content) == item["bytes"]
        part = await centre.api.get(
            f"/v1/recordings/{item['id']}", headers={"Range": "bytes=1000-1999"}
        )
        assert (part.status_code, part.content) == (206, heard.content[1000:2000])
        assert await failures(centre) == []
        facts = (await centre.api.get("/readyz")).json()["checks"]
        (fact,) = [each for each in facts if each["name"] == "recording"]
        assert fact["ok"]
    path = tmp_path / "heard.wav"
    path.write_bytes(heard.content)
    seconds, tone = loudness_of(path)
    assert 1.5 < seconds < 3.0  # not the second that it rang
    assert tone > 0.8
    assert NUMBER not in str(list(centre.rig.recordings.rglob("*")))


async def test_who_gives_up_is_not_recorded(open_centre: OpenCentre) -> None:
    """A seat rang; what Asterisk began is taken away, and nothing is missed."""
    async with (
        open_centre(record_calls=True) as centre,
        centre.seats("seat-01", does=Silent()) as seats,
    ):
        before = set(centre.rig.recordings.rglob("*.wav"))
        begun: set[Path] = set()

        def has_begun() -> bool:
            begun.update(set(centre.rig.recordings.rglob("*.wav")) - before)
            return bool(begun)

        async with centre.calling(Call(number=NUMBER, hang_up_at=2)):
            await seats.until(lambda: len(seats.invites) == 1, within=5)
            await centre.until(has_begun, within=5)
        (path,) = begun
        await centre.until(lambda: not centre.desk.calls(), within=5)
        assert path.stat().st_size <= recordings.HEADER
        await centre.until(lambda: not path.exists(), within=8)
        assert await failures(centre) == []
    assert centre.calls[0].outcome is Outcome.ABANDONED


async def test_none_is_recorded_where_the_settings_say_so(
    open_centre: OpenCentre, speaks: Path
) -> None:
    """The service tells Asterisk, and misses none."""
    async with (
        open_centre(record_calls=False) as centre,
        centre.seats("seat-01", does=Answer(after=0.1, talk=0.5)),
    ):
        before = set(centre.rig.recordings.rglob("*.wav"))
        await talk(centre, speaks)
        await centre.until(lambda: not centre.desk.calls(), within=5)
        assert set(centre.rig.recordings.rglob("*.wav")) == before
        await centre.journal()
        (call,) = (await centre.api.get("/v1/calls")).json()["items"]
        assert (await centre.api.get(f"/v1/calls/{call['id']}/recordings")).json()["items"] == []
        assert await failures(centre) == []


async def test_native_mode_records_too(rig: Rig, tmp_path: Path, speaks: Path) -> None:
    """While the service is away; it finds the recording when it is back."""
    async with (
        served(rig, tmp_path, record_calls=True) as service,
        service.seats("seat-01", does=Answer(after=0.1, talk=1.0)) as seats,
    ):
        await service.kill()
        async with playing(rig, speaks) as caller:
            await seats.until(lambda: seats.answered == 1, within=12)
            service.reckoning.created += (await caller.finish(within=10)).created
        await service.start()
        item = await recording_of(service)
        assert item["seconds"] > 0.5
    assert service.reckoning.calls[0].outcome is Outcome.ANSWERED


async def test_what_native_mode_began_goes_on_in_a_room(
    rig: Rig, tmp_path: Path, speaks: Path
) -> None:
    """Answered without the service, and held when it is back: one recording, of all of it."""
    async with (
        served(rig, tmp_path, record_calls=True) as service,
        service.seats("seat-01", does=Answer(after=0.1)) as seats,
    ):
        await service.kill()
        async with playing(rig, speaks) as caller:
            await seats.until(lambda: seats.answered == 1, within=12)
            await two_seconds_more(rig)
            await service.start()
            (call,) = (await service.api.get("/v1/calls/live")).json()["items"]
            for what in ("hold", "resume"):
                answer = await service.api.post(
                    f"/v1/calls/{call['id']}/{what}", json={"seat": "seat-01"}
                )
                assert answer.status_code == 200, answer.text
            await two_seconds_more(rig)
            await service.api.post(f"/v1/calls/{call['id']}/hang-up", json={"seat": "seat-01"})
            service.reckoning.created += (await caller.finish(within=10)).created
        item = await recording_of(service)
        assert item["seconds"] > 3.5
        heard = await service.api.get(f"/v1/recordings/{item['id']}")
    path = tmp_path / "heard.wav"
    path.write_bytes(heard.content)
    for part in (slice(4_000, 12_000), slice(-12_000, -4_000)):
        _, tone = loudness_of(path, part)
        assert tone > 0.8, part


async def two_seconds_more(rig: Rig) -> None:
    """Have them talk until two seconds more are recorded than now."""

    def recorded() -> int:
        return sum(path.stat().st_size for path in rig.recordings.rglob("*.wav"))

    enough = recorded() + 2 * 8_000 * 2
    await asking.until(lambda: recorded() >= enough, within=8, every=0.05, seen=recorded)


async def recording_of(service: Served) -> dict[str, Any]:
    """Return the recording of the one call, once the store has the call."""
    found: list[dict[str, Any]] = []

    async def stored() -> bool:
        found[:] = (await service.api.get("/v1/calls")).json()["items"]
        return bool(found) and found[0]["state"] == "ended"

    await asking.until(stored, within=8)
    path = f"/v1/calls/{found[0]['id']}/recordings"
    (item,) = (await service.api.get(path)).json()["items"]
    recording: dict[str, Any] = item
    return recording


# --- where it cannot be recorded -----------------------------------------------------------


@asynccontextmanager
async def a_rig_of_its_own(tmp_path: Path, spool: Callable[[Rig], None]) -> AsyncIterator[Centre]:
    """Give a centre on an Asterisk of its own, on whose directories `spool` has worked."""
    directory = tmp_path / "rig"
    rig = await asyncio.to_thread(up, directory, seats=2)
    try:
        spool(rig)
        rig = await asyncio.to_thread(restart, directory)
        async with opened(rig, tmp_path, record_calls=True) as centre:
            yield centre
    finally:
        await asyncio.to_thread(down, directory)
        await asyncio.to_thread(unmount, directory / "spool")


def unmount(place: Path) -> None:
    """Take a disk away, if one is there."""
    while place.is_mount():
        subprocess.run(["/bin/umount", "--lazy", place], check=True)  # noqa: S603


def forbid(rig: Rig) -> None:
    """Have the directory of recordings be somebody else's."""
    rig.recordings.parent.mkdir(mode=0o555)


def fill(rig: Rig) -> None:
    """Have the spool be on a small disk on which nothing is left."""
    spool = rig.dir / "spool"
    options = f"size=64k,mode=700,uid={spool.stat().st_uid},gid={spool.stat().st_gid}"
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", options, "none", spool], check=True)  # noqa: S603
    with suppress(OSError), (spool / "ballast").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount, and own what others may not")
@pytest.mark.parametrize(
    ("spoil", "why"), [(forbid, "No such file"), (fill, ("No such file", "holds no sound"))]
)
async def test_where_it_cannot_be_recorded(
    tmp_path: Path, speaks: Path, spoil: Callable[[Rig], None], why: str | tuple[str, ...]
) -> None:
    """The call is put through as fast as ever; the failure is an alarm and in the journal."""
    async with (
        a_rig_of_its_own(tmp_path, spoil) as centre,
        centre.seats("seat-01", does=Answer(after=0.1, talk=0.5)),
    ):
        await talk(centre, speaks)
        await not_recorded(centre, (why,) if isinstance(why, str) else why)
    (call,) = centre.calls
    assert call.outcome is Outcome.ANSWERED
    assert call.answered_at is not None
    assert call.answered_at - call.arrived_at < 1.5  # of which the phone rang 0.1


async def not_recorded(centre: Centre, reasons: tuple[str, ...]) -> None:
    """Wait until it is told that the one call is not recorded."""

    async def told() -> bool:
        return len(await failures(centre)) == 1

    await centre.until(told, within=8)
    (detail,) = await failures(centre)
    assert any(reason in detail["why"] for reason in reasons), detail
    facts = (await centre.api.get("/readyz")).json()["checks"]
    (fact,) = [each for each in facts if each["name"] == "recording"]
    assert not fact["ok"]
    assert fact["severity"] == "warning"
    assert fact["remedy"]
