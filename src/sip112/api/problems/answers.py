"""Every error is answered with a problem document, the framework's own too."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sip112.api.ports import NotOwner
from sip112.api.problems.centres import centre_elsewhere
from sip112.api.problems.node import internal, store_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.problems.requests import MAX_BODY, invalid, too_large
from sip112.routing.errors import StoreUnavailable

_PLAIN: Final[dict[int, tuple[str, str, str]]] = {
    400: (
        "malformed",
        "The request's body cannot be read.",
        "Send UTF-8 text in JSON, as the OpenAPI document at /v1/openapi.json says.",
    ),
    404: (
        "unknown-path",
        "There is nothing at this path.",
        "See /v1/openapi.json for what there is.",
    ),
    405: (
        "wrong-method",
        "This path does not take that method.",
        "Use one of the methods that the Allow header names.",
    ),
}
"""What the framework refuses by itself: name, detail, remedy."""


def _of_http(exc: HTTPException, request: Request) -> Problem:
    if exc.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return too_large(request.scope[MAX_BODY], request.scope["path"])
    name, detail, remedy = _PLAIN.get(
        exc.status_code, ("refused", str(exc.detail), "See /v1/openapi.json.")
    )
    headers = dict(exc.headers or {})
    if "Allow" in headers:  # the framework names the methods of the path's first route alone
        methods = request.app.openapi()["paths"].get(request.scope["route"].path, ["get"])
        headers["Allow"] = ", ".join(sorted(map(str.upper, methods)))
    return Problem(exc.status_code, name, detail, remedy=remedy, headers=headers)


def install(app: FastAPI) -> None:
    """Make `app` answer every error with a problem document."""

    def problem_of(exc: Exception, request: Request) -> Problem:
        match exc:
            case Problem():
                return exc
            case RequestValidationError():
                return invalid(exc.errors())
            case HTTPException():
                return _of_http(exc, request)
            case StoreUnavailable():
                return store_unavailable()
            case NotOwner():
                return centre_elsewhere(exc.url)
            case _:
                return internal()

    async def answer(request: Request, exc: Exception) -> Response:
        if isinstance(exc, HTTPException) and "Allow" in (exc.headers or {}):
            await asyncio.to_thread(request.app.openapi)  # what it asks takes time to make
        return problem_of(exc, request).response(request.scope["path"])

    for kind in (
        Problem,
        RequestValidationError,
        HTTPException,
        StoreUnavailable,
        NotOwner,
        Exception,
    ):
        app.add_exception_handler(kind, answer)
