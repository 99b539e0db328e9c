"""What is wrong with a directory is told at once, each with its place and its remedy."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.dispatch.agency import AgencyKind, Channel, Contact, Opening
from sip112.dispatch.directory import Area, Directory, IncidentType, PlanEntry
from sip112.dispatch.faults import Fault, Flaw, faults
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode
from sip112.routing.place import Place
from tests.unit.dispatch.made import CHIEF, SMS, VOICE, WEBHOOK, K, an_agency

SEVERITIES = ("critical", "high")
UP = Area(AreaCode("up"), {"id": "utara", "en": "north"}, {"type": "Polygon"})


def a_type(code: str, parent: str | None = None, **rest: Any) -> IncidentType:
    """Return a type of incident."""
    above = None if parent is None else TypeCode(parent)
    return IncidentType(TypeCode(code), {"id": code, "en": code}, above, **rest)


def valid(_: Area) -> Flaw | None:
    """Say that nothing is wrong with an area."""
    return None


def found(directory: Directory) -> list[Fault]:
    """Return what is wrong, where no polygon is."""
    return faults(directory, valid, SEVERITIES)


def only(directory: Directory) -> tuple[str, str]:
    """Return where the only fault is, and what."""
    (fault,) = found(directory)
    assert fault.remedy
    return fault.where, fault.what


def test_a_good_directory_has_none() -> None:
    """With all that there can be in it."""
    account = Channel(K.ACCOUNT)
    fire = an_agency(WEBHOOK, SMS, VOICE, account, area=UP.code, hours=(Opening(6, 0, 1440),))
    by_kind, by_name = PlanEntry(kind=AgencyKind.ARMY), PlanEntry(agency=fire.code)
    types = (
        a_type("fire", severity="high", plan=(by_kind, by_name)),
        a_type("house", "fire", severity="critical"),
        a_type("prank", plan=()),
    )
    assert found(Directory((fire, an_agency(code="none")), types, (UP,))) == []
    assert found(Directory()) == []


def test_a_fault_reads_as_a_sentence() -> None:
    """Where, what, and what to do."""
    assert str(Fault("areas", "it is torn", "mend it")) == "areas: it is torn; mend it"


@pytest.mark.parametrize(
    ("part", "directory"),
    [
        ("agencies", Directory(agencies=(an_agency(), an_agency()))),
        ("incident_types", Directory(types=(a_type("fire"), a_type("fire")))),
        ("areas", Directory(areas=(UP, UP))),
    ],
)
def test_a_code_stands_there_once(part: str, directory: Directory) -> None:
    """In each part for itself."""
    where, what = only(directory)
    assert where == part
    assert what.endswith("stands there 2 times")


# --- agencies ----------------------------------------------------------------------------


def test_an_agency_acts_in_an_area_that_there_is() -> None:
    """One that is written much the same is named."""
    assert only(Directory((an_agency(area=AreaCode("upp")),), areas=(UP,))) == (
        "agencies[0].area",
        "'damkar' acts in 'upp', which is no area (did you mean 'up'?)",
    )
    _, what = only(Directory((an_agency(area=AreaCode("elsewhere")),), areas=(UP,)))
    assert what == "'damkar' acts in 'elsewhere', which is no area"


@pytest.mark.parametrize("day", [-1, 7])
def test_a_week_has_seven_days(day: int) -> None:
    """From Monday, 0."""
    assert only(Directory((an_agency(hours=(Opening(day, 0, 60),)),))) == (
        "agencies[0].hours[0]",
        f"there is no day {day}",
    )


@pytest.mark.parametrize(("opens", "closes"), [(-1, 60), (60, 60), (120, 60), (0, 1441)])
def test_hours_lie_within_a_day(opens: int, closes: int) -> None:
    """And close after they open."""
    hours = (Opening(0, 0, 1440), Opening(1, opens, closes))
    assert only(Directory((an_agency(hours=hours),))) == (
        "agencies[0].hours[1]",
        f"it opens at minute {opens} and closes at minute {closes}",
    )


def test_a_channel_reaches_somebody() -> None:
    """The agency itself, or a contact."""
    assert only(Directory((an_agency(WEBHOOK, Channel(K.WHATSAPP)),))) == (
        "agencies[0].channels[1]",
        "neither 'damkar' nor any contact of it has an address for whatsapp",
    )
    assert found(Directory((an_agency(Channel(K.EMAIL), contacts=(CHIEF,)),))) == []
    blank = Contact("Blank", {K.EMAIL: " "})
    assert only(Directory((an_agency(Channel(K.EMAIL, " "), contacts=(blank,)),)))


def test_an_address_can_be_used_by_its_channel() -> None:
    """Each is named with its place, those of contacts too."""
    chief = Contact("Chief", {K.EMAIL: "chief@damkar.example", K.VOICE: "0812 5550 123"})
    agency = an_agency(Channel(K.WEBHOOK, "damkar.example"), VOICE, contacts=(CHIEF, chief))
    assert [(fault.where, fault.what) for fault in found(Directory((agency,)))] == [
        ("agencies[0].contacts[1].addresses.voice", "'0812 5550 123' is no number to call"),
        ("agencies[0].channels[0].address", "'damkar.example' is no URL of http or https"),
    ]


# --- types -------------------------------------------------------------------------------


def test_a_type_belongs_to_one_that_there_is() -> None:
    """One that is written much the same is named."""
    assert only(Directory(types=(a_type("fire"), a_type("house", "fires")))) == (
        "incident_types[1].parent",
        "'house' belongs to 'fires', which is no type (did you mean 'fire'?)",
    )


def test_no_type_belongs_to_itself() -> None:
    """Neither at once nor by way of others; one that hangs on those is too deep."""
    assert only(Directory(types=(a_type("a", "a"),)))[1] == "'a' belongs to itself, by way of 'a'"
    circle = (a_type("a", "b"), a_type("b", "a"), a_type("c", "a"))
    assert [(fault.where, fault.what) for fault in found(Directory(types=circle))] == [
        ("incident_types[0].parent", "'a' belongs to itself, by way of 'b'"),
        ("incident_types[1].parent", "'b' belongs to itself, by way of 'a'"),
        ("incident_types[2].parent", "'c' belongs to 'a', which belongs to 'b'"),
    ]


def test_there_are_two_levels() -> None:
    """The third has no place in a list that is chosen from in a hurry."""
    deep = (a_type("a"), a_type("b", "a"), a_type("c", "b"))
    assert only(Directory(types=deep)) == (
        "incident_types[2].parent",
        "'c' belongs to 'b', which belongs to 'a'",
    )


def test_a_type_stands_after_its_parent() -> None:
    """It is shown in that order."""
    assert only(Directory(types=(a_type("house", "fire"), a_type("fire")))) == (
        "incident_types[0].parent",
        "'house' stands before 'fire', to which it belongs",
    )


def test_a_severity_is_one_of_the_list() -> None:
    """One that is written much the same is named."""
    assert only(Directory(types=(a_type("fire", severity="hihg"),))) == (
        "incident_types[0].severity",
        "'fire' has 'hihg', which is no severity (did you mean 'high'?)",
    )


def test_a_plan_names_an_agency_that_there_is() -> None:
    """Otherwise it is found out in the hour in which it is needed."""
    plan = (PlanEntry(kind=AgencyKind.FIRE), PlanEntry(agency=AgencyCode("damkr")))
    assert only(Directory((an_agency(),), (a_type("fire", plan=plan),))) == (
        "incident_types[0].plan[1].agency",
        "the plan of 'fire' needs 'damkr', which is no agency (did you mean 'damkar'?)",
    )


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (PlanEntry(), "neither a kind nor an agency"),
        (PlanEntry(AgencyKind.FIRE, AgencyCode("damkar")), "a kind and an agency"),
    ],
)
def test_an_entry_names_a_kind_or_an_agency(entry: PlanEntry, what: str) -> None:
    """One of them."""
    assert only(Directory((an_agency(),), (a_type("fire", plan=(entry,)),))) == (
        "incident_types[0].plan[0]",
        f"the plan of 'fire' names {what} in one entry",
    )


# --- areas -------------------------------------------------------------------------------


def test_an_area_is_one_on_the_map() -> None:
    """What the geometry's own check says is passed on."""

    def crosses(area: Area) -> Flaw | None:
        return Flaw("it crosses itself", Place(-2.2, 113.9)) if area.code == "down" else None

    down = Area(AreaCode("down"), UP.name, UP.geometry)
    (fault,) = faults(Directory(areas=(UP, down)), crosses, SEVERITIES)
    assert fault.where == "areas[1].geometry"
    assert fault.what == "'down' is no area on the map: it crosses itself"
    assert fault.place == Place(-2.2, 113.9)


def test_all_of_it_is_told_at_once() -> None:
    """Whoever mends a file mends it once."""
    directory = Directory(
        (an_agency(Channel(K.CAP), area=AreaCode("nowhere")),),
        (a_type("fire", "nothing", severity="none", plan=(PlanEntry(),)),),
    )
    assert [fault.where for fault in found(directory)] == [
        "agencies[0].area",
        "agencies[0].channels[0]",
        "incident_types[0].parent",
        "incident_types[0].severity",
        "incident_types[0].plan[0]",
    ]


def test_a_service_that_no_caller_could_reach() -> None:
    """Whoever is referred to it must be told where to turn to."""
    service = an_agency(SMS, kind=AgencyKind.SERVICE)
    assert only(Directory((service,))) == (
        "agencies[0].channels",
        "callers are referred to 'damkar', and it has no number or address of its own",
    )
    assert found(Directory((an_agency(VOICE, kind=AgencyKind.SERVICE),))) == []
