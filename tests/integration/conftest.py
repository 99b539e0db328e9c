"""What scenarios share: one real Asterisk for all, and a centre that each opens on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rig import Rig, down, up
from tests.integration.centre import Centre, opened
from tests.integration.recording import Recording

OpenCentre = Callable[..., AbstractAsyncContextManager[Centre]]


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give one Asterisk for all scenarios that leave it whole."""
    directory = tmp_path_factory.mktemp("rig")
    try:
        yield up(directory, seats=20)
    finally:
        down(directory)


@pytest.fixture
def recording(request: pytest.FixtureRequest) -> Recording:
    """Give the scenario's recording, which is none unless SIP112_RIG_RECORD says where to."""
    return Recording(request)


@pytest.fixture
def open_centre(rig: Rig, tmp_path: Path, recording: Recording) -> OpenCentre:
    """Give what opens a centre on the shared Asterisk, with the settings that are told."""

    @asynccontextmanager
    async def open_it(**more: Any) -> AsyncIterator[Centre]:
        async with opened(rig, tmp_path, recording=recording, **more) as centre:
            yield centre

    return open_it
