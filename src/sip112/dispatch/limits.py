"""How long is waited for each step of a handoff, before it escalates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sip112.routing.value import value


@value
class Limits:
    """Seconds until each step must be reached."""

    delivered_s: float
    """From the moment in which a rung of the ladder is tried."""
    acknowledged_s: float
    """Likewise."""
    accepted_s: float
    """From the acknowledgement."""
    en_route_s: float
    """From the acceptance."""
    on_scene_s: float | None = None
    """From setting out; None is never waited for."""


Table = Mapping[str, Limits]
"""Limits by severity."""

_HIGH: Final = Limits(30, 120, 300, 600, 1800)

SHIPPED: Final[Table] = {
    "critical": Limits(15, 60, 120, 300, 1200),
    "high": _HIGH,
    "medium": Limits(60, 300, 600, 1800, 3600),
    "low": Limits(300, 900, 1800, 7200, 14400),
}
"""Those of a centre that sets none."""


def limits_for(severity: str | None, table: Table = SHIPPED) -> Limits:
    """Return the limits of a severity. One that is not known may be bad, so it counts as high."""
    return table.get(severity or "", table.get("high", _HIGH))
