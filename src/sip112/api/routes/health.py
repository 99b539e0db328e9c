"""Health: alive, ready, metrics.

`/healthz` and `/readyz` are open, since load balancers and container engines carry no
tokens; they tell nothing of any caller. `/metrics` needs a token with the scope `metrics`,
or a proxy in front of the service would show how a city's emergency centre is doing to
everyone who asks; Prometheus sends one with `authorization` in its scrape configuration.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response, Security
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from sip112.api import docs, problems
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UsePorts
from sip112.api.ports import Fact
from sip112.api.schemas import Liveness, Readiness, check_view

router = APIRouter(tags=["health"])

_FACTS = [
    check_view(Fact("link", ok=True, detail="pbx1 connected")),
    check_view(
        Fact(
            "store",
            ok=False,
            detail="PostgreSQL does not answer, 12 entries wait",
            remedy="Start the database; the entries are written then.",
        )
    ),
]


@router.get(
    "/healthz",
    summary="Is the service alive",
    dependencies=[Depends(gives("application/json"))],
    responses=docs.answers({"status": "alive"}, problems.not_acceptable("application/json")),
)
async def healthz() -> Liveness:
    """Return a sign of life: the process runs and its event loop turns. Needs no token."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Is the service ready",
    dependencies=[Depends(gives("application/json"))],
    responses=docs.answers(
        {"status": "ready", "checks": _FACTS[:1]},
        problems.not_acceptable("application/json"),
        problems.not_ready(_FACTS),
    ),
)
async def readyz(ports: UsePorts) -> Readiness:
    """Return what was looked at. What is not as it must be is answered with 503 and a remedy.

    Needs no token. A service that is not ready may still route calls.
    """
    checks = [check_view(fact) for fact in ports.health.facts()]
    if not all(check["ok"] for check in checks):
        raise problems.not_ready(checks)
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
async def metrics(ports: UsePorts) -> Response:
    """Return the service's figures. They hold nothing of any caller."""
    return Response(ports.health.metrics(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
