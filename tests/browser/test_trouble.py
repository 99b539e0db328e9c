"""What goes wrong with a phone in the browser: it is said, and no call is lost by it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Seats
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Microphone, chromium
from tests.browser.console import console
from tests.browser.media import Cable, until_more

NUMBER = "08125550002"


async def test_without_a_microphone(centre: Centre, tmp_path: Path) -> None:
    """Refused or missing, the phone does not register, it is said, and another seat is called."""
    async with (
        chromium(tmp_path, Microphone.REFUSED) as refusing,
        chromium(tmp_path, Microphone.MISSING) as lacking,
        Seats(centre.rig, ("seat-01",), Answer(after=0)) as seats,
    ):
        sari = await console(refusing, centre, "sari", "web-01")
        budi = await console(lacking, centre, "budi", "web-02")
        for each, problem in ((sari, "microphone-refused"), (budi, "no-device")):
            await each.until_problems(problem)
            own = each.page.get_by_role("region", name="Meja saya")
            await expect(own).to_contain_text("Telepon tidak terdaftar")
        await centre.node.log_in(["seat-01"])
        async with Callers(centre.rig, [Call(number=NUMBER)]):
            await seats.until(lambda: seats.answered == 1, within=10)
            assert not (await sari.now())["calls"]
            assert not (await budi.now())["calls"]
            await asking.hang_up(centre.rig, "seat-01")


@pytest.mark.parametrize("seconds", [0, pytest.param(10, marks=pytest.mark.long)])
async def test_the_socket_is_cut(rig: Rig, tmp_path: Path, seconds: float) -> None:
    """Idle, it is said and registers again by itself; in a call, both talk on, and can hang up."""
    async with (
        Cable(rig).laid() as cable,
        opened(rig, tmp_path, SIP112_PHONE_WS_URL=cable.url) as centre,
        chromium(tmp_path) as browser,
    ):
        browser.pages.expect("WebSocket connection to .* failed")
        sari = await console(browser, centre, "sari", "web-01")
        await sari.until("registered")
        cable.cut()
        await sari.until_problems("socket-cut")
        await asyncio.sleep(seconds)
        cable.join()
        await sari.until_problems(within=15)
        await sari.until("registered", within=15)
        async with Callers(rig, [Call(number=NUMBER)]) as callers:
            await sari.until("ringing")
            await sari.do("answer")
            await sari.until("talking")
            cable.cut()
            await sari.until_problems("socket-cut")
            await until_more(rig, "web-01", sent=False)
            await asyncio.sleep(seconds)
            assert (await sari.now())["state"] == "talking"
            cable.join()
            await sari.until_problems(within=15)
            await until_more(rig, "web-01", sent=False)
            await sari.do("hangUp")
            await callers.finish(within=10)
            await sari.until("registered")
