"""What the centre asks of an agency: to act, to know of a change, to do no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sip112.dispatch.agency import AUTOMATIC, PROVEN, Agency, ladder
from sip112.dispatch.escalation import wound
from sip112.dispatch.handoff import (
    ACTING,
    SERVICE,
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    IllegalStep,
    MessageKind,
    Purpose,
    Step,
)
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.limits import Limits
from sip112.dispatch.messages import messages
from sip112.routing.ids import Instant
from sip112.routing.ticket import TicketRecord

UPDATE_WAIT_S: Final = 2.0
"""Seconds that an update waits, since whoever types changes more than one field."""


def begin(
    ticket: TicketRecord,
    agency: Agency,
    at: Instant,
    by: str,
    new_id: Callable[[], UUID],
    limits: Limits,
) -> Change:
    """Pass a ticket on to an agency, by the first rung of its ladder.

    If that is a channel by which a person in the centre speaks, there is no message: the handoff
    waits for them. If the agency cannot be reached at all, a supervisor is alarmed at once.
    """
    handoff = wound(
        Handoff(
            HandoffId(new_id()),
            ticket.centre,
            ticket.id,
            agency.code,
            ticket.severity,
            ladder(agency),
            at,
            by,
            limits,
            since=at,
            tried_at=at,
        )
    )
    rung = handoff.current
    if rung is None:
        asked = HandoffEvent(at, EventKind.STEP, Step.QUEUED, by)
        alarmed = HandoffEvent(at, EventKind.ALARMED, Step.QUEUED, SERVICE)
        return Change(handoff.evolve(alarmed_at=at), (asked, alarmed))
    asked = HandoffEvent(at, EventKind.STEP, Step.QUEUED, by, rung.channel.value, rung.contact)
    return Change(handoff, (asked,), messages(handoff, MessageKind.REQUEST, (rung,), at, new_id))


def changed(handoff: Handoff, at: Instant, new_id: Callable[[], UUID]) -> Change | None:
    """Have a change of the ticket follow to an agency that acts on it; None if it does not.

    It goes to every system of the agency that was told, also to one that is down and gets all of it
    when it is back; and by whatever was tried last, since whoever acts was reached by that. Whom
    a person told alone is told by a person: the history says that it is to be done.
    """
    if handoff.step not in ACTING:
        return None
    tried = [rung for rung in handoff.tried if rung.channel in AUTOMATIC]
    if not tried:
        untold = HandoffEvent(at, EventKind.UNTOLD, handoff.step, SERVICE)
        is_asked = handoff.purpose is Purpose.HANDOFF
        return Change(handoff.evolve(version=handoff.version + 1), (untold,)) if is_asked else None
    rungs = [rung for rung in tried if rung.channel in PROVEN or rung == tried[-1]]
    not_before = Instant(at + UPDATE_WAIT_S)
    return Change(
        handoff,
        messages=messages(handoff, MessageKind.UPDATE, rungs, not_before, new_id),
    )


def untold(handoff: Handoff, events: Sequence[HandoffEvent]) -> bool:
    """Whether a change of the ticket is still to be told to the agency by a person.

    Whatever a person has said or written of the handoff since is that; what the service wrote
    meanwhile, such as an alarm, tells nobody there anything.
    """
    if handoff.ended:
        return False
    last = next((each for each in reversed(events) if _tells(each)), None)
    return last is not None and last.kind is EventKind.UNTOLD


def _tells(event: HandoffEvent) -> bool:
    return event.kind is EventKind.UNTOLD or event.by != SERVICE


def cancelled(
    handoff: Handoff, at: Instant, by: str, reason: str, new_id: Callable[[], UUID]
) -> Change:
    """Have the agency do no more, and tell it by every rung that was tried.

    Of a referral the agency knows nothing: then the caller is told no more.
    IllegalStep if it has ended otherwise, or if another centre asked for it, which alone takes it
    back; once more changes nothing.
    """
    if handoff.step is Step.CANCELLED:
        return Change(handoff)
    if handoff.ended or handoff.purpose is Purpose.RECEIVED:
        raise IllegalStep(handoff.step, Step.CANCELLED)
    after = wound(
        handoff.evolve(
            step=Step.CANCELLED,
            since=at,
            alarmed_at=None,
            reason=reason,
            version=handoff.version + 1,
        )
    )
    told = () if after.purpose is Purpose.REFERRAL else after.tried
    return Change(
        after,
        (HandoffEvent(at, EventKind.STEP, Step.CANCELLED, by, note=reason),),
        messages(after, MessageKind.CANCEL, told, at, new_id),
        withdrawn=True,
    )
