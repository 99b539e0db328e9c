"""Spies: supervisors who listen to a seat, whisper to it, or barge into its call.

The supervisor's own phone is called for it, at the seat where the supervisor sits.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Body, Depends, Query, Request, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import Served, UsePorts
from sip112.api.problems.access import not_your_seat
from sip112.api.problems.centres import centre_elsewhere
from sip112.api.problems.pbx import pbx_timeout, pbx_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.problems.seats import unknown_seat
from sip112.api.problems.spies import no_own_seat
from sip112.api.routes.seats import SeatKey
from sip112.api.routes.steering import no_originate
from sip112.api.schemas.spies import SpyList, SpyOrder, SpyView, spy_view
from sip112.api.sessions import Sessions
from sip112.people.principal import Principal
from sip112.people.session import SignedIn
from sip112.routing.effects import Refusal
from sip112.routing.events import SpyCommand, StartSpying, StopSpying
from sip112.routing.ids import SeatId

router = APIRouter(
    prefix="/v1", tags=["supervision"], dependencies=[Depends(gives("application/json"))]
)

_log = structlog.get_logger(__name__)

Supervisor = Annotated[Principal, Security(authorise, scopes=["supervise"])]

_REFUSED: Final[dict[Refusal, tuple[str, str]]] = {
    Refusal.ONESELF: ("That is the supervisor's own seat.", "Choose the seat of somebody else."),
    Refusal.NOT_TALKING: (
        "There is no answered call at that seat.",
        "Wait until it talks; GET /v1/seats shows which seats do.",
    ),
    Refusal.NO_PHONE: (
        "No phone is registered at the supervisor's seat.",
        "Register it: with a browser phone, open the console there; then try again.",
    ),
    Refusal.IN_CALL: (
        "The supervisor's phone is in use.",
        "End that call first, or stop what it listens to.",
    ),
    Refusal.SPYING_ELSEWHERE: (
        "The supervisor listens to another seat.",
        "Stop that first: DELETE /v1/seats/{seat}/spy of that seat; GET /v1/spies shows which.",
    ),
    Refusal.NOT_SPYING: (
        "The supervisor does not listen to that seat, or not any more.",
        "Nothing needs to be done; GET /v1/spies shows who listens to whom.",
    ),
    Refusal.CHANGING: ("Another change is on its way.", "Try again in a moment."),
}


def refused(refusal: Refusal, seat: str) -> Problem:
    """Return the problem of a supervisor who cannot listen as asked."""
    name = refusal.replace("_", "-")
    match refusal:
        case Refusal.UNKNOWN_SEAT:
            return unknown_seat(seat)
        case Refusal.NO_ORIGINATE:
            return no_originate()
        case Refusal.PBX_UNREACHABLE:
            return pbx_unavailable(name, "There is no link to the call's Asterisk.", "")
        case Refusal.PBX_REFUSED:
            return pbx_unavailable(name, "Asterisk did not do what was asked for.", "")
    said, remedy = _REFUSED[refusal]
    return Problem(409, name, said, remedy=remedy)


async def _own(request: Request, principal: Principal, named: str | None) -> SeatId:
    """Return the seat whose phone listens: that of the person who asks, or that named."""
    served: Served = request.scope["sip112.served"]
    if not isinstance(principal, SignedIn):
        if named is None:
            raise no_own_seat(principal.name, is_person=False)
        return SeatId(named)
    sessions: Sessions = request.app.state.sessions
    principal = await sessions.again(principal)  # it may have sat down at another node
    own = principal.seat
    if own is None or not principal.sits_at(served.config.centre, own):
        raise no_own_seat(principal.name, is_person=True)
    if named not in {None, own}:
        raise not_your_seat(principal.name, str(named), own)
    return own


async def _carry_out(
    ports: UsePorts,
    principal: Principal,
    kind: type[SpyCommand],
    by: SeatId,
    target: str,
    **fields: object,
) -> None:
    log = _log.bind(by=principal.name, command=kind.__name__, seat=by, target=target)
    try:
        reply = await ports.desk.command(kind, seat=by, target=SeatId(target), **fields)
    except TimeoutError:
        raise pbx_timeout() from None
    if reply.refusal is not None:
        log.info("spying refused", refusal=reply.refusal)
        raise refused(reply.refusal, by if ports.desk.seat(SeatId(target)) else target)
    log.info("spying command done", **fields)


def _answers(example: object, *refusals: Refusal, body: bool) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of a command's answers."""
    always = (
        Refusal.UNKNOWN_SEAT,
        Refusal.CHANGING,
        Refusal.NOT_SPYING,
        Refusal.PBX_UNREACHABLE,
        Refusal.PBX_REFUSED,
    )
    return docs.answers(
        example,
        *docs.guarded(),
        *docs.changing(),
        no_own_seat("dewi", is_person=True),
        not_your_seat("dewi", "seat-08", "seat-09"),
        *(docs.with_body("mode") if body else (docs.missing("query", "by"),)),
        *(refused(each, "seat-99") for each in always + refusals),
        centre_elsewhere(),
        pbx_timeout(),
    )


