"""What a scenario is: a name, what it breaks, what it stands on, and its deadline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from faults.setup import Setup
from faults.stage import Stage

Play = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One way to break something."""

    name: str
    what: str
    """What is broken, in a line."""
    within: float
    """Seconds after which it counts as hanging, beside what bringing up and settling take."""
    setup: Setup
    play: Play
    """Breaks it and mends it, while callers ring in."""


def scenario(name: str, *, within: float, setup: Setup | None = None) -> Callable[[Play], Scenario]:
    """Make a scenario of a function, whose docstring's first line says what it breaks."""

    def make(play: Play) -> Scenario:
        what = (play.__doc__ or "").strip().splitlines()[0].rstrip(".")
        return Scenario(name=name, what=what, within=within, setup=setup or Setup(), play=play)

    return make
