"""Notices: what whoever listens is told beside the journal, once, and never again.

They carry no id, and nobody can ask for one that is past: whoever connects reads how things are,
and hears from then on what changes. The last ones stand in a ring. A listener is nothing but a
place in it, so that telling costs the same however slow a listener is; one so slow that the ring
went round is told nothing more and has to connect again.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from sip112.api.schemas.values import time
from sip112.people.roles import Scope
from sip112.routing.ids import Instant, SeatId

EVENT: Final = "notice"
"""Name of the event on the event stream."""

MEMORY: Final = 1000
"""Notices that are remembered, some 0.4 MB."""

_BATCH: Final = 50
"""Notices that are sent in one go: what is on its way to a slow listener takes memory."""


class NoticeKind(StrEnum):
    """What a notice tells; `schemas.NoticeView` has what each carries."""

    TICKET_CHANGED = "ticket.changed"
    TICKET_ASSIGNED = "ticket.assigned"
    SEAT_TAKEN_OVER = "seat.taken_over"
    ALARM = "alarm"
    SPY_CHANGED = "spy.changed"
    HANDOFF_CHANGED = "handoff.changed"
    MESSAGE_CHANGED = "message.changed"
    PRESENCE_CHANGED = "presence.changed"
    DIRECTORY_CHANGED = "directory.changed"


class Notice(NamedTuple):
    """One notice as it is sent."""

    seat: SeatId | None
    """Whom it concerns: those who follow that seat alone, and those who follow all of them."""
    encoded: bytes
    scope: Scope | None = None
    """What one must be allowed to hear it; None is whoever may listen at all."""


Hears = Callable[[Notice], bool]


def all_ears(_: Notice) -> bool:
    """Hear everything."""
    return True


def deaf(_: Notice) -> bool:
    """Hear nothing."""
    return False


def heard_at(seat: SeatId | None, allows: Callable[[Scope], bool]) -> Hears:
    """Return which notices one hears who follows a seat, and is allowed what `allows` says.

    None follows all seats.
    """

    def hears(notice: Notice) -> bool:
        return (seat is None or notice.seat in {None, seat}) and (
            notice.scope is None or allows(notice.scope)
        )

    return hears


class Notices:
    """The last notices of one centre, each with its place: how many came before it."""

    def __init__(self) -> None:
        self._ring: deque[Notice] = deque(maxlen=MEMORY)
        self.told = 0
        """How many there were; the next one's place."""

    def add(
        self,
        kind: NoticeKind,
        at: float,
        data: Mapping[str, object],
        seat: SeatId | None,
        scope: Scope | None,
    ) -> Notice:
        """Remember a notice and return it."""
        # ASCII without bare line breaks, so that nothing in it can end the event
        text = json.dumps({"kind": kind, "at": time(Instant(at)), **data})
        notice = Notice(seat, f"event: {EVENT}\ndata: {text}\n\n".encode(), scope)
        self._ring.append(notice)
        self.told += 1
        return notice

    def since(self, place: int) -> list[Notice] | None:
        """Return the first notices from a place on; None if some of them are forgotten."""
        first = place - self.told
        if -first > len(self._ring):
            return None
        return [self._ring[n] for n in range(first, min(first + _BATCH, 0))]


class Ear:
    """One listener's place among the notices; it begins with the next one."""

    def __init__(self, notices: Notices, hears: Hears) -> None:
        self._notices = notices
        self._place = notices.told
        self.hears = hears

    def take(self) -> bytes | None:
        """Return the next that there is to send; None if some of it is forgotten."""
        if self.hears is deaf:
            self._place = self._notices.told
        notices = self._notices.since(self._place)
        if notices is None:
            return None
        self._place += len(notices)
        return b"".join([each.encoded for each in notices if self.hears(each)])
