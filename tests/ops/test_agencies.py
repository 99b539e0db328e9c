"""The directory of a centre at a node: at hand, read anew, changed, told of when amiss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from sip112.directory.files import shipped
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind
from sip112.dispatch.directory import Area, Directory, IncidentType, Part, PlanEntry
from sip112.dispatch.errors import DirectoryConflict, DirectoryFaulty
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode
from sip112.handoff.reach import Reach
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode
from sip112.service.dispatch import agencies
from sip112.service.dispatch.agencies import Agencies
from sip112.store.store import Store
from tests.api.service import SEVERITIES, until

PKY = CentreCode("PKY")
NAME = {"id": "Kota", "en": "Town"}
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
CROSSED = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
TOWN = Area(AreaCode("kota"), NAME, SQUARE)
FIRE = Agency(AgencyCode("damkar"), AgencyKind.FIRE, NAME, area=TOWN.code)
FLOOD = IncidentType(TypeCode("flood"), NAME, None, "high", (PlanEntry(agency=FIRE.code),))
OWN = Directory((FIRE,), (FLOOD,), (TOWN,))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Give a store on SQLite with all tables and no rows."""
    store = Store(f"sqlite:///{tmp_path}/sip112.db")
    await store.migrate()
    yield store
    await store.close()


@asynccontextmanager
async def known(store: Store, severities: tuple[str, ...] = SEVERITIES) -> AsyncIterator[Agencies]:
    """Give the directory as a node knows it, which looks at it."""
    found = Agencies(PKY, store.agencies, severities)
    found.start()
    try:
        yield found
    finally:
        await found.stop()


async def test_a_centre_begins_with_the_one_that_comes_along(store: Store) -> None:
    """It is at hand before any database has answered, and is the centre's own from then on."""
    async with known(store) as here:
        assert here.current.directory == shipped()
        assert here.current.revision == 0
        assert here.fact().ok
        assert here.fact().detail.startswith("that which comes along: 17 agencies, 125 incident")
        await until(lambda: here.current.revision)
        assert here.current.directory == shipped()
        assert here.fact().detail.startswith(f"revision {here.current.revision}: 17 agencies")
    assert (await store.agencies.directory(PKY)).directory == shipped()


async def test_what_a_centre_has_is_left_to_it(store: Store) -> None:
    """Also where that is next to nothing."""
    await store.agencies.replace(PKY, OWN, "ani")
    async with known(store) as here:
        await until(lambda: here.current.revision)
        assert here.current.directory == OWN
    await store.agencies.replace(PKY, Directory((FIRE,), (), (TOWN,)), "ani")
    async with known(store) as here:
        await until(lambda: here.current.revision)
        assert not here.current.directory.types


async def test_each_directory_that_is_known_is_told_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was changed here, and the one that another node changed; no look tells twice."""
    monkeypatch.setattr(agencies, "POLL_S", 0.01)
    told: list[int] = []
    here = Agencies(PKY, store.agencies, SEVERITIES, told.append)
    await here.fresh()
    assert told == [here.current.revision]
    await here.fresh()
    await here.replace(OWN, "ani")
    assert told[1:] == [here.current.revision]
    here.start()
    try:
        known = here.current.versions[(Part.AGENCY, FIRE.code)]
        version = await store.agencies.put(PKY, replace(FIRE, active=False), known, "another")
        await until(lambda: told[2:])
        assert told[2:] == [version]
    finally:
        await here.stop()


async def test_severities_that_the_centre_does_not_have_are_not_proposed(store: Store) -> None:
    """Or its first directory would be at fault."""
    async with known(store, ("high", "dire")) as here:
        await until(lambda: here.current.revision)
        assert {each.severity for each in here.current.directory.types} == {"high", None}
        assert here.faults == ()


async def test_what_another_node_changes_is_known_here(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the next look, and what is known of areas that stayed is kept."""
    monkeypatch.setattr(agencies, "POLL_S", 0.01)
    await store.agencies.replace(PKY, OWN, "ani")
    async with known(store) as here:
        await until(lambda: here.current.revision)
        [town] = here.current.directory.areas
        other = replace(FIRE, active=False)
        version = here.current.versions[Part.AGENCY, FIRE.code]
        await store.agencies.put(PKY, other, version, "budi")
        await until(lambda: here.current.directory.agencies == (other,))
        assert here.current.directory.areas[0] is town
        version = here.current.versions[Part.AREA, TOWN.code]
        await store.agencies.put(PKY, replace(TOWN, name={"id": "a", "en": "b"}), version, "budi")
        await until(lambda: here.current.directory.areas[0].name["id"] == "a")


