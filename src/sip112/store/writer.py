"""Takes journal entries at once and sees to it that they are written, whatever happens.

`put` only appends to memory. `run` takes what has gathered, writes it as a group in one
transaction and says what is now durable; when the database fails it says so once, waits and
tries the same group again, so that nothing is lost or reordered. A group can be written twice
with the same result, since after a cut connection nobody knows whether the commit came through.

A commit is what costs, and not what is in it. So an entry waits up to `LINGER` for company; one
that opens a ticket, which somebody waits to see, is written at once, with all that waits, but
so that writing takes no more than its `SHARE` of the time. What is on its way stays in
Asterisk's notes until `run` has called `on_stored`.

What happens at the bound (`PENDING_MAX` entries in memory, an hour of ten calls a second without
a database): shortly before it entries that a later one repeats are let go, since each carries
the whole call or seat. Kept are those that open a ticket, or are the last of their call (as its
end is) or of their seat, so that hours more find room. At the bound itself new entries are
refused and counted; as they are never reported as stored, Asterisk keeps its notes of their
calls, and the next start of the service brings the calls back.

An entry that the database refuses for what it holds does not hold the others up: it is
written to the journal alone, without the rows that follow from it, and counted.

Only the owner of a centre writes its journal. Entries wait until `begin` has told the writer
under which token of the lease, and each group is written only if the lease still has it. If not,
another node owns the centre: what waits is dropped and counted, and `run` ends with Fenced. Of
the calls that were dropped Asterisk still has its notes, from which the new owner takes them.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import structlog
from sqlalchemy import URL

from sip112.routing.assignment import answers_for
from sip112.routing.effects import Record
from sip112.routing.ids import AgentId, CentreCode, Instant, Seq, TicketId, TicketNumber
from sip112.routing.ticket import Ticket
from sip112.store.assignments import Followed
from sip112.store.drivers import Driver, Fence
from sip112.store.errors import Fenced, is_data_error, unavailable
from sip112.store.rows import RECORD, Rows, cleaned, derived_rows, event_row, to_json

GROUP_MAX: Final = 500
"""Entries in one transaction."""

LINGER: Final = 0.05
"""Seconds that an entry waits for others, unless it opens a ticket."""

PACE: Final = 0.01
"""Seconds at least from one group to the next that a ticket begins."""

SHARE: Final = 0.2
"""Of the time, how much at most is spent writing groups that a ticket begins: on a busy
machine they come less often and are larger, up to `LINGER`."""

PENDING_MAX: Final = 200_000
"""Entries that wait in memory while the database is away."""

THIN_FROM: Final = PENDING_MAX * 9 // 10
"""Entries from which on those that later ones repeat are let go."""

THIN_EVERY: Final = PENDING_MAX // 20
"""Entries that must come in before that is done again."""

FLUSH_WITHIN: Final = 5.0
"""Seconds that a stop waits for what is still to be written."""

RETRY_FIRST: Final = 0.1
RETRY_MOST: Final = 5.0

log: Final = structlog.get_logger("sip112.store")


@dataclass(frozen=True, slots=True)
class WriterStats:
    """How writing goes; the numbers of entries count from the start."""

    pending: int
    """Entries that wait in memory."""
    oldest_pending_s: float
    """Age of the oldest of them."""
    written: int
    repeated: int
    """Of those, entries that were in the journal already."""
    cleaned: int
    """Entries that held text which no database keeps; it was replaced."""
    thinned: int
    """Entries let go at the bound because a later one repeats them."""
    refused: int
    """Entries refused at the bound for want of room."""
    underived: int
    """Entries in the journal whose derived rows the database refused."""
    lost: int
    """Entries that the database refused altogether."""
    fenced: int
    """Entries dropped because another node owned the centre by then."""
    failures: int
    """Failed tries to write."""
    last_error: str | None
    """What is wrong and what to do about it; None while writing works."""


class Outage:
    """Says once that the database is away, and how long to wait before the next try."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._tries = 0
        self._since = 0.0
        self.failures = 0
        self.error: str | None = None

    def failed(self, error: Exception) -> float:
        """Note a failure and return the seconds to wait."""
        if self.error is None:
            self._tries = 0
            self._since = time.monotonic()
        message = str(unavailable(error, self._url))
        if message != self.error:
            log.error("store.away", problem=message)
        self.error = message
        self.failures += 1
        delay = min(RETRY_MOST, RETRY_FIRST * (1 << self._tries))
        self._tries = min(self._tries + 1, 16)
        return delay * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, keeps no secret

    def over(self) -> None:
        """Note that the database works."""
        if self.error is not None:
            log.info("store.back", away_s=round(time.monotonic() - self._since, 1))
            self.error = None


