"""Everything as it happens, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response, Security
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UseConfig, UsePorts
from sip112.api.hub import RETRY_MS, Hub, about, encode, nothing
from sip112.api.notices import EVENT, deaf, heard_at
from sip112.api.problems.node import store_unavailable, too_many_streams
from sip112.api.schemas.events import EventQuery
from sip112.api.watch import Leash, UseWatch, Watch
from sip112.people.principal import Principal
from sip112.people.session import SignedIn
from sip112.routing.effects import EntryKind
from sip112.routing.ids import SeatId, Seq

router = APIRouter(
    prefix="/v1",
    tags=["events"],
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives("text/event-stream"))],
)

_EXAMPLE = f"retry: {RETRY_MS}\n\n{encode(docs.RECORD).decode()}"


class EventStream(StreamingResponse):
    """A stream that is counted for as long as it is open, and whose session is watched."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, watch: Watch, leash: Leash, content: AsyncIterable[bytes]) -> None:
        # for nginx, which would hold events back until its buffer is full
        super().__init__(content, headers={"X-Accel-Buffering": "no"})
        self._hub = hub
        self._watch = watch
        self._leash = leash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the client leaves, the session is over, or the hub closes."""
        with self._hub.streaming(), self._watch.following(self._leash):
            await super().__call__(scope, receive, send)


@router.get(
    "/events",
    summary="Follow what happens",
    response_class=Response,
    response_description="Server-sent events: one for every journal entry",
    responses=docs.answers(
        _EXAMPLE,
        *docs.guarded("text/event-stream"),
        docs.missing("header", "last-event-id"),
        store_unavailable(),
        too_many_streams(200),
        media_type="text/event-stream",
    ),
    openapi_extra={
        "responses": {
            "200": {
                "content": {
                    "text/event-stream": {
                        # as OpenAPI 3.2 describes such streams; 3.1 readers take the schema
                        "itemSchema": {
                            "type": "object",
                            "required": ["data"],
                            "properties": {
                                "id": {
                                    "type": "string",
                                    "description": "`seq` of the entry; a notice has none.",
                                },
                                "event": {
                                    "type": "string",
                                    "description": "`kind` of the entry, or `notice`.",
                                },
                                "data": {
                                    "type": "string",
                                    "contentMediaType": "application/json",
                                    "contentSchema": {
                                        "anyOf": [
                                            {"$ref": "#/components/schemas/EventView"},
                                            {"$ref": "#/components/schemas/NoticeView"},
                                        ]
                                    },
                                },
                                "retry": {"type": "integer"},
                            },
                        },
                    }
                }
            }
        }
    },
)
async def follow_events(
    ports: UsePorts,
    config: UseConfig,
    watch: UseWatch,
    principal: Annotated[Principal, Security(authorise)],
    query: Annotated[EventQuery, Query()],
    last_event_id: Annotated[
        str | None,
        Header(
            description="`id` of the last event that was received; what came after it is sent "
            "first. Without it, and without `after`, the stream begins now.",
            pattern=r"^[0-9]{1,18}$",
        ),
    ] = None,
) -> EventStream:
    """Stream every journal entry from now on, or from `Last-Event-ID` on: no gap, no repeat.

    The event's name is the entry's `kind`, its id the entry's `seq`, its data an `EventView`.
    A comment with the latest id comes when nothing else did for 15 seconds: a client that
    hears nothing for longer has lost the connection. A stream that ends is to be opened
    again with the last id; browsers do that by themselves, and `after` is for their first time,
    since they cannot send a header then. Where both are sent, `Last-Event-ID` counts. A person's
    stream ends within seconds of the session, and is answered with 401 when it is opened again.

    Events named `notice` (a `NoticeView`) tell what is no journal entry, such as a ticket that
    somebody changed. They have no id and are never repeated: whoever opens the stream reads
    afterwards what it shows. They come from the node that is asked: what is done through another
    node that stands by is not told, so read again from time to time (`If-None-Match` makes it
    cheap). With `kind` they come only if `notice` is among the kinds.
    """
    if ports.hub.streams >= config.max_streams:
        raise too_many_streams(config.max_streams)
    last = query.after if last_event_id is None else int(last_event_id)
    after = None if last is None else Seq(last)
    seat = None if query.seat is None else SeatId(query.seat)
    kinds = frozenset(EntryKind(kind) for kind in query.kind if kind != EVENT)
    hears = heard_at(seat, principal.allows) if not query.kind or EVENT in query.kind else deaf
    wanted = nothing if query.kind and not kinds else about(seat, kinds)
    session = principal.session.digest if isinstance(principal, SignedIn) else None
    leash = Leash(config.centre, session)
    content = await ports.hub.subscribe(after, wanted, hears, lambda: leash.over)
    return EventStream(ports.hub, watch, leash, content)
