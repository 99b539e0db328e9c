"""Which alarms stand: when each began, and which begin or are over with a look.

A check that fails at one look may only have been seen in mid-change: an alarm begins with the
second. It is over at the first look at which the check does not fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sip112.api.ports import Fact


class Standing:
    """Remembers what failed at the last look, since when, and of what was told."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._told: dict[str, Fact] = {}

    def since(self, name: str) -> float | None:
        """Return when a check was first seen to fail; None if at the last look it did not."""
        return self._since.get(name)

    def look(self, facts: Iterable[Fact], now: float) -> list[Fact]:
        """Return what is news: checks that fail now, and those that do not fail any more.

        `now` is by the wall clock. A check that is gone, as that of a link is with its centre, is
        over as well.
        """
        here = {fact.name: fact for fact in facts}
        failing = {name: fact for name, fact in here.items() if not fact.ok}
        began = [
            failing[name] for name in self._since if name in failing.keys() - self._told.keys()
        ]
        over = [
            here.get(name, replace(fact, ok=True, detail="", remedy=""))
            for name, fact in self._told.items()
            if name not in failing
        ]
        self._since = {name: self._since.get(name, now) for name in failing}
        self._told = {name: fact for name, fact in self._told.items() if name in failing}
        self._told |= {fact.name: fact for fact in began}
        return [*began, *over]
