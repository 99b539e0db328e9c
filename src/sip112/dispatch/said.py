"""What an agency says, or somebody in the centre for it."""

from __future__ import annotations

from sip112.dispatch.escalation import wound
from sip112.dispatch.handoff import (
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    IllegalStep,
    ReasonNeeded,
    Step,
)
from sip112.routing.ids import Instant


def said(
    handoff: Handoff, at: Instant, step: Step, by: str, channel: str, note: str = ""
) -> Change:
    """Take it that the agency has come to `step`; the same step once more changes nothing.

    An alarm is over, whatever it says: somebody is there. IllegalStep if that cannot follow, and
    ReasonNeeded if it declines without a word.
    """
    if step is handoff.step:
        return Change(handoff)
    if step not in handoff.following:
        raise IllegalStep(handoff.step, step, handoff.following)
    declined = step is Step.DECLINED
    if declined and not note.strip():
        raise ReasonNeeded
    after = handoff.evolve(
        step=step,
        since=at,
        alarmed_at=None,
        reason=note if declined else handoff.reason,
        version=handoff.version + 1,
    )
    event = HandoffEvent(at, EventKind.STEP, step, by, channel, note)
    return Change(wound(after), (event,), withdrawn=after.ended)


def noted(handoff: Handoff, at: Instant, by: str, channel: str, note: str) -> Change:
    """Keep a note of somebody at the agency, or in the centre about it; also after the end."""
    return Change(
        handoff.evolve(version=handoff.version + 1),
        (HandoffEvent(at, EventKind.NOTE, handoff.step, by, channel, note),),
    )