async def test_what_is_changed_here_is_known_at_once(store: Store) -> None:
    """Whoever changed something reads it so, without a look of its own."""
    here = Agencies(PKY, store.agencies, SEVERITIES)
    revision = await here.replace(OWN, "ani")
    assert here.current.directory == replace(OWN, agencies=here.current.directory.agencies)
    assert here.current.revision == revision
    version = await here.put(
        replace(FLOOD, severity="low"), here.current.versions[Part.TYPE, "flood"], "a"
    )
    assert here.current.directory.types == (replace(FLOOD, severity="low"),)
    with pytest.raises(DirectoryConflict):
        await here.put(FLOOD, version - 1, "budi")
    await here.remove(Part.TYPE, FLOOD.code, version, "ani")
    assert not here.current.directory.types


async def test_a_change_that_does_not_fit_is_refused(store: Store) -> None:
    """It says why, and nothing is changed; a fault that is there already hinders none."""
    here = Agencies(PKY, store.agencies, SEVERITIES)
    await here.replace(OWN, "ani")
    before = here.current
    with pytest.raises(DirectoryFaulty, match="acts in 'kota', which is no area"):
        await here.remove(Part.AREA, TOWN.code, before.versions[Part.AREA, TOWN.code], "ani")
    with pytest.raises(DirectoryFaulty, match="crosses itself"):
        await here.put(replace(TOWN, code=AreaCode("b"), geometry=CROSSED), None, "ani")
    with pytest.raises(DirectoryFaulty, match="'dire', which is no severity"):
        await here.replace(replace(OWN, types=(replace(FLOOD, severity="dire"),)), "ani")
    assert here.current == before

    here = Agencies(PKY, store.agencies, ("low",))
    await here.put(replace(FLOOD, code=TypeCode("b"), severity="low"), None, "ani")
    assert [fault.where for fault in here.faults] == ["incident_types[0].severity"]
    with pytest.raises(DirectoryFaulty, match="'b' has 'high', which is no severity") as refused:
        await here.put(
            replace(FLOOD, code=TypeCode("b")), here.current.versions[Part.TYPE, "b"], "ani"
        )
    assert len(refused.value.faults) == 1


async def test_what_does_not_fit_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of it, with what to do and where all of it is named; it stops no node."""
    monkeypatch.setattr(agencies, "POLL_S", 0.01)
    await store.agencies.replace(PKY, replace(OWN, areas=()), "ani")
    async with known(store, ("low",)) as here:
        await until(lambda: here.faults)
        fact = here.fact()
        assert not fact.ok
        assert not fact.stops
        assert "agencies[0].area: 'damkar' acts in 'kota'" in fact.detail
        assert fact.detail.endswith("(and 1 more)")
        assert fact.remedy.endswith("sip112 directory check")
        await store.agencies.put(PKY, TOWN, None, "ani")
        await until(lambda: len(here.faults) == 1)
        assert "more)" not in here.fact().detail


async def test_a_database_that_is_away_is_told_when_it_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it meanwhile; to change something says that it is away."""
    monkeypatch.setattr(agencies, "POLL_S", 0.01)
    store = Store(f"sqlite:///{tmp_path}/sip112.db")
    async with known(store) as here:
        with pytest.raises(StoreUnavailable):
            await here.put(FIRE, None, "ani")
        assert here.fact().ok
        assert here.current.directory == shipped()
        monkeypatch.setattr(agencies, "LATE_S", 0.0)
        await until(lambda: not here.fact().ok)
        assert "known is that which comes along" in here.fact().detail
        assert "`store`" in here.fact().remedy
        await store.migrate()
        await until(lambda: here.fact().ok)
        assert here.current.revision
    await store.close()


