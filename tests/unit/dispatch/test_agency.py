"""The ladder of an agency: each channel in order, and by each the contacts in order."""

from __future__ import annotations

from sip112.dispatch.agency import Channel, Contact, Rung, ladder
from tests.unit.dispatch.made import SMS, VOICE, WEBHOOK, K, an_agency


def test_channels_come_in_order_and_contacts_within_them() -> None:
    """A contact is passed over by a channel by which it is not reached."""
    assert ladder(an_agency(WEBHOOK, SMS, VOICE)) == (
        Rung(K.WEBHOOK, "https://damkar.example/112"),
        Rung(K.SMS, "0812555001", "Post"),
        Rung(K.SMS, "0812555002", "Chief"),
        Rung(K.VOICE, "113"),
        Rung(K.VOICE, "0812555001", "Post"),
    )


def test_an_account_is_one_rung_whatever_its_address() -> None:
    """Nobody is told by it: they look."""
    account = Channel(K.ACCOUNT, "whatever")
    assert ladder(an_agency(account)) == (Rung(K.ACCOUNT, ""),)


def test_no_rung_stands_in_it_twice() -> None:
    """Nobody is told the same again by the same."""
    assert ladder(an_agency(WEBHOOK, WEBHOOK)) == (Rung(K.WEBHOOK, WEBHOOK.address),)


def test_whoever_has_no_address_is_no_rung() -> None:
    """Neither an agency nor a contact."""
    nobody = Contact("Nobody", {K.EMAIL: ""})
    assert ladder(an_agency(Channel(K.EMAIL), contacts=(nobody,))) == ()
