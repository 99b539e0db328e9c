"""The clock of a handoff: until when it waits for what, and what follows if that does not come.

Theory of operation. Until somebody at the agency says something, the ladder is climbed: each rung
has a time to deliver, and a time to be acknowledged, both from the moment in which it was tried. A
rung that cannot tell of a delivery has been sent, and then waits for the acknowledgement; so does
one by which a person in the centre speaks, since whoever answers has heard it. A rung that failed
is not waited for. When no rung is left, a supervisor is alarmed, once, and the clock stands still.

Whoever has acknowledged is not told again by another rung: they know of it. If they do not accept
it in time, or do not go, or do not arrive, the supervisor is alarmed at once. How long they work
there is theirs: for the end nobody waits by the clock.

The limits are those of the ticket's severity, and follow it (`weighed`): what turns out to be worse
shall not wait as long as what it looked like.

What another centre asks for has no clock here: it is the other one that waits.

Every change of a step winds the clock anew (`wound`), so that `due_at` is always what follows from
the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sip112.dispatch.agency import AUTOMATIC, PROVEN, Rung
from sip112.dispatch.handoff import (
    SERVICE,
    UNHEARD,
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    MessageKind,
    Purpose,
    Step,
)
from sip112.dispatch.limits import Limits
from sip112.dispatch.messages import messages
from sip112.routing.ids import Instant


def overdue(handoff: Handoff, at: Instant, new_id: Callable[[], UUID]) -> Change | None:
    """Return what follows from nothing having been heard until `at`; None if it is not due."""
    if handoff.due_at is None or at < handoff.due_at:
        return None
    return climb(handoff, at, new_id) if handoff.step in UNHEARD else _alarm(handoff, at)


def climb(handoff: Handoff, at: Instant, new_id: Callable[[], UUID]) -> Change:
    """Try the next rung, or alarm a supervisor if there is none."""
    after = handoff.evolve(rung=handoff.rung + 1, tried_at=at)
    rung = after.current
    if rung is None:
        return _alarm(handoff.evolve(rung=after.rung), at)
    after = wound(after.evolve(version=handoff.version + 1))
    event = HandoffEvent(
        at, EventKind.ESCALATED, after.step, SERVICE, rung.channel.value, rung.contact
    )
    told = messages(after, MessageKind.REQUEST, (rung,), at, new_id)
    return Change(after, (event,), told)


def wound(handoff: Handoff) -> Handoff:
    """Return the handoff with `due_at` as its step and its rung have it."""
    return handoff.evolve(due_at=_due(handoff))


def weighed(handoff: Handoff, severity: str | None, limits: Limits) -> Change | None:
    """Have the clock run by the severity that the ticket has by now; None if it does already.

    What has alarmed somebody stays with them. The history has it as a change of the ticket.
    """
    if handoff.ended or handoff.severity == severity:
        return None
    after = handoff.evolve(severity=severity, limits=limits, version=handoff.version + 1)
    return Change(after if after.alarmed_at is not None else wound(after))


def _due(handoff: Handoff) -> Instant | None:
    limits, rung = handoff.limits, handoff.current
    if handoff.purpose is Purpose.RECEIVED:
        return None
    if handoff.step is Step.ACKNOWLEDGED:
        return Instant(handoff.since + limits.accepted_s)
    if handoff.step is Step.ACCEPTED:
        return Instant(handoff.since + limits.en_route_s)
    if handoff.step is Step.EN_ROUTE and limits.on_scene_s is not None:
        return Instant(handoff.since + limits.on_scene_s)
    if handoff.step not in UNHEARD or rung is None:
        return None
    seconds = limits.acknowledged_s if _has_left(handoff.step, rung) else limits.delivered_s
    return Instant(handoff.tried_at + seconds)


def _has_left(step: Step, rung: Rung) -> bool:
    """Whether there is nothing to wait for but the agency's own word."""
    if rung.channel not in AUTOMATIC or step is Step.DELIVERED:
        return True
    return step is Step.SENT and rung.channel not in PROVEN


def _alarm(handoff: Handoff, at: Instant) -> Change:
    return Change(
        handoff.evolve(due_at=None, alarmed_at=at, version=handoff.version + 1),
        (HandoffEvent(at, EventKind.ALARMED, handoff.step, SERVICE),),
    )
