"""How values are written that every area shows: instants, identifiers, durations."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from sip112.routing.ids import Instant


def doc(description: str) -> Any:
    """Describe a field. Pydantic reads docstrings too, but takes half a second for it."""
    return Field(description=description)


Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601, UTC, to the millisecond: ``2026-11-22T03:15:00.250Z``."""


@lru_cache(maxsize=256)
def _to_the_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]


@lru_cache(maxsize=4096)  # an instant of a call is shown again in each of its entries
def time(at: Instant) -> str:
    """Return an instant as the API shows it."""
    milliseconds = round(at * 1000)
    return f"{_to_the_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"


@lru_cache(maxsize=4096)  # likewise; with this most times are told without a step in Python
def time_or_null(at: Instant | None) -> str | None:
    """Return an instant as the API shows it, or null."""
    return None if at is None else time(at)


@lru_cache(maxsize=4096)  # likewise; by the number, since a UUID's own hash is made in Python
def identifier(number: int) -> str:
    """Return an identifier as the API shows it."""
    return str(UUID(int=number))


def seconds_between(start: Instant | None, end: Instant | None) -> float | None:
    """Return the seconds from one instant to another, once there are both."""
    return None if start is None or end is None else round(max(end - start, 0.0), 3)
