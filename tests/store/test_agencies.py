"""The directory of a centre: kept as given, changed by one after the other, never forgotten."""

from __future__ import annotations

import asyncio
import time
from dataclasses import fields, replace

import pytest

from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact, Opening
from sip112.dispatch.directory import Area, Directory, IncidentType, Item, Part, PlanEntry
from sip112.dispatch.errors import DirectoryChanged, DirectoryConflict
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode
from sip112.routing.ids import CentreCode
from sip112.store.store import Store
from tests.store.examples import PKY
from tests.store.helpers import fetch

OTHER = CentreCode("KTW")

FIRE = Agency(
    code=AgencyCode("damkar"),
    kind=AgencyKind.FIRE,
    name={"id": "Pemadam Kebakaran", "en": "Fire brigade"},
    area=AreaCode("kota"),
    hours=(Opening(0, 480, 1440), Opening(6, 0, 720)),
    contacts=(Contact("Pak Joni", {ChannelKind.SMS: "0812555000", ChannelKind.EMAIL: "a@b.test"}),),
    channels=(Channel(ChannelKind.WEBHOOK, "https://damkar.test/in"), Channel(ChannelKind.SMS)),
    active=False,
)
POLICE = Agency(AgencyCode("polisi"), AgencyKind.POLICE, {"id": "Polisi", "en": "Police"})
TRAFFIC = IncidentType(
    code=TypeCode("traffic_injury"),
    name={"id": "Laka", "en": "Accident with injuries"},
    parent=TypeCode("traffic"),
    severity="high",
    plan=(PlanEntry(kind=AgencyKind.POLICE), PlanEntry(agency=AgencyCode("damkar"))),
)
ROOT = IncidentType(TypeCode("traffic"), {"id": "Lalu lintas", "en": "Traffic"})
TOWN = Area(
    code=AreaCode("kota"),
    name={"id": "Kota", "en": "Town"},
    geometry={"type": "Polygon", "coordinates": [[[113.9, -2.2], [114, -2.2], [114, -2.25]]]},
)
ALL = Directory((FIRE, POLICE), (ROOT, TRAFFIC), (TOWN,))


async def test_every_field_of_a_directory_is_kept(store: Store) -> None:
    """No field comes back as its default: what is added to an entry is kept without a column."""
    for item in (FIRE, TRAFFIC, TOWN):
        for field in fields(item):
            assert getattr(item, field.name) != field.default, f"{field.name} must differ"
    await store.agencies.replace(PKY, ALL, "ani")
    state = await store.agencies.directory(PKY)
    assert state.directory == ALL
    assert state.revision == 5
    assert sorted(state.versions.values()) == [1, 2, 3, 4, 5]
    nothing = await store.agencies.directory(OTHER)
    assert (nothing.directory, nothing.revision, nothing.versions) == (Directory(), 0, {})


async def test_a_change_is_based_on_what_was_seen(store: Store) -> None:
    """Nobody overwrites another unseen; a new entry is one that nobody else has made."""
    agencies = store.agencies
    assert await agencies.put(PKY, POLICE, None, "ani") == 1
    renamed = replace(POLICE, name={"id": "Polresta", "en": "Police"})
    assert await agencies.put(PKY, renamed, 1, "ani") == 2
    for seen in (None, 1, 3):
        with pytest.raises(DirectoryConflict, match="at version 2") as conflict:
            await agencies.put(PKY, POLICE, seen, "sri")
        assert (conflict.value.current, conflict.value.version) == (renamed, 2)
    with pytest.raises(DirectoryConflict, match="there is none") as conflict:
        await agencies.put(PKY, FIRE, 2, "sri")
    assert (conflict.value.part, conflict.value.code) == (Part.AGENCY, "damkar")
    assert (conflict.value.current, conflict.value.version) == (None, None)
    assert (await agencies.directory(PKY)).directory == Directory((renamed,))


