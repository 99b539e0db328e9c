"""Handoffs: begun once, changed by one after the other, and told to agencies with the change."""

from __future__ import annotations

import asyncio
import time
from dataclasses import fields
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from sip112.dispatch import escalation, relay, said
from sip112.dispatch.agency import ChannelKind, Rung
from sip112.dispatch.dossier import Dossier, TicketChange
from sip112.dispatch.errors import AlreadyHandedOff, HandoffNotFound, KeyReused, TicketClosed
from sip112.dispatch.handoff import (
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    IllegalStep,
    Message,
    MessageKind,
    Purpose,
    Step,
)
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.limits import Limits
from sip112.dispatch.once import Once
from sip112.dispatch.outbox import Draft, Letter, Link, LinkTarget, OutboxItem
from sip112.dispatch.reasons import Code, because
from sip112.people.audit import new_id
from sip112.routing.errors import StoreUnavailable, TicketNotFound
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.store import once as once_module
from sip112.store.handoffs import LINKS_KEPT_S, Requested
from sip112.store.store import Store
from tests.store.examples import PKY, START, arrived, life, opening
from tests.store.handoffs import (
    DAMKAR,
    MEDIS,
    POLISI,
    VOICE,
    an_agency,
    an_incident,
    begin,
    handed_to,
    letter,
    pass_on,
    say,
    ticket_now,
)
from tests.store.helpers import Running, fetch

OTHER = CentreCode("KTW")
NOWHERE = HandoffId(uuid4())


async def test_every_field_of_a_handoff_its_events_and_messages_is_kept(running: Running) -> None:
    """No field comes back as its default: a new field needs a column."""
    store, ticket = running.store, await an_incident(running)
    rung = Rung(ChannelKind.SMS, "0812555009", "Chief")
    handoff = Handoff(
        id=HandoffId(uuid4()),
        centre=PKY,
        ticket=ticket.id,
        agency=AgencyCode("damkar"),
        severity="high",
        ladder=(Rung(ChannelKind.WEBHOOK, "https://damkar.test"), rung),
        requested_at=Instant(START + 0.000001),
        requested_by="ani",
        limits=Limits(1.5, 2, 3, 4),
        step=Step.SENT,
        since=Instant(START + 1),
        rung=1,
        tried_at=Instant(START + 2),
        due_at=Instant(START + 3),
        alarmed_at=Instant(START + 4),
        reason="why",
        version=7,
        purpose=Purpose.REFERRAL,
    )
    event = HandoffEvent(
        Instant(START + 5),
        EventKind.FAILED,
        Step.DELIVERED,
        "sip112",
        "sms",
        "it answers 404",
        because(Code.ANSWERS, status=404),
    )
    message = Message(MessageId(uuid4()), handoff.id, MessageKind.UPDATE, rung, Instant(START + 6))
    some: list[Any] = [handoff, event, message, rung]
    for one in some:
        for each in fields(one):
            assert getattr(one, each.name) != each.default, f"give {each.name} another value"
    change = Change(handoff, (event,), (message,))
    link = Link("ab" * 32, Instant(START + 7), "Chief")
    made = Letter(b"\x00\xff", "text/plain", (link,))
    before = time.time()
    result = await store.handoffs.request(PKY, ticket.id, None, lambda _: [change], lambda _: made)
    assert result.handoffs == (handoff,)
    assert await store.handoffs.one(PKY, handoff.id) == handoff
    assert await store.handoffs.of_ticket(PKY, ticket.id) == [handoff]
    assert await store.handoffs.histories(PKY, [handoff]) == {handoff.id: (event,)}
    [item] = await store.outbox.of_handoff(PKY, handoff.id)
    assert before - 1 < item.created_at < time.time() + 1
    assert item == OutboxItem(
        message.id,
        PKY,
        handoff.id,
        ticket.id,
        handoff.agency,
        MessageKind.UPDATE,
        rung,
        made.body,
        made.content_type,
        message.not_before,
        next_try_at=message.not_before,
        created_at=item.created_at,
        since=item.created_at,
    )
    assert result.items == (item,)
    target = LinkTarget(PKY, handoff.id, "Chief", link.expires_at)
    assert await store.handoffs.link(link.digest) == target
    assert await store.handoffs.link("ab\x00") is None
    expired = link.expires_at + LINKS_KEPT_S
    assert await store.handoffs.forget_links(PKY, Instant(expired)) == 0
    assert await store.handoffs.forget_links(OTHER, Instant(expired + 1)) == 0
    assert await store.handoffs.forget_links(PKY, Instant(expired + 1)) == 1
    assert await store.handoffs.link(link.digest) is None
    assert await store.handoffs.one(OTHER, handoff.id) is None
    assert await store.handoffs.of_ticket(OTHER, ticket.id) == []
    assert await store.outbox.of_handoff(OTHER, handoff.id) == []


