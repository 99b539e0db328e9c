"""Reading: the filters, the order, the pages, and one centre never seeing another's."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Select, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError

from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.routing.call import Call, Caller, CallState, Offer, OfferResult, Origin, Outcome
from sip112.routing.callback import Callback, CallbackOutcome, CallbackState, TryResult
from sip112.routing.effects import EntryKind
from sip112.routing.ids import (
    AgentId,
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    Seq,
    TicketNumber,
    Uniqueid,
)
from sip112.routing.seat import Device, Seat
from sip112.store import queries
from sip112.store import store as store_module
from sip112.store.engine import create_engine, parse_url
from sip112.store.tables import call_events, instant, utc
from tests.store.examples import DAY, PKY, START, arrived, life, opening, record, ticket_of
from tests.store.helpers import Running, fetch

OTHER = CentreCode("KTW")
TICKET = ticket_of(arrived(1))
HANDOFF = HandoffId(TICKET.id)
MESSAGE = MessageId(TICKET.id)
DAMKAR = AgencyCode("damkar")


def last(n: int, **fields: object) -> Call:
    """Return the `n`-th call as it is when it has ended."""
    call = life(n, **fields)[-1].call  # type: ignore[arg-type]
    assert call is not None
    return call


async def fill(running: Running, *calls: Call) -> None:
    """Store `calls` as they are."""
    await running.write(*(record(EntryKind.CALL_ENDED, call=each) for each in calls))


async def test_every_field_of_a_call_a_seat_and_a_callback_is_kept(
    running: Running, migrated_url: str
) -> None:
    """No field comes back as its default: a new field needs a column."""
    call = Call(
        id=arrived(1).id,
        centre=PKY,
        pbx=PbxId("pbx2"),
        uniqueid=Uniqueid("1795300000.1"),
        channel="PJSIP/trunk-00000001",
        arrived_at=Instant(START + 0.000001),
        dialled="113",
        trunk="trunk",
        caller=Caller("081255501", "Budi", "raw"),
        priority=7,
        skills=frozenset({"jv", "id"}),
        location="Jl. Yos Sudarso",
        origin=Origin.BACKFILL,
        ticket=TICKET.id,
        ticket_number=TICKET.number,
        state=CallState.ENDED,
        position=3,
        queued_at=Instant(START + 1),
        offers=(
            Offer(SeatId("seat-01"), None, Instant(START + 2), native=True),
            Offer(
                SeatId("seat-02"),
                AgentId("ani"),
                Instant(START + 3.1),
                rang_at=Instant(START + 3.2),
                ended_at=Instant(START + 3.3),
                result=OfferResult.ANSWERED,
            ),
        ),
        answered_at=Instant(START + 3.3),
        seat=SeatId("seat-02"),
        agent=AgentId("ani"),
        ended_at=Instant(START + 60),
        outcome=Outcome.ANSWERED,
        cause=16,
        source="urn:emergency:uid:callid:0193f4a0:bjm.example",
    )
    seat = Seat(
        SeatId("seat-02"),
        PKY,
        frozenset({"jv"}),
        AgentId("ani"),
        Device.IN_USE,
        held=True,
        pause_reason="toilet",
        call=call.id,
        talking=True,
        wrap_up_until=Instant(START + 70),
        since=Instant(START + 3),
    )
    callback = Callback(
        call.id,
        PKY,
        "081255501",
        Instant(START),
        Instant(START + 20),
        "Budi",
        TICKET.number,
        CallbackState.OVER,
        2,
        SeatId("seat-02"),
        AgentId("ani"),
        PbxId("pbx2"),
        Instant(START + 30),
        TryResult.NO_ANSWER,
        CallbackOutcome.NO_ANSWER,
        Instant(START + 90),
    )
    for one in (call, seat, callback):
        for each in fields(one):
            if each.name not in {"parties", "room"}:  # Asterisk says who is in a room
                assert getattr(one, each.name) != each.default, f"give {each.name} another value"
    await running.write(record(EntryKind.CALL_ENDED, call=call, seat=seat, callback=callback))
    assert await running.store.call(PKY, call.id) == call
    [row] = await fetch(migrated_url, "SELECT count(*) FROM callbacks WHERE outcome = 'no_answer'")
    assert row == (1,)
    still = callback.evolve(call=arrived(2).id, outcome=None, closed_at=None)
    await running.write(record(EntryKind.CALLBACK_RELEASED, callback=still))
    assert (await running.store.read_start(PKY, START, DAY)).callbacks == (still,)
    assert await running.store.seats(PKY) == [seat]


async def test_calls_come_newest_first(running: Running) -> None:
    """The list begins with the last arrival."""
    old, new = arrived(1, at=START), arrived(2, at=START + 1)
    await fill(running, new, old)
    assert await running.store.calls(PKY) == [new, old]


async def test_pages_neither_skip_nor_repeat_calls_of_the_same_instant(running: Running) -> None:
    """A page goes on after the last call of the one before, also among equal times."""
    await fill(running, *(arrived(n, at=START + n // 5) for n in range(20)))
    everything = await running.store.calls(PKY)
    assert len(everything) == 20
    paged: list[Call] = []
    after = None
    while page := await running.store.calls(PKY, after=after, limit=3):
        paged += page
        after = (page[-1].arrived_at, page[-1].id)
    assert paged == everything


async def test_all_calls_are_gone_through_a_page_at_a_time(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export yields every call that matches once, in the order of the list."""
    monkeypatch.setattr(store_module, "PAGE", 3)
    await fill(running, *(arrived(n, at=START + n % 4) for n in range(20)))
    everything = await running.store.calls(PKY, since=Instant(START + 1))
    assert [each async for each in running.store.iterate_calls(PKY, since=Instant(START + 1))] == (
        everything
    )
    assert len(everything) == 15


