"""The city's lists: those that come along, a city's own file, and what is said of a wrong one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sip112.api.lists import COUNTED, MAX_BYTES, Lists, read, shipped
from sip112.dispatch.directory import Directory, IncidentType
from sip112.dispatch.ids import TypeCode
from sip112.store.store import Store
from tests.api.service import PKY, Service


def choice(code: str, **more: object) -> dict[str, object]:
    """Return one thing to choose."""
    return {"code": code, "name": {"id": code.title(), "en": code}, **more}


def written(tmp_path: Path, document: Any) -> Path:
    """Write a city's file."""
    path = tmp_path / "lists.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_the_lists_that_come_along() -> None:
    """Reports can count with them; what is spoken in the provinces is among them."""
    lists = shipped()
    assert set(COUNTED) <= {each.code for each in lists.dispositions}
    assert {"id", "en", "jv", "su", "nij"} <= {each.code for each in lists.languages}
    assert {"break", "prayer"} <= {each.code for each in lists.pause_reasons}
    for name in Lists.model_fields:
        names = [each.name for each in getattr(lists, name)]
        assert len({each.id for each in names}) == len({each.en for each in names}) == len(names)


async def test_whoever_may_read_gets_them(gone: Store, tmp_path: Path) -> None:
    """The city's own where it has some, and incident types, also while the database is away."""
    own = read(written(tmp_path, {"languages": [choice("nij")]})).lists
    for lists in (shipped(), own):
        async with Service(gone, lists=lists).client() as client:
            response = await client.get("/v1/lists")
        assert response.status_code == 200
        given = response.json()
        assert len(given.pop("incident_types")) == 125
        assert given == lists.model_dump(mode="json")
    assert [each["code"] for each in response.json()["languages"]] == ["nij"]


async def test_incident_types_are_those_of_the_directory(service: Service) -> None:
    """As they were changed a moment ago, in their order."""
    flood = IncidentType(TypeCode("flood"), {"id": "Banjir", "en": "Flood"}, None, "high", ())
    tidal = IncidentType(TypeCode("rob"), {"id": "Rob", "en": "Tidal flood"}, flood.code)
    await service.agencies[PKY].replace(Directory(types=(flood, tidal)), "ani")
    async with service.client() as client:
        types = (await client.get("/v1/lists")).json()["incident_types"]
    assert types == [
        {
            "code": "flood",
            "name": {"id": "Banjir", "en": "Flood"},
            "parent": None,
            "severity": "high",
        },
        {
            "code": "rob",
            "name": {"id": "Rob", "en": "Tidal flood"},
            "parent": "flood",
            "severity": None,
        },
    ]


def test_what_a_city_leaves_out_comes_along(tmp_path: Path) -> None:
    """And what it gives is taken whole, in its order, with a byte-order mark or without."""
    path = written(tmp_path, {"severities": [choice("b"), choice("a")]})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    found = read(path)
    assert found.path == path
    assert not found.wrong
    assert [each.code for each in found.lists.severities] == ["b", "a"]
    assert found.lists.dispositions == shipped().dispositions
    assert found.lists.severities[1].model_dump() == {
        "code": "a",
        "name": {"id": "A", "en": "a"},
    }


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ([], "must hold an object with severities, dispositions"),
        ({"severty": []}, "no list 'severty'; did you mean 'severities'?"),
        ({"xyz": []}, "no list 'xyz'; there are: severities"),
        ({"languages": {}}, "languages: "),
        ({"languages": [choice("id"), choice("id")]}, "languages: named twice: id"),
        ({"languages": [choice("ID")]}, "languages[0].code: "),
        ({"languages": [choice("")]}, "languages[0].code: "),
        ({"languages": [{"code": "id", "name": {"id": "Indonesia"}}]}, "languages[0].name.en: "),
        ({"languages": [{"code": "id", "name": {"id": "a\nb", "en": "a"}}]}, "[0].name.id: "),
        ({"languages": [choice("id", colour="red")]}, "languages[0].colour: "),
        ({"languages": [choice(f"a{n}") for n in range(501)]}, "languages: "),
        ({"pause_reasons": [choice("sip112")]}, "pause_reasons: 'sip112' is how Asterisk"),
        (
            {"incident_types": []},
            "incident_types: they belong to the centre's directory, with the agencies",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, document: Any, complaint: str
) -> None:
    """And where one finds how it should be."""
    found = read(written(tmp_path, document))
    assert complaint in found.wrong
    assert "mend the file; its form is in docs/settings" in found.wrong
    assert found.lists == shipped()


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b'{"languages": [', "line 1 column 16"),
        (b'{"languages": "\xff"}', "can't decode byte 0xff"),
        (b" " * (MAX_BYTES + 1), "larger than"),
        (b"[" * 100_000, "must hold an object"),
    ],
)
def test_a_file_that_is_no_json(tmp_path: Path, raw: bytes, complaint: str) -> None:
    """It is told where it ceases to be."""
    path = tmp_path / "lists.json"
    path.write_bytes(raw)
    found = read(path)
    assert complaint in found.wrong
    assert "mend the file" in found.wrong
    assert found.lists == shipped()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Neither one that is not there nor a directory is taken for empty."""
    for path in (tmp_path / "nowhere.json", tmp_path):
        found = read(path)
        assert "correct the path or the rights" in found.wrong
        assert found.lists == shipped()
