"""The text relay: what a caller says, passed on to an agency in lines by somebody in the centre.

For whoever has no voice: a radio post, a village brigade, people who are deaf. Whoever talks with
the caller types, and reads back what the agency writes on its page. A line is an event of the
handoff's history, and there is no other store of it; what the agency writes are notes (`said`), as
without a relay. Lines and notes together are the thread.

A line tells the agency of the incident, as a call to it does: the first one is the step `sent`. The
clock goes on, since nobody knows whether it was read until the agency says something.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial
from typing import Final

from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.errors import NotRelayed
from sip112.dispatch.escalation import wound
from sip112.dispatch.handoff import Change, EventKind, Handoff, HandoffEvent, Purpose, Step
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.said import is_of
from sip112.routing.ids import Instant

LONGEST: Final = 500
"""Characters of one line: more is read by nobody who acts meanwhile."""

_CHANNEL: Final = ChannelKind.RELAY.value


def relayed(handoff: Handoff, at: Instant, by: str, text: str) -> Change:
    """Pass a line on to the agency.

    NotRelayed if the handoff has ended, or if the agency was not asked to act: a service hears
    nothing of a referral, and a centre that asks is told by notes.
    """
    if handoff.ended or handoff.purpose is not Purpose.HANDOFF:
        raise NotRelayed(handoff)
    after = handoff.evolve(version=handoff.version + 1)
    steps: tuple[HandoffEvent, ...] = ()
    if handoff.step is Step.QUEUED:
        after = wound(after.evolve(step=Step.SENT, since=at))
        steps = (HandoffEvent(at, EventKind.STEP, Step.SENT, by, _CHANNEL),)
    line = HandoffEvent(at, EventKind.LINE, after.step, by, _CHANNEL, text)
    return Change(after, (*steps, line))


def unanswered(agency: AgencyCode, events: Sequence[HandoffEvent]) -> Instant | None:
    """Return when the last line was passed on, if the agency has said nothing since."""
    for event in reversed(events):
        if is_of(agency, event):
            return None
        if event.kind is EventKind.LINE:
            return event.at
    return None


def unread(handoff: Handoff, events: Sequence[HandoffEvent]) -> int:
    """Return how many notes of the agency stand after the last that somebody here wrote.

    Whoever writes in a thread has read it. Nothing where there is no thread, or it is over.
    """
    if handoff.ended or handoff.purpose is not Purpose.HANDOFF:
        return 0
    thread = [each for each in events if each.kind in {EventKind.LINE, EventKind.NOTE}]
    theirs = itertools.takewhile(partial(is_of, handoff.agency), reversed(thread))
    return sum(1 for _ in theirs)
