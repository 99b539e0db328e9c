"""Whom an administrator may see and change, and that there always is one."""

from __future__ import annotations

import pytest

from sip112.people.authority import governs, is_administrator, leaves_nobody, sees
from sip112.people.person import Person
from sip112.people.roles import Role, Scope
from sip112.people.token import Token
from sip112.routing.ids import AgentId, CentreCode, Instant

PKY, KTM = CentreCode("PKY"), CentreCode("KTM")
HERE, BOTH, EVERYWHERE = frozenset({PKY}), frozenset({PKY, KTM}), frozenset[CentreCode]()
T = Instant(0)


def admin(*centres: CentreCode, role: Role = Role.ADMIN, disabled: bool = False) -> Person:
    """Return an administrator, or somebody else, of some centres or of all."""
    who = "-".join(centres) or "all"
    return Person(
        AgentId(who), who, frozenset({role}), "", T, T, frozenset(centres), disabled=disabled
    )


def asks(*centres: CentreCode) -> Token:
    """Return who asks."""
    return Token("hr", "", frozenset({Scope.PEOPLE}), frozenset(centres))


def test_who_is_seen() -> None:
    """Whoever works at one of the same centres, or everywhere."""
    assert sees(asks(), admin(KTM))
    assert sees(asks(PKY), admin(PKY, KTM))
    assert sees(asks(PKY), admin())
    assert not sees(asks(PKY), admin(KTM))


def test_who_is_changed() -> None:
    """Whoever works nowhere else."""
    assert governs(asks(), EVERYWHERE)
    assert governs(asks(PKY), HERE)
    assert governs(asks(PKY, KTM), HERE)
    assert not governs(asks(PKY), BOTH)
    assert not governs(asks(PKY), EVERYWHERE)


def test_who_is_an_administrator() -> None:
    """By the role, and only if active."""
    assert is_administrator(admin())
    assert not is_administrator(admin(role=Role.SUPERVISOR))
    assert not is_administrator(admin(disabled=True))


@pytest.mark.parametrize(
    ("before", "after", "others", "nobody"),
    [
        (admin(), admin(disabled=True), [], True),
        (admin(), admin(role=Role.SUPERVISOR), [], True),
        (admin(), admin(PKY), [], True),
        (admin(), admin(disabled=True), [admin(PKY)], True),
        (admin(), admin(disabled=True), [admin(disabled=True)], True),
        (admin(), admin(disabled=True), [admin()], False),
        (admin(), admin(), [], False),
        (admin(PKY), admin(PKY, disabled=True), [], True),
        (admin(PKY), admin(KTM), [], True),
        (admin(PKY), admin(PKY, KTM), [], False),
        (admin(PKY), admin(), [], False),
        (admin(PKY), admin(PKY, disabled=True), [admin()], False),
        (admin(PKY, KTM), admin(PKY), [admin(KTM)], False),
        (admin(role=Role.CALL_TAKER), admin(role=Role.CALL_TAKER, disabled=True), [], False),
    ],
)
def test_somebody_is_left(
    before: Person, after: Person, others: list[Person], nobody: bool
) -> None:
    """At every centre that had an administrator, and of all if there was one of all."""
    assert leaves_nobody(before, after, others) is nobody
