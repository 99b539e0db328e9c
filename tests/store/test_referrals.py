"""Referrals are written with what the ticket says of them, and counted apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import pytest

from sip112.dispatch import requests, said
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import AlreadyHandedOff, HandoffsOpen, KeyReused, TicketClosed
from sip112.dispatch.handoff import Change, Purpose, Step
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.once import Once
from sip112.dispatch.outbox import MessageState, Settled
from sip112.dispatch.referrals import How, refer, told
from sip112.people.audit import new_id
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, Instant
from sip112.routing.ticket import TicketRecord
from sip112.store.handoffs import Requested
from sip112.store.store import Store
from sip112.store.tables import kept_now
from tests.store.examples import PKY, START, arrived
from tests.store.handoffs import an_incident, handed_to, letter, say, ticket_now, waiting
from tests.store.helpers import Running

PLN: Final = Agency(
    AgencyCode("pln"),
    AgencyKind.SERVICE,
    {"id": "PLN", "en": "PLN"},
    channels=(Channel(ChannelKind.VOICE, "123"),),
)
CALLER: Final = "08125550001"


def decision(how: How, at: Instant = START) -> Callable[[Dossier], Change]:
    """Return what refers a caller to the electricity company."""
    return lambda dossier: refer(dossier.ticket, PLN, at, "ani", how, CALLER, partial(new_id, at))


async def referred(
    store: Store,
    ticket: TicketRecord,
    how: How = How.SMS,
    once: Once | None = None,
    at: Instant = START,
) -> Requested:
    """Refer the caller of an incident."""
    return await store.handoffs.refer(PKY, ticket.id, once, decision(how, at), letter)


async def test_what_the_caller_is_told_is_told_with_what_the_ticket_says(running: Running) -> None:
    """The message leaves when all of it is stored."""
    store, ticket = running.store, await an_incident(running)
    told: list[Requested] = []

    async def stored(made: Requested) -> None:
        told.append(made)
        assert (await ticket_now(store, ticket.number)).disposition == "referred"

    made = await store.handoffs.refer(PKY, ticket.id, None, decision(How.SMS), letter, stored)
    assert told == [made]
    assert made.items


async def test_the_ticket_says_that_its_caller_was_referred(running: Running) -> None:
    """In the same transaction, by whoever did it; and what is sent is ready."""
    store, ticket = running.store, await an_incident(running)
    made = await referred(store, ticket)
    (referral,) = made.handoffs
    assert made.written
    assert made.ticket == await ticket_now(store, ticket.number)
    assert (made.ticket.disposition, made.ticket.version) == ("referred", ticket.version + 1)
    dossier = await store.handoffs.dossier(PKY, ticket.id)
    assert dossier is not None
    (change,) = dossier.changes
    assert (change.by, change.field, change.old, change.new) == (
        "ani",
        "disposition",
        None,
        "referred",
    )
    assert dossier.handoffs == (referral,)
    assert referral.purpose is Purpose.REFERRAL
    (item,) = made.items
    assert item.body is not None
    assert item.rung.address == CALLER
    assert [each.id for each in await waiting(store)] == [item.id]


async def test_what_somebody_wrote_already_stays(running: Running) -> None:
    """Nobody's word is overwritten unseen."""
    store, ticket = running.store, await an_incident(running)
    await store.change_ticket(PKY, ticket.id, {"disposition": "prank"}, ticket.version, "budi")
    made = await referred(store, ticket, How.SPOKEN)
    assert (made.ticket.disposition, made.written) == ("prank", False)
    assert made.handoffs[0].ended
    assert made.items == ()


async def test_under_one_key_it_is_done_once(running: Running) -> None:
    """Whoever asks again gets the same, also when the ticket has been written on since."""
    store, ticket = running.store, await an_incident(running)
    once = Once("ani", "k1", "of this")
    first = await referred(store, ticket, once=once)
    await store.change_ticket(PKY, ticket.id, {"disposition": None}, first.ticket.version, "budi")
    again = await referred(store, ticket, once=once)
    assert again.handoffs == first.handoffs
    assert (again.ticket.disposition, again.written, again.items) == (None, False, ())
    with pytest.raises(KeyReused):
        await referred(store, ticket, once=Once("ani", "k1", "of that"))


