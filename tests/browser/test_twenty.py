"""Twenty people at work at once, each with a browser, and a telephone beside it.

The telephones are SIPp's: twenty phones in browsers, with the sound of twenty calls, are the work
of twenty computers, and starve one machine that has the PBX and the service on it as well.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Seats
from sip112.people.roles import Role
from tests.browser import popups
from tests.browser.centre import Team, opened
from tests.browser.chromium import chromium
from tests.browser.console import console

TEAM: Final[Team] = {f"operator-{n:02}": (f"Operator {n}", Role.CALL_TAKER) for n in range(1, 21)}
CALLS: Final = tuple(Call(number=f"08125553{n:03}") for n in range(len(TEAM)))
PATIENCE_S: Final = 60.0
_WATCH: Final = """
() => new MutationObserver(() => {
  for (const heading of document.querySelectorAll('h2')) {
    const [, ticket] = /Tiket (\\S+)/.exec(heading.textContent) ?? [];
    if (ticket === undefined || window.popup !== undefined) continue;
    window.popup = { ticket };
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.popup.painted = performance.timeOrigin + performance.now();
    }));
  }
}).observe(document.body, { subtree: true, childList: true, characterData: true })
"""


@pytest.mark.long
async def test_twenty_at_once(rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty callers in one instant: twenty tickets, each painted where its phone rings."""
    seats = rig.seat_names[: len(TEAM)]
    async with (
        opened(rig, tmp_path, TEAM) as centre,
        chromium(tmp_path) as browser,
        Seats(rig, seats, Answer(after=2.0)) as phones,
    ):
        pages: dict[str, Page] = {}
        for agent, seat in zip(TEAM, seats, strict=True):
            pages[seat] = (await console(browser, centre, agent, seat, within=PATIENCE_S)).page
            await expect(pages[seat].get_by_role("region", name="Meja saya")).to_contain_text(seat)
            await pages[seat].evaluate(_WATCH)
        async with Callers(rig, CALLS) as callers:
            await phones.until(lambda: phones.answered == len(CALLS), within=PATIENCE_S)
            shown = dict(
                zip(pages, await asyncio.gather(*map(_popup, pages.values())), strict=True)
            )
            live = (await centre.get("/v1/calls/live"))["items"]
            assert {call["seat"]: call["ticket_number"] for call in live} == {
                seat: ticket for seat, (ticket, _) in shown.items()
            }
            for page in pages.values():
                await expect(page.get_by_role("region", name="Bicara", exact=True)).to_be_visible(
                    timeout=1000 * PATIENCE_S
                )
            await asking.hang_up(rig, "trunk")
            await callers.finish(within=PATIENCE_S)
        rang = {invite.seat: 1000 * invite.at for invite in phones.invites}
        delays = [painted - rang[seat] for seat, (_, painted) in shown.items()]
        with capsys.disabled():
            popups.tell(delays)


async def _popup(page: Page) -> tuple[str, float]:
    """Return the ticket that a page shows, and when it was painted, in milliseconds since 1970."""
    await page.wait_for_function(
        "() => window.popup?.painted !== undefined", timeout=1000 * PATIENCE_S
    )
    found = await page.evaluate("() => window.popup")
    return found["ticket"], found["painted"]
