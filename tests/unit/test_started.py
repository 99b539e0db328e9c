"""Calls that the desk has Asterisk start."""

from __future__ import annotations

import pytest

from sip112.routing import events as e
from sip112.routing.call import OfferResult
from sip112.routing.ids import SeatId
from sip112.routing.started import Line, Purpose, is_number
from tests.unit.centre import PBX, Centre


def test_a_line_reads_as_what_it_is() -> None:
    """A seat, or a number."""
    assert str(Line(SeatId("seat-01"))) == "seat-01"
    assert str(Line(number="0812")) == "0812"
    assert str(Line()) == ""


@pytest.mark.parametrize("text", ["11", "08125550001", "1" * 20])
def test_a_number_is_digits(text: str) -> None:
    """As many as there can be."""
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "1", "1" * 21, "+62812", "0812 555", "11@x", "11\n"])
def test_whatever_else_is_none(text: str) -> None:
    """It could mean something in a dialplan."""
    assert not is_number(text)


@pytest.mark.parametrize("purpose", Purpose)
def test_news_of_a_call_that_nobody_asked_for_changes_nothing(purpose: Purpose) -> None:
    """As of one that an owner before had started."""
    centre = Centre("seat-01")
    news = e.CallStarted(centre.at, PBX, purpose, "7", OfferResult.REJECTED)
    assert centre.give(news) == []
    assert sum(centre.desk.ignored.values()) == 1