async def test_an_incident_is_passed_on_to_several_with_letters_that_know_of_all(
    running: Running,
) -> None:
    """What is sent is made in the same transaction, and is at hand without being read again."""
    store, ticket = running.store, await an_incident(running)
    result = await pass_on(store, ticket, DAMKAR, MEDIS, POLISI)
    assert [each.agency for each in result.handoffs] == ["damkar", "medis", "polisi"]
    assert [each.agency for each in result.items] == ["damkar", "medis"]  # a person calls polisi
    for item in result.items:
        assert item.body is not None
        assert b'"damkar": "queued", "medis": "queued", "polisi": "queued"' in item.body
        assert await store.outbox.of_handoff(PKY, item.handoff) == [item]


async def test_an_agency_has_an_incident_once(running: Running) -> None:
    """Of many who pass it on at once one does; once that has ended it can be passed on again."""
    store, ticket = running.store, await an_incident(running)
    results = await asyncio.gather(
        *(pass_on(store, ticket, MEDIS, DAMKAR) for _ in range(5)), return_exceptions=True
    )
    [made] = [each for each in results if not isinstance(each, BaseException)]
    for refused in (each for each in results if isinstance(each, BaseException)):
        assert isinstance(refused, AlreadyHandedOff)
        assert refused.handoff == made.handoffs[0]
    await say(store, made.handoffs[0].id, Step.DECLINED, "no ambulance")
    with pytest.raises(AlreadyHandedOff, match="damkar"):
        await pass_on(store, ticket, MEDIS, DAMKAR)
    with pytest.raises(AlreadyHandedOff, match="medis"):
        await pass_on(store, ticket, MEDIS, MEDIS)
    again = await handed_to(store, ticket, MEDIS)
    assert [each.id for each in await store.handoffs.of_ticket(PKY, ticket.id)] == [
        *sorted(each.id for each in (*made.handoffs, again))
    ]


async def test_nothing_is_written_if_anything_fails(running: Running, migrated_url: str) -> None:
    """Neither a handoff, nor a message, nor the key under which it was asked for."""
    store, ticket = running.store, await an_incident(running)

    def fails(draft: Draft) -> Letter:
        raise ArithmeticError(draft.item.agency)

    once = Once("ani", "key", "digest")
    with pytest.raises(ArithmeticError):
        await store.handoffs.request(PKY, ticket.id, once, begin(DAMKAR), fails)
    for table in ("handoffs", "handoff_events", "outbox", "idempotency"):
        assert await fetch(migrated_url, f"SELECT * FROM {table}") == []  # noqa: S608
    await pass_on(store, ticket, DAMKAR, once=once)


async def test_what_is_to_be_sent_is_told_as_soon_as_it_is_stored(
    running: Running, migrated_url: str
) -> None:
    """Others see it by then, and whoever asks again has nothing sent again."""
    store, ticket = running.store, await an_incident(running)
    told: list[Requested] = []

    async def stored(made: Requested) -> None:
        told.append(made)
        assert len(await fetch(migrated_url, "SELECT id FROM outbox")) == 2

    for _ in range(2):
        made = await store.handoffs.request(
            PKY, ticket.id, Once("ani", "key", "digest"), begin(DAMKAR, MEDIS), letter, stored
        )
        assert told[-1] == made
    first, again = told
    assert [each.agency for each in first.items] == [DAMKAR.code, MEDIS.code]
    assert again.items == ()


