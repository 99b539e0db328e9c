"""Whose tickets are: with the caller by themselves, and as people say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from sip112.people.person import Person
from sip112.people.roles import Role
from sip112.routing.call import Call, CallState
from sip112.routing.effects import EntryKind, Record
from sip112.routing.errors import StoreUnavailable, TicketConflict, TicketNotFound
from sip112.routing.ids import AgentId, CentreCode, Instant, TicketId
from sip112.routing.ticket import Assigned, TicketRecord
from sip112.store.assignments import Followed
from sip112.store.store import Store
from tests.store.examples import PKY, START, arrived, life, opening, record
from tests.store.helpers import Running, fetch, own, owning
from tests.store.older import take_back

ANI, SRI, RINA = AgentId("ani"), AgentId("sri"), AgentId("rina")


def answered(n: int = 1, agent: AgentId | None = ANI) -> Call:
    """Return the `n`-th call while somebody talks."""
    return arrived(n).evolve(state=CallState.TALKING, agent=agent, answered_at=Instant(START + 4))


def answer(n: int = 1, agent: AgentId | None = ANI) -> Record:
    """Return the entry of an answer, or of somebody's taking the caller over."""
    return record(EntryKind.CALL_ANSWERED, START + 4, call=answered(n, agent))


async def ticket_of(store: Store, n: int = 1) -> TicketRecord:
    """Return the ticket of the `n`-th call."""
    ticket = await store.ticket(PKY, str(arrived(n).ticket))
    assert ticket is not None
    return ticket


async def state(store: Store, n: int = 1) -> tuple[AgentId | None, int]:
    """Return whose the ticket is, and its version."""
    ticket = await ticket_of(store, n)
    return ticket.assignee, ticket.version


async def give(
    running: Running, agent: AgentId | None, by: AgentId = RINA, version: int | None = None
) -> Assigned:
    """Give the first ticket to somebody."""
    ticket = await ticket_of(running.store)
    return await running.store.assign_ticket(PKY, ticket.id, agent, version or ticket.version, by)


# --- with the caller ------------------------------------------------------------------------


async def test_who_answers_is_given_the_ticket(running: Running) -> None:
    """Nobody has it before; the end of the call changes nothing."""
    entries = life(1)
    await running.write(*entries[:4])
    assert await state(running.store) == (None, 1)
    await running.write(entries[4])
    assert await state(running.store) == (ANI, 2)
    await running.write(entries[5])
    assert await state(running.store) == (ANI, 2)
    assert (await ticket_of(running.store)).changed_at == START + 4


async def test_whoever_is_not_known_is_not_given_it(running: Running) -> None:
    """A phone that Asterisk rang by itself, with nobody on duty."""
    await running.write(opening(arrived(1)), answer(agent=None))
    assert await state(running.store) == (None, 1)
    await running.write(answer(agent=SRI))
    assert await state(running.store) == (SRI, 2)


async def test_it_goes_on_with_the_caller(running: Running) -> None:
    """To whoever takes the caller over."""
    await running.write(opening(arrived(1)))
    for n, agent in enumerate((ANI, SRI, ANI), start=2):
        await running.write(answer(agent=agent))
        assert await state(running.store) == (agent, n)


async def test_in_one_group_it_is_opened_and_given(running: Running) -> None:
    """As after an outage of the database: all of it comes at once."""
    entries = [opening(arrived(1)), answer(agent=ANI), answer(agent=SRI)]
    await running.write(*entries)
    assert await state(running.store) == (SRI, 2)
    await running.write(*entries)  # nobody knew whether that was committed
    assert await state(running.store) == (SRI, 2)
    assert running.stats().repeated == 3


async def test_an_entry_that_comes_late_or_twice_changes_nothing(running: Running) -> None:
    """Nor does it undo what a person has said since."""
    first, second = answer(agent=ANI), answer(agent=SRI)
    await running.write(opening(arrived(1)), first)
    await running.write(second)
    await running.write(first)
    assert await state(running.store) == (SRI, 3)
    await give(running, None)
    await running.write(second)
    await running.write(first)
    assert await state(running.store) == (None, 4)


