"""The ticket on the desk as it pops up: how soon, with what name, and when somebody calls again."""

from __future__ import annotations

from functools import partial
from typing import Final

import pytest
from playwright.async_api import expect

from rig import asking
from rig.sipp import Call, Callers
from tests.browser import popups
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.console import Console, console

HOSTILE: Final = "<img src=x onerror=document.title=1>"
LATEST_MS: Final = 1000
"""Of anything later somebody would say that it does not pop up when it rings."""


@pytest.mark.parametrize("count", [5, pytest.param(50, marks=pytest.mark.long)])
async def test_it_pops_up_when_it_rings(
    centre: Centre, browser: Chromium, capsys: pytest.CaptureFixture[str], count: int
) -> None:
    """From the INVITE in the browser to the painted number of the ticket: measured, and printed."""
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    await popups.watch(sari.page)
    for n in range(count):
        await _take(centre, sari, Call(number=f"08125552{n:03}"))
    later = await popups.later(sari.page)
    assert len(later) == count
    with capsys.disabled():
        popups.tell(later)
    assert popups.share(later, 0.99) < LATEST_MS


async def test_a_name_that_is_a_page_and_a_caller_who_calls_again(
    centre: Centre, browser: Chromium
) -> None:
    """The name is shown and does nothing; who gave up and calls again is called back no more."""
    sari = await console(browser, centre, "sari", "web-01")
    page = sari.page
    await sari.until("registered")
    call = Call(number="08125550003", name=HOSTILE)
    strip = page.get_by_role("region", name="Berdering")
    async with Callers(centre.rig, [Call(number=call.number, name=HOSTILE, hang_up_at=4)]) as them:
        await expect(strip).to_contain_text(call.number)
        await expect(strip).to_contain_text("<img")
        assert await page.locator("img[onerror]").count() == 0
        assert not any(url.endswith("/x") for url in browser.pages.asked)
        assert await page.title() == "Meja · sip112"
        await them.finish(within=10)
    await sari.until("registered")
    await asking.until(partial(_to_call_back, centre, 1), within=5)
    async with Callers(centre.rig, [call]) as them:
        await sari.until("ringing")
        await asking.until(partial(_to_call_back, centre, 0), within=5)
        around = page.get_by_role("region", name="Sekitar")
        await expect(around).to_contain_text("ditutup pelapor")
        await sari.do("answer")
        await sari.until("talking")
        await sari.do("hangUp")
        await them.finish(within=10)


async def _to_call_back(centre: Centre, count: int) -> bool:
    return len((await centre.get("/v1/callbacks"))["items"]) == count


async def _take(centre: Centre, seat: Console, call: Call) -> None:
    """Have somebody call, be answered and be hung up on, with the ticket on the desk."""
    async with Callers(centre.rig, [call]) as callers:
        now = await seat.until("ringing")
        ticket = now["calls"][0]["ticket"]
        await seat.page.get_by_role("heading", name=f"Tiket {ticket}").wait_for()
        await seat.do("answer")
        await seat.until("talking")
        await seat.do("hangUp")
        await callers.finish(within=10)
    await seat.until("registered")