async def test_all_is_written_or_nothing(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ticket that cannot be changed has no referral either."""
    store, ticket = running.store, await an_incident(running)

    async def fails(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr("sip112.store.tickets.change", fails)
    with pytest.raises(StoreUnavailable):
        await referred(store, ticket)
    assert await store.handoffs.of_ticket(PKY, ticket.id) == []


async def test_what_cannot_be_referred(running: Running) -> None:
    """Nor twice at once by SMS; spoken as often as one likes."""
    store, ticket = running.store, await an_incident(running)
    await referred(store, ticket)
    with pytest.raises(AlreadyHandedOff):
        await referred(store, ticket)
    other = await an_incident(running, 2)
    for _ in range(2):
        await referred(store, other, How.SPOKEN)
    now = await ticket_now(store, other.number)
    await store.change_ticket(PKY, other.id, {"status": "closed"}, now.version, "ani")
    with pytest.raises(TicketClosed):
        await referred(store, other, How.SPOKEN)


async def test_no_ticket_waits_for_a_text_message(running: Running) -> None:
    """It goes on by itself; a handoff beside it is waited for."""
    store, ticket = running.store, await an_incident(running)
    made = await referred(store, ticket)
    handoff = await handed_to(store, ticket)
    with pytest.raises(HandoffsOpen) as error:
        await store.change_ticket(PKY, ticket.id, {"status": "closed"}, made.ticket.version, "ani")
    assert error.value.handoffs == (handoff,)
    await say(store, handoff.id, Step.DECLINED, "no car")
    closed = await store.change_ticket(
        PKY, ticket.id, {"status": "closed"}, made.ticket.version, "ani"
    )
    assert closed.status == "closed"
    assert made.items[0].id in {each.id for each in await waiting(store)}


async def test_what_was_told_by_voice_after_all_is_not_sent(running: Running) -> None:
    """Or was taken back: no cancellation follows to a caller."""
    store = running.store
    for n, way in enumerate(("said", "cancelled"), 1):
        made = await referred(store, await an_incident(running, n))
        (referral,) = made.handoffs
        at = kept_now()
        change = await store.handoffs.change(
            PKY,
            referral.id,
            lambda seen, at=at, way=way: (  # type: ignore[misc]
                said.said(seen, at, Step.COMPLETED, "ani", "")
                if way == "said"
                else requests.cancelled(seen, at, "ani", "by mistake", partial(new_id, at))
            ),
        )
        assert change.handoff.ended
        (item,) = await store.outbox.of_handoff(PKY, referral.id)
        assert item.state is MessageState.WITHDRAWN
        assert await store.outbox.settle(item, Settled.DELIVERED, kept_now()) is False


async def test_what_has_left_is_delivered(running: Running) -> None:
    """The handoff is told first, and that must not withdraw what is just being written."""
    store = running.store
    made = await referred(store, await an_incident(running))
    (item,), (referral,) = made.items, made.handoffs
    await store.handoffs.change(PKY, referral.id, lambda seen: told(seen, kept_now(), item.rung))
    assert await store.outbox.settle(item, Settled.DELIVERED, kept_now())
    (after,) = await store.outbox.of_handoff(PKY, referral.id)
    assert after.state is MessageState.DELIVERED


async def test_incidents_are_counted_apart_whose_caller_was_referred(running: Running) -> None:
    """Each once, on the day of the referral; not what was taken back, nor a handoff."""
    store = running.store
    day, other = Instant(START - 3600), CentreCode("KTW")

    async def count(since: Instant = day, centre: CentreCode = PKY) -> int:
        found = await store.summary(centre, since, Instant(since + 86400), ())
        return found.referred

    assert await count() == 0
    twice, once, taken_back, passed_on = [await an_incident(running, n) for n in range(1, 5)]
    for at in (START, Instant(START + 1)):
        await referred(store, twice, How.SPOKEN, at=at)
    await referred(store, once, at=Instant(day + 86399))
    (referral,) = (await referred(store, taken_back)).handoffs
    await store.handoffs.change(
        PKY,
        referral.id,
        lambda seen: requests.cancelled(seen, kept_now(), "ani", "no", partial(new_id, START)),
    )
    await handed_to(store, passed_on)
    assert await count() == 2
    assert await count(Instant(day + 86399)) == 1
    assert await count(Instant(day + 86400)) == 0
    assert await count(centre=other) == 0
    assert arrived(1).centre == PKY
