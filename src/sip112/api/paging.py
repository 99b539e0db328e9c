"""Lists: the period asked for, and keyset cursors from page to page.

A cursor is the place of a page's last item, a time and an id, opaque to clients; so pages
stay right while new items come in at the front.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field, TypeAdapter

from sip112.api.problems.requests import invalid
from sip112.routing.ids import Instant

_Item = TypeVar("_Item")
Place = tuple[Instant, UUID]
_PLACE: Final = TypeAdapter(
    tuple[Annotated[float, Field(ge=0, lt=1e11, allow_inf_nan=False)], UUID]
)


def instant(moment: datetime | None) -> Instant | None:
    """Return the instant of a time with zone."""
    return None if moment is None else Instant(moment.timestamp())


def encode(place: Place) -> str:
    """Return the cursor of a place."""
    return base64.urlsafe_b64encode(_PLACE.dump_json(place)).decode().rstrip("=")


def decode(cursor: str) -> Place:
    """Return the place that a cursor stands for, or raise the 422 problem."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        at, key = _PLACE.validate_json(text)
    except ValueError:  # base64's and pydantic's errors are such
        error = {"loc": ("query", "cursor"), "msg": "Not a cursor of this API", "type": "cursor"}
        raise invalid([error]) from None
    return Instant(at), key


def cut(
    found: Sequence[_Item],
    limit: int,
    place: Callable[[_Item], Place],
    request: Request,
    response: Response,
) -> tuple[Sequence[_Item], str | None]:
    """Return the items of a page and the next page's cursor, which goes into Link too.

    `found` holds one item more than `limit` where there is a next page.
    """
    if len(found) <= limit:
        return found, None
    items = found[:limit]
    cursor = encode(place(items[-1]))
    url = request.url.include_query_params(cursor=cursor)
    response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return items, cursor
