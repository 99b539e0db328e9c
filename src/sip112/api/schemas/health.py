"""What is looked at, as the API shows it: readiness, a sign of life, standing alarms."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.ports import Alarm, Fact
from sip112.api.schemas.events import EventView
from sip112.api.schemas.reasons import ReasonView, reason_view
from sip112.api.schemas.values import Time, doc, time
from sip112.routing.ids import Instant


class CheckView(TypedDict):
    """One line of the readiness report."""

    name: Annotated[str, doc("What is looked at.")]
    ok: Annotated[bool, doc("Whether it is as it must be.")]
    detail: Annotated[str, doc("How it is, in English.")]
    reason: Annotated[
        ReasonView | None, doc("The same, for programs, where there is a code for it.")
    ]
    remedy: Annotated[str, doc("What to do about it; empty where `ok`.")]
    severity: Annotated[
        Literal["critical", "warning"],
        doc("What it means when not `ok`: `critical` stops this node, `warning` wants a human."),
    ]


def check_view(fact: Fact) -> CheckView:
    """Return a line of the readiness report as the API shows it."""
    return {
        "name": fact.name,
        "ok": fact.ok,
        "detail": fact.detail,
        "reason": reason_view(fact.reason),
        "remedy": fact.remedy,
        "severity": fact.severity.value,
    }


class StandingAlarm(CheckView):
    """A check that fails."""

    since: Annotated[
        Time | None, doc("When it was first seen to fail; null if that was not looked at yet.")
    ]


def standing_view(alarm: Alarm) -> StandingAlarm:
    """Return an alarm as the API shows it."""
    since = None if alarm.since is None else time(Instant(alarm.since))
    return {**check_view(alarm.fact), "since": since}


class AlarmList(TypedDict):
    """What somebody must look at."""

    items: Annotated[list[StandingAlarm], doc("The checks that fail, the critical ones first.")]
    drift: Annotated[
        list[EventView],
        doc("What the auditor has healed in the last ten minutes, newest first: `pbx.drift`."),
    ]


class Readiness(TypedDict):
    """The readiness report."""

    status: Annotated[Literal["ready"], doc("Always `ready`; a node that is not answers 503.")]
    checks: Annotated[
        list[CheckView], doc("What was looked at; those that are not `ok` are the alarms.")
    ]


class Liveness(TypedDict):
    """A sign of life."""

    status: Annotated[Literal["alive"], doc("Always `alive`.")]