async def test_what_a_person_has_said_holds(running: Running) -> None:
    """Wherever the caller goes, until it is nobody's."""
    await running.write(opening(arrived(1)), answer(agent=ANI))
    await give(running, RINA)
    await running.write(answer(agent=SRI))
    assert await state(running.store) == (RINA, 3)
    await give(running, None)
    assert await state(running.store) == (None, 4)
    await running.write(answer(agent=ANI))
    assert await state(running.store) == (ANI, 5)


async def test_who_had_it_given_before_the_answer_keeps_the_version(running: Running) -> None:
    """It is theirs already."""
    await running.write(opening(arrived(1)))
    await give(running, ANI)
    await running.write(answer(agent=ANI))
    assert await state(running.store) == (ANI, 2)
    await running.write(answer(agent=SRI))  # and goes on with the caller
    assert await state(running.store) == (SRI, 3)


async def test_which_tickets_went_on_is_told(store: Store) -> None:
    """Once each, when it is durable: whoever shows one must hear of it."""
    told: list[Sequence[Followed]] = []
    lease = await own(store)
    writer = store.writer(PKY)
    writer.begin(lease.token, await store.last_seq(PKY))
    task = asyncio.create_task(writer.run(lambda _: None, told.append))
    running = Running(store, PKY)
    await running.write(opening(arrived(1)), opening(arrived(2)))
    await running.write(answer(1), answer(2, SRI))
    await running.write(answer(2, SRI))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    [group] = told
    assert sorted(group, key=lambda each: each.number) == [
        Followed(ticket.id, ticket.number, 2, agent)
        for ticket, agent in [(await ticket_of(store, 1), ANI), (await ticket_of(store, 2), SRI)]
    ]


async def test_another_owner_s_entry_gives_nothing(store: Store) -> None:
    """Whoever has lost the centre writes nothing, and so gives no ticket to anybody."""
    async with owning(store) as running:
        await running.write(opening(arrived(1)))
    writer = store.writer(PKY)
    writer.begin(0, await store.last_seq(PKY))  # a token that is out of date
    writer.put(answer())
    with pytest.raises(Exception, match="PKY"):
        await writer.run(lambda _: None)
    assert await state(store) == (None, 1)


async def test_an_answer_waits_for_a_change_that_is_under_way(running: Running) -> None:
    """Both are made, one after the other: neither fails, nor is either lost."""
    await running.write(opening(arrived(1)))
    ticket = await ticket_of(running.store)
    running.put(answer())
    for n in range(5):
        while True:
            seen = await ticket_of(running.store)
            try:
                await running.store.change_ticket(
                    PKY, ticket.id, {"narrative": str(n)}, seen.version, "ani"
                )
                break
            except TicketConflict:
                pass
    await running.settled()
    assert await state(running.store) == (ANI, 7)
    assert running.stats().failures == 0


# --- as people say --------------------------------------------------------------------------


async def test_a_ticket_is_given_and_that_is_kept(running: Running, migrated_url: str) -> None:
    """Its history says by whom, from whom and to whom; its version grows."""
    await running.write(opening(arrived(1)), answer(agent=ANI))
    await running.store.people.add(
        Person(SRI, "Sri Rahayu", frozenset({Role.CALL_TAKER}), "", START, START)
    )
    given = await give(running, SRI)
    assert (given.former, given.changed) == (ANI, True)
    assert (given.ticket.assignee, given.ticket.assignee_name) == (SRI, "Sri Rahayu")
    assert given.ticket.version == 3
    assert given.ticket == await ticket_of(running.store)
    freed = await give(running, None, SRI)
    assert (freed.former, freed.ticket.assignee, freed.ticket.assignee_name) == (SRI, None, None)
    assert await fetch(
        migrated_url,
        """SELECT version, field, "by", old, new FROM ticket_events ORDER BY version""",
    ) == [(3, "assignee", "rina", "ani", "sri"), (4, "assignee", "sri", "sri", None)]


async def test_to_whom_it_is_already_it_is_not_given(running: Running) -> None:
    """Nothing is changed."""
    await running.write(opening(arrived(1)), answer(agent=ANI))
    same = await give(running, ANI)
    assert (same.changed, same.ticket.version, same.former) == (False, 2, ANI)
    assert same.ticket.assignee_name is None  # no person of that name


