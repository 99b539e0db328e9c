"""The principal: who asks, machine or person, as routes see it."""

from __future__ import annotations

from typing import Protocol

from sip112.people.roles import Scope
from sip112.routing.ids import AgentId, CentreCode, SeatId


class Principal(Protocol):
    """Who asks: a machine with its token, or a person with a session."""

    @property
    def name(self) -> str:
        """The name under which what is done is recorded."""
        ...

    @property
    def agent(self) -> AgentId | None:
        """The person; None for a machine."""
        ...

    @property
    def seat(self) -> SeatId | None:
        """The seat at which the session sits; `sits_at` also asks whose seat that is."""
        ...

    @property
    def centres(self) -> frozenset[CentreCode]:
        """The centres that it is for; none named is all."""
        ...

    def allows(self, scope: Scope) -> bool:
        """Whether it may do what needs `scope`."""
        ...

    def is_for(self, centre: str) -> bool:
        """Whether it may see and command anything of a centre."""
        ...

    def sits_at(self, centre: CentreCode, seat: SeatId) -> bool:
        """Whether that is its own seat."""
        ...


def may_act_on(principal: Principal, centre: CentreCode, seat: SeatId) -> bool:
    """Whether `principal` may do with a seat what it may do with its own."""
    return (
        principal.sits_at(centre, seat)
        or principal.allows(Scope.SEATS)
        or principal.allows(Scope.SUPERVISE)
    )
