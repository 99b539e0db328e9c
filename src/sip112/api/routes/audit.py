"""The audit log: who saw and did what. It is read here, and never changed."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import Ports, Served
from sip112.api.paging import cut, decode, instant
from sip112.api.schemas.audit import AuditPage, AuditQuery, audit_view
from sip112.people.audit import AuditEntry
from sip112.people.authority import sees
from sip112.people.principal import Principal
from sip112.routing.ids import CentreCode, Instant

router = APIRouter(prefix="/v1", tags=["audit"], dependencies=[Depends(gives("application/json"))])

_AT: Final = Instant(1795317306.25)
_EXAMPLE: Final = AuditEntry(
    UUID("01a20140-138a-7adf-af14-62dda4a28498"),
    _AT,
    CentreCode("PKY"),
    "sari",
    "seat.taken_over",
    "seat-03",
    {"agent": "budi"},
    "",
)


@router.get(
    "/audit",
    summary="Read the audit log",
    responses=docs.answers(
        {"items": [audit_view(_EXAMPLE)], "next": None},
        *docs.guarded(),
        docs.missing("query", "since"),
    ),
)
async def read_audit(
    principal: Annotated[Principal, Security(authorise, scopes=["audit"])],
    query: Annotated[AuditQuery, Query()],
    request: Request,
    response: Response,
) -> AuditPage:
    """Return a page of the audit log, newest first.

    It holds the entries of the centre that is asked about, or of all where one may look, and
    those that are about no one centre, such as a sign-in. Who is for some centres alone sees
    of the latter what is by or about people who work there.
    """
    ports: Ports = request.app.state.ports
    served: Served | None = request.scope.get("sip112.served")
    place = None if query.cursor is None else decode(query.cursor)
    people = None
    if principal.centres:
        everybody = await ports.people.persons()
        people = [person.id for person in everybody if sees(principal, person)]
    found = await ports.audit.page(
        centres=principal.centres if served is None else {served.config.centre},
        people=people,
        who=query.who,
        action=query.action,
        subject=query.subject,
        since=instant(query.since),
        until=instant(query.until),
        after=place,
        limit=query.limit + 1,
    )
    entries, following = cut(
        found, query.limit, lambda entry: (entry.at, entry.id), request, response
    )
    return {"items": [audit_view(entry) for entry in entries], "next": following}
