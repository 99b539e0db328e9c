"""`sip112 check` with several centres and Asterisks: each is asked, by its own name and secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sip112.ami import names
from sip112.api.ports import Fact
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind
from sip112.dispatch.directory import Directory
from sip112.dispatch.ids import AgencyCode
from sip112.routing.ids import CentreCode
from sip112.service.check import check
from sip112.service.settings import Settings
from sip112.store.store import Store
from tests.link.fake_ami import SECRET, FakeAmi, response

PKY, KTM = CentreCode("PKY"), CentreCode("KTM")


@pytest.fixture
async def ami() -> AsyncIterator[FakeAmi]:
    """Give an Asterisk that has what the centre PKY needs, as far as it is asked for variables."""
    async with FakeAmi() as ami:
        ami.variables = {
            f"QUEUE_EXISTS({names.queue_name(PKY)})": "1",
            names.mode(PKY): names.SERVICE,
            names.owner(PKY): "7",
            "PJSIP_ENDPOINT(seat-01,context)": "seats",
        }
        yield ami


@pytest.fixture
async def other() -> AsyncIterator[FakeAmi]:
    """Give an Asterisk that has nothing."""
    async with FakeAmi() as ami:
        yield ami


async def told(tmp_path: Path, **given: Any) -> dict[str, Fact]:
    """Return what is said, by name; nothing is said twice."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/nowhere.db", **given)
    facts = [fact async for fact in check(settings)]
    names_ = [fact.name for fact in facts]
    assert len(names_) == len(set(names_))
    return {fact.name: fact for fact in facts}


def pbx(ami: FakeAmi, name: str = "pbx1", secret: str = SECRET) -> dict[str, Any]:
    """Return the settings of an Asterisk."""
    return {"name": name, "port": ami.port, "secret": secret}


async def test_one_asterisk_of_one_centre_needs_no_name(ami: FakeAmi, tmp_path: Path) -> None:
    """There is nothing to tell it from."""
    facts = await told(tmp_path, ami_port=ami.port, ami_secret=SECRET, seats="seat-01")
    assert {"store", "dns", "ami", "version", "queue sip112-PKY", "seats", "mode"} <= facts.keys()
    assert facts["ami"].ok
    assert facts["queue sip112-PKY"].ok
    assert facts["seats"].ok
    assert "owner's token: 7" in facts["mode"].detail


async def test_each_asterisk_of_a_centre_is_asked(
    ami: FakeAmi, other: FakeAmi, tmp_path: Path
) -> None:
    """One that lacks something does not hide behind one that has it."""
    facts = await told(tmp_path, seats="seat-01", pbxs=[pbx(ami, "north"), pbx(other, "south")])
    assert facts["north ami"].ok
    assert facts["south ami"].ok
    assert f":{other.port} as sip112" in facts["south ami"].detail
    for name in ("queue sip112-PKY", "seats"):
        assert facts[f"north {name}"].ok
        assert not facts[f"south {name}"].ok
        assert facts[f"south {name}"].remedy
    assert "ami" not in facts
    assert {"store", "dns"} <= facts.keys()


async def test_each_centre_is_asked_for_what_is_its_own(
    ami: FakeAmi, other: FakeAmi, tmp_path: Path
) -> None:
    """Its queue, its seats, its trunks, at its own Asterisks."""
    facts = await told(
        tmp_path,
        centres=[
            {"centre": "PKY", "seats": "seat-01", "pbxs": [pbx(ami)]},
            {
                "centre": "KTM",
                "seats": "seat-01,ktm-02",
                "trunks": ["carrier"],
                "pbxs": [pbx(ami, "north"), pbx(other, "south", "wrong")],
            },
        ],
    )
    assert facts["PKY ami"].ok
    assert facts["PKY queue sip112-PKY"].ok
    assert facts["PKY seats"].ok
    assert facts["KTM north ami"].ok
    assert not facts["KTM north queue sip112-KTM"].ok
    assert "1 without an endpoint: ktm-02" in facts["KTM north seats"].detail
    assert not facts["KTM north trunk carrier"].ok
    assert "owner's token: none" in facts["KTM north mode"].detail
    refused = facts["KTM south ami"]
    assert not refused.ok
    assert refused.remedy
    assert [name for name in facts if name.startswith("KTM south")] == ["KTM south ami"]
    assert "PKY trunk carrier" not in facts


