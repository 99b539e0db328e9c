"""Recordings are looked after: those that are missing are told, those that are old go."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
import structlog

from sip112.ami import names
from sip112.routing.call import Call, CallState, Outcome
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import CallId, CentreCode, Instant, PbxId, Seq, Uniqueid
from sip112.service import recordings
from sip112.service.alarms import STUCK_S
from sip112.service.recordings import HEADER, Recordings
from tests.store.examples import life

PBX, PKY = PbxId("pbx1"), CentreCode("PKY")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at once, and again and again."""
    monkeypatch.setattr(recordings, "AFTER_S", 0.0)
    monkeypatch.setattr(recordings, "LOOK_S", 0.01)


async def until(condition: Callable[[], object], within: float = 10.0) -> None:
    """Wait until `condition` holds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def ended(**changes: object) -> Record:
    """Return the entry of a call's end."""
    record = life(1)[-1]
    assert record.call is not None
    return Record(
        Seq(1), record.at, PKY, EntryKind.CALL_ENDED, call=record.call.evolve(pbx=PBX, **changes)
    )


def call_of(record: Record) -> Call:
    """Return the call of an entry."""
    assert record.call is not None
    return record.call


class Looked:
    """Recordings in a directory, and what failed."""

    def __init__(self, place: Path, *, on: bool = True, days: int = 0) -> None:
        self.place = place
        self.failed: list[tuple[CallId, str]] = []
        self.recordings = Recordings(
            PKY,
            {PBX: place},
            on=on,
            days=days,
            failed=lambda call, why: self.failed.append((call.id, why)),
        )

    def write(self, call: Call, size: int) -> Path:
        """Write a recording as Asterisk does."""
        path = self.place / names.recording(PKY, call.arrived_at, call.uniqueid)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
        return path

    async def __aenter__(self) -> Self:
        self.recordings.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.recordings.stop()


async def test_a_recording_is_found(tmp_path: Path) -> None:
    """And no alarm is raised; who wants to hear it gets it."""
    record = ended()
    async with Looked(tmp_path) as looked:
        path = looked.write(call_of(record), HEADER + 2)
        looked.recordings.heard(record)
        await until(lambda: looked.recordings.found)
        fact = looked.recordings.fact()
        assert (fact.ok, fact.name) == (True, "recording")
        assert "on, 1 calls" in fact.detail
        found = await looked.recordings.of(call_of(record))
    assert found is not None
    assert found.size == HEADER + 2
    assert os.pread(found.descriptor, 100, 0) == path.read_bytes()
    assert looked.failed == []


@pytest.mark.parametrize("size", [None, 0, HEADER])
async def test_a_call_without_its_recording_is_an_alarm(tmp_path: Path, size: int | None) -> None:
    """Missing, empty, or without sound: told with what to do, until a call is recorded again."""
    record, after = ended(), ended(uniqueid=Uniqueid("1795318000.43"))
    async with Looked(tmp_path) as looked:
        if size is not None:
            looked.write(call_of(record), size)
        looked.recordings.heard(record)
        await until(lambda: looked.failed)
        ((this, why),) = looked.failed
        assert this == call_of(record).id
        assert ("holds no sound" if size is not None else "No such file") in why
        fact = looked.recordings.fact()
        assert (fact.ok, fact.stops) == (False, False)
        assert str(call_of(record).ticket_number) in fact.detail
        assert "1 of 1 answered calls" in fact.detail
        assert fact.remedy
        assert await looked.recordings.of(call_of(record)) is None
        looked.write(call_of(after), 1_000)
        looked.recordings.heard(after)
        await until(lambda: looked.recordings.fact().ok)
    assert len(looked.failed) == 1


async def test_a_call_that_nobody_answered_leaves_no_file(tmp_path: Path) -> None:
    """A seat rang, so there is a header; it is taken away, and is no alarm."""
    record = ended(
        answered_at=None, outcome=Outcome.ABANDONED, state=CallState.ENDED, seat=None, agent=None
    )
    async with Looked(tmp_path) as looked:
        path = looked.write(call_of(record), HEADER)
        looked.recordings.heard(record)
        await until(lambda: not path.exists())
        assert looked.recordings.fact().ok
    assert looked.failed == []


