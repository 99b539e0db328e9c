"""What axe finds on a page: faults that keep people with a disability out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from playwright.async_api import Page

_SOURCE: Final = Path(__file__).resolve().parents[2] / "web/node_modules/axe-core/axe.min.js"
_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_RUN: Final = """
async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\\n  ${html}\\n  ${failureSummary}`),
  );
}
"""


async def faults(page: Page) -> list[str]:
    """Return what is wrong with `page` as it is shown now."""
    if not await page.evaluate("'axe' in globalThis"):
        await page.evaluate(await asyncio.to_thread(_SOURCE.read_text, "utf-8"))
    found: list[str] = await page.evaluate(_RUN, list(_RULES))
    return found
