"""What another centre asks for and tells: taken once, and never over what was written here."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from sip112.dispatch.agency import AgencyKind
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import AlreadyHandedOff, HandoffNotFound, HandoffsOpen, KeyReused
from sip112.dispatch.handoff import Change, Handoff, MessageKind, Purpose, Step
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.dispatch.once import Once
from sip112.dispatch.outbox import MessageState, Settled
from sip112.dispatch.reasons import Code, Reason, because
from sip112.dispatch.received import answered, received, taken_back
from sip112.dispatch.timeline import About, Moment
from sip112.people.audit import new_id
from sip112.routing.effects import EntryKind
from sip112.routing.errors import TicketNotFound
from sip112.routing.ids import Instant, TicketId
from sip112.routing.ticket import Ticket, TicketRecord, ticket_number
from sip112.store import neighbours
from sip112.store.neighbours import Taken, Told
from sip112.store.rows import cleaned
from sip112.store.store import Store
from sip112.store.tables import kept_now
from tests.store.examples import DAY, PKY, START, record
from tests.store.handoffs import (
    DAMKAR,
    WEBHOOK,
    an_agency,
    an_incident,
    letter,
    pass_on,
    say,
    ticket_now,
    waiting,
)
from tests.store.helpers import Running

KTM = replace(an_agency("ktm", WEBHOOK), kind=AgencyKind.CENTRE)
THEIRS = "ktm.112.example"
ID = HandoffId(UUID(int=77))
FIELDS = {"address": "Km 30", "latitude": -2.05, "longitude": 113.8, "narrative": "smoke"}


def moment(name: str, at: float = START, **fields: Any) -> Moment:
    """Return what happened there."""
    reason = because(Code.ANSWERS, status=503, said="sibuk\x00")
    given = {"who": "dewi", "detail": {"note": "x"}, "reason": reason, **fields}
    return Moment(Instant(at), About.CALL, "answered", id=name, centre=THEIRS, **given)


def told(*moments: Moment, **fields: Any) -> Told:
    """Return what the other centre tells."""
    return Told(KTM.code, fields, moments)


async def opened(running: Running) -> TicketRecord:
    """Open a ticket for an incident of another centre, as the core does."""
    this, number = TicketId(uuid4()), ticket_number(PKY, DAY, 9)
    ticket = Ticket(this, number, PKY, None, START, THEIRS)
    await running.write(record(EntryKind.TICKET_OPENED, ticket=ticket))
    return await ticket_now(running.store, str(this))


async def take(
    store: Store, ticket: TicketId, what: Told, once: Once | None = None, handoff: HandoffId = ID
) -> Taken:
    """Take the incident."""

    def decide(dossier: Dossier) -> Change:
        return received(handoff, PKY, dossier.ticket.id, KTM, kept_now(), "high")

    return await store.neighbours.receive(PKY, ticket, what, decide, once)


async def hear(store: Store, what: Told, once: Once | None = None) -> Taken:
    """Take what is told of it afterwards."""
    return await store.neighbours.take(PKY, ID, what, lambda _: None, once)


async def answer(store: Store, step: Step) -> Change:
    """Come to a step here."""
    at = kept_now()
    return await store.handoffs.change(
        PKY, ID, lambda seen: answered(seen, at, step, "ani", "why", partial(new_id, at))
    )


async def test_an_incident_is_taken_whole(running: Running) -> None:
    """With what it says, what happened there, and where it began."""
    store, ticket = running.store, await opened(running)
    taken = await take(store, ticket.id, told(moment("b", START + 1), moment("a"), **FIELDS))
    assert (taken.change.handoff.purpose, taken.change.handoff.id) == (Purpose.RECEIVED, ID)
    now = await ticket_now(store, ticket.number)
    assert (now.domain, now.version) == (THEIRS, 2)
    assert {name: getattr(now, name) for name in FIELDS} == FIELDS
    assert taken.ticket is not None
    assert (taken.ticket.version, taken.ticket.address) == (2, "Km 30")
    assert await store.handoffs.of_ticket(PKY, ticket.id) == [taken.change.handoff]
    kept = await store.neighbours.moments(PKY, ticket.id)
    assert kept == tuple(
        replace(each, neighbour="ktm", reason=cleaned(each.reason))
        for each in (moment("a"), moment("b", START + 1))
    )
    dossier = await store.handoffs.dossier(PKY, ticket.id)
    assert dossier is not None
    assert {each.by for each in dossier.changes} == {"agency:ktm"}
    assert await waiting(store) == []


async def test_it_is_taken_once(running: Running) -> None:
    """By its identifier, and by the key of the message; what is new in it is taken all the same."""
    store, ticket = running.store, await opened(running)
    once = Once("agency:ktm", "m1", "d1")
    first, second = await asyncio.gather(
        *(take(store, ticket.id, told(moment("a"), **FIELDS), once) for _ in range(2))
    )
    assert {bool(first.change.events), bool(second.change.events)} == {True, False}
    assert first.change.handoff == second.change.handoff
    again = await take(store, ticket.id, told(moment("a"), moment("b"), persons="2"))
    assert again.change == Change(first.change.handoff)
    assert (await ticket_now(store, ticket.number)).persons == "2"
    assert [each.id for each in await store.neighbours.moments(PKY, ticket.id)] == ["a", "b"]
    with pytest.raises(KeyReused):
        await take(store, ticket.id, told(), Once("agency:ktm", "m1", "other"))


async def test_what_was_written_here_stays(running: Running) -> None:
    """Also what was removed; and a place is one thing."""
    store, ticket = running.store, await opened(running)
    await take(store, ticket.id, told(**FIELDS))
    await store.change_ticket(PKY, ticket.id, {"narrative": "fire", "address": None}, 2, "ani")
    await store.change_ticket(PKY, ticket.id, {"latitude": -2.1}, 3, "ani")
    new = FIELDS | {"longitude": 114.0, "narrative": "out", "persons": "2"}
    await hear(store, told(**new))
    now = await ticket_now(store, ticket.number)
    assert (now.narrative, now.address, now.persons) == ("fire", None, "2")
    assert (now.latitude, now.longitude) == (-2.1, 113.8)
    assert now.version == 5


async def test_half_a_place_is_none(running: Running) -> None:
    """It would be another one together with the half that there is."""
    store, ticket = running.store, await opened(running)
    await take(store, ticket.id, told(latitude=-2.0))
    assert (await ticket_now(store, ticket.number)).latitude is None


async def test_a_closed_ticket_is_open_again(running: Running) -> None:
    """When the incident is passed on anew, and not when more is told of it."""
    store, ticket = running.store, await opened(running)
    await take(store, ticket.id, told())
    await store.change_ticket(PKY, ticket.id, {"status": "closed"}, 1, "ani")
    await hear(store, told(persons="2"))
    assert (await ticket_now(store, ticket.number)).status == "closed"
    await take(store, ticket.id, told(), handoff=HandoffId(UUID(int=78)))
    assert (await ticket_now(store, ticket.number)).status == "open"


async def test_one_centre_has_one_handoff_of_an_incident(running: Running) -> None:
    """Whoever asked first is to be answered."""
    store, ticket = running.store, await an_incident(running)
    await pass_on(store, ticket, KTM)
    with pytest.raises(AlreadyHandedOff):
        await take(store, ticket.id, told(moment("a"), **FIELDS))
    assert (await ticket_now(store, ticket.number)).version == ticket.version
    assert await store.neighbours.moments(PKY, ticket.id) == ()


async def test_the_identifier_of_another_handoff_is_refused(running: Running) -> None:
    """Of an agency of this centre, or of another incident."""
    store, ticket = running.store, await an_incident(running)
    mine = (await pass_on(store, ticket, DAMKAR)).handoffs[0]
    with pytest.raises(HandoffNotFound):
        await take(store, ticket.id, told(), handoff=mine.id)
    with pytest.raises(HandoffNotFound):
        await store.neighbours.take(PKY, mine.id, told(), lambda _: None)
    with pytest.raises(HandoffNotFound):
        await hear(store, told())
    with pytest.raises(TicketNotFound):
        await take(store, TicketId(uuid4()), told())


async def test_each_step_is_told_in_order_to_the_end(running: Running) -> None:
    """None is withdrawn when it ends, and one that is given up then is still a person's to see."""
    store, ticket = running.store, await opened(running)
    await take(store, ticket.id, told())
    for step in (Step.ACKNOWLEDGED, Step.ACCEPTED, Step.DECLINED):
        await answer(store, step)
    kinds = []
    while items := await waiting(store):
        [item] = items
        made = await store.outbox.compose(item, letter)
        assert made is not None
        kinds.append(item.kind)
        last = len(kinds) == 3
        how = Settled.DEAD if last else Settled.DELIVERED
        assert await store.outbox.settle(made, how, kept_now(), Reason("gone"))
    assert kinds == [MessageKind.ANSWER] * 3
    [dead] = await store.outbox.dead(PKY)
    assert dead.state is MessageState.DEAD


