"""Tickets of incidents that neighbour centres pass on: they are there before any call."""

from __future__ import annotations

from uuid import UUID

from sip112.routing.call import Call
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, TicketId
from sip112.routing.incidents import KEPT_S
from sip112.routing.ticket import Ticket, ticket_number
from sip112.store.store import Store
from tests.store.examples import DAY, PKY, START, arrived, life, opening, record, ticket_of
from tests.store.helpers import Running

TICKET = TicketId(UUID("0193f4a0-0000-7000-8000-00000000abcd"))


def passed_on(n: int = 9, ticket: TicketId = TICKET, at: float = START) -> Record:
    """Return the entry that opens the ticket of an incident of a neighbour."""
    number = ticket_number(PKY, DAY, n)
    opened = Ticket(ticket, number, PKY, None, Instant(at), "bjm.example")
    return record(EntryKind.TICKET_OPENED, at, ticket=opened)


def about(entry: Record, ticket: Ticket) -> Record:
    """Return an entry of a call as it is where the call is about `ticket`."""
    call = entry.call
    assert call is not None
    joined: Call = call.evolve(ticket=ticket.id, ticket_number=ticket.number)
    return record(entry.kind, entry.at, call=joined, seat=entry.seat)


async def test_a_ticket_without_a_call_is_kept(running: Running) -> None:
    """It says whose incident it was first, and people write on it as on any."""
    opening_entry = passed_on()
    await running.write(opening_entry)
    store = running.store
    ticket = await store.ticket(PKY, str(TICKET))
    assert ticket is not None
    assert (ticket.number, ticket.calls, ticket.domain) == (f"PKY-{DAY}-0009", (), "bjm.example")
    assert await store.tickets(PKY) == [ticket]
    changed = await store.change_ticket(PKY, TICKET, {"address": "Jl. 1"}, 1, "ani")
    assert (changed.version, changed.domain) == (2, "bjm.example")
    [kept] = await store.records_after(PKY, opening_entry.seq - 1, 10)  # type: ignore[arg-type]
    assert kept == opening_entry


async def test_a_ticket_without_a_call_is_there_before_it_is_stored(store: Store) -> None:
    """As on an incident that came while the database was away."""
    store.writer(PKY).put(passed_on())
    ticket = await store.ticket(PKY, f"PKY-{DAY}-0009")
    assert ticket is not None
    assert (ticket.id, ticket.calls, ticket.domain) == (TICKET, (), "bjm.example")


async def test_a_call_that_joins_a_ticket_stands_on_it(running: Running) -> None:
    """And the ticket goes on with who answers, as with the call that opens one."""
    opened = passed_on()
    assert opened.ticket is not None
    await running.write(opened)
    await running.write(*(about(each, opened.ticket) for each in life(3)))
    ticket = await running.store.ticket(PKY, str(TICKET))
    assert ticket is not None
    assert (ticket.calls, ticket.assignee) == ((arrived(3).id,), AgentId("ani"))
    assert ticket.version == 2


async def test_a_call_may_come_in_one_group_with_its_ticket(running: Running) -> None:
    """The message and the call arrive in the same instant."""
    opened = passed_on()
    assert opened.ticket is not None
    await running.write(opened, *(about(each, opened.ticket) for each in life(3)))
    ticket = await running.store.ticket(PKY, str(TICKET))
    assert ticket is not None
    assert (ticket.calls, ticket.assignee) == ((arrived(3).id,), AgentId("ani"))


async def test_the_same_incident_has_a_ticket_in_each_of_two_centres(running: Running) -> None:
    """Under one identifier: they may share a database."""
    there = CentreCode("BJM")
    call = arrived(1, centre=there)
    opened = ticket_of(call)
    await running.write(passed_on(ticket=opened.id), opening(call))
    here = await running.store.ticket(PKY, str(opened.id))
    assert here is not None
    assert here.number == f"PKY-{DAY}-0009"


async def test_the_tickets_of_a_day_are_known_at_start(running: Running) -> None:
    """The oldest first, whoever opened them, and nobody else's."""
    old = passed_on(1, TicketId(UUID(int=1)), START - KEPT_S - 1)
    new = passed_on(2, TicketId(UUID(int=2)), START)
    call = arrived(3, at=START + 1)
    await running.write(old, opening(call), new)
    read = await running.store.read_start(PKY, START, DAY)
    assert read.tickets == (new.ticket, ticket_of(call))
    assert read.tickets[1].call == CallId(call.id)
    assert (await running.store.read_start(CentreCode("BJM"), START, DAY)).tickets == ()
