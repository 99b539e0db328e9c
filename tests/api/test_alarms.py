"""Alarms: read, and told to those who follow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from sip112.api.hub import about
from sip112.api.ports import Fact, Severity
from sip112.api.schemas.notices import NoticeView
from sip112.dispatch.reasons import Code, because
from sip112.people.attempts import Attempts
from sip112.routing.effects import EntryKind
from sip112.routing.ids import CentreCode, Instant
from sip112.service.alarms import Machine
from sip112.service.centre import Centre
from sip112.service.health import NodeHealth
from sip112.service.settings import CentreSettings, Settings
from sip112.store.store import Store
from tests.api.service import NOW, PKY, Service
from tests.api.test_hub import entry
from tests.api.test_notices import told

FULL = Fact("disk", ok=False, detail="full", remedy="Free some.", severity=Severity.WARNING)
UNSENT = Fact(
    "outbox",
    ok=False,
    detail="2 messages",
    remedy="See why.",
    severity=Severity.WARNING,
    reason=because(Code.GIVEN_UP, n=2),
)
DOWN = Fact("link", ok=False, detail="refused", remedy="Look.")
EVERYTHING = about(None, frozenset())


async def test_what_fails_is_told_the_critical_first(gone: Store) -> None:
    """With its remedy and since when; what holds is not. Needs no database."""
    service = Service(gone)
    service.health.report = [Fact("store", ok=True, detail="up"), FULL, DOWN]
    async with service.client() as client:
        found = (await client.get("/v1/alarms")).json()
    assert [item["name"] for item in found["items"]] == ["link", "disk"]
    assert found["items"][0] == {
        "name": "link",
        "ok": False,
        "detail": "refused",
        "reason": None,
        "remedy": "Look.",
        "severity": "critical",
        "since": "2026-11-21T22:28:00.000Z",
    }
    assert found["drift"] == []


async def test_of_agencies_it_is_told_with_a_code(gone: Store) -> None:
    """By which the console says it in its own language."""
    service = Service(gone)
    service.health.report = [UNSENT]
    async with service.client() as client:
        [found] = (await client.get("/v1/alarms")).json()["items"]
    assert found["reason"] == {"code": "given_up", "details": {"n": "2"}}


async def test_what_the_auditor_healed_is_told_for_ten_minutes(service: Service) -> None:
    """Newest first, and nothing else that happened."""
    for seq, ago in enumerate([601, 600, 20, 10], start=1):
        detail = {"pbx": "pbx1", "kind": "call_ghost", "subject": str(seq)}
        record = replace(entry(seq), kind=EntryKind.PBX_DRIFT, at=Instant(NOW - ago), detail=detail)
        service.hub.publish(record)
    service.hub.publish(replace(entry(5), kind=EntryKind.PBX_BACK, at=Instant(NOW)))
    async with service.client() as client:
        found = (await client.get("/v1/alarms")).json()
    assert [each["detail"]["subject"] for each in found["drift"]] == ["4", "3", "2"]
    assert {each["kind"] for each in found["drift"]} == {"pbx.drift"}


class Node:
    """Two centres on a node, with what is said of its health."""

    def __init__(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/sip112.db"
        centres = (CentreSettings(centre="PKY"), CentreSettings(centre="KTM"))
        settings = Settings(database_url=url, centres=centres)
        self.store = Store(url)
        self.centres = [Centre(settings, each, self.store) for each in centres]
        self.attempts = Attempts()
        self.health = NodeHealth(self.centres, Machine([], 0, []), attempts=self.attempts)
        self.report: dict[str, list[Fact]] = {"PKY": [], "KTM": []}
        for centre, watch in zip(self.centres, self.health._watches, strict=True):
            watch.facts = lambda code=centre.code: self.report[code]  # type: ignore[method-assign, misc]


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """Give such a node."""
    node = Node(tmp_path)
    yield node
    await node.store.close()


async def test_who_follows_a_centre_hears_of_its_alarms(node: Node) -> None:
    """Once when it begins and once when it is over; of no other centre's."""
    streams = [await centre.hub.subscribe(None, EVERYTHING) for centre in node.centres]
    node.report["PKY"] = [DOWN]
    for now in range(4):
        node.health.look(now)
    assert node.health.alarms(PKY)[0].since == 0
    assert node.health.alarms(PKY)[0].fact == DOWN
    assert DOWN not in [alarm.fact for alarm in node.health.alarms(CentreCode("KTM"))]
    node.report["PKY"] = [Fact("link", ok=True, detail="up")]
    node.health.look(4)
    heard: list[list[Any]] = []
    for centre, stream in zip(node.centres, streams, strict=True):
        centre.hub.close()
        heard.append([each async for chunk in stream for each in told(chunk)])
    assert [(each["name"], each["ok"], each["detail"]) for each in heard[0]] == [
        ("link", False, "refused"),
        ("link", True, "up"),
    ]
    assert heard[0][0]["remedy"] == "Look."
    assert heard[0][0]["severity"] == "critical"
    assert heard[1] == []
    for each in heard[0]:
        TypeAdapter(NoticeView).validate_python(each)


async def test_lists_that_cannot_be_used_are_an_alarm(tmp_path: Path) -> None:
    """It says which file, where in it, and what to do; owning the centre or not."""
    own = tmp_path / "lists.json"
    own.write_text('{"languages": [}')
    settings = Settings(
        centre="PKY", database_url=f"sqlite:///{tmp_path}/sip112.db", lists=str(own)
    )
    store = Store(settings.database_url)
    centre = Centre(settings, settings.served[0], store)
    health = NodeHealth([centre], Machine([], 0, []))
    [told] = [each.fact for each in health.alarms(PKY) if each.fact.name == "choices"]
    assert not told.stops
    assert f"{own}: Expecting value: line 1 column 16" in told.detail
    assert "start the service anew" in told.remedy
    await store.close()


async def test_what_concerns_the_node_is_told_to_all(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its disks serve every centre."""
    streams = [await centre.hub.subscribe(None, EVERYTHING) for centre in node.centres]
    monkeypatch.setattr(node.health, "_of_node", lambda: [FULL])
    for now in range(2):
        node.health.look(now)
    for centre, stream in zip(node.centres, streams, strict=True):
        assert [alarm.fact for alarm in node.health.alarms(centre.settings.code)] == [FULL]
        centre.hub.close()
        heard = [each async for chunk in stream for each in told(chunk)]
        assert [each["name"] for each in heard] == ["disk"]
