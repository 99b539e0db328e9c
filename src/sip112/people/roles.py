"""Scopes, which routes ask for, and roles, which give people their scopes: one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What a principal may do.

    ADMIN implies all of them but AGENCY; every scope but METRICS and AGENCY implies READ.
    """

    READ = "read"
    """See calls, tickets, seats, the queue and the events."""
    SEAT = "seat"
    """Command the seat at which one sits. SEATS implies it."""
    SEATS = "seats"
    """Command any seat, for any agent."""
    CALLS = "calls"
    """Steer the calls of the seat at which one sits."""
    TICKETS = "tickets"
    """Change tickets, and take them over."""
    CALLBACKS = "callbacks"
    """Call back who hung up before an answer."""
    SUPERVISE = "supervise"
    """Listen, whisper, barge; steer any call; log any seat out; give any ticket to anybody."""
    RECORDINGS = "recordings"
    """Hear recorded calls."""
    PEOPLE = "people"
    """Make and change persons."""
    AUDIT = "audit"
    """Read who saw and did what."""
    AGENCIES = "agencies"
    """Change agencies, incident types and areas."""
    AGENCY = "agency"
    """See and answer what was handed to one's own agency, and nothing else. No other scope implies
    it, and it implies no other: it is for the people of agencies, who are none of the centre."""
    METRICS = "metrics"
    """Read ``/metrics``, which holds figures only and nothing of any caller."""
    ADMIN = "admin"


class Role(StrEnum):
    """What a person is in a centre."""

    CALL_TAKER = "call_taker"
    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AGENCY = "agency"
    """Nobody of the centre, but of an agency (`accounts`)."""


_CALL_TAKER: Final = frozenset(
    {Scope.READ, Scope.SEAT, Scope.TICKETS, Scope.CALLS, Scope.CALLBACKS}
)

SCOPES: Final[Mapping[Role, frozenset[Scope]]] = {
    Role.CALL_TAKER: _CALL_TAKER,
    Role.DISPATCHER: frozenset({Scope.READ, Scope.TICKETS, Scope.SEAT, Scope.CALLS}),
    Role.SUPERVISOR: _CALL_TAKER
    | {Scope.SEATS, Scope.SUPERVISE, Scope.RECORDINGS, Scope.AUDIT, Scope.AGENCIES},
    Role.ADMIN: frozenset(Scope) - {Scope.AGENCY},
    Role.AGENCY: frozenset({Scope.AGENCY}),
}
"""The scopes that each role gives."""


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """Return what several roles give together.

    With the role of an agency's people no other gives anything, whoever put them together.
    """
    roles = frozenset(roles)
    if Role.AGENCY in roles:
        return SCOPES[Role.AGENCY]
    return frozenset().union(*(SCOPES[role] for role in roles))


def allows(scopes: frozenset[Scope], wanted: Scope) -> bool:
    """Whether who has `scopes` may do what needs `wanted`."""
    if wanted in scopes:
        return True
    if wanted is Scope.AGENCY:
        return False
    if Scope.ADMIN in scopes:
        return True
    if wanted is Scope.READ:
        return bool(scopes - {Scope.METRICS, Scope.AGENCY})
    return wanted is Scope.SEAT and Scope.SEATS in scopes
