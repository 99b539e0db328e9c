"""Incidents: which tickets there are, so that whatever comes of one incident has one ticket.

An incident that a neighbour centre passes on comes by two ways, in any order: as a message, and
as a call that is transferred. Both name its ticket, and whichever is first opens it under that
identifier, with a number of this centre. A call of ours that comes back from a neighbour names
our own ticket.

The latest tickets are remembered, which is bounded by time and number. Of one that is forgotten
the identifier still is the same, and the store keeps the ticket that it has.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.ids import CallId, Instant, TicketId, TicketNumber, ticket_id
from sip112.routing.ledger import REMEMBERED
from sip112.routing.numbers import Numbers
from sip112.routing.pad import Pad
from sip112.routing.ticket import Ticket

KEPT_S: Final = 24 * 3600.0
"""Seconds for which a ticket is remembered after it was last named."""


class Incidents:
    """The tickets of one centre that are remembered. See the module's docstring."""

    def __init__(self, pad: Pad, numbers: Numbers) -> None:
        self._pad = pad
        self._numbers = numbers
        self._tickets: OrderedDict[TicketId, tuple[Instant, Ticket]] = OrderedDict()
        """With the instant in which each was last named, the longest ago first."""

    def named(self, ticket: TicketId) -> Ticket | None:
        """Return a ticket, if it is remembered."""
        found = self._tickets.get(ticket)
        return None if found is None else found[1]

    def domain(self, ticket: TicketId) -> str:
        """Return the domain of the centre whose incident a ticket was first."""
        known = self.named(ticket)
        return self._pad.config.domain if known is None or not known.domain else known.domain

    def asked(self, command: e.OpenIncident) -> None:
        """Open a ticket for an incident that a neighbour passes on, unless there is one."""
        ticket = self.named(command.ticket)
        if ticket is None:
            number = self._numbers.next(command.at)
            centre = self._pad.config.centre
            domain = self._of_another(command.domain)
            ticket = Ticket(command.ticket, number, centre, None, command.at, domain)
            self._pad.record(command.at, f.EntryKind.TICKET_OPENED, ticket=ticket)
        self._keep(ticket)
        self._pad.tell(f.Reply(command.id, ticket=ticket))

    def arrived(self, event: e.CallArrived, call: CallId) -> tuple[Ticket, bool]:
        """Return the ticket of a call that arrives, and whether the call opens it."""
        this, domain = ticket_id(call), None
        if event.incident is not None:
            this, domain = event.incident.ticket, self._of_another(event.incident.domain)
        ticket = self.named(this)
        opens = ticket is None
        if ticket is None:
            number = self._number(event)
            ticket = Ticket(this, number, event.centre, call, event.arrived_at, domain)
        self._keep(ticket)
        return ticket, opens

    def restore(self, tickets: tuple[Ticket, ...]) -> None:
        """Remember the tickets that the store has; its word counts of one that is known twice."""
        opened = [ticket for _, ticket in self._tickets.values()]
        for ticket in tickets:
            self._keep(ticket)
        stored = {ticket.id for ticket in tickets}
        for ticket in opened:  # after those of before: they are forgotten last
            if ticket.id not in stored:
                self._keep(ticket)

    # --- inside --------------------------------------------------------------------------

    def _of_another(self, domain: str) -> str | None:
        """Return the domain of another centre; None for our own, whose incident comes back."""
        return None if domain == self._pad.config.domain else domain

    def _number(self, event: e.CallArrived) -> TicketNumber:
        """Return the number that a call carries already, or the next one."""
        if event.ticket_number is not None and self._numbers.seen(event.ticket_number):
            return TicketNumber(event.ticket_number)
        return self._numbers.next(event.arrived_at)

    def _keep(self, ticket: Ticket) -> None:
        """Remember a ticket that was named now, and forget those that nobody named for long."""
        now = self._pad.now
        self._tickets[ticket.id] = now, ticket
        self._tickets.move_to_end(ticket.id)
        while len(self._tickets) > REMEMBERED or self._eldest() <= now - KEPT_S:
            self._tickets.popitem(last=False)

    def _eldest(self) -> Instant:
        """Return when the ticket was last named that is forgotten next."""
        return next(iter(self._tickets.values()))[0]
