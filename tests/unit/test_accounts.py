"""Accounts of agencies: what must be so of one, and whom it is for."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.dispatch.ids import AgencyCode
from sip112.people.accounts import agency_of, why_not
from sip112.people.person import Person
from sip112.people.roles import Role, Scope
from sip112.people.session import Session, SignedIn
from sip112.people.token import Token
from sip112.routing.ids import AgentId, CentreCode, Instant

PKY, KTM = CentreCode("PKY"), CentreCode("KTM")
DAMKAR = AgencyCode("damkar")
T = Instant(0)


@pytest.mark.parametrize(
    ("roles", "centres", "agency", "field"),
    [
        ({Role.AGENCY}, {PKY}, DAMKAR, None),
        ({Role.CALL_TAKER}, (), None, None),
        ({Role.CALL_TAKER}, {PKY}, DAMKAR, "agency"),
        ({Role.AGENCY}, {PKY}, None, "agency"),
        ({Role.AGENCY, Role.DISPATCHER}, {PKY}, DAMKAR, "roles"),
        ({Role.AGENCY}, (), DAMKAR, "centres"),
        ({Role.AGENCY}, {PKY, KTM}, DAMKAR, "centres"),
    ],
)
def test_what_an_account_must_be(roles: Any, centres: Any, agency: Any, field: str | None) -> None:
    """Of one agency, at one centre, and nothing else; nobody else is of an agency."""
    found = why_not(roles, centres, agency)
    assert (found and found[0]) == field


def person(*roles: Role, agency: AgencyCode | None = DAMKAR) -> SignedIn:
    """Return somebody who has signed in."""
    who = Person(AgentId("budi"), "Budi", frozenset(roles), "", T, T, agency=agency)
    return SignedIn(who, Session("", who.id, T, T, ""), "")


def test_whose_account_it_is() -> None:
    """That of nobody with another role, whatever stands in the database, and of no token."""
    assert agency_of(person(Role.AGENCY)) == DAMKAR
    assert agency_of(person(Role.AGENCY, agency=None)) is None
    assert agency_of(person(Role.ADMIN)) is None
    assert agency_of(Token("damkar", "", frozenset({Scope.AGENCY}))) is None


@pytest.mark.parametrize("role", Role)
def test_an_account_may_do_nothing_else(role: Role) -> None:
    """With whatever other role it is put together."""
    who = person(Role.AGENCY, role)
    assert [scope for scope in Scope if who.allows(scope)] == [Scope.AGENCY]
