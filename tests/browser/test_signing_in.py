"""Coming in: a wrong password, a seat that somebody has, a session that is over."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser import sight
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium


async def _sign_in(page: Page, agent: str, password: str) -> None:
    await page.get_by_role("textbox", name="Nama pengguna").fill(agent)
    await page.get_by_role("textbox", name="Kata sandi").fill(password)
    await page.get_by_role("button", name="Masuk").click()


async def test_who_may_sit_where(centre: Centre, browser: Chromium) -> None:
    """Whoever is wrong is told so; of two at one seat the second is asked and the first told."""
    browser.pages.expect("Failed to load resource: .* (401|403|409) ")
    first = await browser.page(locale="id-ID")
    await first.goto(centre.url)
    await _sign_in(first, "budi", "not the password")
    await expect(first.get_by_text("Nama pengguna atau kata sandi salah.")).to_be_visible()
    assert not await sight.faults(first, "sign-in-wrong")
    await _sign_in(first, "budi", centre.password)
    await first.get_by_role("button", name="web-02").click()
    own = first.get_by_role("region", name="Meja saya")
    await expect(own).to_contain_text("web-02")

    second = await browser.page(locale="id-ID")
    await second.goto(centre.url)
    await _sign_in(second, "sari", centre.password)
    await second.get_by_role("button", name="web-02").click()
    asked = second.get_by_role("dialog", name="Meja web-02 sedang dipakai")
    await expect(asked).to_be_visible()
    assert not await sight.faults(second, "seat-in-use")
    await asked.get_by_role("button", name="Ambil alih").click()
    await expect(second.get_by_role("region", name="Meja saya")).to_contain_text("web-02")
    await expect(first.get_by_text("Meja web-02 diambil alih oleh")).to_be_visible()
    await expect(own).to_be_hidden()
    assert not await sight.faults(first, "seat-taken-over")

    await second.get_by_role("button", name="Mulai bertugas").wait_for()
    await second.context.clear_cookies()
    # by its key: the page may have learned it before, when the phone asked for its password, and
    # then there is no button any more
    await second.keyboard.press("F2")
    await expect(second.get_by_text("Sesi Anda berakhir.")).to_be_visible()
    await _sign_in(second, "sari", centre.password)
    await expect(second.get_by_role("navigation")).to_be_visible()
