"""What tests of several kinds share."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from rig import district as invented
from sip112.api.pmtiles import Schema

# A machine that has other things to do is no reason to fail.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# As in the service: a traceback with variables takes seconds, and a directory of agencies is one.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(scope="session")
def districts(tmp_path_factory: pytest.TempPathFactory) -> dict[Schema, Path]:
    """Give the map of an invented district, in each schema. Not to be written to."""
    directory = tmp_path_factory.mktemp("districts")
    paths = {schema: directory / f"{schema}.pmtiles" for schema in Schema}
    for schema, path in paths.items():
        invented.write(path, schema)
    return paths


@pytest.fixture
def district(districts: dict[Schema, Path], tmp_path: Path) -> Path:
    """Give the map of an invented district, to do with as the test likes."""
    path = tmp_path / "map.pmtiles"
    path.write_bytes(districts[Schema.PROTOMAPS].read_bytes())
    return path
