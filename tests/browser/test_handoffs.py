"""The page of all handoffs: whom the centre waits for, and what could not be sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from rig import Rig
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.console import console, sign_in
from tests.browser.test_timeline import answered, handed_off, written
from tests.handoff.receiver import Manner, Receiver
from tests.handoff.test_pdf import text_of

DAMKAR: Final = "Pemadam kebakaran dan penyelamatan (Damkar)"
RELAWAN: Final = "Relawan Kota"
TITLES: Final = 1
"""Rows of a table that are its head."""
WALL: Final = {"width": 1920, "height": 1080}


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a centre whose agencies' systems are on this machine."""
    async with opened(rig, tmp_path, SIP112_HANDOFF_PRIVATE_NETWORKS="127.0.0.0/8") as centre:
        yield centre


@asynccontextmanager
async def volunteers(api: httpx.AsyncClient) -> AsyncIterator[Receiver]:
    """Put volunteers in the directory, who have a system and nothing else; it wants nothing."""

    async def put(url: str, condition: dict[str, str]) -> str:
        said = {
            "code": "relawan",
            "kind": "volunteer",
            "name": {"id": RELAWAN, "en": "Town volunteers"},
            "channels": [{"kind": "webhook", "address": url}],
        }
        answer = await api.put("/v1/agencies/relawan", json=said, headers=condition)
        assert answer.is_success, answer.text
        return answer.headers["ETag"]

    etag = await put("http://127.0.0.1:9/112", {"If-None-Match": "*"})
    answer = await api.post("/v1/agencies/relawan/secret")
    assert answer.is_success, answer.text
    async with Receiver(answer.json()["secret"]) as receiver:
        receiver.manner = lambda _: Manner.GONE
        await put(receiver.url, {"If-Match": etag})
        yield receiver


_WHOLE: Final = "({ parentElement: cell }) => cell.scrollWidth <= cell.clientWidth"
"""Whether nothing of what an element says is cut off by its cell."""


def _row(page: Page, table: str, text: str) -> Locator:
    return page.get_by_role("table", name=table).get_by_role("row").filter(has_text=text)


async def test_whom_the_centre_waits_for(centre: Centre, browser: Chromium) -> None:
    """Who was not reached stands first, and a letter that was given up is sent again by one key."""
    async with volunteers(centre.api) as receiver:
        receiver.manner = lambda _: Manner.REDIRECT
        sari = await console(browser, centre, "sari", "web-01")
        ticket = await answered(centre, sari)
        await written(
            centre, ticket, incident_type="fire", severity="critical", address="Jl. Contoh 12"
        )
        await handed_off(centre, ticket, "damkar", "polisi")
        made = await handed_off(centre, ticket, "relawan")

        page = sari.page
        await page.get_by_role("link", name="Penerusan").press("Enter")
        open_ = page.get_by_role("table", name="Penerusan yang berjalan")
        first = open_.get_by_role("row").nth(1)
        await expect(first).to_contain_text(RELAWAN, timeout=15_000)
        await expect(first).to_contain_text("Tidak terjangkau")
        await expect(first).to_contain_text("Kebakaran")
        await expect(first.get_by_role("link", name=ticket)).to_be_visible()
        letter = _row(page, "Pesan yang gagal", RELAWAN)
        why = letter.get_by_text("URL tujuannya di direktori")
        await expect(why).to_contain_text("307")
        await page.set_viewport_size({"width": 1024, "height": 768})
        assert await why.evaluate(_WHOLE)
        await page.set_viewport_size({"width": 1366, "height": 768})
        assert not await sight.faults(page, "handoffs")

        receiver.manner = lambda _: Manner.WELL
        await letter.get_by_role("button", name="Kirim ulang").press("Enter")
        await expect(letter).to_have_count(0)
        await expect(page.get_by_role("table", name="Pesan yang gagal")).to_contain_text("sampai")
        await receiver.until(lambda its: bool(its.taken), 10)

        await page.get_by_label("Tampilkan").select_option("person")
        await expect(open_.get_by_role("row")).to_have_count(TITLES + 3)
        await (
            _row(page, "Penerusan yang berjalan", DAMKAR)
            .get_by_role("button", name="Catat")
            .press("Enter")
        )
        await page.get_by_role("dialog").get_by_role("radio", name="Diterima").press("Space")
        await page.get_by_role("dialog").get_by_role("textbox").press("Enter")
        await expect(open_.get_by_role("row")).to_have_count(TITLES + 2)
        await centre.post(f"/v1/handoffs/{made['relawan']}/steps", step="declined", note="Penuh")
        await expect(first).to_contain_text("Penuh")
        assert not await sight.faults(page, "handoffs-declined")
        await page.get_by_role("checkbox", name="Diteruskan").press("Space")
        await expect(open_).to_contain_text("Tidak ada yang cocok")


