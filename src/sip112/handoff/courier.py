"""The courier: carries what waits in the outbox to the agencies, until each has it.

Theory of operation. The outbox is the truth, and is looked into at every wake-up and every
`POLL_S`. What has just been put there is handed over with the wake-up, and is on its way before
anybody has read anything. Messages of one line (one handoff, by one rung) go one after the
other; of one agency's one channel `AT_ONCE` at once, so that one system that hangs holds up
nobody else, and neither the same agency's other channels.

A message is sent at least once. What is sent of it is kept before, what became of it is told to
the handoff and then written: whoever ends in between sends it again, the same words with the
same idempotency key. Nothing that an agency's system does, nor the database, nor a
fault of ours in one message, ends the courier.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

import structlog

from sip112.dispatch.agency import ChannelKind, Rung
from sip112.dispatch.handoff import MessageKind
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.outbox import Letter, OutboxItem, Settled
from sip112.dispatch.reasons import Code, Reason, because
from sip112.handoff.ports import (
    Carrier,
    Clock,
    Compose,
    Destination,
    Fate,
    Happening,
    Outbox,
    Outcome,
    Result,
    Told,
    WallClock,
)
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, Instant

POLL_S: Final = 1.0
"""Seconds between looks into the outbox, whatever is heard."""

AT_ONCE: Final = 4
"""Messages that are on their way to one agency by one channel."""

MOST: Final = 100
"""Messages that are taken at a look."""

FIRST_PAUSE_S: Final = 1.0
"""Seconds to wait at most after the first try; twice as long after each further one."""

LONGEST_PAUSE_S: Final = 60.0
"""Seconds to wait at most after any try."""

GIVE_UP_S: Final = 24 * 3600.0
"""Seconds for which a message to an agency is tried."""

CALLER_S: Final = 900.0
"""Seconds for which one to a caller is: who was told nothing by then calls again."""

REST_S: Final = 60.0
"""Seconds for which a line is left alone in which a fault of ours came up."""

_BEGIN: Final = frozenset({MessageKind.REQUEST, MessageKind.REFERRAL})
"""With what a line begins."""

_DOUBLED: Final = 30  # more than enough to be at the bound

T = TypeVar("T")
Line = tuple[HandoffId, Rung]

_log = structlog.get_logger(__name__)


class Courier:
    """Carries one centre's messages while `run` does. See the module's docstring.

    Args:
        centre: whose messages.
        outbox: where they wait.
        carriers: the channels that there are.
        compose: makes and keeps what is sent of a message that has no body yet.
        told: takes what became of each.
        written: is told of each that has ended, once that is in the outbox.
        clock: the time.
        chance: a number from 0 to below 1, another one each time.
    """

    def __init__(
        self,
        centre: CentreCode,
        outbox: Outbox,
        carriers: Mapping[ChannelKind, Carrier],
        compose: Compose,
        told: Told,
        *,
        written: Callable[[OutboxItem], None] = lambda _: None,
        clock: Clock | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.faults = 0
        """Messages and looks that a fault of ours spoilt."""
        self.results: Counter[tuple[ChannelKind, Fate]] = Counter()
        """Tries by what came of them."""
        self._centre = centre
        self._outbox = outbox
        self._carriers = carriers
        self._compose = compose
        self._told = told
        self._written = written
        self._clock = clock or WallClock()
        self._chance = chance
        self._group: asyncio.TaskGroup | None = None
        self._woken = asyncio.Event()
        self._due = Instant(math.inf)
        """When something is due that is known of, if that is sooner than the next look."""
        self._busy: set[Line] = set()
        self._resting: dict[Line, Instant] = {}
        self._on_their_way: Counter[Destination] = Counter()
        self._left: set[Line] = set()
        """Lines that became free while the outbox was being read: what it said of them is old."""
        self._is_away = False
        """Whether the store did not answer the last time."""

    @property
    def on_their_way(self) -> int:
        """How many messages are being carried."""
        return len(self._busy)

    def wake(self, items: Sequence[OutboxItem] = ()) -> None:
        """Hear that there is something in the outbox: `items`, in their order, or whatever.

        A request, or a referral, with its body begins a line, and goes at once. Never fails.
        """
        for item in items:
            begins = item.kind in _BEGIN and item.body is not None and not item.tries
            if not (begins and item.not_before <= self._clock.now() and self._start(item)):
                self._expect(item.not_before)
                self._woken.set()
        if not items:
            self._woken.set()

    async def run(self) -> None:
        """Carry until cancelled. What is on its way then is sent again by whoever is next."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                while True:
                    self._woken.clear()
                    await self._look()
                    until = Instant(min(self._clock.now() + POLL_S, self._due))
                    await self._clock.wait(self._woken, until)
            finally:
                self._group = None

    def _expect(self, at: Instant) -> None:
        self._due = min(self._due, at)

    async def _look(self) -> None:
        """Begin with what is ready, as far as its ways are free."""
        now = self._clock.now()
        if self._due <= now:
            self._due = Instant(math.inf)
        self._resting = {line: at for line, at in self._resting.items() if at > now}
        self._left.clear()
        full = [to for to, count in self._on_their_way.items() if count >= AT_ONCE]
        most = MOST + len(self._busy) + len(self._resting)  # which it tells again
        try:
            items = await self._outbox.ready(self._centre, now, most, full)
        except StoreUnavailable as error:
            self._store_is_away(error)
            return
        except Exception:  # noqa: BLE001 - what waits must be looked for again
            self._fault("the outbox")
            return
        self._is_away = False
        fresh = [item for item in items if _line(item) not in self._left]
        started = [item for item in fresh if self._start(item)]
        if len(fresh) < len(items) or (started and len(items) >= most):
            self._woken.set()

    def _start(self, item: OutboxItem) -> bool:
        """Carry `item` unless its way is taken; tell which."""
        line, to = _line(item), (item.agency, item.rung.channel)
        taken = line in self._busy or line in self._resting or self._on_their_way[to] >= AT_ONCE
        if self._group is None or taken:
            return False
        self._busy.add(line)
        self._on_their_way[to] += 1
        self._group.create_task(self._serve(item, line, to), name="courier")
        return True

    async def _serve(self, item: OutboxItem, line: Line, to: Destination) -> None:
        try:
            if not await self._deliver(item):
                self._resting[line] = Instant(self._clock.now() + POLL_S)
        except Exception:  # noqa: BLE001 - whatever it is, the next message must be carried
            self._fault(item.kind)
            self._resting[line] = Instant(self._clock.now() + REST_S)
        finally:
            self._busy.discard(line)
            self._left.add(line)
            self._on_their_way[to] -= 1
            if not self._on_their_way[to]:
                del self._on_their_way[to]
            self._woken.set()

    async def _deliver(self, item: OutboxItem) -> bool:
        """Try a message; False if somebody else has seen to it meanwhile."""
        at = self._clock.now()
        if item.body is None:
            composed = await self._insist(lambda: self._compose(item))
            if composed is None:
                return False
            item = composed
        letter = Letter(item.body or b"", item.content_type or "")
        result = await self._carry(item, letter, at)
        self.results[item.rung.channel, result.fate] += 1
        return await self._conclude(item, result)

    async def _carry(self, item: OutboxItem, letter: Letter, at: Instant) -> Result:
        """Have the channel carry it; StoreUnavailable from there is before anything was sent."""
        carrier = self._carriers.get(item.rung.channel)
        if carrier is None:
            return Result(Fate.HELD, because(Code.NO_CARRIER, channel=item.rung.channel))
        try:
            return await self._insist(lambda: carrier.carry(item, letter, at))
        except Exception:  # noqa: BLE001 - a fault in one channel
            self._fault(item.rung.channel)
            return Result(Fate.AGAIN, because(Code.FAULT))

    async def _conclude(self, item: OutboxItem, result: Result) -> bool:
        """Tell what came of a try, and write it; False if somebody else has written otherwise."""
        now = self._clock.now()
        why = result.why or because(Code.FAULT)
        match result.fate:
            case Fate.DELIVERED | Fate.SENT:
                is_proven = result.fate is Fate.DELIVERED
                await self._tell(item, Happening.DELIVERED if is_proven else Happening.SENT, now)
                return await self._settle(item, Settled.DELIVERED, now)
            case Fate.AGAIN | Fate.HELD if now - item.since < _give_up_s(item):
                if not item.tries:
                    is_held = result.fate is Fate.HELD
                    _say(item, "an agency is not reached", why)
                    await self._tell(
                        item, Happening.HELD if is_held else Happening.FAILING, now, why
                    )
                again = Instant(now + self._pause(item, result))
                self._expect(again)
                return await self._insist(lambda: self._outbox.retry(item, again, why))
            case Fate.AGAIN | Fate.HELD:
                why = why.given_up(_give_up_s(item))
            case Fate.NEVER:
                pass
        _say(item, "a message to an agency is given up", why)
        await self._tell(item, Happening.DEAD, now, why)
        return await self._settle(item, Settled.DEAD, now, why)

    def _pause(self, item: OutboxItem, result: Result) -> float:
        """Return how long to wait before the next try: anything up to a bound that grows.

        Those who failed together shall not come back together.
        """
        longest = min(LONGEST_PAUSE_S, math.ldexp(FIRST_PAUSE_S, min(item.tries, _DOUBLED)))
        return max(result.after_s, longest * self._chance())

    async def _settle(
        self, item: OutboxItem, how: Settled, at: Instant, why: Reason | None = None
    ) -> bool:
        is_ours = await self._insist(lambda: self._outbox.settle(item, how, at, why))
        if is_ours:
            self._written(item)
        return is_ours

    async def _tell(
        self, item: OutboxItem, what: Happening, at: Instant, why: Reason | None = None
    ) -> None:
        """Tell the handoff; a fault in that must not have the agency told again and again."""
        try:
            await self._insist(lambda: self._told(item, Outcome(what, at, why)))
        except Exception:  # noqa: BLE001 - as the docstring says
            self._fault(what)

    async def _insist(self, what: Callable[[], Awaitable[T]]) -> T:
        """Do something with the store, however often it takes."""
        while True:
            try:
                return await what()
            except StoreUnavailable as error:
                self._store_is_away(error)
                again = Instant(self._clock.now() + POLL_S)
                await self._clock.wait(asyncio.Event(), again)

    def _store_is_away(self, error: StoreUnavailable) -> None:
        if not self._is_away:
            _log.warning("the outbox cannot be read or written; going on", error=str(error))
        self._is_away = True

    def _fault(self, where: str) -> None:
        self.faults += 1
        _log.exception("a fault in sip112, please report it", while_carrying=str(where))


def _line(item: OutboxItem) -> Line:
    return item.handoff, item.rung


def _give_up_s(item: OutboxItem) -> float:
    return CALLER_S if item.kind is MessageKind.REFERRAL else GIVE_UP_S


def _say(item: OutboxItem, what: str, why: Reason) -> None:
    # neither the address, which may be a person's, nor the URL, which may hold a secret
    _log.warning(
        what,
        agency=item.agency,
        channel=item.rung.channel.value,
        message=str(item.id),
        why=str(why),
    )
