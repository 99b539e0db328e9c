"""The hub: everyone gets everything once, in order, whatever happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sip112.api import docs, hub
from sip112.api.hub import Hub, about, encode
from sip112.api.ports import Archive
from sip112.api.schemas.events import EventView, event_view
from sip112.routing.call import Caller, CallState, Offer, OfferResult, Origin, Outcome, Party, Place
from sip112.routing.effects import EntryKind, Record
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import AgentId, CentreCode, Instant, SeatId, Seq
from sip112.routing.seat import Device
from sip112.routing.started import Line
from sip112.store.store import Store
from tests.api.service import PKY, until, write
from tests.store.examples import life

EVERYTHING = about(None, frozenset())


def entry(seq: int, **fields: Any) -> Record:
    """Return a journal entry with that number."""
    return Record(Seq(seq), Instant(seq), PKY, fields.pop("kind", EntryKind.PBX_BACK), **fields)


class Journal:
    """An archive of which the test decides what it has by now, and whether it answers."""

    def __init__(self) -> None:
        self.entries: list[Record] = []
        self.away = False
        self.reads = 0

    async def records_after(self, centre: CentreCode, seq: Seq, limit: int) -> list[Record]:
        """Return what it has after `seq`."""
        assert centre == PKY
        self.reads += 1
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailable
        return [each for each in self.entries if each.seq > seq][:limit]


def hub_with(journal: Journal, **options: Any) -> Hub:
    """Return a hub whose archive is that journal."""
    return Hub(PKY, cast("Archive", journal), **options)


def seqs(chunk: bytes) -> list[int]:
    """Return the numbers of the entries in what a stream sent."""
    events = chunk.decode().split("\n\n")
    return [int(event.split("\n")[0][4:]) for event in events if "\nevent: " in event]


async def heard(stream: AsyncIterator[bytes]) -> list[int]:
    """Return the numbers of everything that a stream sends until it ends."""
    async with asyncio.timeout(5):
        return [seq async for chunk in stream for seq in seqs(chunk)]


async def following(stream: AsyncIterator[bytes]) -> bytes:
    """Return what a stream sends next."""
    async with asyncio.timeout(5):
        return await anext(stream)


# --- one entry ------------------------------------------------------------------------


def test_an_entry_is_one_event() -> None:
    """Id, name and one line of JSON that fits the schema."""
    text = encode(docs.RECORD).decode()
    assert text.endswith("\n\n")
    first, second, third = text[:-2].split("\n")
    assert first == f"id: {docs.RECORD.seq}"
    assert second == "event: call.ringing"
    event = TypeAdapter(EventView).validate_json(third.removeprefix("data: "), strict=False)
    assert event["call"] is not None
    assert event["call"]["seat"] == "seat-03"


def every_word() -> Iterator[Record]:
    """Yield entries in which every word that a call, an offer or a seat can have is said."""
    offer, call, seat = docs.RINGING.offers[0], docs.ENDED, docs.READY
    words: list[dict[str, Any]] = [
        *({"state": each} for each in CallState),
        *({"origin": each} for each in Origin),
        *({"outcome": each} for each in Outcome),
        *({"offers": (replace(offer, result=each), offer)} for each in OfferResult),
    ]
    for changes in words:
        yield entry(1, call=call.evolve(**changes), kind=EntryKind.CALL_ENDED)
    for device in Device:
        yield entry(1, seat=seat.evolve(device=device))
    words = [{"agent": None}, {"pause_reason": "tea"}, {"call": call.id}]
    for changes in words:
        yield entry(1, seat=seat.evolve(**changes), kind=EntryKind.SEAT_CHANGED)
    for kind in EntryKind:
        yield entry(1, kind=kind, detail={"result": "no answer", "café": "☕"})


@pytest.mark.parametrize("records", [list(every_word()), life(1)], ids=["words", "life"])
def test_the_data_is_the_view(records: list[Record]) -> None:
    """However it is written, it is byte for byte what the other routes' JSON would be."""
    whole = TypeAdapter(EventView)
    for record in records:
        data = encode(record).split(b"\n")[2].removeprefix(b"data: ")
        assert data == whole.dump_json(event_view(record))
        assert json.loads(data) == json.loads(json.dumps(event_view(record)))


@pytest.mark.parametrize("name", ["a\nb\r\nid: 1", "\u2028\x85", "\udce9", "\x00", "📞"])
def test_no_name_ends_the_event(name: str) -> None:
    """Whatever a caller is called, it stays in its line, and nothing is too strange to send."""
    assert docs.RECORD.call is not None
    call = docs.RECORD.call.evolve(caller=Caller(None, name))
    event = encode(replace(docs.RECORD, call=call))
    assert event.count(b"\n") == 4
    assert b"\r" not in event
    data = json.loads(event.split(b"\n")[2].removeprefix(b"data: "))
    assert data["call"]["caller"]["name"] == name


