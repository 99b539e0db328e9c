"""The sample from which an agency's developer starts does what it must: run for real."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.outbox import Letter, OutboxItem
from sip112.handoff.channels.webhook import Webhook
from sip112.handoff.guard import networks
from sip112.handoff.ports import Fate, Result
from sip112.handoff.post import Poster
from sip112.handoff.signing import new_secret
from sip112.routing.ids import CentreCode, Instant
from tests.handoff.messages import message
from tests.handoff.receiver import SECRET, Receiver, said

SAMPLE: Final = Path(__file__).parents[2] / "docker" / "receiver" / "receiver.py"


def letter(ticket: str) -> Letter:
    body = {
        "type": "handoff.requested",
        "data": {"ticket": ticket, "handoff": "h-1", "answer_url": None, "eido": {}},
    }
    return Letter(json.dumps(body).encode(), "application/json")


@dataclass
class Sample:
    """The sample as it runs."""

    process: asyncio.subprocess.Process
    url: str
    kept: Path

    async def line(self) -> str:
        """Return the next line that it prints."""
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            return (await self.process.stdout.readline()).decode().strip()


async def run(*arguments: str, **settings: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(SAMPLE),
        *arguments,
        env=os.environ | {"SECRET": SECRET} | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )


@pytest.fixture
async def sample(tmp_path: Path) -> AsyncIterator[Sample]:
    kept = tmp_path / "received.db"
    process = await run(PORT="0", KEPT=str(kept))
    one = Sample(process, "", kept)
    try:
        one.url = f"http://127.0.0.1:{(await one.line()).rpartition(' ')[2]}/112"
        yield one
    finally:
        process.kill()
        await process.communicate()


async def carry(item: OutboxItem, ticket: str, secret: str = SECRET) -> Result:
    async def its_secret(_: CentreCode, __: AgencyCode) -> str | None:
        return secret

    async with Poster(networks(["127.0.0.0/8"])) as poster:
        at = Instant(time.time())
        return await Webhook(poster, its_secret).carry(item, letter(ticket), at)


async def test_it_keeps_each_message_once(sample: Sample) -> None:
    first, second = message(sample.url), message(sample.url)
    for _ in range(3):
        assert await carry(first, "PKY-1") == Result(Fate.DELIVERED)
    assert await carry(second, "PKY-2") == Result(Fate.DELIVERED)
    assert await sample.line() == "handoff.requested PKY-1 h-1 None"
    assert await sample.line() == "handoff.requested PKY-2 h-1 None"
    with sqlite3.connect(sample.kept) as kept:
        rows = kept.execute("select id, body from messages order by id").fetchall()
    kept.close()
    assert rows == [(str(first.id), letter("PKY-1").body), (str(second.id), letter("PKY-2").body)]


async def test_it_takes_nothing_of_anybody_else(sample: Sample) -> None:
    told = await carry(message(sample.url), "PKY-1", new_secret())
    assert told == Result(Fate.NEVER, "it answers 401")
    assert await carry(message(sample.url), "PKY-2") == Result(Fate.DELIVERED)
    assert await sample.line() == "handoff.requested PKY-2 h-1 None"


async def test_it_answers(sample: Sample) -> None:  # noqa: ARG001 - while it runs
    async with Receiver() as centre:
        process = await run("say", "h-1", "accepted", "Dua unit", ANSWER_TO=centre.url)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        (request,) = centre.requests
    assert request.is_signed
    assert request.key == "h-1-accepted"
    assert said(request) == {"handoff": "h-1", "step": "accepted", "note": "Dua unit"}
