"""The harness itself: what must fail a test does, and what a page is given is there."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from rig import asking
from tests.browser import tone
from tests.browser.centre import Centre, picture
from tests.browser.chromium import Chromium, Microphone, Page, Pages, chromium, is_here
from tests.browser.hearing import loudest

HERE = "http://127.0.0.1:9/page"
"""Where nobody answers but the test."""

DEEDS = {
    "setTimeout(() => { throw new Error('thrown on purpose') })": "thrown on purpose",
    "setTimeout(() => Promise.reject(new Error('rejected')))": "rejected",
    "console.error('said on purpose')": "said on purpose",
    "fetch('http://192.0.2.1/').catch(() => 0)": "http://192.0.2.1/",
    "fetch('https://example.org/').catch(() => 0)": "https://example.org/",
    "void new WebSocket('ws://192.0.2.1:8088/ws')": "ws://192.0.2.1:8088/ws",
    "fetch('http://127.0.0.1:9/nothing').catch(() => 0)": "127.0.0.1:9/nothing",
}
"""What no page may do, and what is to be said of it."""

ASK = """
async () => {
  try {
    await navigator.mediaDevices.getUserMedia({ audio: true });
    return 'granted';
  } catch (error) {
    return error.name;
  }
}
"""


async def _blank(browser: Chromium) -> Page:
    page = await browser.page()
    await page.route(
        HERE, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html")
    )
    await page.goto(HERE)
    return page


def _is_noted(pages: Pages, complaint: str) -> bool:
    return any(complaint in noted for noted in (*pages.errors, *pages.strange))


async def test_the_console_is_served(centre: Centre, browser: Chromium) -> None:
    """The page that the service gives is there, and says nothing wrong."""
    page = await browser.page()
    await page.goto(f"{centre.url}/")
    await page.get_by_role("heading").first.wait_for()
    assert (await picture(page, "harness-sign-in")).stat().st_size > 1000
    assert await page.title() == "sip112"


async def test_what_a_page_must_not_do(browser: Chromium) -> None:
    """Each of it is noted, so that it fails the test."""
    page = await _blank(browser)
    pages = browser.pages
    for deed, complaint in DEEDS.items():
        await page.evaluate(f"{{ {deed} }}")
        await asking.until(partial(_is_noted, pages, complaint), within=5)
        await page.reload()
    assert len(pages.strange) == 3
    pages.errors.clear()
    pages.strange.clear()


async def test_what_was_noted_fails_the_test(tmp_path: Path) -> None:
    """At its end, though the test itself went well."""
    with pytest.raises(AssertionError, match="on purpose"):
        async with chromium(tmp_path) as browser:
            await (await _blank(browser)).evaluate("console.error('said on purpose')")


async def test_what_is_expected_passes(browser: Chromium) -> None:
    """An error that a test brings about on purpose does not fail it."""
    page = await _blank(browser)
    browser.pages.expect("^said on purpose")
    await page.evaluate("console.error('said on purpose')")


async def test_no_other_machine_can_be_reached(browser: Chromium) -> None:
    """Whoever asks for one gets no answer, so that no test can come to need it."""
    page = await _blank(browser)
    browser.pages.expect("ERR_NAME_NOT_RESOLVED")
    assert await page.evaluate("fetch('http://192.0.2.1/').catch((e) => e.name)") == "TypeError"
    browser.pages.strange.remove("http://192.0.2.1/")


async def test_the_microphone_hears_a_tone(browser: Chromium) -> None:
    """The tone that the test made, and no other."""
    page = await _blank(browser)
    hertz = await loudest(page, "() => navigator.mediaDevices.getUserMedia({ audio: true })")
    assert hertz == pytest.approx(tone.HZ, abs=10)


@pytest.mark.parametrize(
    ("microphone", "answer"),
    [(Microphone.REFUSED, "NotAllowedError"), (Microphone.MISSING, "NotFoundError")],
)
async def test_no_microphone(tmp_path: Path, microphone: Microphone, answer: str) -> None:
    """One that is refused, and none at all, are told apart."""
    async with chromium(tmp_path, microphone) as browser:
        page = await _blank(browser)
        assert await page.evaluate(ASK) == answer


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8112/desk", True),
        ("ws://127.4.5.6/ws", True),
        ("blob:http://127.0.0.1/x", True),
        ("data:text/plain,x", True),
        ("http://localhost.example/", False),
        ("http://10.0.0.1/", False),
        ("https://fonts.example.org/a", False),
        ("http://[::1]/", False),
    ],
)
def test_is_here(url: str, *, expected: bool) -> None:
    """Loopback, and what is in the page itself."""
    assert is_here(url) is expected
