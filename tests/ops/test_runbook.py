"""The runbook knows every check, metric, command and setting, and none that is not there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from sip112.api.ports import Severity
from sip112.routing.ids import CentreCode
from sip112.service.alarms import Machine
from sip112.service.centre import Centre
from sip112.service.health import NodeHealth
from sip112.service.maps import Maps
from sip112.service.settings import Settings
from sip112.service.tenure import Tenure
from sip112.store.store import Store

ROOT: Final = Path(__file__).parents[2]
RUNBOOK: Final = (ROOT / "docs" / "runbook.md").read_text()
PKY: Final = CentreCode("PKY")


@pytest.fixture
async def health() -> NodeHealth:
    """Give the health of a node that has something to say of every part."""
    settings = Settings.model_construct()
    store = Store("sqlite:///nowhere.db")
    centre = Centre(settings, settings.served[0], store)
    centre.tenure = Tenure(
        settings,
        settings.served[0],
        store,
        None,
        alone=True,
        publish=centre.hub.publish,
        spied=lambda _: None,
        began=centre.hub.begin_after,
        followed=lambda _: None,
        stepped=centre.steps.add,
    )
    centre.load()
    (pbx,) = centre.tenure.links
    centre.tenure.links[pbx].state.up = True
    centre.tenure.links[pbx].state.skew = 0.0
    centre.tenure.pulses[pbx] = 1.0
    return NodeHealth([centre], Machine([], 0, []), Maps(Path("map.pmtiles")))


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below `heading`."""
    text = RUNBOOK.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert lines, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


async def test_every_check_has_its_row(health: NodeHealth) -> None:
    """With what kind it is, when it fails and what to do."""
    told = {cells[0].strip("`"): cells for cells in rows("Checks")}
    for fact in health.facts():
        assert told[fact.name][1] == fact.severity, fact.name
    assert {cells[1] for cells in told.values()} == set(Severity)
    assert all(when and what for _, _, when, what in told.values())


async def test_every_check_has_its_words_in_the_console(health: NodeHealth) -> None:
    """What it is called and what to do, in both languages; and no check has that is not made."""
    words = (ROOT / "web" / "src" / "lib" / "i18n" / "words" / "alarms.ts").read_text()
    told = re.findall(r"^  'alarm\.(\w+)(\.do)?': \{", words, re.MULTILINE)
    checks = {fact.name for fact in health.facts()}
    assert {name for name, do in told if not do} == checks
    assert {name for name, do in told if do} == checks


async def test_every_metric_is_explained(health: NodeHealth) -> None:
    """And none is that does not exist."""
    there = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for metric in health.collect()
    }
    text = " ".join(cells[0] for cells in rows("Alarms worth a telephone"))
    assert set(re.findall(r"`(sip112_\w+)", text)) == there


def test_its_commands_exist() -> None:
    """Those of sip112, with their options."""
    said = re.findall(r"\bsip112 ((?:check|calls|tickets|seats|migrate|token)\b[^`\n]*)", RUNBOOK)
    verbs: dict[str, set[str]] = {}
    for command in said:
        verb, *words = command.split()
        verbs.setdefault(verb, set()).update(word for word in words if word.startswith("--"))
    assert {"calls", "check"} <= verbs.keys()
    for verb, options in verbs.items():
        done = subprocess.run(  # noqa: S603 - it is ours
            (Path(sys.executable).with_name("sip112"), verb, "--help"),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        for option in options:
            assert option in done.stdout, (verb, option)


def test_its_settings_and_pages_exist() -> None:
    """What stands in brackets leads somewhere; what is named as a setting is one."""
    for name in ("disk_free_mb", "log_callers"):
        assert f"`{name}`" in RUNBOOK
        assert name in Settings.model_fields
    for page, _, part in (
        target.partition("#") for target in re.findall(r"\]\(([^)\s]+)\)", RUNBOOK)
    ):
        path = (ROOT / "docs" / page).resolve() if page else ROOT / "docs" / "runbook.md"
        assert path.is_file(), page
        headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
        assert not part or part in anchors, part


def test_every_setting_is_in_the_settings_page() -> None:
    """A setting that nobody can read of is none."""
    page = (ROOT / "docs" / "settings.md").read_text()
    for name in Settings.model_fields:
        assert f"`{name}`" in page, name
