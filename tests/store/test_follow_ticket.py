"""What agencies are told of a ticket that changes, and that it closes when all have ended."""

from __future__ import annotations

import asyncio

import pytest

from sip112.dispatch.errors import HandoffsOpen
from sip112.dispatch.handoff import MessageKind, Step
from sip112.dispatch.outbox import MessageState, OutboxItem, Settled
from sip112.dispatch.requests import UPDATE_WAIT_S
from sip112.routing.ids import AgentId
from sip112.routing.ticket import TicketRecord
from sip112.store.tables import kept_now
from tests.store.examples import PKY
from tests.store.handoffs import (
    DAMKAR,
    MEDIS,
    POLISI,
    an_incident,
    handed_to,
    letter,
    pass_on,
    say,
    ticket_now,
    version_in,
    waiting,
    write,
)
from tests.store.helpers import Running

REQUEST, UPDATE, CANCEL = MessageKind.REQUEST, MessageKind.UPDATE, MessageKind.CANCEL


async def told(running: Running, step: Step) -> tuple[TicketRecord, OutboxItem]:
    """Pass an incident on to an agency that gets it and comes to a step."""
    ticket = await an_incident(running)
    [item] = (await pass_on(running.store, ticket, DAMKAR)).items
    await running.store.outbox.settle(item, Settled.DELIVERED, kept_now())
    await say(running.store, item.handoff, step)
    return ticket, item


@pytest.mark.parametrize("step", [Step.ACCEPTED, Step.EN_ROUTE, Step.ON_SCENE])
async def test_a_change_follows_to_whoever_acts(running: Running, step: Step) -> None:
    """What several people write at once is one update, made of the last of it."""
    ticket, _ = await told(running, step)
    store = running.store
    before = kept_now()
    for narrative in ("smoke", "fire", "large fire"):
        await write(store, ticket, narrative)
    [update] = await waiting(store)
    assert (update.kind, update.body) == (UPDATE, None)
    assert before + UPDATE_WAIT_S <= update.not_before <= kept_now() + UPDATE_WAIT_S
    made = await store.outbox.compose(update, letter)
    assert made is not None
    assert version_in(made) == 4
    await write(store, ticket, "out")
    assert [each.id for each in await waiting(store)] == [update.id]  # one after the other
    await store.outbox.settle(made, Settled.DELIVERED, kept_now())
    [second] = await waiting(store)
    made = await store.outbox.compose(second, letter)
    assert made is not None
    assert version_in(made) == 5


@pytest.mark.parametrize("step", [Step.DELIVERED, Step.ACKNOWLEDGED, Step.COMPLETED])
async def test_a_change_follows_to_nobody_else(running: Running, step: Step) -> None:
    """Who has not accepted may still decline; who has ended has ended."""
    ticket = await an_incident(running)
    [item] = (await pass_on(running.store, ticket, DAMKAR)).items
    await running.store.outbox.settle(item, Settled.DELIVERED, kept_now())
    if step is not Step.DELIVERED:
        await say(running.store, item.handoff, step)
    await write(running.store, ticket, "fire")
    assert await waiting(running.store) == []


async def test_whose_it_is_in_the_centre_is_nothing_to_agencies(running: Running) -> None:
    """Nor is what changes nothing."""
    ticket, item = await told(running, Step.ACCEPTED)
    store = running.store
    await store.assign_ticket(PKY, ticket.id, AgentId("sri"), 1, "ani")
    await store.change_ticket(PKY, ticket.id, {"status": "open"}, 2, "ani")
    assert await waiting(store) == []
    assert len(await store.outbox.of_handoff(PKY, item.handoff)) == 1


async def test_who_accepts_what_has_changed_since_is_told_at_once(running: Running) -> None:
    """So that nobody sets out for the wrong place; not a second time with the next step."""
    store, ticket = running.store, await an_incident(running)
    [item] = (await pass_on(store, ticket, DAMKAR)).items
    await store.outbox.settle(item, Settled.DELIVERED, kept_now())
    await write(store, ticket, "the other side of the river")
    await store.assign_ticket(PKY, ticket.id, AgentId("sri"), 2, "ani")
    accepted = await say(store, item.handoff, Step.ACCEPTED)
    [message] = accepted.messages
    assert (message.kind, message.not_before <= kept_now()) == (UPDATE, True)
    [update] = await waiting(store)
    made = await store.outbox.compose(update, letter)
    assert made is not None
    assert version_in(made) == 3
    assert (await say(store, item.handoff, Step.EN_ROUTE)).messages == ()
    await store.outbox.settle(made, Settled.DELIVERED, kept_now())
    assert await waiting(store) == []


