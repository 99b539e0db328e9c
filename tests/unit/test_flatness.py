"""What is measured as the cost of an event is what was meant."""

from __future__ import annotations

from bench.flatness import EVENTS, LIVES, SEATS, Bench


def test_the_lives_that_are_measured_are_whole() -> None:
    """Nothing is ignored, every seat is always busy, and as many wait as should."""
    bench = Bench(25)
    for _ in range(2):
        assert bench.turn() > 0
    assert EVENTS * LIVES > 10 * SEATS
    bench.check()
