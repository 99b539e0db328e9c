"""The directory with which a fresh centre begins, as a dispatcher would look through it."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from sip112.directory.files import shipped, write
from sip112.dispatch.agency import AgencyKind, Channel, ChannelKind, public
from sip112.dispatch.directory import IncidentType

TYPES = {each.code: each for each in shipped().types}
NATIONAL = {
    AgencyKind.POLICE: ("polisi", "110"),
    AgencyKind.FIRE: ("damkar", "113"),
    AgencyKind.SAR: ("sar", "115"),
    AgencyKind.DISASTER: ("bpbd", "117"),
    AgencyKind.MEDICAL: ("medis", "119"),
}


def needs(code: str) -> list[str]:
    """Return whom an incident of a type needs, by its own plan or its parent's."""
    each: IncidentType = TYPES[code]  # type: ignore[index]
    plan = each.plan if each.parent is None or each.plan is not None else TYPES[each.parent].plan
    assert plan is not None
    return [str(entry.kind or entry.agency) for entry in plan]


def test_the_services_that_112_is_there_for() -> None:
    """One of each kind, called by the number that everybody knew."""
    acting = [each for each in shipped().agencies if each.kind is not AgencyKind.SERVICE]
    assert {each.kind: each.code for each in acting} == {
        kind: code for kind, (code, _) in NATIONAL.items()
    }
    for agency in acting:
        assert agency.channels == (Channel(ChannelKind.VOICE, NATIONAL[agency.kind][1]),)
        assert agency.active
        assert agency.area is None
        assert not agency.hours


def test_the_services_that_callers_are_referred_to() -> None:
    """Each by a number that all of the country calls; whenever that is, since nobody knows."""
    services = [each for each in shipped().agencies if each.kind is AgencyKind.SERVICE]
    numbers = [public(each)[0].address for each in services]
    assert len(set(numbers)) == len(services) == 12
    assert numbers[0] == "123"
    assert services[0].code == "pln"
    assert all(each.active and each.area is None and not each.hours for each in services)
    for language in ("id", "en"):
        assert len({each.name[language] for each in services}) == len(services)


def test_the_types() -> None:
    """Each proposes a severity; each is named in both languages, and none as another."""
    kinds = {each.code for each in TYPES.values() if each.parent is None}
    assert len(TYPES) == len(shipped().types) == 125
    assert {"fire", "medical", "police", "sar", "disaster", "traffic", "utility"} <= kinds
    assert "non_emergency" in kinds
    assert {each.parent for each in TYPES.values()} == kinds | {None}
    assert all(each.severity for each in TYPES.values())
    for language in ("id", "en"):
        assert len({each.name[language] for each in TYPES.values()}) == 125


def test_every_type_says_whom_it_needs() -> None:
    """By itself or by its parent; nobody alone where there is no emergency."""
    nobody = {code for code in TYPES if not needs(code)}
    assert nobody == {"non_emergency", "suggestion", "test_call"}
    assert all(each.plan is not None for each in TYPES.values() if each.parent is None)
    for code in TYPES:
        assert len(needs(code)) == len(set(needs(code)))


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("crash_injury", "police medical fire"),
        ("crash_entrapment", "fire medical police"),
        ("crash_no_injury", "police"),
        ("fire_building", "fire medical police"),
        ("fire_rubbish", "fire"),
        ("fire_land", "disaster fire"),
        ("fire_vessel", "sar fire medical police"),
        ("rescue_well", "fire sar medical"),
        ("snake", "fire"),
        ("cardiac_arrest", "medical"),
        ("electrocution", "medical fire utility"),
        ("body_found", "police medical"),
        ("stabbing", "police medical"),
        ("theft", "police"),
        ("drowning", "sar fire medical"),
        ("flash_flood", "disaster sar fire medical police"),
        ("drought", "disaster"),
        ("power_outage", "pln"),
        ("water_leak", "utility"),
        ("information_request", "service"),
        ("social_aid", "kemensos"),
    ],
)
def test_whom_an_incident_needs(code: str, kinds: str) -> None:
    """The first is who leads."""
    assert needs(code) == kinds.split()


def test_a_type_has_a_plan_of_its_own_only_where_it_differs() -> None:
    """Whoever edits the plan of a parent would otherwise have to find those that repeat it."""
    for each in TYPES.values():
        if each.parent is not None:
            assert each.plan != TYPES[each.parent].plan


def test_it_is_written_as_an_export_would_write_it() -> None:
    """So that a city that compares its own with it sees what the city has changed, and no more."""
    raw = files("sip112.directory").joinpath("data", "directory.json").read_bytes()
    assert write(shipped()) == raw
    assert json.loads(raw)["areas"] == []
