"""What keeps a channel from carrying anything."""

from __future__ import annotations

from sip112.dispatch.agency import AgencyKind
from sip112.dispatch.directory import Directory
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.lacks import Lack, lacks
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
