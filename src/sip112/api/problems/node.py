"""The node cannot do its work: its database, its streams, itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sip112.api.problems.problem import RETRY_AFTER, Problem


def store_unavailable() -> Problem:
    """Return the problem of a database that does not answer."""
    return Problem(
        503,
        "store-unavailable",
        "The database does not answer. Calls are routed all the same.",
        remedy="Try again later; what is in progress stands at /v1/calls/live, /v1/queue and "
        "/v1/seats. Whoever runs the service finds the cause in its log and at /readyz.",
        headers={"Retry-After": RETRY_AFTER},
    )


def too_many_streams(limit: int) -> Problem:
    """Return the problem of more event streams than the service holds open."""
    return Problem(
        503,
        "too-many-streams",
        f"There are {limit} event streams already.",
        remedy="Close those that are not needed, or raise the limit in the settings. One stream "
        "can serve many seats.",
        headers={"Retry-After": RETRY_AFTER},
    )


def not_ready(checks: Sequence[Mapping[str, object]]) -> Problem:
    """Return the problem of a node that cannot do its work, and all that was looked at."""
    wrong = [check for check in checks if not check["ok"] and check["severity"] == "critical"]
    return Problem(
        503,
        "not-ready",
        "; ".join(f"{check['name']}: {check['detail']}" for check in wrong),
        remedy=" ".join(str(check["remedy"]) for check in wrong),
        headers={"Retry-After": RETRY_AFTER},
        checks=checks,
    )


def internal() -> Problem:
    """Return the problem of a mistake in the service itself."""
    return Problem(
        500,
        "internal",
        "The service made a mistake; the request was not carried out, or not wholly.",
        remedy="Report it with the time: the service's log says what went wrong.",
    )
