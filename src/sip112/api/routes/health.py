"""Health: alive, ready, metrics.

`/healthz` and `/readyz` are open, since load balancers and container engines carry no
tokens; they tell nothing of any caller. `/metrics` needs a token with the scope `metrics`,
or a proxy in front of the service would show how a city's emergency centre is doing to
everyone who asks; Prometheus sends one with `authorization` in its scrape configuration.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response, Security
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UseHealth
from sip112.api.ports import Fact, Severity
from sip112.api.problems.node import not_ready
from sip112.api.problems.requests import not_acceptable
from sip112.api.schemas.health import Liveness, Readiness, check_view

router = APIRouter(tags=["health"])

_FACTS = [
    check_view(Fact("link", ok=True, detail="pbx1 connected")),
    check_view(
        Fact(
            "store",
            ok=False,
            detail="PostgreSQL does not answer, 12 entries wait",
            remedy="Start the database; the entries are written then.",
            severity=Severity.WARNING,
        )
    ),
]
_NOT_READY = check_view(
    Fact(
        "link",
        ok=False,
        detail="pbx1: cannot connect to 127.0.0.1:5038 (connection refused)",
        remedy="Asterisk rings the seats by itself meanwhile. Run: sip112 check",
    )
)


@router.get(
    "/healthz",
    summary="Is the service alive",
    dependencies=[Depends(gives("application/json"))],
    responses=docs.answers({"status": "alive"}, not_acceptable("application/json")),
)
async def healthz() -> Liveness:
    """Return a sign of life: the process runs and its event loop turns. Needs no token."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Can this node do its work, and what must somebody look at",
    dependencies=[Depends(gives("application/json"))],
    responses=docs.answers(
        {"status": "ready", "checks": _FACTS},
        not_acceptable("application/json"),
        not_ready([_NOT_READY, *_FACTS[1:]]),
    ),
)
async def readyz(health: UseHealth) -> Readiness:
    """Return what was looked at: 200 while this node does its work, or else 503.

    The status is for load balancers: only what is `critical` makes it 503. The checks are for
    people: each one that is not `ok` is an alarm, with its remedy, whatever the status.
    Needs no token. While no node is ready Asterisk rings the seats by itself.
    """
    facts = health.facts()
    checks = [check_view(fact) for fact in facts]
    if any(fact.stops for fact in facts):
        raise not_ready(checks)
    return {"status": "ready", "checks": checks}


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    dependencies=[Security(authorise, scopes=["metrics"]), Depends(gives("text/plain"))],
    response_class=Response,
    response_description="Prometheus' text format, version 0.0.4",
    responses=docs.answers(
        "# HELP sip112_calls_waiting Calls without a seat\n"
        "# TYPE sip112_calls_waiting gauge\n"
        "sip112_calls_waiting 3.0\n",
        *docs.guarded("text/plain"),
        media_type="text/plain",
    ),
)
async def metrics(health: UseHealth) -> Response:
    """Return the service's figures. They hold nothing of any caller."""
    return Response(health.metrics(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
