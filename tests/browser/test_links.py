"""Two callers report one fire: suggested, said by one key, seen by everybody, and taken back."""

from __future__ import annotations

from typing import Any, Final

from playwright.async_api import Locator, Page, expect

from rig import asking
from rig.sipp import Call, Callers
from tests.browser import sight
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.console import Console, console

FIRST: Final = Call(number="08125550021")
SECOND: Final = Call(number="08125550022")
WAIT: Final = 20_000
"""Milliseconds until a console has certainly looked again."""


def _panel(page: Page, name: str = "Kejadian yang sama?") -> Locator:
    return page.get_by_role("region", name=name)


async def _answered(centre: Centre, seat: Console, call: Call, what: str) -> str:
    """Have somebody call `seat` about `what`, and hang up; return the number of the ticket."""
    await seat.until("registered")
    async with Callers(centre.rig, [call]) as callers:
        now = await seat.until("ringing")
        await seat.answer()
        await seat.bar("Bicara").wait_for()
        ticket: str = now["calls"][0]["ticket"]
        await seat.page.get_by_role("heading", name=f"Tiket {ticket}").wait_for()
        await seat.page.keyboard.press("Alt+J")
        await seat.page.keyboard.type(what)
        await seat.page.keyboard.press("Enter")
        await seat.do("hangUp")
        await callers.finish(within=10)
    await _until(centre, ticket, lambda now: now["incident_type"] is not None)
    return ticket


async def _until(centre: Centre, ticket: str, holds: Any) -> None:
    """Wait until a ticket is as it should be at the service."""
    seen: dict[str, Any] = {}

    async def is_so() -> bool:
        seen.clear()
        seen.update(await centre.get(f"/v1/tickets/{ticket}"))
        return bool(holds(seen))

    await asking.until(is_so, within=WAIT / 1000, seen=lambda: seen)


async def test_two_reports_of_one_incident(centre: Centre, browser: Chromium) -> None:
    """By the keyboard alone; the desk leads to the parent, which has both callers."""
    sari = await console(browser, centre, "sari", "web-01")
    page = sari.page
    first = await _answered(centre, sari, FIRST, "Kebakaran rumah")
    second = await _answered(centre, sari, SECOND, "Kebakaran rumah")
    suggested = _panel(page).get_by_role("group", name=first)
    await expect(suggested).to_contain_text("jenis sama", timeout=WAIT)
    assert not await sight.faults(page, "links-suggested")

    await page.keyboard.press("Alt+G")
    say = suggested.get_by_role("button", name=f"Ganda: {first}")
    await expect(say).to_be_focused()
    await page.keyboard.press("Enter")
    banner = page.get_by_role("status").filter(has_text="Laporan ganda dari")
    await expect(banner).to_contain_text(first)
    await expect(page.get_by_role("button", name="Buka lagi")).to_be_visible()
    await expect(_panel(page)).to_have_count(0)
    assert not await sight.faults(page, "links-duplicate")
    await _until(centre, second, lambda now: now["duplicate_of"] == first)

    await banner.get_by_role("button", name="Pisahkan").press("Enter")
    await expect(banner).to_have_count(0)
    await _until(centre, second, lambda now: now["status"] == "open")
    await expect(suggested).to_be_visible(timeout=WAIT)
    await page.keyboard.press("Alt+G")
    await page.keyboard.press("Enter")
    await banner.get_by_role("button", name=f"Buka {first}").press("Enter")
    await page.get_by_role("heading", name=f"Tiket {first}").wait_for()
    report = _panel(page).get_by_role("group", name=second)
    await expect(report).to_contain_text(SECOND.number)
    await expect(_panel(page)).to_contain_text("Laporan lain yang sama: 1")
    assert not await sight.faults(page, "links-parent")


async def test_everybody_sees_it_at_once(centre: Centre, browser: Chromium) -> None:
    """In another tab, in English and in the dark; a ticket that is not suggested is named."""
    browser.pages.expect(" 422 .*/links")
    sari = await console(browser, centre, "sari", "web-01")
    page = sari.page
    first = await _answered(centre, sari, FIRST, "Kebakaran rumah")
    second = await _answered(centre, sari, SECOND, "Pohon tumbang")
    elsewhere = await page.context.new_page()
    await elsewhere.emulate_media(color_scheme="dark")
    await elsewhere.add_init_script("localStorage.setItem('sip112.language', 'en')")
    await elsewhere.goto(f"{centre.url}/t/{first}")
    await expect(_panel(elsewhere, "Same incident?")).to_contain_text("No similar tickets")

    await page.keyboard.press("Alt+G")
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("textbox")
    await field.fill("PKY-1")
    assert not await sight.faults(page, "links-by-number")
    await field.press("Enter")
    await expect(page.get_by_text("Tidak ada tiket dengan nomor itu")).to_be_visible()
    await field.fill(first.lower())
    await dialog.get_by_role("button", name="Terkait").press("Enter")
    await expect(dialog).to_have_count(0)
    for where, name, number, undo in (
        (page, "Kejadian yang sama?", first, "Lepas"),
        (elsewhere, "Same incident?", second, "Unlink"),
    ):
        there = _panel(where, name).get_by_role("group", name=number)
        await expect(there.get_by_role("button", name=f"{undo}: {number}")).to_be_visible()
    assert not await sight.faults(elsewhere, "links-related-en-dark")
    unlink = _panel(elsewhere, "Same incident?").get_by_role("button", name=f"Unlink: {second}")
    await unlink.press("Enter")
    for where, name, number in (
        (page, "Kejadian yang sama?", first),
        (elsewhere, "Same incident?", second),
    ):
        await expect(_panel(where, name).get_by_role("group", name=number)).to_have_count(0)

    await elsewhere.goto(f"{centre.url}/t/{second}/timeline")
    for told in (f"Related to {first}", f"No longer related to {first}"):
        await expect(elsewhere.get_by_text(told, exact=True)).to_be_visible()
    assert not await sight.faults(elsewhere, "links-timeline-en-dark")