async def test_what_is_there_already_is_left_as_it_is(store: Store) -> None:
    """Whoever lost the answer asks again, and the entry is not changed a second time."""
    agencies = store.agencies
    for item in (FIRE, TOWN, TRAFFIC):
        version = await agencies.put(PKY, item, None, "ani")
        assert await agencies.put(PKY, item, None, "ani") == version
    before = await agencies.history(PKY)
    assert await agencies.replace(PKY, (await agencies.directory(PKY)).directory, "sri") == 3
    assert await agencies.history(PKY) == before


async def test_of_changes_at_once_one_wins(store: Store) -> None:
    """Ten people who saw the same version cannot all change it, and each change has a number."""
    agencies = store.agencies
    version = await agencies.put(PKY, POLICE, None, "ani")
    results = await asyncio.gather(
        *(
            agencies.put(PKY, replace(POLICE, name={"id": str(n), "en": "x"}), version, "ani")
            for n in range(10)
        ),
        *(
            agencies.put(PKY, Area(AreaCode(f"a{n}"), {"id": "x"}, TOWN.geometry), None, "sri")
            for n in range(5)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, DirectoryConflict) for each in results) == 9
    versions = [each for each in results if isinstance(each, int)]
    assert sorted(versions) == [2, 3, 4, 5, 6, 7]
    state = await agencies.directory(PKY)
    assert state.revision == 7
    assert len(state.directory.areas) == 5


async def test_types_and_areas_are_removed_and_agencies_are_not(store: Store) -> None:
    """One that comes again is another one: nobody changes it who has seen the first."""
    agencies = store.agencies
    await agencies.replace(PKY, ALL, "ani")
    versions = (await agencies.directory(PKY)).versions
    version = versions[Part.AREA, "kota"]
    with pytest.raises(DirectoryConflict):
        await agencies.remove(PKY, Part.AREA, "kota", version - 1, "ani")
    await agencies.remove(PKY, Part.AREA, "kota", version, "ani")
    await agencies.remove(PKY, Part.AREA, "kota", version, "ani")
    await agencies.remove(PKY, Part.TYPE, "traffic", versions[Part.TYPE, "traffic"], "ani")
    state = await agencies.directory(PKY)
    assert state.directory == Directory((FIRE, POLICE), (TRAFFIC,), ())
    assert (Part.AREA, "kota") not in state.versions
    assert state.revision == 7
    again = await agencies.put(PKY, TOWN, None, "ani")
    assert again == 8
    with pytest.raises(DirectoryConflict):
        await agencies.remove(PKY, Part.AREA, "kota", version, "ani")
    with pytest.raises(ValueError, match="inactive"):
        await agencies.remove(PKY, Part.AGENCY, "damkar", 1, "ani")


async def test_an_import_replaces_all_and_keeps_the_agencies(store: Store) -> None:
    """Its order is the new one; agencies that it does not have become inactive."""
    agencies = store.agencies
    await agencies.replace(PKY, ALL, "ani")
    medical = Agency(AgencyCode("medis"), AgencyKind.MEDICAL, {"id": "PSC", "en": "Medical"})
    new = Directory((medical, FIRE), (ROOT,), ())
    revision = await agencies.replace(PKY, new, "sri")
    state = await agencies.directory(PKY)
    assert state.revision == revision
    assert state.directory == Directory((medical, FIRE, replace(POLICE, active=False)), (ROOT,), ())
    assert await agencies.replace(PKY, new, "sri") == revision
    assert (await agencies.directory(PKY)).directory == state.directory


async def test_an_import_is_based_on_what_was_seen(store: Store) -> None:
    """What somebody has changed since is not overwritten; what is so already is none."""
    agencies = store.agencies
    seen = await agencies.replace(PKY, ALL, "ani")
    river = replace(TOWN, code=AreaCode("sungai"))
    now = await agencies.put(PKY, river, None, "sri")
    with pytest.raises(DirectoryChanged) as refused:
        await agencies.replace(PKY, ALL, "ani", seen)
    assert refused.value.revision == now
    state = await agencies.directory(PKY)
    assert state.revision == now
    assert await agencies.replace(PKY, state.directory, "ani", seen) == now
    assert await agencies.replace(PKY, ALL, "ani", now) == now + 1


