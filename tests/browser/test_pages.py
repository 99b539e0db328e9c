"""Every page as who may open it sees it: axe finds nothing, nothing is cut off; pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, NamedTuple

import pytest
from playwright.async_api import expect

from rig import people
from rig.sipp import Answer, Call, Callers, Seats
from sip112.people.person import Language
from tests.browser import sight
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.console import console, sign_in

NUMBER: Final = "08125550001"
FIGURES: Final = 8
"""At the head of the supervisor's page, once those of the day are there."""
WALL: Final = {"width": 1920, "height": 1080}
BREAK: Final = {Language.ID: "Istirahat", Language.EN: "Break"}
CLEAR: Final = {Language.ID: "Tutup tampilan", Language.EN: "Close"}


Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")


class Look(NamedTuple):
    """How a page is shown."""

    language: Language
    theme: Theme


SHORT: Final = (Look(Language.ID, "light"),)
ALL: Final = tuple(Look(language, theme) for language in Language for theme in THEMES)

PAGES: Final = {
    "sari": ("desk", "calls"),
    "rina": ("supervisor", "handoffs", "calls", "directory", "audit", "wallboard"),
    "admin": ("people",),
}
"""Who opens what; the wallboard last, for it makes the window larger."""


async def _a_day(centre: Centre) -> None:
    """Have two callers answered, and one give up before that."""
    first, second = centre.rig.seat_names[:2]
    async with Seats(centre.rig, [first, second], Answer(after=0.3)):
        for seat, agent in ((first, "budi"), (second, "sari")):
            await centre.post(f"/v1/seats/{seat}/login", agent=agent)
        calls = [Call(number=f"0812555000{n}", name=f"Warga {n}", hang_up_at=3.0) for n in (1, 2)]
        async with Callers(centre.rig, calls, name="answered") as callers:
            await callers.finish(within=20)
        for seat in (first, second):
            await centre.post(f"/v1/seats/{seat}/pause", reason="break")
        gives_up = Call(number="08125550009", name="Warga 9", hang_up_at=1.5)
        async with Callers(centre.rig, [gives_up], name="abandoned") as callers:
            await callers.finish(within=20)


@pytest.mark.parametrize(
    "looks", [SHORT, pytest.param(ALL[1:], marks=pytest.mark.long)], ids=["short", "all"]
)
async def test_every_page(
    centre: Centre, browser: Chromium, tmp_path: Path, looks: tuple[Look, ...]
) -> None:
    """In each language and theme: axe finds nothing, no word is cut off; a picture of each."""
    password = await people.employ(f"sqlite:///{tmp_path}/sip112.db")
    await _a_day(centre)
    wrong: list[str] = []
    waits = Call(number=NUMBER, name="Warga <b>Satu</b>")
    async with Callers(centre.rig, [waits], name="waits"):
        for look in looks:
            for agent, names in PAGES.items():
                page = await browser.page(color_scheme=look.theme)
                await page.add_init_script(
                    f"localStorage.setItem('sip112.language', '{look.language.value}')"
                )
                if agent == "sari":
                    await page.goto(f"{centre.url}/sign-in")
                    await expect(page.locator("input[type=password]")).to_be_visible()
                    wrong += await sight.faults(page, f"sign-in-{look.language.value}-{look.theme}")
                await sign_in(page, centre.url, agent, password)
                for name in names:
                    await page.goto(f"{centre.url}/{name}")
                    await expect(page.locator("h1").first).to_be_attached()
                    shown = f"{name}-{agent}-{look.language.value}-{look.theme}"
                    if name == "wallboard":
                        await expect(page.locator(".day")).to_be_visible()
                        wrong += await sight.faults(page, f"{shown}-small")
                        await page.set_viewport_size(WALL)  # type: ignore[arg-type]
                    elif name != "desk":
                        await expect(page.locator("tbody tr").first).to_be_visible()
                        await expect(page.locator("[aria-busy]")).to_have_count(0)
                    if name == "supervisor":
                        await expect(page.locator(".figure")).to_have_count(FIGURES)
                    wrong += await sight.faults(page, shown)
                await page.context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