async def test_one_that_does_not_answer_is_told_and_the_others_are_asked(
    ami: FakeAmi, other: FakeAmi, tmp_path: Path
) -> None:
    """In the order of the settings."""
    await other.stop()
    facts = await told(tmp_path, pbxs=[pbx(other, "north"), pbx(ami, "south")])
    assert not facts["north ami"].ok
    assert facts["south ami"].ok
    assert list(facts).index("north ami") < list(facts).index("south ami")


async def test_who_may_start_calls_is_asked_too(ami: FakeAmi, tmp_path: Path) -> None:
    """Nobody need; whoever does may do nothing else."""
    given: dict[str, Any] = {"ami_port": ami.port, "ami_secret": SECRET}
    ami.on["ListCommands"] = lambda action: response(action, Originate="calls", Ping="pongs")
    nobody = (await told(tmp_path, **given))["ami desk"]
    assert nobody.ok
    assert "SIP112_AMI_DESK_SECRET" in nobody.detail
    right = (await told(tmp_path, **given, ami_desk_secret=SECRET))["ami desk"]
    assert right.ok
    assert "as sip112-desk may start calls" in right.detail
    wrong = (await told(tmp_path, **given, ami_desk_secret="not-it"))["ami desk"]
    assert not wrong.ok
    assert "[sip112-desk](sip112-ami-desk)" in wrong.remedy
    ami.on["ListCommands"] = lambda action: response(action, Originate="calls", Command="all")
    too_much = (await told(tmp_path, **given, ami_desk_secret=SECRET))["ami desk"]
    assert not too_much.ok
    assert "and Command, which it need not" in too_much.detail
    ami.on["ListCommands"] = response
    too_little = (await told(tmp_path, **given, ami_desk_secret=SECRET))["ami desk"]
    assert not too_little.ok
    assert "lacks the right originate" in too_little.detail


async def test_the_map_is_looked_at(district: Path, tmp_path: Path) -> None:
    """That it can be drawn, and that every centre opens where there is something."""
    assert "plain grid" in (await told(tmp_path))["map"].detail
    facts = await told(tmp_path, map_file=district, map_centre="-2.2, 113.9")
    assert facts["map"].ok
    assert "protomaps, 0.1 MB" in facts["map"].detail
    assert "map PKY" not in facts
    facts = await told(tmp_path, map_file=district, map_centre="-2.5, 112.9")
    assert not facts["map PKY"].ok
    assert "it opens at -2.5, 112.9" in facts["map PKY"].detail
    assert facts["map PKY"].remedy
    bad = (await told(tmp_path, map_file=tmp_path / "none.pmtiles"))["map"]
    assert not bad.ok
    assert "No such file" in bad.detail
    assert bad.remedy


async def test_what_operators_choose_from_is_told(ami: FakeAmi, tmp_path: Path) -> None:
    """How much there is of it, and what reports will miss."""
    facts = await told(tmp_path, ami_port=ami.port, ami_secret=SECRET)
    assert facts["choices"].ok
    assert facts["choices"].detail.startswith("those that come along: 4 severities, ")
    own = tmp_path / "own.json"
    own.write_text('{"dispositions": [{"code": "prank", "name": {"id": "Iseng", "en": "Prank"}}]}')
    facts = await told(tmp_path, ami_port=ami.port, ami_secret=SECRET, lists=str(own))
    assert not facts["choices"].ok
    assert facts["choices"].detail.endswith(
        "; no disposition ghost, silent, information, referred, abandoned"
    )
    assert str(own) in facts["choices"].remedy
    own.write_text('{"dispositions": [}')
    facts = await told(tmp_path, ami_port=ami.port, ami_secret=SECRET, lists=str(own))
    assert not facts["choices"].ok
    assert f"{own}: Expecting value: line 1 column 19" in facts["choices"].detail
    assert "lists that come along" in facts["choices"].remedy


