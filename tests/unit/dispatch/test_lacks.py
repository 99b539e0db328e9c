"""What keeps a channel from carrying anything."""

from __future__ import annotations

from sip112.dispatch.agency import AgencyKind
from sip112.dispatch.directory import Directory
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.lacks import Lack, Shut, lacks, shut, told_of, urls
from tests.unit.dispatch.made import CAP, SMS, VOICE, WEBHOOK, K, an_agency

DAMKAR = AgencyCode("damkar")


def test_a_system_needs_a_secret_and_people_a_notifier() -> None:
    """Each once, in the order of the ladder; what a person does needs neither."""
    directory = Directory((an_agency(WEBHOOK, CAP, SMS, VOICE),))
    assert lacks(directory, (), ()) == (
        Lack(DAMKAR, K.WEBHOOK),
        Lack(DAMKAR, K.CAP),
        Lack(DAMKAR, K.SMS),
    )
    assert lacks(directory, {DAMKAR}, {K.SMS}) == ()


def test_nothing_is_lacking_where_nothing_is_sent() -> None:
    """By whom nobody is asked, or by what callers are told of a service."""
    gone = an_agency(WEBHOOK, SMS, active=False)
    service = an_agency(SMS, kind=AgencyKind.SERVICE)
    assert lacks(Directory((gone, service)), (), ()) == ()


def test_it_says_what_is_missing_and_what_to_do() -> None:
    """For either kind."""
    system, people = Lack(DAMKAR, K.WEBHOOK), Lack(DAMKAR, K.SMS)
    assert system.what == "damkar has no secret to sign with, for webhook"
    assert system.remedy.startswith("Make damkar a secret")
    assert people.what == "nothing is set by which sms could be sent, as damkar is told"
    assert people.remedy.startswith("Set a notifier for sms")


def test_systems_of_those_who_are_told_are_where_a_setting_must_let_something_be_sent() -> None:
    """By whatever format; not of who is told nothing, nor where people are."""
    gone = an_agency(WEBHOOK, code=AgencyCode("gone"), active=False)
    directory = Directory((an_agency(WEBHOOK, CAP, SMS, VOICE), gone))
    assert list(urls(directory)) == [WEBHOOK.address, CAP.address]
    forbidden = {WEBHOOK.address: "10.20.0.5", CAP.address: "10.20.0.5"}
    assert shut(directory, forbidden) == (Shut(DAMKAR, "10.20.0.5"),)
    assert shut(directory, {"https://elsewhere.example/": "10.20.0.5"}) == ()


def test_who_gets_nothing_is_named_with_the_address_and_the_setting() -> None:
    """Some of them, where there are many."""
    one = told_of([Shut(DAMKAR, "10.20.0.5")])
    assert "handoff_private_networks does not allow the address of damkar (10.20.0.5):" in one[0]
    assert one[1].startswith("Add their networks to handoff_private_networks")
    many = told_of([Shut(AgencyCode(f"a{n}"), "10.0.0.1") for n in range(7)])
    assert "a4 (10.0.0.1) and 2 more: " in many[0]
