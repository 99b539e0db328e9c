"""The operators' console: one page at each of its paths, and what the page loads.

And the page for agencies, at the address that a link in a message has. It holds nothing of the
incident, which the page asks for by what its address ends with; so that this end stays with
whoever has the message, the page is kept nowhere, listed nowhere, and refers to itself nowhere.

Whoever has not signed in must be able to load it, so these paths are open: `is_open` is what the
gate lets through. They are no part of the API, and stand in no document.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from sip112.api.accept import quality
from sip112.api.console import NOT_BUILT, OUTSIDERS_POLICY, File, policy, read
from sip112.api.problems.files import unknown_asset

PAGES: Final = (
    "/",
    "/sign-in",
    "/desk",
    "/supervisor",
    "/wallboard",
    "/calls",
    "/handoffs",
    "/directory",
    "/directory/{part}",
    "/people",
    "/audit",
    "/agency",
    "/agency/{handoff}",
    "/t/{number}",
    "/t/{number}/timeline",
)
"""Where the console shows something; which page it is, it finds out by itself."""

ANSWERS: Final = "/a/{secret}"
"""Where agencies answer."""

_OPEN: Final = re.compile(
    "|".join((*(re.sub(r"{\w+}", "[^/]+", page) for page in (*PAGES, ANSWERS)), "/assets/.+"))
)

_FOR_EVER: Final = "public, max-age=31536000, immutable"
"""A file whose name changes with what is in it."""


_SECRET_ADDRESS: Final = {
    "Content-Security-Policy": OUTSIDERS_POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


def is_open(path: str) -> bool:
    """Whether `path` is one of the console's, and open to everybody."""
    return _OPEN.fullmatch(path) is not None


class Console:
    """The console's files, from when a browser first asks for one."""

    def __init__(self, folder: Path, phones: Iterable[str]) -> None:
        self._folder = folder
        self._files: Mapping[str, File] | None = None
        self._reading = asyncio.Lock()
        self._headers = {
            "Content-Security-Policy": policy(phones),
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
        }

    async def page(self, request: Request) -> Response:
        """Return the page."""
        # asked for anew each time, since it names the files of one build
        return await self._page("index.html", request, {"Cache-Control": "no-cache"})

    async def answers(self, request: Request) -> Response:
        """Return the page for agencies, the same for every link."""
        return await self._page("agency.html", request, _SECRET_ADDRESS)

    async def _page(self, name: str, request: Request, more: Mapping[str, str]) -> Response:
        found = (await self._read() or {}).get(name)
        if found is None:
            return Response(NOT_BUILT, 503, self._headers, "text/html; charset=utf-8")
        return _send(found, request, {**self._headers, **more})

    async def asset(self, request: Request) -> Response:
        """Return one of the files that the page loads."""
        files = await self._read() or {}
        found = files.get(request.scope["path"].removeprefix("/"))
        if found is None:
            raise unknown_asset()
        return _send(found, request, self._headers | {"Cache-Control": _FOR_EVER})

    async def _read(self) -> Mapping[str, File] | None:
        async with self._reading:
            if self._files is None:
                self._files = await asyncio.to_thread(read, self._folder)
            return self._files


def _send(file: File, request: Request, headers: Mapping[str, str]) -> Response:
    headers = {**headers, "ETag": file.etag, "Vary": "Accept-Encoding"}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    taken = request.headers.get("accept-encoding", "")
    for encoding, compressed in file.compressed.items():
        if quality(taken, encoding) > 0:
            headers["Content-Encoding"] = encoding
            return Response(compressed, headers=headers, media_type=file.media_type)
    return Response(file.plain, headers=headers, media_type=file.media_type)


def router(folder: Path, phones: Iterable[str]) -> APIRouter:
    """Return the console's routes; its files are in `folder`, its phone connects to `phones`."""
    console = Console(folder, phones)
    routes = APIRouter(include_in_schema=False)
    for path in PAGES:
        routes.add_api_route(path, console.page, response_class=Response)
    routes.add_api_route(ANSWERS, console.answers, response_class=Response)
    routes.add_api_route("/assets/{path:path}", console.asset, response_class=Response)
    return routes
