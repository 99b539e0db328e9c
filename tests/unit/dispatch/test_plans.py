"""Whom an incident needs: one that fits is chosen, several or none are shown."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sip112.dispatch.agency import Agency, AgencyKind, Opening
from sip112.dispatch.directory import Area, Directory, IncidentType, PlanEntry
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode
from sip112.dispatch.plans import Candidate, LeftOut, Need, Proposal, WhyNot, proposal
from sip112.routing.ids import Instant
from sip112.routing.place import Place
from tests.unit.centre import START
from tests.unit.dispatch.made import an_agency

JAKARTA = ZoneInfo("Asia/Jakarta")
NORTH, SOUTH = Place(1.0, 113.0), Place(-1.0, 113.0)
UP = Area(AreaCode("up"), {"id": "utara", "en": "north"}, {})
FIRE = PlanEntry(kind=AgencyKind.FIRE)


def inside(area: Area, latitude: float, longitude: float) -> bool:
    """Whether a place lies north of the equator, which is the only area there is."""
    assert area == UP
    assert longitude == 113.0
    return latitude > 0


def a_type(code: str, *plan: PlanEntry, parent: str | None = None, **rest: Any) -> IncidentType:
    """Return a type of incident that needs these."""
    above = None if parent is None else TypeCode(parent)
    given: dict[str, Any] = {"plan": plan, **rest}
    return IncidentType(TypeCode(code), {"id": code, "en": code}, above, **given)


def needs(*agencies: Agency, entry: PlanEntry = FIRE, place: Place | None = NORTH) -> Need:
    """Return what a plan of one entry comes to, where there are these agencies."""
    directory = Directory(agencies, (a_type("fire", entry),), (UP,))
    (need,) = asked(directory, place=place).needs
    assert need.entry == entry
    return need


def asked(directory: Directory, code: str | None = "fire", place: Place | None = NORTH) -> Proposal:
    """Return the proposal at the start of the tests."""
    wanted = None if code is None else TypeCode(code)
    return proposal(directory, wanted, place, START, JAKARTA, inside)


# --- one, several, none ------------------------------------------------------------------


def test_one_that_fits_is_chosen() -> None:
    """By its kind."""
    fire = an_agency()
    need = needs(fire, an_agency(code="polisi", kind=AgencyKind.POLICE))
    assert need.chosen == Candidate(fire)
    assert (need.ambiguous, need.missing) == (False, False)


def test_several_are_shown_and_none_is_chosen() -> None:
    """In the order of the directory."""
    one, two = an_agency(code="one"), an_agency(code="two")
    need = needs(two, one)
    assert need.candidates == (Candidate(two), Candidate(one))
    assert need.chosen is None
    assert (need.ambiguous, need.missing) == (True, False)


def test_where_there_is_none_it_is_said() -> None:
    """Nobody is put in its place."""
    need = needs(an_agency(code="polisi", kind=AgencyKind.POLICE))
    assert need == Need(FIRE)
    assert need.chosen is None
    assert (need.ambiguous, need.missing) == (False, True)


def test_a_plan_may_name_an_agency() -> None:
    """Then the others of its kind are not meant."""
    one, two = an_agency(code="one"), an_agency(code="two")
    assert needs(one, two, entry=PlanEntry(agency=AgencyCode("two"))).candidates == (
        Candidate(two),
    )
    assert needs(one, entry=PlanEntry(agency=AgencyCode("three"))).missing


# --- why not -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agency", "reason"),
    [
        (an_agency(active=False), WhyNot.INACTIVE),
        (an_agency(hours=(Opening(0, 0, 1440),)), WhyNot.CLOSED),
        (an_agency(area=UP.code), WhyNot.OUTSIDE),
    ],
)
def test_who_is_left_out_is_told_with_the_reason(agency: Agency, reason: WhyNot) -> None:
    """It is Sunday, south of the equator."""
    other = an_agency(code="other")
    need = needs(agency, other, place=SOUTH)
    assert need.left_out == (LeftOut(agency, reason),)
    assert need.chosen == Candidate(other)


def test_who_acts_there_is_certain() -> None:
    """The place lies in its area."""
    fire = an_agency(area=UP.code)
    assert needs(fire).candidates == (Candidate(fire),)


def test_where_the_place_is_not_known_it_is_uncertain() -> None:
    """Only of those that do not act everywhere."""
    here, everywhere = an_agency(code="here", area=UP.code), an_agency(code="everywhere")
    assert needs(here, everywhere, place=None).candidates == (
        Candidate(here, uncertain=True),
        Candidate(everywhere),
    )


def test_where_the_area_is_not_known_it_is_uncertain() -> None:
    """Better one too many than the right one left out."""
    fire = an_agency(area=AreaCode("nowhere"))
    assert needs(fire).chosen == Candidate(fire, uncertain=True)


# --- whose plan --------------------------------------------------------------------------


@pytest.mark.parametrize("code", [None, "unheard_of"])
def test_without_a_type_there_is_no_plan(code: str | None) -> None:
    """Nobody is proposed."""
    assert asked(Directory(types=(a_type("fire", FIRE),)), code) == Proposal()


def test_a_type_without_a_plan_has_that_of_its_parent() -> None:
    """And it is said whose it is."""
    house = a_type("house", parent="fire", plan=None)
    found = asked(Directory((an_agency(),), (a_type("fire", FIRE), house)), "house")
    assert found.plan_of == "fire"
    assert [need.entry for need in found.needs] == [FIRE]


def test_a_plan_that_needs_nobody_is_a_plan() -> None:
    """It is not that of the parent."""
    stove = a_type("stove", parent="fire")
    found = asked(Directory((an_agency(),), (a_type("fire", FIRE), stove)), "stove")
    assert found == Proposal(TypeCode("stove"))
    assert found.complete


def test_types_that_belong_to_each_other_have_no_plan() -> None:
    """Nor is it looked for without end."""
    circle = (a_type("a", parent="b", plan=None), a_type("b", parent="a", plan=None))
    assert asked(Directory(types=circle), "a") == Proposal()


# --- all of it ---------------------------------------------------------------------------


def test_one_key_hands_it_to_each_that_was_chosen_once() -> None:
    """An accident with injuries needs three, one of them by two names."""
    agencies = (
        an_agency(),
        an_agency(code="polisi", kind=AgencyKind.POLICE),
        an_agency(code="medis", kind=AgencyKind.MEDICAL),
    )
    plan = (
        PlanEntry(kind=AgencyKind.POLICE),
        PlanEntry(kind=AgencyKind.MEDICAL),
        PlanEntry(agency=AgencyCode("polisi")),
        FIRE,
    )
    found = asked(Directory(agencies, (a_type("crash", *plan),)), "crash")
    assert [agency.code for agency in found.chosen] == ["polisi", "medis", "damkar"]
    assert found.complete


def test_what_is_left_to_decide_is_not_complete() -> None:
    """What is chosen can be handed off all the same."""
    agencies = (an_agency(), *(an_agency(code=c, kind=AgencyKind.POLICE) for c in ("a", "b")))
    plan = (FIRE, PlanEntry(kind=AgencyKind.POLICE))
    found = asked(Directory(agencies, (a_type("crash", *plan),)), "crash")
    assert [agency.code for agency in found.chosen] == ["damkar"]
    assert not found.complete


def test_what_is_closed_at_one_hour_is_open_at_another() -> None:
    """The proposal is one of the moment."""
    office = an_agency(hours=(Opening(6, 0, 1440),))
    directory = Directory((office,), (a_type("fire", FIRE),))
    assert asked(directory).complete
    monday = Instant(START + 24 * 3600)
    later = proposal(directory, TypeCode("fire"), NORTH, monday, JAKARTA, inside)
    assert later.needs[0].left_out == (LeftOut(office, WhyNot.CLOSED),)


# --- no emergency ------------------------------------------------------------------------


def test_a_service_is_no_agency_that_one_key_hands_it_to() -> None:
    """The caller is referred to it: a need of its own kind, chosen where the plan names it."""
    pln = an_agency(code="pln", kind=AgencyKind.SERVICE)
    closed = an_agency(code="lapor", kind=AgencyKind.SERVICE, active=False)
    fire = an_agency()
    plan = (PlanEntry(agency=pln.code), FIRE, PlanEntry(kind=AgencyKind.SERVICE))
    directory = Directory((pln, closed, fire), (a_type("outage", *plan),))
    found = asked(directory, "outage")
    left_out = (LeftOut(closed, WhyNot.INACTIVE),)
    assert found == Proposal(
        TypeCode("outage"),
        (Need(FIRE, (Candidate(fire),)),),
        (
            Need(plan[0], (Candidate(pln),)),
            Need(plan[2], (Candidate(pln),), left_out),
        ),
    )
    assert found.chosen == (fire,)
    assert found.complete


def test_where_there_is_no_service_that_is_shown() -> None:
    """And keeps nobody from handing off what there is."""
    found = asked(Directory(types=(a_type("talk", PlanEntry(kind=AgencyKind.SERVICE)),)), "talk")
    assert [need.missing for need in found.referrals] == [True]
    assert found.complete
