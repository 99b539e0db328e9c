"""The units of systemd: valid, as strict as they say, and about a program that exists."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path
from typing import Final

import pytest

from sip112.service import pulse
from sip112.service.settings import PREFIX, Settings
from sip112.store.writer import PENDING_MAX

ROOT: Final = Path(__file__).parents[2]
UNITS: Final = ROOT / "systemd"
SERVICE: Final = UNITS / "sip112.service"
INSTALLED: Final = "/opt/sip112/bin/sip112"
TIMES: Final = ("WatchdogSec", "TimeoutStartSec")
MOST_EXPOSED: Final = 1.5
"""Of `systemd-analyze security`, where 10 is a unit that restricts nothing."""
BYTES_PER_ENTRY: Final = 3_000
"""Of the journal, in memory, about."""

analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze, of package systemd"
)


class Unit(RawConfigParser):
    """A unit's text; of an option that is given twice, all values in order."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, delimiters="=", interpolation=None)
        self.optionxform = str  # type: ignore[assignment,method-assign] # names keep their case
        self.all: dict[str, list[str]] = {}
        for line in path.read_text().splitlines():
            name, found, value = line.partition("=")
            if found and not line.startswith("#"):
                self.all.setdefault(name, []).append(value)
        self.read(path)


def said(*command: str | Path) -> str:
    """Return what a command of systemd printed; it must end well."""
    done = subprocess.run(  # noqa: S603 - systemd's own
        command, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Give the unit as it would be if the program were installed where it is in this checkout."""
    path = tmp_path / "sip112.service"
    command = str(Path(sys.executable).with_name("sip112"))
    path.write_text(SERVICE.read_text().replace(INSTALLED, command))
    return path


@analyze
def test_systemd_understands_every_line(here: Path) -> None:
    """No unknown option, no value that is none."""
    assert said("systemd-analyze", "verify", "--man=no", here) == ""


@analyze
def test_the_drop_in_for_asterisk_is_understood(tmp_path: Path) -> None:
    """Beside a unit like the distribution's."""
    unit = tmp_path / "asterisk.service"
    unit.write_text("[Service]\nType=notify\nExecStart=/bin/true\n")
    shutil.copytree(UNITS / "asterisk.service.d", tmp_path / "asterisk.service.d")
    assert said("systemd-analyze", "verify", "--man=no", unit) == ""


@analyze
def test_the_sandbox_is_strict(here: Path) -> None:
    """As systemd itself counts it; what is left open is the network."""
    told = said("systemd-analyze", "security", "--offline=true", "--no-pager", here)
    exposure = re.search(r"Overall exposure level for .*: ([\d.]+)", told)
    assert exposure is not None, told
    assert float(exposure[1]) <= MOST_EXPOSED


def test_it_starts_a_command_that_exists() -> None:
    """The program and its subcommand."""
    program, verb = Unit(SERVICE)["Service"]["ExecStart"].split()
    assert program == INSTALLED
    assert verb in said(Path(sys.executable).with_name("sip112"), "--help")
    dockerfile = (ROOT / "docker" / "service" / "Dockerfile").read_text()
    assert str(Path(INSTALLED).parent) in dockerfile  # one place in all of the documentation


def test_it_is_started_again_for_ever() -> None:
    """Its own default is to give up after five times."""
    for path in (SERVICE, UNITS / "asterisk.service.d" / "sip112.conf"):
        unit = Unit(path)
        assert unit["Unit"]["StartLimitIntervalSec"] == "0"
        assert unit["Service"]["Restart"] == "always"


def test_its_times_fit_together() -> None:
    """Alive is said several times before the watchdog bites, ready before the start times out."""
    service = Unit(SERVICE)["Service"]
    watchdog, start = (float(service[name].removesuffix("s")) for name in TIMES)
    assert 5 * pulse.BEAT_S <= watchdog < Settings.model_construct().frozen_exit_s
    assert start > 2 * pulse.READY_S
    assert service["Type"] == "notify"


def test_the_service_dies_before_asterisk() -> None:
    """When memory runs out; and not before the journal has reached its own bound."""
    service = Unit(SERVICE)["Service"]
    asterisk = Unit(UNITS / "asterisk.service.d" / "sip112.conf")["Service"]
    assert int(service["OOMScoreAdjust"]) > 0 > int(asterisk["OOMScoreAdjust"])
    assert int(service["CPUWeight"]) < int(asterisk["CPUWeight"])
    gigabytes = int(service["MemoryMax"].removesuffix("G"))
    assert gigabytes * 2**30 > 2 * PENDING_MAX * BYTES_PER_ENTRY


def test_the_example_names_settings_that_exist() -> None:
    """Those that are commented out too; and it holds no secret."""
    text = (UNITS / "sip112.env").read_text()
    fields = {name.upper(): name for name in Settings.model_fields}
    named = re.findall(rf"^(#?){PREFIX}(\w+)=(.*)$", text, re.MULTILINE)
    active = {fields[name]: value for comment, name, value in named if not comment}
    assert "ami_secret" not in active
    assert {value for _, name, value in named if name in {"AMI_SECRET", "TOKENS"}} == {"", "[]"}
    settings = Settings(**active)
    assert settings.database_url.startswith("sqlite:////var/lib/sip112/")


@pytest.mark.parametrize("file", ["compose.yaml", "compose.two.yaml"])
def test_the_compose_file_names_settings_that_exist(file: str) -> None:
    """What it hands to the service, whose variables have no default of their own there."""
    text = (ROOT / "docker" / file).read_text()
    service = text.partition("\n  service:\n")[2].partition("depends_on:")[0]
    named = re.findall(rf"^      {PREFIX}(\w+):", service, re.MULTILINE)
    assert len(named) > 5
    assert {name.lower() for name in named} <= Settings.model_fields.keys()
    assert "restart: unless-stopped" in text


def test_what_it_reads_and_writes_is_allowed() -> None:
    """Its state lies where StateDirectory= makes room; /proc/stat is not hidden."""
    unit = Unit(SERVICE)
    service = unit["Service"]
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert "ProcSubset" not in unit.all
    assert "AF_UNIX" in service["RestrictAddressFamilies"].split()  # NOTIFY_SOCKET
    assert (UNITS / "sysusers.d" / "sip112.conf").read_text().splitlines()[-1].split()[1] == (
        service["User"]
    )
