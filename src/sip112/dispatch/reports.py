"""What became of a message, as the courier reports it, or the phone by which an agency is called.

Reports come late, twice, and of rungs that are not the last one any more. None of them takes a step
back, and none ends anything.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sip112.dispatch.agency import Rung
from sip112.dispatch.escalation import climb, wound
from sip112.dispatch.handoff import (
    SERVICE,
    TRANSITIONS,
    UNHEARD,
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    Purpose,
    Step,
)
from sip112.dispatch.reasons import Reason
from sip112.routing.ids import Instant


def sent(handoff: Handoff, at: Instant, rung: Rung) -> Change:
    """Take it that the request has left by a rung."""
    return _came_to(handoff, at, rung, Step.SENT)


def delivered(handoff: Handoff, at: Instant, rung: Rung) -> Change:
    """Take it that the agency's system has the request, and says so."""
    return _came_to(handoff, at, rung, Step.DELIVERED)


def failing(handoff: Handoff, at: Instant, rung: Rung, why: Reason) -> Change:
    """Take it that a message did not come through yet: whoever looks on sees why it takes so long.

    It is tried again. The clock, which runs, is what has the next rung tried.
    """
    event = _failure(handoff, at, rung, EventKind.FAILING, why)
    return Change(handoff.evolve(version=handoff.version + 1), (event,))


def held(
    handoff: Handoff, at: Instant, rung: Rung, why: Reason, new_id: Callable[[], UUID]
) -> Change:
    """Take it that a message cannot leave by a rung until something here is mended.

    It leaves by itself then. Nobody knows when, so that the next rung is tried at once, likewise.
    """
    return _lost(handoff, at, rung, EventKind.FAILING, why, new_id)


def failed(
    handoff: Handoff, at: Instant, rung: Rung, why: Reason, new_id: Callable[[], UUID]
) -> Change:
    """Take it that a message will never come through by a rung.

    If that is the one by which somebody is still to be reached, the next is tried at once.
    """
    return _lost(handoff, at, rung, EventKind.FAILED, why, new_id)


def _lost(
    handoff: Handoff,
    at: Instant,
    rung: Rung,
    kind: EventKind,
    why: Reason,
    new_id: Callable[[], UUID],
) -> Change:
    event = _failure(handoff, at, rung, kind, why)
    is_ours = handoff.purpose is not Purpose.RECEIVED
    if is_ours and handoff.step in UNHEARD and rung == handoff.current:
        change = climb(handoff, at, new_id)
        return Change(change.handoff, (event, *change.events), change.messages)
    return Change(handoff.evolve(version=handoff.version + 1), (event,))


def _failure(
    handoff: Handoff, at: Instant, rung: Rung, kind: EventKind, why: Reason
) -> HandoffEvent:
    channel = rung.channel.value
    return HandoffEvent(at, kind, handoff.step, SERVICE, channel, str(why), why)


def _came_to(handoff: Handoff, at: Instant, rung: Rung, step: Step) -> Change:
    if step not in TRANSITIONS[handoff.step]:
        return Change(handoff)
    after = wound(handoff.evolve(step=step, since=at, version=handoff.version + 1))
    event = HandoffEvent(at, EventKind.STEP, step, SERVICE, rung.channel.value, rung.contact)
    return Change(after, (event,))
