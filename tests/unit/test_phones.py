"""Passwords of browser phones in Asterisk's words."""

from __future__ import annotations

import re
from pathlib import Path

from sip112.ami import phones
from sip112.ami.phones import Grant
from sip112.routing.ids import Instant, SeatId

SNIPPETS = Path(__file__).parents[2] / "asterisk-config"
WEB = SeatId("web-01")


def _as_the_watchdog_writes(grant: Grant) -> dict[str, str]:
    """Return the item that Asterisk answers once the watchdog's row has written `grant`."""
    rows = (SNIPPETS / "extensions-sip112.conf").read_text()
    found = re.search(r"^exten => phone,1,Set\(DB\((.*?)\)=(.*)\)$", rows, re.MULTILINE)
    assert found is not None
    (said,) = phones.give([grant])["Value"].split(",")
    for number, part in enumerate(said.split("/"), 1):
        found = re.fullmatch(
            r"(.*?)=>(.*)",
            "=>".join(each.replace(f"${{CUT(ARG1,/,{number})}}", part) for each in found.groups()),
        )
        assert found is not None
    key, text = found.groups()
    return {"Event": "DBGetTreeResponse", "Key": f"/{key}", "Val": text}


def test_a_grant_survives_asterisk() -> None:
    """What is given is, by the dialplan's own row, what is read back."""
    given = phones.grant(WEB, "geheim", Instant(1780000000.75))
    assert (given.seat, given.until) == (WEB, Instant(1780000000))
    assert phones.grants([_as_the_watchdog_writes(given)]) == {WEB: given}


def test_the_hash_is_that_of_digest_authentication() -> None:
    """MD5 of user, realm and password, as PJSIP computes it too (seen on Asterisk)."""
    assert phones.grant(WEB, "geheim", Instant(0)).ha1 == "4826caa15ef923c60e924686ed373154"


def test_several_at_once() -> None:
    """They stand in one variable, which the watchdog takes apart."""
    two = [Grant(WEB, "aa", Instant(1)), Grant(SeatId("web-02"), "bb", Instant(2))]
    assert phones.give(two) == {
        "Action": "Setvar",
        "Variable": "GLOBAL(SIP112_PHONES)",
        "Value": "web-01/aa/1,web-02/bb/2",
    }


def test_take_back() -> None:
    """The entry is deleted, which AMI may."""
    assert phones.take_back(WEB) == {
        "Action": "Setvar",
        "Variable": "DB_DELETE(sip112-phone/auth/web-01)",
        "Value": "1",
    }


def test_what_cannot_be_read_is_over() -> None:
    """Whatever stands there, the seat is known to hold something, which nobody gave."""
    texts = ["", "{", "[]", "7", '{"password_digest": 7}', '{"password_digest": "MD5:aa"}']
    for text in texts:
        items = [{"Key": "/sip112-phone/auth/web-01", "Val": text}]
        assert phones.grants(items) == {WEB: Grant(WEB, "", Instant(0))}
    assert phones.grants([{"Key": "/sip112-phone/other", "Val": "x"}, {}]) == {}


def test_the_snippets_say_the_same() -> None:
    """Family, realm and variable stand a second time in the dialplan and in sorcery.conf."""
    dialplan = (SNIPPETS / "extensions-sip112.conf").read_text()
    assert f"DB({phones.FAMILY}/auth/" in dialplan
    assert f'"realm":"{phones.REALM}"' in dialplan
    assert "${GLOBAL(SIP112_PHONES)}" in dialplan
    assert "sip112-probe/" in dialplan
    assert f"auth = astdb,{phones.FAMILY}\n" in (SNIPPETS / "sorcery-sip112.conf").read_text()
