"""What a scenario is: a name, what it breaks, what it stands on, and its deadline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from faults.node import SERVE

if TYPE_CHECKING:
    from faults.stage import Stage

Play = Callable[["Stage"], Awaitable[None]]

SEATS: Final = 12
RATE: Final = 12
"""Calls a second; with one in ten that gives up, still ten that want a seat."""
TALK_S: Final = 0.25
ANSWER_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a scenario stands on, where that is not the usual."""

    seats: int = SEATS
    spare: int = 0
    """Seats beside those, without phone and agent at first."""
    rate: int = RATE
    nodes: int = 1
    """Processes of the service, of which one owns the centre."""
    proxy: bool = False
    """Whether a proxy stands between the service and AMI."""
    command: Sequence[str] = SERVE
    """What is started as the service."""
    clock: bool = False
    """Whether the service reads a clock of its own, which can be set."""
    pbx_clock: bool = False
    """Whether Asterisk does."""
    starts_at: float = 0.0
    """What those clocks show when the first caller rings in; 0 for the right time."""
    disk_mb: int = 0
    """Size of a disk of the database's own; 0 for the machine's."""
    raises: bool = False
    """Whether the service has faults of its own on purpose."""
    gap_s: float = 10.0
    """Seconds that a caller may wait at most while a seat is free."""


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
