"""Everything that is put is stored once, in order, whatever the database does meanwhile."""

from __future__ import annotations

import asyncio
import random
import signal
import string
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from rig.postgres import PostgresServer
from sip112.routing.call import CallState, Outcome
from sip112.routing.effects import EntryKind, Record
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import Instant, Seq, Uniqueid
from sip112.store import drivers, writer
from sip112.store.store import Store
from tests.store.examples import DAY, PKY, START, arrived, life, opening, record
from tests.store.helpers import Running, execute, fetch, holding, own, owning, until
from tests.store.proxy import Proxy

JOURNAL = "SELECT seq FROM call_events ORDER BY seq"


async def journal(url: str) -> list[int]:
    """Return the numbers of all journal entries."""
    return [seq for (seq,) in await fetch(url, JOURNAL)]


# --- what is written -------------------------------------------------------------------------


async def test_entries_are_stored_in_order_and_then_reported(running: Running) -> None:
    """What was put is read back as it was, and was reported in that order."""
    records = [*life(1), *life(2), *life(3)]
    await running.write(*records)
    assert running.stored == records
    assert await running.store.records_after(PKY, Seq(records[0].seq - 1), 100) == records
    assert running.stats().written == len(records)


async def test_call_ticket_seat_and_agent_follow_from_the_entries(
    running: Running, migrated_url: str
) -> None:
    """After a call's life its row is its last state, and the ticket and the seat are there."""
    records = life(1)
    on_duty = record(EntryKind.SEAT_CHANGED, seat=records[2].seat)
    await running.write(on_duty, *records)
    last = records[-1]
    assert last.call is not None
    assert last.call.ticket_number is not None
    assert await running.store.call(PKY, last.call.id) == last.call
    assert await running.store.seats(PKY) == [last.seat]
    ticket = await running.store.ticket(PKY, last.call.ticket_number)
    assert ticket is not None
    assert ticket.id == last.call.ticket
    assert ticket.calls == (last.call.id,)
    assert ticket.opened_at == START
    assert (ticket.version, ticket.status, ticket.assignee) == (2, "open", "ani")
    agents = await fetch(migrated_url, "SELECT centre, id, seat FROM agents")
    assert agents == [("PKY", "ani", "seat-01")]


async def test_entries_put_together_are_one_transaction(running: Running) -> None:
    """A group gathers: five entries of one step are reported in one piece."""
    await running.write(*life(1)[1:])
    assert [len(group) for group in running.groups] == [5]


