"""Recordings hold what Asterisk said and nothing of who called, and replay as it happened."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sip112.ami.recorder import Recorder, Redactor, read, replay
from sip112.ami.translate import EVENTS
from sip112.routing.events import CallArrived, CallEnded, Event, MemberChanged, Snapshot
from tests.link.fake_ami import PBX, PKY, FakeAmi, ended, event, running, until

NUMBER = "08125557788"
NAME = "Siti Nurhaliza"
NOTE = (
    "centre=PKY&arrived=1700000000.100&number=08125557788&name=Siti%20Nurhaliza&dialled=112"
    "&trunk=carrier&priority=2&skills=en&location=Jl.%20Tjilik%20Riwut%203&raw="
)
MEMBER = {
    "Queue": "sip112-PKY",
    "MemberName": "ani",
    "Interface": "PJSIP/seat-01",
    "Status": "1",
    "Paused": "1",
    "PausedReason": "sip112",
}
LIVE = (
    event(
        "UserEvent",
        Channel="PJSIP/carrier-00000001",
        CallerIDNum=NUMBER,
        CallerIDName=NAME,
        Uniqueid="1700000000.1",
        UserEvent="Sip112Arrival",
        Note=NOTE,
    )
    + event("QueueMemberAdded", **MEMBER)
    + b"Hostile: 08125557788\r\nno colon Siti Nurhaliza\r\n\r\n"
    + event("Unwanted", Secret="hunter2", Password="hunter2", ConnectedLineNum="+628125557788")
    + ended(8).replace(b"Uniqueid", b"Uniqueid: 1\r\nUniqueid")
    + ended(1)
)


async def recorded(path: Path) -> list[Event]:
    """Record a short session to `path`; return what the link put meanwhile."""
    async with FakeAmi() as ami:
        key = "/sip112/call/1700000000.9"
        ami.items["DBGetTree"] = [("DBGetTreeResponse", {"Key": key, "Val": NOTE})]
        ami.items["Status"] = [
            ("Status", {"Channel": "PJSIP/t-1", "CallerIDNum": NUMBER, "Uniqueid": "1700000000.9"})
        ]
        async with running(ami, record=path) as (_, events):
            ami.session.write(LIVE)
            await until(lambda: any(isinstance(one, CallEnded) for one in events))
    return events


async def test_nothing_of_a_caller_or_a_secret_is_in_a_recording(tmp_path: Path) -> None:
    """Neither in headers nor in notes, lists, refused messages, or events that are dropped."""
    path = tmp_path / "recording.jsonl"
    await recorded(path)
    text = path.read_text("utf-8")
    for private in ("5557788", "Siti", "Nurhaliza", "Tjilik", "hunter2", "Secret"):
        assert private not in text
    assert "Hostile" in text, "what was refused is recorded too"


async def test_a_recording_replays_to_the_events_of_the_link(tmp_path: Path) -> None:
    """The same events in the same order, but for the caller and the time of the snapshot."""
    path = tmp_path / "recording.jsonl"
    heard = await recorded(path)
    replayed = list(replay(read(path), PBX, PKY))
    assert [type(one) for one in replayed] == [Snapshot, CallArrived, MemberChanged, CallEnded]
    assert replayed[2:] == heard[2:4]
    snapshot, arrival = replayed[0], replayed[1]
    assert isinstance(snapshot, Snapshot)
    assert isinstance(arrival, CallArrived)
    assert snapshot.channels == heard[0].channels  # type: ignore[union-attr] # a Snapshot
    assert (arrival.uniqueid, arrival.centre, arrival.priority) == ("1700000000.1", "PKY", 2)
    assert arrival.caller.number == "08125550001"
    assert len(arrival.caller.name or "") == len(NAME)
    assert snapshot.notes[0].arrival.caller == arrival.caller, "one caller stays one"


async def test_a_recording_keeps_bytes_and_times(tmp_path: Path) -> None:
    """Each line is one message as it came, with the instant of its receipt."""
    path = tmp_path / "recording.jsonl"
    await recorded(path)
    messages = list(read(path))
    assert messages[-1].block == ended(1).decode().removesuffix("\r\n\r\n")
    assert sorted(one.at for one in messages) == [one.at for one in messages]
    assert messages[0].block.startswith("Response: Success\r\nActionID: ")
    assert set(json.loads(path.read_text("utf-8").splitlines()[0])) == {"t", "lines"}


def test_a_recording_is_added_to(tmp_path: Path) -> None:
    """A second run does not overwrite the first."""
    path = tmp_path / "recording.jsonl"
    for _ in range(2):
        with Recorder(path) as recorder:
            recorder.write("Event: Inert\r\nPrivilege: user,all")
    assert len(list(read(path))) == 2


def test_a_full_disk_ends_the_recording_and_nothing_else() -> None:
    """What cannot be written is lost; nobody is stopped by it."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    recorder = Recorder(full)
    for _ in range(3):
        recorder.write("Event: Inert\r\nPrivilege: user,all")
    assert recorder.closed


@pytest.mark.parametrize(
    ("original", "invented"),
    [
        ("08125557788", "08125550001"),
        ("+628125557788", "+628125550001"),
        ("628125557788", "628125550001"),
        ("0215557788", "0812550001"),
        ("555778899", "812550001"),
        ("55577", "80001"),
        ("112", "112"),
        ("", ""),
        ("<unknown>", "<unknown>"),
        ("Anonymous", "Anonymous"),
    ],
)
def test_a_number_becomes_another_of_the_same_shape(original: str, invented: str) -> None:
    """Prefix and length stay; service numbers and the absence of a number stay as they are."""
    assert Redactor().text(original) == invented


def test_a_name_becomes_another_of_the_same_shape() -> None:
    """Letters and digits change, case and structure stay: hostile text stays hostile in form."""
    original = '<B onClick="x1">=Añ 你\u202e'
    invented = Redactor().text(original)
    assert len(invented) == len(original)
    for old, new in zip(original, invented, strict=True):
        assert (old.isalpha(), old.isdigit(), old.isupper()) == (
            new.isalpha(),
            new.isdigit(),
            new.isupper(),
        )
        assert new == old or old.isalnum()
    assert invented != original


def test_the_same_caller_stays_the_same_and_others_differ() -> None:
    """Who called twice can still be seen to have called twice."""
    redactor = Redactor()
    first, second = redactor.text("08125557788"), redactor.text("08125557799")
    assert first != second
    assert redactor.text("08125557788") == first
    assert redactor.line("CallerIDNum: 08125557788") == f"CallerIDNum: {first}"
    assert redactor.line("Note: number=08125557788&seat=s") == f"Note: number={first}&seat=s"


def test_no_event_that_is_read_has_the_caller_in_a_header_of_its_own() -> None:
    """What translate reads is recorded as it is, so that it must not be what Asterisk writes."""
    wanted = frozenset().union(*EVENTS.values())
    assert not [name for name in wanted if re.search("Caller|Connected|DNID|Account", name)]
