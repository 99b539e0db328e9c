"""The text relay during a real call: lines to an agency's page, and what is written back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, Route, expect

from rig import Rig
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.console import CALLER_HZ, Console, sign_in
from tests.browser.incidents import at_step, told_by
from tests.browser.test_agency_account import _account, _sign_in
from tests.browser.test_agency_page import PHONE, _agency, _looked_at, _pass_on
from tests.browser.test_handoff import DAMKAR
from tests.browser.test_steering import button, talking
from tests.browser.test_timeline import handed_off, written

AT_ONCE_MS: Final = 4_000
"""Within which a page shows what it is told: it reads by itself every ten seconds only."""
AWAY: Final = "ERR_FAILED"
FACTS: Final[Any] = {
    "incident_type": "fire",
    "severity": "critical",
    "address": "Jl. Contoh 12, di belakang pasar",
    "narrative": "Api di lantai dua.",
}
_HEAR: Final = """
window.chimes = 0;
const before = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) {
  window.chimes += 1;
  return before.apply(this, given);
};
"""
"""Has a page count the notes that it sounds: two for each chime."""


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a service that may reach agencies' systems on this machine."""
    async with opened(
        rig, tmp_path, SIP112_HANDOFF_PRIVATE_NETWORKS="127.0.0.0/8", SIP112_WRAP_UP_S="4"
    ) as centre:
        yield centre


def _row(seat: Console) -> Locator:
    panel = seat.page.get_by_role("region", name="Penerusan")
    return panel.get_by_role("group", name=DAMKAR, exact=True)


def _thread(seat: Console) -> Locator:
    return seat.page.get_by_role("log", name=f"Relai teks: {DAMKAR}")


def _input(seat: Console) -> Locator:
    return seat.page.get_by_label(f"Tulis ke {DAMKAR}")


def _page_of(seat: Console) -> Locator:
    """Return what stands at the thread about the agency's page."""
    return seat.page.get_by_role("status").filter(has_text="Halaman instansi")


async def _opens(seat: Console) -> None:
    """Open the thread from the row of the agency."""
    await _row(seat).get_by_role("button", name="Relai teks").press("Enter")
    await expect(_input(seat)).to_be_focused()


async def _chimed(page: Page, times: int) -> None:
    await page.wait_for_function("(notes) => window.chimes === notes", arg=2 * times)


@dataclass
class Told:
    """A call-taker in a call, and the page of somebody at the fire brigade, with one ticket."""

    sari: Console
    phone: Page
    ticket: str

    async def answers(self, text: str) -> None:
        """Have the brigade write back."""
        await self.phone.get_by_label("Pesan untuk 112").fill(text)
        await self.phone.keyboard.press("Enter")

    async def types(self, *lines: str) -> None:
        """Have the call-taker type, wherever the keyboard is, and send each line."""
        for line in lines:
            await self.sari.page.keyboard.type(line)
            await self.sari.page.keyboard.press("Enter")


@pytest.fixture
async def told(centre: Centre, browser: Chromium, tmp_path: Path) -> AsyncIterator[Told]:
    """Give a ticket that is open at both ends while the caller talks."""
    async with (
        talking(centre, browser, tmp_path) as (sari, _),
        _agency(centre, "damkar") as receiver,
    ):
        ticket = (await centre.talking("web-01"))["ticket_number"]
        await written(centre, ticket, **FACTS)
        url = await _pass_on(centre, ticket, "damkar", receiver)
        await at_step(centre, ticket, "delivered")
        phone = await browser.page(locale="id-ID", viewport=PHONE)
        await phone.add_init_script(_HEAR)
        await phone.goto(url)
        await expect(phone.get_by_text("Belum ada.")).to_be_visible()
        await phone.get_by_label("Nama Anda").fill("Budi")
        await expect(_row(sari).get_by_role("button", name="Relai teks")).to_be_visible()
        yield Told(sari, phone, ticket)
        await phone.context.close()


