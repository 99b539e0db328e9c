"""With the keyboard alone: all is reached, one sees where one is, and comes back to it."""

from __future__ import annotations

from typing import Final

from playwright.async_api import Locator, Page, expect

from rig.sipp import Call, Callers
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.console import console, sign_in

CALL: Final = Call(number="08125550001", name="Warga")
PAGES: Final = {
    "rina": ("desk", "supervisor", "calls", "directory", "audit", "wallboard"),
    "admin": ("people",),
}

LOOK: Final = """
async () => {
  window.walked ??= { seen: new Set(), dark: [], last: null };
  const it = document.activeElement;
  const known = walked.seen.has(it) && it !== walked.last; // a date has three parts
  walked.last = it;
  if (it === document.body) return 'out';
  if (known) return 'again';
  walked.seen.add(it);
  const shown = it.matches('.unseen') ? it.closest('label') : it;
  const lit = () => {
    const { width, height, top, bottom, left, right } = shown.getBoundingClientRect();
    const inside = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
    return inside && width > 1 && height > 1 && getComputedStyle(shown).outlineStyle !== 'none';
  };
  // the window may have the focus a moment later than what is in it
  for (let frame = 0; frame < 30 && !lit(); frame++) await new Promise(requestAnimationFrame);
  if (!lit()) walked.dark.push(it.outerHTML.slice(0, 200));
  return 'on';
}
"""
"""Note what has the focus, and whether one sees that it does."""
LEFT_OUT: Final = """
() => {
  const own = ({ name }) => [...walked.seen].some((it) => it.type === 'radio' && it.name === name);
  return [...document.querySelectorAll('a[href], button, input, select, textarea, audio')]
    .filter((it) => it.tabIndex >= 0 && !it.disabled && it.checkVisibility())
    .filter((it) => !walked.seen.has(it) && !(it.type === 'radio' && own(it)))
    .map((it) => it.outerHTML.slice(0, 200));
}
"""
"""What could be used and had the focus never; of radio buttons one does for all."""
MOST: Final = 250
"""Steps; more than any page has."""


async def _walk(page: Page, name: str) -> list[str]:
    """Go from one to the next until all comes again, and return what is wrong."""
    for _ in range(MOST):
        await page.keyboard.press("Tab")
        if await page.evaluate(LOOK) == "again":
            break
    left_out = await page.evaluate(LEFT_OUT)
    dark = await page.evaluate("() => walked.dark")
    return [
        *(f"{name}: not reached: {each}" for each in left_out),
        *(f"{name}: one does not see that it has the focus: {each}" for each in dark),
    ]


async def _press(button: Locator) -> None:
    await button.focus()
    await button.press("Enter")


async def _and_back(page: Page, opener: Locator) -> None:
    """Open a dialog, close it, and be where one was."""
    await _press(opener)
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_all_of_every_page_is_reached(centre: Centre, browser: Chromium) -> None:
    """By the tabulator, and wherever one is one sees it; on a desk at work too."""
    sari = await console(browser, centre, "sari", "web-01")
    await sari.until("registered")
    async with Callers(centre.rig, [CALL]) as callers:
        await sari.answer()
        await expect(sari.bar("Bicara")).to_be_visible()
        wrong = await _walk(sari.page, "desk at work")
        for agent, names in PAGES.items():
            page = await browser.page(locale="id-ID")
            await sign_in(page, centre.url, agent, centre.password)
            for name in names:
                await page.goto(f"{centre.url}/{name}")
                await expect(page.locator("h1").first).to_be_attached()
                await expect(page.locator("[aria-busy]")).to_have_count(0)
                if name in {"calls", "directory", "audit", "people"}:
                    await _press(page.locator("tbody .link").first)
                    await expect(page.locator("tr.chosen")).to_be_visible()
                wrong += await _walk(page, name)
            await page.context.close()
        await sari.page.keyboard.press("F9")
        await callers.finish(within=10)
    assert not wrong, "\n".join(wrong)


async def test_the_focus_comes_back(centre: Centre, browser: Chromium) -> None:
    """From what opened at the desk: dialogs, and the reasons of a pause."""
    sari = await console(browser, centre, "sari", "web-01")
    page = sari.page
    await sari.until("registered")
    async with Callers(centre.rig, [CALL]) as callers:
        await sari.answer()
        await expect(sari.bar("Bicara")).to_be_visible()
        await expect(page.get_by_text("Tiket Anda")).to_be_visible()
        for name in ("Alihkan", "Tombol", "Atur perangkat", "Serahkan", "Pintasan keyboard"):
            await _and_back(page, page.get_by_role("button", name=name))
        written = page.get_by_role("textbox", name="Kronologi")
        await written.focus()
        await page.keyboard.press("F8")
        await expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(written).to_be_focused()
        await page.keyboard.press("F9")
        await callers.finish(within=10)
    await expect(page.get_by_role("region", name="Meja saya")).to_contain_text("Siap")
    await written.focus()
    await page.keyboard.press("Alt+P")
    await expect(page.get_by_role("button", name="Istirahat")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Istirahat")).to_be_hidden()
    await expect(written).to_be_focused()


async def test_the_focus_goes_to_what_is_chosen(centre: Centre, browser: Chromium) -> None:
    """And back to the list; a password that is shown once stays, however often one escapes."""
    page = await browser.page(locale="id-ID")
    await sign_in(page, centre.url, "admin", centre.password)
    await page.goto(f"{centre.url}/audit")
    entry = page.locator("tbody .link").first
    await _press(entry)
    await page.keyboard.press("Escape")
    await expect(entry).to_be_focused()

    await page.goto(f"{centre.url}/people")
    add = page.get_by_role("button", name="Tambah petugas")
    await _press(add)
    await expect(page.get_by_label("Nama pengguna")).to_be_focused()
    await _press(page.get_by_role("button", name="Batal"))
    await expect(add).to_be_focused()
    sari = page.get_by_role("button", name="Sari")
    await _press(sari)
    await expect(page.get_by_label("Nama", exact=True)).to_be_focused()
    reset = page.get_by_role("button", name="Kata sandi baru")
    await _and_back(page, reset)
    await _press(reset)
    await _press(page.get_by_role("dialog").get_by_role("button", name="Kata sandi baru"))
    once = page.get_by_label("Kata sandi sekali pakai")
    await expect(once).to_be_visible()
    for _ in range(3):
        await page.keyboard.press("Escape")
    await expect(once).to_be_visible()
    await _press(page.get_by_role("button", name="Sudah dicatat"))
    await expect(once).to_be_hidden()
    await expect(reset).to_be_focused()
