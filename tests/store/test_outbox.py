"""The outbox: each line in its order, one body for a message, and nothing that is lost."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from uuid import uuid4

import pytest

from sip112.dispatch import escalation
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.errors import MessageNotDead, MessageNotFound
from sip112.dispatch.handoff import MessageKind, Step
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.outbox import Draft, Earlier, Letter, Link, MessageState, Settled
from sip112.dispatch.reasons import Reason
from sip112.people.audit import new_id
from sip112.routing.ids import CentreCode, Instant
from sip112.store.store import Store
from sip112.store.tables import kept_now
from tests.store.examples import PKY, START
from tests.store.handoffs import (
    DAMKAR,
    MEDIS,
    POLISI,
    an_incident,
    cancel,
    handed_to,
    letter,
    pass_on,
    say,
    version_in,
    waiting,
    write,
)
from tests.store.helpers import Running

OTHER = CentreCode("KTW")
REQUEST, UPDATE, CANCEL, *_ = MessageKind


async def messages(store: Store, handoff: HandoffId) -> list[tuple[MessageKind, MessageState]]:
    """Return what has become of the messages of a handoff."""
    return [(each.kind, each.state) for each in await store.outbox.of_handoff(PKY, handoff)]


async def climb(store: Store, handoff: HandoffId) -> None:
    """Have a handoff be tried by the next rung, as when its time is over."""
    at = kept_now()
    await store.handoffs.change(
        PKY, handoff, lambda seen: escalation.climb(seen, at, partial(new_id, at))
    )


async def test_a_line_is_told_in_its_order(running: Running) -> None:
    """One after the other to one agency by one way; other ways and agencies do not wait."""
    store, ticket = running.store, await an_incident(running)
    result = await pass_on(store, ticket, DAMKAR, MEDIS)
    damkar, medis = result.handoffs
    await say(store, damkar.id, Step.ACCEPTED)
    await write(store, ticket, "fire")
    first = await waiting(store)
    assert {(each.agency, each.kind) for each in first} == {("damkar", REQUEST), ("medis", REQUEST)}
    request = next(each for each in first if each.handoff == damkar.id)
    assert await store.outbox.retry(request, Instant(time.time() + 3600), Reason("HTTP 500"))
    assert [each.handoff for each in await waiting(store)] == [medis.id]
    again = (await store.outbox.of_handoff(PKY, damkar.id))[0]
    assert (again.tries, again.last_error, again.body) == (1, "HTTP 500", request.body)
    assert again.last_reason == Reason("HTTP 500")
    assert await store.outbox.settle(again, Settled.DELIVERED, kept_now())
    assert {each.kind for each in await waiting(store) if each.handoff == damkar.id} == {UPDATE}
    assert [each.kind for each in await waiting(store, (medis.agency, ChannelKind.CAP))] == [UPDATE]
    assert len(await waiting(store, (medis.agency, ChannelKind.SMS))) == 2
    assert len(await store.outbox.ready(PKY, Instant(time.time() + 60), 1, ())) == 1
    assert await store.outbox.ready(OTHER, Instant(time.time() + 60), 9, ()) == []


async def test_the_oldest_goes_first_and_none_before_its_time(running: Running) -> None:
    """An update waits for more changes; what was put off waits until then."""
    store, ticket = running.store, await an_incident(running)
    damkar, medis = (await pass_on(store, ticket, DAMKAR, MEDIS)).items
    assert await store.outbox.ready(PKY, Instant(START - 1), 9, ()) == []
    assert await store.outbox.retry(damkar, Instant(START + 10), Reason(""))
    assert await store.outbox.retry(medis, Instant(START + 5), Reason(""))
    found = await store.outbox.ready(PKY, Instant(START + 7), 9, ())
    assert [each.id for each in found] == [medis.id]
    found = await store.outbox.ready(PKY, Instant(START + 10), 9, ())
    assert [each.id for each in found] == [medis.id, damkar.id]


async def test_what_is_sent_is_made_once(running: Running) -> None:
    """Of two who make it at once both send the same; its links are those that are in it."""
    store, ticket = running.store, await an_incident(running)
    handoff = await handed_to(store, ticket)
    await climb(store, handoff.id)
    [item] = await waiting(store, (handoff.agency, ChannelKind.WEBHOOK))
    assert (item.kind, item.rung.contact, item.body) == (REQUEST, "Post", None)
    await write(store, ticket, "fire")

    def with_link(draft: Draft) -> Letter:
        made = letter(draft)
        secret = uuid4().hex
        link = Link(secret, Instant(START + 60), draft.item.rung.contact)
        return Letter(made.body + secret.encode(), made.content_type, (link,))

    results = await asyncio.gather(*(store.outbox.compose(item, with_link) for _ in range(4)))
    [made] = {each.body for each in results if each is not None}
    assert made is not None
    assert all(each is not None for each in results)
    assert b"fire" in made
    target = await store.handoffs.link(made[-32:].decode())
    assert target is not None
    assert (target.handoff, target.contact) == (handoff.id, "Post")
    assert [each.body for each in await waiting(store, (handoff.agency, ChannelKind.WEBHOOK))] == [
        made
    ]
    gone = item.evolve(id=MessageId(uuid4()))
    assert await store.outbox.compose(gone, with_link) is None


async def test_a_letter_that_cannot_be_made_leaves_the_message(running: Running) -> None:
    """A fault of ours in a document is told, and the message is made another time."""
    store, ticket = running.store, await an_incident(running)
    handoff = await handed_to(store, ticket)
    await climb(store, handoff.id)
    [item] = await waiting(store, (handoff.agency, ChannelKind.WEBHOOK))

    def fails(_: Draft) -> Letter:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await store.outbox.compose(item, fails)
    made = await store.outbox.compose(item, letter)
    assert made is not None
    assert made.body is not None


async def test_a_letter_knows_what_was_told_before_by_its_rung(running: Running) -> None:
    """And when that was made, as the documents refer to it; not of other rungs."""
    store, ticket = running.store, await an_incident(running)
    [request] = (await pass_on(store, ticket, DAMKAR)).items
    await store.outbox.settle(request, Settled.DELIVERED, kept_now())
    await climb(store, request.handoff)
    for each in await waiting(store):
        await store.outbox.compose(each, letter)
    await say(store, request.handoff, Step.ACCEPTED)
    drafts: list[Draft] = []

    def kept(draft: Draft) -> Letter:
        drafts.append(draft)
        return letter(draft)

    before = kept_now()
    for narrative in ("fire", "large fire"):
        await write(store, ticket, narrative)
        [update] = [each for each in await waiting(store) if each.kind is UPDATE]
        assert update.rung == request.rung
        await store.outbox.compose(update, kept)
        await store.outbox.settle(update, Settled.DELIVERED, kept_now())
    assert [draft.earlier for draft in drafts] == [
        (Earlier(request.id, REQUEST, request.since),),
        (
            Earlier(request.id, REQUEST, request.since),
            Earlier(drafts[0].item.id, UPDATE, drafts[1].earlier[1].made_at),
        ),
    ]
    assert before - 1 < drafts[0].at < kept_now() + 1
    assert drafts[1].earlier[1].made_at == drafts[0].at


async def test_of_two_couriers_none_takes_back_what_the_other_knows(running: Running) -> None:
    """What is delivered stays so; who has read an older state writes nothing."""
    store, ticket = running.store, await an_incident(running)
    [item] = (await pass_on(store, ticket, DAMKAR)).items
    outbox = store.outbox
    assert await outbox.retry(item, START, Reason("time-out"))
    assert not await outbox.retry(item, Instant(START + 60), Reason("time-out"))
    assert not await outbox.settle(item, Settled.DEAD, kept_now(), Reason("time-out"))
    assert await outbox.settle(item, Settled.DELIVERED, START)
    [delivered] = await outbox.of_handoff(PKY, item.handoff)
    assert (delivered.state, delivered.done_at) == (MessageState.DELIVERED, START)
    for late in (item, delivered):
        assert not await outbox.settle(late, Settled.DELIVERED, kept_now())
        assert not await outbox.settle(late, Settled.DEAD, kept_now(), Reason("x"))
        assert not await outbox.retry(late, kept_now(), Reason("x"))
        assert await outbox.compose(late, letter) is None
    assert await outbox.of_handoff(PKY, item.handoff) == [delivered]
    nowhere = item.evolve(handoff=HandoffId(uuid4()))
    assert not await outbox.settle(nowhere, Settled.DELIVERED, kept_now())


async def test_what_is_given_up_is_sent_again_by_a_person(running: Running) -> None:
    """As it was, with its key; who gave it up before does not give it up again."""
    store, ticket = running.store, await an_incident(running)
    damkar, medis = (await pass_on(store, ticket, DAMKAR, MEDIS)).items
    outbox = store.outbox
    for n, item in enumerate((damkar, medis)):
        assert await outbox.settle(item, Settled.DEAD, Instant(START + n), Reason("HTTP 4\x0010"))
    dead = await outbox.dead(PKY)
    assert [each.id for each in dead] == [medis.id, damkar.id]
    assert {(each.state, each.last_error) for each in dead} == {
        (MessageState.DEAD, "HTTP 4\ufffd10")
    }
    assert [each.tries for each in dead] == [1, 1]
    assert dead[0].done_at is not None
    assert await outbox.dead(PKY, limit=1) == dead[:1]
    assert await outbox.dead(PKY, after=(dead[0].done_at, dead[0].id)) == dead[1:]
    assert await outbox.dead(OTHER) == []
    assert await waiting(store) == []
    results = await asyncio.gather(
        *(outbox.resend(PKY, damkar.id, Instant(START + 9)) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, MessageNotDead) for each in results) == 2
    [again] = await waiting(store)
    assert again in results
    assert (again.id, again.body, again.since, again.tries) == (
        damkar.id,
        damkar.body,
        START + 9,
        0,
    )
    assert not await outbox.settle(damkar, Settled.DEAD, kept_now(), Reason("HTTP 410"))
    assert [each.id for each in await outbox.dead(PKY)] == [medis.id]
    for centre, message in ((PKY, MessageId(uuid4())), (OTHER, medis.id)):
        with pytest.raises(MessageNotFound):
            await outbox.resend(centre, message, kept_now())
    with pytest.raises(MessageNotDead):
        await outbox.resend(PKY, damkar.id, kept_now())


async def test_a_request_that_was_given_up_holds_up_its_line(running: Running) -> None:
    """Who knows nothing of an incident is not told of its changes."""
    store, ticket = running.store, await an_incident(running)
    [request] = (await pass_on(store, ticket, DAMKAR)).items
    await store.outbox.settle(request, Settled.DEAD, kept_now(), Reason("HTTP 400"))
    await say(store, request.handoff, Step.ACCEPTED)
    await write(store, ticket, "fire")
    assert await waiting(store) == []
    await store.outbox.resend(PKY, request.id, kept_now())
    assert [each.id for each in await waiting(store)] == [request.id]
    await store.outbox.settle((await waiting(store))[0], Settled.DELIVERED, kept_now())
    assert [each.kind for each in await waiting(store)] == [UPDATE]


async def test_an_update_that_was_given_up_is_overtaken(running: Running) -> None:
    """The next one says all of it: nobody must see to the older one any more."""
    store, ticket = running.store, await an_incident(running)
    [request] = (await pass_on(store, ticket, DAMKAR)).items
    await store.outbox.settle(request, Settled.DELIVERED, kept_now())
    await say(store, request.handoff, Step.ACCEPTED)
    await write(store, ticket, "fire")
    update = await store.outbox.compose((await waiting(store))[0], letter)
    assert update is not None
    await store.outbox.settle(update, Settled.DEAD, kept_now(), Reason("HTTP 400"))
    await write(store, ticket, "large fire")
    [item] = await waiting(store)
    second = await store.outbox.compose(item, letter)
    assert second is not None
    assert version_in(second) == 3
    assert [each.id for each in await store.outbox.dead(PKY)] == [update.id]
    await store.outbox.settle(second, Settled.DELIVERED, kept_now())
    assert await messages(store, request.handoff) == [
        (REQUEST, MessageState.DELIVERED),
        (UPDATE, MessageState.WITHDRAWN),
        (UPDATE, MessageState.DELIVERED),
    ]
    with pytest.raises(MessageNotDead):
        await store.outbox.resend(PKY, update.id, kept_now())


async def test_a_cancellation_goes_to_whoever_may_have_the_request(running: Running) -> None:
    """In order behind what is still tried, past what was given up; to nobody else."""
    store, ticket = running.store, await an_incident(running)
    handoff = await handed_to(store, ticket)
    await climb(store, handoff.id)
    change = await cancel(store, handoff.id)
    assert [(each.kind, each.rung.channel) for each in change.messages] == [
        (CANCEL, ChannelKind.WEBHOOK)
    ]
    assert await messages(store, handoff.id) == [
        (REQUEST, MessageState.WAITING),
        (REQUEST, MessageState.WITHDRAWN),
        (CANCEL, MessageState.WAITING),
    ]
    [request] = await waiting(store)
    assert request.kind is REQUEST
    await store.outbox.settle(request, Settled.DEAD, kept_now(), Reason("given up after 24 hours"))
    assert await store.outbox.dead(PKY) == []
    [item] = await waiting(store)
    assert item.kind is CANCEL
    made = await store.outbox.compose(item, letter)
    assert made is not None
    assert made.body is not None
    assert b"cancelled" in made.body
    assert str(request.id).encode() in made.body
    await store.outbox.settle(made, Settled.DEAD, kept_now(), Reason("HTTP 500"))
    [dead] = await store.outbox.dead(PKY)
    assert dead.id == item.id
    await store.outbox.resend(PKY, item.id, kept_now())
    assert [each.id for each in await waiting(store)] == [item.id]


async def test_what_an_ended_handoff_was_to_be_told_is_withdrawn(running: Running) -> None:
    """Also what was given up: nobody must see to it any more. What may be on its way stays."""
    store, ticket = running.store, await an_incident(running)
    damkar, medis = (await pass_on(store, ticket, DAMKAR, MEDIS)).items
    await store.outbox.settle(medis, Settled.DEAD, kept_now(), Reason("HTTP 404"))
    await climb(store, damkar.handoff)
    for item in (damkar, medis):
        await say(store, item.handoff, Step.DECLINED, "no car")
    assert await messages(store, damkar.handoff) == [
        (REQUEST, MessageState.WAITING),
        (REQUEST, MessageState.WITHDRAWN),
    ]
    assert await messages(store, medis.handoff) == [(REQUEST, MessageState.WITHDRAWN)]
    assert await store.outbox.dead(PKY) == []
    withdrawn = (await store.outbox.of_handoff(PKY, damkar.handoff))[1]
    assert withdrawn.done_at is not None
    assert await store.outbox.compose(withdrawn, letter) is None
    with pytest.raises(MessageNotDead):
        await store.outbox.resend(PKY, medis.id, kept_now())


async def test_where_a_person_calls_there_is_nothing_in_the_outbox(running: Running) -> None:
    """Until the next rung is one that needs nobody; a cancellation follows only by that."""
    store, ticket = running.store, await an_incident(running)
    handoff = await handed_to(store, ticket, POLISI)
    assert await messages(store, handoff.id) == []
    await climb(store, handoff.id)
    [item] = await waiting(store)
    assert item.agency == AgencyCode("polisi")
    await store.outbox.compose(item, letter)
    await cancel(store, handoff.id)
    assert await messages(store, handoff.id) == [
        (REQUEST, MessageState.WAITING),
        (CANCEL, MessageState.WAITING),
    ]
