"""What one should know beside a ticket: its calls, earlier calls, what else happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Depends, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UseConfig, UsePorts
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.tickets import unknown_ticket
from sip112.api.routes.tickets import TicketKey, find
from sip112.api.schemas.calls import call_view
from sip112.api.schemas.context import EarlierCall, NearbyTicket, TicketContext, ticket_brief
from sip112.api.seen import UseSeen
from sip112.people.audit import Action
from sip112.routing.call import Call
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import Instant
from sip112.routing.place import Place, distance_m
from sip112.routing.ticket import TicketRecord

EARLIER: Final = 20
"""Earlier calls that are told."""

NEARBY: Final = 100
"""Other tickets that are looked at."""

NEARBY_S: Final = 30 * 60

router = APIRouter(
    prefix="/v1",
    tags=["tickets"],
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives("application/json"))],
)

_EXAMPLE: Final[TicketContext] = {
    "calls": [call_view(docs.RINGING)],
    "earlier": [{"call": call_view(docs.ENDED), "ticket": ticket_brief(docs.TICKET)}],
    "nearby": [{"ticket": ticket_brief(docs.TICKET), "distance_m": 140}],
}


@router.get(
    "/tickets/{ticket}/context",
    summary="What one should know beside a ticket",
    responses=docs.answers(
        _EXAMPLE,
        *docs.guarded(),
        unknown_ticket("PKY-20261122-9999"),
        docs.missing("path", "ticket"),
        store_unavailable(),
    ),
)
async def read_context(
    ports: UsePorts, config: UseConfig, seen: UseSeen, ticket: TicketKey
) -> TicketContext:
    """Return the ticket's calls, earlier calls of the same number, and other open tickets.

    Earlier calls are those that arrived before the ticket was opened, the last 20, newest first,
    with their tickets as they are now. A caller without a number has none: they may be anybody's.
    Other open tickets are those that were opened within 30 minutes of this one, before or after
    (of more than 100 the newest 100), the nearest first, then those without a place, newest
    first. While the database does not answer, a ticket that waits to be written is told with its
    call alone.
    """
    found = await find(ports, config, ticket)
    seen(Action.TICKET_SEEN, found.number)
    calls = await calls_of(ports, config, found)
    try:
        earlier = await _earlier(ports, config, found, calls)
        nearby = await _nearby(ports, config, found)
    except StoreUnavailable:
        return {"calls": [call_view(call) for call in calls], "earlier": None, "nearby": None}
    return {"calls": [call_view(call) for call in calls], "earlier": earlier, "nearby": nearby}


async def calls_of(ports: UsePorts, config: UseConfig, ticket: TicketRecord) -> list[Call]:
    """Return the calls of a ticket as they are now, oldest first.

    One that has just arrived is in memory, and not yet in the database.
    """
    found: list[Call] = []
    for key in ticket.calls:
        call = ports.desk.call(key)
        if call is None and (events := ports.hub.life_of(key)):
            call = events[-1].call
        call = call or await ports.archive.call(config.centre, key)
        if call is not None:
            found.append(call)
    return found


async def _earlier(
    ports: UsePorts, config: UseConfig, ticket: TicketRecord, calls: Sequence[Call]
) -> list[EarlierCall]:
    numbers = {call.caller.number for call in calls if call.caller.number is not None}
    earlier: list[Call] = []
    for number in sorted(numbers):
        earlier += await ports.archive.calls(
            config.centre, caller=number, until=ticket.opened_at, limit=EARLIER
        )
    earlier.sort(key=lambda call: (call.arrived_at, call.id), reverse=True)
    earlier = earlier[:EARLIER]
    named = [call.ticket for call in earlier if call.ticket is not None]
    tickets = {each.id: each for each in await ports.archive.tickets_named(config.centre, named)}
    return [
        {
            "call": call_view(call),
            "ticket": ticket_brief(tickets[call.ticket]) if call.ticket in tickets else None,
        }
        for call in earlier
    ]


async def _nearby(ports: UsePorts, config: UseConfig, ticket: TicketRecord) -> list[NearbyTicket]:
    others = await ports.archive.tickets(
        config.centre,
        status="open",
        since=Instant(ticket.opened_at - NEARBY_S),
        until=Instant(ticket.opened_at + NEARBY_S),
        limit=NEARBY + 1,
    )
    here = _place(ticket)
    away = [(_distance(here, other), other) for other in others if other.id != ticket.id]
    away.sort(key=lambda each: (each[0] is None, each[0] or 0))  # stable: newest first beside that
    return [
        {"ticket": ticket_brief(other), "distance_m": distance} for distance, other in away[:NEARBY]
    ]


def _place(ticket: TicketRecord) -> Place | None:
    if ticket.latitude is None or ticket.longitude is None:
        return None
    return Place(ticket.latitude, ticket.longitude)


def _distance(here: Place | None, other: TicketRecord) -> int | None:
    there = _place(other)
    return None if here is None or there is None else round(distance_m(here, there))
