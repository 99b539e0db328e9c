"""The directory as files: it is read back as it was written, and what is wrong has its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip112.api.lists import shipped as lists
from sip112.directory.files import (
    MAX_BYTES,
    BadFile,
    read,
    read_areas,
    write,
    write_areas,
)
from sip112.directory.forms import CODE, Parts
from sip112.directory.geometry import flaw_of
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact, Opening
from sip112.dispatch.directory import Area, Directory, IncidentType, PlanEntry
from sip112.dispatch.faults import faults

# --- what is written is read back ----------------------------------------------------------------

CODES = st.from_regex(CODE, fullmatch=True)
LABELS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=80)
ADDRESSES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=99)
NAMES = st.fixed_dictionaries({"id": LABELS, "en": LABELS})
MINUTES = st.integers(0, 1440)


@st.composite
def rings(draw: st.DrawFn) -> list[list[float]]:
    """Draw a ring that runs anticlockwise: an edge, and a corner to the left of it."""
    west, south = draw(st.floats(-100, 100)), draw(st.floats(-50, 50))
    east, north = west + draw(st.floats(0.001, 9)), south + draw(st.floats(0.001, 9))
    return [[west, south], [east, south], [east, north], [west, south]]


GEOMETRIES = st.builds(
    lambda ring: {"type": "Polygon", "coordinates": [ring]}, rings()
) | st.builds(
    lambda parts: {"type": "MultiPolygon", "coordinates": [[ring] for ring in parts]},
    st.lists(rings(), min_size=1, max_size=3),
)
AREAS = st.lists(st.builds(Area, CODES, NAMES, GEOMETRIES), max_size=3).map(tuple)
CHANNELS = st.builds(Channel, st.sampled_from(ChannelKind), ADDRESSES | st.just(""))
CONTACTS = st.builds(
    Contact,
    LABELS,
    st.dictionaries(st.sampled_from(ChannelKind), ADDRESSES, min_size=1, max_size=3),
)
AGENCIES = st.builds(
    Agency,
    CODES,
    st.sampled_from(AgencyKind),
    NAMES,
    st.none() | CODES,
    st.lists(st.builds(Opening, st.integers(0, 6), MINUTES, MINUTES), max_size=3).map(tuple),
    st.lists(CONTACTS, max_size=3).map(tuple),
    st.lists(CHANNELS, max_size=3).map(tuple),
    st.booleans(),
)
ENTRIES = st.builds(PlanEntry, st.sampled_from(AgencyKind)) | st.builds(PlanEntry, st.none(), CODES)
TYPES = st.builds(
    IncidentType,
    CODES,
    NAMES,
    st.none() | CODES,
    st.none() | CODES,
    st.none() | st.lists(ENTRIES, max_size=3).map(tuple),
)
DIRECTORIES = st.builds(
    Directory,
    st.lists(AGENCIES, max_size=3).map(tuple),
    st.lists(TYPES, max_size=3).map(tuple),
    AREAS,
)


@given(DIRECTORIES)
def test_a_directory_is_read_as_it_was_written(directory: Directory) -> None:
    """All of it, in its order, and every number as it was."""
    assert read(write(directory)).onto(Directory()) == directory


@given(AREAS)
def test_areas_are_read_as_they_were_written(areas: tuple[Area, ...]) -> None:
    assert read_areas(write_areas(areas)) == areas


def test_the_file_of_the_documentation_is_one() -> None:
    """And its parts fit together."""
    text = (Path(__file__).parents[2] / "docs" / "agencies.md").read_text()
    [example] = re.findall("```json\n(.*?)```", text, re.DOTALL)
    directory = read(example.encode()).onto(Directory())
    severities = [each.code for each in lists().severities]
    assert faults(directory, lambda area: flaw_of(area.geometry), severities) == []
    assert directory.types[0].plan


def test_a_written_file_is_for_people_to_read() -> None:
    """One line for what fits in one, letters as they are, nothing that says nothing."""
    directory = Directory(
        (
            Agency(
                "pln",  # type: ignore[arg-type]
                AgencyKind.UTILITY,
                {"id": "Listrik (PLN)", "en": "Électricité"},
                hours=(Opening(0, 480, 1440),),
                contacts=(Contact("Piket", {ChannelKind.SMS: "0812", ChannelKind.VOICE: "123"}),),
                channels=(Channel(ChannelKind.VOICE), Channel(ChannelKind.ACCOUNT)),
                active=False,
            ),
        ),
        (
            IncidentType(
                "power",  # type: ignore[arg-type]
                {"id": "Listrik", "en": "Power"},
                plan=(PlanEntry(agency="pln"),),  # type: ignore[arg-type]
            ),
        ),
    )
    assert write(directory).decode() == (
        """{
  "agencies": [
    {
      "code": "pln",
      "kind": "utility",
      "name": {"id": "Listrik (PLN)", "en": "Électricité"},
      "hours": [{"day": "monday", "opens": "08:00", "closes": "24:00"}],
      "contacts": [{"name": "Piket", "addresses": {"voice": "123", "sms": "0812"}}],
      "channels": [{"kind": "voice"}, {"kind": "account"}],
      "active": false
    }
  ],
  "incident_types": [
    {"code": "power", "name": {"id": "Listrik", "en": "Power"}, "plan": [{"agency": "pln"}]}
  ],
  "areas": []
}
"""
    )


def test_areas_are_written_as_maps_want_them() -> None:
    """Plain properties, which any program shows, and the border anticlockwise."""
    clockwise = [[113, -2], [113, -1], [114, -1], [113, -2]]
    name = {"id": "Kota", "en": "Town"}
    area = Area("kota", name, {"type": "Polygon", "coordinates": [clockwise]})  # type: ignore[arg-type]
    assert json.loads(write_areas([area])) == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": "kota", "name_id": "Kota", "name_en": "Town"},
                "geometry": {"type": "Polygon", "coordinates": [clockwise[::-1]]},
            }
        ],
    }


# --- reading --------------------------------------------------------------------------------------


def entry(code: str, **more: object) -> dict[str, object]:
    """Return an entry of a file, with a name in both languages."""
    return {"code": code, "name": {"id": code.title(), "en": code}, **more}


def agency(**more: object) -> dict[str, Any]:
    """Return a file with two agencies; `more` is of the second."""
    return {"agencies": [entry("pln", kind="utility"), entry("damkar", kind="fire") | more]}


def file(document: object) -> bytes:
    """Return a file that says that."""
    return json.dumps(document).encode()


def test_what_a_file_leaves_out_stays() -> None:
    """And what it has is taken whole, with a byte-order mark or without; null is left out."""
    old = read(file({"agencies": [entry("pln", kind="utility")], "incident_types": [entry("x")]}))
    parts = read(b"\xef\xbb\xbf" + file({"incident_types": [entry("flood")], "areas": None}))
    assert parts.agencies is None
    new = parts.onto(old.onto(Directory()))
    assert [each.code for each in new.agencies] == ["pln"]
    assert [each.code for each in new.types] == ["flood"]
    assert Parts().onto(new) == new
    assert read(file({"agencies": []})).onto(new).agencies == ()


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ([], "it must be a JSON object, with agencies"),
        ({"agancies": []}, "the file: there is no 'agancies' here; did you mean 'agencies'?;"),
        ({"dispositions": []}, "dispositions: this is no part of a directory"),
        ({"type": "FeatureCollection", "features": []}, "sip112 areas import"),
        ({"agencies": {}}, "agencies: Input should be a valid tuple"),
        ({"agencies": [7]}, "agencies[0]: Input should be a valid dictionary"),
        ({"agencies": [entry("a", kind="fire")] * 501}, "agencies: "),
        (agency(kind="polise"), "agencies[1].kind (of 'damkar'): it must be one of police, fire,"),
        (agency(kind="polise"), "did you mean 'police'?"),
        (agency(kind=["police"]), "agencies[1].kind (of 'damkar'): it must be one of"),
        (agency(nmae="x"), "agencies[1]: there is no 'nmae' here; did you mean 'name'?"),
        (agency(code="Jekan Raya"), "32 small letters, digits, _ and - at the most; did you mean"),
        (agency(code="Jekan Raya"), "'jekan_raya'?"),
        (agency(code="消防"), "agencies[1].code (of '消防'): it must be 32 small letters"),
        (agency(code=7), "agencies[1].code: Input should be a valid string"),
        (agency(name={"id": "Damkar"}), "agencies[1].name.en (of 'damkar'): it is missing"),
        (agency(name={"id": "a\nb", "en": "a"}), "agencies[1].name.id (of 'damkar'): "),
        (agency(name={"id": "a", "en": "\ud800"}), "name.en (of 'damkar'): Input should"),
        (agency(name={"id": "a" * 81, "en": "a"}), "agencies[1].name.id (of 'damkar'): "),
        (agency(active="yes"), "agencies[1].active (of 'damkar'): Input should be a valid boolean"),
        (agency(hours=[{"day": "senin"}]), "hours[0].day (of 'damkar'): it must be one of monday"),
        (agency(hours=[{"day": 0}]), "hours[0].day (of 'damkar'): it must be one of monday"),
        (
            agency(hours=[{"day": "monday", "opens": "8", "closes": "24:01"}]),
            "opens (of 'damkar'):",
        ),
        (agency(hours=[{"day": "monday", "opens": 8, "closes": "24:01"}]), "closes (of 'damkar'):"),
        (agency(channels=[{"kind": "webhok"}]), "did you mean 'webhook'?"),
        (
            agency(channels=[{"kind": "sms", "address": "a\0"}]),
            "channels[0].address (of 'damkar'):",
        ),
        (agency(channels=[{"kind": "sms", "address": "a" * 501}]), "channels[0].address"),
        (
            agency(contacts=[{"name": "Piket"}]),
            "contacts[0].addresses (of 'damkar'): it is missing",
        ),
        (agency(contacts=[{"name": "Piket", "addresses": {}}]), "contacts[0].addresses"),
        (
            agency(contacts=[{"name": "Piket", "addresses": {"fax": "1"}}]),
            "contacts[0].addresses.fax (of 'damkar'): it must be one of webhook, cap",
        ),
        (
            agency(contacts=[{"name": "Piket", "addresses": {"sms": ""}}]),
            "contacts[0].addresses.sms (of 'damkar'): ",
        ),
        ({"incident_types": [entry("a", plan=[{}])]}, "plan[0] (of 'a'): it must have a kind of"),
        (
            {"incident_types": [entry("a", plan=[{"kind": "fire", "agency": "damkar"}])]},
            "incident_types[0].plan[0] (of 'a'): it must have a kind of agency, or the code of one",
        ),
        ({"incident_types": [entry("a", plan=["fire"])]}, "incident_types[0].plan[0] (of 'a'): "),
        ({"areas": [entry("a")]}, "areas[0].geometry (of 'a'): it is missing"),
        (
            {"areas": [entry("a", geometry={"type": "Polygn", "coordinates": []})]},
            "areas[0].geometry.type (of 'a'): it must be one of Polygon, MultiPolygon; did you",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document: object, complaint: str) -> None:
    with pytest.raises(BadFile) as raised:
        read(file(document))
    assert complaint in str(raised.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Whoever mends a file mends it once."""
    with pytest.raises(BadFile) as raised:
        read(file({"agencies": [entry("a"), entry("b", kind="x"), entry("C", kind="fire")]}))
    assert [each.partition(":")[0] for each in raised.value.wrong] == [
        "agencies[0].kind (of 'a')",
        "agencies[1].kind (of 'b')",
        "agencies[2].code (of 'C')",
    ]


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "it is no JSON: "),
        (b'{"agencies": [', "line 1 column 15"),
        (b'{"agencies": "\xff"}', "byte 14 is no UTF-8; save the file as UTF-8"),
        (b" " * (MAX_BYTES + 1), "the file is larger than 16 MB"),
        (b"[" * 100_000, "it must be a JSON object"),
        (b'{"areas": [{"coordinates": [NaN]}]}', "NaN is no number"),
        (b'{"areas": [], "areas": []}', "'areas' stands twice in the same object"),
        (b'{"areas": [{"code": "a", "name": 1, "name": 2}]}', "'name' of 'a' stands twice"),
        (b'{"areas": ' + b"1" * 5000 + b"}", "it is no JSON: "),
    ],
)
def test_a_file_that_is_no_json(raw: bytes, complaint: str) -> None:
    for reader in (read, read_areas):
        with pytest.raises(BadFile) as raised:
            reader(raw)
        assert complaint in str(raised.value)


