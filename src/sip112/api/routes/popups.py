"""Popups: which consoles are open, and that a ticket is shown where its call rings."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Request, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise, check_seat, own_seat
from sip112.api.context import UsePorts
from sip112.api.problems.access import not_your_seat
from sip112.api.problems.calls import unknown_call
from sip112.api.problems.centres import centre_elsewhere
from sip112.api.problems.seats import unknown_seat
from sip112.api.routes.seats import SeatKey, refused
from sip112.api.schemas.seats import SeatView, Shown, seat_view
from sip112.routing.effects import Refusal
from sip112.routing.events import ConsoleGone, ConsoleHere, PopupCommand, PopupSeen
from sip112.routing.ids import CallId, SeatId
from sip112.routing.seat import Seat

router = APIRouter(
    prefix="/v1",
    tags=["popups"],
    dependencies=[Depends(gives("application/json"))],
)

_OWN: Final = [Security(own_seat, scopes=["seat"])]


async def _tell(
    ports: UsePorts, kind: type[PopupCommand], seat: str, about: str = "", **fields: object
) -> Seat:
    """Tell the desk, which answers by itself: unlike a change of duty Asterisk has no part in it.

    `about` names what else than the seat a refusal would be about.
    """
    reply = await ports.desk.command(kind, seat=SeatId(seat), **fields)
    if reply.refusal is not None:
        raise refused(reply.refusal, seat, about)
    if reply.seat is None:
        raise TypeError(f"neither a seat nor a refusal in {reply}")
    return reply.seat


_ANSWERS = docs.answers(
    seat_view(docs.READY),
    *docs.guarded(),
    *docs.changing(),
    not_your_seat("sari", "seat-03", "seat-01"),
    unknown_seat("seat-99"),
    centre_elsewhere(),
)


@router.put(
    "/seats/{seat}/console",
    summary="Say that a console is open",
    dependencies=_OWN,
    responses=_ANSWERS,
)
async def console_here(ports: UsePorts, seat: SeatKey) -> SeatView:
    """Tell that a console at the seat shows the tickets of calls that ring there.

    Say so when it opens, and again every 30 seconds: it counts as open for 90. Confirm each
    popup with `POST /v1/calls/{call_id}/popup`. While no console is open, the seat's phone is
    sent the ticket at once, in the ways of its setting `popup`.
    """
    return seat_view(await _tell(ports, ConsoleHere, seat))


@router.delete(
    "/seats/{seat}/console",
    summary="Say that the console closes",
    dependencies=_OWN,
    responses=_ANSWERS,
)
async def console_gone(ports: UsePorts, seat: SeatKey) -> SeatView:
    """Tell that no console is open at the seat any more. Said twice, it changes nothing."""
    return seat_view(await _tell(ports, ConsoleGone, seat))


@router.post(
    "/calls/{call_id}/popup",
    summary="Say that the ticket is shown",
    status_code=204,
    dependencies=[Security(authorise, scopes=["seat"])],
    responses=docs.answers(
        None,
        *docs.guarded(),
        *docs.changing(),
        not_your_seat("sari", "seat-03", "seat-01"),
        *docs.with_body("seat"),
        docs.missing("path", "call_id"),
        unknown_call(docs.RINGING.id),
        unknown_seat("seat-99"),
        refused(Refusal.NOT_OFFERED, "seat-04"),
        centre_elsewhere(),
    ),
)
async def popup_seen(
    request: Request,
    ports: UsePorts,
    call_id: Annotated[UUID, Path(description="Identifier of the call.")],
    shown: Annotated[
        Shown,
        Body(openapi_examples={"usual": {"summary": "As usual", "value": {"seat": "seat-03"}}}),
    ],
) -> None:
    """Confirm that the ticket of a call is on the screen of the seat at which the call rings.

    Where a console is open and does not say so within 2 seconds of `call.offered`, the event
    `popup.unseen` tells it, and the seat's phone is sent the ticket. Said twice, late, or after
    the call went elsewhere, it changes nothing.
    """
    await check_seat(request, shown.seat)
    await _tell(ports, PopupSeen, shown.seat, f"{call_id}", call=CallId(call_id))
