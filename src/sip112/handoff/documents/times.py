"""Times as documents have them: with an offset, never ``Z``."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sip112.routing.ids import Instant


def stamp(at: Instant, zone: tzinfo) -> str:
    """Return `at` to the second, such as ``2026-11-26T20:02:05+07:00``."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")


def stamp_ms(at: Instant, zone: tzinfo) -> str:
    """Return `at` to the millisecond."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="milliseconds")
