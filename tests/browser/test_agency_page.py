"""The page behind the link of a message, as somebody at an agency has it: on a small phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from rig import Rig
from tests.browser import axe
from tests.browser.centre import Centre, opened, picture
from tests.browser.chromium import Chromium
from tests.browser.incidents import at_step, called, told_by
from tests.browser.test_timeline import handed_off
from tests.handoff.receiver import Receiver, said

PHONE: Final[Any] = {"width": 360, "height": 640}
CALLER: Final = "08125550001"
FACTS: Final[dict[str, Any]] = {
    "incident_type": "fire",
    "severity": "critical",
    "address": "Jl. Contoh 12, di belakang pasar",
    "narrative": "Api di lantai dua, asap tebal.\nSatu orang masih di dalam.",
    "persons": "1 luka bakar",
    "latitude": -2.2161,
    "longitude": 113.9135,
}
AGAIN_MS: Final = 15_000
"""Within which a page that is open reads by itself."""
AWAY: Final = "ERR_INTERNET_DISCONNECTED"


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a service that may reach agencies' systems on this machine."""
    async with opened(rig, tmp_path, SIP112_HANDOFF_PRIVATE_NETWORKS="127.0.0.0/8") as centre:
        yield centre


@asynccontextmanager
async def _agency(centre: Centre, code: str) -> AsyncIterator[Receiver]:
    """Have the system of an agency listen, to which the centre sends from now on."""
    secret = (await centre.post(f"/v1/agencies/{code}/secret"))["secret"]
    async with Receiver(secret) as receiver:
        await told_by(centre, code, {"kind": "webhook", "address": receiver.url})
        yield receiver


async def _pass_on(centre: Centre, ticket: str, code: str, receiver: Receiver) -> str:
    """Pass a ticket on; return the link that the agency's system has received."""
    await handed_off(centre, ticket, code)
    await receiver.until(lambda it: bool(it.taken))
    data: Any = said(next(iter(receiver.taken.values())))["data"]
    url: str = data["answer_url"]
    assert url.startswith(f"{centre.url}/a/")
    return url


async def _press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def _looked_at(page: Page, name: str) -> list[str]:
    """Take a picture, and return what is wrong with what is shown."""
    await picture(page, name)
    wrong = await axe.faults(page)
    width = await page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["width"]:
        wrong.append(f"has to be scrolled sideways: {width}")
    return [f"{name}: {each}" for each in wrong]


