"""Alarms: what somebody must look at, and what the auditor has healed."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UseConfig, UsePorts
from sip112.api.ports import Alarm, Fact, Severity
from sip112.api.schemas.events import event_view
from sip112.api.schemas.health import AlarmList, standing_view
from sip112.routing.effects import EntryKind

DRIFT_S: Final = 600.0
"""Seconds for which it is shown what the auditor healed."""

router = APIRouter(
    prefix="/v1",
    tags=["health"],
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives("application/json"))],
)

_STORE: Final = Fact(
    "store",
    ok=False,
    detail="12 entries wait: PostgreSQL does not answer",
    remedy="Calls are routed all the same. Start the database; the entries follow.",
    severity=Severity.WARNING,
)


@router.get(
    "/alarms",
    summary="What somebody must look at",
    responses=docs.answers(
        {
            "items": [standing_view(Alarm(_STORE, docs.RINGING.arrived_at))],
            "drift": [event_view(docs.DRIFT)],
        },
        *docs.guarded(),
    ),
)
async def read_alarms(ports: UsePorts, config: UseConfig) -> AlarmList:
    """Return the checks of `/readyz` that fail for this centre or its node, the critical first.

    With them comes what the auditor has healed in the last ten minutes, since events of Asterisk
    were missed: nothing is lost by it, but if it comes again somebody must find out why. Needs no
    database. The node that owns the centre answers for itself.

    An alarm that begins or is over is told on the event stream as a notice `alarm`, within some
    two seconds; what the auditor heals, as the entry `pbx.drift`.
    """
    alarms = sorted(
        ports.health.alarms(config.centre),
        key=lambda alarm: (not alarm.fact.stops, alarm.fact.name),
    )
    healed = ports.hub.since(EntryKind.PBX_DRIFT, ports.clock() - DRIFT_S)
    return {
        "items": [standing_view(alarm) for alarm in alarms],
        "drift": [event_view(record) for record in healed],
    }