async def test_a_caller_s_words_go_to_a_phone_and_back(centre: Centre, told: Told) -> None:
    """By the keyboard alone, while the caller is heard; neither page is loaded anew."""
    sari, phone = told.sari, told.phone
    await sari.page.keyboard.press("Alt+r")
    await expect(_input(sari)).to_be_focused()
    await expect(_page_of(sari)).to_contain_text("terbuka di layar", timeout=AT_ONCE_MS)
    wrong = await sight.faults(sari.page, "relay-empty")
    await told.types("Dua anak masih di lantai dua")
    line = phone.get_by_text("Dua anak masih di lantai dua")
    await expect(line).to_be_visible(timeout=AT_ONCE_MS)
    await line.scroll_into_view_if_needed()
    await expect(_thread(sari).get_by_role("listitem")).to_contain_text(
        "tampil di layar mereka", timeout=AT_ONCE_MS
    )
    await _chimed(phone, 1)
    await expect(phone.get_by_role("log")).not_to_contain_text("sari")
    news = phone.get_by_role("button", name="Pesan baru dari 112")
    await phone.evaluate("scrollTo(0, 0)")
    await expect(sari.page.get_by_text("Belum ada tanda bahwa mereka membaca.")).to_be_visible()
    await expect(_row(sari)).to_contain_text("Sampai")
    await told.types("Api sampai atap")
    await expect(news).to_be_visible(timeout=AT_ONCE_MS)
    last = _thread(sari).get_by_role("listitem").last
    await expect(last).to_contain_text("Api sampai atap")
    await expect(last).not_to_contain_text("tampil")
    wrong += await _looked_at(phone, "relay-phone-id-news")
    await news.click()
    await expect(news).to_have_count(0)
    await expect(last).to_contain_text("tampil di layar mereka", timeout=AT_ONCE_MS)
    wrong += await _looked_at(phone, "relay-phone-id-light")

    await told.answers("Tangga kami 12 m. Pintu mana?")
    await expect(_thread(sari)).to_contain_text("Pintu mana?", timeout=AT_ONCE_MS)
    await expect(_thread(sari)).to_contain_text("Budi")
    await expect(_row(sari)).to_contain_text("Dibaca")
    await at_step(centre, told.ticket, "acknowledged")
    await sari.hears(CALLER_HZ)
    await sari.page.goto(f"{centre.url}/t/{told.ticket}/timeline")
    line_of_time = sari.page.get_by_role("region", name="Urutan waktu")
    await expect(line_of_time).to_contain_text("Teks diteruskan")
    await expect(line_of_time).to_contain_text("Api sampai atap")
    assert not wrong, "\n".join(wrong)


async def test_lines_wait_for_the_network_in_their_order(
    centre: Centre, browser: Chromium, told: Told
) -> None:
    """What is typed meanwhile stays, also when the thread is closed; what comes then is marked."""
    browser.pages.expect(AWAY)
    sari, phone = told.sari, told.phone

    async def cut(route: Route) -> None:
        await route.abort()

    await sari.page.route("**/lines", cut)
    await _opens(sari)
    await told.types("Pintu belakang", "Lewat gang sebelah masjid")
    await sari.page.keyboard.type("Anjing di hal")
    await expect(_thread(sari)).to_contain_text("belum terkirim")
    await expect(_thread(sari)).to_contain_text("Lewat gang sebelah masjid")
    await expect(sari.page.get_by_text("2 pesan relai teks BELUM terkirim.")).to_be_visible()
    wrong = await sight.faults(sari.page, "relay-without-network")
    await sari.page.unroute("**/lines")
    log = phone.get_by_role("log")
    await expect(log.get_by_role("listitem").last).to_contain_text("sebelah masjid")
    events = (await at_step(centre, told.ticket, "delivered"))["events"]
    assert [each["note"] for each in events if each["kind"] == "line"] == [
        "Pintu belakang",
        "Lewat gang sebelah masjid",
    ]
    await expect(_input(sari)).to_have_value("Anjing di hal")

    await sari.page.keyboard.press("Escape")
    await expect(_thread(sari)).to_have_count(0)
    await sari.page.keyboard.press("Alt+n")
    await told.answers("Sampai dalam 4 menit")
    mark = _row(sari).get_by_role("button", name=f"Relai teks (1), baru: {DAMKAR}")
    await expect(mark).to_be_visible(timeout=AT_ONCE_MS)
    wrong += await sight.faults(sari.page, "relay-marked")
    await sari.page.keyboard.press("Alt+r")
    await expect(_input(sari)).to_have_value("Anjing di hal")
    await expect(mark).to_have_count(0)
    await expect(_thread(sari)).to_contain_text("Sampai dalam 4 menit")
    wrong += await sight.faults(sari.page, "relay-open")
    await button(sari, "EN: English").click()
    await sari.page.keyboard.press("Alt+l")
    wrong += await sight.faults(sari.page, "relay-open-en-dark")
    await phone.emulate_media(color_scheme="dark")
    await phone.get_by_role("button", name="English").click()
    await phone.get_by_label("Message to 112").scroll_into_view_if_needed()
    wrong += await _looked_at(phone, "relay-phone-en-dark")
    assert not wrong, "\n".join(wrong)


