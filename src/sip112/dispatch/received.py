"""What another centre asks this one to do: the same handoff, seen from where the work is done.

Both centres keep a handoff by one identifier. Here it has the purpose RECEIVED: its agency is the
centre that asks, its ladder the way to that centre's system, and it has no clock, since it is the
other one that waits. This centre's people say its steps, and each one is told by a message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from sip112.dispatch.agency import Agency, ChannelKind, ladder
from sip112.dispatch.escalation import wound
from sip112.dispatch.handoff import (
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    MessageKind,
    Purpose,
    Step,
)
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.limits import limits_for
from sip112.dispatch.messages import messages
from sip112.dispatch.said import is_of, noted, said
from sip112.routing.ids import CentreCode, Instant, TicketId


def sender(agency: Agency) -> str:
    """Return who has said what another centre said."""
    return f"agency:{agency.code}"


def received(
    handoff: HandoffId,
    centre: CentreCode,
    ticket: TicketId,
    agency: Agency,
    at: Instant,
    severity: str | None,
) -> Change:
    """Take an incident that another centre passes on. It is told of what becomes of it here."""
    ways = tuple(rung for rung in ladder(agency) if rung.channel is ChannelKind.WEBHOOK)
    begun = Handoff(
        handoff,
        centre,
        ticket,
        agency.code,
        severity,
        ways,
        at,
        sender(agency),
        limits_for(severity),
        step=Step.DELIVERED,
        since=at,
        tried_at=at,
        purpose=Purpose.RECEIVED,
    )
    channel = ChannelKind.WEBHOOK.value
    event = HandoffEvent(at, EventKind.STEP, Step.DELIVERED, sender(agency), channel)
    return Change(wound(begun), (event,))


def answered(
    handoff: Handoff, at: Instant, step: Step, by: str, note: str, new_id: Callable[[], UUID]
) -> Change:
    """Come to `step` here, and tell the centre that asks.

    As with what an agency says: IllegalStep, ReasonNeeded, and the same step again is no news.
    Nothing that waits to be told is withdrawn: the other centre learns of each step.
    """
    change = said(handoff, at, step, by, "", note)
    return replace(_telling(change, at, new_id), withdrawn=False) if change.events else change


def remarked(
    handoff: Handoff, at: Instant, by: str, note: str, new_id: Callable[[], UUID]
) -> Change:
    """Write a note here, and tell the centre that asks."""
    return _telling(noted(handoff, at, by, "", note), at, new_id)


def taken_back(handoff: Handoff, at: Instant, reason: str) -> Change:
    """Take it that the centre which asked needs nothing any more; no news once it has ended."""
    if handoff.ended:
        return Change(handoff)
    after = wound(
        handoff.evolve(step=Step.CANCELLED, since=at, reason=reason, version=handoff.version + 1)
    )
    by = f"agency:{handoff.agency}"
    channel = ChannelKind.WEBHOOK.value
    return Change(after, (HandoffEvent(at, EventKind.STEP, Step.CANCELLED, by, channel, reason),))


def _telling(change: Change, at: Instant, new_id: Callable[[], UUID]) -> Change:
    handoff = change.handoff
    told = messages(handoff, MessageKind.ANSWER, handoff.tried, at, new_id)
    return replace(change, messages=told)


def own(handoff: Handoff, event: HandoffEvent) -> bool:
    """Whether this centre's people have said it, so that the other one is told of it."""
    by_other = is_of(handoff.agency, event)
    return event.kind in {EventKind.STEP, EventKind.NOTE} and not by_other