async def test_where_nothing_is_recorded_nothing_is_missed(tmp_path: Path) -> None:
    """By the settings; and other entries are none of an end."""
    async with Looked(tmp_path, on=False) as off, Looked(tmp_path) as on:
        off.recordings.heard(ended())
        for entry in life(1)[:-1]:
            on.recordings.heard(entry)
        stranger = ended()
        assert stranger.call is not None
        elsewhere = stranger.call.evolve(pbx=PbxId("pbx9"))
        on.recordings.heard(Record(Seq(2), stranger.at, PKY, stranger.kind, call=elsewhere))
        await until(lambda: not on.recordings._ended)
        assert await on.recordings.of(elsewhere) is None
        for each in (off, on):
            assert each.recordings.fact().ok
            assert each.recordings.missing == 0
        assert "off by the settings" in off.recordings.fact().detail


async def test_old_recordings_are_removed_and_told(tmp_path: Path) -> None:
    """Those of days that are older than the settings say; nothing else that lies there."""
    today = datetime.now(UTC)
    with structlog.testing.capture_logs() as log:
        looked = Looked(tmp_path, days=30)
        old, kept = (
            looked.write(call_of(ended(arrived_at=Instant(day.timestamp()))), 2 * 2**20)
            for day in (today - timedelta(days=31), today - timedelta(days=29))
        )
        for other in ("PKY/notes", "PKY/20990101", "SPT/20200101"):
            (tmp_path / other).mkdir(parents=True)
        async with looked:
            await until(lambda: looked.recordings.removed)
            await until(lambda: not old.parent.exists())
    assert kept.exists()
    assert sorted(each.name for each in (tmp_path / "PKY").iterdir()) == sorted(
        ["20990101", "notes", kept.parent.name]
    )
    assert (tmp_path / "SPT/20200101").exists()
    (told,) = [entry for entry in log if entry["event"] == "old recordings removed"]
    assert (told["files"], told["megabytes"], told["day"]) == (1, 2.0, old.parent.name)
    assert "kept for 30 days, 1 removed" in looked.recordings.fact().detail


async def test_what_cannot_be_removed_is_an_alarm(tmp_path: Path) -> None:
    """Here it is a file of somebody else, which is not ours to remove."""
    looked = Looked(tmp_path, days=30)
    stays = tmp_path / "PKY/20200101/minutes.txt"
    stays.parent.mkdir(parents=True)
    stays.write_text("not ours")
    async with looked:
        await until(lambda: not looked.recordings.fact().ok)
    assert stays.exists()
    assert "20200101" in looked.recordings.fact().detail


async def test_a_disk_that_hangs_is_an_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it: neither who listens, nor the event loop, nor the next call."""
    looked = Looked(tmp_path)
    monkeypatch.setattr(
        type(looked.recordings.lookout), "hanging_s", property(lambda _: STUCK_S + 1)
    )
    fact = looked.recordings.fact()
    assert not fact.ok
    assert "has not answered" in fact.detail
    assert "SIP112_RECORD_PKY off" in fact.remedy
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await looked.recordings.of(call_of(ended()))
    for _ in range(recordings.MOST_WAITING + 5):
        looked.recordings.heard(ended())
    assert len(looked.recordings._ended) == recordings.MOST_WAITING
    assert time.monotonic() - began < 5


async def test_a_fault_in_a_look_does_not_end_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and the next call is looked for."""
    faults = iter([ValueError("odd")])
    stat = Path.stat

    def odd(path: Path, **kwargs: bool) -> os.stat_result:
        for fault in faults:
            raise fault
        return stat(path, **kwargs)

    record = ended()
    async with Looked(tmp_path) as looked:
        looked.write(call_of(record), 1_000)
        with structlog.testing.capture_logs() as log:
            monkeypatch.setattr(Path, "stat", odd)
            looked.recordings.heard(record)
            looked.recordings.heard(record)
            await until(lambda: looked.recordings.found)
        assert "a fault in sip112, please report it" in {entry["event"] for entry in log}
