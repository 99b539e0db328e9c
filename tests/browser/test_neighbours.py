"""An incident that another centre passes on: it is seen, answered and read on the ticket's page."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from rig import Rig
from sip112.handoff.documents import urns
from sip112.handoff.signing import sign
from sip112.routing.ids import Instant, TicketId
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.console import console
from tests.browser.hearing import COUNTING, sounds
from tests.handoff.receiver import Receiver, said

THEIRS: Final = "ktm.112.example"
NAME: Final = {"id": "112 Kotawaringin Timur", "en": "112 East Kotawaringin"}
TICKET, HANDOFF = TicketId(uuid4()), uuid4()
NOBODY: Final = "http://127.0.0.1:9/112"
UNTOUCHED: Final = """
Object.defineProperty(BaseAudioContext.prototype, 'state', { get: () => 'suspended' });
"""
"""Has a page be one that the browser lets not sound yet."""


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a service that may reach another centre's system on this machine."""
    async with opened(rig, tmp_path, SIP112_HANDOFF_PRIVATE_NETWORKS="127.0.0.0/8") as centre:
        yield centre


@asynccontextmanager
async def _neighbour(centre: Centre) -> AsyncIterator[tuple[Receiver, str]]:
    """Give another centre's system, and the secret of both."""
    etag = await _put(centre, NOBODY, {"If-None-Match": "*"})
    made = await centre.post("/v1/agencies/ktm/secret")
    async with Receiver(made["secret"]) as system:
        await _put(centre, system.url, {"If-Match": etag})
        yield system, made["secret"]


async def _put(centre: Centre, url: str, headers: dict[str, str]) -> str:
    form = {
        "code": "ktm",
        "kind": "centre",
        "name": NAME,
        "channels": [{"kind": "webhook", "address": url}],
    }
    answer = await centre.api.put("/v1/agencies/ktm", json=form, headers=headers)
    assert answer.is_success, answer.text
    return answer.headers["ETag"]


async def _passes_on(centre: Centre, secret: str) -> str:
    """Have the other centre pass its incident on; return the number of the ticket here."""
    at = datetime.fromtimestamp(time.time() - 40, UTC).isoformat()
    moment = {"at": at, "about": "call", "what": "answered", "who": "joko", "subject": "1"}
    told = {"id": "c1", **moment, "detail": {"seat": "seat-07"}}
    message = {
        "type": "handoff.requested",
        "timestamp": at,
        "data": {
            "handoff": str(HANDOFF),
            "ticket": "KTM-20261122-0007",
            "agency": "pky",
            "answer_url": None,
            "reason": "",
            "timeline": {"centre": THEIRS, "moments": [told]},
            "eido": {
                "$id": urns.incident(TICKET, THEIRS),
                "issuingElementIdentification": f"sip112.{THEIRS}",
                "updatedByAgencyReference": {"$ref": THEIRS},
                "incidentComponent": {
                    "incidentTypeInternalCode": "traffic",
                    "incidentTypeInternalText": "Kecelakaan",
                    "incidentPriorityInternalText": "high",
                },
                "locationComponent": [{"locationDescriptionText": "Jl. Contoh Km 30"}],
            },
        },
    }
    body = json.dumps(message).encode()
    signed = sign("msg-1", Instant(time.time()), body, secret)
    answer = await centre.api.post(
        "/v1/agency/ktm/messages",
        content=body,
        headers=signed | {"Content-Type": "application/json"},
    )
    assert answer.is_success, answer.text
    number: str = (await centre.get(f"/v1/tickets/{TICKET}"))["number"]
    return number


async def _hears(system: Receiver, *steps: str) -> None:
    """Wait until the other centre has heard just these steps, in their order."""

    def heard(now: Receiver) -> bool:
        told: list[Any] = [said(each).get("step") for each in now.taken.values()]
        return [each for each in told if each] == list(steps)

    await system.until(heard, within_s=10)


def _from(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True)


async def _is_told(page: Page) -> None:
    """Look at the timeline of both centres."""
    there = page.get_by_role("listitem").filter(has_text="seat-07")
    await expect(there).to_contain_text(f"at {NAME['en']}")
    for words in (NAME["en"], "Asks this centre to act"), (f"Answer to {NAME['en']}", "Accepted"):
        line = page.get_by_role("listitem").filter(has_text=words[0]).filter(has_text=words[1])
        await expect(line).to_have_count(1)
    assert not await sight.faults(page, "received-timeline-en-dark")


async def test_another_centre_is_answered(centre: Centre, browser: Chromium) -> None:
    """It is told and heard on every page until one opens it; then a yes, the steps, and the end."""
    async with _neighbour(centre) as (system, secret):
        sari = await console(browser, centre, "sari", "web-01")
        page = sari.page
        await page.context.add_init_script(COUNTING)
        await page.goto(f"{centre.url}/desk")
        await sounds(page, 0)
        dark = await page.context.new_page()
        await dark.emulate_media(color_scheme="dark")
        await dark.add_init_script(UNTOUCHED)
        await dark.goto(f"{centre.url}/calls")
        number = await _passes_on(centre, secret)
        arrived = page.get_by_role("alert").filter(has_text=f"Kejadian baru dari {NAME['id']}")
        await expect(arrived).to_contain_text("Jl. Contoh Km 30", timeout=5_000)  # told at once
        await sounds(page, 1)
        assert not await sight.faults(page, "received-arrived")
        await expect(dark.get_by_text("Peramban belum mengizinkan bunyi")).to_be_visible()
        assert not await sight.faults(dark, "received-arrived-untouched-dark")
        await sounds(dark, 1)  # as soon as the browser lets it
        await arrived.get_by_role("button", name="Hentikan bunyi").press("Enter")
        await expect(arrived.get_by_role("button")).to_have_count(0)
        for each in (page, dark):
            await sounds(each, 0)
        await page.goto(f"{centre.url}/calls")
        await arrived.get_by_role("link", name=f"Buka {number}").press("Enter")
        await expect(arrived).to_have_count(0)
        row = _from(page, f"Dari {NAME['id']}")
        await expect(row).to_contain_text("Menunggu jawaban")
        await _hears(system, "acknowledged")
        await expect(row.get_by_role("button", name="Menuju lokasi")).to_have_count(0)
        assert not await sight.faults(page, "received-asked")
        await row.get_by_role("button", name="Tolak").press("Enter")
        await page.get_by_role("dialog").get_by_role("textbox").press("Enter")
        await expect(page.get_by_role("dialog")).to_contain_text("Tulis alasannya.")
        assert not await sight.faults(page, "received-declining")
        await page.keyboard.press("Escape")
        await row.get_by_role("button", name="Terima").press("Enter")
        await row.get_by_role("button", name="Menuju lokasi").press("Enter")
        await _hears(system, "acknowledged", "accepted", "en_route")
        await expect(row).to_contain_text("Di lokasi")

        await dark.add_init_script("localStorage.setItem('sip112.language', 'en')")
        await dark.goto(f"{centre.url}/t/{number}")
        theirs = _from(dark, f"From {NAME['en']}")
        await expect(theirs).to_contain_text("En route")
        assert not await sight.faults(dark, "received-en-route-en-dark")
        await page.get_by_role("button", name="Tutup tiket").click()
        await expect(theirs).to_contain_text("Completed", timeout=5_000)  # told at once
        await _hears(system, "acknowledged", "accepted", "en_route", "completed")

        await dark.goto(f"{centre.url}/t/{number}/timeline")
        await _is_told(dark)
