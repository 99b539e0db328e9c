"""Steering: what a seat does with a call that it takes part in, beyond talking.

Whatever phone the seat has, Asterisk does it. A command is answered when Asterisk has confirmed
it, with the call as it is then.
"""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Body, Depends, Path, Request, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise, check_seat
from sip112.api.audit import UseAudit
from sip112.api.context import UsePorts
from sip112.api.problems.access import not_your_seat
from sip112.api.problems.calls import unknown_call
from sip112.api.problems.centres import centre_elsewhere
from sip112.api.problems.pbx import pbx_timeout, pbx_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.problems.seats import unknown_seat
from sip112.api.schemas.calls import CallView, call_view
from sip112.api.schemas.steering import ActingSeat, Completion, TransferOrder
from sip112.dispatch.directory import is_centre
from sip112.people.audit import Action
from sip112.people.principal import Principal
from sip112.routing.effects import Refusal
from sip112.routing.events import (
    CancelTransfer,
    CompleteTransfer,
    HangUp,
    Hold,
    Leave,
    Mode,
    Steering,
    Transfer,
    Unhold,
)
from sip112.routing.ids import CallId, SeatId
from sip112.routing.started import Line, is_number

router = APIRouter(
    prefix="/v1/calls/{call_id}",
    tags=["calls"],
    dependencies=[Depends(gives("application/json"))],
)

_log = structlog.get_logger(__name__)

CallKey = Annotated[UUID, Path(description="Identifier of the call.")]
Commander = Annotated[Principal, Security(authorise, scopes=["calls"])]
_ACTIONS: Final[dict[type[Steering], Action]] = {
    Hold: Action.CALL_HELD,
    Unhold: Action.CALL_RESUMED,
    Transfer: Action.CALL_TRANSFER_BEGUN,
    CompleteTransfer: Action.CALL_TRANSFER_COMPLETED,
    CancelTransfer: Action.CALL_TRANSFER_CANCELLED,
    HangUp: Action.CALL_HUNG_UP,
    Leave: Action.CALL_LEFT,
}
"""By what name each is on the audit log."""
_USUAL: Final = {"seat": "seat-03"}


def refused(refusal: Refusal, call: object, seat: str, detail: str = "") -> Problem:
    """Return the problem of a call that was not steered as asked."""
    name = refusal.value.replace("_", "-")
    match refusal:
        case Refusal.UNKNOWN_CALL:
            return unknown_call(call)
        case Refusal.UNKNOWN_SEAT:
            return unknown_seat(seat)
        case Refusal.NOT_IN_CALL:
            said = f"Seat {seat!r} does not take part in this call."
            remedy = "Read the call: `parties` says who does."
        case Refusal.TRANSFERRING:
            said = "Somebody is being called to this call, or consulted, already."
            remedy = "Complete that or cancel it first (`transfer/complete`, `transfer/cancel`)."
        case Refusal.NOT_TRANSFERRING:
            said = "Nobody is being called to this call, nor consulted."
            remedy = "Nothing needs to be done; they may have hung up. Read the call's `parties`."
        case Refusal.NOT_ANSWERED:
            said = "Whoever is called has not answered yet."
            remedy = "Wait until they have, or cancel with `transfer/cancel`."
        case Refusal.TARGET_BUSY:
            said = "The seat that is to take part cannot be called now, or is none of this centre."
            remedy = "Choose a seat at which somebody is logged in and whose phone is idle: see"
            remedy += " GET /v1/seats."
        case Refusal.ALONE:
            said = "Nobody else is with the caller, who would be left alone."
            remedy = "Transfer the call, or end it with `hang-up`."
        case Refusal.CHANGING:
            said = "Something else that was asked for with this call is on its way."
            remedy = "Try again in a moment."
        case Refusal.NO_ORIGINATE:
            return no_originate()
        case _:
            return pbx_unavailable(
                name,
                "There is no link to the call's Asterisk."
                if refusal is Refusal.PBX_UNREACHABLE
                else "Asterisk did not do what was asked for.",
                detail,
            )
    return Problem(409, name, said, remedy=remedy)


def no_originate() -> Problem:
    """Return the problem of a service that may not have Asterisk start calls."""
    return Problem(
        501,
        "no-originate",
        "sip112 has no AMI user that may start calls.",
        remedy="Add a user from the template sip112-ami-desk to manager.conf, and set"
        " SIP112_AMI_DESK_SECRET.",
    )


def line(to: str) -> Line:
    """Return whom `to` names: somebody outside by a number, else a seat."""
    return Line(number=to) if is_number(to) else Line(seat=SeatId(to))


