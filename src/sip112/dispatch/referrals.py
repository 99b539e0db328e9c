"""Referrals: it is no emergency, and the caller is told whom to turn to instead.

Theory of operation. A referral is kept as a handoff of its own purpose, whose agency is a service
and hears nothing of it. Spoken, it has ended as soon as it is written down. By SMS there is one
message, to the number of the caller, and it ends when that has left. No clock runs; but if the
message is given up, a supervisor is alarmed, as for a handoff: somebody waits for it.

A service is told of by the addresses of its own alone. Those of its contacts are of persons.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final
from uuid import UUID

from sip112.dispatch.agency import Agency, AgencyKind, ChannelKind, Rung, public
from sip112.dispatch.errors import NoMobileNumber, NothingToTell, NotReferredTo
from sip112.dispatch.handoff import (
    SERVICE,
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
from sip112.routing.ids import Instant
from sip112.routing.ticket import TicketRecord

REFERRED: Final = "referred"
"""What a ticket says has become of it, unless somebody has written otherwise."""

_MOBILE: Final = re.compile(r"(?:\+?62|0)8[0-9]{7,11}|\+(?!62)[1-9][0-9]{7,14}")
"""Indonesian ones. Of those of other countries it cannot be seen: whoever calls 112 from one is
on the road, so they count."""


class How(StrEnum):
    """By what the caller is told."""

    SPOKEN = "spoken"
    """By whoever answered the call."""
    SMS = "sms"


def is_mobile(number: str) -> bool:
    """Whether an SMS may reach somebody at this number."""
    return _MOBILE.fullmatch(number) is not None


def refer(
    ticket: TicketRecord,
    service: Agency,
    at: Instant,
    by: str,
    how: How,
    caller: str | None,
    new_id: Callable[[], UUID],
) -> Change:
    """Refer the caller, whose number is `caller`, to a service.

    NotReferredTo if it is none, NothingToTell if callers cannot reach it, NoMobileNumber if no SMS
    can reach the caller.
    """
    if service.kind is not AgencyKind.SERVICE:
        raise NotReferredTo(service.code)
    if not public(service):
        raise NothingToTell(service.code)
    handoff = Handoff(
        HandoffId(new_id()),
        ticket.centre,
        ticket.id,
        service.code,
        ticket.severity,
        (_rung(how, caller),),
        at,
        by,
        limits_for(ticket.severity),
        step=Step.COMPLETED if how is How.SPOKEN else Step.QUEUED,
        since=at,
        tried_at=at,
        purpose=Purpose.REFERRAL,
    )
    (rung,) = handoff.ladder
    event = HandoffEvent(at, EventKind.STEP, handoff.step, by, rung.channel.value)
    told_by = messages(handoff, MessageKind.REFERRAL, (rung,), at, new_id)
    return Change(handoff, (event,), told_by)


def told(handoff: Handoff, at: Instant, rung: Rung) -> Change:
    """Take it that the message to the caller has left, after which nothing more will come."""
    if handoff.ended:
        return Change(handoff)
    after = handoff.evolve(
        step=Step.COMPLETED, since=at, alarmed_at=None, version=handoff.version + 1
    )
    event = HandoffEvent(at, EventKind.STEP, Step.COMPLETED, SERVICE, rung.channel.value)
    return Change(after, (event,))


def _rung(how: How, caller: str | None) -> Rung:
    """Return by what the caller is told: a message needs an address, a voice needs none."""
    if how is How.SPOKEN:
        return Rung(ChannelKind.VOICE, "")
    if caller is None or not is_mobile(caller):
        raise NoMobileNumber(caller)
    return Rung(ChannelKind.SMS, caller)