async def test_nobody_is_told_of_what_is_not_stored(running: Running) -> None:
    """Or an agency would act on what the centre knows nothing of."""
    store, ticket = running.store, await an_incident(running)
    await pass_on(store, ticket, DAMKAR)
    told: list[Requested] = []

    async def stored(made: Requested) -> None:
        told.append(made)

    with pytest.raises(AlreadyHandedOff):
        await store.handoffs.request(PKY, ticket.id, None, begin(DAMKAR), letter, stored)
    assert not told


async def test_what_cannot_be_passed_on(running: Running) -> None:
    """A ticket that is not there, is closed, or waits to be written itself."""
    store, ticket = running.store, await an_incident(running)
    with pytest.raises(TicketNotFound):
        await store.handoffs.request(PKY, TicketId(uuid4()), None, begin(DAMKAR), letter)
    with pytest.raises(TicketNotFound):
        await store.handoffs.request(OTHER, ticket.id, None, begin(DAMKAR), letter)
    closed = await store.change_ticket(PKY, ticket.id, {"status": "closed"}, 1, "ani")
    with pytest.raises(TicketClosed) as refused:
        await pass_on(store, ticket, DAMKAR)
    assert refused.value.ticket == closed


async def test_a_ticket_that_waits_to_be_written_is_passed_on_later(store: Store) -> None:
    """It is asked for again, and not refused for good."""
    call = arrived(7)
    assert call.ticket is not None
    store.writer(PKY).put(opening(call))
    with pytest.raises(StoreUnavailable, match="not stored yet"):
        await store.handoffs.request(PKY, call.ticket, None, begin(DAMKAR), letter)


