"""The event stream: every journal entry to everyone who listens, without gap or duplicate.

The hub remembers the last entries in a ring. A subscriber is nothing but a place in it: it
is woken when something is published, takes what is new, and sleeps. So publishing costs the
same however slow a subscriber is, a slow one costs no memory beyond its socket's buffer, and
nothing can overflow. Whoever falls behind the ring, or comes back with a Last-Event-ID older
than it, reads from the archive until the ring covers the rest. Where not even the archive
has it yet, the stream ends, and the client comes back with its last id. Notices, which are
no part of the journal, come along on the same streams.
"""

from __future__ import annotations

import asyncio
import json
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, SchemaSerializer, core_schema

from sip112.api.agency_ears import Ears
from sip112.api.notices import Ear, Hears, NoticeKind, Notices, all_ears
from sip112.api.pages import Pages
from sip112.api.ports import Archive
from sip112.api.schemas.events import EventView, event_view
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.people.roles import Scope
from sip112.routing.call import Call
from sip112.routing.effects import EntryKind, Record
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CallId, CentreCode, SeatId, Seq

RETRY_MS: Final = 1000
"""How long a client waits before it connects again."""

_BATCH: Final = 50
"""Entries that are encoded in one go, some 1 ms: routing runs in the same loop."""

Wanted = Callable[[Record], bool]


def _as_text(schema: Any) -> Any:
    """Return a schema in which an enum's members are just the text that they are.

    Asking each for its value would take a quarter of the time of writing an entry.
    """
    match schema:
        case {"type": "enum"}:
            return core_schema.str_schema()
        case dict():
            return {key: _as_text(each) for key, each in schema.items()}
        case list():
            return [_as_text(each) for each in schema]
        case _:
            return schema


_to_json: Final = SchemaSerializer(_as_text(TypeAdapter(EventView).core_schema)).to_json
"""Takes a third of the time of json.dumps; `TypeAdapter.dump_json` would add to it."""


def encode(record: Record) -> bytes:
    """Return an entry as one server-sent event. JSON has no bare line breaks in it."""
    view = event_view(record)
    try:
        data = _to_json(view, warnings=False)
    except PydanticSerializationError:  # text that is not valid Unicode must not stop the rest
        data = json.dumps(view).encode()
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (record.seq, record.kind.encode(), data)


def about(seat: SeatId | None, kinds: frozenset[EntryKind]) -> Wanted:
    """Return which entries a subscriber wants; None and no kinds are all."""

    def wanted(record: Record) -> bool:
        if kinds and record.kind not in kinds:
            return False
        if seat is None or (record.seat is None and record.call is None):
            return True
        if record.seat is not None and record.seat.id == seat:
            return True
        return record.call is not None and _is_or_was_at(record.call, seat, record.detail)

    return wanted


def _is_or_was_at(call: Call, seat: SeatId, detail: Mapping[str, str]) -> bool:
    """Tell whether a call is at a seat, has it called in, or had it until this entry."""
    return (
        call.seat == seat
        or (bool(call.offers) and call.offers[-1].seat == seat)
        or any(party.line.seat == seat for party in call.parties)
        or seat in detail.get("who", "").split()
    )


def nothing(_: Record) -> bool:
    """Want no entry."""
    return False


def endless() -> bool:
    """Never end."""
    return False


