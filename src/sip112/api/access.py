"""Access: who sends a request, machine or person, and whether that one may do what it asks for."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer, SecurityScopes
from starlette.requests import cookie_parser

from sip112.api.context import Served
from sip112.api.problems.access import (
    missing_scope,
    no_token,
    no_tokens,
    not_your_seat,
    people_only,
    wrong_token,
)
from sip112.api.sessions import Sessions
from sip112.people.principal import Principal, may_act_on
from sip112.people.roles import Scope
from sip112.people.session import SignedIn
from sip112.people.token import Token
from sip112.routing.ids import SeatId

COOKIE: Final = "sip112_session"
"""Name of the cookie that holds a session's secret."""


def identify(tokens: Collection[Token], authorization: bytes) -> Token:
    """Return the token that an Authorization header presents, or raise the 401 problem."""
    if not tokens:
        raise no_tokens()
    scheme, _, secret = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not secret.strip():
        raise no_token()
    presented = hashlib.sha256(secret.strip()).hexdigest()
    found = None
    for token in tokens:  # all of them, so that the time taken tells nothing
        if hmac.compare_digest(presented, token.digest):
            found = token
    if found is None:
        raise wrong_token()
    return found


def secret_of(cookies: str) -> str | None:
    """Return the session's secret in a Cookie header."""
    return cookie_parser(cookies).get(COOKIE) or None


bearer = HTTPBearer(
    scheme_name="token",
    description="Machines: a token made with `sip112 token`, with the scopes that the operation "
    "names: " + ", ".join(f"`{scope}`" for scope in Scope),
    auto_error=False,
)

cookie = APIKeyCookie(
    name=COOKIE,
    scheme_name="session",
    description="People: the cookie that `POST /v1/session` sets, of somebody whose roles give the "
    "scopes that the operation names. What changes anything also needs the header "
    "`X-CSRF-Token` with `csrf` of the session.",
    auto_error=False,
)


async def authorise(
    request: Request,
    needed: SecurityScopes,
    _: Annotated[object, Depends(bearer)],
    __: Annotated[object, Depends(cookie)],
) -> Principal:
    """Return who sends the request, or raise the 403 problem if it lacks a scope.

    The gate has found that out already; `bearer` and `cookie` are here for the OpenAPI document.
    """
    principal: Principal = request.scope["sip112.principal"]
    for name in needed.scopes:
        if not principal.allows(Scope(name)):
            raise missing_scope(principal.name, name, is_person=principal.agent is not None)
    return principal


async def signed_in(request: Request, _: Annotated[object, Depends(cookie)]) -> SignedIn:
    """Return the person with a session who sends the request, or raise the 403 problem."""
    principal: Principal = request.scope["sip112.principal"]
    if not isinstance(principal, SignedIn):
        raise people_only(principal.name)
    return principal


async def own_seat(
    request: Request, principal: Annotated[Principal, Security(authorise)]
) -> Principal:
    """Return who sends a request about the seat in its path, and may act on that seat."""
    await check_seat(request, request.path_params["seat"])
    return principal


async def check_seat(request: Request, seat: str) -> None:
    """Raise the 403 problem unless the request may act on that seat.

    That is one's own seat, or any with the scope `seats` or `supervise`.
    """
    principal: Principal = request.scope["sip112.principal"]
    served: Served = request.scope["sip112.served"]
    where = (served.config.centre, SeatId(seat))
    if may_act_on(principal, *where):
        return
    if isinstance(principal, SignedIn):
        sessions: Sessions = request.app.state.sessions
        principal = await sessions.again(principal)  # it may have sat down at another node
        request.scope["sip112.principal"] = principal
        if may_act_on(principal, *where):
            return
    raise not_your_seat(principal.name, seat, principal.seat)
