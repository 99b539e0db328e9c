"""What an agency says, or somebody in the centre for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sip112.dispatch.errors import HandoffOver
from sip112.dispatch.escalation import wound
from sip112.dispatch.handoff import (
    UNHEARD,
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    IllegalStep,
    ReasonNeeded,
    Step,
)
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.reasons import Code, Reason, because
from sip112.routing.ids import Instant

_LATE: Final[Mapping[Step, Code]] = {
    Step.ACKNOWLEDGED: Code.LATE_ACKNOWLEDGED,
    Step.ACCEPTED: Code.LATE_ACCEPTED,
    Step.DECLINED: Code.LATE_DECLINED,
    Step.EN_ROUTE: Code.LATE_EN_ROUTE,
    Step.ON_SCENE: Code.LATE_ON_SCENE,
    Step.COMPLETED: Code.LATE_COMPLETED,
}
"""Those that an agency can say."""

OVER_S: Final = 3600.0
"""Seconds after its end in which something can still be said about a handoff."""


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


def noted(
    handoff: Handoff, at: Instant, by: str, channel: str, note: str, reason: Reason | None = None
) -> Change:
    """Keep a note of somebody at the agency, or in the centre about it; also after the end."""
    return Change(
        handoff.evolve(version=handoff.version + 1),
        (HandoffEvent(at, EventKind.NOTE, handoff.step, by, channel, note, reason),),
    )


def too_late(handoff: Handoff, at: Instant, step: Step, by: str, channel: str, note: str) -> Change:
    """Keep a step that another centre says, and that does not follow here any more, as a note."""
    why = because(_LATE[step], said=note)
    return noted(handoff, at, by, channel, str(why), why)


def wrote(handoff: Handoff, at: Instant, by: str, channel: str, note: str) -> Change:
    """Keep a note that a person at the agency wrote: whoever writes about it has seen it."""
    seen = Change(handoff)
    if handoff.step in UNHEARD:
        seen = said(handoff, at, Step.ACKNOWLEDGED, by, channel)
    change = noted(seen.handoff, at, by, channel, note)
    after = change.handoff.evolve(version=handoff.version + 1)
    return Change(after, (*seen.events, *change.events))


def is_of(agency: AgencyCode, event: HandoffEvent) -> bool:
    """Whether an agency has said it."""
    return event.by.partition(" ")[0] == f"agency:{agency}"


def is_over(handoff: Handoff, at: Instant) -> bool:
    """Whether a handoff ended too long ago for anything to be said about it."""
    return handoff.ended and at - handoff.since > OVER_S


def check_not_over(handoff: Handoff, at: Instant) -> None:
    """Raise HandoffOver if it did."""
    if is_over(handoff, at):
        raise HandoffOver(handoff)
