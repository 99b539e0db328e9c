"""A call in progress, steered by keys and clicks: hold, hand over, three together, wrap-up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, expect

from rig import Rig, asking
from rig.sipp import Answer, Seats
from tests.browser import sight, tone
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.console import CALLER_HZ, Console, console
from tests.browser.media import until_spoken_to
from tests.integration.play import Played, playing, speech

WRAP_UP_S: Final = 4


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a centre with time for paperwork."""
    async with opened(rig, tmp_path, SIP112_WRAP_UP_S=f"{WRAP_UP_S}") as centre:
        yield centre


@asynccontextmanager
async def talking(
    centre: Centre, browser: Chromium, tmp_path: Path
) -> AsyncIterator[tuple[Console, Played]]:
    """Let somebody who is heard talk with sari, who has answered by the key."""
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    async with playing(centre.rig, speech(tmp_path, CALLER_HZ)) as caller:
        await sari.answer()
        await expect(sari.bar("Bicara")).to_be_visible()
        await sari.hears(CALLER_HZ)
        yield sari, caller


def button(seat: Console, name: str) -> Locator:
    """Return a button of somebody's page."""
    return seat.page.get_by_role("button", name=name)


async def hand_on(seat: Console, to: str, how: str) -> None:
    """Hand the call on by the keyboard: the key, the name, and from button to button."""
    await seat.page.keyboard.press("F8")
    dialog = seat.page.get_by_role("dialog", name="Alihkan panggilan")
    await expect(dialog.get_by_role("combobox")).to_be_focused()
    await seat.page.keyboard.type(to)
    if to.isdigit():
        await seat.page.keyboard.press("Tab")
    else:
        await seat.page.keyboard.press("Enter")
    chosen = dialog.get_by_role("button", name=how)
    await expect(chosen).to_be_enabled()
    for _ in range(12):
        if await chosen.evaluate("it => it === document.activeElement"):
            break
        await seat.page.keyboard.press("Tab")
    await seat.page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()


async def test_hold_then_speak_first_then_three_together_then_hand_over(
    centre: Centre, browser: Chromium, tmp_path: Path
) -> None:
    """With the keyboard alone; who hears whom is heard."""
    async with talking(centre, browser, tmp_path) as (sari, caller):
        await sari.page.keyboard.press("F4")
        await expect(sari.bar("Ditahan")).to_be_visible()
        await sari.hears()
        await sari.page.keyboard.press("F4")
        await expect(sari.bar("Bicara")).to_be_visible()
        await sari.hears(CALLER_HZ)

        budi = await console(browser, centre, "budi", "web-02")
        await budi.until("registered")
        await expect(budi.page.get_by_role("region", name="Meja saya")).to_contain_text("Siap")
        await hand_on(sari, "web-02", "Bicara dulu")
        await expect(sari.bar("Ditahan")).to_contain_text("Memanggil web-02")
        rings = budi.bar("Berdering")
        await expect(rings).to_contain_text("web-01 mengajak Anda bicara")
        ticket = sari.page.get_by_role("heading", name="Tiket PKY-")
        await expect(budi.page.get_by_role("heading", name="Tiket PKY-")).to_have_text(
            await ticket.inner_text()
        )
        assert not await sight.faults(budi.page, "desk-asked")
        await budi.answer()
        for each, other in ((sari, "web-02"), (budi, "web-01")):
            await expect(each.bar("Ditahan")).to_contain_text(f"Anda bicara dengan {other}")
            await each.hears(tone.HZ)
            await each.page.keyboard.press("F9")  # ends nothing: the caller listens to music

        assert not await sight.faults(sari.page, "desk-asks")
        assert not await sight.faults(budi.page, "desk-consulted")
        await button(sari, "Gabungkan").press("Enter")
        for each, other in ((sari, "web-02"), (budi, "web-01")):
            await expect(each.bar("Bicara")).to_contain_text(f"Bersama {other}")
            await each.hears(CALLER_HZ, tone.HZ)

        assert not await sight.faults(sari.page, "desk-together")
        await button(sari, "Tinggalkan percakapan").press("Enter")
        await budi.hears(CALLER_HZ)
        await sari.until("registered")
        wrap_up = sari.bar("Penyelesaian")
        await expect(wrap_up).to_contain_text("sisa 0:0")
        assert not await sight.faults(sari.page, "desk-wrap-up")
        await sari.page.keyboard.press("F2")
        await expect(sari.page.get_by_role("region", name="Meja saya")).to_contain_text("Siap")
        await budi.page.keyboard.press("F9")
        await caller.finish(within=10)
        await expect(budi.bar("Penyelesaian")).to_be_visible()