@router.get(
    "/spies",
    summary="Which supervisors listen to which seats",
    dependencies=[Security(authorise, scopes=["supervise"])],
    responses=docs.answers({"items": [spy_view(docs.SPY)]}, *docs.guarded()),
)
async def list_spies(ports: UsePorts) -> SpyList:
    """Return every supervisor who listens, or whose phone rings for it.

    Notices `spy.changed` tell of each change, and why one is over. Needs no database.
    """
    return {"items": [spy_view(each) for each in ports.desk.spies()]}


@router.post(
    "/seats/{seat}/spy",
    summary="Listen to a seat, whisper to it, or barge in",
    responses=_answers(
        spy_view(docs.SPY),
        Refusal.ONESELF,
        Refusal.NOT_TALKING,
        Refusal.NO_PHONE,
        Refusal.IN_CALL,
        Refusal.SPYING_ELSEWHERE,
        Refusal.NO_ORIGINATE,
        body=True,
    ),
)
async def spy(
    request: Request,
    ports: UsePorts,
    principal: Supervisor,
    seat: SeatKey,
    order: Annotated[
        SpyOrder,
        Body(openapi_examples={"usual": {"summary": "As usual", "value": {"mode": "listen"}}}),
    ],
) -> SpyView:
    """Have the supervisor's own phone ring, and hear the call of a seat when it is picked up.

    `listen`: nobody hears the supervisor. `whisper`: the seat does, and the caller does not.
    `barge`: everybody does; the supervisor takes part in the call. Asked again with another mode,
    it changes to that without another ring. It is over when the supervisor hangs up or stops it,
    when the seat has the call no longer, and when a caller needs the supervisor's seat, if that is
    on duty. Every use is on the audit log (`call.listened`).
    """
    by = await _own(request, principal, order.seat)
    await _carry_out(ports, principal, StartSpying, by, seat, mode=order.mode, who=principal.name)
    for each in ports.desk.spies():
        if each.by == by:
            return spy_view(each)
    raise refused(Refusal.NOT_SPYING, seat)


@router.delete(
    "/seats/{seat}/spy",
    status_code=204,
    summary="Stop listening to a seat",
    responses=_answers(None, body=False),
)
async def stop_spying(
    request: Request,
    ports: UsePorts,
    principal: Supervisor,
    seat: SeatKey,
    by: Annotated[
        str | None,
        Query(description="The supervisor's seat. People may leave it out.", max_length=64),
    ] = None,
) -> None:
    """Hang the supervisor's phone up, or let it ring no longer. The call goes on."""
    own = await _own(request, principal, by)
    await _carry_out(ports, principal, StopSpying, own, seat)
