"""A dossier: everything about one incident, from which documents and the timeline are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from sip112.dispatch.handoff import Handoff, HandoffEvent, Purpose
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.links import TicketLink, Tied, ties
from sip112.routing.call import Call, Caller
from sip112.routing.effects import Record
from sip112.routing.ids import Instant, TicketId
from sip112.routing.ticket import TicketRecord
from sip112.routing.value import value


@value
class TicketChange:
    """One field of a ticket that somebody changed."""

    at: Instant
    by: str
    field: str
    old: str | None
    new: str | None
    version: int


@value
class Other:
    """Another ticket that has, or had, to do with an incident."""

    ticket: TicketRecord
    callers: tuple[Caller, ...] = ()
    """Who called about it, by arrival."""


@value
class Dossier:
    """What there is about one incident, as of one moment."""

    ticket: TicketRecord
    calls: tuple[Call, ...] = ()
    """In the order of their arrival."""
    changes: tuple[TicketChange, ...] = ()
    """Oldest first."""
    handoffs: tuple[Handoff, ...] = ()
    """In the order in which they were requested."""
    events: Mapping[HandoffId, tuple[HandoffEvent, ...]] = field(default_factory=dict)
    """The history of each, oldest first."""
    records: tuple[Record, ...] = ()
    """The journal's entries of the calls; only where another centre is told of them."""
    links: tuple[TicketLink, ...] = ()
    """What was said of it and other tickets, and of its duplicates, oldest first."""
    others: Mapping[TicketId, Other] = field(default_factory=dict)
    """Those other tickets."""

    @property
    def passed_on(self) -> tuple[Handoff, ...]:
        """Those of the handoffs by which agencies were asked to act."""
        return tuple(each for each in self.handoffs if each.purpose is Purpose.HANDOFF)

    @property
    def tied(self) -> tuple[tuple[Tied, Other], ...]:
        """What other tickets are, or were, to it."""
        return tuple(
            (each, self.others[each.other])
            for each in ties(self.ticket.id, self.links)
            if each.other in self.others
        )
