"""The queue: who waits for a seat, at which position, since when."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UsePorts
from sip112.api.schemas.queue import QueueView, waiting_view

router = APIRouter(
    prefix="/v1",
    tags=["queue"],
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives("application/json"))],
)


@router.get(
    "/queue",
    summary="Who waits",
    responses=docs.answers(
        {
            "items": [waiting_view(1, docs.WAITING, docs.WAITING.arrived_at + 4.5)],
            "longest_s": 4.5,
        },
        *docs.guarded(),
    ),
)
async def read_queue(ports: UsePorts) -> QueueView:
    """Return the calls without a seat, in the order of service. Needs no database.

    `position` is the place in that order; `call.position` is what Asterisk last told of its
    own queue, which knows nothing of who needs which skill.
    """
    now = ports.clock()
    items = [
        waiting_view(position, call, now)
        for position, call in enumerate(ports.desk.waiting(), start=1)
    ]
    return {"items": items, "longest_s": max((item["waited_s"] for item in items), default=0.0)}
