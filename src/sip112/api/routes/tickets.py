"""Tickets: list, read, change. Two people who edit at once notice each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response, Security

from sip112.api import docs, etags
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UseConfig, UsePorts
from sip112.api.notices import NoticeKind
from sip112.api.paging import cut, decode, instant
from sip112.api.problems.assignees import nobody_yourself
from sip112.api.problems.handoffs import handoffs_open
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.problems.tickets import no_if_match, ticket_changed, unknown_ticket
from sip112.api.schemas.tickets import (
    MYSELF,
    NOBODY,
    TicketPage,
    TicketPatch,
    TicketQuery,
    TicketView,
    ticket_view,
)
from sip112.api.seen import UseSeen
from sip112.dispatch.errors import HandoffsOpen
from sip112.people.audit import Action
from sip112.people.principal import Principal
from sip112.routing.errors import TicketConflict, TicketNotFound
from sip112.routing.ids import AgentId, TicketId
from sip112.routing.ticket import CLOSED, TicketRecord

router = APIRouter(
    prefix="/v1", tags=["tickets"], dependencies=[Depends(gives("application/json"))]
)

TicketKey = Annotated[
    str,
    Path(
        description="Id, or number as a person says it, such as PKY-20261122-0042.",
        max_length=100,
    ),
]


def etag(ticket: TicketRecord) -> str:
    """Return the ETag of a ticket."""
    return etags.etag(ticket.version)


def based_on(if_match: str, current: TicketRecord) -> int | None:
    """Return the newest version up to the current one that `if_match` names, or None."""
    versions = etags.versions(if_match)
    return max((each for each in versions if each <= current.version), default=None)


def changed(current: TicketRecord) -> Problem:
    """Return the 412 problem of a change that is based on an older version."""
    return ticket_changed(ticket_view(current), etag(current))


@router.get(
    "/tickets",
    summary="List tickets",
    responses=docs.answers(
        {"items": [ticket_view(docs.TICKET)], "next": None},
        *docs.guarded(),
        nobody_yourself("dashboard"),
        docs.missing("query", "since"),
        store_unavailable(),
    ),
)
async def list_tickets(
    ports: UsePorts,
    config: UseConfig,
    principal: Annotated[Principal, Security(authorise, scopes=["read"])],
    query: Annotated[TicketQuery, Query()],
    request: Request,
    response: Response,
) -> TicketPage:
    """Return a page of tickets, newest first."""
    place = None if query.cursor is None else decode(query.cursor)
    found = await ports.archive.tickets(
        config.centre,
        status=query.status,
        assignee=_whose(query.assignee, principal),
        unassigned=query.assignee == NOBODY,
        duplicate=query.duplicate,
        since=instant(query.since),
        until=instant(query.until),
        after=None if place is None else (place[0], TicketId(place[1])),
        limit=query.limit + 1,
    )
    tickets, following = cut(
        found, query.limit, lambda ticket: (ticket.opened_at, ticket.id), request, response
    )
    return {"items": [ticket_view(ticket) for ticket in tickets], "next": following}


def _whose(asked: str | None, principal: Principal) -> AgentId | None:
    """Return the login name that is asked for."""
    if asked is None or asked == NOBODY:
        return None
    if asked != MYSELF:
        return AgentId(asked)
    if principal.agent is None:
        raise nobody_yourself(principal.name)
    return principal.agent


async def find(ports: UsePorts, config: UseConfig, key: str) -> TicketRecord:
    """Return the ticket of that id or number, or raise the 404 problem."""
    # a NUL and its like are no name of a ticket, and PostgreSQL would choke on them
    printable = key.isascii() and key.isprintable()
    ticket = await ports.archive.ticket(config.centre, key) if printable else None
    if ticket is None:
        raise unknown_ticket(key)
    return ticket


async def by_id(
    ports: UsePorts, config: UseConfig, tickets: Sequence[TicketId]
) -> dict[TicketId, TicketRecord]:
    """Return the tickets of those ids that there are, by their ids."""
    if not tickets:
        return {}
    found = await ports.archive.tickets_named(config.centre, list(dict.fromkeys(tickets)))
    return {each.id: each for each in found}


@router.get(
    "/tickets/{ticket}",
    summary="Read one ticket",
    dependencies=[Security(authorise, scopes=["read"])],
    response_model=TicketView,
    responses={
        **docs.answers(
            ticket_view(docs.TICKET),
            *docs.guarded(),
            unknown_ticket("PKY-20261122-9999"),
            docs.missing("path", "ticket"),
            store_unavailable(),
        ),
        304: {"description": "It is at the version that `If-None-Match` names."},
    },
)
async def read_ticket(
    ports: UsePorts,
    config: UseConfig,
    seen: UseSeen,
    ticket: TicketKey,
    response: Response,
    if_none_match: Annotated[
        str | None, Header(description="ETag of the version that the client has.")
    ] = None,
) -> TicketView | Response:
    """Return one ticket. Its ETag header is what a change sends back as `If-Match`.

    Whoever shows a ticket reads it again every ten seconds with `If-None-Match`: a change made
    through another node is told by no notice. Who has seen it is on the audit log, once an hour.
    """
    found = await find(ports, config, ticket)
    seen(Action.TICKET_SEEN, found.number)
    if etags.knows(if_none_match, found.version):
        return Response(status_code=304, headers={"ETag": etag(found)})
    response.headers["ETag"] = etag(found)
    return ticket_view(found)


@router.patch(
    "/tickets/{ticket}",
    summary="Change a ticket",
    responses=docs.answers(
        ticket_view(docs.TICKET),
        *docs.guarded(),
        *docs.with_body(),
        unknown_ticket("PKY-20261122-9999"),
        changed(docs.TICKET),
        handoffs_open(docs.TICKET.number, ["damkar"]),
        no_if_match(),
        store_unavailable(),
    ),
)
async def change_ticket(
    ports: UsePorts,
    config: UseConfig,
    principal: Annotated[Principal, Security(authorise, scopes=["tickets"])],
    ticket: TicketKey,
    patch: Annotated[
        TicketPatch,
        Body(
            media_type="application/merge-patch+json",
            openapi_examples={
                "type": {
                    "summary": "Say what happened, and take the address back",
                    "value": {"incident_type": "fire", "address": None},
                }
            },
        ),
    ],
    response: Response,
    if_match: Annotated[
        str | None, Header(description="ETag of the version that the change is based on.")
    ] = None,
) -> TicketView:
    """Change what people write on a ticket (JSON merge patch, RFC 7396).

    A field that is null is removed, a field that is absent stays. Somebody else's change in
    between is answered with 412 and the ticket as it is by now. A change whose answer was lost,
    or was a 503, is to be sent again as it was, with the same `If-Match`: it is made once. Changes
    follow to the agencies that act; a ticket is closed when each handoff of it has ended.
    """
    if if_match is None or if_match.strip() == "*":  # "*" would overwrite unseen changes
        raise no_if_match()
    current = await find(ports, config, ticket)
    changes = patch.model_dump(exclude_unset=True)
    version = based_on(if_match, current)
    if version is None or (version != current.version and not changes):
        raise changed(current)
    if changes:
        before = current
        try:
            current = await ports.archive.change_ticket(
                config.centre, current.id, changes, version, principal.name
            )
        except TicketConflict as conflict:
            raise changed(conflict.current) from None
        except TicketNotFound:
            raise unknown_ticket(ticket) from None
        except HandoffsOpen as error:
            agencies = [handoff.agency for handoff in error.handoffs]
            raise handoffs_open(current.number, agencies) from None
        if version == before.version != current.version:
            told = [name for name in changes if getattr(current, name) != getattr(before, name)]
            tell(ports, current, principal.name, told)
            if "status" in told and current.status == CLOSED:
                await ports.handoffs.closed(current.id)
    response.headers["ETag"] = etag(current)
    return ticket_view(current)


def tell(ports: UsePorts, ticket: TicketRecord, by: str, fields: list[str]) -> None:
    """Tell those who may have the ticket open, at its agencies too."""
    if fields != ["assignee"]:
        ports.hub.agencies.ticket_changed(ticket.id)
    ports.hub.notify(
        NoticeKind.TICKET_CHANGED,
        {
            "ticket": str(ticket.id),
            "number": ticket.number,
            "version": ticket.version,
            "by": by,
            "fields": fields,
        },
    )
