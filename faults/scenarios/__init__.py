"""The scenarios, family by family; `ALL` is the order in which they run."""

from __future__ import annotations

from typing import Final

from faults.scenario import Scenario
from faults.scenarios import database, edges, link, machine, nodes, pbx, service

ALL: Final[tuple[Scenario, ...]] = (
    service.killed,
    service.frozen,
    service.restarted,
    database.stopped,
    database.frozen,
    database.killed,
    link.cut,
    link.stalled,
    link.half_open,
    link.drops_events,
    link.flooded,
    pbx.restarted,
    pbx.killed,
    pbx.uniqueids_again,
    pbx.clock_jumps,
    machine.disk_full,
    machine.clock_jumps,
    machine.busy_cores,
    machine.handler_raises,
    machine.large_identifiers,
    nodes.kill,
    nodes.freeze,
    edges.seat_vanishes,
    edges.nobody_on_duty,
    edges.dead_streams,
)
