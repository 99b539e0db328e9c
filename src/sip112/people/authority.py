"""Whom an administrator may see and change, and that there always is one."""

from __future__ import annotations

from collections.abc import Iterable

from sip112.people.person import Person
from sip112.people.principal import Principal
from sip112.people.roles import Role
from sip112.routing.ids import CentreCode


class LastAdministrator(Exception):  # noqa: N818 - the name says what is in the way
    """A change would leave nobody who could make and change persons."""


def sees(principal: Principal, person: Person) -> bool:
    """Whether a person works where `principal` may look."""
    if not principal.centres or not person.centres:
        return True
    return any(person.is_for(centre) for centre in principal.centres)


def governs(principal: Principal, centres: frozenset[CentreCode]) -> bool:
    """Whether `principal` may change somebody who works at `centres`, or at all if none is named.

    Whoever works elsewhere too is not theirs alone to change.
    """
    return not principal.centres or (bool(centres) and centres <= principal.centres)


def is_administrator(person: Person) -> bool:
    """Whether a person could make and change others now."""
    return Role.ADMIN in person.roles and not person.disabled


def leaves_nobody(before: Person, after: Person, others: Iterable[Person]) -> bool:
    """Whether a change of a person leaves a centre that had an administrator without one."""
    if not is_administrator(before):
        return False
    left = [each for each in (after, *others) if is_administrator(each)]
    if not before.centres:
        return all(each.centres for each in left)
    return not all(any(each.is_for(centre) for each in left) for centre in before.centres)
