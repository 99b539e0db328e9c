"""All that a desk can be told at once, with the longest names: it is to be read and done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from playwright.async_api import Page, Route, expect

from rig import Rig
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.incidents import at_step, called
from tests.browser.test_agency_page import PHONE, _agency, _looked_at, _pass_on
from tests.browser.test_neighbours import _neighbour, _passes_on
from tests.browser.test_steering import talking
from tests.browser.test_timeline import WALL, handed_off, written

LONG: Final = "Dinas Pemadam Kebakaran, Penyelamatan, dan Penanggulangan Bencana Kota Contoh II"
"""As long as an agency's name may be."""
ADDRESS: Final = "Jl. Contoh Raya Km 12, RT 03 RW 07, gang sebelah masjid, di belakang pasar lama"
WORDS: Final = "Semua unit keluar, yang terdekat baru kembali dalam setengah jam. " * 6
_APART: Final = """
() => [...document.querySelectorAll('.around > section, .form > section, .left > *')]
  .flatMap((it) => [...it.querySelectorAll('*')]
    .filter((inner) => inner.offsetParent && !inner.closest('.unseen, svg'))
    .filter((inner) => {
      for (let box = inner; box !== it; box = box.parentElement)
        if (getComputedStyle(box).overflowY !== 'visible') return false;
      return inner.getBoundingClientRect().bottom > it.getBoundingClientRect().bottom + 1;
    })
    .map((inner) => `${it.querySelector('h2')?.textContent}: ${inner.className} ${inner.tagName}`))
"""
"""What of a panel lies over that which is below it."""


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a service that may reach agencies' systems on this machine."""
    async with opened(
        rig, tmp_path, SIP112_HANDOFF_PRIVATE_NETWORKS="127.0.0.0/8", SIP112_WRAP_UP_S="4"
    ) as centre:
        yield centre


async def _named(centre: Centre, agency: str, name: str) -> None:
    """Give an agency a name in both languages."""
    found = await centre.api.get(f"/v1/agencies/{agency}")
    said = {**found.json(), "name": {"id": name, "en": name}}
    del said["version"]
    match = {"If-Match": found.headers["etag"]}
    answer = await centre.api.put(f"/v1/agencies/{agency}", json=said, headers=match)
    assert answer.is_success, answer.text


def _brief(n: int) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "number": f"PKY-20261122-{n:04}",
        "opened_at": "2026-11-22T03:04:05Z",
        "status": "closed" if n % 3 else "open",
        "incident_type": "fire",
        "address": ADDRESS,
        "latitude": None,
        "longitude": None,
        "severity": "high",
        "disposition": None,
        "assignee": None,
        "duplicate_of": None,
    }


def _link(n: int, kind: str) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "kind": kind,
        "at": "2026-11-22T03:04:05Z",
        "by": "sari",
        "reason": "",
        "ticket": _brief(n),
        "callers": [{"number": f"0812555{n:04}", "name": "Warga dengan nama yang panjang sekali"}],
    }


async def _many(page: Page) -> None:
    """Have each ticket have forty duplicates, and ten that may be some."""
    links = {
        "duplicate_of": None,
        "duplicates": [_link(n, "duplicate") for n in range(100, 140)],
        "related": [_link(140, "related")],
    }
    similar = [
        {
            "ticket": _brief(n),
            "through": None,
            "seconds": 60 * n,
            "metres": 12345,
            "same_type": True,
            "same_number": True,
        }
        for n in range(10)
    ]

    async def linked(route: Route) -> None:
        await route.fulfill(json=links)

    async def alike(route: Route) -> None:
        await route.fulfill(json={"items": similar})

    await page.route("**/v1/tickets/*/links", linked)
    await page.route("**/v1/tickets/*/similar", alike)


async def _seen(page: Page, name: str) -> list[str]:
    """Look at a desk on the smallest screen and on a large one."""
    wrong: list[str] = []
    small = page.viewport_size
    assert small is not None
    for size, words in ((small, name), (WALL, f"{name}-wide")):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        wrong += await sight.faults(page, words)
        wrong += [f"{words}: lies over others: {it}" for it in await page.evaluate(_APART)]
    await page.set_viewport_size(small)
    return wrong


async def _passes_a_line_on(page: Page, other: str) -> None:
    """Go to the ticket that came back, and write to who has it still."""
    returned = page.get_by_role("alert").filter(has_text="menolak: Semua unit")
    await returned.get_by_role("button", name=f"Buka {other}").press("Enter")
    await page.get_by_role("heading", name=f"Tiket {other}").wait_for()
    row = page.get_by_role("group", name=LONG, exact=True)
    await row.get_by_role("button", name="Relai teks").press("Enter")
    await expect(page.get_by_label(f"Tulis ke {LONG}")).to_be_focused()
    await page.keyboard.type("Dua anak masih di lantai dua")
    await page.keyboard.press("Enter")


