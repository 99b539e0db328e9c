"""A ticket is handed to those whom its plan names, and what they say is written down."""

from __future__ import annotations

from typing import Any, Final

from playwright.async_api import Locator, Page, expect

from rig import asking
from rig.sipp import Call, Callers
from tests.browser import sight
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.console import Console, console

CALL: Final = Call(number="08125550011")
AWAY: Final = "Failed to load resource|ERR_(CONNECTION|EMPTY|INCOMPLETE|INTERNET)"
"""What a page's console says while the service is away."""
DAMKAR: Final = "Pemadam kebakaran dan penyelamatan (Damkar)"
POLISI: Final = "Polisi (Polri)"
BPBD: Final = "Penanggulangan bencana (BPBD)"
MEDIS: Final = "Ambulans dan layanan medis (PSC 119)"
WAIT: Final = 20_000
"""Milliseconds until a console has certainly tried again."""


def _panel(seat: Console) -> Locator:
    return seat.page.get_by_role("region", name="Penerusan")


def _agency(seat: Console, name: str) -> Locator:
    """Return what is shown of the handoff to an agency."""
    return _panel(seat).get_by_role("group", name=name, exact=True)


async def _answered(centre: Centre, seat: Console) -> str:
    """Have somebody call `seat`, talk and hang up; return the number of the ticket."""
    await seat.until("registered")
    async with Callers(centre.rig, [CALL]) as callers:
        now = await seat.until("ringing")
        await seat.answer()
        await seat.bar("Bicara").wait_for()
        await seat.do("hangUp")
        await callers.finish(within=10)
    ticket: str = now["calls"][0]["ticket"]
    return ticket


async def _is(seat: Console, what: str) -> None:
    """Say what has happened, by the keyboard alone."""
    await seat.page.keyboard.press("Alt+J")
    await seat.page.keyboard.type(what)
    await seat.page.keyboard.press("Enter")


async def _add(seat: Console, agency: str) -> None:
    """Choose an agency out of all of them, in the dialog that asks for one."""
    dialog = seat.page.get_by_role("dialog")
    await expect(dialog.get_by_role("combobox")).to_be_focused()
    await seat.page.keyboard.type(agency)
    await expect(dialog.get_by_role("option")).to_have_count(1)
    await seat.page.keyboard.press("Enter")
    await expect(dialog.get_by_role("button").last).to_be_enabled()
    await seat.page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)


async def _record(seat: Console, agency: str, step: str | None, note: str = "") -> None:
    """Write down what an agency says on the telephone; None is what the dialog proposes."""
    await _panel(seat).get_by_role("button", name=f"Catat: {agency}").press("Enter")
    dialog = seat.page.get_by_role("dialog")
    if step is not None:
        await dialog.get_by_role("radio", name=step).press("Space")
    await dialog.get_by_role("textbox").fill(note)
    await dialog.get_by_role("textbox").press("Enter")
    await expect(dialog).to_have_count(0)


async def _opened(centre: Centre, seat: Console, ticket: str) -> Page:
    """Open a ticket where a phone's popup leads, in another tab, in English and in the dark."""
    page = await seat.page.context.new_page()
    await page.emulate_media(color_scheme="dark")
    await page.add_init_script("localStorage.setItem('sip112.language', 'en')")
    await page.goto(f"{centre.url}/t/{ticket}")
    await expect(page.get_by_role("heading", name=f"Ticket {ticket}").last).to_be_visible()
    return page


async def _steps(centre: Centre, ticket: str) -> dict[str, str]:
    """Return how far the handoffs of a ticket have come, by agency."""
    found: Any = await centre.get(f"/v1/tickets/{ticket}/handoffs")
    return {each["agency"]: each["step"] for each in found["items"]}


async def _is_closed(centre: Centre, ticket: str) -> None:
    """Wait until a ticket is closed: the page shows what is wanted before the service has it."""
    written: dict[str, Any] = {}

    async def closed() -> bool:
        written.update(await centre.get(f"/v1/tickets/{ticket}"))
        return bool(written["status"] == "closed")

    await asking.until(closed, within=WAIT / 1000, seen=lambda: written)


