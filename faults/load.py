"""The load: callers who ring in at a steady rate, each from a number of their own.

Nine in ten stay until somebody talks with them. The others give up: some after a fraction of
a second, while a first phone rings or sooner, some after seconds, which they reach only where
nobody answers.
"""

from __future__ import annotations

from random import Random
from typing import Final

from rig.sipp import Call

LEAVING: Final = 0.1
"""Share of callers who give up."""
AT_ONCE_S: Final = (0.02, 0.15)
"""When they do, from dialling: before a seat answers ..."""
LATER_S: Final = (0.8, 4.0)
"""... or where it takes long."""
JITTER_S: Final = 0.08
MOST: Final = 10_000
"""Numbers that the invented range has."""


def calls(dice: Random, count: int, first: int = 0) -> list[Call]:
    """Return `count` calls, drawn with `dice`, from the `first` number of the range on.

    ValueError for more than there are numbers.
    """
    if first + count > MOST:
        raise ValueError(f"{count} callers from {first} on; the invented range has {MOST} numbers")
    return [
        Call(
            number=f"0812555{first + index:04d}",
            delay=dice.uniform(0, JITTER_S),
            hang_up_at=_leaves(dice) if dice.random() < LEAVING else 0.0,
        )
        for index in range(count)
    ]


def _leaves(dice: Random) -> float:
    return dice.uniform(*(AT_ONCE_S if dice.random() < 0.5 else LATER_S))  # noqa: PLR2004 - half
