"""What was said in a call is heard in the page by who may, and that is written down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from rig import Rig, asking
from tests.browser import sight, tone
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.console import CALLER_HZ, console, sign_in
from tests.browser.hearing import LOUD, levels
from tests.integration.play import playing, speech

_PLAYER: Final = "() => document.querySelector('audio').captureStream()"
_HEAR: Final = "async (id) => (await fetch(`/v1/recordings/${id}`)).status"


async def _open(page: Page, centre: Centre, ticket: str) -> None:
    """Open the way of one call in the call log."""
    await page.goto(f"{centre.url}/calls")
    await page.get_by_role("button", name=f"Buka panggilan {ticket}").click()
    await expect(page.get_by_role("heading", name="Jalannya panggilan", exact=True)).to_be_visible()


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a centre that records."""
    async with opened(rig, tmp_path, SIP112_RECORD_CALLS="true") as centre:
        yield centre


async def test_a_recording_is_heard(centre: Centre, browser: Chromium, tmp_path: Path) -> None:
    """Both sides are heard, by a supervisor; a call taker is shown none and given none."""
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    async with playing(centre.rig, speech(tmp_path, CALLER_HZ)) as caller:
        await sari.answer()
        await sari.hears(CALLER_HZ)
        await sari.page.keyboard.press("F9")
        await caller.finish(within=10)
    [call] = (await centre.get("/v1/calls"))["items"]
    path = f"/v1/calls/{call['id']}/recordings"

    async def kept() -> bool:
        return any(each["complete"] for each in (await centre.get(path))["items"])

    await asking.until(kept, within=10, every=0.1)
    rina = await browser.page(locale="id-ID")
    await sign_in(rina, centre.url, "rina", centre.password)
    await _open(rina, centre, call["ticket_number"])
    player = rina.get_by_label("Rekaman", exact=True)
    await expect(player).to_be_visible()
    assert await _heard(centre) == []  # to see that there is one is not to hear it
    await player.evaluate("it => { it.loop = true; }")  # for as long as is listened to
    await player.click(position={"x": 18, "y": 18})

    async def plays() -> bool:
        return bool(await player.evaluate("it => it.currentTime > 0"))

    await asking.until(plays, within=10)

    async def both() -> bool:
        loud = await levels(rina, _PLAYER, (CALLER_HZ, tone.HZ))
        return all(level > LOUD for level in loud.values())

    await asking.until(both, within=15)
    assert not await sight.faults(rina, "calls-recording")
    assert set(await _heard(centre)) == {("rina", call["id"])}
    await rina.goto(f"{centre.url}/audit")
    entry = rina.get_by_role("row").filter(has_text="Rekaman didengar").first
    await expect(entry).to_contain_text("rina")

    browser.pages.expect(r" 403 .*/v1/recordings/")
    assert await sari.page.evaluate(_HEAR, call["id"]) == 403
    await _open(sari.page, centre, call["ticket_number"])
    await expect(sari.page.get_by_role("heading", name="Rekaman")).to_be_hidden()
    await expect(sari.page.locator("audio")).to_have_count(0)
    assert set(await _heard(centre)) == {("rina", call["id"])}


async def _heard(centre: Centre) -> list[tuple[str, str]]:
    """Return who heard what, as it is written down."""
    entries = (await centre.get("/v1/audit"))["items"]
    return [(it["who"], it["subject"]) for it in entries if it["action"] == "recording.heard"]
