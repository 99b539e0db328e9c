"""Seats: who takes calls where, and the commands for it.

A command is answered when Asterisk has confirmed it, with the seat as it is then.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Body, Depends, Path, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise, own_seat
from sip112.api.context import UsePorts
from sip112.api.problems.access import not_oneself, not_your_seat
from sip112.api.problems.calls import unknown_call, unknown_callback
from sip112.api.problems.pbx import pbx_timeout, pbx_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.problems.seats import unknown_seat
from sip112.api.schemas.seats import Login, PauseReason, SeatList, SeatView, seat_view
from sip112.people.principal import Principal
from sip112.people.roles import Scope
from sip112.routing.effects import Refusal
from sip112.routing.events import Command, EndWrapUp, LogIn, LogOut, Pause, Resume
from sip112.routing.ids import AgentId, SeatId

router = APIRouter(
    prefix="/v1/seats", tags=["seats"], dependencies=[Depends(gives("application/json"))]
)

_log = structlog.get_logger(__name__)

SeatKey = Annotated[str, Path(description="Name of the seat, such as seat-03.")]
Commander = Annotated[Principal, Security(own_seat, scopes=["seat"])]


_REFUSED: Final[dict[Refusal, tuple[str, str]]] = {
    Refusal.NOT_OFFERED: (
        "the call was never offered to it",
        "Name the seat at which the call rings; GET /v1/calls/live shows which.",
    ),
    Refusal.SEAT_TAKEN: (
        "another agent is logged in there",
        "Take another seat, or have that agent logged out first.",
    ),
    Refusal.AGENT_ELSEWHERE: (
        "the agent is logged in at another seat",
        "Log the agent out there first; GET /v1/seats shows where.",
    ),
    Refusal.OFF_DUTY: ("nobody is logged in there", "Log an agent in first."),
    Refusal.IN_CALL: ("it has a call", "Try again when the call has ended."),
    Refusal.NOT_WRAPPING_UP: (
        "it is not in wrap-up",
        "Nothing needs to be done; wrap-up may have ended by itself.",
    ),
    Refusal.NOT_PAUSED: ("it is not paused", "Nothing needs to be done."),
    Refusal.CALLBACK_TAKEN: (
        "another seat calls that number back",
        "Take another callback; GET /v1/callbacks shows who has which.",
    ),
    Refusal.CALLBACK_NOT_TAKEN: ("it has not taken that callback", "Nothing needs to be done."),
    Refusal.CALLERS_WAIT: (
        "callers wait, and come first",
        "Try again when GET /v1/queue shows nobody.",
    ),
    Refusal.NOT_IDLE: (
        "it is not idle: paused, in wrap-up, in a call, or without a phone",
        "End that first; GET /v1/seats shows what it is.",
    ),
    Refusal.CHANGING: ("another change of it is on its way", "Try again in a moment."),
}
"""What is said of a seat, and what to do about it."""


def refused(refusal: Refusal, seat: str, detail: str = "") -> Problem:
    """Return the problem that a refused command is answered with.

    `detail` names what else than the seat it is about, or says more.
    """
    name = refusal.replace("_", "-")
    match refusal:
        case Refusal.UNKNOWN_SEAT:
            return unknown_seat(seat)
        case Refusal.UNKNOWN_CALL:
            return unknown_call(detail)
        case Refusal.UNKNOWN_CALLBACK:
            return unknown_callback(detail)
        case Refusal.PBX_UNREACHABLE:
            return pbx_unavailable(name, "There is no link to Asterisk.", detail)
        case Refusal.PBX_REFUSED:
            return pbx_unavailable(name, "Asterisk refused the command.", detail)
    said, remedy = _REFUSED[refusal]  # all but those that only calls get (`steering.refused`)
    more = f" ({detail})" if detail else ""
    return Problem(409, name, f"Seat {seat!r}: {said}{more}.", remedy=remedy)


async def _carry_out(
    ports: UsePorts, principal: Principal, kind: type[Command], seat: str, **fields: object
) -> SeatView:
    log = _log.bind(by=principal.name, command=kind.__name__, seat=seat)
    try:
        reply = await ports.desk.command(kind, seat=SeatId(seat), **fields)
    except TimeoutError:
        log.warning("seat command not confirmed")
        raise pbx_timeout() from None
    if reply.refusal is not None:
        log.info("seat command refused", refusal=reply.refusal, detail=reply.detail)
        raise refused(reply.refusal, seat, reply.detail)
    if reply.seat is None:
        raise TypeError(f"neither a seat nor a refusal in {reply}")
    log.info("seat command done")
    return seat_view(reply.seat)


def _answers(
    *refusals: Refusal,
    also: tuple[Problem, ...] = (),
    agent: str | None = "sari",
    body: bool = False,
    **fields: Any,
) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of a command's answers."""
    always = (
        Refusal.UNKNOWN_SEAT,
        Refusal.CHANGING,
        Refusal.PBX_UNREACHABLE,
        Refusal.PBX_REFUSED,
    )
    return docs.answers(
        seat_view(docs.READY.evolve(agent=agent, **fields)),
        *docs.guarded(),
        *docs.changing(),
        not_your_seat("sari", "seat-03", "seat-01"),
        *(docs.with_body() if body else ()),
        *(refused(refusal, docs.READY.id) for refusal in always + refusals),
        *also,
        pbx_timeout(),
    )


