"""The ledger: a centre's calls in progress, and which calls have ended.

Asterisk tells one live call from another by its uniqueid; everybody else does so by the call's
id, since a restarted Asterisk gives its uniqueids out again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from sip112.routing.call import Call
from sip112.routing.ids import CallId, PbxId, Uniqueid

REMEMBERED: Final = 10_000
"""Ended calls whose ids are kept, so that a late duplicate of their events is known as one."""


class Ledger:
    """The calls. See the module's docstring."""

    def __init__(self) -> None:
        self._calls: dict[tuple[PbxId, Uniqueid], Call] = {}
        self._by_id: dict[CallId, tuple[PbxId, Uniqueid]] = {}
        self._ended: OrderedDict[CallId, bool] = OrderedDict()
        """Calls that have ended, and whether the store has that."""

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        """Yield the calls in progress, in the order in which they were heard of."""
        return iter(self._calls.values())

    def __contains__(self, call: CallId) -> bool:
        """Whether a call is in progress."""
        return call in self._by_id

    def at(self, pbx: PbxId, uniqueid: Uniqueid) -> Call | None:
        """Return the call in progress that an Asterisk calls so."""
        return self._calls.get((pbx, uniqueid))

    def call(self, call: CallId) -> Call | None:
        """Return a call in progress."""
        key = self._by_id.get(call)
        return None if key is None else self._calls[key]

    def __getitem__(self, call: CallId) -> Call:
        """Return a call that is known to be in progress. KeyError if it is not."""
        return self._calls[self._by_id[call]]

    def of(self, pbx: PbxId) -> dict[Uniqueid, Call]:
        """Return the calls in progress at one Asterisk, in the order of being heard of."""
        return {call.uniqueid: call for call in self._calls.values() if call.pbx == pbx}

    def open(self, call: Call) -> None:
        """Keep a call that was not known."""
        self._calls[call.pbx, call.uniqueid] = call
        self._by_id[call.id] = call.pbx, call.uniqueid

    def keep(self, call: Call) -> None:
        """Keep a known call as it is now."""
        self._calls[call.pbx, call.uniqueid] = call

    def close(self, call: Call) -> None:
        """Take a call off that has ended, whether it was in progress here or not."""
        key = self._by_id.pop(call.id, None)
        if key is not None:
            del self._calls[key]
        self.remember(call.id, stored=False)

    def remember(self, call: CallId, *, stored: bool) -> None:
        """Know of a call that it has ended, and whether the store has that."""
        self._ended[call] = stored
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    def has_ended(self, call: CallId) -> bool:
        """Whether the end of a call is known."""
        return call in self._ended

    def is_stored(self, call: CallId) -> bool:
        """Whether the store is known to have the end of a call."""
        return self._ended.get(call, False)
