"""How long the desk's steps take: a histogram, counted by hand.

The library's costs more than some steps do.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import Final

BOUNDS: Final = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25)
"""Upper bounds of the buckets, seconds."""


class Steps:
    """Counts steps, over all tenures of a centre on this node."""

    def __init__(self) -> None:
        self.took = 0.0
        """All of them together, seconds."""
        self._counts = [0] * (len(BOUNDS) + 1)

    def add(self, seconds: float) -> None:
        """Count one step."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self.took += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Return each bound, and how many steps took no longer, as Prometheus has them."""
        bounds = [*map(str, BOUNDS), "+Inf"]
        return list(zip(bounds, accumulate(self._counts), strict=True))
