"""Writing down who saw or did what, from a route.

A route takes `UseAudit` and says what was done: ``audit(Action.RECORDING_HEARD, recording_id)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from sip112.api.context import Ports, Served
from sip112.api.ports import Audit
from sip112.people.audit import Action, AuditEntry, new_id
from sip112.people.principal import Principal
from sip112.routing.ids import CentreCode, Instant


@dataclass(frozen=True, slots=True)
class Auditing:
    """Writes entries for one request."""

    log: Audit
    clock: Callable[[], float]
    centre: CentreCode | None
    who: str
    address: str

    def __call__(self, action: Action, subject: str, **detail: object) -> None:
        """Take an entry; it is written as soon as the database lets us. Never waits."""
        at = Instant(self.clock())
        self.log.put(
            AuditEntry(new_id(at), at, self.centre, self.who, action, subject, detail, self.address)
        )


def address_of(request: Request) -> str:
    """Return where a request comes from."""
    return "" if request.client is None else request.client.host


async def _auditing(request: Request) -> Auditing:
    ports: Ports = request.app.state.ports
    served: Served | None = request.scope.get("sip112.served")
    principal: Principal | None = request.scope.get("sip112.principal")
    return Auditing(
        ports.audit,
        ports.clock,
        None if served is None else served.config.centre,
        "" if principal is None else principal.name,
        address_of(request),
    )


UseAudit = Annotated[Auditing, Depends(_auditing)]
