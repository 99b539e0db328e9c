"""What tests in the browser share: one real Asterisk, and for each a service and a Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from rig import Rig, down, up
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium, chromium

BROWSERS: Final = 20
TELEPHONES: Final = 20

expect.set_options(timeout=10_000)  # as for whatever else a page is waited for

_CONSOLE: Final = Path(__file__).resolve().parents[2] / "src/sip112/console/static/index.html"


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    if not _CONSOLE.exists():
        pytest.fail("The console is not built. Build it: make web", pytrace=False)


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give one Asterisk for all that leave it whole, with twenty seats of each kind."""
    directory = tmp_path_factory.mktemp("browser-rig")
    try:
        yield up(directory, seats=TELEPHONES, browsers=BROWSERS)
    finally:
        down(directory)


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a service with an empty store."""
    async with opened(rig, tmp_path) as centre:
        yield centre


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Chromium]:
    """Give a Chromium whose microphone hears a tone."""
    async with chromium(tmp_path) as browser:
        yield browser