async def test_how_agencies_are_told_is_looked_at(ami: FakeAmi, tmp_path: Path) -> None:
    """Whether apprise understands each notifier, and whether the authorities can be read."""
    facts = await told(
        tmp_path,
        ami_port=ami.port,
        ami_secret=SECRET,
        notifiers={"sms": "jsons://user:pass@gateway.example.org/{to}", "email": "post://x/{to}"},
        handoff_authorities=tmp_path / "nowhere.pem",
    )
    assert facts["sms"].ok
    assert not facts["email"].ok
    assert facts["email"].detail == "apprise knows no such URL; see https://appriseit.com/services"
    certificates = facts["agencies' certificates"]
    assert not certificates.ok
    assert "nowhere.pem is no PEM file that can be read: No such file" in certificates.detail
    (tmp_path / "some.pem").write_text("some")
    facts = await told(
        tmp_path,
        ami_port=ami.port,
        ami_secret=SECRET,
        handoff_authorities=tmp_path / "some.pem",
    )
    assert not facts["agencies' certificates"].ok


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"low": {"accepted_s": 9}}, "limits are set for low"),
        ({"merah": {}, "low": {}}, "no ticket can have the severity merah"),
    ],
)
async def test_limits_of_a_severity_that_is_none(
    ami: FakeAmi, tmp_path: Path, given: dict[str, object], said: str
) -> None:
    """They would never be waited for; where nothing is set, nothing is said."""
    facts = await told(tmp_path, ami_port=ami.port, ami_secret=SECRET, escalation=given)
    assert facts["escalation"].detail == said
    assert facts["escalation"].ok == ("merah" not in given)
    assert "critical, high, low, medium" in facts["escalation"].remedy or facts["escalation"].ok
    assert "escalation" not in await told(tmp_path, ami_port=ami.port, ami_secret=SECRET)


@pytest.mark.parametrize(
    ("url", "ok"),
    [
        ({}, False),
        ({"public_url": "http://localhost:8112"}, False),
        ({"public_url": "https://[::1]"}, False),
        ({"http_host": "0.0.0.0"}, False),  # noqa: S104 - where nobody can be reached
        ({"public_url": "https://112.example.org"}, True),
        ({"public_url": "http://192.0.2.10:8112"}, True),
    ],
)
async def test_where_telephones_reach_the_service(
    ami: FakeAmi, tmp_path: Path, url: dict[str, str], *, ok: bool
) -> None:
    """Where they open or ask for tickets: not at this machine's own address."""
    seats = [{"id": "seat-01", "popup": ["twinkle"]}, {"id": "seat-02"}]
    facts = await told(tmp_path, ami_port=ami.port, ami_secret=SECRET, seats=seats, **url)
    assert facts["public url"].ok is ok
    assert facts["public url"].detail.startswith("1 seats")
    assert ok or "SIP112_PUBLIC_URL" in facts["public url"].remedy
    facts = await told(tmp_path, ami_port=ami.port, ami_secret=SECRET, seats="seat-01")
    assert "public url" not in facts


async def test_an_agency_where_nothing_may_be_sent_is_named(tmp_path: Path) -> None:
    """With its address and the setting; nothing is said where there is no directory yet."""
    assert "agencies" not in await told(tmp_path)
    channels = (Channel(ChannelKind.WEBHOOK, "http://10.20.0.5/112"),)
    name = {"id": "Damkar", "en": "Fire"}
    damkar = Agency(AgencyCode("damkar"), AgencyKind.FIRE, name, channels=channels)
    store = Store(f"sqlite:///{tmp_path}/nowhere.db")
    await store.migrate()
    assert "agencies" not in await told(tmp_path)
    await store.agencies.replace(PKY, Directory((damkar,)), "ani")
    await store.close()
    fact = (await told(tmp_path, centre="PKY"))["agencies"]
    assert not fact.ok
    assert "damkar (10.20.0.5)" in fact.detail
    assert "handoff_private_networks" in fact.remedy
    right = await told(tmp_path, centre="PKY", handoff_private_networks="10.20.0.0/16")
    assert right["agencies"].ok
    centres = [{"centre": each, "pbxs": [{"name": "pbx1"}]} for each in ("PKY", "KTM")]
    assert not (await told(tmp_path, centres=centres))["PKY agencies"].ok
