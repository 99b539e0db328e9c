"""Everything that happened to a ticket, in one line of time; it grows while one reads it."""

from __future__ import annotations

import asyncio
import json
from http.client import PRECONDITION_FAILED
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from playwright.async_api import Locator, Page, expect

from rig import asking
from rig.sipp import Call, Callers
from tests.browser import sight
from tests.browser.centre import Centre, picture
from tests.browser.chromium import Chromium
from tests.browser.console import Console, console

CALLER: Final = Call(number="08125550021", name="Warga <b>Dua</b>")
DAMKAR: Final = "Pemadam kebakaran dan penyelamatan (Damkar)"
WALL: Final = {"width": 1920, "height": 1080}


async def answered(centre: Centre, seat: Console) -> str:
    """Have somebody call `seat`, talk and hang up; return the number of the ticket."""
    await seat.until("registered")
    async with Callers(centre.rig, [CALLER]) as callers:
        now = await seat.until("ringing")
        await seat.answer()
        await seat.bar("Bicara").wait_for()
        await seat.do("hangUp")
        await callers.finish(within=10)
    ticket: str = now["calls"][0]["ticket"]
    return ticket


async def handed_off(centre: Centre, ticket: str, *agencies: str) -> dict[str, str]:
    """Pass a ticket on, and return the handoffs' identifiers by agency."""
    answer = await centre.api.post(
        f"/v1/tickets/{ticket}/handoffs",
        json={"agencies": agencies},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.is_success, answer.text
    return {each["agency"]: each["id"] for each in answer.json()["items"]}


async def written(centre: Centre, ticket: str, **fields: Any) -> None:
    """Write on a ticket as it is now, whoever else writes on it meanwhile."""

    async def is_written() -> bool:
        now = await centre.api.get(f"/v1/tickets/{ticket}")
        match = {"If-Match": now.headers["etag"]}
        answer = await centre.api.patch(f"/v1/tickets/{ticket}", json=fields, headers=match)
        assert answer.is_success or answer.status_code == PRECONDITION_FAILED, answer.text
        return answer.is_success

    await asking.until(is_written, within=5)


def _line(page: Page) -> Locator:
    return page.get_by_role("region", name="Urutan waktu").or_(
        page.get_by_role("region", name="Timeline of")
    )


async def _kept(page: Page, link: str) -> bytes:
    """Return the file that a link gives."""
    async with page.expect_download() as download:
        await page.get_by_role("link", name=link).press("Enter")
    path = await (await download.value).path()
    return await asyncio.to_thread(Path(path).read_bytes)


async def test_a_ticket_is_read_from_its_beginning(centre: Centre, browser: Chromium) -> None:
    """Calls, what was written, agencies: live, filtered by the keyboard, kept as PDF and JSON."""
    sari = await console(browser, centre, "sari", "web-01")
    ticket = await answered(centre, sari)
    await written(
        centre,
        ticket,
        incident_type="fire",
        severity="critical",
        address="Jl. Contoh 12, dekat pasar",
        narrative="Api dari dapur.\nDua orang masih di dalam.",
        latitude=-2.20913,
        longitude=113.91612,
    )
    async with sari.page.expect_popup() as beside:
        await sari.page.get_by_role("link", name="Urutan waktu").press("Enter")
    page = await beside.value
    line = _line(page)
    await expect(line.get_by_role("listitem").filter(has_text="Dijawab di web-01")).to_be_visible()
    await expect(line).to_contain_text("Dua orang masih di dalam.")
    await expect(line).to_contain_text("-2.20913, 113.91612")
    assert not await sight.faults(page, "timeline-call")

    handoffs = await handed_off(centre, ticket, "damkar", "polisi", "medis")
    handed = line.get_by_role("listitem").filter(has_text="Diteruskan")
    await expect(handed).to_have_count(3)
    said = (
        ("damkar", "accepted", "Dua unit dari pos Menteng"),
        ("polisi", "declined", "Semua unit bertugas"),
        ("damkar", "en_route", ""),
        ("damkar", "on_scene", ""),
    )
    for agency, step, note in said:
        more = {"note": note} if note else {}
        await centre.post(f"/v1/handoffs/{handoffs[agency]}/steps", step=step, **more)
    there = line.get_by_role("listitem").filter(has_text="Di lokasi")
    await expect(there).to_be_in_viewport()  # who reads the end of it stays there
    await expect(page.get_by_role("definition").nth(3)).not_to_contain_text("berjalan")
    assert not await sight.faults(page, "timeline-handoffs")

    await page.get_by_role("checkbox", name="Panggilan").press("Space")
    await page.get_by_role("checkbox", name="Tiket").press("Space")
    await page.get_by_label("Instansi", exact=True).select_option("polisi")
    await expect(line.get_by_role("listitem")).to_have_count(2)
    assert not await sight.faults(page, "timeline-filtered")
    await page.get_by_role("checkbox", name="Instansi").press("Space")
    await expect(line).to_contain_text("Tidak ada yang cocok")
    assert (await _kept(page, "Unduh PDF")).startswith(b"%PDF-")
    whole = json.loads(await _kept(page, "Unduh JSON"))
    assert whole["ticket"]["number"] == ticket
    assert len(whole["handoffs"]) == len(handoffs)

    dark = await sari.page.context.new_page()
    await dark.emulate_media(color_scheme="dark")
    await dark.set_viewport_size(WALL)  # type: ignore[arg-type]
    await dark.add_init_script("localStorage.setItem('sip112.language', 'en')")
    await dark.goto(f"{centre.url}/t/{ticket}/timeline")
    await expect(_line(dark)).to_contain_text("Declined")
    assert not await sight.faults(dark, "timeline-en-dark-wall")
    await dark.emulate_media(media="print", color_scheme="light")
    await expect(dark.get_by_role("navigation")).to_be_hidden()
    await expect(_line(dark)).to_have_css("overflow", "visible")
    await picture(dark, "timeline-print")
    await dark.emulate_media(media="screen", color_scheme="dark")
    await dark.get_by_role("link", name="Open the ticket").press("Enter")
    await expect(dark.get_by_role("heading", name=f"Ticket {ticket}").last).to_be_visible()
    assert not await sight.faults(dark, "timeline-link-en-dark")


async def test_a_ticket_that_is_not_there(centre: Centre, browser: Chromium) -> None:
    """It says so, and goes on asking: a ticket of this moment may not be stored yet."""
    browser.pages.expect(" 404 .*/v1/tickets/")
    sari = await console(browser, centre, "sari", "web-01")
    await sari.page.goto(f"{centre.url}/t/PKY-20260101-0001/timeline")
    await expect(_line(sari.page).get_by_role("status")).to_contain_text("belum terbaca")
    assert not await sight.faults(sari.page, "timeline-unknown")
