"""The ticket as it is written on the desk: nothing is lost, and nobody's words are overwritten."""

from __future__ import annotations

import re
from typing import Any, Final

from playwright.async_api import Locator, expect

from rig import asking
from rig.sipp import Call, Callers
from tests.browser import sight
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.console import Console, console

CALL: Final = Call(number="08125550004")
AWAY: Final = "Failed to load resource|ERR_(CONNECTION|EMPTY|INCOMPLETE|INTERNET)"
"""What a page's console says while the service is away."""
AROUND: Final = re.compile(r"/v1/tickets/[^/]+/(context|links|similar)")
"""Where a page reads of what there is around a ticket."""
WAIT: Final = 20_000
"""Milliseconds until a console has certainly tried again."""


def _field(seat: Console, name: str) -> Locator:
    return seat.page.get_by_role("textbox", name=name)


async def _write(seat: Console, name: str, text: str) -> None:
    """Write into a field, and go on to the next."""
    await _field(seat, name).fill(text)
    await _field(seat, name).blur()


async def _saved(seat: Console) -> None:
    await expect(seat.page.get_by_role("status").get_by_text("Tersimpan")).to_be_visible(
        timeout=WAIT
    )


async def _called(centre: Centre, seat: Console) -> str:
    """Have somebody call `seat`, talk and hang up; return the number of the ticket."""
    await seat.until("registered")
    async with Callers(centre.rig, [CALL]) as callers:
        now = await seat.until("ringing")
        await seat.do("answer")
        await seat.page.get_by_role("region", name="Bicara").wait_for()
        await seat.do("hangUp")
        await callers.finish(within=10)
    ticket: str = now["calls"][0]["ticket"]
    return ticket


async def test_the_service_is_killed_while_somebody_writes(
    centre: Centre, browser: Chromium
) -> None:
    """Both are started again, the browser too, and all is there; too much stays here."""
    browser.pages.expect(AWAY)
    sari = await console(browser, centre, "sari", "web-01")
    await sari.page.route(AROUND, lambda route: route.abort())  # it may be away before these came
    ticket = await _called(centre, sari)
    await _field(sari, "Kronologi").fill("Asap dari lantai dua")
    await centre.node.kill()
    await _write(sari, "Alamat atau patokan", "Depan pasar")
    await expect(sari.page.get_by_text("Belum tersimpan").first).to_be_visible()
    for what in ("Tidak terbaca", "Riwayat tidak terbaca"):
        away = sari.page.get_by_text(re.compile(f"^{what}: "))
        await expect(away).to_be_visible(timeout=WAIT)
    assert not await sight.faults(sari.page, "desk-service-away")
    context = sari.page.context
    await sari.page.close()
    await centre.node.start()
    sari = Console(await context.new_page(), sari.seat)
    await sari.page.goto(f"{centre.url}/desk")
    await sari.page.get_by_role("button", name=CALL.number).click()
    await expect(_field(sari, "Alamat atau patokan")).to_have_value("Depan pasar", timeout=WAIT)
    written: dict[str, Any] = {}

    async def stored() -> bool:  # the page says "saved" of what it read, too
        written.update(await centre.get(f"/v1/tickets/{ticket}"))
        return written["address"] is not None

    await asking.until(stored, within=WAIT / 1000, seen=lambda: written)
    assert written["narrative"] == "Asap dari lantai dua"
    assert written["address"] == "Depan pasar"
    await _saved(sari)
    await _write(sari, "Kronologi", "x" * 1_000_000)
    await expect(sari.page.get_by_text("Terlalu panjang: 1000000 dari")).to_be_visible()
    assert not await sight.faults(sari.page, "desk-too-long")
    assert len(await _field(sari, "Kronologi").input_value()) == 1_000_000
    await _write(sari, "Kronologi", "Asap dari lantai tiga")
    await _saved(sari)


async def test_two_people_write_on_one_ticket(centre: Centre, browser: Chromium) -> None:
    """What one changes stands at the other; where both did, both are asked for."""
    browser.pages.expect(AWAY)
    browser.pages.expect(" 412 ")
    sari = await console(browser, centre, "sari", "web-01")
    ticket = await _called(centre, sari)
    await centre.post("/v1/seats/web-01/logout")
    budi = await console(browser, centre, "budi", "web-02")
    await _called(centre, budi)
    await budi.page.get_by_role("region", name="Sekitar").get_by_role("button").first.click()
    await budi.page.get_by_role("heading", name=f"Tiket {ticket}").wait_for()

    await _write(sari, "Alamat atau patokan", "Depan pasar")
    await expect(_field(budi, "Alamat atau patokan")).to_have_value("Depan pasar", timeout=WAIT)
    await _write(budi, "Korban dan orang terlibat", "Satu orang")
    await expect(_field(sari, "Korban dan orang terlibat")).to_have_value(
        "Satu orang", timeout=WAIT
    )

    await budi.page.context.set_offline(offline=True)
    await _write(budi, "Kronologi", "Atap terbakar")
    await _write(sari, "Kronologi", "Dapur terbakar")
    await _saved(sari)
    await budi.page.context.set_offline(offline=False)
    conflict = budi.page.get_by_role("alert").filter(has_text="Dua orang mengubah Kronologi")
    await expect(conflict).to_contain_text("Dapur terbakar", timeout=WAIT)
    assert not await sight.faults(budi.page, "desk-conflict")
    await conflict.get_by_role("button", name="Pakai keduanya").click()
    await asking.until(lambda: _has(centre, ticket, "Atap", "Dapur"), within=10)
    await expect(_field(sari, "Kronologi")).to_have_value(
        await _field(budi, "Kronologi").input_value(), timeout=WAIT
    )


async def _has(centre: Centre, ticket: str, *words: str) -> bool:
    written: Any = await centre.get(f"/v1/tickets/{ticket}")
    return all(word in (written["narrative"] or "") for word in words)
