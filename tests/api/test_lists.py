"""The city's lists: those that come along, a city's own file, and what is said of a wrong one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sip112.api.lists import COUNTED, MAX_BYTES, Lists, read, shipped
from sip112.store.store import Store
from tests.api.service import Service


def choice(code: str, **more: object) -> dict[str, object]:
    """Return one thing to choose."""
    return {"code": code, "name": {"id": code.title(), "en": code}, **more}


def written(tmp_path: Path, document: Any) -> Path:
    """Write a city's file."""
    path = tmp_path / "lists.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_the_lists_that_come_along() -> None:
    """Every kind of service is among them; each type proposes a severity; reports can count."""
    lists = shipped()
    kinds = {each.code for each in lists.incident_types if each.parent is None}
    assert {"fire", "medical", "police", "sar", "disaster", "traffic", "utility"} <= kinds
    assert "non_emergency" in kinds
    assert {each.parent for each in lists.incident_types} == kinds | {None}
    assert all(each.severity for each in lists.incident_types)
    assert set(COUNTED) <= {each.code for each in lists.dispositions}
    assert {"id", "en", "jv", "su", "nij"} <= {each.code for each in lists.languages}
    assert {"break", "prayer"} <= {each.code for each in lists.pause_reasons}
    for name in Lists.model_fields:
        names = [each.name for each in getattr(lists, name)]
        assert len({each.id for each in names}) == len({each.en for each in names}) == len(names)


async def test_whoever_may_read_gets_them(gone: Store, tmp_path: Path) -> None:
    """The city's own where it has some, also while the database is away."""
    own = read(written(tmp_path, {"languages": [choice("nij")]})).lists
    for lists in (shipped(), own):
        async with Service(gone, lists=lists).client() as client:
            response = await client.get("/v1/lists")
        assert response.status_code == 200
        assert response.json() == lists.model_dump(mode="json")
    assert [each["code"] for each in response.json()["languages"]] == ["nij"]


def test_what_a_city_leaves_out_comes_along(tmp_path: Path) -> None:
    """And what it gives is taken whole, in its order, with a byte-order mark or without."""
    types = [
        choice("flood", severity="high"),
        choice("tidal_flood", parent="flood"),
        choice("fire"),
    ]
    path = written(tmp_path, {"incident_types": types})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    found = read(path)
    assert found.path == path
    assert not found.wrong
    assert [each.code for each in found.lists.incident_types] == ["flood", "tidal_flood", "fire"]
    assert found.lists.dispositions == shipped().dispositions
    assert found.lists.incident_types[1].model_dump() == {
        "code": "tidal_flood",
        "name": {"id": "Tidal_Flood", "en": "tidal_flood"},
        "parent": "flood",
        "severity": None,
    }


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ([], "must hold an object with incident_types, severities"),
        ({"severty": []}, "no list 'severty'; did you mean 'severities'?"),
        ({"xyz": []}, "no list 'xyz'; there are: incident_types"),
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
            {"incident_types": [choice("fire"), choice("house", parent="fier")]},
            "[1].parent: no kind 'fier' without a parent of its own stands before 'house'; did you",
        ),
        (
            {"incident_types": [choice("a"), choice("b", parent="a"), choice("c", parent="b")]},
            "incident_types[2].parent: no kind 'b' without a parent",
        ),
        ({"incident_types": [choice("a", parent="a")]}, "incident_types[0].parent: "),
        (
            {"incident_types": [choice("a", severity="hihg")]},
            "'hihg', which is none of the severities (critical, high, medium, low); did you mean",
        ),
        ({"severities": [choice("bad")]}, "must give incident_types too"),
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