async def test_an_agency_answers_by_the_link(centre: Centre, browser: Chromium) -> None:
    """Step by step, a note, and without a network for a while; the centre hears each of it."""
    browser.pages.expect(AWAY)
    ticket = await called(centre, CALLER, **FACTS)
    async with _agency(centre, "damkar") as receiver:
        url = await _pass_on(centre, ticket, "damkar", receiver)
        page = await browser.page(locale="id-ID", viewport=PHONE)
        answer = await page.goto(url)
        assert answer is not None
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"

        for fact in (ticket, "Kebakaran", "Kritis", FACTS["address"], FACTS["persons"]):
            await expect(page.get_by_text(str(fact), exact=True)).to_be_visible()
        await expect(page.get_by_role("link", name="Buka peta")).to_have_attribute(
            "href", "geo:-2.2161,113.9135?q=-2.2161,113.9135"
        )
        await expect(page.get_by_role("link", name=f"Telepon pelapor {CALLER}")).to_have_attribute(
            "href", f"tel:{CALLER}"
        )
        wrong = await _looked_at(page, "agency-id-light")
        await page.emulate_media(color_scheme="dark")
        await _press(page, "English")
        await expect(page.get_by_text("Critical", exact=True)).to_be_visible()
        wrong += await _looked_at(page, "agency-en-dark")

        await page.get_by_label("Your name").fill("Budi")
        await _press(page, "Acknowledge")
        await at_step(centre, ticket, "acknowledged")
        accept = page.get_by_role("button", name="Accept", exact=True)
        await expect(accept).to_be_enabled()  # not at once: a second tap was for the one before
        await expect(accept).to_be_focused()
        await page.keyboard.press("Enter")
        await at_step(centre, ticket, "accepted")

        await page.context.set_offline(offline=True)
        await _press(page, "En route")
        await page.get_by_label("Message to 112").fill("Butuh air")
        await _press(page, "Send")
        await expect(page.get_by_text("Not sent yet: En route, “Butuh air”")).to_be_visible()
        wrong += await _looked_at(page, "agency-en-without-network")
        await page.context.set_offline(offline=False)
        handoff = await at_step(centre, ticket, "en_route")
        await expect(page.get_by_text("Not sent yet")).to_have_count(0)
        await expect(page.get_by_text("Butuh air")).to_be_visible()

        await _press(page, "On scene")
        await _press(page, "Done")
        wrong += await _looked_at(page, "agency-en-done")
        await _press(page, "Done")
        await at_step(centre, ticket, "completed")
        await expect(page.get_by_text("nothing more to do")).to_be_visible()
        events = (await centre.get(f"/v1/handoffs/{handoff['id']}"))["events"]
        theirs = [each for each in events if each["by"] == "agency:damkar Budi"]
        assert [each["step"] for each in theirs if each["kind"] == "step"] == [
            "acknowledged",
            "accepted",
            "en_route",
            "on_scene",
            "completed",
        ]
        assert [each["note"] for each in theirs if each["kind"] == "note"] == ["Butuh air"]
        await page.context.close()
    assert not wrong, "\n".join(wrong)


async def test_an_agency_declines(centre: Centre, browser: Chromium) -> None:
    """With a reason, for the centre must find somebody else; what it writes changes the page."""
    browser.pages.expect(" 404 ")
    ticket = await called(centre, CALLER, **FACTS)
    async with _agency(centre, "medis") as receiver:
        url = await _pass_on(centre, ticket, "medis", receiver)
        page = await browser.page(locale="id-ID", viewport=PHONE)
        await page.goto(url)
        await _press(page, "Tolak")
        await expect(page.get_by_label("Mengapa ditolak?")).to_be_focused()
        await _press(page, "Tolak")
        await expect(page.get_by_text("Tulis alasannya")).to_be_visible()
        wrong = await _looked_at(page, "agency-id-declines")
        await page.get_by_label("Mengapa ditolak?").fill("Ambulans rusak")
        await _press(page, "Tolak")
        handoff = await at_step(centre, ticket, "declined")
        assert handoff["reason"] == "Ambulans rusak"
        await expect(page.get_by_text("Ambulans rusak")).to_be_visible()
        await expect(page.get_by_role("button", name="Terima", exact=True)).to_have_count(0)

        parts = urlsplit(url)
        await page.goto(f"{centre.url}{parts.path[:-1]}")
        await expect(page.get_by_role("heading", name="Tautan tidak dikenal")).to_be_visible()
        wrong += await _looked_at(page, "agency-id-unknown")
        await page.context.close()
    assert not wrong, "\n".join(wrong)


async def test_the_centre_takes_it_back(centre: Centre, browser: Chromium) -> None:
    """The page that is open learns it by itself, and offers nothing more."""
    ticket = await called(centre, CALLER, **FACTS)
    async with _agency(centre, "damkar") as receiver:
        url = await _pass_on(centre, ticket, "damkar", receiver)
        page = await browser.page(locale="en-GB", viewport=PHONE)
        await page.goto(url)
        await expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
        handoff = await at_step(centre, ticket, "delivered")
        await centre.post(f"/v1/handoffs/{handoff['id']}/steps", step="cancelled", note="Salah")
        gone = page.get_by_text("There is nothing more to do here.")
        await expect(gone).to_be_visible(timeout=AGAIN_MS)
        await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
        await page.context.close()
