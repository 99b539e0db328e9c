"""What the desk keeps does not grow with the calls that it has served."""

from __future__ import annotations

import gc
from collections import Counter

import pytest

from bench.flatness import LIVES, Bench

REMEMBERED = 150
"""Ended calls and tickets that are remembered; in life 10,000."""


def kept() -> Counter[str]:
    """Return how many objects there are of each kind of the desk's, and of identifiers."""
    gc.collect()
    kinds = (type(each) for each in gc.get_objects())
    ours = (f"{each.__module__}.{each.__qualname__}" for each in kinds)
    return Counter(each for each in ours if each.startswith(("sip112.routing.", "uuid.")))


def test_ten_times_the_calls_are_kept_in_the_same_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted are objects, not bytes, of which each of these kinds has about as many."""
    for module in ("ledger", "incidents", "callbacks"):
        monkeypatch.setattr(f"sip112.routing.{module}.REMEMBERED", REMEMBERED)
    bench = Bench(25)
    for _ in range(3):
        bench.turn()
    before = kept()
    assert before["sip112.routing.ticket.Ticket"] >= REMEMBERED
    for _ in range(30):
        bench.turn()
    assert LIVES * 30 > 10 * REMEMBERED
    grown = {kind: count for kind, count in (kept() - before).items() if count > REMEMBERED / 10}
    assert not grown
