"""Imports: bodies that are longer than others, and read beside the event loop: callers come first.

Borders of areas have some megabytes. Nobody but who may change the directory may send as much.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope as Asked

from sip112.api.context import ApiConfig
from sip112.people.principal import Principal
from sip112.people.roles import Scope

PATHS: Final = re.compile(r"(/centres/[^/]*)?/v1/(?P<part>directory|areas)(/[^/]*)?")


def longest(config: ApiConfig, asked: Asked) -> int:
    """Return of how many bytes the body of a request may be."""
    principal: Principal | None = asked.get("sip112.principal")
    if asked["method"] == "PUT" and PATHS.fullmatch(asked["path"]):
        may = principal is not None and principal.allows(Scope.AGENCIES)
        return config.max_import if may else config.max_body
    return config.max_body


class ImportRoute(APIRoute):
    """A route whose body is read in a thread, in which others come in between."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def handle_aside(request: Request) -> Response:
            return await handle(_Aside(request.scope, request.receive))

        return handle_aside


class _Aside(Request):
    async def json(self) -> Any:
        body = await self.body()
        return await asyncio.to_thread(json.loads, body, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. It is Python, so that other threads have their turn at each: C has none."""
    return dict(pairs)