class _Steerer:
    """Who steers which call."""

    def __init__(
        self,
        request: Request,
        ports: UsePorts,
        principal: Commander,
        audit: UseAudit,
        call_id: CallKey,
    ) -> None:
        self._request = request
        self._ports = ports
        self._principal = principal
        self._audit = audit
        self._call_id = call_id

    def neighbour(self, to: Line) -> dict[str, bool]:
        """Return that a number is a neighbour centre's, if it is."""
        directory = self._ports.agencies.current.directory
        return {"neighbour": True} if to.number and is_centre(directory, to.number) else {}

    async def carry_out(self, kind: type[Steering], seat: str, **fields: object) -> CallView:
        """Give a command for a seat that takes part, and return the call as it is then."""
        await check_seat(self._request, seat)
        desk, key = self._ports.desk, CallId(self._call_id)
        log = _log.bind(
            by=self._principal.name, command=kind.__name__, call=str(self._call_id), seat=seat
        )
        before = desk.call(key)
        try:
            reply = await desk.command(kind, call=key, seat=SeatId(seat), **fields)
        except TimeoutError:
            log.warning("call command not confirmed")
            raise pbx_timeout() from None
        if reply.refusal is not None:
            log.info("call command refused", refusal=reply.refusal, detail=reply.detail)
            raise refused(reply.refusal, self._call_id, seat, reply.detail)
        log.info("call command done")
        detail = {name: str(value) for name, value in fields.items()}
        self._audit(_ACTIONS[kind], str(self._call_id), seat=seat, **detail)
        after = desk.call(key) or before
        if after is None:  # it came and went in the instant
            raise unknown_call(self._call_id)
        return call_view(after)


Who = Annotated[_Steerer, Depends()]


def _answers(*refusals: Refusal) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of a command's answers."""
    always = (
        Refusal.UNKNOWN_CALL,
        Refusal.UNKNOWN_SEAT,
        Refusal.NOT_IN_CALL,
        Refusal.CHANGING,
        Refusal.PBX_UNREACHABLE,
        Refusal.PBX_REFUSED,
    )
    return docs.answers(
        call_view(docs.TALKING),
        *docs.guarded(),
        *docs.changing(),
        not_your_seat("sari", "seat-03", "seat-01"),
        *docs.with_body("seat"),
        docs.missing("path", "call_id"),
        *(refused(each, docs.TALKING.id, "seat-03") for each in always + refusals),
        pbx_timeout(),
        centre_elsewhere(),
    )


def _body(**example: object) -> Any:
    value = _USUAL | example
    return Body(openapi_examples={"usual": {"summary": "As usual", "value": value}})


_Acting = Annotated[ActingSeat, _body()]


@router.post("/hold", summary="Put the caller on hold", responses=_answers())
async def hold(who: Who, acting: _Acting) -> CallView:
    """Take the seat aside: the caller hears music, unless somebody else is with them."""
    return await who.carry_out(Hold, acting.seat)


@router.post("/resume", summary="Take the caller off hold", responses=_answers())
async def resume(who: Who, acting: _Acting) -> CallView:
    """Have the seat with the caller again. Whoever was consulted stays aside."""
    return await who.carry_out(Unhold, acting.seat)


@router.post(
    "/transfer",
    summary="Transfer the call, or have somebody join",
    responses=_answers(Refusal.TRANSFERRING, Refusal.TARGET_BUSY, Refusal.NO_ORIGINATE),
)
async def transfer(
    who: Who,
    order: Annotated[TransferOrder, _body(to="seat-04", mode="attended")],
) -> CallView:
    """Call another seat, or a number outside, to take part.

    `blind`: the seat leaves at once, and the caller hears music until they answer. If they do
    not, the caller goes back to wait for a seat at the old place. `attended`: the seat speaks with
    them first, while the caller hears music; then `transfer/complete` or `transfer/cancel`.
    `conference`: they come to both, and the seat stays.
    """
    to = line(order.to)
    return await who.carry_out(
        Transfer, order.seat, to=to, mode=Mode(order.mode), **who.neighbour(to)
    )


@router.post(
    "/transfer/complete",
    summary="Complete an attended transfer",
    responses=_answers(Refusal.NOT_TRANSFERRING, Refusal.NOT_ANSWERED),
)
async def complete(
    who: Who,
    completion: Annotated[Completion, _body(stay=False)],
) -> CallView:
    """Have whoever was consulted with the caller; the seat leaves, or stays with both."""
    return await who.carry_out(CompleteTransfer, completion.seat, stay=completion.stay)


@router.post(
    "/transfer/cancel",
    summary="Cancel a transfer",
    responses=_answers(Refusal.NOT_TRANSFERRING),
)
async def cancel(who: Who, acting: _Acting) -> CallView:
    """Send whoever is called or consulted away; the seat is with the caller again."""
    return await who.carry_out(CancelTransfer, acting.seat)


@router.post("/hang-up", summary="End the call", responses=_answers())
async def hang_up(who: Who, acting: _Acting) -> CallView:
    """Hang up on the caller and on everybody who takes part."""
    return await who.carry_out(HangUp, acting.seat)


@router.post("/leave", summary="Leave the call to the others", responses=_answers(Refusal.ALONE))
async def leave(who: Who, acting: _Acting) -> CallView:
    """Have the seat leave; the caller goes on with whoever else is with them."""
    return await who.carry_out(Leave, acting.seat)
