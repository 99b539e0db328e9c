"""What a phone is sent, byte by byte."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip112 import display
from sip112.display import Shown
from sip112.routing.call import Caller
from sip112.routing.ids import TicketNumber
from sip112.routing.seat import Profile

NUMBER = TicketNumber("PKY-20261122-0042")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def shown(caller: Caller, waited_s: int = 3) -> Shown:
    """Return what is shown of that caller's ticket."""
    return Shown(NUMBER, caller, waited_s)


@pytest.mark.parametrize(
    ("caller", "line"),
    [
        (Caller("08125550104", "Budi"), "PKY-20261122-0042 08125550104 Budi (3 s)"),
        (Caller("08125550104"), "PKY-20261122-0042 08125550104 (3 s)"),
        (Caller(None, "Budi"), "PKY-20261122-0042 Budi (3 s)"),
        (Caller(), "PKY-20261122-0042 112 (-) (3 s)"),
        (Caller(None, None, "%00"), "PKY-20261122-0042 112 (-) (3 s)"),
    ],
)
def test_a_line_says_who_calls_and_how_long_they_have_waited(caller: Caller, line: str) -> None:
    """Ticket first; without caller ID it says so, and never what could not be read."""
    assert display.line(shown(caller)) == line


def test_a_page_for_each_kind_of_phone() -> None:
    """On one line, since AMI knows no other."""
    ticket = shown(Caller("08125550104", "Budi"))
    assert display.screen(ticket, Profile.YEALINK) == (
        f'{HEAD}<YealinkIPPhoneTextScreen Beep="no" Timeout="60" wrapTitle="yes">'
        "<Title>PKY-20261122-0042</Title><Text>08125550104 Budi (3 s)</Text>"
        "</YealinkIPPhoneTextScreen>"
    )
    assert display.screen(ticket, Profile.SNOM) == (
        f"{HEAD}<SnomIPPhoneText><Title>PKY-20261122-0042</Title>"
        "<Text>08125550104 Budi (3 s)</Text></SnomIPPhoneText>"
    )
    assert set(display.MEDIA_TYPES) == {Profile.YEALINK, Profile.SNOM}


@pytest.mark.parametrize("kind", display.MEDIA_TYPES)
def test_a_name_that_looks_like_xml_is_text(kind: Profile) -> None:
    """Escaped where that can be, and otherwise in other signs."""
    ticket = shown(Caller(None, "</Text><img src=x onerror=\"a('b')\"> A & B &amp;"))
    assert "&lt;/Text&gt;&lt;img src=x onerror=\"a('b')\"&gt; A &amp; B &amp;amp;" in (
        display.screen(ticket, kind)
    )
    assert "(/Text)(img src=x onerror=\"a('b')\") A + B +amp; (3 s)<" in (
        display.screen_without_entities(ticket, kind)
    )


@given(name=st.text(max_size=80), kind=st.sampled_from(sorted(display.MEDIA_TYPES)))
def test_whatever_the_name_is_the_page_is_xml_with_two_texts(name: str, kind: Profile) -> None:
    """That a parser reads, with what was written in the first case; the other has no ``&``."""
    ticket = shown(Caller("0812", name))
    first, second = ET.fromstring(display.screen(ticket, kind))  # noqa: S314 - our own
    assert (first.text, second.text) == (NUMBER, "".join(filter(str.isprintable, ticket.text)))
    page = display.screen_without_entities(ticket, kind)
    assert len(ET.fromstring(page)) == len(("title", "text"))  # noqa: S314 - our own
    assert not set("&\r\n") & set(page)
    page.encode()
