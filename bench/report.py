"""The goals, the table, and ``var/bench.json``."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure must be."""

    key: str
    what: str
    bound: float
    at_least: bool = False
    unit: str = ""

    def met(self, value: float) -> bool:
        """Tell whether `value` is good enough."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}{self.unit}"


GOALS: Final = (
    Goal("ring_ratio_p50_10cps", "arrival to ringing seat / bare router, median, 10 calls/s", 1.5),
    Goal("ring_ratio_p50_40cps", "the same at 40 calls/s", 1.5),
    Goal("ring_ratio_p99_10cps", "arrival to ringing seat / bare router, p99, 10 calls/s", 2.0),
    Goal("ring_ratio_p99_40cps", "the same at 40 calls/s", 2.0),
    Goal("parse_ratio", "events parsed a second / panoramisk", 5.0, at_least=True),
    Goal(
        "pipeline_ratio", "parsed, translated, decided / panoramisk's parsing", 1.0, at_least=True
    ),
    Goal("flatness_10_to_10000", "cost of an event at 10,000 live calls / at 10", 1.1),
    Goal(
        "popup_ms_p50_50cps",
        "INVITE to popup and stored ticket, median, 50 calls/s",
        10,
        unit=" ms",
    ),
    Goal("popup_ms_p99_50cps", "the same, p99", 50, unit=" ms"),
    Goal("burst500_last_popup_s", "last popup after 500 INVITEs at once", 1.0, unit=" s"),
    Goal("sustained_cps", "calls a second, none lost", 100, at_least=True),
    Goal("cpu_ms_per_call", "the service's CPU for a call, at 100 calls/s", 1.5, unit=" ms"),
    Goal("rss_mb_500_waiting", "the service's memory, 500 callers waiting", 120, unit=" MB"),
    Goal("events_per_call", "AMI events for a call", 10),
    Goal("handoff_ratio_p50", "handoff stored to webhook received / bare POST, median", 1.5),
    Goal(
        "resync_exact_s",
        "500 callers wait: AMI login to Asterisk's state taken in",
        1.0,
        unit=" s",
    ),
    Goal("resync_control_s", "start of a killed service to deciding again", 3.0, unit=" s"),
    Goal("resync_unread_s", "longest time that AMI events lay unread", 0.25, unit=" s"),
    Goal("outage_ratio_p50_10cps", "arrival to ring, no database / with it, 10 calls/s", 1.1),
    Goal("outage_ratio_p50_40cps", "the same at 40 calls/s", 1.1),
    Goal("takeover_kill_s", "the owner is killed: until the standby decides", 5.0, unit=" s"),
    Goal("takeover_freeze_s", "the same, frozen", 5.0, unit=" s"),
    Goal("native_ring_s", "the service is killed: until Asterisk rings by itself", 5.0, unit=" s"),
)
"""Every figure, ratios first."""


def environment(asterisk: str) -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "asterisk": asterisk,
        "load_before": os.getloadavg()[0],
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def show(figures: Mapping[str, float], console: Console) -> bool:
    """Print the table; return whether all goals are met."""
    table = Table(title="sip112 bench", title_justify="left", header_style="bold")
    for column, justify in (("", "left"), ("value", "right"), ("goal", "right"), ("", "left")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]  # a literal each
    missed = False
    for goal in GOALS:
        if goal.key not in figures:
            table.add_row(goal.what, "-", str(goal), "not measured")
            continue
        value = figures[goal.key]
        met = goal.met(value)
        missed |= not met
        verdict = "[green]met[/green]" if met else "[red]not met[/red]"
        table.add_row(goal.what, f"{value:g}{goal.unit}", str(goal), verdict)
    console.print(table)
    return not missed


def save(
    path: Path, figures: Mapping[str, float], where: Mapping[str, Any], raw: Mapping[str, Any]
) -> None:
    """Write the figures, and what they were made of."""
    path.parent.mkdir(exist_ok=True)
    whole = {**figures, "environment": where, "raw": raw}
    path.write_text(json.dumps(whole, indent=2) + "\n")