def test_the_filter_by_seat() -> None:
    """Its own changes, calls at it or taken from it last, and what concerns all seats."""
    here, there = SeatId("seat-03"), SeatId("seat-04")
    wanted = about(here, frozenset())
    assert wanted(docs.RECORD)
    assert not about(there, frozenset())(docs.RECORD)
    assert wanted(entry(1, seat=docs.READY))
    assert not about(there, frozenset())(entry(1, seat=docs.READY))
    assert wanted(entry(1))
    assert not wanted(entry(1, call=docs.WAITING))
    returned = docs.RINGING.evolve(seat=None)
    assert wanted(entry(1, call=returned))
    offered = returned.evolve(
        seat=there, offers=(*returned.offers, Offer(there, AgentId("ani"), Instant(1)))
    )
    assert not wanted(entry(1, call=offered))


def test_the_filter_by_seat_knows_who_is_called_into_a_call() -> None:
    """From the first ring on, and also that the seat is in it no more."""
    here, there = SeatId("seat-03"), SeatId("seat-04")
    at, other = Instant(1), docs.RINGING.evolve(seat=there, offers=())
    rung = other.evolve(parties=(Party(Line(there), Place.ASIDE, at),))
    assert not about(here, frozenset())(entry(1, call=rung))
    rung = rung.evolve(parties=(*rung.parties, Party(Line(here), Place.RINGING, at)))
    assert about(here, frozenset())(entry(1, call=rung))
    left = replace(entry(1, call=other), detail={"what": "left", "who": "seat-03"})
    assert about(here, frozenset())(left)
    assert not about(SeatId("seat-05"), frozenset())(left)
    ended = entry(1, call=other, kind=EntryKind.CALL_ENDED, detail={"who": "seat-02 seat-03"})
    assert about(here, frozenset())(ended)
    assert not about(SeatId("seat-0"), frozenset())(ended)


def test_the_filter_by_kind() -> None:
    """Only those kinds, and together with a seat both must fit."""
    wanted = about(SeatId("seat-03"), frozenset({EntryKind.CALL_RINGING, EntryKind.PBX_LOST}))
    assert wanted(docs.RECORD)
    assert not wanted(replace(docs.RECORD, kind=EntryKind.CALL_ENDED))
    assert wanted(entry(1, kind=EntryKind.PBX_LOST))


# --- streams --------------------------------------------------------------------------


async def test_a_new_subscriber_hears_what_comes() -> None:
    """The past is not told; the first words set the pace and the place."""
    hub = hub_with(Journal())
    hub.publish(entry(1))
    stream = await hub.subscribe(None, EVERYTHING)
    hub.publish(entry(2))
    assert await following(stream) == b"retry: 1000\nid: 1\n\n"
    assert seqs(await following(stream)) == [2]
    waiting = asyncio.ensure_future(following(stream))
    await asyncio.sleep(0)
    hub.publish(entry(3))
    hub.publish(entry(4))
    assert seqs(await waiting) == [3, 4]


async def test_a_hub_that_has_told_nothing_names_no_place() -> None:
    """There is no last id yet."""
    stream = await hub_with(Journal()).subscribe(None, EVERYTHING)
    assert await following(stream) == b"retry: 1000\n\n"


async def test_resuming_from_memory() -> None:
    """What is still in memory is told from there, without asking the archive."""
    journal = Journal()
    hub = hub_with(journal)
    for seq in range(10, 20):
        hub.publish(entry(seq))
    hub.close()
    assert await heard(await hub.subscribe(Seq(14), EVERYTHING)) == [15, 16, 17, 18, 19]
    assert await heard(await hub.subscribe(Seq(19), EVERYTHING)) == []
    assert journal.reads == 0


async def test_resuming_after_a_restart(store: Store) -> None:
    """What was told before the restart comes from the real store, then memory goes on."""
    assert docs.RECORD.call is not None
    past = [replace(docs.RECORD, seq=Seq(seq)) for seq in range(1, 121)]
    present = [replace(docs.RECORD, seq=Seq(seq)) for seq in range(121, 131)]
    await write(store, *past, *present[:3])
    hub = Hub(PKY, store)
    for record in present:
        hub.publish(record)
    hub.close()
    assert await heard(await hub.subscribe(Seq(7), EVERYTHING)) == list(range(8, 131))
    assert await heard(await hub.subscribe(Seq(0), EVERYTHING)) == list(range(1, 131))


