"""An agency is called into a live call from its handoff: spoken to first, three, or at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, expect

from rig import Rig, asking
from rig.sipp import Answer, Seats
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.console import CALLER_HZ, Console
from tests.browser.media import until_spoken_to
from tests.browser.test_handoff import DAMKAR
from tests.browser.test_steering import button, talking
from tests.browser.test_timeline import handed_off

NUMBER: Final = "113"


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a centre with time for paperwork."""
    async with opened(rig, tmp_path, SIP112_WRAP_UP_S="4") as centre:
        yield centre


def _row(seat: Console) -> Locator:
    panel = seat.page.get_by_role("region", name="Penerusan")
    return panel.get_by_role("group", name=DAMKAR, exact=True)


async def _asked(centre: Centre, seat: Console) -> Locator:
    """Hand the ticket of the call to the fire brigade, and ask how it is to be called."""
    call = await centre.talking("web-01")
    await handed_off(centre, call["ticket_number"], "damkar")
    await _row(seat).get_by_role("button", name=f"Telepon: {DAMKAR}").press("Enter")
    dialog = seat.page.get_by_role("dialog", name=f"Telepon: {DAMKAR}")
    await expect(dialog.get_by_label("Nomor")).to_have_value(NUMBER)
    return dialog


async def _hang_up_outside(centre: Centre) -> None:
    for channel in await asking.channels(centre.rig):
        if "trunk" in channel:
            await asking.asterisk(centre.rig, f"channel request hangup {channel}")


async def test_spoken_to_first_then_handed_over(
    centre: Centre, browser: Chromium, tmp_path: Path
) -> None:
    """By the keyboard: it rings, it answers and so has acknowledged, and the caller goes on."""
    outside = centre.rig.outside_name
    async with (
        talking(centre, browser, tmp_path) as (sari, _),
        Seats(centre.rig, [outside], Answer(after=2.0)) as brigade,
    ):
        dialog = await _asked(centre, sari)
        await expect(dialog.get_by_role("button", name="Bicara dulu")).to_be_focused()
        assert not await sight.faults(sari.page, "handoff-phone")
        await sari.page.keyboard.press("Enter")
        await expect(dialog).to_be_hidden()
        await expect(_row(sari)).to_contain_text("Berdering")
        await expect(sari.bar("Ditahan")).to_contain_text(f"Memanggil {NUMBER} {DAMKAR}")
        assert not await sight.faults(sari.page, "handoff-phone-rings")
        await expect(_row(sari)).to_contain_text("Dibaca", timeout=10_000)
        await expect(_row(sari)).to_contain_text("Tersambung")
        await expect(sari.bar("Ditahan")).to_contain_text(f"Anda bicara dengan {NUMBER} {DAMKAR}")
        assert not await sight.faults(sari.page, "handoff-phone-speaks")
        await button(sari, "Serahkan panggilan").press("Enter")
        await expect(sari.bar("Penyelesaian")).to_be_visible()
        await until_spoken_to(centre.rig, outside)
        assert not brigade.invites[0].ended_at
        await _hang_up_outside(centre)


@pytest.mark.parametrize("how", ["Bertiga", "Alihkan langsung"])
async def test_three_together_or_at_once(
    centre: Centre, browser: Chromium, tmp_path: Path, how: str
) -> None:
    """The agency has acknowledged as soon as somebody there answers, and the caller stays."""
    outside = centre.rig.outside_name
    async with (
        talking(centre, browser, tmp_path) as (sari, _),
        Seats(centre.rig, [outside], Answer(after=0.5)) as brigade,
    ):
        dialog = await _asked(centre, sari)
        await dialog.get_by_role("button", name=how).press("Enter")
        await expect(dialog).to_be_hidden()
        await expect(_row(sari)).to_contain_text("Dibaca", timeout=10_000)
        await until_spoken_to(centre.rig, outside)
        if how == "Bertiga":
            await expect(sari.bar("Bicara")).to_contain_text(f"Bersama {NUMBER} {DAMKAR}")
            await sari.hears(CALLER_HZ)
            await expect(_row(sari)).to_contain_text("Tersambung")
        else:
            await expect(sari.bar("Penyelesaian")).to_be_visible()
        assert not brigade.invites[0].ended_at
        await _hang_up_outside(centre)


async def test_not_into_the_call_of_another_ticket(
    centre: Centre, browser: Chromium, tmp_path: Path
) -> None:
    """Nobody is called into a call that is about something else: only the number is shown."""
    async with talking(centre, browser, tmp_path) as (sari, caller):
        first = (await centre.talking("web-01"))["ticket_number"]
        await handed_off(centre, first, "damkar")
        await expect(_row(sari).get_by_role("button", name="Telepon")).to_be_visible()
        await sari.page.keyboard.press("F9")
        await caller.finish(within=10)
        await expect(_row(sari).get_by_role("button", name="Telepon")).to_have_count(0)
        await expect(_row(sari)).to_contain_text(f"telepon · {NUMBER}")