async def test_calls_are_found_by_each_filter(running: Running) -> None:
    """Time (from inclusive, to exclusive), caller, seat, outcome and state narrow the list."""
    waiting = arrived(1, at=START).evolve(state=CallState.QUEUED)
    answered = last(2, at=START + 100, seat="seat-02")
    abandoned = arrived(3, at=START + 200, caller=Caller("081255577", "Sri")).evolve(
        state=CallState.ENDED, outcome=Outcome.ABANDONED, ended_at=Instant(START + 201)
    )
    await fill(running, waiting, answered, abandoned)
    calls = running.store.calls
    assert await calls(PKY, since=Instant(START + 100)) == [abandoned, answered]
    assert await calls(PKY, until=Instant(START + 100)) == [waiting]
    assert await calls(PKY, caller="081255577") == [abandoned]
    assert await calls(PKY, seat=SeatId("seat-02")) == [answered]
    assert await calls(PKY, outcome=Outcome.ANSWERED) == [answered]
    assert await calls(PKY, state=CallState.ENDED) == [abandoned, answered]
    assert await calls(PKY, state=CallState.QUEUED) == [waiting]
    assert await calls(PKY, state=CallState.TALKING) == []
    assert await calls(PKY, outcome=Outcome.ANSWERED, until=Instant(START + 100)) == []


async def test_filters_take_any_text(running: Running) -> None:
    """A filter that no database could hold, or that looks like SQL, finds nothing."""
    await fill(running, arrived(1))
    assert await running.store.calls(PKY, caller="0812\x00'; --") == []
    assert await running.store.calls(PKY, seat=SeatId("\udc80%")) == []
    assert await running.store.tickets(PKY, status="\x00") == []
    assert await running.store.ticket(PKY, "PKY-\x00") is None


async def test_one_centre_does_not_see_another(running: Running) -> None:
    """Calls, tickets, seats and entries of a centre are found under its code only."""
    await running.write(*life(1, centre=OTHER))
    call = last(1, centre=OTHER)
    ticket = str(call.ticket)
    store = running.store
    assert await store.calls(PKY) == []
    assert await store.tickets(PKY) == []
    assert await store.seats(PKY) == []
    assert await store.call(PKY, call.id) is None
    assert await store.ticket(PKY, ticket) is await store.ticket(PKY, f"KTW-{DAY}-0001") is None
    assert await store.records_after(PKY, Seq(0), 100) == []
    assert await store.call_events(PKY, call.id) == []
    assert await store.call(OTHER, call.id) == call
    found = await store.ticket(OTHER, ticket)
    assert found is not None
    assert await store.ticket(OTHER, f"KTW-{DAY}-0001") == found
    start = await store.read_start(PKY, START, DAY)
    assert (start.serials, start.last_seq, start.calls, start.ended) == ({}, 0, (), ())


async def test_two_centres_may_use_the_same_numbers(running: Running) -> None:
    """Journal numbers and seat names count within a centre."""
    here, there = life(1), life(2, centre=OTHER)
    for mine, theirs in zip(here, there, strict=True):
        running.put(mine)
        running.put(
            record(theirs.kind, theirs.at, centre=OTHER, call=theirs.call, seat=theirs.seat)
        )
    await running.settled()
    assert await running.store.seats(PKY) == [here[-1].seat]
    assert await running.store.seats(OTHER) == [there[-1].seat]


async def test_calls_in_progress_are_found_oldest_first(running: Running) -> None:
    """What has not ended is there for a service that starts again."""
    first, second = arrived(1, at=START), arrived(2, at=START + 1)
    await fill(running, second, last(3, at=START + 2), first)
    start = await running.store.read_start(PKY, Instant(START + 9), DAY)
    assert start.calls == (first, second)


