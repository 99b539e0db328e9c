"""The run of the suite: one scenario after the other on one Asterisk, and the report."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import time
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from faults.scenario import Scenario
from faults.stage import Account, Stage
from rig import Rig, RigError, down, rigged
from rig.postgres import PostgresServer
from rig.progress import Progress

SEATS: Final = 24
"""Seats of the Asterisk that all share; the most that a scenario takes."""
BRING_UP_S: Final = 60.0
SETTLE_S: Final = 180.0


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario that is over."""

    name: str
    seconds: float
    account: Account

    def line(self) -> str:
        """Return how it went, in one line."""
        account = self.account
        said = ["survived" if account.survived else "DID NOT SURVIVE"]
        if (verdict := account.verdict) is not None:
            classes = " ".join(f"{k or 'open'}={n}" for k, n in sorted(verdict.outcomes.items()))
            said.append(
                f"calls={verdict.calls} tickets={verdict.tickets} {classes}"
                f" lost={verdict.lost} duplicated={verdict.duplicated}"
                f" worst_gap_s={verdict.gap.seconds:.2f} ({account.place_of_gap()})"
                f" rate={account.rate:g}/s"
            )
            told = ("backfilled", "unheard", "torn", "turned_away")
            said += [f"{name}={count}" for name in told if (count := getattr(verdict, name))]
        said += [
            f"{name}={figure.value:g}" + ("" if figure.met else f" (promised {figure.goal:g})")
            for name, figure in account.figures.items()
        ]
        return " ".join(said)

    def record(self) -> dict[str, Any]:
        """Return all of it, for the file."""
        return {"name": self.name, "survived": self.account.survived, "seconds": self.seconds} | (
            asdict(self.account)
        )


class Suite:
    """A run of scenarios.

    Args:
        directory: for the rig, the database, and a directory of each scenario.
        seed: of every random instant; that of a scenario does not depend on the others.
        progress: shows what is being done.
        short: whether scenarios do what they do less often.
    """

    def __init__(
        self, directory: Path, seed: int, progress: Progress, *, short: bool = False
    ) -> None:
        self.results: list[Result] = []
        self._directory = directory
        self._seed = seed
        self._progress = progress
        self._short = short

    async def run(self, scenarios: Sequence[Scenario]) -> None:
        """Go through `scenarios`; `results` has what came of each."""
        down(self._directory / "rig")  # one that a killed suite left
        async with (
            rigged(self._directory / "rig", seats=SEATS, progress=self._progress) as rig,
            database(self._directory / "postgres") as server,
        ):
            for each in scenarios:
                await self.play(each, rig, server)

    async def play(self, scenario: Scenario, rig: Rig, server: PostgresServer) -> Result:
        """Go through one scenario, and return what came of it."""
        began = time.monotonic()
        directory = self._directory / scenario.name
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True, exist_ok=True)
        with self._progress.stage(scenario.name) as shown:
            dice = Random(f"{self._seed} {scenario.name}")  # noqa: S311 - to be drawn again
            stage = Stage(
                scenario.setup,
                scenario.within,
                rig,
                server,
                directory,
                dice,
                shown,
                short=self._short,
            )
            try:
                async with asyncio.timeout(BRING_UP_S + scenario.within + SETTLE_S), stage.up():
                    await self._break(scenario, stage)
                    await stage.settle()
            except Exception as error:  # noqa: BLE001 - the next scenario is to run all the same
                stage.complain(_told(error))
            result = Result(scenario.name, round(time.monotonic() - began, 1), stage.account)
            self.results.append(result)
            shown.detail = result.line()
        for complaint in result.account.complaints:
            self._progress.note(f"      {complaint}")
        return result

    async def _break(self, scenario: Scenario, stage: Stage) -> None:
        """Play a scenario; where it does not get to its end, mend what it broke."""
        try:
            async with asyncio.timeout(scenario.within):
                await scenario.play(stage)
        except (RigError, TimeoutError, httpx.HTTPError, OSError) as error:
            stage.complain(_told(error))
            await stage.mend()

    def last_line(self) -> str:
        """Return the sum of it all."""
        verdicts = [each.account.verdict for each in self.results if each.account.verdict]
        worst = max((each.gap.seconds for each in verdicts), default=0.0)
        return (
            f"faults: scenarios={len(self.results)}"
            f" survived={sum(each.account.survived for each in self.results)}"
            f" calls={sum(each.calls for each in verdicts)}"
            f" tickets={sum(each.tickets for each in verdicts)}"
            f" lost={sum(each.lost for each in verdicts)}"
            f" duplicated={sum(each.duplicated for each in verdicts)}"
            f" worst_gap_s={worst:.2f}"
        )

    @property
    def survived(self) -> bool:
        """Whether all scenarios are survived."""
        return all(each.account.survived for each in self.results)

    def save(self, path: Path) -> None:
        """Write all results, with every figure."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = {"seed": self._seed, "scenarios": [each.record() for each in self.results]}
        path.write_text(json.dumps(whole, indent=2) + "\n")


@asynccontextmanager
async def database(directory: Path) -> AsyncIterator[PostgresServer]:
    """Run a PostgreSQL in `directory`, which is made anew."""
    server = await asyncio.to_thread(_initialised, directory)
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(directory, ignore_errors=True)


def _told(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"


def _initialised(directory: Path) -> PostgresServer:
    server = PostgresServer(directory)
    server.end_left_over()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return server.initialise()
