"""The directory: its parts, and types in the order in which they are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact
from sip112.dispatch.directory import (
    Area,
    Directory,
    IncidentType,
    Item,
    Part,
    is_centre,
    parents_first,
    part_of,
    put,
    without,
)
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode


def types(*edges: str) -> list[IncidentType]:
    """Return types, each given as its code, or as parent and code."""
    made = []
    for edge in edges:
        parent, _, code = edge.rpartition(">")
        made.append(IncidentType(TypeCode(code), {}, TypeCode(parent) if parent else None))
    return made


@pytest.mark.parametrize(
    ("given", "ordered"),
    [
        ([], ""),
        (["a", "b"], "ab"),
        (["a>b", "a"], "ab"),
        (["c", "a>b", "b>d", "a", "a>e"], "cabde"),
        (["a", "gone>b", "c"], "abc"),
        (["a>b", "b>a", "c", "d>d"], "cbad"),
    ],
)
def test_a_type_stands_after_its_parent(given: list[str], ordered: str) -> None:
    """Otherwise the order is kept; what belongs nowhere is not lost."""
    assert "".join(each.code for each in parents_first(types(*given))) == ordered


@pytest.mark.parametrize(
    ("item", "part"),
    [
        (Agency(AgencyCode("a"), AgencyKind.FIRE, {}), Part.AGENCY),
        (IncidentType(TypeCode("a"), {}), Part.TYPE),
        (Area(AreaCode("a"), {}, {}), Part.AREA),
    ],
)
def test_every_entry_has_its_part(item: Item, part: Part) -> None:
    """By what it is."""
    assert part_of(item) is part


FIRE = Agency(AgencyCode("damkar"), AgencyKind.FIRE, {})
POLICE = Agency(AgencyCode("polisi"), AgencyKind.POLICE, {})
TOWN = Area(AreaCode("kota"), {}, {})
ALL = Directory((FIRE, POLICE), tuple(types("a", "b")), (TOWN,))


def test_an_entry_takes_the_place_of_the_one_of_its_code() -> None:
    """The others stay where they are, and one of another code comes behind them."""
    off = replace(FIRE, active=False)
    assert put(ALL, off) == replace(ALL, agencies=(off, POLICE))
    sar = replace(FIRE, code=AgencyCode("sar"))
    assert put(ALL, sar) == replace(ALL, agencies=(FIRE, POLICE, sar))
    village = replace(TOWN, code=AreaCode("desa"))
    assert put(ALL, village) == replace(ALL, areas=(TOWN, village))


def test_a_type_comes_after_its_parent() -> None:
    """Also when it is new, or belongs elsewhere from now on."""
    [below] = types("a>c")
    assert "".join(each.code for each in put(ALL, below).types) == "acb"
    [moved] = types("b>a")
    assert put(ALL, moved).types == tuple(types("b", "b>a"))


def test_an_entry_is_taken_out() -> None:
    """One that is not there changes nothing; one of another part with the same code stays."""
    assert without(ALL, Part.AGENCY, "damkar") == replace(ALL, agencies=(POLICE,))
    assert without(ALL, Part.TYPE, "a") == replace(ALL, types=tuple(types("b")))
    assert without(ALL, Part.AREA, "kota") == replace(ALL, areas=())
    assert without(ALL, Part.AREA, "a") == ALL


def test_which_numbers_are_other_centres() -> None:
    """Those of centres alone, their contacts' too; and what is no number is none."""
    voice, webhook = ChannelKind.VOICE, Channel(ChannelKind.WEBHOOK, "https://bjm.example/112")
    chief = Contact("Chief", {voice: "0511113"})
    channels = (webhook, Channel(voice, "+62511112"))
    bjm = Agency(AgencyCode("bjm"), AgencyKind.CENTRE, {}, contacts=(chief,), channels=channels)
    fire = Agency(AgencyCode("fire"), AgencyKind.FIRE, {}, channels=(Channel(voice, "113"),))
    directory = Directory((fire, bjm))
    numbers = ("62511112", "0511113", "113", "112", "https://bjm.example/112")
    assert [is_centre(directory, each) for each in numbers] == [True, True, False, False, False]
