"""The gate: what is decided from a request's headers, before any of its body is read.

Who asks comes first, so that strangers cannot make the service read or parse anything, and
so that no route can be forgotten: what is neither `OPEN` nor the console's needs a token.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sip112.api import problems
from sip112.api.access import identify
from sip112.api.context import ApiConfig
from sip112.api.problems import Problem
from sip112.api.routes.console import is_open as is_console

OPENAPI_PATH: Final = "/v1/openapi.json"
OPEN: Final = frozenset({"/healthz", "/readyz", OPENAPI_PATH})

_JSON: Final = frozenset({"application/json", "application/merge-patch+json"})


def is_open(path: str) -> bool:
    """Whether everybody may ask for `path`."""
    return path in OPEN or is_console(path)


class Gate:
    """ASGI middleware that refuses before the application is asked."""

    def __init__(self, app: ASGIApp, config: ApiConfig) -> None:
        self._app = app
        self._config = config

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
            self._check(scope)
        except Problem as problem:
            await problem.response(scope["path"])(scope, receive, send_guarded)
        else:
            if scope["method"] == "HEAD" and is_open(scope["path"]):
                scope = {**scope, "method": "GET"}  # the server leaves the body out by itself
            await self._app(scope, receive, send_guarded)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if not is_open(scope["path"]):
            authorization = dict(scope["headers"]).get(b"authorization")
            scope["sip112.token"] = identify(self._config.tokens, authorization)
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self._config.max_body:
            raise problems.too_large(self._config.max_body)
        if (length != "0" or "transfer-encoding" in headers) and (
            (media_type := headers.get("content-type", "").partition(";")[0].strip().lower())
            not in _JSON
        ):
            raise problems.not_json(media_type)
