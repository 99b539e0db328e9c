"""Whoever gave up is called back from the page, by one of those who want to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, Route, expect

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Seats
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.console import Console, console
from tests.browser.media import until_spoken_to
from tests.integration.outside import outside

NUMBERS: Final = ("08125550061", "08125550062")
CALLER: Final = "08125550063"


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a centre that may call outside, and whom two callers could not reach."""
    async with opened(rig, tmp_path) as centre, outside(rig):
        gone = [Call(number=number, hang_up_at=0.7) for number in NUMBERS]
        async with Callers(rig, gone) as callers:
            await callers.finish(within=10)
        yield centre


def row(seat: Console, number: str) -> Locator:
    """Return the line of a number in the list of those to be called back."""
    listed = seat.page.get_by_role("region", name="Telepon balik")
    return listed.get_by_role("row").filter(has_text=number)


async def _left(centre: Centre, count: int) -> bool:
    return len((await centre.get("/v1/callbacks"))["items"]) == count


async def test_one_click_calls_back(centre: Centre, browser: Chromium) -> None:
    """The own phone rings with the ticket; answered, the number is called, and they talk."""
    async with Seats(centre.rig, [centre.rig.outside_name], Answer(after=0.3)) as network:
        sari = await console(browser, centre, "sari", "web-01")
        await sari.until("registered")
        await expect(row(sari, NUMBERS[1])).to_be_visible()
        assert not await sight.faults(sari.page, "desk-callbacks")
        await row(sari, NUMBERS[0]).get_by_role("button", name="Telepon").click()
        await expect(sari.bar("Berdering")).to_contain_text(NUMBERS[0])
        await expect(sari.page.get_by_role("heading", name="Tiket PKY-")).to_be_visible()
        assert not network.invites
        await sari.answer()
        await expect(sari.bar("Bicara")).to_contain_text(f"Telepon balik ke {NUMBERS[0]}")
        await network.until(lambda: network.answered == 1, within=10)
        await asking.until(lambda: _left(centre, 1), within=5)
        await until_spoken_to(centre.rig, centre.rig.outside_name)
        assert not await sight.faults(sari.page, "desk-calls-back")
        await sari.page.keyboard.press("F9")
        await network.until(lambda: network.invites[0].ended_at > 0, within=5)
        await sari.until("registered")
        await sari.page.get_by_role("button", name="Tutup tampilan").click()

        await row(sari, NUMBERS[1]).get_by_role("button", name="Selesai").click()
        came = sari.page.get_by_role("dialog", name=f"Hasil menghubungi {NUMBERS[1]}")
        await came.get_by_text("Salah nomor").click()
        await came.get_by_role("button", name="Selesai").click()
        await asking.until(lambda: _left(centre, 0), within=5)
        await expect(sari.page.get_by_role("region", name="Telepon balik")).to_be_hidden()


async def test_two_want_the_same_one(centre: Centre, browser: Chromium) -> None:
    """One phone rings, and the other is told; once it rang in vain, the other one may."""
    browser.pages.expect(" 409 .*/take$")
    sari = await console(browser, centre, "sari", "web-01")
    budi = await console(browser, centre, "budi", "web-02")
    for each in (sari, budi):
        await each.until("registered")
        await expect(row(each, NUMBERS[0])).to_be_visible()
    taken = asyncio.Event()

    async def later(route: Route) -> None:
        await taken.wait()
        await route.continue_()

    # budi clicks first, and what he asks for is on its way while sari gets it
    await budi.page.route("**/v1/callbacks/*/take", later)
    for each in (budi, sari):
        await row(each, NUMBERS[0]).get_by_role("button", name="Telepon").click()
    await expect(sari.bar("Berdering")).to_be_visible()
    await expect(sari.page.get_by_role("heading", name="Tiket PKY-")).to_be_visible()
    taken.set()
    await expect(budi.page.get_by_text("Meja lain sedang menelepon nomor itu.")).to_be_visible()
    await expect(row(budi, NUMBERS[0])).to_contain_text("oleh web-01")
    assert not (await budi.now())["calls"]

    await sari.page.get_by_role("button", name="Tolak").click()
    await row(budi, NUMBERS[0]).get_by_role("button", name="Telepon").click()
    await expect(budi.bar("Berdering")).to_be_visible()
    await sari.page.get_by_role("button", name="Tutup tampilan").click()
    await expect(row(sari, NUMBERS[0])).to_contain_text("oleh web-02")
    await expect(row(sari, NUMBERS[0])).to_contain_text("dicoba 2")


async def test_a_caller_comes_before_whoever_is_called_back(
    centre: Centre, browser: Chromium
) -> None:
    """Given back from another page it rings no more; and it gives way to somebody who calls."""
    rina = await console(browser, centre, "rina", "web-01")
    await rina.until("registered")
    await rina.page.get_by_role("link", name="Supervisor").click()
    await row(rina, NUMBERS[0]).get_by_role("button", name="Telepon").click()
    await expect(rina.page.get_by_role("alert").filter(has_text="Berdering")).to_be_visible()
    await rina.until("ringing")
    await row(rina, NUMBERS[0]).get_by_role("button", name="Lepas").click()
    await rina.until("registered")
    await expect(rina.page.get_by_text(f"{NUMBERS[0]} dilepas.")).to_be_visible()

    await row(rina, NUMBERS[0]).get_by_role("button", name="Telepon").click()
    await rina.until("ringing")
    await rina.page.keyboard.press("F2")
    await expect(rina.bar("Berdering")).to_contain_text(NUMBERS[0])
    async with Callers(centre.rig, [Call(number=CALLER)]) as callers:
        waits = f"Ada pelapor menunggu: {NUMBERS[0]} ditelepon balik nanti."
        await expect(rina.page.get_by_text(waits)).to_be_visible()
        await expect(rina.bar("Berdering")).to_contain_text(CALLER)
        assert not await sight.faults(rina.page, "desk-caller-first")
        await rina.answer()
        await expect(rina.bar("Bicara")).to_contain_text(CALLER)
        await rina.page.keyboard.press("F9")
        await callers.finish(within=10)
    assert await _left(centre, len(NUMBERS))
