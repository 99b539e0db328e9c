"""The failures that two edges know by name say what happened."""

from __future__ import annotations

from sip112.routing.errors import TicketConflict
from sip112.routing.ids import Instant, TicketNumber, ticket_id
from sip112.routing.ticket import TicketRecord
from tests.unit.centre import PKY, START
from tests.unit.test_call import a_call


def test_a_conflict_says_which_ticket_is_where_by_now() -> None:
    """Whoever edits can look at what the other one wrote."""
    current = TicketRecord(
        id=ticket_id(a_call().id),
        number=TicketNumber("PKY-20261122-0042"),
        centre=PKY,
        opened_at=START,
        changed_at=Instant(START + 9),
        version=3,
    )
    error = TicketConflict(current)
    assert str(error) == "ticket PKY-20261122-0042 is at version 3 by now"
    assert error.current is current
