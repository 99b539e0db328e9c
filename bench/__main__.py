"""``python -m bench``: measure everything on the real rig, and say which goals are met.

It ends with 0 when every goal that was measured is met, with 1 when one was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from bench import flatness, handoff, life, native, outage, parse, ratio, report, resync, takeover
from bench.ground import RING_S, Ground
from bench.pipeline import pipeline
from bench.serving import serving
from rig import RigError, down, rigged
from rig.lifecycle import prepare
from rig.progress import Progress
from rig.sipp import Answer, Seats

VAR: Final = Path(__file__).resolve().parent.parent / "var"
SEATS: Final = 50
RATES: Final = {10: 60.0, 40: 40.0}
"""Calls a second at which the ratio is taken, and the seconds of calls for each of the two."""
OUTAGE: Final = {10: 36.0, 40: 18.0}
"""Likewise for the database up, stopped and frozen."""
POPUPS_S: Final = 30.0
SUSTAINED_S: Final = 120.0
LONG_S: Final = 600.0
_LIFE: Final = ("popups", "burst", "sustained", "memory", "handoff")
_DEATHS: Final = ("resync", "outage", "takeover", "native")
PARTS: Final = ("ratio", *_LIFE, *_DEATHS, "parse", "flatness")


class Bench:
    """One run: what was found so far."""

    def __init__(self, only: Collection[str], sustained_s: float, progress: Progress) -> None:
        self.figures: dict[str, float] = {}
        self.raw: dict[str, Any] = {}
        self._only = only
        self._sustained_s = sustained_s
        self._progress = progress

    async def run(self, directory: Path) -> dict[str, Any]:
        """Measure; return the environment."""
        where = report.environment("")
        if {"ratio", *_LIFE, *_DEATHS} & {*self._only}:
            database = directory / "bench.db"
            for each in (database, *map(database.with_suffix, (".db-wal", ".db-shm", ".log"))):
                each.unlink(missing_ok=True)
            down(directory / "rig")  # one that a killed bench left, with its calls
            async with (
                rigged(directory / "rig", seats=SEATS) as rig,
                Seats(rig, rig.seat_names, Answer(after=RING_S)) as seats,
            ):
                where["asterisk"] = rig.asterisk
                await self._on_the_rig(Ground(rig, seats, database))
        self._alone()
        return where

    async def _on_the_rig(self, ground: Ground) -> None:
        if "ratio" in self._only:
            for rate, seconds in RATES.items():
                with self._progress.stage(f"ratio, {rate}/s") as stage:
                    found = await ratio.measure(ground, stage, rate, seconds)
                    for part in ("p50", "p99"):
                        self.figures[f"ring_ratio_{part}_{rate}cps"] = found.pop(part)
                    self.raw[f"ring_{rate}cps"] = found
                    stage.say(str(found["heard_ms"]))
        if {*_LIFE} & {*self._only}:
            async with serving(ground.rig, ground.url, ground.log) as served:
                await served.log_in(*ground.names)
                for name in (part for part in _LIFE if part in self._only):
                    with self._progress.stage(name) as stage:
                        match name:
                            case "popups":
                                found = await life.popups(ground, served, stage, POPUPS_S)
                                self.figures["popup_ms_p50_50cps"] = found["ms"]["p50"]
                                self.figures["popup_ms_p99_50cps"] = found["ms"]["p99"]
                            case "burst":
                                found = await life.burst(ground, served, stage)
                                self.figures["burst500_last_popup_s"] = found["last_popup_s"]
                            case "sustained":
                                seconds = self._sustained_s
                                found = await life.sustained(ground, served, stage, seconds)
                                self.figures["sustained_cps"] = found["calls_per_s"]
                                for key in ("cpu_ms_per_call", "events_per_call"):
                                    self.figures[key] = found[key]
                            case "memory":
                                found = await life.memory(ground, served, stage)
                                self.figures["rss_mb_500_waiting"] = found["rss_mb"]
                            case "handoff":
                                found = await handoff.measure(ground, served, stage)
                                for part in ("p50", "p99"):
                                    self.figures[f"handoff_ratio_{part}"] = found[part]
                            case _:
                                continue
                        self.raw[name] = found
                        stage.say("done")
        await self._deaths(ground)

    async def _deaths(self, ground: Ground) -> None:
        """Measure what happens when the service, a node or the database dies."""
        if "resync" in self._only:
            with self._progress.stage("resync") as stage:
                found = self.raw["resync"] = await resync.measure(ground, stage)
                for key in ("exact_s", "control_s", "unread_s"):
                    self.figures[f"resync_{key}"] = found[key]
                stage.say("done")
        if "outage" in self._only:
            for rate, seconds in OUTAGE.items():
                with self._progress.stage(f"outage, {rate}/s") as stage:
                    found = await outage.measure(ground, stage, rate, seconds)
                    self.figures[f"outage_ratio_p50_{rate}cps"] = found["worst"]
                    self.raw[f"outage_{rate}cps"] = found
                    stage.say(str(found["ratios"]))
        if "takeover" in self._only:
            with self._progress.stage("takeover") as stage:
                found = self.raw["takeover"] = await takeover.measure(ground, stage)
                for key in ("kill_s", "freeze_s"):
                    self.figures[f"takeover_{key}"] = found[key]
                stage.say("done")
        if "native" in self._only:
            with self._progress.stage("native") as stage:
                found = self.raw["native"] = await native.measure(ground, stage)
                self.figures["native_ring_s"] = found["s"]
                stage.say("done")

    def _alone(self) -> None:
        """Measure what needs no Asterisk, when there is none any more."""
        if "parse" in self._only:
            with self._progress.stage("parse") as stage:
                consume, _ = pipeline()
                found = parse.measure(consume=consume)
                for key in ("parse_ratio", "pipeline_ratio"):
                    self.figures[key] = round(found[key], 2)
                self.raw["parse"] = found
                stage.say("done")
        if "flatness" in self._only:
            with self._progress.stage("flatness") as stage:
                measured = flatness.measure()
                self.figures["flatness_10_to_10000"] = round(measured["flatness_10_to_10000"], 3)
                self.raw["flatness"] = measured
                stage.say("done")


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "--long", action="store_true", help="ten minutes of sustained load: 60,000 calls"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="NAME")
    parser.add_argument("--dir", type=Path, default=VAR / "bench", help="for rig and database")
    parser.add_argument("--out", type=Path, default=VAR / "bench.json")
    options = parser.parse_args()
    console = Console()
    progress = Progress()
    seconds = LONG_S if options.long else SUSTAINED_S
    bench = Bench(options.only, seconds, progress)
    progress.note(f"sip112 bench: about {20 if options.long else 16} minutes in all ...")
    if os.getloadavg()[0] > 1:
        progress.note(f"  this machine is not idle (load {os.getloadavg()[0]:.1f}): figures suffer")
    try:
        prepare(progress)
        options.dir.mkdir(parents=True, exist_ok=True)
        where = asyncio.run(bench.run(options.dir.resolve()))
    except RigError as error:
        print(error, file=sys.stderr)
        return error.code
    report.save(options.out, bench.figures, where, bench.raw)
    met = report.show(bench.figures, console)
    console.print(f"Saved with all raw figures in {options.out}.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
