"""Whose centre a request is about, and which node can answer it.

A node that serves one centre is asked at ``/v1/...``. One that serves several is asked at
``/centres/PKY/v1/...``; who is for one centre alone needs no such beginning.

Of the nodes that share a database one owns a centre. What only the owner knows (who waits, who
sits where, the calls of this moment) and what only it can do (commands for seats) is passed on
to it with the client's own token or session; everything else any node answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import httpx
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sip112.api.access import COOKIE, secret_of
from sip112.api.context import Served
from sip112.api.problems.centres import (
    centre_elsewhere,
    other_centres,
    unknown_centre,
    which_centre,
)
from sip112.api.problems.problem import Problem
from sip112.api.problems.requests import MAX_BODY, too_large
from sip112.people.principal import Principal
from sip112.routing.ids import CentreCode

PREFIX: Final = re.compile(r"/centres/([^/]*)(?=/v1/)")
_OF_A_CALL: Final = r"popup|hold|resume|transfer(/.*)?|hang-up|leave"
_PRESENCE: Final = r"handoffs/[^/]*/presence|agency-desk/presence|agency/links/[^/]*/presence"
OWNERS: Final = re.compile(
    rf"/v1/(seats(/.*)?|queue|alarms|phones/.*|calls/(live|[^/]*/({_OF_A_CALL}))|session/seat"
    rf"|{_PRESENCE})",
    re.DOTALL,
)
"""What only the node that owns the centre can answer."""

NODES: Final = re.compile(
    r"/v1/(session(/password)?|people(/.*)?|audit|agency/links/.*)", re.DOTALL
)
"""What is about people, and so about no centre alone; and links, which know their own."""

FORWARDED: Final = "sip112-forwarded"
"""Header of a request that a node has passed on, which is not passed on again."""

WITHIN_S: Final = 8.0
"""Seconds that the owner has to answer; a command that is not confirmed takes six."""

_PASSED_ON: Final = ("authorization", "x-csrf-token", "content-type", "accept")
_PASSED_BACK: Final = (
    "content-type",
    "retry-after",
    "www-authenticate",
    "accept-patch",
    "allow",
    "location",
)


class Centres:
    """ASGI middleware that finds the centre, and passes on what its owner must answer."""

    def __init__(self, app: ASGIApp, served: Mapping[CentreCode, Served]) -> None:
        self._app = app
        self._served = served
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            try:
                await self._app(scope, receive, send)
            finally:
                await self._close()  # this was the application's life
            return
        path: str = scope["path"]
        prefix = PREFIX.match(path)
        asked = path[prefix.end() :] if prefix else path
        if not asked.startswith("/v1/") or "sip112.principal" not in scope:
            await self._app(scope, receive, send)
            return
        try:
            served = self._choose(
                prefix and prefix[1], scope["sip112.principal"], needed=not NODES.fullmatch(asked)
            )
        except Problem as problem:
            await problem.response(path)(scope, receive, send)
            return
        if served is None:
            await self._app(scope, receive, send)
            return
        scope = {**scope, "sip112.served": served}
        if prefix:
            scope["root_path"] = scope.get("root_path", "") + prefix[0]
        owner = served.ports.desk.elsewhere
        if owner and OWNERS.fullmatch(asked) and FORWARDED not in Headers(scope=scope):
            # by its prefix, since that node may serve more centres than this one
            where = f"{owner.rstrip('/')}/centres/{served.config.centre}{quote(asked)}"
            response = await self._pass_on(where, owner, Request(scope, receive))
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _choose(self, named: str | None, principal: Principal, *, needed: bool) -> Served | None:
        """Return the centre that is meant; None if that is no one centre, and none is needed."""
        allowed = [code for code in self._served if principal.is_for(code)]
        if named is None:
            if len(allowed) == 1:
                return self._served[allowed[0]]
            if not needed:
                return None
            if not allowed:
                raise other_centres(principal.name)
            raise which_centre(sorted(allowed))
        code = CentreCode(named)
        if code not in self._served:
            raise unknown_centre(named)
        if code not in allowed:
            raise other_centres(principal.name)
        return self._served[code]

    async def _pass_on(self, where: str, owner: str, request: Request) -> Response:
        """Return the owner's answer to a request."""
        if self._client is None:
            # nodes reach each other directly, whatever proxy the environment names
            self._client = httpx.AsyncClient(timeout=WITHIN_S, trust_env=False)
        sent = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        if (secret := secret_of(request.headers.get("cookie", ""))) is not None:
            sent["cookie"] = f"{COOKIE}={secret}"  # and no other site's on the same host
        try:
            body = await request.body()
        except HTTPException:  # of the limit, outside of which no handler stands
            return too_large(request.scope[MAX_BODY]).response(request.scope["path"])
        try:
            answer = await self._client.request(
                request.method,
                where,
                params=str(request.query_params),
                content=body,
                headers=sent | {FORWARDED: "1"},
            )
        except httpx.HTTPError:
            return centre_elsewhere(owner).response(request.scope["path"])
        back = {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}
        return Response(answer.content, answer.status_code, back)

    async def _close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()