async def test_the_desk_says_whether_their_page_is_open(told: Told) -> None:
    """In front, behind others, left, and open again; what came meanwhile was on no screen."""
    sari, phone = told.sari, told.phone
    await _opens(sari)
    page = _page_of(sari)
    await expect(page).to_contain_text("terbuka di layar", timeout=AT_ONCE_MS)
    await _goes_behind(phone)
    await expect(page).to_contain_text("tidak di depan", timeout=AT_ONCE_MS)
    await told.types("Dua anak masih di lantai dua")
    await expect(phone.get_by_text("Dua anak masih di lantai dua")).to_be_attached()
    wrong = await sight.faults(sari.page, "relay-behind")
    url = phone.url
    await phone.goto("about:blank")
    await expect(page).to_contain_text("tidak terbuka sejak", timeout=AT_ONCE_MS)
    await expect(_thread(sari)).not_to_contain_text("tampil")
    wrong += await sight.faults(sari.page, "relay-closed")
    await button(sari, "EN: English").click()
    await sari.page.keyboard.press("Alt+l")
    await expect(sari.page.get_by_text("Nobody has had their page open since")).to_be_visible()
    wrong += await sight.faults(sari.page, "relay-closed-en-dark")
    await phone.goto(url)
    await phone.get_by_text("Dua anak masih di lantai dua").scroll_into_view_if_needed()
    log = sari.page.get_by_role("log")
    await expect(log).to_contain_text("was on their screen", timeout=AT_ONCE_MS)
    wrong += await sight.faults(sari.page, "relay-on-screen-en-dark")
    assert not wrong, "\n".join(wrong)


