"""Asterisk itself dies and comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from rig import Rig, asking, restart, rigged
from rig.sipp import Answer, Call, Callers
from sip112.routing.call import CallState, Outcome
from sip112.routing.pad import Sight
from tests.integration.centre import opened
from tests.integration.recording import Recording

TALKING, WAITING, NEXT = "08125550001", "08125550002", "08125550003"
LASTING: Final = ("/Queue/PersistentMembers/sip112-", "/registrar/contact/seat-01")
"""What of a seat on duty outlives Asterisk, once AstDB is written (once a second)."""


async def test_asterisk_restart(tmp_path: Path, recording: Recording) -> None:
    """Its calls end as lost by the PBX; seats are on duty as before, and the next call rings."""
    async with (
        rigged(tmp_path / "rig", seats=2) as rig,
        opened(rig, tmp_path, recording=recording) as centre,
        centre.seats("seat-01", does=Answer(after=0.1)) as seats,
    ):
        async with Callers(rig, [Call(number=TALKING), Call(number=WAITING, delay=0.2)]):
            await centre.until(lambda: centre.state(WAITING) is CallState.QUEUED, within=5)
            await centre.until(lambda: all(_is_written(rig, key) for key in LASTING), within=5)
            os.kill(rig.pid, signal.SIGKILL)
            await centre.until(lambda: centre.desk.sight is Sight.DARK, within=5)
        centre.reckoning.created = 2  # SIPp was ended in the middle of its calls
        await asyncio.to_thread(restart, rig.dir)
        for number in (TALKING, WAITING):
            assert (await centre.ended(number)).outcome is Outcome.LOST_BY_PBX
        # on a busy machine its phone may miss the first look; the next comes 15 s later
        await centre.until(lambda: centre.seat("seat-01").free, within=35)
        assert centre.seat("seat-01").agent == "agent-seat-01"
        async with centre.calling(Call(number=NEXT, talk=0.3)):
            await seats.until(lambda: seats.answered == 2, within=5)
    assert centre.calls[2].outcome is Outcome.ANSWERED
    assert len({call.ticket_number for call in centre.calls}) == 3


async def test_it_is_told_to_restart_at_once(tmp_path: Path) -> None:
    """It hangs up on everybody in good order: they are lost by the PBX all the same."""
    async with (
        rigged(tmp_path / "rig", seats=2) as rig,
        opened(rig, tmp_path) as centre,
        centre.seats("seat-01", does=Answer(after=0.1)),
    ):
        async with Callers(rig, [Call(number=TALKING), Call(number=WAITING, delay=0.2)]):
            await centre.until(lambda: centre.state(WAITING) is CallState.QUEUED, within=5)
            assert centre.state(TALKING) is CallState.TALKING
            await asking.asterisk(rig, "core restart now")
            for number in (TALKING, WAITING):
                assert (await centre.ended(number)).outcome is Outcome.LOST_BY_PBX
        centre.reckoning.created = 2  # SIPp was ended in the middle of its calls
        await centre.until(lambda: centre.desk.sight is Sight.CLEAR, within=30)


def _is_written(rig: Rig, key: str) -> bool:
    """Tell whether AstDB's file holds an entry whose key begins like this."""
    file = f"file:{rig.dir}/lib/astdb.sqlite3?mode=ro"
    with closing(sqlite3.connect(file, uri=True)) as database:
        query = "SELECT count(*) FROM astdb WHERE key LIKE ? || '%'"
        return bool(database.execute(query, (key,)).fetchone()[0])
