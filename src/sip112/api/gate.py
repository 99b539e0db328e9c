"""The gate: what is decided from a request's headers, before any of its body is read.

Who asks comes first, so that strangers cannot make the service read or parse anything, and
so that no route can be forgotten: what is neither `OPEN` nor the console's needs a token or a
session. Agencies show who they are by what they send (`outsiders`).

A browser sends the cookie of a session by itself, also with a request that another site's page
makes. So what changes anything must carry the session's CSRF text, which no other site can
read, and come from a page of ours if it says where it comes from.
"""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sip112.api import imports, outsiders, phone_keys
from sip112.api.access import identify, secret_of
from sip112.api.centres import PREFIX
from sip112.api.context import ApiConfig
from sip112.api.problems.access import (
    no_token,
    other_origin,
    password_change_needed,
    session_over,
    wrong_csrf,
)
from sip112.api.problems.agency import not_readable
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.problems.requests import MAX_BODY, not_json, too_large
from sip112.api.routes.console import is_open as is_console
from sip112.api.sessions import Sessions
from sip112.people.principal import Principal
from sip112.people.session import SignedIn
from sip112.routing.errors import StoreUnavailable

OPENAPI_PATH: Final = "/v1/openapi.json"
OPEN: Final = frozenset({"/healthz", "/readyz", OPENAPI_PATH})
SIGN_IN: Final = ("POST", "/v1/session")
"""What is open too, to whoever has a password."""

BEFORE_CHANGE: Final = frozenset(
    {("GET", "/v1/session"), ("DELETE", "/v1/session"), ("PUT", "/v1/session/password")}
)
"""What people may do who must change their password first."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_JSON: Final = frozenset({"application/json", "application/merge-patch+json"})


def is_open(path: str) -> bool:
    """Whether everybody may ask for `path`."""
    return path in OPEN or is_console(path)


class Gate:
    """ASGI middleware that refuses before the application is asked."""

    def __init__(self, app: ASGIApp, config: ApiConfig, sessions: Sessions) -> None:
        self._app = app
        self._config = config
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")  # it is about people
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._check(scope)
        except Problem as problem:
            await problem.response(scope["path"])(scope, receive, send_guarded)
        except StoreUnavailable:
            away = store_unavailable()
            await away.response(scope["path"])(scope, receive, send_guarded)
        else:
            if scope["method"] == "HEAD" and is_open(scope["path"]):
                scope = {**scope, "method": "GET"}  # the server leaves the body out by itself
            limited = RequestBodyLimitMiddleware(self._app, scope[MAX_BODY])
            await limited(scope, receive, send_guarded)

    async def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if (scope["method"], scope["path"]) == SIGN_IN:
            self._check_origin(headers)
        elif not is_open(scope["path"]):
            scope["sip112.principal"] = await self._identify(scope, headers)
        limit = scope[MAX_BODY] = imports.longest(self._config, scope)
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > limit:
            raise too_large(limit, scope["path"])
        if length != "0" or "transfer-encoding" in headers:
            media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
            self._check_media_type(scope["path"], media_type)

    @staticmethod
    def _check_media_type(path: str, media_type: str) -> None:
        if outsiders.MESSAGES.fullmatch(path):
            if not outsiders.takes(media_type):
                raise not_readable(media_type, outsiders.MEDIA_TYPES)
        elif media_type not in _JSON:
            raise not_json(media_type)

    async def _identify(self, scope: Scope, headers: Headers) -> Principal:
        outsider = outsiders.identify(scope["path"])
        if outsider is not None:
            return outsider
        phone = phone_keys.identify(
            self._config.phone_keys, scope["path"], scope.get("query_string", b"")
        )
        if phone is not None:
            return phone
        authorization = dict(scope["headers"]).get(b"authorization")
        if authorization is not None:
            return identify(self._config.tokens, authorization)
        secret = secret_of("; ".join(headers.getlist("cookie")))
        if secret is None:
            raise no_token()
        found = await self._sessions.find(secret)
        if found is None:
            raise session_over()
        if scope["method"] not in _SAFE:
            self._check_origin(headers)
            self._check_csrf(headers, found)
        asked = (scope["method"], PREFIX.sub("", scope["path"], 1))
        if found.person.must_change and asked not in BEFORE_CHANGE:
            raise password_change_needed()
        return found

    def _check_origin(self, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None:
            return
        ours = {headers.get("host"), urlsplit(self._config.public_url).netloc or None}
        if urlsplit(origin).netloc not in ours:
            raise other_origin(origin)

    @staticmethod
    def _check_csrf(headers: Headers, found: SignedIn) -> None:
        sent = headers.get("x-csrf-token", "")
        if not hmac.compare_digest(sent.encode(), found.csrf.encode()):
            raise wrong_csrf()
