"""A supervisor listens, whispers and barges in from the console; who hears whom is heard."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from sip112.people.person import Language
from tests.browser import sight, tone
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.console import CALLER_HZ, console
from tests.integration.handset import caller

NUMBER = "08125550001"
MODES = {
    Language.ID: {"listens": "Dengar", "whispers": "Bisik", "barges": "Masuk"},
    Language.EN: {"listens": "Listen", "whispers": "Whisper", "barges": "Barge in"},
}
"""What is pressed to do so."""


async def test_a_supervisor_whispers(centre: Centre, browser: Chromium) -> None:
    """With the keyboard: the operator hears it and the caller does not; to barge in both do.

    All microphones hear the same tone, so the operator's is muted.
    """
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    async with caller(centre.rig, NUMBER, CALLER_HZ) as warga:
        await sari.answer()
        await warga.until_hears(tone.HZ, within=10)
        await sari.page.keyboard.press("F6")
        await sari.hears(CALLER_HZ)
        await warga.until_hears(within=10)

        rina = await console(browser, centre, "rina", "web-02")
        await rina.page.goto(f"{centre.url}/supervisor")
        await rina.until("registered")
        modes = rina.page.get_by_role("group", name="Awasi web-01")
        listen, whisper, barge = (
            modes.get_by_role("button", name=name) for name in ("Dengar", "Bisik", "Masuk")
        )
        await listen.press("Enter")
        await rina.hears(CALLER_HZ)
        await expect(listen).to_have_attribute("aria-pressed", "true")
        await sari.hears(CALLER_HZ)

        await whisper.press("Enter")
        await expect(whisper).to_have_attribute("aria-pressed", "true")
        await sari.hears(CALLER_HZ, tone.HZ)
        await rina.hears(CALLER_HZ)
        await warga.until_hears(within=10)
        assert not await sight.faults(rina.page, "supervisor-whispers")

        await barge.press("Enter")
        await warga.until_hears(tone.HZ, within=10)
        await sari.hears(CALLER_HZ, tone.HZ)

        await listen.press("Enter")
        await warga.until_hears(within=10)
        await modes.get_by_role("button", name="Henti").press("Enter")
        await rina.until("registered")
        await expect(modes.get_by_role("button", name="Henti")).to_be_hidden()
        await sari.hears(CALLER_HZ)
        await sari.page.keyboard.press("F6")
        await warga.until_hears(tone.HZ, within=10)


async def test_a_supervisor_without_a_seat_is_told_what_to_do(
    centre: Centre, browser: Chromium
) -> None:
    """There is nothing to press before."""
    rina = await console(browser, centre, "rina", "web-02")
    await rina.page.goto(f"{centre.url}/supervisor")
    said = rina.page.get_by_text("Duduk di meja yang punya telepon dulu")
    await expect(rina.page.get_by_role("table").first).to_be_visible()
    await expect(said).to_be_hidden()
    await rina.page.evaluate(
        """async () => {
          const { csrf } = await (await fetch('/v1/session')).json();
          const headers = { 'X-CSRF-Token': csrf };
          await fetch('/v1/session/seat', { method: 'DELETE', headers });
        }"""
    )
    await rina.page.reload()
    await expect(said).to_be_visible()


@pytest.mark.long
async def test_the_page_of_who_listens(centre: Centre, browser: Chromium) -> None:
    """In each language and theme, and in each mode: nothing wrong is to be seen."""
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    wrong: list[str] = []
    async with caller(centre.rig, NUMBER, CALLER_HZ):
        await sari.answer()
        rina = await console(browser, centre, "rina", "web-02")
        await rina.page.goto(f"{centre.url}/supervisor")
        for language, modes in MODES.items():
            await rina.page.evaluate(f"localStorage.setItem('sip112.language', '{language.value}')")
            await rina.page.reload()
            await rina.until("registered")
            for mode, name in modes.items():
                button = rina.page.get_by_role("button", name=name, exact=True)
                await button.press("Enter")
                await expect(button).to_have_attribute("aria-pressed", "true")
                await rina.until("talking")
                await expect(button).not_to_have_attribute("aria-busy", "true")
                for theme in ("light", "dark"):
                    await rina.page.emulate_media(color_scheme=theme)
                    shown = f"supervisor-{mode}-{language.value}-{theme}"
                    wrong += await sight.faults(rina.page, shown)
            await rina.do("hangUp")
            await rina.until("registered")
    assert not wrong, "\n".join(wrong)
