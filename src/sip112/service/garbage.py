"""The garbage collector, kept from stopping everything while there are calls.

A full collection of a process of this size takes 0.1 to 0.3 s, in which no call is routed;
left to itself it comes with the load. Hardly anything needs it: objects go when nothing
refers to them any more, and the few that refer to each other in circles, such as a request
and its answer, are nearly always found among the young ones. So what is there after the
start is not looked at again, full collections no longer come by themselves, and one is made
when nobody calls.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_YOUNG: Final = 2_000
"""New objects until the young ones are looked through, a matter of a millisecond."""
_MIDDLE: Final = 20
"""How often that is done until those that outlived it are looked through too."""
_NEVER: Final = 1_000_000

SWEEP_S: Final = 60.0
"""Seconds between full collections at least."""
OVERDUE_S: Final = 3_600.0
"""Seconds after which one is made although there are calls."""


@contextmanager
def off() -> Iterator[None]:
    """Look for no garbage: not while what all stays is loaded, which takes a quarter longer."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def hold_off() -> None:
    """Keep what is there now out of all collections, and let no full one come by itself."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
