"""What people write on tickets: nobody overwrites another unseen, and all of it is kept."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest

from sip112.routing.errors import StoreUnavailable, TicketConflict, TicketNotFound
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.ticket import TicketRecord
from sip112.store.store import Store
from tests.store.examples import DAY, PKY, START, arrived, opening
from tests.store.helpers import Running, fetch, owning


async def opened(running: Running, n: int = 1, at: float = START) -> TicketRecord:
    """Open a ticket and return it."""
    call = arrived(n, at=at)
    await running.write(opening(call))
    ticket = await running.store.ticket(PKY, str(call.ticket))
    assert ticket is not None
    return ticket


async def test_a_change_is_kept_and_raises_the_version(running: Running, migrated_url: str) -> None:
    """The ticket says what was written, and the journal who wrote what over what."""
    ticket = await opened(running)
    before = time.time()
    changed = await running.store.change_ticket(
        PKY, ticket.id, {"incident_type": "fire", "address": "Jl. Yos Sudarso 1"}, 1, "ani"
    )
    assert (changed.version, changed.incident_type) == (2, "fire")
    assert changed.address == "Jl. Yos Sudarso 1"
    assert changed.opened_at == ticket.opened_at
    assert before - 1 < changed.changed_at < time.time() + 1
    cleared = await running.store.change_ticket(PKY, ticket.id, {"address": None}, 2, "sri")
    assert (cleared.version, cleared.address) == (3, None)
    assert await running.store.ticket(PKY, ticket.number) == cleared
    assert await fetch(
        migrated_url,
        """SELECT version, field, "by", old, new FROM ticket_events ORDER BY version, field""",
    ) == [
        (2, "address", "ani", None, "Jl. Yos Sudarso 1"),
        (2, "incident_type", "ani", None, "fire"),
        (3, "address", "sri", "Jl. Yos Sudarso 1", None),
    ]


async def test_a_change_of_an_older_version_is_a_conflict(running: Running) -> None:
    """Whoever has not seen the last change is shown it, and changes nothing."""
    ticket = await opened(running)
    first = await running.store.change_ticket(PKY, ticket.id, {"narrative": "smoke"}, 1, "ani")
    with pytest.raises(TicketConflict) as conflict:
        await running.store.change_ticket(PKY, ticket.id, {"narrative": "flood"}, 1, "sri")
    assert conflict.value.current == first
    assert await running.store.ticket(PKY, str(ticket.id)) == first


async def test_of_changes_at_once_one_wins(running: Running) -> None:
    """Ten people who saw the same version cannot all change it."""
    ticket = await opened(running)
    results = await asyncio.gather(
        *(
            running.store.change_ticket(PKY, ticket.id, {"narrative": str(n)}, 1, "ani")
            for n in range(10)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, TicketRecord) for each in results) == 1
    assert sum(isinstance(each, TicketConflict) for each in results) == 9


async def test_a_change_to_the_same_is_none(running: Running, migrated_url: str) -> None:
    """Saving what is there already raises no version."""
    ticket = await opened(running)
    assert (
        await running.store.change_ticket(
            PKY, ticket.id, {"status": "open", "address": None}, 1, "ani"
        )
        == ticket
    )
    assert await fetch(migrated_url, "SELECT * FROM ticket_events") == []


async def test_a_ticket_that_is_not_there(running: Running) -> None:
    """Changing a ticket that does not exist says so."""
    with pytest.raises(TicketNotFound):
        await running.store.change_ticket(PKY, TicketId(uuid4()), {"address": "x"}, 1, "ani")


async def test_only_what_people_write_can_be_changed(running: Running) -> None:
    """Number, version and centre are not written by people; a ticket has a status."""
    ticket = await opened(running)
    with pytest.raises(ValueError, match="number, version"):
        await running.store.change_ticket(PKY, ticket.id, {"version": "9", "number": "X"}, 1, "ani")
    with pytest.raises(ValueError, match="status"):
        await running.store.change_ticket(PKY, ticket.id, {"status": None}, 1, "ani")


async def test_unstorable_text_on_a_ticket_is_replaced(running: Running) -> None:
    """NUL typed or pasted into a field is no error."""
    ticket = await opened(running)
    changed = await running.store.change_ticket(
        PKY, ticket.id, {"narrative": "a\x00b"}, 1, "an\x00i"
    )
    assert changed.narrative == "a\ufffdb"


async def test_tickets_by_status_and_time_and_in_pages(running: Running) -> None:
    """The list is newest first, narrows by status and opening, and pages do not skip."""
    tickets = [await opened(running, n, START + n // 2) for n in range(6)]
    closed = await running.store.change_ticket(PKY, tickets[2].id, {"status": "closed"}, 1, "ani")
    listed = await running.store.tickets(PKY)
    assert [each.opened_at for each in listed] == [START + 2] * 2 + [START + 1] * 2 + [START] * 2
    assert await running.store.tickets(PKY, status="closed") == [closed]
    within = await running.store.tickets(
        PKY, since=Instant(START + 1), until=Instant(START + 2), status="open"
    )
    assert [each.id for each in within] == [tickets[3].id]
    paged: list[TicketRecord] = []
    after = None
    while page := await running.store.tickets(PKY, after=after, limit=4):
        paged += page
        after = (page[-1].opened_at, page[-1].id)
    assert paged == listed


async def test_changes_go_on_beside_the_writer(running: Running) -> None:
    """Calls are written while tickets change; neither fails for the other."""
    ticket = await opened(running)
    for n in range(20):
        running.put(opening(arrived(100 + n)))
        ticket = await running.store.change_ticket(
            PKY, ticket.id, {"narrative": str(n)}, ticket.version, "ani"
        )
    await running.settled()
    assert ticket.version == 21
    assert running.stats().failures == 0
    assert len(running.stored) == 21


async def test_a_change_asked_for_again_is_not_made_twice(
    running: Running, migrated_url: str
) -> None:
    """Whoever lost the answer asks again, and is given the ticket as it is by now."""
    ticket = await opened(running)
    store = running.store
    changes = {"incident_type": "fire", "address": "Jl. Yos Sudarso 1", "status": "open"}
    changed = await store.change_ticket(PKY, ticket.id, changes, 1, "an\x00i")
    assert await store.change_ticket(PKY, ticket.id, changes, 1, "an\x00i") == changed
    later = await store.change_ticket(PKY, ticket.id, {"address": "Jl. 2"}, 2, "sri")
    later = await store.change_ticket(PKY, ticket.id, {"status": "closed"}, 3, "sri")
    assert await store.change_ticket(PKY, ticket.id, changes, 1, "an\x00i") == later
    assert later.version == 4
    assert await fetch(migrated_url, "SELECT count(*) FROM ticket_events") == [(4,)]


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({"address": "Jl. 1", "narrative": "smoke"}, "sri"),  # somebody else
        ({"address": "Jl. 1"}, "ani"),  # less
        ({"address": "Jl. 1", "narrative": "smoke", "severity": "high"}, "ani"),  # more
        ({"address": "Jl. 1", "narrative": "fire"}, "ani"),  # other
        ({"address": "Jl. 1", "narrative": None}, "ani"),
        ({"address": "Jl. 1", "narrative": "smoke", "language": None}, "ani"),  # a later one's
    ],
)
async def test_only_the_very_same_change_is_taken_for_made(
    running: Running, changes: dict[str, str | None], by: str
) -> None:
    """Everything else that is based on an old version is a conflict."""
    store = running.store
    ticket = await opened(running)
    await store.change_ticket(PKY, ticket.id, {"language": "id"}, 1, "ani")
    made = {"address": "Jl. 1", "narrative": "smoke"}
    await store.change_ticket(PKY, ticket.id, made, 2, "ani")
    last = await store.change_ticket(PKY, ticket.id, {"language": None}, 3, "ani")
    with pytest.raises(TicketConflict) as conflict:
        await store.change_ticket(PKY, ticket.id, changes, 2, by)
    assert conflict.value.current == last
    with pytest.raises(TicketConflict):
        await store.change_ticket(PKY, ticket.id, made, 1, "ani")
    assert await store.change_ticket(PKY, ticket.id, made, 2, "ani") == last


async def test_another_centre_has_no_such_ticket(running: Running) -> None:
    """Its id is no key without its centre."""
    ticket = await opened(running)
    with pytest.raises(TicketNotFound):
        await running.store.change_ticket(CentreCode("SPT"), ticket.id, {"address": "x"}, 1, "a")
    assert await running.store.ticket(CentreCode("SPT"), str(ticket.id)) is None


async def test_a_ticket_is_read_before_it_is_stored(store: Store) -> None:
    """By both names, and by its number as people shorten it; not by another centre."""
    call = arrived(7)
    writer = store.writer(PKY)
    writer.put(opening(call))
    for key in (str(call.ticket), str(call.ticket_number), f"PKY-{DAY}-7"):
        ticket = await store.ticket(PKY, key)
        assert ticket is not None
        assert (ticket.id, ticket.version, ticket.calls) == (call.ticket, 1, (call.id,))
    assert await store.ticket(CentreCode("SPT"), str(call.ticket)) is None
    assert await store.ticket(PKY, f"PKY-{DAY}-8") is None
    assert ticket is not None
    with pytest.raises(StoreUnavailable, match="not stored yet"):
        await store.change_ticket(PKY, ticket.id, {"address": "x"}, 1, "ani")
    async with owning(store) as running:
        await running.settled()
    assert writer.ticket(ticket.id) is None
    assert await store.ticket(PKY, str(call.ticket)) == ticket
    writer.put(opening(arrived(8)))
    writer.drop()
    assert await store.ticket(PKY, f"PKY-{DAY}-8") is None


async def test_a_place_is_kept_to_the_last_digit(running: Running, migrated_url: str) -> None:
    """In the ticket as a number, in its journal as text; asked for again it is not made twice."""
    ticket = await opened(running)
    place = {"latitude": -2.216105123456789, "longitude": 113.9135}
    changed = await running.store.change_ticket(PKY, ticket.id, place, 1, "ani")
    assert (changed.latitude, changed.longitude) == (-2.216105123456789, 113.9135)
    assert await running.store.ticket(PKY, ticket.number) == changed
    assert await running.store.change_ticket(PKY, ticket.id, place, 1, "ani") == changed
    moved = await running.store.change_ticket(
        PKY, ticket.id, {"latitude": -2, "longitude": None}, 2, "sri"
    )
    assert (moved.version, moved.latitude, moved.longitude) == (3, -2.0, None)
    assert await fetch(
        migrated_url, "SELECT version, field, old, new FROM ticket_events ORDER BY version, field"
    ) == [
        (2, "latitude", None, "-2.216105123456789"),
        (2, "longitude", None, "113.9135"),
        (3, "latitude", "-2.216105123456789", "-2.0"),
        (3, "longitude", "113.9135", None),
    ]


async def test_there_is_one_zero(running: Running) -> None:
    """A place on the equator is the same from the north and from the south."""
    ticket = await opened(running)
    store = running.store
    north = await store.change_ticket(PKY, ticket.id, {"latitude": 0.0}, 1, "ani")
    assert await store.change_ticket(PKY, ticket.id, {"latitude": -0.0}, 1, "ani") == north
    assert await store.change_ticket(PKY, ticket.id, {"latitude": -0.0}, 2, "ani") == north


async def test_tickets_are_found_by_their_ids(running: Running) -> None:
    """Those of the centre that there are, as they are now."""
    one, two, _ = [await opened(running, n) for n in (1, 2, 3)]
    two = await running.store.change_ticket(PKY, two.id, {"disposition": "prank"}, 1, "ani")
    found = await running.store.tickets_named(PKY, [two.id, one.id, TicketId(uuid4())])
    assert sorted(found, key=lambda ticket: ticket.number) == [one, two]
    assert await running.store.tickets_named(CentreCode("KTM"), [one.id]) == []
    assert await running.store.tickets_named(PKY, []) == []
