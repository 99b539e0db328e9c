"""Which tickets belong together: suggested, said by people, and taken back."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Query, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import UseConfig, UsePorts
from sip112.api.once import OnceKey
from sip112.api.problems import links as problems
from sip112.api.problems.handoffs import key_reused, no_key
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.problems.tickets import unknown_ticket
from sip112.api.routes.context import calls_of
from sip112.api.routes.tickets import TicketKey, by_id, etag, find, tell
from sip112.api.schemas.links import (
    LinkingView,
    NewLink,
    SimilarList,
    TicketLinks,
    UnlinkQuery,
    linking_view,
    links_view,
    similar_view,
)
from sip112.api.seen import UseSeen
from sip112.dispatch.errors import (
    DuplicateAlready,
    DuplicateOfThis,
    KeyReused,
    LinkNotFound,
    SameTicket,
)
from sip112.dispatch.ids import LinkId
from sip112.dispatch.links import Linking, ties
from sip112.dispatch.once import Once
from sip112.dispatch.similar import WITHIN_S, similar
from sip112.people.audit import Action
from sip112.people.principal import Principal
from sip112.routing.errors import TicketNotFound
from sip112.routing.ids import Instant, TicketId
from sip112.routing.ticket import TicketRecord

LOOKED_AT: Final = 200
"""Other tickets among which similar ones are looked for, the newest of that time."""

router = APIRouter(
    prefix="/v1", tags=["tickets"], dependencies=[Depends(gives("application/json"))]
)

_Dispatcher = Annotated[Principal, Security(authorise, scopes=["tickets"])]
_OTHER: Final = "PKY-20261122-0041"
_REFUSED: Final = (
    *docs.guarded(),
    *docs.changing(),
    unknown_ticket("PKY-20261122-9999"),
    store_unavailable(),
)


@router.get(
    "/tickets/{ticket}/links",
    summary="Which tickets belong together with one",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(
        links_view(docs.TICKET, *docs.LINKS),
        *docs.guarded(),
        unknown_ticket("PKY-20261122-9999"),
        docs.missing("path", "ticket"),
        store_unavailable(),
    ),
)
async def read_links(
    ports: UsePorts, config: UseConfig, seen: UseSeen, ticket: TicketKey
) -> TicketLinks:
    """Return what a ticket is a duplicate of, its own duplicates, and what is related to it.

    `ticket.changed` with `duplicate_of`, `duplicates` or `related` among its fields tells of news.
    """
    found = await find(ports, config, ticket)
    seen(Action.TICKET_SEEN, found.number)
    return await _links(ports, config, found)


@router.post(
    "/tickets/{ticket}/links",
    summary="Say that two tickets belong together",
    responses=docs.answers(
        linking_view(docs.LINKING, links_view(docs.TICKET, *docs.LINKS)),
        *_REFUSED,
        *docs.with_body("kind"),
        no_key(),
        key_reused(),
        problems.unknown_other("PKY-20261122-9998"),
        problems.same_ticket(docs.TICKET.number),
        problems.duplicate_already(docs.TICKET.number, "PKY-20261122-0040"),
        problems.duplicate_of_this(docs.TICKET.number, _OTHER),
    ),
)
async def link_tickets(
    ports: UsePorts,
    config: UseConfig,
    audit: UseAudit,
    principal: _Dispatcher,
    ticket: TicketKey,
    body: Annotated[
        NewLink,
        Body(
            openapi_examples={
                "duplicate": {
                    "summary": "Another caller about the same fire",
                    "value": {"kind": "duplicate", "ticket": _OTHER, "reason": "The same house"},
                },
                "related": {
                    "summary": "The power is out because of that fire",
                    "value": {"kind": "related", "ticket": _OTHER},
                },
            }
        ),
    ],
    response: Response,
    key: OnceKey,
) -> LinkingView:
    """Say that a ticket is a duplicate of another one, or that the two are related.

    A duplicate keeps its number, its calls and its recordings; its incident goes on under the other
    ticket, and so do those of its own duplicates. Where nobody has written a disposition it becomes
    `known_already`; and the ticket is closed, unless agencies have it that have not ended (`held`):
    their handoffs go on. A duplicate of a duplicate is one of what that is a duplicate of. Related
    tickets stay as they are. Agencies that act on any of them are told. The same request under the
    same `Idempotency-Key` is carried out once, and answered alike.
    """
    found = await find(ports, config, ticket)
    other = await _other(ports, config, body.ticket)
    asked = f"{found.id} {body.kind} {other.id}"
    once = Once(principal.name, key, hashlib.sha256(asked.encode()).hexdigest())
    try:
        linking = await ports.archive.links.link(
            config.centre,
            body.kind,
            found.id,
            other.id,
            principal.name,
            body.reason or "",
            once,
        )
    except SameTicket:
        raise problems.same_ticket(found.number) from None
    except DuplicateAlready as error:
        parent = await _number(ports, config, error.parent)
        raise problems.duplicate_already(found.number, parent) from None
    except DuplicateOfThis:
        raise problems.duplicate_of_this(found.number, other.number) from None
    except TicketNotFound:
        raise unknown_ticket(ticket) from None
    except KeyReused:
        raise key_reused() from None
    _tell(ports, linking, principal.name)
    audit(Action.TICKET_LINKED, found.number, kind=body.kind.value, other=other.number)
    response.headers["ETag"] = etag(linking.ticket)
    return linking_view(linking, await _links(ports, config, linking.ticket))


@router.delete(
    "/tickets/{ticket}/links/{link_id}",
    summary="Take back that two tickets belong together",
    responses=docs.answers(
        linking_view(docs.LINKING, links_view(docs.TICKET, (), {})),
        *_REFUSED,
        problems.unknown_link(docs.LINKING.link.id),
        docs.missing("path", "link_id"),
    ),
)
async def unlink_tickets(
    ports: UsePorts,
    config: UseConfig,
    audit: UseAudit,
    principal: _Dispatcher,
    ticket: TicketKey,
    link_id: Annotated[UUID, Path(description="Identifier of what was said.")],
    query: Annotated[UnlinkQuery, Query()],
    response: Response,
) -> LinkingView:
    """Take back what was said of a ticket and another one; once more changes nothing.

    What a duplicate said by that alone it says no longer: it is open again, without the disposition
    `known_already`, unless somebody has written otherwise since then. Its own duplicates are its
    own again. Agencies that act on any of the tickets are told.
    """
    found = await find(ports, config, ticket)
    try:
        linking = await ports.archive.links.unlink(
            config.centre, found.id, LinkId(link_id), principal.name, query.reason or ""
        )
    except (LinkNotFound, TicketNotFound):
        raise problems.unknown_link(link_id) from None
    _tell(ports, linking, principal.name)
    audit(Action.TICKET_UNLINKED, found.number, link=str(link_id), kind=linking.link.kind.value)
    response.headers["ETag"] = etag(linking.ticket)
    return linking_view(linking, await _links(ports, config, linking.ticket))


@router.get(
    "/tickets/{ticket}/similar",
    summary="Which tickets may report the same incident",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(
        {"items": [similar_view(docs.SIMILAR)]},
        *docs.guarded(),
        unknown_ticket("PKY-20261122-9999"),
        docs.missing("path", "ticket"),
        store_unavailable(),
    ),
)
async def read_similar(
    ports: UsePorts, config: UseConfig, seen: UseSeen, ticket: TicketKey
) -> SimilarList:
    """Return tickets that may report the same incident, the likeliest first, with the reasons.

    Those that were opened within two hours of this one, open or closed (of more than 200 the
    newest 200), that are within a kilometre, or of the same branch of the tree of types, or about
    which the same number called. Another type, unless within 250 metres, and a place further away
    speak against it. Of a duplicate its parent is suggested; what belongs together with the ticket
    already is not. Nothing is ever linked by itself.
    """
    found = await find(ports, config, ticket)
    seen(Action.TICKET_SEEN, found.number)
    if found.parent is not None:
        return {"items": []}
    links, _ = await ports.archive.links.of(config.centre, found.id)
    without = {each.other for each in ties(found.id, links) if each.link.holds}
    called = await _called_about(ports, config, found)
    others = await ports.archive.tickets(
        config.centre,
        since=Instant(found.opened_at - WITHIN_S),
        until=Instant(found.opened_at + WITHIN_S),
        limit=LOOKED_AT,
    )
    there = {each.id for each in others}
    more = await by_id(ports, config, sorted(called - there))
    others += more.values()
    parents = {each.parent for each in others if each.parent is not None}
    others += (await by_id(ports, config, sorted(parents - there - more.keys()))).values()
    types = ports.agencies.current.directory.types
    likely = similar(found, others, called, types, without)
    return {"items": [similar_view(each) for each in likely]}


async def _links(ports: UsePorts, config: UseConfig, ticket: TicketRecord) -> TicketLinks:
    return links_view(ticket, *await ports.archive.links.of(config.centre, ticket.id))


async def _other(ports: UsePorts, config: UseConfig, key: str) -> TicketRecord:
    try:
        return await find(ports, config, key)
    except Problem:
        raise problems.unknown_other(key) from None


async def _number(ports: UsePorts, config: UseConfig, ticket: TicketId) -> str:
    found = await by_id(ports, config, [ticket])
    return found[ticket].number


async def _called_about(ports: UsePorts, config: UseConfig, ticket: TicketRecord) -> set[TicketId]:
    """Return the tickets of that time about which the same numbers called."""
    numbers = {each.caller.number for each in await calls_of(ports, config, ticket)} - {None}
    found: set[TicketId] = set()
    for number in numbers:
        calls = await ports.archive.calls(
            config.centre,
            caller=number,
            since=Instant(ticket.opened_at - WITHIN_S),
            until=Instant(ticket.opened_at + WITHIN_S),
        )
        found |= {each.ticket for each in calls if each.ticket is not None}
    return found - {ticket.id}


def _tell(ports: UsePorts, linking: Linking, by: str) -> None:
    """Tell those who may have one of the tickets open, at their agencies too."""
    for each in linking.changed:
        tell(ports, each.ticket, by, list(each.fields))
