"""Accounts of agencies: what must be so of one, and whom it is for.

Whoever works at an agency signs in as those of the centre do, and sees nothing but what was handed
to that agency. So an account is of one agency at one centre, and has no other role: a code such as
``damkar`` means another agency at another centre.
"""

from __future__ import annotations

from collections.abc import Collection

from sip112.dispatch.ids import AgencyCode
from sip112.people.principal import Principal
from sip112.people.roles import Role, Scope
from sip112.people.session import SignedIn
from sip112.routing.ids import CentreCode


def why_not(
    roles: Collection[Role], centres: Collection[CentreCode], agency: AgencyCode | None
) -> tuple[str, str] | None:
    """Return which field keeps somebody from being like that, and why; None if nothing does."""
    if Role.AGENCY not in roles:
        if agency is None:
            return None
        return "agency", f"only somebody with the role {Role.AGENCY.value!r} is of an agency"
    if len(roles) > 1:
        return "roles", f"whoever has the role {Role.AGENCY.value!r} has no other"
    if agency is None:
        return "agency", "an account of an agency says of which"
    if len(centres) != 1:
        return "centres", "an account of an agency is for one centre, which has that agency"
    return None


def agency_of(principal: Principal) -> AgencyCode | None:
    """Return the agency whose account somebody has signed in with; None if it is none."""
    if not isinstance(principal, SignedIn) or not principal.allows(Scope.AGENCY):
        return None
    return principal.person.agency
