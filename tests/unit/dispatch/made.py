"""Agencies and handoffs that the tests of `sip112.dispatch` begin with."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact
from sip112.dispatch.handoff import Change, Handoff, Step
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.limits import Limits
from sip112.dispatch.requests import begin
from sip112.routing.ids import Instant, TicketId, TicketNumber
from sip112.routing.ticket import TicketRecord
from tests.unit.centre import PKY, START

K = ChannelKind
LIMITS = Limits(delivered_s=10, acknowledged_s=40, accepted_s=100, en_route_s=200, on_scene_s=300)
DESK = "budi"
"""A dispatcher."""
POST = Contact("Post", {K.SMS: "0812555001", K.VOICE: "0812555001"})
CHIEF = Contact("Chief", {K.SMS: "0812555002", K.EMAIL: "chief@damkar.example"})
WEBHOOK = Channel(K.WEBHOOK, "https://damkar.example/112")
CAP = Channel(K.CAP, "https://damkar.example/cap")
SMS = Channel(K.SMS)
VOICE = Channel(K.VOICE, "113")


def later(seconds: float) -> Instant:
    """Return the moment so long after the start."""
    return Instant(START + seconds)


def ids() -> Callable[[], UUID]:
    """Return what makes identifiers, each another one."""
    count = itertools.count(1)
    return lambda: UUID(int=next(count))


def an_agency(*channels: Channel, code: str = "damkar", **rest: Any) -> Agency:
    """Return an agency that is reached by these channels; a fire service unless said otherwise."""
    given = {"kind": AgencyKind.FIRE, "contacts": (POST, CHIEF), **rest}
    return Agency(AgencyCode(code), name={"id": code, "en": code}, channels=channels, **given)


def a_ticket(severity: str | None = "high") -> TicketRecord:
    """Return a ticket."""
    number = TicketNumber("PKY-20261122-0001")
    return TicketRecord(TicketId(UUID(int=7)), number, PKY, START, START, 1, severity=severity)


def begun(*channels: Channel) -> Change:
    """Return what follows from passing a ticket on to an agency with these channels."""
    return begin(a_ticket(), an_agency(*channels), START, DESK, ids(), LIMITS)


def a_handoff(*channels: Channel, step: Step = Step.QUEUED, **changes: Any) -> Handoff:
    """Return a handoff at `step`; of an agency with one webhook unless channels are given."""
    return begun(*(channels or (WEBHOOK,))).handoff.evolve(step=step, **changes)
