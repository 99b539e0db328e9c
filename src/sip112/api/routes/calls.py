"""Calls: those in progress, the log with its filters, one call with its events, CSV."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response, Security
from starlette.responses import StreamingResponse
from typing_extensions import TypedDict

from sip112.api import cdr, docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import UseConfig, UsePorts
from sip112.api.paging import cut, decode, instant
from sip112.api.problems.calls import unknown_call
from sip112.api.problems.node import store_unavailable
from sip112.api.schemas.assignees import assignee_view
from sip112.api.schemas.calls import CallFilter, CallPage, CallQuery, LiveCalls, call_view
from sip112.api.schemas.events import CallDetail, event_view
from sip112.api.seen import UseSeen
from sip112.people.audit import Action
from sip112.routing.call import Call, CallState, Outcome
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CallId, Instant, SeatId
from sip112.routing.ticket import TicketRecord

_CHUNK_ROWS = 50
"""Rows that are written in one go, some 1 ms: routing runs in the same loop."""

router = APIRouter(
    prefix="/v1", tags=["calls"], dependencies=[Security(authorise, scopes=["read"])]
)


class _Filters(TypedDict):
    since: Instant | None
    until: Instant | None
    caller: str | None
    seat: SeatId | None
    outcome: Outcome | None
    state: CallState | None


def _filters(query: CallFilter) -> _Filters:
    return {
        "since": instant(query.since),
        "until": instant(query.until),
        "caller": query.caller,
        "seat": None if query.seat is None else SeatId(query.seat),
        "outcome": query.outcome,
        "state": query.state,
    }


@router.get(
    "/calls",
    summary="List calls",
    dependencies=[Depends(gives("application/json"))],
    responses=docs.answers(
        {"items": [call_view(docs.ENDED)], "next": None},
        *docs.guarded(),
        docs.missing("query", "since"),
        store_unavailable(),
    ),
)
async def list_calls(
    ports: UsePorts,
    config: UseConfig,
    query: Annotated[CallQuery, Query()],
    request: Request,
    response: Response,
) -> CallPage:
    """Return a page of the call log, newest first, as the database has it.

    The database follows the calls by some milliseconds, and by more when it was away: what
    happens this moment stands at `/v1/calls/live`.
    """
    place = None if query.cursor is None else decode(query.cursor)
    found = await ports.archive.calls(
        config.centre,
        **_filters(query),
        after=None if place is None else (place[0], CallId(place[1])),
        limit=query.limit + 1,
    )
    calls, following = cut(
        found, query.limit, lambda call: (call.arrived_at, call.id), request, response
    )
    return {"items": [call_view(call) for call in calls], "next": following}


@router.get(
    "/calls.csv",
    summary="Export calls as CSV",
    dependencies=[Depends(gives("text/csv"))],
    response_class=Response,
    response_description="One line a call, newest first, after a line with the column names",
    responses=docs.answers(
        cdr.lines([cdr.COLUMNS, cdr.row(docs.ENDED, ZoneInfo("Asia/Jakarta"))]).decode(),
        *docs.guarded("text/csv"),
        docs.missing("query", "since"),
        store_unavailable(),
        media_type="text/csv",
    ),
)
async def export_calls(
    ports: UsePorts, config: UseConfig, audit: UseAudit, query: Annotated[CallFilter, Query()]
) -> StreamingResponse:
    """Return the call log as CSV: the columns of Asterisk's CDR, then ours.

    The first 18 columns are those of Asterisk's `cdr_csv`, in its order, with the centre's
    local time; those after them have UTC. A text that a spreadsheet would run as a formula
    has an apostrophe in front. If the database goes away half-way, the connection is cut:
    an export that ends properly is whole. Each export is on the audit log.
    """
    calls = ports.archive.iterate_calls(config.centre, **_filters(query))
    first = await anext(calls, None)  # now, while a failure can still be answered with a 503
    audit(Action.CALLS_EXPORTED, config.centre, **query.model_dump(mode="json", exclude_none=True))
    return StreamingResponse(
        _csv(first, calls, config.time_zone),
        media_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="calls-{config.centre}.csv"'},
    )


async def _csv(
    first: Call | None, others: AsyncIterator[Call], zone: ZoneInfo
) -> AsyncIterator[bytes]:
    rows: list[list[cdr.Cell]] = [list(cdr.COLUMNS)]
    if first is not None:
        rows.append(cdr.row(first, zone))
    async for call in others:
        rows.append(cdr.row(call, zone))
        if len(rows) >= _CHUNK_ROWS:
            yield cdr.lines(rows)
            rows = []
            await asyncio.sleep(0)  # neither sending nor the iterator need give way
    yield cdr.lines(rows)


@router.get(
    "/calls/live",
    summary="List the calls in progress",
    dependencies=[Depends(gives("application/json"))],
    responses=docs.answers({"items": [call_view(docs.RINGING)]}, *docs.guarded()),
)
async def list_live_calls(ports: UsePorts) -> LiveCalls:
    """Return every call in progress as the service knows it now. Needs no database."""
    calls = sorted(ports.desk.calls(), key=lambda call: (call.arrived_at, call.id))
    return {"items": [call_view(call) for call in calls]}


@router.get(
    "/calls/{call_id}",
    summary="Read one call",
    dependencies=[Depends(gives("application/json"))],
    responses=docs.answers(
        {
            "call": call_view(docs.RINGING),
            "assignee": {"id": "sari", "name": "Sari"},
            "duplicate_of": None,
            "events": [event_view(docs.RECORD)],
        },
        *docs.guarded(),
        unknown_call(docs.RINGING.id),
        docs.missing("path", "call_id"),
        store_unavailable(),
    ),
)
async def read_call(
    ports: UsePorts,
    config: UseConfig,
    seen: UseSeen,
    call_id: Annotated[UUID, Path(description="Identifier of the call.")],
) -> CallDetail:
    """Return one call as it is now, with everything that happened to it.

    While the database does not answer, calls in progress and those of the last moments are
    still told, from memory; `events` is null then, unless all of them are there. Who has seen a
    call is on the audit log, once an hour.
    """
    key = CallId(call_id)
    live = ports.desk.call(key)
    events = ports.hub.life_of(key)
    call = live or (events[-1].call if events else await ports.archive.call(config.centre, key))
    if call is None:
        raise unknown_call(call_id)
    if events is None:
        try:
            events = await ports.archive.call_events(config.centre, key)
        except StoreUnavailable:
            if live is None:
                raise
    seen(Action.CALL_SEEN, str(call.id), ticket=call.ticket_number)
    ticket = await _ticket(ports, config, call)
    return {
        "call": call_view(call),
        "assignee": None
        if ticket is None
        else assignee_view(ticket.assignee, ticket.assignee_name),
        "duplicate_of": None if ticket is None else ticket.parent_number,
        "events": None if events is None else [event_view(event) for event in events],
    }


async def _ticket(ports: UsePorts, config: UseConfig, call: Call) -> TicketRecord | None:
    """Return the call's ticket, as far as it is known."""
    if call.ticket is None:
        return None
    try:
        return await ports.archive.ticket(config.centre, str(call.ticket))
    except StoreUnavailable:
        return None
