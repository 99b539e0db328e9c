"""The session: signing in and out, who one is, one's password, and the seat where one sits."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Request, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import COOKIE, authorise, secret_of, signed_in
from sip112.api.audit import UseAudit, address_of
from sip112.api.context import Served, UseConfig, UsePorts
from sip112.api.left import leave
from sip112.api.notices import NoticeKind
from sip112.api.problems.access import missing_scope, other_origin, password_change_needed
from sip112.api.problems.requests import not_acceptable
from sip112.api.problems.seats import unknown_seat
from sip112.api.problems.session import (
    account_locked,
    cannot_sign_in,
    seat_in_use,
    too_many_attempts,
    weak_password,
    wrong_credentials,
    wrong_password,
)
from sip112.api.schemas.session import (
    PasswordChange,
    SessionView,
    SignInBody,
    SitDown,
    session_view,
)
from sip112.api.schemas.values import time
from sip112.api.sessions import Sessions, UseSessions
from sip112.api.sign_in import UseSignIn
from sip112.people.audit import Action
from sip112.people.person import login_name
from sip112.people.session import Place, SeatInUse, SignedIn
from sip112.routing.ids import Instant, SeatId

router = APIRouter(
    prefix="/v1/session", tags=["session"], dependencies=[Depends(gives("application/json"))]
)

Person = Annotated[SignedIn, Security(signed_in)]
Sitter = Annotated[object, Security(authorise, scopes=["seat"])]

_EXAMPLE: Final = session_view(docs.SIGNED_IN, docs.LIMITS, "PKY", {"PKY": "Asia/Jakarta"})
_SIGN_IN: Final = {"agent": "sari", "password": "four words of yours"}


def _view(request: Request, who: SignedIn, sessions: Sessions) -> SessionView:
    served: dict[str, Served] = request.app.state.served
    zones = {code: str(each.config.time_zone) for code, each in served.items() if who.is_for(code)}
    asked: Served | None = request.scope.get("sip112.served")
    centre = asked.config.centre if asked else next(iter(zones)) if len(zones) == 1 else None
    return session_view(who, sessions.limits, centre, zones)


def _cookie(request: Request, response: Response, secret: str, sessions: Sessions) -> None:
    url: str = next(iter(request.app.state.served.values())).config.public_url
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(sessions.limits.whole_s) if secret else 0,
        path="/",
        secure=url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )


def _leave(request: Request, place: Place | None) -> None:
    if place is not None:
        leave(request.app.state.served, place.centre, place.seat)


def _body(**example: object) -> Any:
    return Body(openapi_examples={"usual": {"summary": "As usual", "value": example}})


@router.post(
    "",
    summary="Sign in",
    responses=docs.answers(
        _EXAMPLE,
        wrong_credentials(),
        other_origin("https://example.org"),
        account_locked(600),
        too_many_attempts(12),
        cannot_sign_in(),
        not_acceptable("application/json"),
        *docs.with_body("password"),
    ),
)
async def sign_in(
    request: Request,
    response: Response,
    sessions: UseSessions,
    checks: UseSignIn,
    audit: UseAudit,
    body: Annotated[SignInBody, _body(**_SIGN_IN)],
) -> SessionView:
    """Sign a person in: sets the cookie of a new session, and ends the one that there was.

    Needs no token. A name that nobody has is answered like a wrong password. After ten wrong
    passwords nobody can sign in under that name for a quarter of an hour.
    """
    agent = login_name(body.agent)
    secret, who = await checks.sign_in(
        agent, body.password, address_of(request), replace(audit, who=agent)
    )
    before = secret_of(request.headers.get("cookie", ""))
    if before is not None and (old := await sessions.find(before)) is not None:
        await sessions.end(old.session.digest)
        _leave(request, old.session.place)
    _cookie(request, response, secret, sessions)
    return _view(request, who, sessions)


@router.get(
    "",
    summary="Who is signed in",
    responses=docs.answers(_EXAMPLE, *docs.for_people()),
)
async def read_session(request: Request, who: Person, sessions: UseSessions) -> SessionView:
    """Return who one is, what one may do, where one sits, and what changes must carry."""
    return _view(request, await sessions.again(who), sessions)


@router.delete(
    "",
    summary="Sign out",
    status_code=204,
    responses=docs.answers(None, *docs.for_people(), *docs.changing()),
)
async def sign_out(
    request: Request, response: Response, who: Person, sessions: UseSessions, audit: UseAudit
) -> None:
    """End the session. The seat stays logged in at the queue: log out there first.

    The password of the seat's browser phone is good no more; a call that it has goes on.
    """
    await sessions.end(who.session.digest)
    _leave(request, who.session.place)
    _cookie(request, response, "", sessions)
    audit(Action.SESSION_ENDED, who.name)


@router.put(
    "/password",
    summary="Change one's password",
    responses=docs.answers(
        {**_EXAMPLE, "must_change_password": False},
        *docs.for_people(),
        *docs.changing(),
        wrong_password(),
        weak_password("it has fewer than 10 characters"),
        account_locked(600),
        too_many_attempts(12),
        *docs.with_body("old"),
    ),
)
async def change_password(
    request: Request,
    who: Person,
    sessions: UseSessions,
    checks: UseSignIn,
    audit: UseAudit,
    body: Annotated[PasswordChange, _body(old="k7mq-9hxw-3fzt-pd2v", new="four words of yours")],
) -> SessionView:
    """Set a new password for oneself; all other sessions that one has end."""
    changed = await checks.change_password(who, body.old, body.new, address_of(request), audit)
    return _view(request, changed, sessions)


@router.put(
    "/seat",
    summary="Sit down",
    responses=docs.answers(
        {**_EXAMPLE, "seat": "seat-03", "seat_centre": "PKY"},
        *docs.for_people(),
        *docs.changing(),
        missing_scope("eko", "seat", is_person=True),
        password_change_needed(),
        unknown_seat("seat-99"),
        seat_in_use("seat-03", "budi", "2026-11-22T03:15:00.250Z"),
        *docs.with_body("seat"),
    ),
)
async def sit_down(
    request: Request,
    who: Person,
    _: Sitter,
    ports: UsePorts,
    config: UseConfig,
    sessions: UseSessions,
    audit: UseAudit,
    body: Annotated[SitDown, _body(seat="seat-03")],
) -> SessionView:
    """Say where one sits, which makes that one's own seat. It does not log in at the queue.

    If another session sits there, one is told whose, and can take the seat over; its browser
    phone does not register any more then.
    """
    if ports.desk.seat(SeatId(body.seat)) is None:
        raise unknown_seat(body.seat)
    place = Place(config.centre, SeatId(body.seat), Instant(ports.clock()))
    left = who.session.place
    try:
        who, before = await sessions.sit(who, place, take_over=body.take_over)
    except SeatInUse as taken:
        holder = taken.holder
        since = place.since if holder.place is None else holder.place.since
        raise seat_in_use(body.seat, holder.agent, time(since)) from None
    if left is not None and not who.sits_at(left.centre, left.seat):
        _leave(request, left)
    if before is not None:
        _leave(request, place)
        audit(Action.SEAT_TAKEN_OVER, body.seat, agent=before)
        told = {"seat": body.seat, "by": who.name, "agent": before}
        ports.hub.notify(NoticeKind.SEAT_TAKEN_OVER, told, seat=place.seat)
    audit(Action.SEAT_SAT_DOWN, body.seat)
    return _view(request, who, sessions)


@router.delete(
    "/seat",
    summary="Stand up",
    responses=docs.answers(
        _EXAMPLE,
        *docs.for_people(),
        *docs.changing(),
        missing_scope("eko", "seat", is_person=True),
        password_change_needed(),
    ),
)
async def stand_up(
    request: Request, who: Person, _: Sitter, sessions: UseSessions, audit: UseAudit
) -> SessionView:
    """Sit nowhere any more. The seat stays logged in at the queue: log out there first.

    The password of the seat's browser phone is good no more; a call that it has goes on.
    """
    left = who.session.place
    if left is not None:
        who = await sessions.stand_up(who)
        _leave(request, left)
        audit(Action.SEAT_STOOD_UP, left.seat)
    return _view(request, who, sessions)
