"""What agencies send back is before everybody's eyes at once, whatever page they look at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from rig import Rig
from tests.browser import sight
from tests.browser.centre import Centre, opened, picture
from tests.browser.chromium import Chromium
from tests.browser.console import console, sign_in
from tests.browser.hearing import COUNTING, sounds
from tests.browser.test_timeline import answered, handed_off, written


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a centre."""
    async with opened(rig, tmp_path) as centre:
        yield centre


async def test_who_declines_is_told_on_every_page(centre: Centre, browser: Chromium) -> None:
    """The supervisor hears it too; it is told until somebody else is asked, or it is put away."""
    sari = await console(browser, centre, "sari", "web-01")
    ticket = await answered(centre, sari)
    await written(centre, ticket, incident_type="fire", severity="high", address="Jl. Contoh 12")
    made = await handed_off(centre, ticket, "damkar", "polisi")
    rina = await browser.page()
    await rina.add_init_script(COUNTING)
    await sign_in(rina, centre.url, "rina", centre.password)
    await rina.goto(f"{centre.url}/calls")
    await rina.get_by_role("main").click()
    await sari.page.get_by_role("link", name="Panggilan", exact=True).press("Enter")

    reason = "Semua unit keluar"
    await centre.post(f"/v1/handoffs/{made['damkar']}/steps", step="declined", note=reason)
    said = f"menolak: {reason}"
    for page in (sari.page, rina):
        banner = page.get_by_role("alert").filter(has_text=said)
        await expect(banner).to_contain_text(ticket)
        assert not await sight.faults(page, "returned")
    await sounds(rina, 1)

    await centre.post(f"/v1/handoffs/{made['polisi']}/steps", step="declined", note="Macet")
    banner = rina.get_by_role("alert").filter(has_text="menolak: Macet")
    await expect(banner.get_by_role("link", name="dan 1 lagi")).to_be_visible()
    await banner.get_by_role("button", name="Tutup pesan").press("Enter")
    await expect(rina.get_by_role("alert").filter(has_text=said)).to_be_visible()

    await sari.page.get_by_role("link", name=f"Buka {ticket}").press("Enter")
    await expect(sari.page).to_have_url(f"{centre.url}/t/{ticket}")
    await expect(sari.page.get_by_role("alert").filter(has_text=said).first).to_be_visible()

    await handed_off(centre, ticket, "medis")
    await handed_off(centre, ticket, "sar")
    await expect(rina.get_by_role("alert").filter(has_text="menolak")).to_have_count(0)
    await sounds(rina, 0)


async def test_nothing_moves_under_the_hand(centre: Centre, browser: Chromium) -> None:
    """What comes back is told in a place that is kept for it: the desk stays where it is."""
    sari = await console(browser, centre, "sari", "web-01")
    ticket = await answered(centre, sari)
    await written(centre, ticket, incident_type="fire", severity="high", address="Jl. Contoh 12")
    page = sari.page
    places = {"damkar": (1366, 768), "polisi": (1024, 600), "medis": (800, 1000)}
    await handed_off(centre, ticket, "sar")
    told = page.get_by_role("alert").filter(has_text="menolak")
    for agency, (width, height) in places.items():
        await page.set_viewport_size({"width": width, "height": height})
        made = await handed_off(centre, ticket, agency)
        row = page.get_by_role("group", name=(await _name(centre, agency)))
        await expect(row).to_be_visible()
        before = await page.evaluate(_PLACES)
        await centre.post(f"/v1/handoffs/{made[agency]}/steps", step="declined", note="Penuh")
        await expect(told.first).to_contain_text(ticket)
        assert await page.evaluate(_PLACES) == before
        await picture(page, f"returned-desk-{width}")
        await told.first.get_by_role("button", name="Tutup pesan").press("Enter")
        await expect(told.filter(has_text=ticket).get_by_role("button")).to_have_count(0)
        assert await page.evaluate(_PLACES) == before


_PLACES: Final = """
() => ['#page', '#page section', '#page h2', '#page input', '#page textarea'].map((what) => {
  const { x, y, width, height } = document.querySelector(what).getBoundingClientRect();
  return [what, x, y, width, height];
})
"""
"""Where things are on the page."""


async def _name(centre: Centre, agency: str) -> str:
    name: str = (await centre.get(f"/v1/agencies/{agency}"))["name"]["id"]
    return name


async def test_whom_a_person_must_tell_of_a_change(centre: Centre, browser: Chromium) -> None:
    """An agency that was called alone hears of nothing by itself: its row says so until it does."""
    sari = await console(browser, centre, "sari", "web-01")
    ticket = await answered(centre, sari)
    await written(centre, ticket, incident_type="fire", severity="high", address="Jl. Contoh 12")
    made = await handed_off(centre, ticket, "damkar")
    await centre.post(f"/v1/handoffs/{made['damkar']}/steps", step="accepted")
    page = sari.page
    await page.goto(f"{centre.url}/t/{ticket}")
    row = page.get_by_role("group", name="Pemadam kebakaran dan penyelamatan (Damkar)")
    await expect(row).to_contain_text("Diterima")
    untold = page.get_by_role("alert").filter(has_text="Tiket berubah")
    await expect(untold).to_have_count(0)
    await written(centre, ticket, address="Jl. Contoh 21")
    await expect(untold).to_be_visible(timeout=15_000)
    wrong = await sight.faults(page, "untold")
    await untold.get_by_role("button", name="Sudah disampaikan").press("Enter")
    await expect(untold).to_have_count(0)
    wrong += await _told_from_the_board(centre, page, ticket)
    await page.goto(f"{centre.url}/t/{ticket}")
    await expect(untold).to_have_count(0)
    await row.get_by_role("button", name="Catat").press("Enter")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("radio", name="Batalkan penerusan").press("Space")
    await expect(dialog).to_contain_text("beri tahu sendiri")
    wrong += await sight.faults(page, "cancelling-who-was-called")
    assert not wrong, "\n".join(wrong)


async def _told_from_the_board(centre: Centre, page: Page, ticket: str) -> list[str]:
    """Have somebody tell of one more change from the page of all handoffs."""
    await page.get_by_role("link", name="Penerusan").press("Enter")
    row = page.get_by_role("table", name="Penerusan yang berjalan").get_by_role("row")
    row = row.filter(has_text=ticket)
    await page.get_by_label("Tampilkan").select_option("person")
    await expect(row).to_have_count(0)
    await written(centre, ticket, address="Jl. Contoh 22")
    await expect(row).to_contain_text("Sampaikan", timeout=15_000)
    await expect(row).to_contain_text("Diterima")
    wrong = await sight.faults(page, "untold-board")
    await page.emulate_media(color_scheme="dark")
    await page.evaluate("localStorage.setItem('sip112.language', 'en')")
    await page.reload()
    english = page.get_by_role("table", name="Handoffs that go on").get_by_role("row")
    await expect(english.filter(has_text=ticket)).to_contain_text("Tell them")
    wrong += await sight.faults(page, "untold-board-en-dark")
    await page.emulate_media(color_scheme="light")
    await page.evaluate("localStorage.setItem('sip112.language', 'id')")
    await page.reload()
    await page.get_by_label("Tampilkan").select_option("person")
    await row.get_by_role("button", name="Sudah disampaikan").press("Enter")
    await expect(row).to_have_count(0)
    return wrong
