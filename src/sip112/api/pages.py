"""Which pages of agencies are open now, and what was before somebody's eyes on them.

A line of the text relay reaches whoever has the page open, and nobody else. That a stream of events
is open proves little: it stays so for minutes on a phone that has lost its network. So a page says
itself, every few seconds, that it is there, whether it is in front, and up to which line it was
seen. A page of which nothing is heard any more is closed.

All of it is in memory, of the node that owns the centre, to which the others pass it on. Nothing is
written: what was seen before a restart the pages say again. For a moment after the node has taken
the centre over nobody knows which are open, and that is what is said.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sip112.dispatch.handoff import Handoff
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.routing.ids import Instant

BEAT_S: Final = 10.0
"""Seconds after which a page says again that it is there."""

FRONT_S: Final = 25.0
"""Seconds after which a page that was in front is closed, if nothing is heard of it."""

BEHIND_S: Final = 75.0
"""Likewise of one that was not: browsers let those speak once a minute."""

MOST: Final = 2_000
"""Of whom pages are known, and of how many handoffs what was seen; the oldest give way."""

MOST_EACH: Final = 20
"""Pages of one link or agency; one more takes the place of the one that was heard longest ago."""


class Standing(StrEnum):
    """Whether a page of an agency is open."""

    FRONT = "front"
    """One is, and somebody can see it."""
    BEHIND = "behind"
    """One is, behind other windows, or on a phone that shows something else."""
    CLOSED = "closed"
    """None is."""
    UNKNOWN = "unknown"
    """This node has not listened long enough to know."""


@dataclass(frozen=True, slots=True)
class Presence:
    """How it is with the pages on which an agency has a handoff."""

    standing: Standing
    since: Instant | None
    """When the last one was closed, as far as is known; only of `CLOSED`."""
    known_since: Instant
    """Since when this node listens."""
    shown_at: Instant | None
    """When the last line was passed on of those that were in sight on one of them."""


Whose = HandoffId | AgencyCode
"""A page behind a link is of one handoff, the page of an account of all that its agency has."""


@dataclass(slots=True)
class _Page:
    """One page, as it was heard last."""

    in_front: bool
    timer: asyncio.TimerHandle


@dataclass(slots=True)
class _Pages:
    """Those of one link, or of one agency's accounts."""

    open: dict[str, _Page] = field(default_factory=dict)
    """The one that was heard longest ago comes first."""
    closed_at: Instant | None = None

    @property
    def standing(self) -> Standing:
        if not self.open:
            return Standing.CLOSED
        any_in_front = any(each.in_front for each in self.open.values())
        return Standing.FRONT if any_in_front else Standing.BEHIND


Told = Callable[[HandoffId | None, AgencyCode | None], None]
"""Is told of which handoff, or of which agency's handoffs, something else is known by now."""


class Pages:
    """The pages of all agencies of one centre.

    Args:
        clock: seconds since 1970.
        told: is told of what changes.
    """

    def __init__(self, told: Told, clock: Callable[[], float] = time.time) -> None:
        self._told = told
        self._clock = clock
        self._known_since = Instant(clock())
        self._of: dict[Whose, _Pages] = {}
        self._seen: dict[tuple[Whose, HandoffId], Instant] = {}

    def of(self, handoff: Handoff) -> Presence:
        """Return how it is with the pages on which the agency has a handoff."""
        mine = [self._of[each] for each in (handoff.id, handoff.agency) if each in self._of]
        standings = {each.standing for each in mine}
        if (now := next((each for each in Standing if each in standings), None)) is None:
            now = Standing.CLOSED
        since = None
        if now is Standing.CLOSED:
            since = max((each.closed_at for each in mine if each.closed_at), default=None)
            if since is None and self._clock() < self._known_since + FRONT_S:
                now = Standing.UNKNOWN
        seen = [self._seen.get((each, handoff.id)) for each in (handoff.id, handoff.agency)]
        return Presence(now, since, self._known_since, max(filter(None, seen), default=None))

    def heard(
        self,
        whose: Whose,
        page: str,
        *,
        in_front: bool,
        handoff: HandoffId | None = None,
        shown_at: Instant | None = None,
    ) -> None:
        """Take it that a page is open, and which lines of a handoff were in sight there."""
        pages = self._pages(whose)
        before = pages.standing
        self._drop(pages, page)
        if len(pages.open) >= MOST_EACH:
            self._drop(pages, next(iter(pages.open)))
        within = FRONT_S if in_front else BEHIND_S
        timer = asyncio.get_running_loop().call_later(within, self.gone, whose, page)
        pages.open[page] = _Page(in_front, timer)
        if pages.standing is not before:
            self._tell(whose)
        if handoff is not None and shown_at is not None:
            self._see(whose, handoff, min(shown_at, Instant(self._clock())))

    def gone(self, whose: Whose, page: str) -> None:
        """Take it that a page is open no more."""
        pages = self._of.get(whose)
        if pages is None or page not in pages.open:
            return
        before = pages.standing
        self._drop(pages, page)
        if not pages.open:
            pages.closed_at = Instant(self._clock())
        if pages.standing is not before:
            self._tell(whose)

    def begin(self) -> None:
        """Forget everything: from here on this node is told."""
        self.close()
        self._of.clear()
        self._seen.clear()
        self._known_since = Instant(self._clock())

    def close(self) -> None:
        """Wait for no page any more."""
        for pages in self._of.values():
            for page in list(pages.open):
                self._drop(pages, page)

    def _pages(self, whose: Whose) -> _Pages:
        found = self._of.pop(whose, None) or _Pages()
        if len(self._of) >= MOST:
            forgotten = self._of.pop(next(iter(self._of)))
            for page in list(forgotten.open):
                self._drop(forgotten, page)
        self._of[whose] = found
        return found

    def _see(self, whose: Whose, handoff: HandoffId, at: Instant) -> None:
        key = whose, handoff
        before = self._seen.pop(key, None)
        if len(self._seen) >= MOST:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = at if before is None else max(at, before)
        if self._seen[key] != before:
            self._told(handoff, None)

    def _tell(self, whose: Whose) -> None:
        if isinstance(whose, str):
            self._told(None, whose)
        else:
            self._told(whose, None)

    @staticmethod
    def _drop(pages: _Pages, page: str) -> None:
        if (known := pages.open.pop(page, None)) is not None:
            known.timer.cancel()