async def _goes_behind(page: Page) -> None:
    """Have a page take itself to be behind another one."""
    await page.evaluate(
        """() => {
          const get = () => 'hidden';
          Object.defineProperty(document, 'visibilityState', { get, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )


@pytest.fixture
async def account(centre: Centre, browser: Chromium) -> AsyncIterator[Page]:
    """Give the page of somebody at the fire brigade, which is told by nothing but a person."""
    await told_by(centre, "damkar", {"kind": "relay", "address": "radio, kanal 4"})
    password = await _account(centre, "tono", "damkar")
    page = await browser.page(locale="id-ID")
    await page.add_init_script(_HEAR)
    await _sign_in(page, centre.url, "tono", password)
    await expect(page.get_by_text("Tidak ada kejadian.")).to_be_visible()
    yield page
    await page.context.close()


async def test_an_account_hears_of_a_line(
    centre: Centre, browser: Chromium, tmp_path: Path, account: Page
) -> None:
    """The first one is the step; the page rings for what is not looked at, and else chimes."""
    page = account
    async with talking(centre, browser, tmp_path) as (sari, _):
        ticket = (await centre.talking("web-01"))["ticket_number"]
        await written(centre, ticket, **FACTS)
        await handed_off(centre, ticket, "damkar")
        await page.get_by_role("button", name="Hentikan bunyi").click()
        await expect(_row(sari)).to_contain_text("Hubungi")
        await _opens(sari)
        told = Told(sari, page, ticket)
        await told.types("Dua anak masih di lantai dua")
        handoff = await at_step(centre, ticket, "sent")
        assert handoff["events"][-2]["channel"] == "relay"
        news = page.get_by_role("alert").filter(has_text="Kejadian baru")
        await expect(news).to_be_visible(timeout=AT_ONCE_MS)
        await expect(page.get_by_role("link", name=ticket)).to_contain_text("pesan baru")
        wrong = await sight.faults(page, "relay-account-rings")
        await page.keyboard.press("F2")
        pane = page.get_by_role("region", name="Kejadian yang dibuka")
        await expect(pane.get_by_role("log")).to_contain_text("Dua anak masih di lantai dua")
        await expect(news).to_have_count(0)

        await told.types("Api sampai atap")
        await expect(pane.get_by_role("log")).to_contain_text("sampai atap", timeout=AT_ONCE_MS)
        await _chimed(page, 1)
        await expect(news).to_have_count(0)
        await expect(_page_of(sari)).to_contain_text("terbuka di layar")
        await expect(_thread(sari).get_by_role("listitem").last).to_contain_text(
            "tampil di layar mereka", timeout=AT_ONCE_MS
        )
        await told.answers("Kami berangkat, dua unit")
        await expect(_thread(sari)).to_contain_text("dua unit", timeout=AT_ONCE_MS)
        await at_step(centre, ticket, "acknowledged")
        await pane.get_by_label("Pesan untuk 112").scroll_into_view_if_needed()
        wrong += await sight.faults(page, "relay-account-open")
        await page.evaluate("history.back()")
        await expect(pane).to_have_count(0)
        await told.types("Sumur di belakang rumah")
        line = page.get_by_role("alert").filter(has_text="Pesan baru dari 112: Kebakaran")
        await expect(line).to_be_visible(timeout=AT_ONCE_MS)
    assert not wrong, "\n".join(wrong)


async def test_an_answer_comes_when_another_ticket_is_looked_at(
    centre: Centre, browser: Chromium, tmp_path: Path, account: Page
) -> None:
    """Whoever passed lines on is told on every page, and led back; after the end none is sent."""
    async with talking(centre, browser, tmp_path) as (sari, caller):
        ticket = (await centre.talking("web-01"))["ticket_number"]
        await written(centre, ticket, **FACTS)
        made = await handed_off(centre, ticket, "damkar")
        await _opens(sari)
        told = Told(sari, account, ticket)
        await told.types("Dua anak masih di lantai dua")
        await at_step(centre, ticket, "sent")
        await account.keyboard.press("F2")
        await sari.page.keyboard.press("F9")
        await caller.finish(within=10)
        await expect(sari.bar("Penyelesaian")).to_be_visible()
        await sari.page.keyboard.press("F2")
        await expect(_row(sari)).to_have_count(0)
        await told.answers("Kami berangkat, dua unit")
        news = sari.page.get_by_role("alert").filter(has_text="Kami berangkat")
        await expect(news).to_contain_text(ticket, timeout=AT_ONCE_MS)
        wrong = await sight.faults(sari.page, "relay-wrote")
        wrong += await _read_from_the_board(centre, browser, ticket)
        await news.get_by_role("button", name="Buka dan balas").press("Enter")
        await expect(_thread(sari)).to_contain_text("Kami berangkat, dua unit")
        await expect(_input(sari)).to_be_focused()
        await expect(news).to_have_count(0)

        await centre.post(f"/v1/handoffs/{made['damkar']}/steps", step="cancelled", note="Salah")
        await expect(sari.page.get_by_text("Penerusan sudah berakhir")).to_be_visible()
        await expect(button(sari, "Kirim")).to_be_disabled()
        wrong += await sight.faults(sari.page, "relay-ended")
    assert not wrong, "\n".join(wrong)


async def _read_from_the_board(centre: Centre, browser: Chromium, ticket: str) -> list[str]:
    """Have a supervisor find in the list of handoffs what nobody has read, and open its thread."""
    rina = await browser.page()
    await rina.add_init_script(
        "localStorage.getItem('sip112.language') ?? localStorage.setItem('sip112.language', 'en')"
    )
    await rina.emulate_media(color_scheme="dark")
    await sign_in(rina, centre.url, "rina", centre.password)
    await rina.goto(f"{centre.url}/handoffs")
    row = rina.get_by_role("row").filter(has_text=ticket)
    await expect(row).to_contain_text("Text (1)")
    wrong = await sight.faults(rina, "unread-board-en-dark")
    await rina.emulate_media(color_scheme="light")
    await rina.evaluate("localStorage.setItem('sip112.language', 'id')")
    await rina.reload()
    await expect(row).to_contain_text("Teks (1)")
    wrong += await sight.faults(rina, "unread-board")
    unread = row.get_by_role("button", name=f"Relai teks (1), baru: {DAMKAR}")
    await unread.press("Enter")
    await expect(rina).to_have_url(f"{centre.url}/t/{ticket}")
    await expect(rina.get_by_role("log")).to_contain_text("Kami berangkat, dua unit")
    await expect(rina.get_by_label(f"Tulis ke {DAMKAR}")).to_be_focused()
    await rina.get_by_role("link", name="Penerusan").press("Enter")
    await expect(row).to_have_count(1)
    await expect(unread).to_have_count(0)
    await rina.context.close()
    return wrong