async def test_a_desk_at_work(centre: Centre, browser: Chromium) -> None:
    """In each language and theme, while it rings and while one talks: as with every page."""
    sari = await console(browser, centre, "sari", "web-01")
    wrong: list[str] = []
    for look in ALL:
        await sari.page.evaluate(
            f"localStorage.setItem('sip112.language', '{look.language.value}')"
        )
        await sari.page.emulate_media(color_scheme=look.theme)
        await sari.page.reload()
        await sari.until("registered")
        async with Callers(centre.rig, [Call(number=NUMBER, name="Warga")]) as callers:
            now = await sari.until("ringing")
            heading = sari.page.get_by_role("heading", name=now["calls"][0]["ticket"])
            await expect(heading).to_be_visible()
            shown = f"{look.language.value}-{look.theme}"
            wrong += await sight.faults(sari.page, f"desk-rings-{shown}")
            await sari.do("answer")
            await sari.page.locator(".strip.talking").wait_for()  # the service knows it too
            for key, what in (("F8", "hands-on"), ("F7", "sends-tones"), ("F1", "asks-for-keys")):
                await sari.page.keyboard.press(key)
                await expect(sari.page.get_by_role("dialog")).to_be_visible()
                wrong += await sight.faults(sari.page, f"desk-{what}-{shown}")
                await sari.page.keyboard.press("Escape")
                await expect(sari.page.get_by_role("dialog")).to_be_hidden()
            wrong += await sight.faults(sari.page, f"desk-talks-{shown}")
            await sari.page.keyboard.press("F4")
            await sari.page.locator(".strip.held").wait_for()
            wrong += await sight.faults(sari.page, f"desk-holds-{shown}")
            await sari.page.keyboard.press("F4")
            await sari.page.locator(".strip.talking").wait_for()
            await sari.until("talking")
            await sari.do("hangUp")
            await callers.finish(within=10)
        await sari.until("registered")
        await sari.page.keyboard.press("Alt+P")
        await expect(sari.page.get_by_role("button", name=BREAK[look.language])).to_be_focused()
        wrong += await sight.faults(sari.page, f"desk-over-{shown}")
        await sari.page.keyboard.press("Enter")
        await sari.page.locator(".own.paused").wait_for()
        await sari.page.get_by_role("button", name=CLEAR[look.language], exact=True).click()
        wrong += await sight.faults(sari.page, f"desk-pauses-{shown}")
        await sari.page.keyboard.press("F2")
        await sari.page.locator(".own.ready").wait_for()
        wrong += await sight.faults(sari.page, f"desk-ready-{shown}")
    assert not wrong, "\n".join(wrong)


async def test_a_person_is_added_and_signs_in(
    centre: Centre, browser: Chromium, tmp_path: Path
) -> None:
    """What is wrong is said beside its field; the password that is shown once is good."""
    password = await people.employ(f"sqlite:///{tmp_path}/sip112.db", language=Language.EN)
    browser.pages.expect(r"409 .*/v1/people$")
    page = await browser.page()
    await page.add_init_script("localStorage.setItem('sip112.language', 'en')")
    await sign_in(page, centre.url, "admin", password)
    await page.goto(f"{centre.url}/people")
    await page.get_by_role("button", name="Add a person").click()
    add = page.get_by_role("button", name="Add", exact=True)
    await add.click()
    await expect(page.get_by_text("Begin with a small letter or digit")).to_be_visible()
    await expect(page.get_by_text("Fill in a name.")).to_be_visible()
    assert not await sight.faults(page, "people-wrong")
    await page.get_by_label("User name").fill("sari")
    await page.get_by_label("Name", exact=True).fill("Dewi")
    await add.click()
    await expect(page.get_by_text("Somebody has this name")).to_be_visible()
    await page.get_by_label("User name").fill("dewi")
    await add.click()
    once = await page.get_by_label("One-time password").input_value()
    assert not await sight.faults(page, "people-one-time")
    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_role("cell", name="dewi", exact=True)).to_be_visible()
    other = await browser.page()
    await other.goto(f"{centre.url}/sign-in")
    await other.locator("input[autocomplete=username]").fill("dewi")
    await other.locator("input[type=password]").fill(once)
    await other.keyboard.press("Enter")
    await expect(other.locator("input[autocomplete=new-password]").first).to_be_visible()
    assert not await sight.faults(other, "change-password")
    await other.locator("input[autocomplete=current-password]").fill(once)
    for field in await other.locator("input[autocomplete=new-password]").all():
        await field.fill("kurang")
    browser.pages.expect(" 422 .*/v1/session/password$")
    await other.keyboard.press("Enter")
    await expect(other.get_by_role("alert")).to_be_visible()
    assert not await sight.faults(other, "change-password-weak")