async def test_entries_after_a_number_come_in_order(running: Running) -> None:
    """A replay goes on where it was, and takes no more than asked."""
    records = [*life(1), *life(2)]
    await running.write(*records)
    replay = running.store.records_after
    assert await replay(PKY, records[3].seq, 4) == records[4:8]
    assert await replay(PKY, records[-1].seq, 4) == []
    assert await replay(PKY, Seq(2**80), 4) == []


async def test_what_the_core_needs_at_start(running: Running) -> None:
    """The highest serial of each day, the last number, who is there and who was."""
    await running.write(*life(7))
    await running.write(*life(8))
    for number in ("PKY-20261121-9999", "PKY-20261121-10000", "PKY-20251231-0003"):
        call = arrived(1000 + len(number) + int(number[-2:]), at=START + 5).evolve(
            ticket_number=TicketNumber(number)
        )
        await running.write(opening(call))
    start = await running.store.read_start(PKY, Instant(START + 9), DAY)
    assert start.at == START + 9
    assert start.today == DAY
    assert start.serials == {DAY: 8, "20261121": 10_000, "20251231": 3}
    entries = await running.store.records_after(PKY, Seq(0), 100)
    assert start.last_seq == entries[-1].seq
    assert len(start.calls) == 3
    assert set(start.ended) == {last(7).id, last(8).id}


async def test_whoever_is_to_be_called_back_is_known_at_start(running: Running) -> None:
    """The oldest first, as they are by now; those that are over are not, nor another centre's."""

    def callback(n: int, **fields: Any) -> Callback:
        call = arrived(n)
        at = Instant(START + 100 - n)
        return Callback(call.id, PKY, f"0812555{n:04}", START, at).evolve(**fields)

    over = {"state": CallbackState.OVER, "outcome": CallbackOutcome.REACHED}
    taken = callback(2, state=CallbackState.TAKEN, seat=SeatId("seat-01"), tries=1)
    late = record(EntryKind.CALLBACK_OPENED, callback=callback(2))
    await running.write(
        *(record(EntryKind.CALLBACK_OPENED, callback=callback(n)) for n in (1, 2, 3)),
        record(EntryKind.CALLBACK_CLEARED, callback=callback(3, **over)),
    )
    await running.write(record(EntryKind.CALLBACK_TAKEN, callback=taken))
    await running.write(late)
    start = await running.store.read_start(PKY, START, DAY)
    assert start.callbacks == (taken, callback(1))
    other = await running.store.read_start(OTHER, START, DAY)
    assert other.callbacks == ()