async def test_all_of_an_agency_are_sent_again(centre: Centre, browser: Chromium) -> None:
    """By one key; what its system still does not take comes back, to be sent again."""
    async with volunteers(centre.api) as receiver:
        sari = await console(browser, centre, "sari", "web-01")
        page = sari.page
        tickets = [await answered(centre, sari)]
        await handed_off(centre, tickets[0], "relawan")
        tickets.append(await answered(centre, sari))
        await page.get_by_role("link", name="Penerusan").press("Enter")
        given_up = page.get_by_role("table", name="Pesan yang gagal").get_by_role("row")
        given_up = given_up.filter(has_text=RELAWAN)
        await expect(given_up).to_have_count(1, timeout=15_000)
        all_of_it = page.get_by_role("group", name="Kirim ulang semua pesan").get_by_role("button")
        await expect(all_of_it).to_have_count(0)
        await handed_off(centre, tickets[1], "relawan")
        await expect(given_up).to_have_count(2, timeout=15_000)
        await expect(all_of_it).to_have_accessible_name(f"{RELAWAN} Kirim ulang semua (2)")
        wrong = await sight.faults(page, "letters-of-one-agency")
        await page.emulate_media(color_scheme="dark")
        await page.evaluate("localStorage.setItem('sip112.language', 'en')")
        await page.reload()
        every = page.get_by_role("button", name="Town volunteers Send all 2 again")
        await expect(every).to_be_visible()
        wrong += await sight.faults(page, "letters-of-one-agency-en-dark")

        await every.press("Enter")
        told = page.get_by_text("2 messages sent again: Town volunteers")
        await expect(told).to_be_visible()
        given_up = page.get_by_role("row").filter(has_text="410")
        await expect(given_up).to_have_count(2, timeout=15_000)  # it is down still
        receiver.manner = lambda _: Manner.WELL
        asked: list[str] = []
        page.on("request", lambda each: asked.append(each.url) if "resend" in each.url else None)
        dead = (await centre.api.get("/v1/dead-letters")).json()["items"]
        await every.press("Enter")
        await expect(given_up).to_have_count(0)
        assert [url.split("/")[-2] for url in asked] == [each["id"] for each in reversed(dead)]
        await receiver.until(lambda its: len(its.taken) == len(tickets), 10)
        assert not wrong, "\n".join(wrong)


async def test_an_alarm_leads_there(centre: Centre, browser: Chromium) -> None:
    """The supervisor's alarm of handoffs has a link; in English, in the dark, on a wide screen."""
    async with volunteers(centre.api):
        sari = await console(browser, centre, "sari", "web-01")
        ticket = await answered(centre, sari)
        await handed_off(centre, ticket, "relawan", "medis")
        page = await browser.page()
        await page.emulate_media(color_scheme="dark")
        await page.set_viewport_size(WALL)  # type: ignore[arg-type]
        await page.add_init_script("localStorage.setItem('sip112.language', 'en')")
        await sign_in(page, centre.url, "rina", centre.password)
        await page.goto(f"{centre.url}/supervisor")
        alarms = page.get_by_role("region", name="Alarms")
        link = alarms.get_by_role("link", name="See the handoffs").first
        await expect(link).to_be_visible(timeout=30_000)
        assert not await sight.faults(page, "handoffs-alarm-en-dark")
        await link.press("Enter")
        open_ = page.get_by_role("table", name="Handoffs that go on")
        await expect(open_.get_by_role("row").nth(1)).to_contain_text("Not reached")
        assert not await sight.faults(page, "handoffs-en-dark-wall")


async def test_why_it_failed_is_said_in_the_language_of_the_page(
    centre: Centre, browser: Chromium
) -> None:
    """In the list, in the history, on the timeline, on paper, and in the alarm."""
    gone, its = "sistemnya menjawab 410: no such agency", "it answers 410: no such agency"
    async with volunteers(centre.api):
        sari = await console(browser, centre, "sari", "web-01")
        page, ticket = sari.page, await answered(centre, sari)
        await handed_off(centre, ticket, "relawan")
        await page.get_by_role("link", name="Penerusan").press("Enter")
        letter = _row(page, "Pesan yang gagal", RELAWAN)
        await expect(letter).to_contain_text(gone, timeout=15_000)
        assert await letter.get_by_text(gone).get_attribute("lang") is None
        wrong = await sight.faults(page, "reasons-letters")

        await page.goto(f"{centre.url}/t/{ticket}/timeline")
        failed = page.get_by_role("listitem").filter(has_text="Gagal dikirim")
        await expect(failed).to_contain_text(gone)
        wrong += await sight.faults(page, "reasons-timeline")
        paper = await centre.api.get(f"/v1/tickets/{ticket}/report.pdf")
        assert gone in text_of(paper.content)

        await page.goto(f"{centre.url}/t/{ticket}")
        await page.get_by_role("button", name=RELAWAN, exact=True).press("Enter")
        await expect(page.get_by_text(gone)).to_be_visible()
        wrong += await sight.faults(page, "reasons-history")

        rina = await browser.page()
        await sign_in(rina, centre.url, "rina", centre.password)
        await rina.goto(f"{centre.url}/supervisor")
        alarm = rina.get_by_text("1 pesan ke instansi gagal dikirim")
        await expect(alarm).to_be_visible(timeout=30_000)
        wrong += await sight.faults(rina, "reasons-alarm")

        await page.evaluate("localStorage.setItem('sip112.language', 'en')")
        await page.goto(f"{centre.url}/t/{ticket}/timeline")
        failed = page.get_by_role("listitem").filter(has_text="Failed")
        await expect(failed).to_contain_text(its)
        assert not wrong, "\n".join(wrong)
