"""How much later than its ring the ticket of a call is painted, measured in the page itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from playwright.async_api import Page

_WATCH: Final = """
() => {
  const marks = new Map(); // number of the ticket -> when it rang, and when it was painted
  const mark = (ticket, what) => {
    const found = marks.get(ticket) ?? {};
    found[what] ??= performance.now();
    marks.set(ticket, found);
  };
  window.sip112Phone.on('ring', (call) => mark(call.ticket, 'rang'));
  const seen = new Set();
  new MutationObserver(() => {
    for (const heading of document.querySelectorAll('h2')) {
      const [, ticket] = /Tiket (\\S+)/.exec(heading.textContent) ?? [];
      if (ticket === undefined || seen.has(ticket)) continue;
      seen.add(ticket);
      // a frame callback comes before its frame: the second comes when the first was painted
      requestAnimationFrame(() => requestAnimationFrame(() => mark(ticket, 'painted')));
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  window.later = () =>
    [...marks.values()].filter((it) => it.rang && it.painted).map((it) => it.painted - it.rang);
}
"""


async def watch(page: Page) -> None:
    """Measure it for each call from now on."""
    await page.evaluate(_WATCH)


async def later(page: Page) -> list[float]:
    """Return the milliseconds of each call so far; less than none where it was painted before."""
    found: list[float] = await page.evaluate("() => window.later()")
    return found


def share(delays: Sequence[float], part: float) -> float:
    """Return the least delay that no more than the rest of `delays` exceeds."""
    return sorted(delays)[math.ceil(len(delays) * part) - 1]


def tell(delays: Sequence[float]) -> None:
    """Print the figures of interest."""
    p50, p99 = share(delays, 0.5), share(delays, 0.99)
    figures = f"p50={p50:.1f} ms p99={p99:.1f} ms n={len(delays)}"
    print(f"\npopup minus ring: {figures}")  # noqa: T201 -- it is what this is for