class _Frame:
    """An entry in the ring, encoded when the first subscriber wants it, and only once."""

    __slots__ = ("_encoded", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self._encoded: bytes | None = None

    def encoded(self) -> bytes:
        if self._encoded is None:
            self._encoded = encode(self.record)
        return self._encoded


class Hub:
    """Publishes the journal entries of one centre, and its notices."""

    def __init__(
        self,
        centre: CentreCode,
        archive: Archive,
        *,
        memory: int = 10_000,
        heartbeat: float = 15.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._centre = centre
        self._archive = archive
        self._memory = memory
        self._heartbeat = heartbeat
        self._clock = clock
        self.agencies = Ears(heartbeat)
        """Those of agencies' pages, which hear nothing of what is published here."""
        self.pages = Pages(self._pages_changed, clock)
        """Which of them are open, as far as this node is told."""
        self._notices = Notices()
        self._ring: list[_Frame] = []
        self._published = 0
        """Entries published; the next one's place. A place is a count, not an index."""
        self._floor: Seq | None = None
        """Everything that came after this entry is in the ring; None while nobody knows."""
        self._waiters: dict[asyncio.Future[bool], tuple[Wanted, Ear]] = {}
        self._beat: asyncio.TimerHandle | None = None
        self._streams = 0
        self._closed = False
        self._generation = 0
        """Counts how often it began anew."""
        self._doubtful = Seq(0), Seq(0)
        """Entries after the first, up to the second, may have been seen and not be there."""

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return self._streams

    def begin_after(self, last: Seq) -> None:
        """Say which entry was the last one before a restart, as soon as that is known.

        With it, clients that come back need the archive less often, and a client that has
        heard nothing yet learns a place to come back to.
        """
        if not self._ring:
            self._floor = last

    @property
    def last(self) -> Seq | None:
        """The last entry that was published, or was before; None while nobody knows."""
        return self._frame(self._published - 1).record.seq if self._ring else self._floor

    def restart(self, durable: Seq | None) -> None:
        """Begin anew after `durable`: of what was published since, nobody knows whether it is.

        None if nobody knows of any entry at all. Streams end, and clients come back. Whoever has
        seen one of the entries in doubt is sent everything after `durable` again: another node
        may have written other entries.
        """
        if self._ring:
            first = self._frame(self._published - len(self._ring)).record.seq
            last = self._frame(self._published - 1).record.seq
            self._doubtful = Seq(first - 1) if durable is None else durable, last
        self._ring, self._published = [], 0
        self._floor = durable
        self._generation += 1
        self._wake_all(news=True)

    def publish(self, record: Record) -> None:
        """Give an entry to everyone who listens. Never blocks."""
        frame = _Frame(record)
        if len(self._ring) < self._memory:
            if self._floor is None:
                self._floor = record.seq  # what there was before it, only the archive knows
            self._ring.append(frame)
        else:
            index = self._published % self._memory
            self._floor = self._ring[index].record.seq
            self._ring[index] = frame
        self._published += 1
        for waiter, (wanted, _) in self._waiters.items():
            if not waiter.done() and wanted(record):
                waiter.set_result(True)

    def notify(
        self,
        kind: NoticeKind,
        data: Mapping[str, object],
        *,
        seat: SeatId | None = None,
        scope: Scope | None = None,
    ) -> None:
        """Tell everyone who listens here and now something that is no journal entry.

        With `seat` those who follow another seat alone are not told, and with `scope` those who
        are not allowed that. Never blocks, and what is
        told is not kept: whoever connects later must find out otherwise. It does not travel to
        other nodes.
        """
        notice = self._notices.add(kind, self._clock(), data, seat, scope)
        for waiter, (_, ear) in self._waiters.items():
            if not waiter.done() and ear.hears(notice):
                waiter.set_result(True)

    def life_of(self, call: CallId) -> list[Record] | None:
        """Return the entries of one call, oldest first; None unless all of them are here."""
        entries = [
            frame.record
            for frame in map(self._frame, range(self._published - len(self._ring), self._published))
            if frame.record.call is not None and frame.record.call.id == call
        ]
        whole = entries and entries[0].kind is EntryKind.CALL_ARRIVED
        return entries if whole else None

    def since(self, kind: EntryKind, at: float) -> list[Record]:
        """Return the entries of a kind that happened since then and are here, newest first."""
        places = range(self._published - 1, self._published - len(self._ring) - 1, -1)
        records = (self._frame(place).record for place in places)
        return [record for record in records if record.kind is kind and record.at >= at]

    def wake(self) -> None:
        """Have every stream look whether it is to end."""
        self._wake_all(news=True)
        self.agencies.wake()

    def close(self) -> None:
        """End every stream once it has sent what was published, so that the server can stop."""
        self._closed = True
        if self._beat is not None:
            self._beat.cancel()
        self._wake_all(news=True)
        self.agencies.close()
        self.pages.close()

    def _pages_changed(self, handoff: HandoffId | None, agency: AgencyCode | None) -> None:
        """Tell whoever passes lines on that something else is known of an agency's pages."""
        of = None if handoff is None else str(handoff)
        self.notify(NoticeKind.PRESENCE_CHANGED, {"handoff": of, "agency": agency})

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Count a stream for as long as it is open."""
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1

    async def subscribe(
        self,
        after: Seq | None,
        wanted: Wanted,
        hears: Hears = all_ears,
        ends: Callable[[], bool] = endless,
    ) -> AsyncIterator[bytes]:
        """Return what a stream sends: everything after `after`, or everything from now on.

        And the notices that come from now on. It ends when `ends` says so, at the next thing
        to send or at `wake`. StoreUnavailable if the archive is needed for the
        past and does not answer.
        """
        generation = self._generation
        ear = Ear(self._notices, hears)
        if after is None:
            newest = (
                self._frame(self._published - 1).record.seq if self._ring else self._floor or Seq(0)
            )
            return self._stream(newest, self._published, [], wanted, ear, generation, ends)
        if self._doubtful[0] < after <= self._doubtful[1]:
            after = self._doubtful[0]
        place = self._place_after(after)
        page = await self._read(after) if place is None else []
        return self._stream(after, place, page, wanted, ear, generation, ends)

    async def _stream(
        self,
        after: Seq,
        place: int | None,
        page: list[Record],
        wanted: Wanted,
        ear: Ear,
        generation: int,
        ends: Callable[[], bool],
    ) -> AsyncIterator[bytes]:
        """Yield what a subscriber is sent.

        `after` is the last entry that was sent or passed over, `place` the next one's place
        in the ring, None while the archive has to be read, `page` what was read of it. All that
        is so in `generation`. Notices come in between, through `ear`.
        """
        yield b"retry: %d\n%b" % (RETRY_MS, _mark(after))
        beat = False
        while True:
            if ends():
                return
            if self._generation != generation:
                return  # what it has seen may not be so; the client comes back
            if (notices := ear.take()) is None:
                return  # so slow that some are forgotten; the client comes back and reads anew
            if notices:
                beat = False
                yield notices
                continue
            if place is not None and place < self._published - len(self._ring):
                place = None  # so slow that the ring went round
            if place is None:
                try:
                    page = page or await self._read(after)
                except StoreUnavailable:
                    return  # the client comes back with its last id, and is told then
                if page:
                    after = page[-1].seq
                    place = self._place_after(after)
                elif (place := self._place_after(after, archive_ends=True)) is None:
                    return  # forgotten here and not yet stored there
                chunk = b"".join([encode(record) for record in page if wanted(record)])
                page = []
            elif frames := [
                self._frame(n) for n in range(place, min(place + _BATCH, self._published))
            ]:
                after = frames[-1].record.seq
                place += len(frames)
                chunk = b"".join([frame.encoded() for frame in frames if wanted(frame.record)])
                if len(frames) == _BATCH:
                    await asyncio.sleep(0)  # sending does not give way by itself
            elif self._closed:
                return
            elif beat:
                chunk = b":\n%b" % _mark(after)
            else:
                beat = not await self._changed(wanted, ear)
                continue
            if chunk:
                beat = False
                yield chunk

    async def _changed(self, wanted: Wanted, ear: Ear) -> bool:
        """Wait until something wanted is published or told, or the hub is closed: True.

        False when it is time for a sign of life. One timer serves all streams, since a timer
        for each wait would cost as much as everything else here.
        """
        loop = asyncio.get_running_loop()
        if self._beat is None:
            self._beat = loop.call_later(self._heartbeat, self._sign_of_life)
        waiter: asyncio.Future[bool] = loop.create_future()
        self._waiters[waiter] = wanted, ear
        try:
            return await waiter
        finally:
            del self._waiters[waiter]

    def _sign_of_life(self) -> None:
        self._beat = None  # the first stream that waits again sets the next
        self._wake_all(news=False)

    def _wake_all(self, *, news: bool) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(news)

    async def _read(self, after: Seq) -> list[Record]:
        return await self._archive.records_after(self._centre, after, _BATCH)

    def _frame(self, place: int) -> _Frame:
        return self._ring[place % self._memory]

    def _place_after(self, after: Seq, *, archive_ends: bool = False) -> int | None:
        """Return the place from which on the ring has all entries after `after`.

        None if it may not reach back so far. With `archive_ends` the archive has nothing
        after `after`, so that only what the ring has forgotten can be missing.
        """
        oldest = self._published - len(self._ring)
        reaches_back = self._floor is not None and after >= self._floor
        if not reaches_back and not (archive_ends and oldest == 0):
            return None
        return oldest + bisect_right(
            range(oldest, self._published), after, key=lambda place: self._frame(place).record.seq
        )


def _mark(after: Seq) -> bytes:
    """Return the end of an event without data, which moves the client's last id on."""
    return b"id: %d\n\n" % after if after else b"\n"
