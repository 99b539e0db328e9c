"""Recordings of what an Asterisk said, without what callers are called.

A recording is a file of JSON lines, one AMI message each: ``t``, when it was received, and
``lines``, its headers as they stood, bad ones included. It may be shared and kept among the
tests, since nothing of a caller is in it: every header that is not known to be harmless
(`_HARMLESS`) is replaced, and so are the fields of the dialplan's notes. What replaces a
number or name is invented, of the same shape, and the same wherever the original stood, so
that a recording replays as it happened; it is numbered in order of appearance and so cannot
be computed back.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Final, Self
from urllib.parse import quote, unquote

import structlog

from sip112.ami.actions import LISTS
from sip112.ami.protocol import EventReader, Malformed, Message, parse, written_at
from sip112.ami.translate import EVENTS, BadMessage, snapshot, translate
from sip112.routing.events import Event
from sip112.routing.ids import CentreCode, Instant, PbxId

_HARMLESS: Final = frozenset().union(*EVENTS.values()) | frozenset(
    # what every message has, then what a snapshot is made of
    "Event Response ActionID EventList ListItems Message Privilege Ping"  # noqa: SIM905 - shorter
    " Linkedid Context Application BridgeID Variable Queue Location Name Key Val".split()
)
"""Headers that tell nothing of a caller, once `_NOTE` is seen to."""
_SECRET: Final = re.compile("secret|password|md5|challenge|token", re.IGNORECASE)
_NOTE: Final = frozenset({"Note", "Val"})
"""Headers that hold a note of the dialplan, ``name=value&...``."""
_NOTE_HARMLESS: Final = frozenset(
    "centre arrived dialled trunk priority skills channel"  # noqa: SIM905 - shorter
    " ended cause by ticket seat answered".split()
)
_NUMBER: Final = re.compile(r"(\+?)(62|0?)([0-9]+)")
_SHORT: Final = 4
"""Numbers of up to so many digits belong to services and seats, not to persons."""
_NOBODY: Final = frozenset(
    {"", "<unknown>", "<none>", "(null)", "anonymous", "unknown", "unavailable"}
)

_log = structlog.get_logger(__name__)


class Recorder:
    """Adds redacted messages to a file, as a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._redactor = Redactor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def closed(self) -> bool:
        """Whether the recording has ended."""
        return self._file.closed

    def write(self, block: str) -> None:
        """Add one message. A full disk ends the recording and nothing else."""
        if self.closed:
            return
        lines = (self._redactor.line(one) for one in block.split("\r\n"))
        record = {"t": time.time(), "lines": [line for line in lines if line is not None]}
        try:
            self._file.write(f"{json.dumps(record, ensure_ascii=False)}\n".encode())
        except OSError as error:
            _log.error("recording ended", error=str(error))
            self._file.close()


class Redactor:
    """Replaces what identifies a caller by something invented, always by the same."""

    def __init__(self) -> None:
        self._invented: dict[str, str] = {}

    def line(self, line: str) -> str | None:
        """Return one header line as it may be kept; None if it may not be at all."""
        name, colon, value = line.partition(":")
        if _SECRET.search(name):
            return None
        if not colon:
            return self.text(line)
        space, value = value[: value.startswith(" ")], value.removeprefix(" ")
        if name in _NOTE and "=" in value:
            value = "&".join(self._field(field) for field in value.split("&"))
        elif name not in _HARMLESS:
            value = self.text(value)
        return f"{name}:{space}{value}"

    def text(self, original: str) -> str:
        """Return what stands for a number, a name, or whatever else a caller can send."""
        if original.lower() in _NOBODY:
            return original
        if original not in self._invented:
            self._invented[original] = _invent(original, len(self._invented) + 1)
        return self._invented[original]

    def _field(self, field: str) -> str:
        name, _, value = field.partition("=")
        return field if name in _NOTE_HARMLESS else f"{name}={quote(self.text(unquote(value)))}"


def _invent(original: str, serial: int) -> str:
    """Return something of the same shape: a number for a number, letters for letters."""
    number = _NUMBER.fullmatch(original)
    if number:
        plus, prefix, digits = number.groups()
        if len(digits) <= _SHORT:
            return original
        invented = ("812" + "5" * len(digits))[: len(digits) - _SHORT] + f"{serial:0{_SHORT}d}"
        return f"{plus}{prefix}{invented}"
    dice = random.Random(serial)  # noqa: S311 - repeatable on purpose, hides nothing by itself
    return "".join(_other(character, dice) for character in original)


def _other(character: str, dice: random.Random) -> str:
    """Return another letter for a letter and digit for a digit; the rest is structure."""
    if character.isdigit():
        return dice.choice(digits)
    if not character.isalpha():
        return character
    letters = ascii_lowercase if character.isascii() else "áéíóúñç"
    letter = dice.choice(letters)
    return letter.upper() if character.isupper() else letter


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message of a recording."""

    at: Instant
    """When it was received."""
    block: str
    """As it came, without its blank line."""


def read(path: Path) -> Iterator[Recorded]:
    """Yield the messages of a recording, in order."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            yield Recorded(Instant(record["t"]), "\r\n".join(record["lines"]))


def replay(messages: Iterable[Recorded], pbx: PbxId, centre: CentreCode) -> Iterator[Event]:
    """Yield the events that a link would have put, had it heard `messages`.

    A snapshot comes when the lists of a resync are complete. Unlike in a link, live events
    are not held back meanwhile, and that a link was lost is not in a recording.
    """
    reader = EventReader(EVENTS)
    items: defaultdict[str, list[Message]] = defaultdict(list)
    """Of lists that are not complete, by ActionID."""
    lists: list[list[Message]] = []
    """Those that are, of the snapshot that is being taken."""
    for recorded in messages:
        if not recorded.block.startswith("Event: "):
            continue
        event: Event | None = None
        try:
            if "\r\nActionID: " in recorded.block:
                item = parse(recorded.block)
                items[item["ActionID"]].append(item)
                if "EventList" in item:
                    *found, _ = items.pop(item["ActionID"])
                    which = item["Event"].removesuffix("Complete")
                    if which != LISTS[len(lists)]["Action"]:
                        lists = []  # the link was lost, or the recording begins, in mid-snapshot
                    if which == LISTS[len(lists)]["Action"]:
                        lists.append(found)
                if len(lists) == len(LISTS):
                    before, channels, queue, notes = lists
                    event = snapshot(pbx, centre, recorded.at, before, channels, queue, notes)
                    lists = []
            elif (message := reader.read(recorded.block)) is not None:
                event = translate(message, pbx, written_at(message, recorded.at))
        except (Malformed, BadMessage):
            continue
        if event is not None:
            yield event
