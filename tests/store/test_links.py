"""Which tickets belong together: written once, followed to agencies, and taken back as it was."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from sip112.dispatch.errors import (
    DuplicateAlready,
    DuplicateOfThis,
    KeyReused,
    LinkNotFound,
    TicketMerged,
)
from sip112.dispatch.handoff import MessageKind, Step
from sip112.dispatch.ids import LinkId
from sip112.dispatch.links import Linking, LinkKind
from sip112.dispatch.once import Once
from sip112.dispatch.outbox import OutboxItem
from sip112.dispatch.timeline import timeline
from sip112.routing.errors import StoreUnavailable, TicketNotFound
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.ticket import TicketRecord
from sip112.store import changes
from sip112.store.store import Store
from sip112.store.tables import kept_now
from tests.store.examples import PKY, START, arrived, opening
from tests.store.handoffs import (
    DAMKAR,
    MEDIS,
    an_incident,
    handed_to,
    letter,
    pass_on,
    say,
    ticket_now,
)
from tests.store.helpers import Running


async def merge(
    store: Store, ticket: TicketRecord, other: TicketRecord, once: Once | None = None
) -> Linking:
    """Say that a ticket is a duplicate of another."""
    return await store.links.link(
        PKY, LinkKind.DUPLICATE, ticket.id, other.id, "sari", "the same house", once
    )


async def relate(store: Store, ticket: TicketRecord, other: TicketRecord) -> Linking:
    """Say that two tickets are related."""
    return await store.links.link(PKY, LinkKind.RELATED, ticket.id, other.id, "sari", "")


async def split(store: Store, ticket: TicketRecord, link: LinkId) -> Linking:
    """Take back what was said."""
    return await store.links.unlink(PKY, ticket.id, link, "budi", "another house")


async def tied(store: Store, ticket: TicketRecord) -> list[tuple[str, str]]:
    """Return what other tickets are to one, as its dossier has them: what, and the serial."""
    dossier = await store.handoffs.dossier(PKY, ticket.id)
    assert dossier is not None
    return [(each.tie.value, other.ticket.number[-1]) for each, other in dossier.tied]


async def told(store: Store, ticket: TicketRecord) -> list[tuple[str, str | None, str | None]]:
    """Return what the journal of a ticket says, without the version."""
    dossier = await store.handoffs.dossier(PKY, ticket.id)
    assert dossier is not None
    return [(each.field, each.old, each.new) for each in dossier.changes]


async def now(store: Store, *tickets: TicketRecord) -> list[TicketRecord]:
    """Return tickets as they are."""
    return [await ticket_now(store, each.number) for each in tickets]


async def test_a_duplicate_is_closed_and_says_of_what(running: Running) -> None:
    """It keeps its number and calls; both say it in their journals, and the dossier has both."""
    store = running.store
    first, second = await an_incident(running, 1), await an_incident(running, 2)
    made = await merge(store, second, first)
    parent, child = await now(store, first, second)
    assert (child.parent, child.parent_number) == (first.id, first.number)
    assert (child.status, child.disposition) == ("closed", "known_already")
    assert (child.number, child.calls, child.version) == (second.number, second.calls, 2)
    assert (parent.parent, parent.status, parent.version) == (None, "open", 2)
    assert made.ticket == child
    assert [(each.ticket, each.fields) for each in made.changed] == [
        (child, ("duplicate_of", "disposition", "status")),
        (parent, ("duplicates",)),
    ]
    assert await told(store, second) == [
        ("disposition", None, "known_already"),
        ("duplicate_of", None, first.number),
        ("status", "open", "closed"),
    ]
    assert await told(store, first) == [("duplicates", None, second.number)]
    assert await tied(store, first) == [("duplicate", "2")]
    assert await tied(store, second) == [("parent", "1")]
    links, others = await store.links.of(PKY, first.id)
    assert links == (made.link,)
    assert [each.number for each in others[second.id].callers] == ["08125550002"]


async def test_a_split_takes_back_what_the_merge_did(running: Running) -> None:
    """The ticket is open again, nothing of what was said is lost, and it can be said again."""
    store = running.store
    first, second = await an_incident(running, 1), await an_incident(running, 2)
    made = await merge(store, second, first)
    gone = await split(store, first, made.link.id)
    parent, child = await now(store, first, second)
    assert (child.parent, child.status, child.disposition) == (None, "open", None)
    assert gone.ticket == parent
    assert gone.link.undone_by == "budi"
    assert {each.ticket.number: each.fields for each in gone.changed} == {
        child.number: ("duplicate_of", "disposition", "status"),
        parent.number: ("duplicates",),
    }
    assert await tied(store, second) == [("split", "1")]
    again = await split(store, second, made.link.id)
    assert (again.link, again.changed) == (gone.link, ())
    dossier = await store.handoffs.dossier(PKY, second.id)
    assert dossier is not None
    moments = [(each.what, each.who, each.subject) for each in timeline(dossier)]
    assert moments == [
        ("opened", "", ""),
        ("changed", "sari", ""),
        ("merged", "sari", first.number),
        ("changed", "budi", ""),
        ("split", "budi", first.number),
    ]
    assert (await merge(store, second, first)).link.id != made.link.id
    assert await tied(store, second) == [("parent", "1")]


async def test_what_somebody_has_written_since_then_stays(running: Running) -> None:
    """A split takes nobody's word back but its own merge's."""
    store = running.store
    first, second = await an_incident(running, 1), await an_incident(running, 2)
    await store.change_ticket(PKY, second.id, {"disposition": "prank"}, 1, "ani")
    made = await merge(store, second, first)
    assert made.ticket.disposition == "prank"
    version = made.ticket.version
    await store.change_ticket(PKY, second.id, {"status": "open"}, version, "ani")
    await store.change_ticket(PKY, second.id, {"status": "closed"}, version + 1, "ani")
    await split(store, second, made.link.id)
    (child,) = await now(store, second)
    assert (child.status, child.disposition, child.parent) == ("closed", "prank", None)


async def test_there_are_no_chains_and_all_of_it_can_be_undone(running: Running) -> None:
    """A parent that becomes a duplicate takes its own with it, and back."""
    store = running.store
    a, b, c = [await an_incident(running, n) for n in (1, 2, 3)]
    lower = await merge(store, c, b)
    upper = await merge(store, b, a)
    assert [each.parent_number for each in await now(store, a, b, c)] == [None, a.number, a.number]
    assert [(each.ticket.number, each.fields[0]) for each in upper.changed] == [
        (b.number, "duplicate_of"),
        (c.number, "duplicate_of"),
        (a.number, "duplicates"),
    ]
    assert await tied(store, a) == [("duplicate", "3"), ("duplicate", "2")]
    assert await tied(store, c) == [("parent", "1")]
    assert (await told(store, c))[-1] == ("duplicate_of", b.number, a.number)
    # of a duplicate one speaks as of its parent
    d = await an_incident(running, 4)
    assert (await merge(store, d, c)).link.other == a.id
    await split(store, a, upper.link.id)
    assert [each.parent_number for each in await now(store, a, b, c)] == [None, None, b.number]
    assert [each.status for each in await now(store, a, b, c)] == ["open", "open", "closed"]
    await split(store, b, lower.link.id)
    assert await tied(store, c) == [("split", "2")]


async def test_what_cannot_be_said(running: Running) -> None:
    """Nothing is written then."""
    store = running.store
    a, b, c = [await an_incident(running, n) for n in (1, 2, 3)]
    made = await merge(store, b, a)
    with pytest.raises(DuplicateOfThis):
        await merge(store, a, b)
    with pytest.raises(DuplicateAlready) as already:
        await merge(store, b, c)
    assert already.value.parent == a.id
    with pytest.raises(LinkNotFound):
        await split(store, c, made.link.id)
    with pytest.raises(LinkNotFound):
        await split(store, b, LinkId(UUID(int=7)))
    nobody = TicketId(UUID(int=7))
    for one, other in ((nobody, a.id), (c.id, nobody)):
        with pytest.raises(TicketNotFound):
            await store.links.link(PKY, LinkKind.DUPLICATE, one, other, "sari", "")
    elsewhere = CentreCode("BJM")
    with pytest.raises(TicketNotFound):
        await store.links.link(elsewhere, LinkKind.RELATED, c.id, a.id, "sari", "")
    assert await tied(store, c) == []
    assert [each.version for each in await now(store, a, b, c)] == [2, 2, 1]


async def test_said_again_it_is_told_as_it_is(running: Running) -> None:
    """Under a key once; and whoever says what is said already changes nothing."""
    store = running.store
    first, second = await an_incident(running, 1), await an_incident(running, 2)
    once = Once("sari", "k1", "of this")
    made = await merge(store, second, first, once)
    for again in (
        await merge(store, second, first, once),
        await merge(store, second, first, Once("budi", "k1", "of this")),
        await merge(store, second, first),
    ):
        assert (again.link, again.ticket, again.changed) == (made.link, made.ticket, ())
    with pytest.raises(KeyReused):
        await merge(store, second, first, Once("sari", "k1", "of that"))
    await split(store, second, made.link.id)
    late = await merge(store, second, first, once)  # whose answer was lost
    assert not late.link.holds
    assert await tied(store, second) == [("split", "1")]
    links, _ = await store.links.of(PKY, second.id)
    assert links == (late.link,)


async def test_related_tickets_stay_as_they_are(running: Running) -> None:
    """Both say it, whichever it was said at; and it can be taken back at either."""
    store = running.store
    first, second = await an_incident(running, 1), await an_incident(running, 2)
    made = await relate(store, first, second)
    assert await tied(store, first) == [("related", "2")]
    assert await tied(store, second) == [("related", "1")]
    assert [each.status for each in await now(store, first, second)] == ["open", "open"]
    assert (await relate(store, second, first)).link == made.link
    gone = await split(store, second, made.link.id)
    assert [each.fields for each in gone.changed] == [("related",), ("related",)]
    assert await tied(store, first) == [("unlinked", "2")]
    assert await told(store, first) == [
        ("related", None, second.number),
        ("related", second.number, None),
    ]


async def test_a_duplicate_with_agencies_stays_open(running: Running) -> None:
    """Its handoffs go on until they end; nothing more is passed on of it."""
    store = running.store
    first, second = await an_incident(running, 1), await an_incident(running, 2)
    handoff = await handed_to(store, second)
    made = await merge(store, second, first)
    assert (made.ticket.status, made.held) == ("open", (DAMKAR.code,))
    assert made.ticket.disposition == "known_already"
    assert (await merge(store, second, first)).held == (DAMKAR.code,)
    with pytest.raises(TicketMerged) as merged:
        await pass_on(store, second, MEDIS)
    assert merged.value.ticket.parent_number == first.number
    await say(store, handoff.id, Step.COMPLETED)
    closed = await store.change_ticket(
        PKY, second.id, {"status": "closed"}, made.ticket.version, "ani"
    )
    assert closed.status == "closed"
    await split(store, second, made.link.id)
    (child,) = await now(store, second)
    assert child.status == "closed"  # which a person did


async def updates(store: Store, ticket: TicketRecord) -> list[OutboxItem]:
    """Return the updates for the agencies of a ticket."""
    return [
        item
        for handoff in await store.handoffs.of_ticket(PKY, ticket.id)
        for item in await store.outbox.of_handoff(PKY, handoff.id)
        if item.kind is MessageKind.UPDATE
    ]


async def test_agencies_that_act_are_told(running: Running) -> None:
    """Of a merge and of a split, at whichever ticket they act; nobody else is."""
    store = running.store
    a, b, c = [await an_incident(running, n) for n in (1, 2, 3)]
    for ticket, step in ((a, Step.ACCEPTED), (b, Step.ACCEPTED), (c, Step.ACKNOWLEDGED)):
        await say(store, (await handed_to(store, ticket)).id, step)
    made = await merge(store, b, a)
    await relate(store, a, c)
    assert [len(await updates(store, each)) for each in (a, b, c)] == [1, 1, 0]
    (handoff,) = await store.handoffs.of_ticket(PKY, c.id)
    await say(store, handoff.id, Step.ACCEPTED)
    assert len(await updates(store, c)) == 1  # it was told of an older version
    assert made.held == (DAMKAR.code,)


async def test_what_is_written_on_a_duplicate_is_told_to_the_agencies_of_its_parent(
    running: Running,
) -> None:
    """The fortieth caller sees somebody on the roof."""
    store = running.store
    first, second = await an_incident(running, 1), await an_incident(running, 2)
    await say(store, (await handed_to(store, first)).id, Step.ACCEPTED)
    made = await merge(store, second, first)
    (waiting,) = await updates(store, first)
    await store.outbox.compose(waiting, letter)
    version = made.ticket.version
    await store.change_ticket(PKY, second.id, {"narrative": "on the roof"}, version, "ani")
    assert len(await updates(store, first)) == 2


async def test_who_accepts_after_a_duplicate_was_written_on_hears_of_it_at_once(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with the next update, which may never come; and not twice, whatever they were told."""
    monkeypatch.setattr(changes, "IN_DOUBT_S", 0.0)
    store = running.store
    first, second = await an_incident(running, 1), await an_incident(running, 2)
    made = await merge(store, second, first)
    early = await handed_to(store, first)
    await store.change_ticket(
        PKY, second.id, {"narrative": "on the roof"}, made.ticket.version, "ani"
    )
    late = await handed_to(store, first, MEDIS)
    (message,) = (await say(store, early.id, Step.ACCEPTED)).messages
    assert (message.kind, message.not_before <= kept_now()) == (MessageKind.UPDATE, True)
    assert (await say(store, late.id, Step.ACCEPTED)).messages == ()
    (update,) = await updates(store, first)
    await store.outbox.compose(update, letter)
    assert (await say(store, early.id, Step.EN_ROUTE)).messages == ()


