"""The phone in the browser: registration, calls and their sound, and what goes wrong."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from rig import asking
from rig.sipp import Call, Callers
from tests.browser import tone
from tests.browser.centre import Centre, picture
from tests.browser.chromium import Chromium
from tests.browser.console import console
from tests.browser.media import until_more
from tests.integration.ami import Watcher

NUMBER = "08125550001"


async def test_it_rings_with_the_ticket_and_is_answered(centre: Centre, browser: Chromium) -> None:
    """Whichever page is open, it rings with number and ticket, and F2 leads to the desk."""
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    await sari.page.get_by_role("link", name="Panggilan").click()
    async with Callers(centre.rig, [Call(number=NUMBER, name="Warga")]) as callers:
        ringing = await sari.until("ringing")
        [call] = ringing["calls"]
        [live] = (await centre.get("/v1/calls/live"))["items"]
        assert call["number"] == NUMBER
        assert call["ticket"] == live["ticket_number"]
        rings = sari.page.get_by_role("alert").filter(has_text="Berdering")
        await expect(rings).to_contain_text(NUMBER)
        await picture(sari.page, "calls-rings")
        await sari.page.keyboard.press("F2")
        await expect(sari.bar("Berdering")).to_contain_text(NUMBER)
        await expect(rings).to_be_hidden()
        await sari.answer()
        await sari.until("talking")
        await sari.do("hangUp")
        await sari.until("registered")
        await callers.finish(within=10)


async def test_two_browsers_hear_each_other(centre: Centre, browser: Chromium) -> None:
    """The tone that one's microphone hears comes out at the other, both ways."""
    budi = await console(browser, centre, "budi", "web-02")
    await budi.until("registered")
    await centre.post("/v1/seats/web-02/logout")
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    await budi.do("call", "112")
    await sari.until("ringing")
    await sari.do("answer")
    for each in (sari, budi):
        await each.until("talking")
        assert await each.heard() == pytest.approx(tone.HZ, abs=15)
        await each.level("caller", at_least=0.2)
        await each.level("microphone", at_least=0.2)
        await until_more(centre.rig, each.seat)
    async with Watcher(centre.rig) as asterisk:
        await sari.do("hold")
        await sari.until("held")
        await asking.until(lambda: asterisk.kinds["Hold"], within=5)
        await sari.do("unhold")
        await sari.until("talking")
        await asking.until(lambda: asterisk.kinds["Unhold"], within=5)
        await sari.do("dtmf", "1")
        await asking.until(lambda: asterisk.kinds["DTMFEnd"], within=5)
    await sari.do("mute")
    await sari.until("muted")
    await sari.do("unmute")
    await sari.until("talking")
    await budi.do("hangUp")
    await sari.until("registered")
    await budi.until("registered")
