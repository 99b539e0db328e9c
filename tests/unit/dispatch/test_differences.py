"""What an import changes."""

from __future__ import annotations

from dataclasses import replace

from sip112.dispatch.agency import Agency, AgencyKind
from sip112.dispatch.differences import differences
from sip112.dispatch.directory import Area, Directory, IncidentType, Part
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode

NAME = {"id": "a", "en": "a"}
FIRE = Agency(AgencyCode("damkar"), AgencyKind.FIRE, NAME)
OLD = Agency(AgencyCode("old"), AgencyKind.OTHER, NAME, active=False)
FLOOD = IncidentType(TypeCode("flood"), NAME)
TOWN = Area(AreaCode("kota"), NAME, {})
ALL = Directory((FIRE, OLD), (FLOOD,), (TOWN,))


def test_what_stays_is_no_difference() -> None:
    """Nor is an agency that goes and was not active."""
    assert differences(ALL, ALL) == []
    assert differences(ALL, replace(ALL, agencies=(FIRE,))) == []


def test_each_entry_that_becomes_another_is_one() -> None:
    """Those that there are first, in the order of the new; then those that go."""
    changed = replace(FLOOD, severity="low", plan=())
    new = replace(FLOOD, code=TypeCode("rob"))
    found = differences(ALL, Directory((OLD,), (new, changed), ()))
    assert [(each.part, each.code) for each in found] == [
        (Part.AGENCY, "damkar"),
        (Part.TYPE, "rob"),
        (Part.TYPE, "flood"),
        (Part.AREA, "kota"),
    ]
    assert [(each.before, each.after) for each in found] == [
        (FIRE, None),
        (None, new),
        (FLOOD, changed),
        (TOWN, None),
    ]
    assert [each.changed for each in found] == [(), (), ("severity", "plan"), ()]