async def test_of_two_who_take_it_at_once_one_does(running: Running) -> None:
    """The other is told that it is not as it was seen."""
    await running.write(opening(arrived(1)))
    results = await asyncio.gather(
        give(running, ANI, ANI), give(running, SRI, SRI), return_exceptions=True
    )
    assert sum(isinstance(each, Assigned) for each in results) == 1
    [conflict] = [each for each in results if isinstance(each, TicketConflict)]
    assert conflict.current.assignee in {ANI, SRI}


async def test_what_was_asked_for_again_is_not_done_twice(running: Running) -> None:
    """And is told as it was: whoever lost the answer learns whose it was before."""
    await running.write(opening(arrived(1)), answer(agent=ANI))
    first = await give(running, SRI)
    await running.write(answer(agent=RINA))
    later = await give(running, RINA, ANI)
    again = await give(running, SRI, version=2)
    assert (again.former, again.changed) == (first.former, True)
    assert again.ticket == later.ticket
    with pytest.raises(TicketConflict):
        await give(running, SRI, by=ANI, version=2)
    with pytest.raises(TicketConflict):
        await give(running, None, version=2)


async def test_a_ticket_that_is_not_there_or_not_stored(running: Running, store: Store) -> None:
    """As for every change."""
    with pytest.raises(TicketNotFound):
        await store.assign_ticket(PKY, TicketId(uuid4()), ANI, 1, "ani")
    await running.write(opening(arrived(1)))
    ticket = await ticket_of(store)
    with pytest.raises(TicketNotFound):
        await store.assign_ticket(CentreCode("SPT"), ticket.id, ANI, 1, "ani")


async def test_a_ticket_that_waits_to_be_written_is_not_given(store: Store) -> None:
    """It is theirs who answered meanwhile, and so it is when it is written."""
    writer = store.writer(PKY)
    writer.put(opening(arrived(1)))
    assert await state(store) == (None, 1)
    writer.put(answer())
    writer.put(answer())
    ticket = await ticket_of(store)
    assert (ticket.assignee, ticket.version) == (ANI, 2)
    with pytest.raises(StoreUnavailable, match="not stored yet"):
        await store.assign_ticket(PKY, ticket.id, ANI, 1, "ani")
    async with owning(store) as running:
        await running.settled()
    assert await ticket_of(store) == ticket
    writer.put(opening(arrived(2)))
    writer.put(answer(2))
    writer.drop()
    assert writer.answered(ticket.id) is None


async def test_tickets_by_whose_they_are(running: Running) -> None:
    """Somebody's, and nobody's; with the other filters."""
    await running.write(*(opening(arrived(n, at=START + n)) for n in range(1, 5)))
    for n, agent in ((1, ANI), (2, SRI), (3, ANI)):
        ticket = await running.store.ticket(PKY, str(arrived(n, at=START + n).ticket))
        assert ticket is not None
        await running.store.assign_ticket(PKY, ticket.id, agent, 1, "rina")

    async def listed(**filters: Any) -> list[str]:
        found = await running.store.tickets(PKY, **filters)
        return [each.number[-1] for each in found]

    assert await listed(assignee=ANI) == ["3", "1"]
    assert await listed(assignee=ANI, since=Instant(START + 2)) == ["3"]
    assert await listed(unassigned=True) == ["4"]
    assert await listed(assignee=RINA) == []
    assert await listed(assignee=None, unassigned=False) == ["4", "3", "2", "1"]


# --- before there were assignees --------------------------------------------------------------


async def test_tickets_of_an_older_database_belong_to_who_answered(
    store: Store, migrated_url: str
) -> None:
    """The migration says so, and so does the journal that goes on."""
    async with owning(store) as running:
        await running.write(*life(1), opening(arrived(2)), *life(3)[:4])
    await take_back(migrated_url, "0005")
    await store.migrate()
    assert [(await ticket_of(store, n)).assignee for n in (1, 2, 3)] == [ANI, None, None]
    async with owning(store) as running:
        await running.write(answer(1, SRI))
    assert (await ticket_of(store)).assignee == SRI
