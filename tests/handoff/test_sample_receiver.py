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

import httpx
import pytest

from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.outbox import Letter, OutboxItem
from sip112.dispatch.reasons import Code, because
from sip112.handoff.channels.webhook import Webhook
from sip112.handoff.guard import networks
from sip112.handoff.ports import Fate, Result
from sip112.handoff.post import Poster
from sip112.handoff.signing import new_secret
from sip112.routing.ids import CentreCode, Instant
from tests.handoff.messages import message
from tests.handoff.receiver import SECRET, Manner, Receiver, said

SAMPLE: Final = Path(__file__).parents[2] / "docker" / "receiver" / "receiver.py"


CAP: Final = b"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <msgType>Alert</msgType>
  <info>
    <web>https://112.example.org/a/1</web>
    <parameter><valueName>sip112:ticket</valueName><value>PKY-1</value></parameter>
    <parameter><valueName>sip112:handoff</valueName><value>h-1</value></parameter>
  </info>
</alert>"""
"""As much of a message as it looks at; test_cap.py has the whole."""


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
        stderr=asyncio.subprocess.PIPE if arguments else asyncio.subprocess.DEVNULL,
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


async def carry(
    item: OutboxItem, ticket: str, secret: str = SECRET, written: Letter | None = None
) -> Result:
    async def its_secret(_: CentreCode, __: AgencyCode) -> str | None:
        return secret

    async with Poster(networks(["127.0.0.0/8"])) as poster:
        at = Instant(time.time())
        return await Webhook(poster, its_secret).carry(item, written or letter(ticket), at)


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
    assert told == Result(Fate.NEVER, because(Code.ANSWERS, status=401))
    assert await carry(message(sample.url), "PKY-2") == Result(Fate.DELIVERED)
    assert await sample.line() == "handoff.requested PKY-2 h-1 None"


@pytest.mark.parametrize(
    ("signature", "body"),
    [
        (None, b"{}"),
        ("", b"{}"),
        ("v1,a", b"{}"),
        ("rubbish", b"{}"),
        ("v1,MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", b"{}"),
        ("v1,MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", b"\xff\xfe"),
    ],
)
async def test_what_is_forged_is_refused(
    sample: Sample, signature: str | None, body: bytes
) -> None:
    """With an answer, however little of a signature or a text it is."""
    headers = {"webhook-id": "1", "webhook-timestamp": str(int(time.time()))}
    if signature is not None:
        headers["webhook-signature"] = signature
    async with httpx.AsyncClient() as client:
        answer = await client.post(sample.url, headers=headers, content=body)
    assert answer.status_code == 401


@pytest.mark.parametrize("size", [None, "-1", "99999999999", "many"])
async def test_what_has_no_size_that_can_be_is_not_read(sample: Sample, size: str | None) -> None:
    """It is refused at once; nobody waits for more of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(sample.url).port)
    length = "" if size is None else f"Content-Length: {size}\r\n"
    try:
        writer.write(f"POST /112 HTTP/1.1\r\nHost: here\r\n{length}\r\n".encode())
        async with asyncio.timeout(20):
            assert b" 413 " in await reader.readline()
    finally:
        writer.close()


async def test_it_takes_cap_too(sample: Sample) -> None:
    """It shows of a CAP message what it shows of the others."""
    written = Letter(CAP, "application/cap+xml")
    assert await carry(message(sample.url), "", written=written) == Result(Fate.DELIVERED)
    assert await sample.line() == "CAP Alert PKY-1 h-1 https://112.example.org/a/1"


async def test_it_says_why_an_answer_is_refused() -> None:
    """In the words of the centre, and it fails."""
    async with Receiver() as centre:
        centre.manner = lambda _: Manner.GONE
        process = await run("say", "h-1", "accepted", ANSWER_TO=centre.url)
        async with asyncio.timeout(20):
            _, said = await process.communicate()
    assert process.returncode == 1
    assert said.startswith(b"refused (410): ")
    assert b"Traceback" not in said


async def test_it_asks_for_its_secret() -> None:
    """Nothing is taken without one."""
    process = await run("say", "h-1", "accepted", SECRET="")
    async with asyncio.timeout(20):
        _, said = await process.communicate()
    assert process.returncode == 1
    assert said.startswith(b"SECRET is not set")


@pytest.mark.parametrize(
    ("words", "answer_to", "told"),
    [
        (("say", "h-1", "accepted"), "", b"ANSWER_TO is not set: "),
        (("say", "h-1", "accepted"), "112.example/v1", b"ANSWER_TO is 112.example/v1: "),
        (("say", "h-1", "accepted"), "http://[::1/", b"not said, http://[::1/ is not reached: "),
        (("say", "h-1", "accepted"), "http://127.0.0.1:1/", b"not said, http://127.0.0.1:1/ is"),
        (("say", "h-1"), "http://127.0.0.1:1/", b"with no words it takes messages; to answer: say"),
        (("tell", "h-1", "accepted"), "http://127.0.0.1:1/", b"with no words it takes messages"),
    ],
)
async def test_what_cannot_be_said_is_told_in_one_line(
    words: tuple[str, ...], answer_to: str, told: bytes
) -> None:
    """With what is wrong and what to give it, and it fails."""
    process = await run(*words, ANSWER_TO=answer_to)
    async with asyncio.timeout(20):
        _, said = await process.communicate()
    assert process.returncode == 1
    assert said.startswith(told), said
    assert b"Traceback" not in said


async def test_it_answers(sample: Sample) -> None:  # noqa: ARG001 - while it runs
    async with Receiver() as centre:
        process = await run("say", "h-1", "accepted", "Dua unit", ANSWER_TO=centre.url)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        (request,) = centre.requests
    assert request.is_signed
    assert request.key == "h-1-accepted"
    assert said(request) == {"handoff": "h-1", "step": "accepted", "note": "Dua unit"}