async def test_a_ticket_does_not_wait_for_the_long_linger(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that opens a ticket is written at once, and takes along what waits."""
    monkeypatch.setattr(writer, "LINGER", 3600.0)
    running.put(life(1)[1])
    await running.write(opening(arrived(2)))
    assert [len(group) for group in running.groups] == [2]


async def test_groups_have_a_bound(running: Running) -> None:
    """What gathers in an outage is written in several transactions."""
    records = [record(EntryKind.PBX_BACK) for _ in range(writer.GROUP_MAX * 2 + 1)]
    await running.write(*records)
    assert [len(group) for group in running.groups] == [writer.GROUP_MAX, writer.GROUP_MAX, 1]
    assert running.stored == records


async def test_an_older_entry_never_overwrites_a_newer_state(running: Running) -> None:
    """A call's row goes forward only, also when an earlier entry is written later."""
    opened, queued, offered, ringing, *_ = life(1)
    await running.write(ringing)
    await running.write(opened, queued, offered)
    assert ringing.call is not None
    assert await running.store.call(PKY, ringing.call.id) == ringing.call
    assert await running.store.seats(PKY) == [ringing.seat]
    assert len(await running.store.call_events(PKY, ringing.call.id)) == 4


async def test_entries_that_are_there_already_change_nothing(
    running: Running, migrated_url: str
) -> None:
    """Storing a call twice leaves one of each entry, and counts the second time."""
    records = life(1)
    await running.write(*records)
    await running.write(*records)
    assert await journal(migrated_url) == [each.seq for each in records]
    assert running.stats().repeated == len(records)
    assert await fetch(migrated_url, "SELECT count(*) FROM tickets") == [(1,)]


async def test_a_call_ends_once(running: Running) -> None:
    """A second ending, as after a start without the store, does not replace the first."""
    records = life(1)
    ended = records[-1].call
    assert ended is not None
    await running.write(*records)
    lost = arrived(1).evolve(
        state=CallState.ENDED, ended_at=Instant(START + 99), outcome=Outcome.LOST_BY_PBX
    )
    await running.write(record(EntryKind.CALL_ENDED, call=lost))
    assert await running.store.call(PKY, ended.id) == ended


async def test_a_call_keeps_the_ticket_that_it_opened_first(running: Running) -> None:
    """A number given again, by a start without the store, does not part call and ticket."""
    first = arrived(1)
    again = first.evolve(ticket_number=f"PKY-{DAY}-100042", state=CallState.QUEUED)
    await running.write(opening(first))
    await running.write(opening(again))
    call = await running.store.call(PKY, first.id)
    assert call is not None
    assert call.state is CallState.QUEUED
    assert call.ticket_number == first.ticket_number
    assert [each.number for each in await running.store.tickets(PKY)] == [first.ticket_number]


# --- what a database does not take ---------------------------------------------------------


async def test_text_that_no_database_keeps_is_replaced(running: Running) -> None:
    """NUL and half a surrogate pair do not stop the writer; the rest of the text stays."""
    call = arrived(1, location="Jl. \x00 Yos \udc80 Sudarso 🚒 \u202e")
    await running.write(opening(call))
    stored = await running.store.call(PKY, call.id)
    assert stored is not None
    assert stored.location == "Jl. \ufffd Yos \ufffd Sudarso 🚒 \u202e"
    assert await running.store.call_events(PKY, call.id) != []
    assert running.stats().cleaned == 1


async def test_hostile_text_is_only_text(running: Running) -> None:
    """SQL, HTML and formulas come back as they were."""
    call = arrived(1, location="'); DROP TABLE calls; --", trunk="<b>=1+1</b> $1 %s :x ?")
    await running.write(opening(call))
    assert await running.store.call(PKY, call.id) == call


async def test_a_refused_row_holds_nothing_else_up(running: Running) -> None:
    """A ticket whose number another one has stays in the journal; the others are stored."""
    first, second, third = arrived(1), arrived(2), arrived(3)
    second = second.evolve(ticket_number=first.ticket_number)
    records = [opening(first), opening(second), opening(third)]
    with capture_logs() as logs:
        await running.write(*records)
    assert running.stored == records
    assert running.stats().underived == 1
    assert await running.store.call_events(PKY, second.id) == [records[1]]
    tickets = await running.store.tickets(PKY)
    assert {each.id for each in tickets} == {first.ticket, third.ticket}
    assert [(each["event"], each["seq"]) for each in logs] == [("store.underived", records[1].seq)]


async def test_a_value_too_long_for_an_index_holds_nothing_else_up(
    running: Running, backend: str
) -> None:
    """What PostgreSQL refuses to index stays in the journal; SQLite indexes anything."""
    noise = "".join(random.Random(1).choices(string.printable, k=20_000))  # noqa: S311
    long = arrived(1).evolve(uniqueid=Uniqueid(noise))
    records = [opening(long), opening(arrived(2))]
    await running.write(*records)
    assert running.stored == records
    assert await running.store.call_events(PKY, long.id) == [records[0]]
    assert running.stats().underived == (backend == "postgresql")


async def test_an_entry_that_cannot_be_kept_at_all_is_counted(running: Running) -> None:
    """A time that is no number is not reported as stored, and stops nothing."""
    broken = record(EntryKind.PBX_LOST, float("nan"))
    after = opening(arrived(1))
    await running.write(broken, after)
    assert running.stored == [after]
    assert running.stats().lost == 1


# --- when the database fails ---------------------------------------------------------------


async def test_a_group_is_written_whole_or_not_at_all(running: Running, migrated_url: str) -> None:
    """While one table is missing no other is written; afterwards everything is, in order."""
    records = [*life(1), *life(2)]
    await execute(migrated_url, "ALTER TABLE seats RENAME TO away")
    with capture_logs() as logs:
        for each in records:
            running.put(each)
        await until(lambda: running.stats().failures >= 3)
        assert await journal(migrated_url) == []
        assert running.stored == []
        assert "sip112 migrate" in (running.stats().last_error or "")
        await execute(migrated_url, "ALTER TABLE away RENAME TO seats")
        await running.settled()
    assert running.stored == records
    assert await journal(migrated_url) == [each.seq for each in records]
    assert running.stats().repeated == 0
    assert running.stats().last_error is None
    assert [each["event"] for each in logs] == ["store.away", "store.back"]


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize(("cut", "repeated"), [("request", 0), ("reply", 6)])
async def test_a_connection_cut_around_the_commit_stores_once(
    migrated_url: str, postgres: PostgresServer, cut: Any, repeated: int
) -> None:
    """Whether the commit came through or not, each entry is there once."""
    async with Proxy(postgres.port).serve() as proxy:
        store = Store(migrated_url.replace(str(postgres.port), str(proxy.port)))
        async with owning(store) as running:
            await running.write(*life(1))  # so that the statement is known to the server
            proxy.cut = cut
            await running.write(*life(2))
        await store.close()
    assert running.stats().failures == 1
    assert running.stats().repeated == repeated
    assert await journal(migrated_url) == [each.seq for each in running.stored]
    assert len(running.stored) == 12
    assert await fetch(migrated_url, "SELECT count(*) FROM tickets") == [(2,)]


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_a_backend_killed_in_mid_transaction_stores_once(
    running: Running, migrated_url: str
) -> None:
    """A statement that waits for a lock as its backend dies is carried out once, later."""
    await running.write(*life(1))
    holder = await asyncpg.connect(migrated_url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE seats")
        for each in life(2):
            running.put(each)
        killed = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        async with asyncio.timeout(10):
            while not await holder.fetch(killed):  # noqa: ASYNC110 - a server sets no event
                await asyncio.sleep(0.01)
        await until(lambda: running.stats().failures == 1)
    await holder.close()
    await running.settled()
    assert running.stats().repeated == 0
    assert await journal(migrated_url) == [each.seq for each in running.stored]
    assert len(running.stored) == 12


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_a_frozen_server_is_noticed_and_stores_once(
    running: Running,
    migrated_url: str,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that accepts and never answers is given up after a time, and tried again."""
    monkeypatch.setattr(drivers, "ANSWER_WITHIN", 0.2)
    await running.write(*life(1))
    postgres.signal(signal.SIGSTOP)
    try:
        for each in life(2):
            running.put(each)
        await until(lambda: running.stats().failures >= 2)
    finally:
        postgres.signal(signal.SIGCONT)
    assert "in time" in (running.stats().last_error or "")
    await running.settled()
    assert await journal(migrated_url) == [each.seq for each in running.stored]
    assert len(running.stored) == 12


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_locked_file_is_waited_for(
    running: Running, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program's lock holds the entries back for as long as it lasts, and loses none."""
    pragmas = ("PRAGMA busy_timeout=10", *drivers.SQLITE_PRAGMAS[1:])
    monkeypatch.setattr(drivers, "SQLITE_PRAGMAS", pragmas)
    with holding(migrated_url):
        for each in life(1):
            running.put(each)
        await until(lambda: running.stats().failures >= 2)
        assert "locked" in (running.stats().last_error or "")
        assert running.stored == []
    await running.settled()
    assert await journal(migrated_url) == [each.seq for each in running.stored]
    assert len(running.stored) == 6


async def test_a_database_that_is_away_at_start_is_waited_for(
    url: str, tmp_path: Path, request: pytest.FixtureRequest, backend: str
) -> None:
    """Entries put before the database can be reached are stored once it can."""
    if backend == "sqlite":
        url = f"sqlite:///{tmp_path}/later/sip112.db"
        come: Any = (tmp_path / "later").mkdir
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        server.stop()
        come = server.start
    store = Store(url)
    waiting = store.writer(PKY)
    records = life(1)
    for each in records:
        waiting.put(each)
    with pytest.raises(StoreUnavailable, match="SIP112_DATABASE_URL"):
        await store.migrate()
    assert waiting.stats().pending == len(records)
    come()
    await store.migrate()
    async with owning(store) as running:
        await running.settled()
    assert await store.records_after(PKY, Seq(0), 100) == records
    await store.close()


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_a_server_that_crashes_is_written_to_again(
    running: Running, migrated_url: str, postgres: PostgresServer
) -> None:
    """A crash and restart of the server costs no entry and doubles none."""
    await running.write(*life(1))
    postgres.stop(signal.SIGQUIT)
    for each in life(2):
        running.put(each)
    await until(lambda: running.stats().failures)
    postgres.start()
    await running.settled()
    assert len(running.stored) == 12
    assert await journal(migrated_url) == [each.seq for each in running.stored]


async def test_what_was_said_to_be_stored_survives_kill_9(migrated_url: str) -> None:
    """A program killed in mid-write has stored all that it reported, and no half a group."""
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.endless", migrated_url, stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout is not None
    reported = 0
    async with asyncio.timeout(30):
        while reported < 500:
            reported = int(await killed.stdout.readline())
    killed.kill()
    rest = (await killed.stdout.read()).split(b"\n")[:-1]
    await killed.wait()
    stored = await journal(migrated_url)
    assert stored == list(range(1, len(stored) + 1))
    assert len(stored) >= max([reported, *map(int, rest)])
    # Every state that follows is of the last stored entry of its call.
    assert (
        await fetch(
            migrated_url,
            """SELECT calls.id FROM calls WHERE seq <>
                   (SELECT max(seq) FROM call_events WHERE call_id = calls.id)
               UNION ALL
               SELECT call_id FROM call_events WHERE call_id NOT IN (SELECT id FROM calls)
               UNION ALL
               SELECT call_id FROM call_events WHERE call_id NOT IN (SELECT call_id FROM tickets)
            """,
        )
        == []
    )


# --- the bound ---------------------------------------------------------------------------------


async def test_near_the_bound_what_later_entries_repeat_is_let_go(
    running: Running, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Openings, ends and last states are kept; the calls read the same as without the bound."""
    monkeypatch.setattr(writer, "THIN_FROM", 30)
    await execute(migrated_url, "ALTER TABLE call_events RENAME TO away")
    running.put(record(EntryKind.PBX_LOST))
    await until(lambda: running.stats().failures)
    native = record(EntryKind.PBX_NATIVE)
    running.put(native)
    lives = [life(n, seat=f"seat-{n}") for n in range(1, 8)]
    for each in lives:
        for one in each:
            running.put(one)
    with capture_logs() as logs:
        await until(lambda: running.stats().thinned)
    assert logs[0]["event"] == "store.full"
    last = record(EntryKind.PBX_BACK)
    running.put(last)
    await execute(migrated_url, "ALTER TABLE away RENAME TO call_events")
    await running.settled()
    stats = running.stats()
    assert (stats.thinned, stats.refused) == (7 * 4, 0)
    kept = [one for opened, *_, ended in lives for one in (opened, ended)]
    assert running.stored[1:] == [native, *kept, last]
    for *_, ended in lives:
        assert ended.call is not None
        assert await running.store.call(PKY, ended.call.id) == ended.call
    assert await fetch(migrated_url, "SELECT count(*) FROM tickets") == [(7,)]
    assert len(await running.store.seats(PKY)) == 7


async def test_at_the_bound_new_entries_are_refused_and_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory stays bounded; what is refused is never reported as stored."""
    monkeypatch.setattr(writer, "PENDING_MAX", 10)
    kept = [opening(arrived(n)) for n in range(10)]
    refused = [opening(arrived(n)) for n in range(10, 25)]
    waiting = store.writer(PKY)
    for each in [*kept, *refused]:
        waiting.put(each)
    assert waiting.stats().pending == 10
    assert waiting.stats().refused == 15
    async with owning(store) as running:
        await running.settled()
        await running.write(refused[0])  # there is room again
    assert running.stored == [*kept, refused[0]]


async def test_the_age_of_what_waits_is_told(store: Store) -> None:
    """The oldest entry that waits says how long the database has been away."""
    waiting = store.writer(PKY)
    assert waiting.stats().oldest_pending_s == 0
    now = time.time()
    for seconds in (60, 0):
        made = Seq(int((now - seconds) * 1_000_000))
        waiting.put(replace(record(EntryKind.PBX_LOST), seq=made))
    assert 59 <= waiting.stats().oldest_pending_s < 70


# --- the end -----------------------------------------------------------------------------------


async def test_a_stop_writes_what_is_left(store: Store) -> None:
    """Entries put in the same instant as the stop are stored."""
    records = life(1)
    async with owning(store) as running:
        await asyncio.sleep(0)
        for each in records:
            running.put(each)
    assert running.stored == records


async def test_a_stop_does_not_wait_for_ever(
    store: Store, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the database away a stop ends after its time, and says what it leaves."""
    monkeypatch.setattr(writer, "FLUSH_WITHIN", 0.2)
    await execute(migrated_url, "ALTER TABLE seats RENAME TO away")
    with capture_logs() as logs:
        async with owning(store) as running:
            for each in life(1):
                running.put(each)
            await until(lambda: running.stats().failures)
    assert running.stored == []
    assert logs[-1]["event"] == "store.unwritten"
    assert logs[-1]["entries"] == 6
    await execute(migrated_url, "ALTER TABLE away RENAME TO seats")
    async with owning(store) as running:  # and nothing of it was forgotten
        await running.settled()
    assert len(running.stored) == 6


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("away", [signal.SIGSTOP, signal.SIGQUIT])
async def test_a_store_closes_without_its_server(
    migrated_url: str,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    away: signal.Signals,
) -> None:
    """A stop of the service is no error while the server stands still or is gone."""
    monkeypatch.setattr(drivers, "ANSWER_WITHIN", 0.2)
    store = Store(migrated_url)
    async with owning(store) as running:
        await running.write(*life(1))
    await store.ping()
    if away is signal.SIGSTOP:
        postgres.signal(away)
    else:
        postgres.stop(away)
    try:
        await store.close()
    finally:
        if away is signal.SIGSTOP:
            postgres.signal(signal.SIGCONT)
        else:
            postgres.start()


async def test_an_error_of_the_listener_is_not_swallowed(store: Store) -> None:
    """A failing `on_stored` ends `run` with its error: that is a fault of the program."""

    def fail(_stored: list[Record]) -> None:
        msg = "no"
        raise LookupError(msg)

    failing = store.writer(PKY)
    failing.begin((await own(store)).token, Seq(0))
    failing.put(opening(arrived(1)))
    async with asyncio.timeout(10):
        with pytest.raises(LookupError):
            await failing.run(fail)
