"""Chromium, the machine's own and headless, and what is held against every page in it.

A test fails if a page throws, writes an error to its console, or asks for anything that is not
on this machine; what a test brings about on purpose it says beforehand (`Pages.expect`).
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import Enum
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    async_playwright,
)

from rig import debian
from rig.progress import Progress
from tests.browser import tone

COMMAND: Final = "chromium"
SCREEN: Final = {"width": 1366, "height": 768}
"""The smallest screen that a page must do with."""

_LOCAL: Final = {"about", "blob", "data"}
_LOOPBACK: Final = ipaddress.ip_network("127.0.0.0/8")

_ARGUMENTS: Final = (
    # whoever asks for another machine gets no answer, whatever page or part of Chromium it is
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.*",
    "--no-proxy-server",
    "--disable-quic",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--allow-loopback-in-peer-connection",  # a machine may have no other address
    "--autoplay-policy=no-user-gesture-required",
)


class Microphone(Enum):
    """What happens to a page that asks for a microphone."""

    TONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    """It gets one that hears a tone, and may choose between several."""
    REFUSED = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny")
    """Its user says no."""
    MISSING = ("--disable-audio-input", "--use-fake-ui-for-media-stream")
    """There is none."""


class Pages:
    """What pages did that they must not; one of it for each test."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        """What pages threw, and what they wrote to their consoles as an error."""
        self.strange: list[str] = []
        """Addresses outside this machine that were asked for."""
        self.asked: list[str] = []
        """Every address that was asked for."""
        self._expected: list[re.Pattern[str]] = [
            # how the console learns that nobody is signed in
            re.compile(r"Failed to load resource: .* 401 .*/v1/session$"),
        ]

    def expect(self, pattern: str) -> None:
        """Let errors pass that match `pattern`: ``text (address)``."""
        self._expected.append(re.compile(pattern))

    def watch(self, context: BrowserContext) -> None:
        """Note what all pages of `context` do."""
        context.on("request", self._request)
        context.on("weberror", lambda event: self._error(f"{event.error}"))
        context.on("console", self._console)
        context.on("page", lambda page: page.on("websocket", lambda it: self._address(it.url)))

    def hold(self) -> None:
        """Fail if there was anything."""
        assert not self.strange, f"asked of other machines: {self.strange}"
        assert not self.errors, "errors of pages:\n" + "\n".join(self.errors)

    def _request(self, request: Request) -> None:
        self._address(request.url)

    def _address(self, url: str) -> None:
        self.asked.append(url)
        if not is_here(url):
            self.strange.append(url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._error(f"{message.text} ({message.location['url']})")

    def _error(self, error: str) -> None:
        if not any(pattern.search(error.removesuffix(")")) for pattern in self._expected):
            self.errors.append(error)


def is_here(url: str) -> bool:
    """Tell whether `url` is of this machine and no other."""
    parts = urlsplit(url)
    if parts.scheme in _LOCAL:
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "") in _LOOPBACK
    except ValueError:
        return False


class Chromium:
    """A running browser; each `context` in it is a computer of its own to the service."""

    def __init__(self, browser: Browser, pages: Pages) -> None:
        self.browser = browser
        self.pages = pages

    async def context(self, **options: Any) -> BrowserContext:
        """Return a context as of somebody else: no cookies, nothing stored."""
        usual: dict[str, Any] = {"viewport": SCREEN, "reduced_motion": "reduce"}
        context = await self.browser.new_context(**(usual | options))
        context.set_default_timeout(10_000)
        self.pages.watch(context)
        return context

    async def page(self, **options: Any) -> Page:
        """Return the one page of a new context."""
        return await (await self.context(**options)).new_page()


@asynccontextmanager
async def chromium(
    directory: Path, microphone: Microphone = Microphone.TONE, *arguments: str
) -> AsyncIterator[Chromium]:
    """Run Chromium until the block ends, and then hold its pages to what they must not do.

    `arguments` are more of its command line.
    """
    path = await asyncio.to_thread(_installed)
    line = [*_ARGUMENTS, *microphone.value, *arguments]
    if microphone is Microphone.TONE:
        wave = tone.write(directory / "tone.wav")
        line.append(f"--use-file-for-fake-audio-capture={wave}")
    pages = Pages()
    async with async_playwright() as playwright:
        browser = await _launch(playwright, path, line)
        try:
            with _noting(pages):
                yield Chromium(browser, pages)
        finally:
            await browser.close()
    pages.hold()


async def _launch(playwright: Playwright, path: str, arguments: list[str]) -> Browser:
    return await playwright.chromium.launch(
        executable_path=path,
        args=arguments,
        headless=True,
        chromium_sandbox=False,  # as root there is none
    )


@contextmanager
def _noting(pages: Pages) -> Iterator[None]:
    """Have a test that fails say what its pages did wrong before."""
    try:
        yield
    except BaseException as error:
        for complaint in (*pages.strange, *pages.errors):
            error.add_note(f"page: {complaint}")
        raise


def _installed() -> str:
    debian.ensure((COMMAND,), Progress(quiet=True))
    return cast("str", shutil.which(COMMAND))


__all__ = ["SCREEN", "Chromium", "Error", "Microphone", "Page", "Pages", "chromium", "is_here"]
