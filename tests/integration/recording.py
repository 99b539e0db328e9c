"""Recordings of scenarios: what Asterisk said, and beside it what came of it.

With SIP112_RIG_RECORD=<directory> (``make fixtures``) each scenario leaves two files there:
``<scenario>.jsonl``, what the service received, redacted and without what no replay reads;
and ``<scenario>.expected.json``, the few facts that any replay of it must arrive at.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from sip112.ami.recorder import _HARMLESS
from sip112.routing.call import Call
from sip112.service.settings import Settings
from tests.replay.player import came_of

DIRECTORY: Final = "SIP112_RIG_RECORD"
LARGEST: Final = 120_000
"""Bytes of a recording that is worth keeping among the tests; a burst's is far larger."""
_KEPT: Final = _HARMLESS | {"Privilege"}


class Recording:
    """The recording of one scenario; `path` is None where none is made."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.path: Path | None = None
        directory = os.environ.get(DIRECTORY)
        if directory is not None:
            place = Path(directory)
            place.mkdir(parents=True, exist_ok=True)
            self.path = place / f"{_name(request)}.jsonl"
            self._expected.unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)

    @property
    def _expected(self) -> Path:
        assert self.path is not None
        return self.path.with_suffix(".expected.json")

    def keep(self, settings: Settings, calls: Sequence[Call]) -> None:
        """Thin the recording, and write beside it what came of the scenario."""
        if self.path is None:
            return
        lines = [line for line in map(_thin, self.path.read_text().splitlines()) if line]
        self.path.write_text("\n".join(lines) + "\n")
        if self.path.stat().st_size > LARGEST:
            self.path.unlink()
            return
        self._expected.write_text(
            json.dumps(
                {
                    "settings": {
                        "seats": {seat.id: sorted(seat.skills) for seat in settings.seats},
                        "ring_s": settings.ring_s,
                        "wrap_up_s": settings.wrap_up_s,
                        "retry_s": settings.retry_s,
                    },
                    "calls": [came_of(call) for call in calls],
                },
                indent=2,
            )
            + "\n"
        )


def _name(request: pytest.FixtureRequest) -> str:
    """Return ``<number>_<test>`` of a scenario: its folder's number, its function's name."""
    number = request.path.parent.name.partition("_")[0]
    test = request.node.name.removeprefix("test_")
    return re.sub(r"[^0-9a-z]+", "_", f"{number}_{test}".lower()).strip("_")


def _thin(line: str) -> str:
    """Return a message without the headers that no replay reads; nothing of a bare answer."""
    record = json.loads(line)
    if not record["lines"] or not record["lines"][0].startswith("Event: "):
        return ""
    record["lines"] = [each for each in record["lines"] if each.partition(":")[0] in _KEPT]
    return json.dumps(record, ensure_ascii=False)
