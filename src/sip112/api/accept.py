"""Content negotiation: a client that does not take what a route gives is told so (406)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from sip112.api.problems.requests import not_acceptable


def quality(accept: str, media_type: str) -> float:
    """Return how much an Accept header wants a media type, from 0 to 1 (RFC 9110, 12.5.1).

    The most specific range decides. A malformed quality counts as 1: such a client is
    better served than refused.
    """
    kind = media_type.partition("/")[0]
    wanted: dict[str, float] = {}
    for entry in accept.split(","):
        media_range, *parameters = (part.strip().lower() for part in entry.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 1.0
        wanted[media_range] = weight
    for media_range in (media_type, f"{kind}/*", "*/*"):
        if media_range in wanted:
            return wanted[media_range]
    return 0.0


def gives(media_type: str) -> Callable[[Request], Awaitable[None]]:
    """Return the dependency of a route that gives `media_type`."""

    async def acceptable(request: Request) -> None:
        accept = ",".join(request.headers.getlist("accept")) or "*/*"
        if quality(accept, media_type) <= 0:
            raise not_acceptable(media_type)

    return acceptable