async def test_handed_to_a_seat_at_once(centre: Centre, browser: Chromium, tmp_path: Path) -> None:
    """With the mouse: the first is free when its countdown ends, and it rings at the other."""
    async with talking(centre, browser, tmp_path) as (sari, caller):
        budi = await console(browser, centre, "budi", "web-02")
        await budi.until("registered")
        await button(sari, "Alihkan").click()
        dialog = sari.page.get_by_role("dialog", name="Alihkan panggilan")
        await dialog.get_by_role("button", name="web-02").click()
        await dialog.get_by_role("button", name="Alihkan langsung").click()
        await expect(sari.page.get_by_text("Panggilan dialihkan ke web-02.")).to_be_visible()
        own = sari.page.get_by_role("region", name="Meja saya")
        await expect(own).to_contain_text("Penyelesaian")
        await expect(sari.bar("Penyelesaian")).to_contain_text("sisa 0:0")
        await expect(own).to_contain_text("Siap")
        await button(budi, "Jawab").click()
        await budi.hears(CALLER_HZ)
        await button(budi, "Akhiri").click()
        await caller.finish(within=10)


async def test_spoken_first_with_a_number_outside(
    centre: Centre, browser: Chromium, tmp_path: Path
) -> None:
    """Taken back once, handed over the second time: the caller goes on with the fire brigade."""
    outside = centre.rig.outside_name
    async with (
        talking(centre, browser, tmp_path) as (sari, _),
        Seats(centre.rig, [outside], Answer(after=0.2)) as brigade,
    ):
        await hand_on(sari, "113", "Bicara dulu")
        await expect(sari.bar("Ditahan")).to_contain_text("Anda bicara dengan 113")
        await button(sari, "Batalkan").click()
        await expect(sari.bar("Bicara")).to_be_visible()
        await sari.hears(CALLER_HZ)
        await brigade.until(lambda: brigade.invites[0].ended_at > 0, within=5)
        await hand_on(sari, "113", "Bicara dulu")
        await expect(sari.bar("Ditahan")).to_contain_text("Anda bicara dengan 113")
        await button(sari, "Serahkan panggilan").click()
        await expect(sari.bar("Penyelesaian")).to_be_visible()
        await until_spoken_to(centre.rig, outside)
        assert not brigade.invites[1].ended_at


@pytest.mark.long
@pytest.mark.parametrize("how", ["Bicara dulu", "Bertiga", "Alihkan langsung"])
async def test_the_other_seat_rejects(
    centre: Centre, browser: Chromium, tmp_path: Path, how: str
) -> None:
    """The caller is with the first seat again, or rings at whichever is free."""
    async with talking(centre, browser, tmp_path) as (sari, _):
        budi = await console(browser, centre, "budi", "web-02")
        await budi.until("registered")
        await hand_on(sari, "web-02", how)
        await button(budi, "Tolak").click()
        await budi.until("registered")
        has_it, has_not = sari, budi
        if how == "Alihkan langsung":
            await asking.until(lambda: _one_rings(sari, budi), within=10, every=0.05)
            if (await budi.now())["state"] == "ringing":
                has_it, has_not = budi, sari
            await has_it.answer()
        await has_it.hears(CALLER_HZ)
        await expect(has_it.bar("Bicara")).to_be_visible()
        await expect(has_not.bar("Bicara")).to_be_hidden()


async def _one_rings(*seats: Console) -> bool:
    return "ringing" in [(await each.now())["state"] for each in seats]
