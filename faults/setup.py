"""What a scenario stands on: how many seats, callers and nodes, and what stands between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rig.node import SERVE

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
