"""Incidents that neighbour centres pass on: one ticket, however they come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.effects import EntryKind as K
from sip112.routing.ids import CentreCode, TicketId, TicketNumber
from sip112.routing.incidents import KEPT_S
from sip112.routing.ledger import REMEMBERED
from sip112.routing.ticket import Incident, Ticket
from tests.unit.centre import PBX, PKY, START, TODAY, Centre

TICKET = TicketId(UUID("0193f4a0-0000-7000-8000-00000000abcd"))
INCIDENT = Incident(TICKET, "bjm.example")
SOURCE = "urn:emergency:uid:callid:0193f4a0000070008000000000001234:bjm.example"


def opens(centre: Centre, ticket: TicketId = TICKET, number: int = 7) -> f.Reply:
    """Have a neighbour pass an incident on; return what it is told."""
    centre.give(e.OpenIncident(centre.at, number, ticket, "bjm.example"))
    (reply,) = centre.replies
    return reply


def transferred(centre: Centre, incident: Incident = INCIDENT, **fields: Any) -> f.Record:
    """Have a neighbour transfer a call; return the entry of its arrival."""
    centre.arrives(incident=incident, source=SOURCE, **fields)
    return next(each for each in centre.records if each.kind is K.CALL_ARRIVED)


def test_an_incident_that_is_passed_on_has_a_ticket_of_the_same_name() -> None:
    """With a number of this centre, and without a call."""
    centre = Centre("seat-01").open()
    reply = opens(centre)
    ticket = Ticket(TICKET, TicketNumber(f"PKY-{TODAY}-0001"), PKY, None, START, "bjm.example")
    assert (reply.id, reply.ticket, reply.refusal) == (7, ticket, None)
    assert [(each.kind, each.ticket, each.call) for each in centre.records] == [
        (K.TICKET_OPENED, ticket, None)
    ]
    assert centre.did(f.ReserveSerials) == [f.ReserveSerials(PBX, PKY, TODAY, 21)]


def test_an_incident_that_is_passed_on_twice_has_one_ticket() -> None:
    """A neighbour that heard no answer says it again."""
    centre = Centre("seat-01").open()
    first = opens(centre)
    again = opens(centre, number=8)
    assert (again.id, again.ticket, centre.records) == (8, first.ticket, [])


def test_an_incident_is_passed_on_while_no_asterisk_is_seen() -> None:
    """It has its ticket; serials are reserved where and when somebody can keep them."""
    centre = Centre("seat-01")
    centre.store_read()
    assert opens(centre).ticket is not None
    assert centre.actions == []
    centre.snapshot()
    assert centre.did(f.ReserveSerials) == [f.ReserveSerials(PBX, PKY, TODAY, 21)]


def test_a_call_joins_the_ticket_of_its_incident() -> None:
    """It opens none, and shows the number that the ticket has."""
    centre = Centre("seat-01").with_seats("seat-01")
    ticket = opens(centre).ticket
    assert ticket is not None
    arrived = transferred(centre)
    assert arrived.call is not None
    assert (arrived.ticket, arrived.call.ticket) == (None, TICKET)
    assert (arrived.call.ticket_number, arrived.call.source) == (ticket.number, SOURCE)
    label = f.LabelCall(PBX, arrived.call.uniqueid, arrived.call.channel, ticket.number)
    assert centre.did(f.LabelCall) == [label]
    assert centre.rung == [(arrived.call.uniqueid, "seat-01")]


def test_a_call_that_is_faster_than_the_message_opens_the_ticket() -> None:
    """The message, and a second call, find it."""
    centre = Centre("seat-01").open()
    arrived = transferred(centre)
    assert arrived.call is not None
    opened = arrived.ticket
    assert opened is not None
    assert (opened.id, opened.domain, opened.call) == (TICKET, "bjm.example", arrived.call.id)
    assert opens(centre).ticket == opened
    assert centre.records == []
    second = transferred(centre)
    assert second.call is not None
    assert (second.ticket, second.call.ticket_number) == (None, opened.number)


def test_a_call_of_ours_that_comes_back_is_about_our_own_ticket() -> None:
    """The neighbour names what we named to it, also when our call is over."""
    centre = Centre("seat-01").open()
    first = centre.arrives()
    own = centre.records[0].ticket
    assert own is not None
    centre.hangs_up(first)
    back = transferred(centre, Incident(own.id, "pky.example"))
    assert back.call is not None
    assert (back.ticket, back.call.ticket, back.call.ticket_number) == (None, own.id, own.number)


def test_our_own_incident_that_comes_back_is_no_neighbours() -> None:
    """Also when nobody remembers it: as a call, or as a message."""
    centre = Centre("seat-01", domain="pky.example").open()
    back = transferred(centre, Incident(TICKET, "pky.example"))
    assert back.ticket is not None
    assert back.ticket.domain is None
    other = TicketId(UUID(int=5))
    centre.give(e.OpenIncident(centre.at, 9, other, "pky.example"))
    (reply,) = centre.replies
    assert reply.ticket is not None
    assert (reply.ticket.id, reply.ticket.domain) == (other, None)


def test_a_call_that_names_no_incident_has_a_ticket_of_its_own() -> None:
    """As every call has: what a neighbour leaves out loses nobody."""
    centre = Centre("seat-01").open()
    opens(centre)
    centre.arrives(source=SOURCE)
    ticket = centre.records[0].ticket
    assert ticket is not None
    assert (ticket.id != TICKET, ticket.domain) == (True, None)


def test_a_call_from_a_note_has_the_number_that_it_carried() -> None:
    """Asterisk kept it, while nobody here remembered the incident."""
    centre = Centre("seat-01")
    arrival = centre.arrival(incident=INCIDENT)
    centre.snapshot(notes=(e.Note(arrival, ticket_number=f"PKY-{TODAY}-0042"),))
    (arrived,) = (each for each in centre.records if each.kind is K.CALL_ARRIVED)
    assert arrived.ticket is not None
    assert (arrived.ticket.id, arrived.ticket.number) == (TICKET, f"PKY-{TODAY}-0042")


def test_a_restart_remembers_the_tickets_of_the_store() -> None:
    """So that a call, or a message, that comes after it joins them."""
    ticket = Ticket(TICKET, TicketNumber(f"PKY-{TODAY}-0009"), PKY, None, START, "bjm.example")
    centre = Centre("seat-01").open(tickets=(ticket,), serials={TODAY: 9})
    assert opens(centre).ticket == ticket
    arrived = transferred(centre)
    assert arrived.call is not None
    assert (arrived.ticket, arrived.call.ticket_number) == (None, ticket.number)


@pytest.mark.parametrize("seen", [True, False], ids=["seen", "out of sight"])
def test_what_the_store_tells_late_counts(*, seen: bool) -> None:
    """A call of a known incident that came while the store was away has the ticket's number."""
    ticket = Ticket(TICKET, TicketNumber(f"PKY-{TODAY}-0009"), PKY, None, START, "bjm.example")
    centre = Centre("seat-01")
    centre.snapshot()
    arrived = transferred(centre)
    centre.arrives()
    other = centre.records[0].ticket
    assert arrived.call is not None
    assert other is not None
    assert arrived.call.ticket_number != ticket.number
    if not seen:
        centre.give(e.LinkDown(centre.at, PBX))
    centre.store_read(tickets=(ticket,), serials={TODAY: 9})
    call = centre.desk.call(arrived.call.id)
    assert call is not None
    assert call.ticket_number == ticket.number
    label = f.LabelCall(PBX, call.uniqueid, call.channel, ticket.number)
    assert centre.did(f.LabelCall) == ([label] if seen else [])
    assert opens(centre).ticket == ticket
    assert opens(centre, other.id).ticket == other


def test_a_ticket_that_nobody_names_is_forgotten_after_a_day() -> None:
    """One that is named again and again is kept."""
    centre = Centre("seat-01").open()
    first = opens(centre).ticket
    other = TicketId(UUID(int=5))
    opens(centre, other)
    centre.now += KEPT_S - 1
    assert opens(centre).ticket == first
    centre.now += 2
    assert opens(centre).ticket == first
    again = opens(centre, other).ticket
    assert again is not None
    assert again.opened_at == centre.at


def test_only_so_many_tickets_are_remembered() -> None:
    """However many incidents come in a day."""
    centre = Centre("seat-01").open()
    first = opens(centre).ticket
    for n in range(REMEMBERED):
        opens(centre, TicketId(UUID(int=n + 1)))
    assert first != opens(centre).ticket


def test_a_call_of_another_centre_opens_nothing_here() -> None:
    """Two centres may share an Asterisk, and an incident."""
    centre = Centre("seat-01").open()
    centre.arrives(incident=INCIDENT, centre=CentreCode("BJM"))
    assert centre.records == []
    opened = opens(centre).ticket
    assert opened is not None
    assert opened.call is None