async def test_resuming_when_nothing_was_published_yet(store: Store) -> None:
    """The archive alone has the past; then it goes on live."""
    await write(store, replace(docs.RECORD, seq=Seq(1)), replace(docs.RECORD, seq=Seq(2)))
    hub = Hub(PKY, store)
    stream = await hub.subscribe(Seq(1), EVERYTHING)
    await following(stream)
    assert seqs(await following(stream)) == [2]
    later = asyncio.ensure_future(following(stream))
    await until(lambda: hub._waiters)
    hub.publish(replace(docs.RECORD, seq=Seq(3)))
    assert seqs(await later) == [3]


async def test_the_last_entry_before_a_restart() -> None:
    """Once it is known, whoever has it needs no archive, and newcomers learn their place."""
    journal = Journal()
    hub = hub_with(journal)
    hub.begin_after(Seq(7))
    streams = [await hub.subscribe(after, EVERYTHING) for after in (None, Seq(7))]
    hub.publish(entry(8))
    hub.begin_after(Seq(9))  # too late: entries came before the store could be read
    hub.close()
    for stream in streams:
        assert await following(stream) == b"retry: 1000\nid: 7\n\n"
        assert await heard(stream) == [8]
    assert journal.reads == 0


# --- beginning anew ---------------------------------------------------------------------


async def restarted(journal: Journal, durable: int | None) -> Hub:
    """Return a hub that told 11 to 14 and began anew after `durable`; its streams have ended."""
    hub = hub_with(journal)
    hub.begin_after(Seq(10))
    streams = [await hub.subscribe(after, EVERYTHING) for after in (None, Seq(10), Seq(3))]
    for seq in range(11, 15):
        hub.publish(entry(seq))
    behind, waiting, reading = streams
    assert await following(waiting)
    assert seqs(await following(waiting)) == [11, 12, 13, 14]
    waits = asyncio.ensure_future(heard(waiting))
    await until(lambda: hub._waiters)
    hub.restart(None if durable is None else Seq(durable))
    for stream in (behind, reading):  # these had sent nothing yet
        assert await heard(stream) == []
    assert await waits == []
    assert not hub._waiters
    return hub


async def test_to_begin_anew_ends_the_streams() -> None:
    """Whoever comes back hears what comes from then on, once."""
    journal = Journal()
    hub = await restarted(journal, 12)
    assert hub.last == 12
    streams = [await hub.subscribe(after, EVERYTHING) for after in (None, Seq(12))]
    for seq in range(15, 30):
        hub.publish(entry(seq))
    hub.close()
    for stream in streams:
        assert await following(stream) == b"retry: 1000\nid: 12\n\n"
        assert await heard(stream) == list(range(15, 30))
    assert hub.last == 29


async def test_who_has_heard_what_is_not_so_hears_all_since_again() -> None:
    """Another node wrote other entries after 12 than those that were told here."""
    journal = Journal()
    hub = await restarted(journal, 12)
    others = [entry(seq) for seq in (13, 16, 17)]
    journal.entries = [*(entry(seq) for seq in range(1, 13)), *others]
    for each in others:
        hub.publish(each)
    hub.close()
    for doubtful in (13, 14):
        assert await heard(await hub.subscribe(Seq(doubtful), EVERYTHING)) == [13, 16, 17]
    assert await heard(await hub.subscribe(Seq(12), EVERYTHING)) == [13, 16, 17]
    assert await heard(await hub.subscribe(Seq(10), EVERYTHING)) == [11, 12, 13, 16, 17]
    assert await heard(await hub.subscribe(Seq(16), EVERYTHING)) == [17]


async def test_to_begin_anew_where_nothing_is_known_does_not_tell_the_whole_past() -> None:
    """All that was told is in doubt, and nothing before it."""
    journal = Journal()
    journal.entries = [entry(seq) for seq in range(1, 10)]
    hub = await restarted(journal, None)
    assert hub.last is None
    assert await following(await hub.subscribe(None, EVERYTHING)) == b"retry: 1000\n\n"
    hub.begin_after(Seq(9))
    journal.entries.append(entry(11))
    hub.publish(entry(11))
    hub.close()
    assert await heard(await hub.subscribe(Seq(14), EVERYTHING)) == [11]
    assert await heard(await hub.subscribe(Seq(7), EVERYTHING)) == [8, 9, 11]