def _body(**example: object) -> Any:
    return Body(openapi_examples={"usual": {"summary": "As usual", "value": example}})


@router.get(
    "",
    summary="List seats",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers({"items": [seat_view(docs.READY)]}, *docs.guarded()),
)
async def list_seats(ports: UsePorts) -> SeatList:
    """Return all seats of the centre as they are now. Needs no database."""
    seats = sorted(ports.desk.seats(), key=lambda seat: seat.id)
    return {"items": [seat_view(seat) for seat in seats]}


@router.get(
    "/{seat}",
    summary="Read one seat",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(seat_view(docs.READY), *docs.guarded(), unknown_seat("seat-99")),
)
async def read_seat(ports: UsePorts, seat: SeatKey) -> SeatView:
    """Return one seat as it is now. Needs no database."""
    found = ports.desk.seat(SeatId(seat))
    if found is None:
        raise unknown_seat(seat)
    return seat_view(found)


@router.post(
    "/{seat}/login",
    summary="Log an agent in",
    responses=_answers(
        Refusal.SEAT_TAKEN,
        Refusal.AGENT_ELSEWHERE,
        also=(not_oneself("sari", "budi"),),
        body=True,
    ),
)
async def log_in(
    ports: UsePorts,
    principal: Commander,
    seat: SeatKey,
    login: Annotated[Login, _body(agent="sari", skills=["id", "en"])],
) -> SeatView:
    """Have an agent sit down: from now on the seat gets calls.

    People log themselves in, at the seat where they sit; with the scope `seats` anybody anywhere.
    """
    if principal.agent not in {None, login.agent} and not principal.allows(Scope.SEATS):
        raise not_oneself(principal.name, login.agent)
    return await _carry_out(
        ports, principal, LogIn, seat, agent=AgentId(login.agent), skills=login.skills
    )


@router.post(
    "/{seat}/logout",
    summary="Log the agent out",
    responses=_answers(Refusal.OFF_DUTY, Refusal.IN_CALL, agent=None),
)
async def log_out(ports: UsePorts, principal: Commander, seat: SeatKey) -> SeatView:
    """Have the agent leave: the seat gets no more calls."""
    return await _carry_out(ports, principal, LogOut, seat)


@router.post(
    "/{seat}/pause",
    summary="Pause the seat",
    responses=_answers(Refusal.OFF_DUTY, body=True, pause_reason="break"),
)
async def pause(
    ports: UsePorts,
    principal: Commander,
    seat: SeatKey,
    pause: Annotated[PauseReason, _body(reason="break")],
) -> SeatView:
    """Give the seat no calls for a while. A call that it has goes on."""
    return await _carry_out(ports, principal, Pause, seat, reason=pause.reason)


@router.post(
    "/{seat}/resume",
    summary="End the pause",
    responses=_answers(Refusal.OFF_DUTY, Refusal.NOT_PAUSED),
)
async def resume(ports: UsePorts, principal: Commander, seat: SeatKey) -> SeatView:
    """Give the seat calls again, also after it was paused because it did not answer."""
    return await _carry_out(ports, principal, Resume, seat)


@router.post(
    "/{seat}/end-wrap-up",
    summary="End wrap-up early",
    responses=_answers(Refusal.OFF_DUTY, Refusal.NOT_WRAPPING_UP),
)
async def end_wrap_up(ports: UsePorts, principal: Commander, seat: SeatKey) -> SeatView:
    """Give the seat calls again before the time for the last call's paperwork is over."""
    return await _carry_out(ports, principal, EndWrapUp, seat)
