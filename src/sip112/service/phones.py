"""Who may register a browser phone: hands passwords out, and has every Asterisk know them.

The truth is in Asterisk's AstDB, where phones are let in without the service. What was handed
out or taken back here is kept in memory until every Asterisk has it, also one that is away for
a while; what an owner before gave is read from Asterisk, and ends when it said.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Collection, Mapping
from typing import Final

import structlog

from sip112.ami import phones
from sip112.ami.link import Link, LinkError
from sip112.ami.phones import Grant
from sip112.api.ports import PbxAway
from sip112.routing.ids import Instant, PbxId, SeatId

LOOK_S: Final = 15.0
"""Seconds between looks at what Asterisk holds, if nothing is to be changed."""
CONFIRM_S: Final = 5.0
"""Seconds that an Asterisk has to hold what was handed out; the watchdog takes half a second."""
_POLL_S: Final = 0.05
_MOST_S: Final = 2.0
"""Seconds between looks while something is to be changed: twice as many each time, to the most."""
_WITHIN_S: Final = 2.0

_log = structlog.get_logger(__name__)


class Phones:
    """The browser phones of one centre, while this node owns it.

    Args:
        links: to every Asterisk of the centre.
        seats: those with a browser phone; nobody else's grants are touched.
    """

    def __init__(self, links: Mapping[PbxId, Link], seats: Collection[SeatId]) -> None:
        self._links = links
        self._seats = frozenset(seats)
        self._wanted: dict[SeatId, Grant | None] = {}
        """What each Asterisk is to hold; None is nothing."""
        self._ours: set[SeatId] = set()
        """Seats for which that was decided here, and not read from Asterisk."""
        self._wake = {pbx: asyncio.Event() for pbx in links}
        self._held = {pbx: asyncio.Condition() for pbx in links}
        self._there: dict[PbxId, dict[SeatId, Grant]] = {pbx: {} for pbx in links}

    async def give(self, seat: SeatId, until: Instant) -> str:
        """Return a new password for a seat's phone, good until then; older ones are not any more.

        PbxAway if no Asterisk can be told, TimeoutError if none confirms.
        """
        up = [pbx for pbx, link in self._links.items() if link.state.up]
        if not up:
            raise PbxAway(next(iter(self._links.values())).state.last_error or "")
        password = secrets.token_urlsafe(32)
        wanted = phones.grant(seat, password, until)
        self._want(seat, wanted)
        told = [asyncio.create_task(self._until_held(pbx, seat, wanted)) for pbx in up]
        done, late = await asyncio.wait(told, timeout=CONFIRM_S)
        for task in late:
            task.cancel()
        if not done:
            raise TimeoutError
        return password

    def take_back(self, seat: SeatId) -> None:
        """End a seat's grant. A phone that talks goes on; none registers any more."""
        self._want(seat, None)

    def look(self) -> None:
        """Look at every Asterisk now, and not when it is time."""
        for event in self._wake.values():
            event.set()

    async def run(self) -> None:
        """Have every Asterisk hold what it is to hold, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for pbx in self._links:
                group.create_task(self._keep(pbx), name=f"phones {pbx}")

    def _want(self, seat: SeatId, grant: Grant | None) -> None:
        self._wanted[seat] = grant
        self._ours.add(seat)
        self.look()

    async def _until_held(self, pbx: PbxId, seat: SeatId, grant: Grant) -> None:
        async with self._held[pbx]:
            await self._held[pbx].wait_for(lambda: self._there[pbx].get(seat) == grant)

    async def _keep(self, pbx: PbxId) -> None:
        wait = _POLL_S
        while True:
            self._wake[pbx].clear()
            wait = LOOK_S if await self._settle(pbx) else min(2 * wait, _MOST_S)
            try:
                async with asyncio.timeout(wait):
                    await self._wake[pbx].wait()
            except TimeoutError:
                continue
            wait = _POLL_S

    async def _settle(self, pbx: PbxId) -> bool:
        """Have an Asterisk hold what it is to hold; return whether it does."""
        if not self._links[pbx].state.up:
            return False
        try:
            return await self._bring_about(pbx)
        except LinkError as error:
            _log.debug("phones are not looked after", pbx=pbx, error=str(error))
        except Exception:  # noqa: BLE001 - routing goes on; it is logged
            _log.exception("a fault in sip112, please report it", while_doing="phones")
        return False

    async def _bring_about(self, pbx: PbxId) -> bool:
        """Look at what an Asterisk holds and change it; return whether it is as it must be."""
        link = self._links[pbx]
        _, *items = await link.request(phones.LIST, _WITHIN_S)
        there = {seat: it for seat, it in phones.grants(items).items() if seat in self._seats}
        now = time.time()
        for seat, grant in there.items():
            known = self._wanted.get(seat)
            if seat not in self._ours and (known is None or known.until < grant.until):
                self._wanted[seat] = grant
        for seat, wanted in self._wanted.items():
            if wanted is not None and wanted.until <= now:
                self._wanted[seat] = None
        async with self._held[pbx]:
            self._there[pbx] = there
            self._held[pbx].notify_all()
        for seat in there:
            if self._wanted[seat] is None:
                await link.request(phones.take_back(seat), _WITHIN_S)
        lacking = [
            wanted
            for seat, wanted in self._wanted.items()
            if wanted is not None and there.get(seat) != wanted
        ]
        if not lacking:
            return True
        # another centre's may wait there; what is said over it would be lost to that one
        untaken, *_ = await link.request(phones.UNTAKEN, _WITHIN_S)
        if not untaken.get("Value"):
            await link.request(phones.give(lacking), _WITHIN_S)
        return False
