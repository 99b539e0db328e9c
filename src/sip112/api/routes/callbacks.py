"""Callbacks: who hung up before an answer, and which seat calls them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Body, Depends, Path, Request, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise, check_seat
from sip112.api.audit import UseAudit
from sip112.api.context import UsePorts
from sip112.api.ports import PbxAway
from sip112.api.problems.access import not_your_seat
from sip112.api.problems.calls import unknown_callback
from sip112.api.problems.centres import centre_elsewhere
from sip112.api.problems.pbx import no_way_outside, pbx_timeout
from sip112.api.problems.problem import Problem
from sip112.api.problems.seats import unknown_seat
from sip112.api.routes.seats import refused
from sip112.api.schemas.callbacks import (
    CallbackDoneBody,
    CallbackList,
    CallbackSeat,
    CallbackView,
    callback_view,
)
from sip112.people.audit import Action
from sip112.people.principal import Principal
from sip112.routing.callback import Callback
from sip112.routing.effects import Refusal
from sip112.routing.events import CallbackCommand, CallbackDone, ReleaseCallback, TakeCallback
from sip112.routing.ids import CallId, SeatId

router = APIRouter(
    prefix="/v1/callbacks", tags=["callbacks"], dependencies=[Depends(gives("application/json"))]
)

_log = structlog.get_logger(__name__)

_Caller = Annotated[Principal, Security(authorise, scopes=["callbacks"])]
_Key = Annotated[UUID, Path(description="Identifier of the callback: the call's.")]
_FROM_SEAT: Final = {"usual": {"summary": "As usual", "value": {"seat": "seat-03"}}}


def _answers(*also: Problem, of: Callback) -> dict[int | str, dict[str, object]]:
    """Return the documentation of a command's answers."""
    return docs.answers(
        callback_view(of),
        *docs.guarded(),
        *docs.changing(),
        not_your_seat("sari", "seat-03", "seat-01"),
        *docs.with_body("seat"),
        docs.missing("path", "callback_id"),
        unknown_callback(docs.CALLBACK.call),
        unknown_seat("seat-99"),
        refused(Refusal.CALLBACK_TAKEN, "seat-04"),
        *also,
        centre_elsewhere(),
        pbx_timeout(),
    )


async def _carry_out(
    ports: UsePorts,
    principal: Principal,
    kind: type[CallbackCommand],
    seat: str,
    callback: UUID,
    **fields: object,
) -> Callback:
    log = _log.bind(by=principal.name, command=kind.__name__, seat=seat)
    try:
        reply = await ports.desk.command(
            kind, seat=SeatId(seat), callback=CallId(callback), **fields
        )
    except TimeoutError:
        raise pbx_timeout() from None
    if reply.refusal is not None:
        log.info("callback refused", refusal=reply.refusal)
        about = f"{callback}" if reply.refusal is Refusal.UNKNOWN_CALLBACK else ""
        raise refused(reply.refusal, seat, about)
    if reply.callback is None:
        raise TypeError(f"neither a callback nor a refusal in {reply}")
    log.info("callback command done")
    return reply.callback


def _named(callbacks: Sequence[Callback], callback: UUID) -> Callback:
    for each in callbacks:
        if each.call == callback:
            return each
    raise unknown_callback(callback)


@router.get(
    "",
    summary="Who is to be called back",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers({"items": [callback_view(docs.CALLBACK)]}, *docs.guarded()),
)
async def list_callbacks(ports: UsePorts) -> CallbackList:
    """Return who got no answer and is still to be called back, the oldest first.

    One for each number, whose latest state the events `callback.*` tell. Who calls without a number
    opens none. One that nobody takes is over after a day. Needs no database.
    """
    return {"items": [callback_view(each) for each in ports.desk.callbacks()]}


@router.post(
    "/{callback_id}/take",
    summary="Call back",
    responses=_answers(
        refused(Refusal.CALLERS_WAIT, "seat-03"),
        refused(Refusal.OFF_DUTY, "seat-03"),
        refused(Refusal.NOT_IDLE, "seat-03"),
        refused(Refusal.PBX_UNREACHABLE, "seat-03"),
        no_way_outside(docs.CALLBACK.number),
        of=docs.TAKEN,
    ),
)
async def take_callback(
    request: Request,
    ports: UsePorts,
    audit: UseAudit,
    principal: _Caller,
    callback_id: _Key,
    body: Annotated[CallbackSeat, Body(openapi_examples=_FROM_SEAT)],
) -> CallbackView:
    """Have the phone of the seat ring, and call the number when it is picked up.

    No other seat can take it meanwhile; asked twice, it rings once. Callers come first: while
    anybody waits, and from a seat that is not idle, it is refused. What came of it is told by
    `callback.cleared` (somebody answered there) or `callback.released` (it can be taken again).
    """
    await check_seat(request, body.seat)
    known = _named(ports.desk.callbacks(), callback_id)
    try:
        ways = await ports.desk.ways_to(known.number)
    except PbxAway as error:
        raise refused(Refusal.PBX_UNREACHABLE, body.seat, str(error)) from None
    if not ways:
        raise no_way_outside(known.number)
    taken = await _carry_out(ports, principal, TakeCallback, body.seat, callback_id, pbxs=ways)
    audit(Action.CALLBACK_TAKEN, str(callback_id), seat=body.seat, number=taken.number)
    return callback_view(taken)


@router.post(
    "/{callback_id}/release",
    summary="Give a callback back",
    responses=_answers(refused(Refusal.CALLBACK_NOT_TAKEN, "seat-03"), of=docs.CALLBACK),
)
async def release_callback(
    request: Request,
    ports: UsePorts,
    principal: _Caller,
    callback_id: _Key,
    body: Annotated[CallbackSeat, Body(openapi_examples=_FROM_SEAT)],
) -> CallbackView:
    """Let others take a callback that the seat has taken. A phone that rings is not stopped."""
    await check_seat(request, body.seat)
    return callback_view(
        await _carry_out(ports, principal, ReleaseCallback, body.seat, callback_id)
    )


@router.post(
    "/{callback_id}/done",
    summary="Say what came of a callback",
    responses=_answers(of=docs.OVER),
)
async def callback_done(
    request: Request,
    ports: UsePorts,
    audit: UseAudit,
    principal: _Caller,
    callback_id: _Key,
    body: Annotated[
        CallbackDoneBody,
        Body(
            openapi_examples={
                "usual": {
                    "summary": "As usual",
                    "value": {"seat": "seat-03", "outcome": "no_answer"},
                }
            }
        ),
    ],
) -> CallbackView:
    """Take a callback off the list, with what came of it; one that another seat has stays.

    Whom a seat reached, and who called again, is taken off without a word.
    """
    await check_seat(request, body.seat)
    over = await _carry_out(
        ports, principal, CallbackDone, body.seat, callback_id, outcome=body.outcome
    )
    audit(Action.CALLBACK_DONE, str(callback_id), seat=body.seat, outcome=body.outcome.value)
    return callback_view(over)
