"""A session that is over in the middle of a call: the caller stays, and what was written too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from rig import Rig, asking
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.console import CALLER_HZ, console
from tests.integration.play import playing, speech

SESSION_S: Final = 45
WORDS: Final = 10_000
"""More than can be written until it is over."""


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a centre where one has to sign in again soon."""
    async with opened(rig, tmp_path, SIP112_SESSION_H=f"{SESSION_S / 3600}") as centre:
        yield centre


@pytest.mark.long
async def test_a_session_runs_out_while_somebody_writes(
    centre: Centre, browser: Chromium, tmp_path: Path
) -> None:
    """The call goes on; after signing in it stands there with its ticket, whole."""
    browser.pages.expect("Failed to load resource: .* 401 ")
    async with playing(centre.rig, speech(tmp_path, CALLER_HZ)):
        sari = await console(browser, centre, "sari", "web-01")
        page = sari.page
        await sari.until("registered", "ringing")  # the caller is there already
        await sari.answer()
        await page.get_by_role("textbox", name="Alamat atau patokan").fill("Depan pasar")
        field = page.get_by_role("textbox", name="Kronologi")
        await field.focus()
        written = ""
        for n in range(WORDS):
            word = f"kata-{n} "
            await page.keyboard.type(word, delay=20)
            if not await field.is_visible():
                break  # this word came too late
            written += word
        await expect(page.get_by_text("Sesi Anda berakhir.")).to_be_visible()
        assert not await sight.faults(page, "sign-in-again")
        await sari.hears(CALLER_HZ)

        await page.get_by_role("textbox", name="Nama pengguna").fill("sari")
        await page.get_by_role("textbox", name="Kata sandi").fill(centre.password)
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="web-01").click()
        await expect(sari.bar("Bicara")).to_be_visible()
        await sari.hears(CALLER_HZ)
        written = written.strip()
        assert (await field.input_value()).startswith(written)
        [call] = (await centre.get("/v1/calls/live"))["items"]

        async def saved() -> bool:
            ticket = await centre.get(f"/v1/tickets/{call['ticket']}")
            whole = str(ticket["narrative"]).startswith(written)
            return whole and ticket["address"] == "Depan pasar"

        await asking.until(saved, within=10, every=0.1)