async def test_a_fault_of_ours_ends_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next look is made all the same."""
    monkeypatch.setattr(agencies, "POLL_S", 0.01)
    # a command that was tested before may have bound it to a stream that is gone
    monkeypatch.setattr(agencies, "_log", structlog.get_logger())
    await store.agencies.replace(PKY, OWN, "ani")
    here = Agencies(PKY, store.agencies, SEVERITIES)
    looked = here._looked_at
    failed: list[Directory] = []

    def fail_once(directory: Directory) -> object:
        if not failed:
            failed.append(directory)
            raise ZeroDivisionError
        return looked(directory)

    monkeypatch.setattr(here, "_looked_at", fail_once)
    here.start()
    await until(lambda: here.current.revision)
    await here.stop()
    assert failed


async def test_what_could_not_be_sent_is_an_alarm_before_the_first_incident(store: Store) -> None:
    """A system without a secret, a channel without a notifier; each until it has one."""
    here = Agencies(PKY, store.agencies, SEVERITIES, notified=())
    await here.fresh()
    assert here.fact().ok
    name = {"id": "Damkar", "en": "Fire"}
    channels = (
        Channel(ChannelKind.WEBHOOK, "https://damkar.example.org/112"),
        Channel(ChannelKind.SMS, "08125550113"),
    )
    damkar = Agency(AgencyCode("damkar-2"), AgencyKind.FIRE, name, channels=channels)
    await here.put(damkar, None, "rina")
    fact = here.fact()
    assert not fact.ok
    assert "damkar-2 has no secret to sign with, for webhook (and 1 more)" in fact.detail
    await here.new_secret(damkar.code)
    assert "nothing is set by which sms could be sent, as damkar-2 is told" in here.fact().detail
    assert "docs/settings.md" in here.fact().remedy
    elsewhere = Agencies(PKY, store.agencies, SEVERITIES, notified=(ChannelKind.SMS,))
    await elsewhere.fresh()
    assert elsewhere.fact().ok


async def test_who_is_where_nothing_may_be_sent_is_an_alarm_before_the_first_incident(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the address and the setting, beside whatever else is missing; until it is mended."""
    monkeypatch.setattr(agencies, "POLL_S", 0.01)
    channels = (Channel(ChannelKind.WEBHOOK, "https://10.20.0.5/112"),)
    damkar = Agency(AgencyCode("damkar"), AgencyKind.FIRE, NAME, channels=channels)
    await store.agencies.replace(PKY, Directory((damkar,)), "ani")
    here = Agencies(PKY, store.agencies, SEVERITIES, notified=())
    here.start()
    try:
        await until(lambda: here.current.revision)
        assert "handoff_private_networks" not in here.fact().detail  # which is not loaded yet
        here.reach = Reach(()).forbidden
        await until(lambda: "handoff_private_networks" in here.fact().remedy)
        fact = here.fact()
        assert not fact.ok
        assert "allow the address of damkar (10.20.0.5)" in fact.detail
        assert "damkar has no secret to sign with" in fact.detail
        await here.new_secret(damkar.code)
        moved = replace(damkar, channels=(Channel(ChannelKind.WEBHOOK, "https://8.8.8.8/112"),))
        await here.put(moved, here.current.versions[(Part.AGENCY, damkar.code)], "ani")
        await until(lambda: here.fact().ok)
        await here.put(damkar, here.current.versions[(Part.AGENCY, damkar.code)], "ani")
        await until(lambda: not here.fact().ok)
    finally:
        await here.stop()


async def test_a_fault_of_ours_in_that_is_no_end_of_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at again."""
    monkeypatch.setattr(agencies, "POLL_S", 0.01)
    monkeypatch.setattr(agencies, "REACH_S", 0.01)
    monkeypatch.setattr(agencies, "_log", structlog.get_logger())
    looks: list[object] = []

    async def reach(urls: Iterable[str]) -> Mapping[str, str]:
        looks.append(urls)
        if len(looks) == 1:
            raise ZeroDivisionError
        return {}

    async with known(store) as here:
        here.reach = reach
        await until(lambda: looks[1:])


async def test_a_name_server_that_is_silent_holds_up_nothing_else(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory is read on meanwhile, and nobody is asked twice at once."""
    monkeypatch.setattr(agencies, "POLL_S", 0.01)
    monkeypatch.setattr(agencies, "REACH_S", 0.01)
    looks: list[object] = []

    async def reach(urls: Iterable[str]) -> Mapping[str, str]:
        looks.append(urls)
        return await asyncio.Future()

    async with known(store) as here:
        here.reach = reach
        await until(lambda: looks)
        revision = await store.agencies.replace(PKY, OWN, "ani")
        await until(lambda: here.current.revision == revision)
        assert len(looks) == 1