async def test_to_begin_anew_where_nothing_was_told_puts_nothing_in_doubt() -> None:
    """The journal went on elsewhere: that is a new place to begin at."""
    journal = Journal()
    hub = hub_with(journal)
    hub.begin_after(Seq(10))
    hub.restart(Seq(20))
    hub.publish(entry(21))
    hub.close()
    assert hub.last == 21
    assert await heard(await hub.subscribe(Seq(20), EVERYTHING)) == [21]
    journal.entries = [entry(seq) for seq in range(1, 21)]
    assert await heard(await hub.subscribe(Seq(15), EVERYTHING)) == [16, 17, 18, 19, 20, 21]


async def test_a_long_replay_lets_others_run() -> None:
    """Memory is told in pieces, with a turn for everybody else in between."""
    hub = hub_with(Journal())
    for seq in range(1, 1001):
        hub.publish(entry(seq))
    hub.close()
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.ensure_future(others())
    assert await heard(await hub.subscribe(Seq(1), EVERYTHING)) == list(range(2, 1001))
    running.cancel()
    assert turns >= 19


async def test_an_id_from_the_future_goes_on_live() -> None:
    """A client with an id that nobody gave out hears what comes, rather than nothing."""
    hub = hub_with(Journal())
    hub.publish(entry(1))
    stream = await hub.subscribe(Seq(10**17), EVERYTHING)
    await following(stream)
    hub.publish(entry(2))
    assert seqs(await following(stream)) == [2]


async def test_a_slow_subscriber_catches_up_from_the_archive() -> None:
    """It holds nothing in memory, loses nothing and hears nothing twice."""
    journal = Journal()
    hub = hub_with(journal, memory=4)
    stream = await hub.subscribe(None, EVERYTHING)
    hub.publish(entry(1))
    await following(stream)
    assert seqs(await following(stream)) == [1]
    for seq in range(2, 200):
        hub.publish(entry(seq))
        journal.entries.append(entry(seq))
    journal.entries.pop()  # the archive lags behind a little
    hub.close()
    assert await heard(stream) == list(range(2, 200))


async def test_what_is_neither_in_memory_nor_in_the_archive_is_not_skipped() -> None:
    """The stream ends, and the client comes back for the rest with its last id."""
    journal = Journal()
    hub = hub_with(journal, memory=4)
    for seq in range(1, 21):
        hub.publish(entry(seq))
    journal.entries = [entry(seq) for seq in range(1, 11)]
    assert await heard(await hub.subscribe(Seq(3), EVERYTHING)) == list(range(4, 11))
    journal.entries = [entry(seq) for seq in range(1, 19)]
    hub.close()
    assert await heard(await hub.subscribe(Seq(10), EVERYTHING)) == list(range(11, 21))


async def test_an_archive_that_is_away(gone: Store) -> None:
    """Who needs it is told at once; who does not hears everything all the same."""
    hub = Hub(PKY, gone)
    hub.publish(entry(5))
    with pytest.raises(StoreUnavailable):
        await hub.subscribe(Seq(1), EVERYTHING)
    stream = await hub.subscribe(Seq(5), EVERYTHING)
    await following(stream)
    hub.publish(entry(6))
    assert seqs(await following(stream)) == [6]


async def test_an_archive_that_goes_away_ends_the_stream() -> None:
    """What was read before is sent first."""
    journal = Journal()
    journal.entries = [entry(seq) for seq in range(1, 200)]
    hub = hub_with(journal)
    stream = await hub.subscribe(Seq(0), EVERYTHING)
    journal.away = True
    assert await heard(stream) == list(range(1, 51))


async def test_what_is_not_wanted_wakes_nobody() -> None:
    """A subscriber of one seat sleeps while others are busy, and its place moves on."""
    hub = hub_with(Journal(), heartbeat=0.02)
    stream = await hub.subscribe(None, about(SeatId("seat-99"), frozenset()))
    await following(stream)
    beat = asyncio.ensure_future(following(stream))
    await until(lambda: hub._waiters)
    (waiter,) = hub._waiters
    hub.publish(replace(docs.RECORD, seq=Seq(8)))
    assert not waiter.done()
    assert await beat == b":\nid: 8\n\n"


async def test_a_sign_of_life_for_everyone() -> None:
    """Every stream says something within a heartbeat's time, again and again."""
    hub = hub_with(Journal(), heartbeat=0.01)
    hub.publish(entry(1))
    streams = [await hub.subscribe(None, EVERYTHING) for _ in range(3)]
    for stream in streams:
        await following(stream)
    for _ in range(3):
        async with asyncio.timeout(5):
            beats = await asyncio.gather(*(following(stream) for stream in streams))
        assert beats == [b":\nid: 1\n\n"] * 3