WHEN, WHICH = Instant(START), arrived(1).id
PLACE = (WHEN, WHICH)
ANI = AgentId("ani")


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("query", "through"),
    [
        (queries.any_entry(), "call_events"),
        (queries.last_seq(PKY), "(centre=?)"),
        (queries.entries_of_call(PKY, WHICH), "(centre=? AND call_id=?)"),
        (queries.entries_after(PKY, Seq(1), 10), "(centre=? AND seq>?)"),
        (queries.calls_page(PKY, {}, None, 10), "(centre=?)"),
        (queries.calls_page(PKY, {"since": WHEN}, PLACE, 10), "(centre=? AND arrived_at>"),
        (queries.calls_page(PKY, {"caller": "1"}, PLACE, 10), "(centre=? AND caller_number=? AND"),
        (queries.calls_page(PKY, {"outcome": Outcome.ABANDONED}, None, 10), "AND outcome=?)"),
        (queries.calls_page(PKY, {"state": CallState.QUEUED}, None, 10), "AND outcome=?)"),
        (queries.call_by_id(PKY, WHICH), "(centre=? AND id=?)"),
        (queries.calls_in_progress(PKY), "(centre=? AND outcome=?)"),
        (queries.calls_ended_last(PKY, 10), "(centre=?)"),
        (queries.calls_of_tickets(PKY, [TICKET.id]), "(centre=? AND ticket_id=?)"),
        (queries.tickets_page(PKY, {"since": WHEN}, PLACE, 10), "(centre=? AND opened_at>"),
        (queries.tickets_page(PKY, {"status": "open"}, None, 10), "(centre=? AND status=?)"),
        (queries.tickets_page(PKY, {"assignee": ANI}, PLACE, 10), "(centre=? AND assignee=? AND"),
        (queries.tickets_page(PKY, {"unassigned": True}, None, 10), "(centre=? AND assignee=?)"),
        (queries.tickets_opened_last(PKY, WHEN, 10), "(centre=? AND opened_at>?)"),
        (queries.names_of({ANI}), "(id=?)"),
        (queries.ticket_by_id(PKY, TICKET.id), "(id=? AND centre=?)"),
        (queries.tickets_by_id(PKY, [TICKET.id]), "(id=? AND centre=?)"),
        (queries.ticket_changes(PKY, TICKET.id, after=1), "(ticket_id=? AND centre=? AND version>"),
        (queries.ticket_by_number(PKY, TICKET.number), "(centre=? AND day=? AND serial=?)"),
        (queries.serials(PKY), "(centre=? AND day<?)"),
        (queries.seats_of(PKY), "(centre=?)"),
        (queries.callbacks_open(PKY), "(centre=? AND outcome=?)"),
        (queries.calls_of_ticket(PKY, TICKET.id), "(centre=? AND ticket_id=?)"),
        (queries.handoff_by_id(PKY, HANDOFF), "(id=? AND centre=?)"),
        (queries.handoffs_of(PKY, TICKET.id), "(centre=? AND ticket_id=?)"),
        (queries.handoffs_open(PKY, TICKET.id), "(centre=? AND ticket_id=?)"),
        (queries.handoffs_page(PKY, {}, PLACE, 10), "(centre=? AND (requested_at,id)<"),
        (queries.handoffs_page(PKY, {"ended": True}, None, 10), "(centre=?)"),
        (queries.handoffs_page(PKY, {"ended": False}, PLACE, 10), "(centre=? AND ended_at=?"),
        (queries.handoffs_page(PKY, {"agency": DAMKAR}, None, 10), "(centre=? AND agency=?)"),
        (
            queries.handoffs_page(PKY, {"agency": DAMKAR, "ended": False}, None, 10),
            "(centre=? AND ended_at=?)",
        ),
        (queries.handoffs_due(PKY, WHEN, 10), "(centre=? AND due_at<?)"),
        (queries.handoff_histories(PKY, [HANDOFF]), "(handoff_id=? AND centre=?)"),
        (queries.handoff_latest(PKY, [HANDOFF]), "(handoff_id=? AND centre=? AND n>?)"),
        (queries.last_handoff_event(PKY, HANDOFF), "(handoff_id=? AND centre=?)"),
        (queries.told_version(PKY, TICKET.id), "(ticket_id=? AND centre=?)"),
        (queries.done_once(PKY, "ani", "key"), "(centre=? AND principal=? AND key=?)"),
        (queries.link_target("ab"), "(digest=?)"),
        (queries.message_by_id(PKY, MESSAGE), "(id=? AND centre=?)"),
        (queries.messages_of(PKY, HANDOFF), "(handoff_id=? AND centre=?)"),
        (
            queries.messages_ready(PKY, WHEN, 10, [(DAMKAR, ChannelKind.CAP)]),
            "(centre=? AND state=? AND next_try_at<?)",
        ),
        (
            queries.messages_ready(PKY, WHEN, 10, []),
            "(handoff_id=? AND centre=? AND n<?)",
        ),
        (queries.messages_dead(PKY, PLACE, 10), "(centre=? AND state=? AND (done_at,id)<"),
    ],
)
async def test_no_query_reads_or_sorts_a_whole_table(
    migrated_url: str, query: Select[Any], through: str
) -> None:
    """Every query narrows through its index, and takes the order from it."""
    compiled = query.compile(
        dialect=sqlite.dialect(paramstyle="qmark"), compile_kwargs={"render_postcompile": True}
    )
    plan = [
        step
        for *_, step in await fetch(
            migrated_url, "EXPLAIN QUERY PLAN " + str(compiled).replace("?", "1")
        )
    ]
    assert any(through in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan
    assert not any(
        re.match("SCAN (calls|tickets|seats|handoff|outbox|earlier)", step) for step in plan
    ), plan


async def test_times_are_aware_and_in_utc(migrated_url: str) -> None:
    """A column of the database has a zone: naive times are refused, aware ones turned to UTC."""
    engine = create_engine(parse_url(migrated_url))
    row = {"centre": PKY, "seq": 1, "kind": "pbx.lost", "data": {}}
    async with engine.connect() as connection:
        with pytest.raises(StatementError, match="without a zone"):
            await connection.execute(
                insert(call_events).values(**row, at=datetime(2026, 11, 22, 3))  # noqa: DTZ001
            )
        given = datetime.fromisoformat("2026-11-22T10:00:00.000001+07:00")
        await connection.execute(insert(call_events).values(**row, at=given))
        await connection.commit()
        read = await connection.scalar(call_events.select().with_only_columns(call_events.c.at))
    await engine.dispose()
    assert read is not None
    assert read.isoformat() == "2026-11-22T03:00:00.000001+00:00"
    assert utc(instant(read)) == read
