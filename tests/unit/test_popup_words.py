"""What a phone is sent, byte by byte."""

from __future__ import annotations

import pytest

from sip112.ami import popups
from sip112.routing import effects as f
from sip112.routing.call import Caller
from sip112.routing.ids import PbxId, SeatId, TicketNumber
from sip112.routing.seat import Profile

NUMBER = TicketNumber("PKY-20261122-0042")


def shown(caller: Caller, waited_s: int = 3) -> f.ShowTicket:
    """Return the order to show that caller's ticket."""
    return f.ShowTicket(
        PbxId("pbx1"),
        SeatId("seat-03"),
        Profile.SIP_MESSAGE,
        NUMBER,
        f"https://112.example.org/t/{NUMBER}",
        caller,
        waited_s,
    )


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
    assert popups.line(shown(caller)) == line
