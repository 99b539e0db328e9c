"""One pair of Asterisks, with Kamailio in front, for all scenarios of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rig.pair import Pair, paired
from tests.integration.centre import Centre, opened
from tests.integration.conftest import OpenCentre


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Give two Asterisks that every scenario leaves whole."""
    async with paired(tmp_path_factory.mktemp("pair"), seats=4) as found:
        yield found


@pytest.fixture
def open_pair(pair: Pair, tmp_path: Path) -> OpenCentre:
    """Give what opens a centre on the pair, with the settings that are told."""

    @asynccontextmanager
    async def open_it(**more: Any) -> AsyncIterator[Centre]:
        async with opened(pair, tmp_path, **more) as centre:
            yield centre

    return open_it