async def test_a_ticket_is_handed_off_and_closed(centre: Centre, browser: Chromium) -> None:
    """By one key; nobody is guessed, who declines is replaced, and the last one lets it close."""
    browser.pages.expect(" 409 .*/v1/tickets/")
    sari = await console(browser, centre, "sari", "web-01")
    ticket = await _answered(centre, sari)
    panel = _panel(sari)
    await expect(panel).to_contain_text("Usulan muncul")

    await _is(sari, "Korsleting")
    await expect(_agency(sari, "Pemadam").get_by_role("checkbox")).to_be_checked()
    await expect(_agency(sari, "Utilitas")).to_contain_text("Tidak ada yang cocok")
    assert not await sight.faults(sari.page, "handoff-proposed")
    await panel.get_by_role("button", name="Instansi lain").press("Enter")
    assert not await sight.faults(sari.page, "handoff-adding")
    await _add(sari, "polisi")
    assert not await _steps(centre, ticket)  # nobody is told before the key is pressed
    await sari.page.keyboard.press("Alt+T")
    for agency in (DAMKAR, POLISI):
        await expect(_agency(sari, agency)).to_contain_text("Hubungi")
    assert await _steps(centre, ticket) == {"damkar": "queued", "polisi": "queued"}
    assert not await sight.faults(sari.page, "handoff-queued")

    await _record(sari, DAMKAR, None)
    await expect(_agency(sari, DAMKAR)).to_contain_text("Diterima")
    await _record(sari, POLISI, "Ditolak", "Semua unit bertugas")
    await expect(panel.get_by_role("group").first).to_contain_text("Semua unit bertugas")
    await _agency(sari, POLISI).get_by_role("button", name=POLISI, exact=True).press("Enter")
    await expect(_agency(sari, POLISI).get_by_role("listitem")).to_have_count(2)
    assert not await sight.faults(sari.page, "handoff-declined")
    await _agency(sari, POLISI).get_by_role("button", name=POLISI, exact=True).press("Enter")
    elsewhere = await _opened(centre, sari, ticket)
    await expect(elsewhere.get_by_role("region", name="Handoff")).to_contain_text("Declined")
    assert not await sight.faults(elsewhere, "handoff-declined-en-dark")
    await panel.get_by_role("button", name="Teruskan ke instansi lain").press("Enter")
    await _add(sari, "bpbd")
    await expect(_agency(sari, BPBD)).to_contain_text("Hubungi")
    await expect(elsewhere.get_by_role("region", name="Handoff")).to_contain_text("Call now")

    await sari.page.get_by_role("button", name="Tutup tiket").click()
    refusal = sari.page.get_by_role("alert").filter(has_text="belum bisa ditutup")
    await expect(refusal).to_contain_text(f"{DAMKAR}, {BPBD}")
    assert not await sight.faults(sari.page, "handoff-not-closed")
    await _panel(sari).get_by_role("button", name=f"Catat: {DAMKAR}").press("Enter")
    assert not await sight.faults(sari.page, "handoff-records")
    await sari.page.keyboard.press("Escape")
    await _record(sari, BPBD, "Batalkan penerusan", "Tidak perlu lagi")
    await _record(sari, DAMKAR, "Selesai")
    await expect(refusal).to_be_hidden()
    await sari.page.get_by_role("button", name="Tutup tiket").click()
    await _is_closed(centre, ticket)
    await expect(sari.page.get_by_role("button", name="Buka lagi")).to_be_visible()
    ended = {"damkar": "completed", "polisi": "declined", "bpbd": "cancelled"}
    assert await _steps(centre, ticket) == ended


async def test_the_connection_is_cut_while_a_ticket_is_handed_off(
    centre: Centre, browser: Chromium
) -> None:
    """It says that nobody has been told, and each is told once when the connection is back."""
    browser.pages.expect(AWAY)
    sari = await console(browser, centre, "sari", "web-01")
    ticket = await _answered(centre, sari)
    await _is(sari, "Kebakaran")
    await expect(_panel(sari).get_by_role("checkbox", checked=True)).to_have_count(3)
    await sari.page.context.set_offline(offline=True)
    await sari.page.keyboard.press("Alt+T")
    alarm = sari.page.get_by_role("alert").filter(has_text=f"{ticket} BELUM diteruskan")
    await expect(alarm).to_be_visible()
    assert not await sight.faults(sari.page, "handoff-unsent")
    await sari.page.context.set_offline(offline=False)
    await expect(alarm).to_be_hidden(timeout=WAIT)
    found: dict[str, str] = {}

    async def told() -> bool:
        found.update(await _steps(centre, ticket))
        return set(found) == {"damkar", "medis", "polisi"}

    await asking.until(told, within=WAIT / 1000, seen=lambda: found)
    every: Any = await centre.get(f"/v1/tickets/{ticket}/handoffs")
    assert len(every["items"]) == len(found)
    await expect(_agency(sari, MEDIS)).to_contain_text("Hubungi")