async def test_who_may_have_been_told_without_it_is_told_again(running: Running) -> None:
    """Nothing locks a ticket while somebody writes on its duplicate."""
    store = running.store
    first, second = await an_incident(running, 1), await an_incident(running, 2)
    made = await merge(store, second, first)
    version = made.ticket.version
    await store.change_ticket(PKY, second.id, {"narrative": "on the roof"}, version, "ani")
    handoff = await handed_to(store, first)
    (message,) = (await say(store, handoff.id, Step.ACCEPTED)).messages
    assert message.kind is MessageKind.UPDATE


async def test_two_who_say_it_at_once_say_it_once(running: Running) -> None:
    """And two who say the opposite cannot both be right: no circle comes of it."""
    store = running.store
    a, b, c = [await an_incident(running, n) for n in (1, 2, 3)]
    both = await asyncio.gather(merge(store, b, a), merge(store, b, a))
    assert both[0].link == both[1].link
    found = await asyncio.gather(merge(store, a, c), merge(store, c, b), return_exceptions=True)
    assert [type(each) for each in found].count(DuplicateOfThis) == 1
    parents = {each.parent_number for each in await now(store, a, b, c)}
    assert len(parents) == 2
    assert None in parents


async def test_a_ticket_that_is_not_stored_yet_is_linked_later(running: Running) -> None:
    """Whichever of the two it is: that is asked for again."""
    store, bjm = running.store, CentreCode("BJM")
    await running.write(opening(arrived(1, centre=bjm)))
    call = arrived(2, centre=bjm)
    store.writer(bjm).put(opening(call))  # which nobody writes
    stored = arrived(1, centre=bjm).ticket
    assert call.ticket is not None
    assert stored is not None
    for one, other in ((call.ticket, stored), (stored, call.ticket)):
        with pytest.raises(StoreUnavailable, match="not stored yet"):
            await store.links.link(bjm, LinkKind.RELATED, one, other, "sari", "")


async def test_lists_and_counts_know_duplicates(running: Running) -> None:
    """A day's duplicates are counted apart."""
    store = running.store
    a, b, c = [await an_incident(running, n) for n in (1, 2, 3)]
    await merge(store, b, a)
    both = await store.tickets(PKY, duplicate=False)
    assert {each.number for each in both} == {a.number, c.number}
    (one,) = await store.tickets(PKY, duplicate=True)
    assert (one.number, one.parent_number) == (b.number, a.number)
    found = await store.summary(PKY, START, Instant(START + 60), ())
    assert (found.duplicates, found.referred) == (1, 0)
    later = await store.summary(PKY, Instant(START + 60), Instant(START + 120), ())
    assert later.duplicates == 0
