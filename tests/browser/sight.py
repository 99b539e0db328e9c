"""What is shown, looked at: by axe, for what is cut off, and by a picture for people to judge."""

from __future__ import annotations

from typing import Final

from playwright.async_api import Page

from tests.browser import axe
from tests.browser.centre import picture

_CUT_OFF: Final = """
() => [...document.querySelectorAll(`
    dt, dd, dl > div, h1, h2, label, legend, button, th, nav a,
    header, footer, section, fieldset, .aside, aside > *, [role=group], [role=alert]`)]
  .filter((it) => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).display !== 'inline')
  .filter((it) => !it.closest('.unseen, .cut') && it.className !== 'unseen' && it.offsetParent)
  .map((it) => `${it.tagName} ${it.textContent.trim()} (${it.scrollWidth} > ${it.clientWidth})`)
"""
"""What does not fit into its place. Cells of tables are cut off on purpose."""
_TOO_HIGH: Final = """
() => [document.documentElement, document.getElementById('page')]
  .filter((it) => it && it.scrollHeight > it.clientHeight + 1)
  .map((it) => `${it.tagName} (${it.scrollHeight} > ${it.clientHeight})`)
"""
"""No page scrolls as a whole: only lists in it do."""


async def faults(page: Page, name: str) -> list[str]:
    """Take a picture of what `page` shows, and return what is wrong with it."""
    await picture(page, name)
    wrong = await axe.faults(page)
    wrong += [f"cut off: {each}" for each in await page.evaluate(_CUT_OFF)]
    wrong += [f"has to be scrolled: {each}" for each in await page.evaluate(_TOO_HIGH)]
    return [f"{name}: {each}" for each in wrong]
