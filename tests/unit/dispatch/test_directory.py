"""The directory: its parts, and types in the order in which they are shown."""

from __future__ import annotations

import pytest

from sip112.dispatch.agency import Agency, AgencyKind
from sip112.dispatch.directory import Area, IncidentType, Item, Part, parents_first, part_of
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