# --- areas ----------------------------------------------------------------------------------------

SHAPE = {"type": "Polygon", "coordinates": [[[113, -2], [114, -2], [114, -1], [113, -2]]]}


def collection(*properties: object, **more: object) -> dict[str, object]:
    """Return a FeatureCollection."""
    features = [
        {"type": "Feature", "properties": each, "geometry": {**SHAPE, "bbox": [113, -2, 114, -1]}}
        for each in properties
    ]
    return {"type": "FeatureCollection", "features": features, **more}


def test_areas_that_somebody_else_has_drawn() -> None:
    """The property with their name is told; the code is made of it. What else there is goes."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    found = read_areas(
        file(collection({"OBJECTID": 1, "NAMOBJ": "Jekan Raya é (Kec.)"}, crs=crs)), called="NAMOBJ"
    )
    name = {"id": "Jekan Raya é (Kec.)", "en": "Jekan Raya é (Kec.)"}
    assert found == (Area("jekan_raya_e_kec", name, SHAPE),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "called", "complaint"),
    [
        ({"agencies": []}, None, "it must be a GeoJSON FeatureCollection"),
        ({"type": "FeatureCollection"}, None, "with a list of features"),
        (collection(*[{}] * 501), None, "features: 501 areas, of which 500 are the most"),
        (collection(crs={"name": "EPSG::32749"}), None, "crs: export the file in WGS 84"),
        (collection(7), None, "features[0]: it must be a Feature with properties"),
        (
            collection({"NAMOBJ": "Pahandut"}),
            None,
            "code, name_id and name_en must be there; there",
        ),
        (collection({"NAMOBJ": "Pahandut"}), None, "there are: NAMOBJ."),
        (collection({"NAMOBJ": "Pahandut"}), "NAME", "features[0].properties: 'NAME' must be"),
        (collection({"NAMOBJ": "消防"}), "NAMOBJ", "features[0].properties.code: it must be 32"),
        (
            collection({"code": "a", "name_id": "A", "name_en": "A"}, {"code": "B b"}),
            None,
            "features[1].properties: code, name_id and name_en",
        ),
        (
            collection({"code": "a", "name_id": "", "name_en": 7}),
            None,
            "features[0].properties.name_id: ",
        ),
        (
            collection({"code": "a", "name_id": "", "name_en": 7}),
            None,
            "features[0].properties.name_en: ",
        ),
        (
            {"type": "FeatureCollection", "features": [{"properties": {}, "geometry": None}]},
            None,
            "features[0].geometry: it has none",
        ),
        (
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "properties": {"code": "a", "name_id": "A", "name_en": "A"},
                        "geometry": {"type": "Point", "coordinates": [1, 2]},
                    }
                ],
            },
            None,
            "features[0].geometry.type: it must be one of Polygon, MultiPolygon",
        ),
    ],
)
def test_what_is_wrong_with_areas_is_told_with_its_place(
    document: object, called: str | None, complaint: str
) -> None:
    with pytest.raises(BadFile) as raised:
        read_areas(file(document), called=called)
    assert complaint in str(raised.value)