async def test_a_new_entry_stands_behind_the_others_of_its_part(store: Store) -> None:
    """A changed one stays where it is; a type never comes before its parent."""
    agencies = store.agencies
    items: list[Item] = [FIRE, TRAFFIC, POLICE, ROOT]
    for item in items:
        await agencies.put(PKY, item, None, "ani")
    await agencies.put(PKY, replace(FIRE, active=True), 1, "ani")
    found = (await agencies.directory(PKY)).directory
    assert found == Directory((replace(FIRE, active=True), POLICE), (ROOT, TRAFFIC), ())


async def test_who_changed_what_is_kept(store: Store) -> None:
    """Newest first, in pages, with each entry as it became."""
    before = time.time()
    agencies = store.agencies
    await agencies.put(PKY, ROOT, None, "an\x00i")
    await agencies.put(PKY, replace(ROOT, severity="low"), 1, "sri")
    await agencies.remove(PKY, Part.TYPE, "traffic", 2, "rina")
    await agencies.put(OTHER, ROOT, None, "x")
    history = await agencies.history(PKY)
    assert [(each.revision, each.by, each.item) for each in history] == [
        (3, "rina", None),
        (2, "sri", replace(ROOT, severity="low")),
        (1, "an\ufffdi", ROOT),
    ]
    assert {(each.part, each.code) for each in history} == {(Part.TYPE, "traffic")}
    assert all(before - 1 < each.at < time.time() + 1 for each in history)
    assert await agencies.history(PKY, limit=1) == history[:1]
    assert await agencies.history(PKY, before=3, limit=1) == history[1:2]
    assert await agencies.history(PKY, before=1) == []


async def test_a_centre_is_seeded_once(migrated_url: str) -> None:
    """Of several nodes that begin at once one does it; what was removed since stays so."""
    nodes = [Store(migrated_url) for _ in range(3)]
    made = await asyncio.gather(*(node.agencies.seed(PKY, ALL) for node in nodes))
    assert sorted(made) == [False, False, True]
    agencies = nodes[0].agencies
    assert (await agencies.directory(PKY)).directory == ALL
    await agencies.replace(PKY, Directory(), "ani")
    assert not await agencies.seed(PKY, ALL)
    kept = (FIRE, replace(POLICE, active=False))
    assert (await agencies.directory(PKY)).directory == Directory(kept)
    for node in nodes:
        await node.close()


async def test_text_that_no_database_keeps_is_replaced(store: Store) -> None:
    """Wherever it stands, also in the middle of a GeoJSON."""
    area = Area(AreaCode("a\x00"), {"id": "\ud800"}, {"type": ["\x00"], "coordinates": []})
    await store.agencies.put(PKY, area, None, "ani")
    found = (await store.agencies.directory(PKY)).directory.areas
    assert found == (
        Area(AreaCode("a\ufffd"), {"id": "\ufffd"}, {"type": ["\ufffd"], "coordinates": []}),
    )
    await store.agencies.remove(PKY, Part.AREA, "a\x00", 1, "ani")
    assert (await store.agencies.directory(PKY)).directory == Directory()


async def test_secrets_stand_apart(store: Store, migrated_url: str) -> None:
    """Of one agency of one centre, and nowhere in the directory or its history."""
    agencies = store.agencies
    await agencies.put(PKY, POLICE, None, "ani")
    police = AgencyCode("polisi")
    assert await agencies.secret(PKY, police) is None
    for secret in ("whsec_first", "whsec_second"):
        await agencies.set_secret(PKY, police, secret)
        assert await agencies.secret(PKY, police) == secret
    await asyncio.gather(*(agencies.set_secret(OTHER, police, "whsec_other") for _ in range(5)))
    assert await agencies.secret(PKY, police) == "whsec_second"
    assert await agencies.secret(OTHER, police) == "whsec_other"
    assert await agencies.secret(PKY, AgencyCode("a\x00")) is None
    rows = await fetch(migrated_url, "SELECT data FROM directory_events")
    assert "whsec" not in str(rows)
    assert "whsec" not in str(await agencies.directory(PKY))