async def test_who_accepts_what_is_as_it_was_told_is_not_told_again(running: Running) -> None:
    """Whoever else has the ticket now, or what is still to be made."""
    store, ticket = running.store, await an_incident(running)
    ticket = await write(store, ticket, "fire")
    damkar, polisi = (await pass_on(store, ticket, DAMKAR, POLISI)).handoffs
    await store.assign_ticket(PKY, ticket.id, AgentId("sri"), 2, "ani")
    assert (await say(store, damkar.id, Step.ACCEPTED)).messages == ()
    await write(store, ticket, "large fire")
    assert (await say(store, polisi.id, Step.ACCEPTED)).messages == ()  # whoever calls tells it


async def test_an_agency_that_is_down_gets_all_of_it_in_order(running: Running) -> None:
    """The request as it was, and then one update with whatever has changed."""
    store, ticket = running.store, await an_incident(running)
    [item] = (await pass_on(store, ticket, DAMKAR)).items
    await say(store, item.handoff, Step.ACCEPTED)
    for n in range(5):
        await write(store, ticket, str(n))
    got: list[OutboxItem] = []
    while ready := await waiting(store):
        [each] = ready
        made = await store.outbox.compose(each, letter)
        assert made is not None
        assert await store.outbox.settle(made, Settled.DELIVERED, kept_now())
        got.append(made)
    assert [(each.kind, version_in(each)) for each in got] == [(REQUEST, 1), (UPDATE, 6)]


async def test_whatever_happens_at_once_the_agency_learns_the_last_of_it(running: Running) -> None:
    """A person writes, the agency accepts and the courier makes letters, all at the same time."""
    store = running.store

    async def carry() -> None:
        for each in await waiting(store):
            made = await store.outbox.compose(each, letter)
            if made is not None:
                await store.outbox.settle(made, Settled.DELIVERED, kept_now())

    for n in range(1, 9):
        ticket = await an_incident(running, n)
        [item] = (await pass_on(store, ticket, DAMKAR)).items
        await asyncio.gather(
            carry(), write(store, ticket, "fire"), say(store, item.handoff, Step.ACCEPTED), carry()
        )
        while await waiting(store):
            await carry()
        last = (await store.outbox.of_handoff(PKY, item.handoff))[-1]
        assert version_in(last) == 2
        assert last.state is MessageState.DELIVERED


async def test_a_ticket_closes_when_all_its_handoffs_have_ended(running: Running) -> None:
    """Until then nothing of the change is made, and it is told which are open."""
    store, ticket = running.store, await an_incident(running)
    damkar, medis = (await pass_on(store, ticket, DAMKAR, MEDIS)).handoffs
    await say(store, damkar.id, Step.COMPLETED)
    changes = {"status": "closed", "narrative": "out"}
    with pytest.raises(HandoffsOpen, match="medis") as refused:
        await store.change_ticket(PKY, ticket.id, changes, 1, "ani")
    assert refused.value.handoffs == (medis,)
    assert await ticket_now(store, ticket.number) == ticket
    await say(store, medis.id, Step.DECLINED, "no car")
    closed = await store.change_ticket(PKY, ticket.id, changes, 1, "ani")
    assert (closed.status, closed.narrative) == ("closed", "out")


async def test_a_ticket_is_not_closed_while_it_is_passed_on(running: Running) -> None:
    """One of the two is refused, whichever comes first."""
    store = running.store
    for n in range(1, 9):
        ticket = await an_incident(running, n)
        results = await asyncio.gather(
            handed_to(store, ticket),
            store.change_ticket(PKY, ticket.id, {"status": "closed"}, 1, "ani"),
            return_exceptions=True,
        )
        assert sum(isinstance(each, BaseException) for each in results) == 1
