"""The scenarios, family by family; `ALL` is the order in which they run."""

from __future__ import annotations

from typing import Final

from faults.scenario import Scenario
from faults.scenarios import database, service

ALL: Final[tuple[Scenario, ...]] = (
    service.killed,
    service.frozen,
    service.restarted,
    database.stopped,
    database.frozen,
    database.killed,
)
