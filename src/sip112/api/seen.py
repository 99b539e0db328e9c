"""Writing down who has seen what: a ticket or a call that somebody has opened.

Whoever has a ticket open reads it every few seconds. So it is written down once for each person,
thing, and hour of the clock; what was already is known in memory. A restart, or another node,
writes it once more, which does no harm. Reading never waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Request

from sip112.api.audit import UseAudit
from sip112.people.audit import Action

HOUR_S: Final = 3600

MOST: Final = 100_000
"""What is remembered, some 20 MB; beyond it all is forgotten, and may be written once more."""


class Seen:
    """What was written down in this hour."""

    def __init__(self) -> None:
        self._hour = 0
        self._told: set[tuple[str, Action, str]] = set()

    def is_new(self, who: str, action: Action, subject: str, now: float) -> bool:
        """Whether it is to be written down; it is not for the rest of the hour then."""
        hour = int(now // HOUR_S)
        if hour != self._hour:
            self._hour = hour
            self._told.clear()
        what = who, action, subject
        if what in self._told:
            return False
        if len(self._told) >= MOST:
            self._told.clear()
        self._told.add(what)
        return True


async def _noting(request: Request, audit: UseAudit) -> Callable[..., None]:
    seen: Seen = request.app.state.seen

    def note(action: Action, subject: str, **detail: object) -> None:
        if seen.is_new(audit.who, action, subject, audit.clock()):
            audit(action, subject, **detail)

    return note


UseSeen = Annotated[Callable[..., None], Depends(_noting)]
"""A route says what it shows: ``seen(Action.TICKET_SEEN, number)``."""