async def test_a_change_here_goes_back_and_one_from_there_does_not(running: Running) -> None:
    """An echo would never end; an answer that waits does not stand for the change."""
    store, ticket = running.store, await opened(running)
    await take(store, ticket.id, told())
    await answer(store, Step.ACCEPTED)
    await hear(store, told(persons="2"))
    [item] = await waiting(store)
    assert item.kind is MessageKind.ANSWER
    await store.change_ticket(PKY, ticket.id, {"address": "Km 31"}, 2, "ani")
    assert await store.outbox.compose(item, letter) is not None
    await store.outbox.settle(item, Settled.DELIVERED, kept_now())
    [item] = await waiting(store)
    assert item.kind is MessageKind.UPDATE


async def test_closing_the_ticket_completes_it(running: Running) -> None:
    """And is told; but an agency that was asked from here must have ended first."""
    store, ticket = running.store, await opened(running)
    await take(store, ticket.id, told())
    mine = (await pass_on(store, ticket, DAMKAR)).handoffs[0]
    with pytest.raises(HandoffsOpen) as error:
        await store.change_ticket(PKY, ticket.id, {"status": "closed"}, 1, "ani")
    assert [each.agency for each in error.value.handoffs] == ["damkar"]
    await say(store, mine.id, Step.COMPLETED)
    await store.change_ticket(PKY, ticket.id, {"status": "closed"}, 1, "ani")
    found = await store.handoffs.one(PKY, ID)
    assert found is not None
    assert found.step is Step.COMPLETED
    events = (await store.handoffs.histories(PKY, [found]))[ID]
    assert events[-1].by == "ani"
    kinds = [each.kind for each in await waiting(store) if each.handoff == ID]
    assert kinds == [MessageKind.ANSWER]


