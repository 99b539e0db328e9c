"""Identifiers by which centres know incidents and calls of each other."""

from __future__ import annotations

from uuid import UUID

import pytest

from sip112.routing import urns
from sip112.routing.ids import CallId, TicketId
from sip112.routing.ticket import Incident

HEX = "0193f4a0000070008000000000001234"
INCIDENT = f"urn:emergency:uid:incidentid:{HEX}:pky-1.example"
CALL = f"urn:emergency:uid:callid:{HEX}:pky-1.example"


def test_an_identifier_says_what_it_is_made_of() -> None:
    """Also in capitals: domains and hexadecimal digits are the same in both."""
    assert urns.incident(TicketId(UUID(HEX)), "pky-1.example") == INCIDENT
    assert urns.parse_incident(INCIDENT) == Incident(TicketId(UUID(HEX)), "pky-1.example")
    assert urns.parse_incident(INCIDENT.upper()) == urns.parse_incident(INCIDENT)
    assert urns.call(CallId(UUID(HEX)), "pky-1.example") == CALL


@pytest.mark.parametrize(
    "text",
    [
        "",
        INCIDENT.removeprefix("urn:"),
        INCIDENT.replace(HEX, HEX[1:]),
        INCIDENT.replace("example", "example."),
        INCIDENT.replace("example", "ex ample"),
        f"{INCIDENT}\n",
        f"{INCIDENT}/x",
        f"{INCIDENT}{'x' * 300}",
        CALL,
    ],
)
def test_what_is_none_of_ours_is_no_incident(text: str) -> None:
    assert urns.parse_incident(text) is None


def test_the_identifier_of_a_call_may_be_another_systems() -> None:
    """Which need not be made as ours is; but it is short, and plain."""
    assert urns.is_call(CALL)
    assert urns.is_call("urn:emergency:uid:callid:a56E556d871:bcf.example")
    for strange in (INCIDENT, f"{CALL}\n", CALL.replace(HEX, "x" * 65), CALL.replace(HEX, "a-b")):
        assert not urns.is_call(strange)
