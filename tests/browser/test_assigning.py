"""Whose a ticket is: a supervisor takes it over and gives it back, and who has it is told."""

from __future__ import annotations

from typing import Any, Final

from playwright.async_api import Page, expect

from rig.sipp import Call, Callers
from tests.browser import axe, sight
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.console import Console, console

CALL: Final = Call(number="08125550007")
SOON: Final = 5_000
"""Milliseconds in which whoever looks at a ticket hears of it: sooner than they look anew."""
FITS: Final = "() => document.documentElement.scrollHeight <= innerHeight"


async def _answered(centre: Centre, seat: Console) -> str:
    """Have somebody call `seat`, talk and hang up; return the number of the ticket."""
    await seat.until("registered")
    async with Callers(centre.rig, [CALL]) as callers:
        now = await seat.until("ringing")
        await seat.do("answer")
        form = seat.page.get_by_role("region", name=f"Tiket {now['calls'][0]['ticket']}")
        await expect(form.get_by_text("Tiket Anda")).to_be_visible(timeout=SOON)
        await seat.do("hangUp")
        await callers.finish(within=10)
    ticket: str = now["calls"][0]["ticket"]
    return ticket


async def _supervisor(browser: Chromium, centre: Centre) -> Page:
    page = await browser.page(locale="id-ID")
    await page.goto(f"{centre.url}/sign-in")
    await page.locator("input[autocomplete=username]").fill("rina")
    await page.locator("input[type=password]").fill(centre.password)
    await page.keyboard.press("Enter")
    await expect(page.locator("nav")).to_be_visible()
    await page.goto(f"{centre.url}/supervisor")
    return page


async def _whose(centre: Centre, ticket: str) -> Any:
    found = (await centre.get(f"/v1/tickets/{ticket}"))["assignee"]
    return None if found is None else found["id"]


async def test_a_supervisor_takes_a_ticket_over_and_gives_it_back(
    centre: Centre, browser: Chromium
) -> None:
    """By keyboard alone; who had it is told each time, and finds it among theirs again."""
    sari = await console(browser, centre, "sari", "web-01")
    ticket = await _answered(centre, sari)
    assert await _whose(centre, ticket) == "sari"
    rina = await _supervisor(browser, centre)
    row = (
        rina.get_by_role("region", name="Tiket terbuka").get_by_role("row").filter(has_text=ticket)
    )
    await expect(row).to_contain_text("Sari (call taker)")

    await row.get_by_role("button", name="Ambil alih").focus()
    await rina.keyboard.press("Enter")
    asks = rina.get_by_role("dialog")
    await expect(asks).to_contain_text("Sari (call taker)")
    assert not await axe.faults(rina)
    await asks.get_by_role("button", name="Ambil alih").focus()
    await rina.keyboard.press("Enter")
    await expect(row).to_contain_text("Tiket Anda", timeout=SOON)
    told = sari.page.get_by_role("alert").filter(has_text=ticket)
    await expect(told).to_contain_text("diambil alih rina", timeout=SOON)
    form = sari.page.get_by_role("region", name=f"Tiket {ticket}")
    await expect(form).to_contain_text("Rina (supervisor)", timeout=SOON)
    assert await sari.page.evaluate(FITS)
    assert not await axe.faults(sari.page)
    assert not await sight.faults(sari.page, "assign-taken")
    await told.get_by_role("button", name="Tutup").click()
    await expect(told).to_have_count(0)

    await row.get_by_role("button", name="Serahkan").focus()
    await rina.keyboard.press("Enter")
    await expect(rina.get_by_role("listbox")).to_be_focused()
    assert not await sight.faults(rina, "assign-give")
    await rina.keyboard.type("Sari")
    await rina.keyboard.press("Enter")
    await expect(row).to_contain_text("Sari (call taker)", timeout=SOON)
    await expect(told).to_contain_text("diserahkan kepada Anda oleh rina", timeout=SOON)
    await expect(form).to_contain_text("Tiket Anda", timeout=SOON)
    assert not await axe.faults(sari.page)
    assert not await sight.faults(sari.page, "assign-given")
    assert not await sight.faults(rina, "assign-supervisor")
    assert await _whose(centre, ticket) == "sari"

    await sari.page.get_by_role("button", name="Tutup tampilan").click()
    mine = sari.page.get_by_role("list", name="Tiket saya")
    await expect(mine.get_by_role("button", name=ticket)).to_be_visible()
    assert not await axe.faults(sari.page)
    assert not await sight.faults(sari.page, "assign-mine")
    await told.get_by_role("button", name="Buka tiket").click()
    await expect(form).to_be_visible()


async def test_a_colleague_takes_it_over_at_the_desk(centre: Centre, browser: Chromium) -> None:
    """After being asked once more; the other one is told, and the call log says whose it is."""
    sari = await console(browser, centre, "sari", "web-01")
    ticket = await _answered(centre, sari)
    await centre.post("/v1/seats/web-01/logout")
    budi = await console(browser, centre, "budi", "web-02")
    await _answered(centre, budi)
    await budi.page.get_by_role("region", name="Sekitar").get_by_role("button").first.click()
    form = budi.page.get_by_role("region", name=f"Tiket {ticket}")
    await expect(form).to_contain_text("Sari (call taker)")
    await expect(form.get_by_role("button", name="Serahkan")).to_have_count(0)
    await form.get_by_role("button", name="Ambil alih").click()
    await budi.page.get_by_role("dialog").get_by_role("button", name="Ambil alih").click()
    await expect(form).to_contain_text("Tiket Anda", timeout=SOON)
    await expect(form.get_by_role("button", name="Serahkan")).to_be_visible()
    await expect(sari.page.get_by_role("alert").filter(has_text=ticket)).to_contain_text(
        "diambil alih budi", timeout=SOON
    )
    await budi.page.goto(f"{centre.url}/calls")
    await budi.page.get_by_role("button", name=f"Buka panggilan {ticket}").click()
    whose = budi.page.get_by_role("region", name="Panggilan terpilih").locator("dl")
    await expect(whose).to_contain_text("Budi (call taker)")