class Writer:
    """The one writer of a centre's journal and of what follows from it."""

    def __init__(self, driver: Driver, outage: Outage, centre: CentreCode) -> None:
        self._driver = driver
        self._outage = outage
        self._centre = centre
        self._fence: Fence | None = None
        self._dropping = False
        """Whether another node owns the centre, until the next `begin`."""
        self.written = Seq(0)
        """The last entry that is known to be in the journal."""
        self._pending: deque[Record] = deque()
        self._group: Sequence[Record] = ()
        self._followed: list[Followed] = []
        """Tickets that went on with their callers, in what was written of the group."""
        self._tickets: dict[TicketId | TicketNumber, Ticket] = {}
        """Those that are opened by entries which wait, by either name."""
        self._answers: dict[TicketId, tuple[AgentId, Instant]] = {}
        """Who answers for their callers by now, and since which entry."""
        self._wake = asyncio.Event()
        self._timer: asyncio.Handle | None = None
        self._due = math.inf
        """When the next group begins, by the loop's clock."""
        self._next = 0.0
        """When the next group may begin at the earliest, by the loop's clock."""
        self._stopping = False
        self._thin_from = 0
        self._written = self._repeated = self._cleaned = self._thinned = 0
        self._refused = self._underived = self._lost = self._fenced = 0

    @property
    def token(self) -> int | None:
        """The token under which it writes; None while entries wait for one, or are dropped."""
        return None if self._fence is None else self._fence.token

    def begin(self, token: int, after: Seq) -> Seq:
        """Write from now on under `token`, which the centre's lease has; return a number.

        `after` is the number of the journal's last entry, read (`Store.read_start`) when the
        lease was ours already, so that no earlier owner can add to it. Entries that wait and
        have no higher number get one: whoever follows the journal has passed the lower ones.
        The desk has to go on after the number that is returned.

        What waits from an earlier token is dropped: others have written since.
        """
        if self._fence is not None and self._fence.token != token:
            self.drop()
        self.written = max(after, self.written)
        last = max(after, self._group[-1].seq) if self._group else after
        raised: deque[Record] = deque()
        while self._pending and self._pending[0].seq <= last:  # their numbers grow
            last = Seq(last + 1)
            raised.append(replace(self._pending.popleft(), seq=last))
        if raised:
            raised.extend(self._pending)
            self._pending = raised
        if self._pending:
            last = self._pending[-1].seq
        self._fence = Fence(self._centre, token)
        self._dropping = False
        self._wake.set()
        return last

    def drop(self) -> None:
        """Let go of what waits, and of what comes until the next `begin`: we own nothing."""
        self._fenced += len(self._pending)
        self._pending = deque()
        self._tickets.clear()
        self._answers.clear()
        self._fence = None
        self._dropping = True

    def put(self, record: Record) -> None:
        """Take an entry to be written. Never waits and never fails."""
        if self._dropping:
            self._fenced += 1
            return
        if len(self._pending) >= PENDING_MAX:
            self._refused += 1
            return
        self._pending.append(record)
        if (ticket := record.ticket) is not None:
            self._tickets[ticket.id] = self._tickets[ticket.number] = ticket
        call = record.call
        if call is not None and call.ticket in self._tickets:
            agent = answers_for(call)
            if agent is not None and self._answers.get(call.ticket, (None,))[0] != agent:
                self._answers[call.ticket] = agent, record.at
        loop = asyncio.get_running_loop()
        now = loop.time()
        due = now + LINGER if record.ticket is None else now
        if due < self._due:
            if self._timer is not None:
                self._timer.cancel()
            self._due = due
            self._timer = loop.call_at(due, self._wake.set)

    async def run(
        self,
        on_stored: Callable[[list[Record]], None],
        on_followed: Callable[[Sequence[Followed]], None] = lambda _: None,
    ) -> None:
        """Write until cancelled, then write what is left, for `FLUSH_WITHIN` seconds.

        `on_stored` gets the entries of a transaction as soon as it is durable, in their order;
        `on_followed` the tickets that have gone on with their callers in it.
        Fenced if another node has taken the centre over: everything is dropped then.
        """
        self._stopping = False
        self._wake.set()
        work = asyncio.create_task(self._work(on_stored, on_followed))
        try:
            await asyncio.shield(work)
        finally:
            # A write that is under way is let finish: cut off, its outcome would be unknown.
            self._stopping = True
            self._wake.set()
            try:
                await asyncio.wait({work}, timeout=FLUSH_WITHIN)
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                self._pending.extendleft(reversed(self._group))
                self._group = ()
            if pending := self.stats().pending:
                log.error("store.unwritten", entries=pending, problem=self._outage.error)

    def ticket(self, key: TicketId | TicketNumber) -> Ticket | None:
        """Return a ticket that waits to be written."""
        return self._tickets.get(key)

    def answered(self, ticket: TicketId) -> tuple[AgentId, Instant] | None:
        """Return who answers for the caller of a ticket that waits to be written, and since when.

        None if nobody has answered, or nobody who is known.
        """
        return self._answers.get(ticket)

    def stats(self) -> WriterStats:
        """Return how writing goes."""
        waiting = self._group or self._pending
        # The number tells when an entry was made; `at` may be that of a call of yesterday.
        oldest = time.time() - waiting[0].seq / 1_000_000 if waiting else 0.0
        return WriterStats(
            pending=len(self._group) + len(self._pending),
            oldest_pending_s=max(0.0, oldest),
            written=self._written,
            repeated=self._repeated,
            cleaned=self._cleaned,
            thinned=self._thinned,
            refused=self._refused,
            underived=self._underived,
            lost=self._lost,
            fenced=self._fenced,
            failures=self._outage.failures,
            last_error=self._outage.error,
        )

    async def _work(
        self,
        on_stored: Callable[[list[Record]], None],
        on_followed: Callable[[Sequence[Followed]], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        while self._pending or not self._stopping:
            await self._wake.wait()
            if not self._stopping:
                await asyncio.sleep(self._next - loop.time())
            if not self._stopping:  # a stop that came meanwhile must still be seen
                self._wake.clear()
            self._due = math.inf
            if self._fence is None:
                if self._stopping:
                    return
                await self._thin_if_full()
                continue  # `begin` wakes
            begun = loop.time()
            # What comes in from here on has its own moment to gather.
            gathered = len(self._pending)
            while gathered > 0 and self._pending and self._fence is not None:
                size = min(gathered, GROUP_MAX, len(self._pending))
                gathered -= size
                self._group = [self._pending.popleft() for _ in range(size)]
                try:
                    stored = await self._settle(self._group, self._fence)
                except Fenced as fenced:
                    self._fenced += len(self._group)
                    self._group = ()
                    self.drop()
                    log.warning("store.fenced", problem=str(fenced), dropped=self._fenced)
                    raise
                self._forget_tickets()
                if stored:
                    self.written = stored[-1].seq
                    on_stored(stored)
                if self._followed:
                    on_followed(self._followed)
                    self._followed = []
                self._group = ()
            took = loop.time() - begun
            self._next = begun + min(max(PACE, took / SHARE), max(took, LINGER))

    async def _settle(self, records: Sequence[Record], fence: Fence) -> list[Record]:
        """Write `records` under `fence`, however often it takes, unless we step down meanwhile.

        Return those that are in the journal.
        """
        derive = True
        while True:
            if self._fence is not fence:  # dropped
                self._fenced += len(records)
                return []
            try:
                rows, cleaned_texts = self._rows(records, derive=derive)
                new, followed = await self._driver.write(rows, fence)
            except Fenced:
                raise
            except Exception as error:  # noqa: BLE001 - the writer outlives every failure
                if not is_data_error(error):
                    await asyncio.sleep(self._outage.failed(error))
                    await self._thin_if_full()
                elif len(records) > 1:
                    return [each for one in records for each in await self._settle([one], fence)]
                elif derive:
                    derive = False
                    self._underived += 1
                    _report("store.underived", records[0], error)
                else:
                    self._lost += 1
                    _report("store.lost", records[0], error)
                    return []
            else:
                self._outage.over()
                self._written += len(records)
                self._repeated += len(records) - new
                self._followed += followed
                self._cleaned += cleaned_texts
                return list(records)

    def _rows(self, records: Sequence[Record], *, derive: bool) -> tuple[Rows, int]:
        """Return what `records` write, and how many of them had to be cleaned."""
        codec = self._driver.codec
        events = []
        storable = []
        changed = 0
        for record in records:
            one, data = record, to_json(record)
            if data is None:
                one = cleaned(record)
                data = RECORD.dump_json(one).decode()
                changed += one != record
            events.append(event_row(one, data, codec))
            storable.append(one)
        return derived_rows(events, storable, codec) if derive else Rows(events), changed

    def _forget_tickets(self) -> None:
        for record in self._group:
            if (ticket := record.ticket) is not None:
                self._tickets.pop(ticket.id, None)
                self._tickets.pop(ticket.number, None)
                self._answers.pop(ticket.id, None)

    async def _thin_if_full(self) -> None:
        """Near the bound let go of entries that later ones repeat."""
        pending = self._pending
        if len(pending) < max(THIN_FROM, self._thin_from):
            return
        waiting = list(pending)
        kept = await asyncio.to_thread(_unrepeated, waiting)  # calls are routed meanwhile
        if self._pending is not pending:
            return  # dropped, or numbered anew: the next time, if there is need
        kept.extend(islice(self._pending, len(waiting), None))
        self._thinned += len(self._pending) - len(kept)
        self._pending = kept
        self._thin_from = len(kept) + THIN_EVERY
        log.error(
            "store.full",
            bound=PENDING_MAX,
            pending=len(kept),
            thinned=self._thinned,
            refused=self._refused,
        )


def _unrepeated(records: Sequence[Record]) -> deque[Record]:
    """Return those of `records` that say what no later one says."""
    seen: set[object] = set()
    kept: deque[Record] = deque()
    for record in reversed(records):
        about: list[object] = [] if record.call is None else [record.call.id.int]
        if record.seat is not None:
            about.append(record.seat.id)
        if record.callback is not None:
            about.append(("callback", record.callback.call.int))
        if record.ticket is not None or not about or not seen.issuperset(about):
            kept.appendleft(record)
            seen.update(about)
    return kept


def _report(event: str, record: Record, error: Exception) -> None:
    # Messages of drivers quote values, which may be somebody's number: only names are told.
    log.error(
        event,
        seq=record.seq,
        kind=record.kind,
        call=None if record.call is None else str(record.call.id),
        error=type(error).__name__,
        constraint=getattr(error, "constraint_name", None),
    )
