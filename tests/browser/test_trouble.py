"""What goes wrong with a phone in the browser: it is said, and no call is lost by it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Dialog, expect

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Outcome, Seats
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium, Microphone, chromium
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
            assert not await sight.faults(each.page, f"desk-{problem}")
        await centre.node.log_in("seat-01")
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
        assert not await sight.faults(sari.page, "desk-socket-cut")
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
            assert not await sight.faults(sari.page, "desk-socket-cut-talking")
            await until_more(rig, "web-01", sent=False)
            await asyncio.sleep(seconds)
            assert (await sari.now())["state"] == "talking"
            cable.join()
            await sari.until_problems(within=15)
            await until_more(rig, "web-01", sent=False)
            await sari.do("hangUp")
            await callers.finish(within=10)
            await sari.until("registered")


@pytest.mark.parametrize("in_room", [False, True])
async def test_a_page_that_is_loaded_anew_has_its_caller_again(
    centre: Centre, browser: Chromium, *, in_room: bool
) -> None:
    """It asks before; then the caller rings there again, and nobody has hung up on them."""
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    async with Callers(centre.rig, [Call(number=NUMBER)]) as callers:
        await sari.until("ringing")
        await sari.do("answer")
        await sari.until("talking")
        call = await centre.talking("web-01")
        if in_room:
            for what in ("hold", "resume"):
                await centre.post(f"/v1/calls/{call['id']}/{what}", seat="web-01")
        await until_more(centre.rig, "web-01", sent=False)
        await sari.page.click("body")  # who has touched nothing is not asked
        asked: list[Dialog] = []
        sari.page.once("dialog", lambda dialog: _accept(dialog, asked))
        await sari.page.reload()
        assert [each.type for each in asked] == ["beforeunload"]
        await expect(sari.page.get_by_text("Suara terputus")).to_be_visible()
        await sari.until("ringing", within=20)
        [again] = (await centre.get("/v1/calls/live"))["items"]
        assert (again["id"], again["ticket"]) == (call["id"], call["ticket"])
        await sari.do("answer")
        await sari.until("talking")
        await until_more(centre.rig, "web-01", sent=False)
        assert callers.views[0].outcome is Outcome.ANSWERED
        await sari.do("hangUp")
        await callers.finish(within=10)


@pytest.mark.parametrize("in_room", [False, True])
async def test_a_browser_that_is_gone_leaves_its_caller_to_another_seat(
    centre: Centre, tmp_path: Path, *, in_room: bool
) -> None:
    """Without a word, as when its machine is off."""
    async with Callers(centre.rig, [Call(number=NUMBER)]) as callers:
        async with chromium(tmp_path) as browser:
            sari = await console(browser, centre, "sari", "web-01")
            await sari.until("ringing", within=20)
            await sari.do("answer")
            await sari.until("talking")
            if in_room:
                call = await centre.talking("web-01")
                for what in ("hold", "resume"):
                    await centre.post(f"/v1/calls/{call['id']}/{what}", seat="web-01")
            await until_more(centre.rig, "web-01", sent=False)
        async with Seats(centre.rig, ("seat-01",), Answer(after=0)) as seats:
            await centre.node.log_in("seat-01")
            await seats.until(lambda: seats.answered == 1, within=15)
            await asking.hang_up(centre.rig, "seat-01")
            await callers.finish(within=10)


@pytest.mark.long
async def test_a_muted_phone_is_not_taken_for_a_lost_one(centre: Centre, browser: Chromium) -> None:
    """It sends silence, for longer than Asterisk waits for a sound."""
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    async with Callers(centre.rig, [Call(number=NUMBER)]) as callers:
        await sari.until("ringing")
        await sari.do("answer")
        await sari.until("talking")
        await sari.do("mute")
        for _ in range(16):  # of half a second of packets each, at least
            await until_more(centre.rig, "web-01", sent=False)
        assert (await sari.now())["state"] == "muted"
        await sari.do("hangUp")
        await callers.finish(within=10)


def _accept(dialog: Dialog, asked: list[Dialog]) -> asyncio.Task[None]:
    asked.append(dialog)
    return asyncio.create_task(dialog.accept())
