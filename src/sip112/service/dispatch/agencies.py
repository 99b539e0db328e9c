"""The directory of a centre as this node knows it: read now and then, and at hand at any time.

Whoever needs it takes what was read last, and waits for no database: a fresh node has the
directory that comes along, until it has read the centre's own. Where a centre never had one, that
is the one it gets. What another node changes is known here within seconds.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Final

import structlog

from sip112.api.ports import Fact, Severity
from sip112.directory import geometry
from sip112.directory.files import shipped
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.directory import Area, Directory, DirectoryState, Item, Part, put, without
from sip112.dispatch.errors import DirectoryFaulty
from sip112.dispatch.faults import Fault, Flaw, faults
from sip112.dispatch.ids import AgencyCode, AreaCode
from sip112.dispatch.lacks import lacks, shut, told_of, urls
from sip112.handoff.signing import new_secret
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode
from sip112.store.agencies import Agencies as Kept

POLL_S: Final = 5.0
"""Seconds between looks at whether another node has changed it."""

REACH_S: Final = 60.0
"""Seconds between looks at where agencies' systems are; what changes is looked at at once."""

LATE_S: Final = 60.0
"""Seconds that it may go unread; an outage of the database is told at once."""

_log = structlog.get_logger(__name__)


class Agencies:
    """The directory of one centre (api.ports.Agencies).

    Args:
        centre: whose.
        kept: where it is kept.
        severities: those that a ticket of the centre can have.
        told: told the revision of each other directory that is known here, whoever changed it.
        notified: channels by which people are told; None where nothing is ever sent.
    """

    def __init__(
        self,
        centre: CentreCode,
        kept: Kept,
        severities: Collection[str],
        told: Callable[[int], None] = lambda _: None,
        notified: Collection[ChannelKind] | None = None,
    ) -> None:
        self.current = DirectoryState(_first(severities), 0, {})
        """As it was read last; at first that which comes along."""
        self.faults: tuple[Fault, ...] = ()
        """What is wrong with it: with a change that was made here nothing ever is, but somebody
        may have changed the list of severities."""
        self.reach: Callable[[Iterable[str]], Awaitable[Mapping[str, str]]] | None = None
        """Returns, of some URLs, those to which nothing is sent for want of a setting, with their
        addresses; None where nothing is ever sent, and until it is loaded."""
        self._forbidden: Mapping[str, str] = {}
        """What it said last."""
        self._reached: tuple[int, float] | None = None
        """Of which revision, and when."""
        self._reaching: asyncio.Task[None] | None = None
        self._centre = centre
        self._kept = kept
        self._severities = tuple(severities)
        self._told = told
        self._notified = notified
        self._signed: frozenset[AgencyCode] = frozenset()
        """Agencies that have a secret."""
        self._read_at = monotonic()
        self._error = ""
        """Why it could not be read; empty if it could."""
        self._borders: Mapping[AreaCode, tuple[Area, Flaw | None]] = {}
        """Of each area, what is wrong with its border."""
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    # --- its life ------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look, from within the event loop."""
        self._task = asyncio.create_task(self._run(), name=f"agencies {self._centre}")

    async def stop(self) -> None:
        """Look no more."""
        for task in (self._task, self._reaching):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except StoreUnavailable:
                pass  # the fact tells
            except Exception:  # noqa: BLE001 - it goes on, whatever it finds; it is logged
                _log.exception("a fault in sip112, please report it", while_doing="agencies")
            self._look_out()
            await asyncio.sleep(POLL_S)

    def _look_out(self) -> None:
        """Begin a look at where agencies' systems are, if it is time for one.

        It may wait for a name server, for which the next change of the directory does not.
        """
        if self.reach is None or (self._reaching is not None and not self._reaching.done()):
            return
        revision, now = self.current.revision, monotonic()
        if self._reached is not None:
            seen, at = self._reached
            if seen == revision and now - at < REACH_S:
                return
        self._reached = revision, now
        self._reaching = asyncio.create_task(
            self._reach(self.reach), name=f"reach of agencies {self._centre}"
        )

    async def _reach(self, reach: Callable[[Iterable[str]], Awaitable[Mapping[str, str]]]) -> None:
        try:
            self._forbidden = await reach(urls(self.current.directory))
        except Exception:  # noqa: BLE001 - as of the directory itself
            _log.exception("a fault in sip112, please report it", while_doing="agencies")

    async def _look(self) -> None:
        """See whether it has changed. StoreUnavailable if that cannot be known."""
        async with self._looking:
            try:
                revision = await self._kept.revision(self._centre)
                if not revision:
                    first = await self._kept.seed(self._centre, self.current.directory)
                    _log.info("the first directory of agencies", centre=self._centre, ours=first)
                if revision != self.current.revision or not revision:
                    await self._take(await self._kept.directory(self._centre))
                if self._notified is not None:
                    self._signed = await self._kept.signed(self._centre)
            except StoreUnavailable as error:
                self._error = str(error)
                raise
            self._error, self._read_at = "", monotonic()

    async def _take(self, new: DirectoryState) -> None:
        new = _with_known_areas(self.current, new)
        self.faults, self._borders = await asyncio.to_thread(self._looked_at, new.directory)
        await asyncio.to_thread(_make_ready, self._borders.values())
        differs = new.revision != self.current.revision
        self.current = new
        if differs:
            self._told(new.revision)

    def _looked_at(
        self, directory: Directory
    ) -> tuple[tuple[Fault, ...], Mapping[AreaCode, tuple[Area, Flaw | None]]]:
        """Return what is wrong with a directory, and with each border; for a thread."""
        borders: dict[AreaCode, tuple[Area, Flaw | None]] = {}

        def flaw_of(area: Area) -> Flaw | None:
            known = self._borders.get(area.code)
            if known is None or known[0] is not area:
                known = (area, geometry.flaw_of(area.geometry))
            borders[area.code] = known
            return known[1]

        return tuple(faults(directory, flaw_of, self._severities)), borders

    async def fresh(self) -> DirectoryState:
        """Return it as it is this moment."""
        await self._look()
        return self.current

    async def wrong_with(self, directory: Directory) -> tuple[Fault, ...]:
        """Return what would be wrong if the centre had `directory`."""
        found, _ = await asyncio.to_thread(self._looked_at, directory)
        return found

    # --- changing it -----------------------------------------------------------------------

    async def put(self, item: Item, if_version: int | None, by: str) -> int:
        """Add an entry, or change the one of its code; return its version."""
        await self._look()
        await self._refuse_faults(put(self.current.directory, item))
        version = await self._kept.put(self._centre, item, if_version, by)
        await self._changed()
        return version

    async def remove(self, part: Part, code: str, if_version: int, by: str) -> None:
        """Remove a type or an area."""
        await self._look()
        await self._refuse_faults(without(self.current.directory, part, code))
        await self._kept.remove(self._centre, part, code, if_version, by)
        await self._changed()

    async def replace(self, new: Directory, by: str, if_revision: int | None = None) -> int:
        """Have the directory say what `new` says; return its revision."""
        found = await self.wrong_with(new)
        if found:
            raise DirectoryFaulty(found)
        revision = await self._kept.replace(self._centre, new, by, if_revision)
        await self._changed()
        return revision

    async def new_secret(self, agency: AgencyCode) -> str:
        """Make an agency a new signing secret, and return it."""
        secret = new_secret()
        await self._kept.set_secret(self._centre, agency, secret)
        self._signed |= {agency}
        return secret

    async def _refuse_faults(self, wanted: Directory) -> None:
        """Raise DirectoryFaulty if something is wrong that is not wrong already.

        Otherwise what is wrong could be mended by one change of everything alone.
        """
        found, _ = await asyncio.to_thread(self._looked_at, wanted)
        known = Counter(fault.what for fault in self.faults)
        more = []
        for fault in found:
            known[fault.what] -= 1
            if known[fault.what] < 0:
                more.append(fault)
        if more:
            raise DirectoryFaulty(more)

    async def _changed(self) -> None:
        """Read what was changed, so that whoever changed it finds it so."""
        with suppress(StoreUnavailable):  # it was changed all the same; the next look tells
            await self._look()

    # --- how it is -------------------------------------------------------------------------

    def fact(self) -> Fact:
        """Tell how the directory is."""
        state, unread_s = self.current, monotonic() - self._read_at
        whose = f"revision {state.revision}" if state.revision else "that which comes along"
        size = state.directory
        detail = (
            f"{whose}: {len(size.agencies)} agencies, {len(size.types)} incident types,"
            f" {len(size.areas)} areas"
        )
        if self._error and unread_s > LATE_S:
            return _fact(
                f"it cannot be read for {unread_s:.0f} s ({self._error}); known is {detail}",
                "Incidents are passed on by what is known. Look at the fact `store`.",
            )
        if self.faults:
            more = f" (and {len(self.faults) - 1} more)" if self.faults[1:] else ""
            return _fact(
                f"{detail}; {self.faults[0].where}: {self.faults[0].what}{more}",
                f"{self.faults[0].remedy}. For all that is wrong: sip112 directory check",
            )
        whats, remedies = self._missing() if state.revision else ([], [])
        return _fact("; ".join([detail, *whats]), " ".join(f"{each}." for each in remedies))

    def _missing(self) -> tuple[list[str], list[str]]:
        """Return what keeps agencies from being told, and what to do."""
        directory = self.current.directory
        missing = (
            lacks(directory, self._signed, self._notified) if self._notified is not None else ()
        )
        told = [told_of(closed)] if (closed := shut(directory, self._forbidden)) else []
        if missing:
            more = f" (and {len(missing) - 1} more)" if missing[1:] else ""
            told.append((f"{missing[0].what}{more}", missing[0].remedy))
        return [what for what, _ in told], [remedy for _, remedy in told]


def _first(severities: Collection[str]) -> Directory:
    """Return the directory that comes along, with the severities that the centre has."""
    directory = shipped()
    types = (
        each if each.severity in severities else replace(each, severity=None)
        for each in directory.types
    )
    return replace(directory, types=tuple(types))


def _make_ready(borders: Iterable[tuple[Area, Flaw | None]]) -> None:
    """Make areas ready, so that whoever asks what lies in one waits for nothing."""
    for area, flaw in borders:
        if flaw is None:
            geometry.make_ready(area.geometry)


def _with_known_areas(before: DirectoryState, after: DirectoryState) -> DirectoryState:
    """Return `after` with the areas of `before` that are the same: much is known of these."""
    known = {
        each.code: each
        for each in before.directory.areas
        if before.versions.get((Part.AREA, each.code)) == after.versions.get((Part.AREA, each.code))
    }
    areas = tuple(known.get(each.code, each) for each in after.directory.areas)
    return replace(after, directory=replace(after.directory, areas=areas))


def _fact(detail: str, remedy: str = "") -> Fact:
    return Fact("agencies", not remedy, detail, remedy, Severity.WARNING)
