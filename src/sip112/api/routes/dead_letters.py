"""Dead letters: what agencies were to be told and could not be, and sending it again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import UseConfig, UsePorts
from sip112.api.paging import cut, decode
from sip112.api.problems.handoffs import not_dead, unknown_message
from sip112.api.problems.node import store_unavailable
from sip112.api.routes.tickets import by_id
from sip112.api.schemas.dead_letters import (
    DeadLetterPage,
    DeadLetterQuery,
    DeadLetterView,
    dead_letter_line,
    dead_letter_view,
)
from sip112.dispatch.errors import MessageNotDead, MessageNotFound
from sip112.dispatch.ids import MessageId
from sip112.people.audit import Action
from sip112.routing.ids import Instant

router = APIRouter(
    prefix="/v1/dead-letters",
    tags=["handoffs"],
    dependencies=[Depends(gives("application/json"))],
)


@router.get(
    "",
    summary="What agencies could not be told",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(
        {"items": [dead_letter_line(docs.DEAD_LETTER, docs.TICKET)], "next": None},
        *docs.guarded(),
        docs.missing("query", "limit"),
        store_unavailable(),
    ),
)
async def list_dead_letters(
    ports: UsePorts,
    config: UseConfig,
    query: Annotated[DeadLetterQuery, Query()],
    request: Request,
    response: Response,
) -> DeadLetterPage:
    """Return a page of the messages that were given up, newest first, and why."""
    place = None if query.cursor is None else decode(query.cursor)
    found = await ports.handoffs.dead(
        after=None if place is None else (place[0], MessageId(place[1])), limit=query.limit + 1
    )
    items, following = cut(
        found, query.limit, lambda each: (each.done_at or Instant(0), each.id), request, response
    )
    about = await by_id(ports, config, [each.ticket for each in items])
    lines = [dead_letter_line(each, about.get(each.ticket)) for each in items]
    return {"items": lines, "next": following}


@router.post(
    "/{message_id}/resend",
    summary="Send a dead letter again",
    dependencies=[Security(authorise, scopes=["tickets"])],
    responses=docs.answers(
        dead_letter_view(docs.DEAD_LETTER),
        *docs.guarded(),
        *docs.changing(),
        docs.missing("path", "message_id"),
        unknown_message(docs.DEAD_LETTER.id),
        not_dead(docs.DEAD_LETTER.id),
        store_unavailable(),
    ),
)
async def resend(
    ports: UsePorts,
    audit: UseAudit,
    message_id: Annotated[UUID, Path(description="Identifier of the message.")],
) -> DeadLetterView:
    """Send a message again that was given up, as it was and under the same key, at once."""
    try:
        item = await ports.handoffs.resend(MessageId(message_id))
    except MessageNotFound:
        raise unknown_message(message_id) from None
    except MessageNotDead:
        raise not_dead(message_id) from None
    audit(Action.HANDOFF_RESENT, str(item.handoff), agency=item.agency, message=str(message_id))
    return dead_letter_view(item)
