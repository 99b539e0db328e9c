"""An outbox in memory, a clock that is turned by hand, and a handoff that only listens."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from sip112.dispatch.handoff import MessageKind
from sip112.dispatch.ids import MessageId
from sip112.dispatch.outbox import Letter, OutboxItem, Settled
from sip112.dispatch.reasons import Reason
from sip112.handoff.ports import Destination, Happening, Outcome
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, Instant

START = 1_790_000_000.0
WITHIN_S = 30.0


class TurnedClock:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self._now = START
        self.waits: dict[asyncio.Future[None], float] = {}
        """Until when each that waits is waiting."""

    def now(self) -> Instant:
        """Return what time it is."""
        return Instant(self._now)

    async def wait(self, woken: asyncio.Event, until: Instant) -> None:
        """Return when `woken` is set, or the clock was turned to `until`."""
        if self._now >= until or woken.is_set():
            return
        turned = asyncio.get_running_loop().create_future()
        heard = asyncio.create_task(woken.wait())
        self.waits[turned] = until
        try:
            await asyncio.wait({turned, heard}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.waits.pop(turned, None)
            heard.cancel()

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
        for turned in [each for each, until in self.waits.items() if until <= self._now]:
            del self.waits[turned]  # it waits no more, although it has yet to hear of it
            turned.set_result(None)


@dataclass
class Row:
    """A message, and how it is with it."""

    message: OutboxItem
    state: Settled | None = None
    errors: list[str] = field(default_factory=list)


class MemoryOutbox:
    """An outbox in memory, which can be away."""

    def __init__(self) -> None:
        self.rows: dict[MessageId, Row] = {}
        self.is_away = False
        self.reads = 0

    def put(self, *messages: OutboxItem) -> None:
        """Put messages in, in their order."""
        for each in messages:
            self.rows[each.id] = Row(each)

    def states(self) -> set[Settled | None]:
        """Return the states that there are."""
        return {each.state for each in self.rows.values()}

    def keep(self, item: OutboxItem, letter: Letter) -> OutboxItem:
        """Keep what is sent of a message, and return the message with it."""
        self._answer()
        row = self.rows[item.id]
        assert row.message.body is None, "composed twice"
        row.message = item.evolve(body=letter.body, content_type=letter.content_type)
        return row.message

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("the test has taken it away")

    async def ready(
        self, centre: CentreCode, now: Instant, limit: int, without: Collection[Destination]
    ) -> Sequence[OutboxItem]:
        """See the port."""
        await asyncio.sleep(0)
        self._answer()
        self.reads += 1
        found: list[OutboxItem] = []
        blocked = set()
        for row in self.rows.values():
            one = row.message
            line = (one.handoff, one.rung)
            is_dead_request = row.state is Settled.DEAD and one.kind is MessageKind.REQUEST
            if line in blocked or one.centre != centre:
                continue
            if row.state is None or is_dead_request:
                blocked.add(line)
            is_due = row.state is None and one.next_try_at <= now
            if is_due and (one.agency, one.rung.channel) not in without:
                found.append(one)
        return found[:limit]

    async def retry(self, item: OutboxItem, next_try_at: Instant, why: Reason) -> bool:
        """See the port."""
        self._answer()
        row = self.rows[item.id]
        row.message = item.evolve(tries=item.tries + 1, next_try_at=next_try_at)
        row.errors.append(str(why))
        return True

    async def settle(self, item: OutboxItem, how: Settled, at: Instant, why: Reason | None) -> bool:  # noqa: ARG002
        """See the port."""
        self._answer()
        row = self.rows[item.id]
        assert row.state is None, "settled twice"
        row.state = how
        row.errors += [] if why is None else [str(why)]
        return True


class Listener:
    """A handoff that writes down what it is told."""

    def __init__(self) -> None:
        self.heard: dict[MessageId, list[Outcome]] = defaultdict(list)

    async def told(self, item: OutboxItem, outcome: Outcome) -> None:
        """See the port."""
        self.heard[item.id].append(outcome)

    def of(self, message: OutboxItem) -> list[Happening]:
        """Return what happened to a message."""
        return [each.what for each in self.heard[message.id]]


async def until(condition: Callable[[], object], within_s: float = WITHIN_S) -> None:
    """Return when `condition` holds; TimeoutError if it never does."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - whatever it is, nobody tells
            await asyncio.sleep(0.001)
