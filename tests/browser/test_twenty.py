"""Twenty people at work at once: each call pops up at one of them, and each is answered."""

from __future__ import annotations

import asyncio
import itertools
import time
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from rig import Rig
from rig.sipp import Call, Callers
from sip112.people.roles import Role
from tests.browser import popups
from tests.browser.centre import Team, opened
from tests.browser.chromium import Microphone, chromium
from tests.browser.console import Console, console

TEAM: Final[Team] = {f"operator-{n:02}": (f"Operator {n}", Role.CALL_TAKER) for n in range(1, 21)}
CALLS: Final = tuple(Call(number=f"08125553{n:03}", delay=n) for n in range(len(TEAM)))
"""One a second; in the end all talk at once."""
FEW: Final = "--renderer-process-limit=4"
"""Chromium makes do with few processes. One of it opens a microphone for no more than 16 pages."""
PATIENCE_S: Final = 120.0
"""For two processors that do the work of twenty computers: what counts is that all is there."""


@pytest.mark.long
async def test_twenty_at_once(rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty callers, twenty tickets, each painted at another seat; all talk at once."""
    began = time.monotonic()
    async with (
        opened(rig, tmp_path, TEAM, SIP112_RING_S="120") as centre,
        chromium(tmp_path, Microphone.TONE, FEW) as first,
        chromium(tmp_path, Microphone.TONE, FEW) as second,
    ):
        seats: list[Console] = []
        browsers = itertools.cycle((first, second))
        for agent, seat, browser in zip(TEAM, rig.browser_seat_names, browsers, strict=False):
            sits = await console(browser, centre, agent, seat, within=PATIENCE_S)
            await sits.until("registered", within=PATIENCE_S)
            await popups.watch(sits.page)
            seats.append(sits)
        signed_in = time.monotonic() - began
        async with Callers(rig, CALLS) as callers:
            tickets = await asyncio.gather(*(_take(each) for each in seats))
            assert len(set(tickets)) == len(CALLS)
            live = (await centre.get("/v1/calls/live"))["items"]
            assert {call["ticket_number"] for call in live} == set(tickets)
            assert {call["seat"] for call in live} == {each.seat for each in seats}
            assert {call["state"] for call in live} == {"talking"}
            for each in seats:
                await each.do("hangUp")
            await callers.finish(within=PATIENCE_S)
        delays = [delay for each in seats for delay in await popups.later(each.page)]
        assert len(delays) == len(CALLS)
        with capsys.disabled():
            popups.tell(delays)
            print(f"twenty signed in within {signed_in:.0f} s")  # noqa: T201 -- it is measured


async def _take(seat: Console) -> str:
    """Answer when it rings, with the ticket on the desk; return its number."""
    within = 1000 * PATIENCE_S
    now = await seat.until("ringing", within=PATIENCE_S)
    ticket: str = now["calls"][0]["ticket"]
    await expect(seat.page.get_by_role("heading", name=f"Tiket {ticket}")).to_be_visible(
        timeout=within
    )
    await expect(seat.page.get_by_role("button", name="Jawab")).to_be_enabled(timeout=within)
    await seat.page.keyboard.press("F2")
    await expect(seat.bar("Bicara")).to_be_visible(timeout=within)
    await seat.until("talking", within=PATIENCE_S)
    return ticket
