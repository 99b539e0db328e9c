"""A caller whose call is no emergency is referred to services while they are on the line."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, expect

from rig import Rig, asking
from rig.sipp import Call, Callers
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.console import Console, console, sign_in
from tests.handoff.receiver import Manner, Receiver, said

CALL: Final = Call(number="08125550031")
PLN: Final = "PLN (listrik)"
BPJS: Final = "BPJS Kesehatan"
WAIT: Final = 20_000
"""Milliseconds until an SMS has been tried again, and a page has read what it looks for itself."""


def _panel(seat: Console) -> Locator:
    return seat.page.get_by_role("region", name="Penerusan")


def _service(seat: Console, name: str) -> Locator:
    """Return what is shown of the referral to a service."""
    return _panel(seat).get_by_role("group", name=name, exact=True)


async def _disposition(centre: Centre, ticket: str) -> None:
    """Wait until a ticket says that its caller was referred."""
    found: dict[str, Any] = {}

    async def referred() -> bool:
        found.update(await centre.get(f"/v1/tickets/{ticket}"))
        return bool(found["disposition"] == "referred")

    await asking.until(referred, within=5, seen=lambda: found)


@pytest.fixture
async def gateway() -> AsyncIterator[Receiver]:
    """Give a gateway for SMS that fails once."""
    async with Receiver() as gateway:
        gateway.manner = lambda _: Manner.WELL if gateway.requests else Manner.ERROR
        yield gateway


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path, gateway: Receiver) -> AsyncIterator[Centre]:
    """Give a service that sends SMS by the gateway."""
    sms = gateway.url.replace("http://", "json://") + "?:to={to}"
    async with opened(rig, tmp_path, SIP112_NOTIFIERS=json.dumps({"sms": sms})) as centre:
        yield centre


async def test_a_caller_is_referred_by_voice_and_by_sms(
    gateway: Receiver, centre: Centre, browser: Chromium
) -> None:
    """As the plan says by one press, to any other service by a search; the call talks on.

    Whoever looks on sees it at once, in either language; it is counted, and is in the history.
    """
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    watching = await browser.page(locale="en-GB")
    await sign_in(watching, centre.url, "rina", centre.password)
    await watching.evaluate("localStorage.setItem('sip112.language', 'en')")
    await watching.emulate_media(color_scheme="dark")
    await watching.goto(f"{centre.url}/supervisor")
    await expect(watching.get_by_text("Abandoned")).to_be_visible()
    await expect(watching.get_by_text("1 referred")).to_have_count(0)
    async with Callers(centre.rig, [CALL]) as callers:
        ticket = (await sari.until("ringing"))["calls"][0]["ticket"]
        await sari.answer()
        await sari.bar("Bicara").wait_for()
        await _by_the_plan(sari)
        await _disposition(centre, ticket)
        await _by_search(sari)
        assert said(gateway.requests[-1])["to"] == CALL.number
        assert f"{BPJS}: telepon 165" in str(said(gateway.requests[-1])["message"])
        assert (await sari.now())["state"] in {"talking", "muted"}
        await sari.do("hangUp")
        await callers.finish(within=10)
    await _is_seen(watching, centre.url, ticket)


async def _by_the_plan(seat: Console) -> None:
    """Say what is the matter, and tell the caller of the one service that the plan names."""
    await seat.page.keyboard.press("Alt+J")
    await seat.page.keyboard.type("Listrik padam")
    await seat.page.keyboard.press("Enter")
    offers = _panel(seat).get_by_role("group", name="Rujuk", exact=True)
    await expect(offers).to_contain_text("telepon 123")
    await expect(_panel(seat)).to_contain_text("cukup dirujuk")
    assert not await sight.faults(seat.page, "referral-offered")
    await offers.get_by_role("button", name=f"Rujuk lisan: {PLN}").press("Enter")
    await expect(_service(seat, PLN)).to_contain_text("lisan, oleh sari")
    await expect(offers).to_have_count(0)


async def _by_search(seat: Console) -> None:
    """Find a service by its name, and have an SMS sent, which leaves at the second attempt."""
    await _panel(seat).get_by_role("button", name="Rujuk", exact=True).press("Enter")
    dialog = seat.page.get_by_role("dialog")
    await expect(dialog.get_by_role("combobox")).to_be_focused()
    await seat.page.keyboard.type("bpjs")
    await expect(dialog.get_by_role("option").first).to_contain_text("165")
    assert not await sight.faults(seat.page, "referral-searching")
    await seat.page.keyboard.press("Enter")
    await expect(dialog.get_by_role("status")).to_contain_text("telepon 165")
    assert not await sight.faults(seat.page, "referral-chosen")
    await dialog.get_by_role("button", name=f"Rujuk lewat SMS: {BPJS}").press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(_service(seat, BPJS)).to_contain_text("lewat SMS, oleh sari")
    await expect(_service(seat, BPJS)).to_contain_text("Dirujuk", timeout=WAIT)
    await _service(seat, PLN).get_by_role("button", name=PLN, exact=True).press("Enter")
    await expect(_service(seat, PLN).get_by_role("listitem")).to_contain_text("lisan")
    assert not await sight.faults(seat.page, "referral-told")


async def _is_seen(page: Page, url: str, ticket: str) -> None:
    """Look at the figures, the ticket's history and its handoffs as somebody else has them."""
    await expect(page.get_by_text("1 referred")).to_be_visible(timeout=WAIT)
    assert not await sight.faults(page, "referral-counted-en-dark")
    await page.goto(f"{url}/t/{ticket}/timeline")
    await expect(page.get_by_text("Caller referred")).to_have_count(2)
    assert not await sight.faults(page, "referral-timeline-en-dark")
    await page.goto(f"{url}/t/{ticket}")
    panel = page.get_by_role("region", name="Handoff")
    await expect(panel.get_by_role("group", name="PLN (electricity)")).to_contain_text("Referred")
    await panel.get_by_role("button", name="Refer", exact=True).click()
    assert not await sight.faults(page, "referral-searching-en-dark")