async def _is_told(centre: Centre, page: Page, secret: str, ticket: str, phone: Page) -> str:
    """Have all come that can while the ticket is open; return the handoff that goes on."""
    await written(centre, ticket, incident_type="fire", severity="high", address=ADDRESS)
    await phone.get_by_label("Pesan untuk 112").fill(WORDS)
    await phone.keyboard.press("Enter")
    await _passes_on(centre, secret)
    made = await handed_off(centre, ticket, "medis", "sar")
    await centre.post(f"/v1/handoffs/{made['sar']}/steps", step="declined", note=WORDS)
    for words in (f"{LONG} menulis", "Kejadian baru dari", f"{ticket} ·"):
        line = page.get_by_role("alert").filter(has_text=words)
        await expect(line).to_be_visible(timeout=15_000)
    return made["medis"]


async def _keeps_the_keyboard(centre: Centre, page: Page, handoff: str) -> None:
    """Have an agency say something while the thread with it is open, and somebody types."""
    await page.keyboard.press("Alt+n")
    narrative = page.get_by_label("Kronologi")
    await expect(narrative).to_be_focused()
    await centre.post(f"/v1/handoffs/{handoff}/steps", step="acknowledged")
    await expect(page.get_by_role("region", name="Penerusan")).to_contain_text("Dibaca")
    await expect(narrative).to_be_focused()


async def _in_english_and_the_dark(page: Page, phone: Page) -> list[str]:
    await page.get_by_role("button", name="EN: English").click()
    await page.keyboard.press("Alt+l")
    wrong = await _seen(page, "crowded-relay-en-dark")
    await page.keyboard.press("Alt+r")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("log")).to_have_count(0)
    await expect(page.get_by_text("May be the same")).to_be_visible()
    await page.keyboard.press("Alt+g")
    await expect(page.get_by_role("button", name="Duplicate: PKY-20261122-0000")).to_be_focused()
    wrong += await _seen(page, "crowded-links-en-dark")
    await phone.emulate_media(color_scheme="dark")
    await phone.get_by_role("button", name="English").click()
    return wrong + await _looked_at(phone, "crowded-phone-en-dark")


async def test_all_of_it_at_once(centre: Centre, browser: Chromium, tmp_path: Path) -> None:
    """In a call, in both languages, light and dark; nothing takes the keyboard from who types."""
    await _named(centre, "damkar", LONG)
    other = await called(centre, "08125550002", incident_type="fire", address=ADDRESS)
    async with (
        _neighbour(centre) as (_, secret),
        _agency(centre, "damkar") as receiver,
        talking(centre, browser, tmp_path) as (sari, _caller),
    ):
        page = sari.page
        await _many(page)
        ticket = (await centre.talking("web-01"))["ticket_number"]
        url = await _pass_on(centre, other, "damkar", receiver)
        await at_step(centre, other, "delivered")
        made = await handed_off(centre, other, "polisi")
        await centre.post(f"/v1/handoffs/{made['polisi']}/steps", step="declined", note=WORDS)
        await _passes_a_line_on(page, other)
        wrong = await _seen(page, "crowded-other")

        phone = await browser.page(locale="id-ID", viewport=PHONE)
        await phone.goto(url)
        await phone.get_by_label("Nama Anda").fill(LONG[:60])
        await expect(phone.get_by_text("Dua anak masih di lantai dua")).to_be_visible()
        wrong += await _looked_at(phone, "crowded-phone")

        await page.get_by_role("button", name="Kembali ke panggilan").press("Enter")
        await page.get_by_role("heading", name=f"Tiket {ticket}").wait_for()
        medis = await _is_told(centre, page, secret, ticket, phone)
        wrong += await _seen(page, "crowded-links")

        await page.keyboard.press("Alt+r")
        text = page.get_by_role("log")
        await expect(text).to_be_visible()
        await page.keyboard.type("Api sampai atap")
        await page.keyboard.press("Enter")
        await expect(text).to_contain_text("Api sampai atap")
        wrong += await _seen(page, "crowded-relay")
        await _keeps_the_keyboard(centre, page, medis)
        wrong += await _in_english_and_the_dark(page, phone)
        await phone.context.close()
    assert not wrong, "\n".join(wrong)
