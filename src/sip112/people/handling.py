"""Whose ticket may become whose, and who decides it."""

from __future__ import annotations

from enum import StrEnum

from sip112.people.person import Person
from sip112.people.principal import Principal
from sip112.people.roles import Scope, allows
from sip112.routing.ids import AgentId, CentreCode


class Unfit(StrEnum):
    """Why nobody can give a ticket to somebody."""

    UNKNOWN = "unknown"
    """There is no such person, or they work elsewhere."""
    INACTIVE = "inactive"
    """The person may not sign in."""
    NO_TICKETS = "no_tickets"
    """No role of theirs handles tickets."""


def unfit(person: Person | None, centre: CentreCode) -> Unfit | None:
    """Return why a person cannot have a ticket of the centre; None if they can."""
    if person is None or not person.is_for(centre):
        return Unfit.UNKNOWN
    if person.disabled:
        return Unfit.INACTIVE
    return None if allows(person.scopes, Scope.TICKETS) else Unfit.NO_TICKETS


def may_assign(principal: Principal, holder: AgentId | None, to: AgentId | None) -> bool:
    """Whether `principal` may have a ticket of `holder` be another's; None is nobody.

    A supervisor may give any ticket to anybody. Others may take any for themselves, and let go of
    their own.
    """
    if principal.allows(Scope.SUPERVISE) or to == holder:
        return True
    return principal.agent is not None and principal.agent in {holder, to}