async def test_closing_ends_streams_that_sleep() -> None:
    """Also those that subscribe afterwards; nothing published before is lost."""
    hub = hub_with(Journal(), heartbeat=60)
    sleeping = asyncio.ensure_future(heard(await hub.subscribe(None, EVERYTHING)))
    await until(lambda: hub._waiters)
    hub.publish(entry(1))
    hub.close()
    async with asyncio.timeout(5):
        assert await sleeping == [1]
        assert await heard(await hub.subscribe(None, EVERYTHING)) == []
    assert hub._beat is not None
    assert hub._beat.cancelled()


async def test_a_subscriber_that_leaves_is_forgotten() -> None:
    """Its waiting is cancelled, and publishing goes on."""
    hub = hub_with(Journal())
    stream = await hub.subscribe(None, EVERYTHING)
    await following(stream)
    waiting = asyncio.ensure_future(following(stream))
    await until(lambda: hub._waiters)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not hub._waiters
    hub.publish(entry(1))


async def test_an_entry_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many listen; and not at all when nobody does."""
    encoded: list[int] = []

    def counted(record: Record) -> bytes:
        encoded.append(record.seq)
        return encode(record)

    monkeypatch.setattr(hub, "encode", counted)
    shared = hub_with(Journal())
    shared.publish(entry(1))
    streams = [await shared.subscribe(None, EVERYTHING) for _ in range(5)]
    shared.publish(entry(2))
    shared.close()
    assert [await heard(stream) for stream in streams] == [[2]] * 5
    assert encoded == [2]


# --- all of it at once ------------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 9)),
        st.tuples(st.just("store"), st.integers(1, 9)),
        st.tuples(st.just("read"), st.integers(0, 2)),
        st.tuples(st.just("leave"), st.integers(0, 2)),
        st.tuples(st.just("away"), st.booleans()),
    ),
    max_size=60,
)


@given(steps=STEPS, memory=st.integers(1, 12), before=st.integers(1, 70), known=st.booleans())
async def test_no_gap_and_no_repeat(
    steps: list[tuple[str, int]], memory: int, before: int, *, known: bool
) -> None:
    """Clients that leave, come back and lag hear every entry once, in order.

    The archive lags behind or is away, the ring goes round: a stream may end at any place,
    but a client that comes back with its last id until it is served misses nothing.
    """
    journal = Journal()
    journal.entries = [entry(seq) for seq in range(1, before + 1)]
    shared = hub_with(journal, memory=memory)
    if known:
        shared.begin_after(Seq(before))
    published = stored = before
    clients = [
        _Client(shared, None if known else Seq(before)),  # unknown, it could not come back
        _Client(shared, Seq(0)),
        _Client(shared, Seq(before)),
    ]
    await clients[0].read()  # the first words, with a place to come back to
    for step, number in steps:
        match step:
            case "publish":
                for _ in range(number):
                    published += 1
                    shared.publish(entry(published))
            case "store":
                stored = min(stored + number, published)
                journal.entries = [entry(seq) for seq in range(1, stored + 1)]
            case "read":
                await clients[number].read()
            case "leave":
                await clients[number].leave()
            case "away":
                journal.away = bool(number)
    journal.away = False
    journal.entries = [entry(seq) for seq in range(1, published + 1)]
    for client, first in zip(clients, (before + 1, 1, before + 1), strict=True):
        for _ in range(2 * published + 10):  # each comes to an end or brings something
            await client.read()
        assert client.heard == list(range(first, published + 1))


class _Client:
    """One who listens, and comes back with the last id."""

    def __init__(self, shared: Hub, last: Seq | None = None) -> None:
        self._hub = shared
        self._last = last
        self._stream: AsyncIterator[bytes] | None = None
        self.heard: list[int] = []

    async def connect(self) -> None:
        """Open the stream, unless the archive is needed and away."""
        try:
            self._stream = await self._hub.subscribe(self._last, EVERYTHING)
        except StoreUnavailable:
            self._stream = None

    async def read(self) -> bool:
        """Read what there is to read now; return whether there was anything."""
        if self._stream is None:
            await self.connect()
        if self._stream is None:
            return False
        reading = asyncio.ensure_future(anext(self._stream, None))
        while not reading.done() and not self._hub._waiters:  # noqa: ASYNC110 - steps the loop
            await asyncio.sleep(0)
        if not reading.done():
            await self.leave(reading)
            return False
        chunk = reading.result()
        if chunk is None:
            self._stream = None
            return False
        self.heard += seqs(chunk)
        for line in chunk.decode().split("\n"):
            if line.startswith("id: "):
                self._last = Seq(int(line[4:]))
        return True

    async def leave(self, reading: asyncio.Future[Any] | None = None) -> None:
        """Cut the connection."""
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        self._stream = None
