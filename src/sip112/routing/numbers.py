"""Ticket numbers: one after the other within a centre's local day, and none twice.

The serials in use are known from the store, from what Asterisk keeps for us
(`effects.ReserveSerials`), and from the numbers on calls in progress. Each of the three may
be away at start; the highest of what is there counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sip112.routing.ids import CentreCode, Instant, PbxId, TicketNumber
from sip112.routing.ticket import local_day, parse_ticket_number, ticket_number

RESERVE: Final = 20
"""Serials reserved in Asterisk at a time; the most that a crash can skip."""

BLIND_START: Final = 100_000
"""Where a day begins of which nobody can say which serials are in use; the second of the day
is added, so that such numbers meet neither ordinary ones nor, over restarts, each other."""


class Numbers:
    """The serials given out by one centre."""

    def __init__(self, centre: CentreCode, zone: ZoneInfo) -> None:
        self._centre = centre
        self._zone = zone
        self._used: dict[str, int] = {}
        self._reserved: tuple[str, int] = ("", 0)
        self._asked: set[PbxId] = set()
        """The Asterisks whose word on earlier reservations was taken."""
        self._known_from: str | None = None
        """Local day from which on a day that is not in `_used` has no tickets."""

    def learn(self, serials: dict[str, int], today: str) -> None:
        """Take what the store says: the highest serial of each day, complete from `today` on."""
        self._known_from = today
        for day, serial in serials.items():
            self._raise(day, serial)

    def reserved(self, pbx: PbxId, day: str, upto: int) -> None:
        """Take what an Asterisk kept: serials up to `upto` may be in use on `day`, if any.

        It counts once, at start; from then on these are our own reservations.
        """
        if day and pbx not in self._asked:
            self._raise(day, upto)
        self._asked.add(pbx)

    def seen(self, number: str | None) -> bool:
        """Count `number` as given out. Return whether it is a number of this centre."""
        if number is None:
            return False
        try:
            centre, day, serial = parse_ticket_number(number)
        except ValueError:
            return False
        if centre != self._centre:
            return False
        self._raise(day, serial)
        return True

    def next(self, at: Instant) -> TicketNumber:
        """Return the number of a ticket that is opened at `at`."""
        day = local_day(at, self._zone)
        serial = self._used.get(day)
        if serial is None:
            serial = self._before_first(day, at)
        self._used[day] = serial + 1
        return ticket_number(self._centre, day, serial + 1)

    def reserve(self) -> tuple[str, int]:
        """Return the day and serial to reserve up to, or an empty day if enough are reserved."""
        day = max(self._used, default="")
        used = self._used.get(day, 0)
        if not day or (self._reserved[0] == day and used < self._reserved[1]):
            return "", 0
        self._reserved = day, used + RESERVE
        return self._reserved

    @property
    def reservation(self) -> tuple[str, int]:
        """The day and serial that are reserved up to; an empty day and 0 if none is."""
        return self._reserved

    def _before_first(self, day: str, at: Instant) -> int:
        if self._known_from is not None and day >= self._known_from:
            return 0
        local = datetime.fromtimestamp(at, self._zone)
        return BLIND_START + local.hour * 3600 + local.minute * 60 + local.second

    def _raise(self, day: str, serial: int) -> None:
        self._used[day] = max(self._used.get(day, 0), serial)
