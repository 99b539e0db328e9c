"""Whose tickets are: take one over, give it to somebody, let go of it; and who can have one."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Header, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import Auditing, UseAudit
from sip112.api.context import Ports, UseConfig, UsePorts
from sip112.api.notices import NoticeKind
from sip112.api.ports import NotOwner
from sip112.api.problems.assignees import cannot_be_assigned, not_your_ticket, ticket_closed
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.tickets import no_if_match, unknown_ticket
from sip112.api.routes.tickets import TicketKey, based_on, changed, etag, find, tell
from sip112.api.schemas.assignees import (
    AssigneeBody,
    CandidatesView,
    CandidateView,
    assignee_view,
)
from sip112.api.schemas.tickets import TicketView, ticket_view
from sip112.people.audit import Action
from sip112.people.handling import Unfit, may_assign, unfit
from sip112.people.principal import Principal
from sip112.people.roles import Role
from sip112.routing.errors import TicketConflict, TicketNotFound
from sip112.routing.ids import AgentId, SeatId
from sip112.routing.ticket import Assigned

router = APIRouter(
    prefix="/v1", tags=["tickets"], dependencies=[Depends(gives("application/json"))]
)

Handler = Annotated[Principal, Security(authorise, scopes=["tickets"])]
IfMatch = Annotated[
    str | None, Header(description="ETag of the version of the ticket that was seen.")
]

_CANDIDATE: Final[CandidateView] = {
    "id": "sari",
    "name": "Sari",
    "roles": [Role.CALL_TAKER],
    "seat": "seat-03",
}
_REFUSED: Final = (
    *docs.guarded(),
    *docs.changing(),
    not_your_ticket("sari", "PKY-20261122-0042", "budi"),
    unknown_ticket("PKY-20261122-9999"),
    ticket_closed("PKY-20261122-0042"),
    changed(docs.TICKET),
    no_if_match(),
    store_unavailable(),
)
"""Why a ticket stays with whom it is."""


@router.put(
    "/tickets/{ticket}/assignee",
    summary="Take a ticket over, or give it to somebody",
    responses=docs.answers(
        ticket_view(docs.TICKET),
        *_REFUSED,
        *docs.with_body(),
        cannot_be_assigned("budi", Unfit.INACTIVE),
    ),
)
async def assign_ticket(
    ports: UsePorts,
    config: UseConfig,
    principal: Handler,
    audit: UseAudit,
    ticket: TicketKey,
    body: Annotated[
        AssigneeBody,
        Body(openapi_examples={"usual": {"summary": "Whose it is", "value": {"agent": "sari"}}}),
    ],
    response: Response,
    if_match: IfMatch = None,
) -> TicketView:
    """Say whose an open ticket is.

    People take for themselves whichever they want, and give away their own; with the scope
    `supervise` one gives any to anybody. Whose it was and whose it is are told by the notice
    `ticket.assigned`, and the audit log has it. `If-Match` and what follows from it are as for
    a change of the ticket.
    """
    return await _assign(
        ports, config, principal, audit, ticket, AgentId(body.agent), if_match, response
    )


@router.delete(
    "/tickets/{ticket}/assignee",
    summary="Let go of a ticket",
    responses=docs.answers(ticket_view(docs.TICKET), *_REFUSED, docs.missing("path", "ticket")),
)
async def release_ticket(
    ports: UsePorts,
    config: UseConfig,
    principal: Handler,
    audit: UseAudit,
    ticket: TicketKey,
    response: Response,
    if_match: IfMatch = None,
) -> TicketView:
    """Have an open ticket be nobody's: one's own, or with the scope `supervise` anybody's."""
    return await _assign(ports, config, principal, audit, ticket, None, if_match, response)


@router.get(
    "/assignees",
    summary="Who can have tickets",
    dependencies=[Security(authorise, scopes=["tickets"])],
    responses=docs.answers({"items": [_CANDIDATE]}, *docs.guarded(), store_unavailable()),
)
async def list_assignees(ports: UsePorts, config: UseConfig) -> CandidatesView:
    """Return the people of the centre who handle tickets; who is on duty comes first.

    Where they are on duty is known at the node that owns the centre.
    """
    seats: dict[AgentId, SeatId] = {}
    with suppress(NotOwner):
        seats = {seat.agent: seat.id for seat in ports.desk.seats() if seat.agent is not None}
    people = [each for each in await ports.people.persons() if unfit(each, config.centre) is None]
    people.sort(key=lambda each: (each.id not in seats, each.name.casefold(), each.id))
    return {
        "items": [
            {
                "id": each.id,
                "name": each.name,
                "roles": sorted(each.roles),
                "seat": seats.get(each.id),
            }
            for each in people
        ]
    }


async def _assign(
    ports: UsePorts,
    config: UseConfig,
    principal: Principal,
    audit: Auditing,
    key: str,
    agent: AgentId | None,
    if_match: str | None,
    response: Response,
) -> TicketView:
    if if_match is None or if_match.strip() == "*":  # "*" would take what nobody has seen
        raise no_if_match()
    current = await find(ports, config, key)
    version = based_on(if_match, current)
    if version is None:
        raise changed(current)
    if version == current.version:  # otherwise it can only have been done already
        if not may_assign(principal, current.assignee, agent):
            raise not_your_ticket(principal.name, current.number, current.assignee)
        if current.status != "open":
            raise ticket_closed(current.number)
        if agent is not None:
            why = unfit(await ports.people.person(agent), config.centre)
            if why is not None:
                raise cannot_be_assigned(agent, why)
    try:
        assigned = await ports.archive.assign_ticket(
            config.centre, current.id, agent, version, principal.name
        )
    except TicketConflict as conflict:
        raise changed(conflict.current) from None
    except TicketNotFound:
        raise unknown_ticket(key) from None
    if assigned.changed:
        _tell(ports, assigned, version + 1, principal.name, agent)
        audit(Action.TICKET_ASSIGNED, current.number, former=assigned.former, assignee=agent)
    response.headers["ETag"] = etag(assigned.ticket)
    return ticket_view(assigned.ticket)


def _tell(ports: Ports, assigned: Assigned, version: int, by: str, agent: AgentId | None) -> None:
    """Tell everybody who shows the ticket, and of them whose it was and is."""
    ticket = assigned.ticket
    tell(ports, ticket, by, ["assignee"])
    name = ticket.assignee_name if ticket.assignee == agent else None
    ports.hub.notify(
        NoticeKind.TICKET_ASSIGNED,
        {
            "ticket": str(ticket.id),
            "number": ticket.number,
            "version": version,
            "by": by,
            "former": assigned.former,
            "assignee": assignee_view(agent, name),
        },
    )
