"""The console as somebody has it open who is signed in, sits at a seat and has its phone."""

from __future__ import annotations

import time
from typing import Any, Final

from playwright.async_api import Locator, Page, expect

from rig import asking
from tests.browser import tone
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.hearing import LOUD, levels, loudest

_SIT: Final = """
async ({ agent, password, seat }) => {
  const ask = async (method, path, body, csrf = '') => {
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf };
    const answer = await fetch(path, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  const { csrf } = await ask('POST', '/v1/session', { agent, password });
  await ask('PUT', '/v1/session/seat', { seat }, csrf);
  await ask('POST', `/v1/seats/${seat}/login`, { agent }, csrf);
}
"""

_DO: Final = "([name, given]) => window.sip112Phone[name](...given)"
_HEARD: Final = "async () => window.sip112Phone.remoteStream()"
CALLER_HZ: Final = 800
"""What a caller says who is to be told from operators, who say `tone.HZ`."""


class Console:
    """One page, and the phone in it."""

    def __init__(self, page: Page, seat: str) -> None:
        self.page = page
        self.seat = seat

    async def now(self) -> dict[str, Any]:
        """Return everything about the phone; empty while there is none."""
        found: dict[str, Any] = await self.page.evaluate("() => window.sip112Phone?.now ?? {}")
        return found

    async def until(self, *states: str, within: float = 10) -> dict[str, Any]:
        """Wait until the phone is in one of these states, and return how it is."""
        seen: dict[str, Any] = {}

        async def there() -> bool:
            seen.clear()
            seen.update(await self.now())
            return seen.get("state") in states

        await asking.until(there, within=within, every=0.02, seen=lambda: seen)
        return seen

    async def until_problems(self, *kinds: str, within: float = 10) -> dict[str, Any]:
        """Wait until the phone has just these problems, and return how it is."""
        seen: dict[str, Any] = {}

        async def there() -> bool:
            seen.clear()
            seen.update(await self.now())
            return {each["kind"] for each in seen.get("problems", [])} == set(kinds)

        await asking.until(there, within=within, every=0.02, seen=lambda: seen)
        return seen

    async def do(self, name: str, *given: Any) -> None:
        """Have the phone do something, as its page would."""
        await self.page.evaluate(_DO, [name, list(given)])

    def bar(self, name: str) -> Locator:
        """Return the bar of the call at this seat that is in the state of that name."""
        return self.page.get_by_role("region", name=name, exact=True)

    async def answer(self) -> None:
        """Answer by the key, once there is something to answer."""
        await expect(self.page.get_by_role("button", name="Jawab", exact=True)).to_be_enabled()
        await self.page.keyboard.press("F2")
        await self.bar("Berdering").wait_for(state="hidden")

    async def hears(self, *who: int, within: float = 10) -> None:
        """Wait until just these are heard: `CALLER_HZ` and `tone.HZ`, other operators."""
        await self.until("talking", "muted", within=within)
        loud: dict[int, float] = {}

        async def just_these() -> bool:
            loud.update(await levels(self.page, _HEARD, (CALLER_HZ, tone.HZ)))
            return {hertz for hertz, level in loud.items() if level > LOUD} == set(who)

        await asking.until(just_these, within=within, seen=lambda: f"{self.seat}: {loud}")

    async def heard(self) -> float:
        """Return the loudest note that the other one of the call sends, in hertz."""
        return await loudest(self.page, _HEARD)

    async def level(self, side: str, *, at_least: float, within: float = 5) -> None:
        """Wait until the phone's own meter shows that `side` is to be heard."""
        until = time.monotonic() + within
        while (await self.page.evaluate("() => window.sip112Phone.levels()"))[side] < at_least:
            assert time.monotonic() < until, f"nothing to be heard of {side}"


async def sign_in(page: Page, url: str, agent: str, password: str) -> None:
    """Open the console and sign `agent` in, in whichever language it is."""
    await page.goto(f"{url}/sign-in")
    await page.locator("input[autocomplete=username]").fill(agent)
    await page.locator("input[type=password]").fill(password)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation")).to_be_visible()


async def console(
    browser: Chromium, centre: Centre, agent: str, seat: str, *, within: float = 10
) -> Console:
    """Sign `agent` in, in a browser of its own in Indonesian, and sit down at `seat`, on duty.

    Each page that has to be loaded for it may take `within` seconds.
    """
    page = await browser.page(locale="id-ID")
    page.set_default_timeout(1000 * within)
    await page.goto(f"{centre.url}/sign-in")
    await page.evaluate(_SIT, {"agent": agent, "password": centre.password, "seat": seat})
    await page.goto(f"{centre.url}/desk")
    return Console(page, seat)
