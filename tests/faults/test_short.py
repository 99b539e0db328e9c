"""The fault suite's short form: a few scenarios of it, each for some seconds, on the real rig."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from faults.scenario import Scenario
from faults.scenarios import database, nodes, service
from faults.suite import SEATS, Suite
from rig import Rig, down, up
from rig.postgres import PostgresServer, postgres_server
from rig.progress import Progress

SEED: Final = 112
"""Of the random instants; `make faults` takes a new one each time."""
SHORT: Final = (service.killed, service.restarted, database.killed, nodes.kill)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give one Asterisk for all."""
    directory = tmp_path_factory.mktemp("faults") / "rig"
    try:
        yield up(directory, seats=SEATS)
    finally:
        down(directory)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Give one PostgreSQL for all."""
    with postgres_server() as running:
        yield running


@pytest.mark.parametrize("scenario", SHORT, ids=lambda scenario: scenario.name)
async def test_short(scenario: Scenario, rig: Rig, server: PostgresServer, tmp_path: Path) -> None:
    """Every caller has exactly one ticket and was offered a seat, as SIPp's phones saw it."""
    suite = Suite(tmp_path, SEED, Progress(quiet=True), short=True)
    result = await suite.play(scenario, rig, server)
    assert result.account.survived, "\n".join([result.line(), *result.account.complaints])
