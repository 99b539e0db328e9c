"""A centre with its operators' phones in the browser: the service as a process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

from rig import Rig, asking, people
from rig.node import Node, usual
from sip112.people.roles import Role
from sip112.routing.call import Place

Team = Mapping[str, tuple[str, Role]]
"""Login name -> name and role."""
SCREENSHOTS: Final = Path(__file__).resolve().parents[2] / "var/screenshots"


class Centre:
    """The Asterisk, the service beside it, and what a test does with them."""

    def __init__(self, rig: Rig, node: Node, password: str) -> None:
        self.rig = rig
        self.node = node
        self.api = node.api
        """A client that may do everything."""
        self.password = password
        """Of everybody who works here (`people.TEAM`)."""
        self.url = node.url
        """Where browsers find the console."""

    async def post(self, path: str, **body: Any) -> Any:
        """Command something that must not be refused, and return the answer."""
        answer = await self.api.post(path, json=body or None)
        assert answer.is_success, answer.text
        return answer.json()

    async def get(self, path: str) -> Any:
        """Read something."""
        return await self.node.get(path)

    async def talking(self, seat: str) -> Any:
        """Return the call in which `seat` talks, once the service has heard of it.

        The browser knows of an answer before Asterisk tells it.
        """
        found: list[Any] = []

        async def is_told() -> bool:
            calls = (await self.get("/v1/calls/live"))["items"]
            at = {"seat": seat, "place": Place.TALKING}
            found[:] = [
                call
                for call in calls
                if any(at.items() <= each.items() for each in call["parties"])
            ]
            return bool(found)

        await asking.until(is_told, within=5, every=0.05)
        return found[0]


@asynccontextmanager
async def opened(
    rig: Rig, directory: Path, team: Team = people.TEAM, **settings: str
) -> AsyncIterator[Centre]:
    """Run the service for `team`; browsers have every browser seat, telephones the others.

    `settings` are more of its environment, such as ``SIP112_RING_S="3"``.
    """
    seats = [{"id": name, "phone": "browser"} for name in rig.browser_seat_names]
    chosen = {
        "SIP112_SEATS": json.dumps([*seats, *rig.seat_names]),
        "SIP112_PHONE_WS_URL": rig.ws_url,
        "SIP112_WRAP_UP_S": "0",
        **settings,
    }
    await asking.forget_everything(rig, (*rig.seat_names, *rig.browser_seat_names))
    log = directory / "service.log"
    database = f"sqlite:///{directory}/sip112.db"
    password = await people.employ(database, team)
    node = Node(usual(rig, database) | chosen, log)
    try:
        await node.start()
        centre = Centre(rig, node, password)
        await asking.until(lambda: _has_its_directory(centre), within=10)
        yield centre
        assert not node.faults(), node.faults()
    finally:
        await node.close()


async def _has_its_directory(centre: Centre) -> bool:
    """Tell whether it is stored: before, what comes along is shown, of which nothing can change."""
    return all(each["version"] for each in (await centre.get("/v1/agencies"))["items"])


async def picture(page: Page, name: str) -> Path:
    """Write what `page` shows to ``var/screenshots/NAME.png``."""
    path = SCREENSHOTS / f"{name}.png"
    await asyncio.to_thread(SCREENSHOTS.mkdir, parents=True, exist_ok=True)
    await page.screenshot(path=path, animations="disabled")
    return path
