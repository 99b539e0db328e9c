"""The script for Twinkle: a ticket of ours is opened, and nothing else, whoever calls."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "phones/twinkle/sip112-popup"
BASE = "https://112.example.org"
LINK = f"<{BASE}/t/PKY-20261122-0042>;purpose=info"


class Browser:
    """What is run in place of a browser: it writes down what it is to open."""

    def __init__(self, directory: Path) -> None:
        self.log = directory / "opened"
        self.path = directory / "browser"
        # written at once: a line that is there is whole
        self.path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#:$*" >>"{self.log}"\n')
        self.path.chmod(0o700)

    @property
    def opened(self) -> list[str]:
        """What it was given, each time with how many arguments."""
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """Give a browser that opens nothing."""
    return Browser(tmp_path)


async def run(browser: Browser, *arguments: str, call_info: str | None = LINK) -> bytes:
    """Run the script as Twinkle does; return what it says of itself."""
    environment = {"PATH": os.environ["PATH"], "SIP112_BROWSER": str(browser.path)}
    if call_info is not None:
        environment["SIP_CALL_INFO"] = call_info
    process = await asyncio.create_subprocess_exec(
        SCRIPT,
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=browser.path.parent,
    )
    async with asyncio.timeout(5):
        printed, complained = await process.communicate()
    assert process.returncode == 0
    assert printed == b"", "Twinkle would take it for an order"
    return complained


@pytest.mark.parametrize("base", [BASE, f"{BASE}/"])
async def test_the_ticket_is_opened(browser: Browser, base: str) -> None:
    """One address, as one argument."""
    assert await run(browser, base) == b""
    async with asyncio.timeout(5):
        while not browser.opened:  # noqa: ASYNC110 - nobody waits for a browser, nor tells of one
            await asyncio.sleep(0.01)
    assert browser.opened == [f"1:{BASE}/t/PKY-20261122-0042"]


@pytest.mark.parametrize(
    "call_info",
    [
        None,
        "",
        "*",
        "<https://112.example.org.evil.example/t/PKY-1>;purpose=info",
        "<https://evil.example/t/PKY-1>;purpose=info",
        "<javascript:alert(1)>;purpose=info",
        "<file:///etc/passwd>;purpose=info",
        f"<{BASE}/t/>;purpose=info",
        f"<{BASE}/t/../../evil>;purpose=info",
        f"<{BASE}/t/PKY-1?x=1>;purpose=info",
        f"<{BASE}/t/PKY-1 --profile=/tmp/evil>;purpose=info",
        f"<{BASE}/t/PKY-1>;purpose=info,<https://evil.example>;purpose=info",
        f"<{BASE}/t/$(touch pwned)>;purpose=info",
        f"<{BASE}/t/`touch pwned`>;purpose=info",
        f'<{BASE}/t/";touch pwned;">;purpose=info',
        f"<{BASE}/t/PKY-1\ntouch pwned>;purpose=info",
        f"<{BASE}/t/*>;purpose=info",
        f"<{BASE}/t/PKY-É>;purpose=info",
        "<" * 100_000,
    ],
)
async def test_nothing_else_is_opened_or_run(browser: Browser, call_info: str | None) -> None:
    """Whoever can call the phone decides what stands in the header."""
    before = set(browser.path.parent.iterdir())
    assert await run(browser, BASE, call_info=call_info) == b""
    assert set(browser.path.parent.iterdir()) == before


@pytest.mark.parametrize("arguments", [(), ("",), ("112.example.org",), ("--help",)])
async def test_without_the_services_address_it_says_what_to_do(
    browser: Browser, arguments: tuple[str, ...]
) -> None:
    """And the phone rings all the same."""
    assert b"give it the service's address" in await run(browser, *arguments)
    assert browser.opened == []


async def test_a_browser_that_is_missing_keeps_no_phone_from_ringing(browser: Browser) -> None:
    """It has ended before the browser is looked for."""
    browser.path.unlink()
    assert await run(browser, BASE) == b""