async def test_what_is_asked_for_under_a_key_is_done_once(
    running: Running, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks again is told what was done, as it is by now; others' keys are others'."""
    store, ticket = running.store, await an_incident(running)
    once = Once("ani", "k\x00ey", "digest")
    results = await asyncio.gather(
        *(pass_on(store, ticket, DAMKAR, MEDIS, once=once) for _ in range(5))
    )
    assert len({each.handoffs for each in results}) == 1
    assert sorted(len(each.items) for each in results) == [0, 0, 0, 0, 2]
    first = results[0].handoffs[0]
    accepted = await say(store, first.id, Step.COMPLETED)
    await store.change_ticket(PKY, ticket.id, {"severity": "low"}, 1, "ani")
    again = await pass_on(store, ticket, DAMKAR, MEDIS, once=once)
    assert again.handoffs == (accepted.handoff, results[0].handoffs[1])
    assert again.items == ()
    with pytest.raises(KeyReused):
        await pass_on(store, ticket, POLISI, once=Once("ani", once.key, "other"))
    await pass_on(store, ticket, POLISI, once=Once("sri", once.key, "other"))
    other = await an_incident(running, 2)
    with pytest.raises(KeyReused):
        await pass_on(store, other, DAMKAR, once=Once("ani", once.key, "another"))
    monkeypatch.setattr(once_module, "REMEMBERED_S", -1)
    await pass_on(store, other, MEDIS, once=Once("rina", "new", "digest"))
    assert await fetch(migrated_url, "SELECT principal FROM idempotency") == [("rina",)]


async def test_of_the_same_key_for_two_incidents_at_once_one_is_done(running: Running) -> None:
    """The other is refused, and nothing of it is left."""
    store = running.store
    tickets = [await an_incident(running, n) for n in range(1, 5)]
    results = await asyncio.gather(
        *(pass_on(store, each, DAMKAR, once=Once("ani", "key", str(each.id))) for each in tickets),
        return_exceptions=True,
    )
    assert sum(isinstance(each, KeyReused) for each in results) == 3
    assert len(await store.handoffs.page(PKY)) == 1


async def test_a_handoff_is_changed_by_one_after_the_other(running: Running) -> None:
    """Each sees what the one before did; its history has every step once, in order."""
    store, ticket = running.store, await an_incident(running)
    handoff = await handed_to(store, ticket)
    notes = [str(n) for n in range(8)]

    async def write_down(note: str) -> Change:
        return await store.handoffs.change(
            PKY, handoff.id, lambda seen: said.noted(seen, START, "x", "sms", note)
        )

    await asyncio.gather(*map(write_down, notes))
    steps = [Step.ACKNOWLEDGED, Step.EN_ROUTE, Step.EN_ROUTE, Step.ON_SCENE]
    for step in steps:
        last = await say(store, handoff.id, step)
    assert last.handoff.version == 1 + 8 + 3
    assert (last.handoff.step, last.handoff.due_at) == (Step.ON_SCENE, None)
    assert await store.handoffs.one(PKY, handoff.id) == last.handoff
    history = (await store.handoffs.histories(PKY, [last.handoff]))[handoff.id]
    assert sorted(each.note for each in history[1:9]) == notes
    assert [each.step for each in history[9:]] == [*dict.fromkeys(steps)]


async def test_what_is_refused_changes_nothing(running: Running) -> None:
    """Nor what changes nothing, nor what nobody decided; and there must be such a handoff."""
    store, ticket = running.store, await an_incident(running)
    handoff = await handed_to(store, ticket)
    await say(store, handoff.id, Step.COMPLETED)
    before = await store.handoffs.dossier(PKY, ticket.id)
    with pytest.raises(IllegalStep):
        await say(store, handoff.id, Step.ACCEPTED)
    await say(store, handoff.id, Step.COMPLETED)
    nothing = await store.handoffs.change(PKY, handoff.id, lambda _: None)
    assert nothing.handoff.step is Step.COMPLETED
    assert await store.handoffs.dossier(PKY, ticket.id) == before
    for centre, there in ((PKY, NOWHERE), (OTHER, handoff.id)):
        with pytest.raises(HandoffNotFound):
            await store.handoffs.change(centre, there, lambda _: None)


async def test_what_an_agency_says_under_a_key_counts_once(running: Running) -> None:
    """Also a note, which would be another one each time."""
    store, ticket = running.store, await an_incident(running)
    handoff = await handed_to(store, ticket)
    once = Once("agency:damkar", "msg_1", "digest")

    async def note(once: Once) -> Change:
        return await store.handoffs.change(
            PKY, handoff.id, lambda seen: said.noted(seen, START, "x", "webhook", "two cars"), once
        )

    results = await asyncio.gather(*(note(once) for _ in range(4)))
    assert sorted(len(each.events) for each in results) == [0, 0, 0, 1]
    assert {each.handoff.version for each in results} == {2}
    with pytest.raises(KeyReused):
        await note(Once("agency:damkar", "msg_1", "other"))
    assert (await note(Once("agency:damkar", "msg_2", "digest"))).handoff.version == 3


async def test_those_whose_time_is_over(running: Running) -> None:
    """The longest overdue first, so that none is forgotten; not those that wait for nothing."""
    store = running.store
    handoffs = []
    for n in range(3):
        ticket = await an_incident(running, n + 1)
        at = Instant(START + 100 - n)
        result = await store.handoffs.request(PKY, ticket.id, None, begin(DAMKAR, at=at), letter)
        handoffs.append(result.handoffs[0])
    dues = [each.due_at for each in handoffs if each.due_at is not None]
    assert len(dues) == 3
    assert await store.handoffs.due(PKY, Instant(dues[2] - 1)) == []
    assert await store.handoffs.due(PKY, dues[1]) == [handoffs[2].id, handoffs[1].id]
    assert await store.handoffs.due(PKY, dues[1], limit=1) == [handoffs[2].id]
    assert await store.handoffs.due(OTHER, dues[0]) == []
    climbed = await store.handoffs.change(
        PKY,
        handoffs[2].id,
        lambda seen: escalation.overdue(seen, dues[0], partial(new_id, dues[0])),
    )
    assert climbed.messages[0].rung.channel is ChannelKind.SMS
    await say(store, handoffs[1].id, Step.COMPLETED)
    assert await store.handoffs.due(PKY, dues[0]) == [handoffs[0].id]
    kinds = [each.rung.channel for each in await store.outbox.of_handoff(PKY, handoffs[2].id)]
    assert kinds == [ChannelKind.WEBHOOK, ChannelKind.SMS]


async def test_handoffs_in_pages(running: Running) -> None:
    """Newest first; of one agency, ended or not; no page skips or repeats."""
    store = running.store
    made: list[Handoff] = []
    for n in range(4):
        ticket = await an_incident(running, n + 1)
        at = Instant(START + n // 2)
        result = await store.handoffs.request(
            PKY, ticket.id, None, begin(DAMKAR, MEDIS, at=at), letter
        )
        made += result.handoffs
    made = sorted(made, key=lambda each: (each.requested_at, each.id), reverse=True)
    assert await store.handoffs.page(PKY) == made
    damkar = AgencyCode("damkar")
    assert await store.handoffs.page(PKY, agency=damkar) == [
        each for each in made if each.agency == damkar
    ]
    ended = (await say(store, made[2].id, Step.COMPLETED)).handoff
    assert [each.id for each in await store.handoffs.page(PKY, ended=True)] == [ended.id]
    still = [each for each in made if each.id != ended.id]
    assert await store.handoffs.page(PKY, ended=False) == still
    assert await store.handoffs.page(PKY, ended=False, agency=damkar) == [
        each for each in still if each.agency == damkar
    ]
    paged: list[HandoffId] = []
    after = None
    while page := await store.handoffs.page(PKY, after=after, limit=3):
        paged += [each.id for each in page]
        after = (page[-1].requested_at, page[-1].id)
    assert paged == [each.id for each in made]
    assert await store.handoffs.page(OTHER) == []


async def test_a_dossier_has_everything_about_an_incident(running: Running) -> None:
    """The ticket, its calls, what was written on it, the handoffs with their histories."""
    store = running.store
    records = life(1)
    await running.write(*records)
    call = records[-1].call
    assert call is not None
    assert call.ticket is not None
    ticket = await ticket_now(store, str(call.ticket))
    await store.change_ticket(PKY, ticket.id, {"severity": "high", "narrative": "smoke"}, 2, "ani")
    changed = await store.change_ticket(PKY, ticket.id, {"narrative": "fire"}, 3, "sri")
    handoff = await handed_to(store, changed)
    dossier = await store.handoffs.dossier(PKY, ticket.id)
    assert dossier is not None
    times = [each.at for each in dossier.changes]
    assert dossier == Dossier(
        changed,
        (call,),
        (
            TicketChange(times[0], "ani", "narrative", None, "smoke", 3),
            TicketChange(times[1], "ani", "severity", None, "high", 3),
            TicketChange(times[2], "sri", "narrative", "smoke", "fire", 4),
        ),
        (handoff,),
        {handoff.id: (HandoffEvent(START, EventKind.STEP, Step.QUEUED, "ani", "webhook"),)},
    )
    assert times == [dossier.changes[0].at, dossier.changes[0].at, changed.changed_at]
    assert await store.handoffs.dossier(OTHER, ticket.id) is None
    assert await store.handoffs.histories(PKY, []) == {}


async def test_text_that_no_database_keeps_is_replaced(running: Running) -> None:
    """Whatever an agency sends as a note, or writes into a letter."""
    store, ticket = running.store, await an_incident(running)
    bad = Letter(b"\x00", "text/\x00plain", (Link("00", START, "Pak\ud800"),))
    result = await store.handoffs.request(PKY, ticket.id, None, begin(DAMKAR), lambda _: bad)
    [item] = result.items
    assert item.content_type == "text/\ufffdplain"
    target = await store.handoffs.link("00")
    assert target is not None
    assert target.contact == "Pak\ufffd"
    change = await store.handoffs.change(
        PKY, item.handoff, lambda seen: said.noted(seen, START, "a\x00", "b\x00", "c\ud800")
    )
    assert change.events[0].note == "c\ufffd"
    history = await store.handoffs.histories(PKY, [change.handoff])
    assert history[item.handoff][-1] == change.events[0]


async def test_whose_severity_is_another_by_now(running: Running) -> None:
    """Of what was asked for from here and has not ended; written down or erased, it counts."""
    store, ticket = running.store, await an_incident(running)
    damkar, medis = [await handed_to(store, ticket, each) for each in (DAMKAR, MEDIS)]
    assert await store.handoffs.misweighed(PKY) == []
    await store.change_ticket(PKY, ticket.id, {"severity": "low"}, ticket.version, "sari")
    both = [(each, "low") for each in sorted([damkar.id, medis.id])]  # asked at the same moment
    assert await store.handoffs.misweighed(PKY) == both
    assert await store.handoffs.misweighed(PKY, limit=1) == both[:1]
    assert await store.handoffs.misweighed(OTHER) == []
    await store.handoffs.change(
        PKY, damkar.id, lambda seen: escalation.weighed(seen, "low", seen.limits)
    )
    await say(store, medis.id, Step.COMPLETED)
    assert await store.handoffs.misweighed(PKY) == []
    now = await ticket_now(store, str(ticket.id))
    await store.change_ticket(PKY, ticket.id, {"severity": None}, now.version, "sari")
    assert await store.handoffs.misweighed(PKY) == [(damkar.id, None)]


async def test_whom_a_person_must_tell_of_a_change(running: Running) -> None:
    """Said once for all that has changed since somebody told them, and not for whose it is."""
    store, ticket = running.store, await an_incident(running)
    caller = an_agency("polisi", VOICE)
    handoff = await handed_to(store, ticket, caller)
    await say(store, handoff.id, Step.ACCEPTED)

    async def change(**fields: Any) -> list[str]:
        now = await ticket_now(store, str(ticket.id))
        await store.change_ticket(PKY, ticket.id, fields, now.version, "sari")
        histories = await store.handoffs.histories(PKY, [handoff])
        return [each.kind for each in histories[handoff.id]]

    assert await change(address="Jl. Contoh 12") == ["step", "step", "untold"]
    assert await change(narrative="Api") == ["step", "step", "untold"]
    at = Instant(START + 60)
    await store.handoffs.change(PKY, handoff.id, lambda seen: said.noted(seen, at, "sari", "", "-"))
    assert await change(persons="Dua") == ["step", "step", "untold", "note", "untold"]
    assert await store.outbox.of_handoff(PKY, handoff.id) == []


async def test_of_a_long_conversation_the_latest_is_read(running: Running) -> None:
    """From the last line on; all of it where there was none, and of each handoff its own."""
    store, ticket = running.store, await an_incident(running)
    talks, silent = (await pass_on(store, ticket, DAMKAR, MEDIS)).handoffs
    for text, step in (("One", Step.ACKNOWLEDGED), ("Two", Step.ACCEPTED)):
        line = partial(relay.relayed, at=START, by="ani", text=text)
        await store.handoffs.change(PKY, talks.id, line)
        await say(store, talks.id, step)
    whole = await store.handoffs.histories(PKY, [talks, silent])
    latest = await store.handoffs.latest(PKY, [talks, silent])
    assert latest[silent.id] == whole[silent.id]
    assert latest[talks.id] == whole[talks.id][-2:]
    assert [each.note for each in latest[talks.id]] == ["Two", ""]
    assert await store.handoffs.latest(OTHER, [talks]) == {talks.id: ()}
    assert await store.handoffs.latest(PKY, []) == {}
