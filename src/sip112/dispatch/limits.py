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


_HIGH: Final = Limits(30, 120, 300, 600)

_BY_SEVERITY: Final[Mapping[str | None, Limits]] = {
    "critical": Limits(15, 60, 120, 300),
    "high": _HIGH,
    "medium": Limits(60, 300, 600, 1800),
    "low": Limits(300, 900, 1800, 7200),
}


def limits_for(severity: str | None) -> Limits:
    """Return the limits of a severity. One that is not known may be bad, so it counts as high."""
    return _BY_SEVERITY.get(severity, _HIGH)
