"""``make serve``, by somebody who does what it says: the first call within a minute."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import expect

from rig.node import SIP112
from tests.browser.chromium import Chromium

UP_S: Final = 60.0
"""Seconds for an Asterisk and a service to be up."""
A_MINUTE: Final = 60.0
_SAID: Final = re.compile(
    r"Open +(?P<url>\S+)/\n +Sign in +(?P<agent>\S+).*\n +Password +(?P<password>\S+)\n"
    r".*take the seat (?P<seat>[^:]+):.*Shell +(?P<shell>[^\n]+)\n.*Ctrl-C ends it",
    re.DOTALL,
)


@asynccontextmanager
async def served() -> AsyncIterator[Process]:
    """Run what ``make serve`` runs; Ctrl-C ends it, and it ends well."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "rig.serve", stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert "stopped" in said.decode()


async def until_said(process: Process, pattern: re.Pattern[str], within: float) -> re.Match[str]:
    """Read what it says until that matches."""
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(within):
            while (found := pattern.search(said)) is None:
                line = await process.stdout.readline()
                assert line, f"it ended:\n{said}"
                said += line.decode()
    except TimeoutError:
        pytest.fail(f"it only said:\n{said}")
    return found


async def told(shell: str, command: str) -> str:
    """Return what sip112 tells in a shell that was prepared as `make serve` says."""
    process = await asyncio.create_subprocess_shell(
        f"{shell}; {SIP112} {command}", stdout=PIPE, stderr=STDOUT
    )
    said, _ = await process.communicate()
    return said.decode()


@pytest.mark.long  # it is what the README says, and others try its parts
async def test_a_newcomer_takes_a_call(browser: Chromium) -> None:
    """Signs in, takes the seat, presses Enter, answers, hangs up; nothing else is told to them.

    The commands of a shell, as they are told, find all in place, and the ticket.
    """
    async with served() as process:
        said = await until_said(process, _SAID, UP_S)
        began = time.monotonic()
        page = await browser.page()
        await page.goto(said["url"])
        await page.get_by_role("button", name="English").click()
        await page.get_by_role("textbox", name="User name").fill(said["agent"])
        await page.get_by_role("textbox", name="Password").fill(said["password"])
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("button", name=said["seat"]).click()
        await page.get_by_role("button", name="Go on duty").click()
        own = page.get_by_role("region", name="My seat")
        await expect(own).to_contain_text("Ready")
        assert process.stdin is not None
        process.stdin.write(b"\n")
        await until_said(process, re.compile(r"calls 112"), 5)
        await page.get_by_role("button", name="Answer").click()
        talking = page.get_by_role("region", name="Talking", exact=True)
        await expect(talking).to_contain_text("Warga Satu")
        took = time.monotonic() - began
        await page.get_by_role("button", name="Hang up").click()
        await until_said(process, re.compile(r"Warga Satu: answered"), 10)
        assert "All in place." in await told(said["shell"], "check")
        assert "Warga Satu" in await told(said["shell"], "calls")
        await page.context.close()  # before what it follows is gone
    print(f"\nfrom the URL to the first call: {took:.1f} s")  # noqa: T201
    assert took < A_MINUTE