async def test_what_is_taken_back_has_ended(running: Running) -> None:
    """The message counts once."""
    store, ticket = running.store, await opened(running)
    await take(store, ticket.id, told())

    def decide(before: Handoff) -> Change:
        return taken_back(before, kept_now(), "prank")

    once = Once("agency:ktm", "m2", "d")
    taken = await store.neighbours.take(PKY, ID, told(), decide, once)
    assert taken.change.handoff.step is Step.CANCELLED
    again = await store.neighbours.take(PKY, ID, told(persons="2"), decide, once)
    assert again == Taken(Change(taken.change.handoff))


async def test_not_more_is_kept_than_has_room(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a centre tells."""
    monkeypatch.setattr(neighbours, "MOST", 3)
    store, ticket = running.store, await opened(running)
    await take(store, ticket.id, told(*(moment(f"a{n}") for n in range(2))))
    await hear(store, told(*(moment(f"a{n}") for n in range(5))))
    found = await store.neighbours.moments(PKY, ticket.id)
    assert [each.id for each in found] == ["a0", "a1", "a2"]


async def test_how_many_came_from_a_neighbour(running: Running) -> None:
    """Since when, and of no other kind."""
    store, ticket = running.store, await opened(running)
    before = kept_now()
    taken = await take(store, ticket.id, told())
    at = taken.change.handoff.requested_at
    assert await store.neighbours.received(PKY, KTM.code, before) == [at]
    assert await store.neighbours.received(PKY, KTM.code, Instant(at + 1)) == []
    assert await store.neighbours.received(PKY, AgencyCode("bks"), before) == []


async def test_words_that_no_database_keeps_are_kept_as_far_as_can_be(running: Running) -> None:
    """Rather than none of it."""
    store, ticket = running.store, await opened(running)
    await take(store, ticket.id, told(moment("a", who="x\x00y"), narrative="\ud800smoke"))
    assert (await ticket_now(store, ticket.number)).narrative == "\N{REPLACEMENT CHARACTER}smoke"
    [kept] = await store.neighbours.moments(PKY, ticket.id)
    assert kept.who == "x\N{REPLACEMENT CHARACTER}y"
