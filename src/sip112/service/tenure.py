"""A tenure: the time in which this node owns a centre, with all that makes decisions for it.

Every edge puts events on the one queue; `Tenure.put` alone takes them off and steps the desk,
so that there is one writer and no lock. What follows goes out at once: actions to Asterisk
first, then records to the store and to whoever watches, neither of which is waited for.

A tenure begins with the centre's lease, or without one while the database is away; it is
renewed, or claimed, beside the routing. It ends when the node stops, or when another node owns
the centre: the database says so, or Asterisk does.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

import structlog

from sip112.ami.link import Link, LinkConfig
from sip112.ami.originate import Order, Originator, is_order
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.desk import Desk
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import Instant, PbxId, SeatId, Seq
from sip112.routing.spy import Spy
from sip112.routing.ticket import local_day
from sip112.service.phones import Phones
from sip112.service.settings import CentreSettings, Settings
from sip112.store.assignments import Followed
from sip112.store.errors import Fenced
from sip112.store.lease import Lease
from sip112.store.store import Store

TICK_S: Final = 0.5
"""Seconds between ticks, and so between heartbeats; the watchdog waits for 3 s."""

FINEST_S: Final = 0.1
"""Seconds between ticks at least, however much is due: under load something always is."""

STALL_S: Final = 1.5
"""Seconds without a tick after which the desk must hear of the time before anything else:
this process stood still, and Asterisk may have gone native meanwhile, or have another owner."""

COMMAND_S: Final = 6.0
"""Seconds until a command counts as unconfirmed; the desk itself gives up after 5."""

LEASE_S: Final = 3.0
"""Seconds for which a lease is taken. A node that stops renewing is followed by another when
they are over."""

RENEW_S: Final = 1.0
"""Seconds between renewals."""

HAND_OVER_S: Final = 1.0
"""Seconds that a stop waits for Asterisk to take over what was decided here."""

_TOLD_ONCE: Final = (e.CallsStored, e.StoreRead)
"""Events that nobody tells again, while Asterisk's are made good by a look at it."""

_TOLD: Final = frozenset(
    {f.EntryKind.CALL_ARRIVED, f.EntryKind.CALL_RETURNED, f.EntryKind.CALL_ENDED}
)
"""Entries about calls that are logged: two lines for most calls; the journal has the rest."""

_log = structlog.get_logger(__name__)


class End(StrEnum):
    """Why a tenure ended."""

    STOPPED = "stopped"
    LOST = "lost"
    """Another node owns the centre."""
    UNCLAIMED = "unclaimed"
    """It had no lease, and when one was to be had it owned nothing that it could claim."""


class Lost(Exception):  # noqa: N818 - it is the centre that is lost
    """Another node owns the centre. What was asked for may have been done, or not."""


class Tenure:
    """One centre's desk, its links, and what follows. See the module's docstring.

    Args:
        settings: the node's.
        centre: the centre's.
        store: where the lease and the journal are.
        lease: the centre's; None while the database is away.
        why_not: what the database said instead of giving a lease.
        alone: whether no other node can own the centre.
        began: is told the number of the journal's last entry when the journal has been read.
        publish: takes each journal entry, for whoever watches.
        followed: is told which tickets have gone on with their callers.
        spied: takes each spy as it is now, for the audit log and supervisors who watch.
        stepped: takes how long each step of the desk took, seconds.
    """

    def __init__(
        self,
        settings: Settings,
        centre: CentreSettings,
        store: Store,
        lease: Lease | None,
        *,
        why_not: str | None = None,
        alone: bool,
        began: Callable[[Seq], None],
        publish: Callable[[f.Record], None],
        followed: Callable[[Sequence[Followed]], None],
        spied: Callable[[Spy], None],
        stepped: Callable[[float], None],
    ) -> None:
        token = lease.token if lease is not None and not alone else 0
        self.desk = Desk(
            centre.desk(
                settings.popup_url,
                token=token,
                alone=alone,
                stride=1 if alone else random.randint(1, 1000),  # noqa: S311 - no secret
            )
        )
        self.links: dict[PbxId, Link] = {}
        self.originators: dict[PbxId, Originator] = {}
        for pbx in centre.pbxs:
            config = LinkConfig(
                pbx=PbxId(pbx.name),
                centre=centre.code,
                host=pbx.host,
                port=pbx.port,
                username=pbx.username,
                secret=pbx.secret.get_secret_value(),
                record=settings.recording,
            )
            self.links[config.pbx] = Link(config, self.put)
            self.originators[config.pbx] = Originator(
                replace(
                    config, username=pbx.desk_username, secret=pbx.desk_secret.get_secret_value()
                ),
                self._not_started,
            )
        self.phones = Phones(self.links, [SeatId(seat) for seat in centre.browsers])
        self.lease = lease
        self.lease_error = why_not
        """Why the lease could not be renewed or claimed at the last try."""
        self.pulses: dict[PbxId, float | None] = {}
        """How old the pulse of each Asterisk's watchdog was at the last look."""
        self.faults = 0
        """Events and effects that a fault of ours spoilt."""
        self.newer = 0
        """Token of a newer owner of whom Asterisk told."""
        self._settings = settings
        self._centre = centre
        self._store = store
        self._writer = store.writer(centre.code)
        self._began = began
        self._publish = publish
        self._followed = followed
        self._spied = spied
        self._stepped = stepped
        self._events: deque[e.Event] = deque()
        self._routing = False
        self._again: e.Event | None = None
        """The last event that was given once more after a fault."""
        self._ids = itertools.count(1)
        self._replies: dict[int, asyncio.Future[f.Reply]] = {}
        self._ticked = time.monotonic()
        self._over: asyncio.Future[End] = asyncio.get_running_loop().create_future()

    # --- the one queue -------------------------------------------------------------------

    def put(self, event: e.Event) -> None:
        """Hand an event to the desk, which takes it before this returns. Never fails.

        Unless the desk is at work, since what it does can bring events itself: then the event
        waits for its turn. A task that takes them would wake up once more for each.
        """
        self._events.append(event)
        if self._routing:
            return
        self._routing = True
        try:
            while self._events:
                if time.monotonic() - self._ticked > STALL_S:
                    self._events.appendleft(self._time())
                self._step(self._events.popleft())
        finally:
            self._routing = False

    def _step(self, event: e.Event) -> None:
        """Have the desk take `event`, and hand on what follows.

        A fault of ours in one event must not end routing for all that come after it: it is
        told and counted, and Asterisk is asked anew how things are.
        """
        began = time.perf_counter()
        try:
            effects = self.desk.step(event, time.monotonic())
        except Exception:  # noqa: BLE001 - whatever it is, the next call must be routed
            self.faults += 1
            _log.exception("a fault in sip112, please report it", while_taking=type(event).__name__)
            for pbx, link in self.links.items():
                link.send(f.Resync(pbx, "a fault of ours"))
            if isinstance(event, _TOLD_ONCE) and event is not self._again:
                self._again = event
                self._events.append(event)
            return
        self._send(effects)
        for effect in effects:
            try:
                self._hand_on(effect)
            except Exception:  # noqa: BLE001 - likewise
                self.faults += 1
                _log.exception(
                    "a fault in sip112, please report it", while_doing=type(effect).__name__
                )
        if isinstance(event, e.Snapshot | e.Look):
            self._looked(event if isinstance(event, e.Snapshot) else event.snapshot)
        self._stepped(time.perf_counter() - began)

    def _send(self, effects: Sequence[f.Effect]) -> None:
        """Have each Asterisk do what concerns it, together: a write costs more than an action."""
        batches: dict[PbxId, list[f.Action]] = {}
        for effect in effects:
            if is_order(effect):
                self.originators[effect.pbx].send(effect)
            elif not isinstance(effect, (f.StartCall, f.Record, f.Reply, f.StepDown, f.Spied)):
                batches.setdefault(effect.pbx, []).append(effect)
        for pbx, batch in batches.items():
            self.links[pbx].send(*batch)

    def _not_started(self, order: Order, reason: str) -> None:
        if isinstance(order, f.ShowTicket):
            _log.warning(
                "a phone is not shown the ticket",
                seat=order.seat,
                profile=order.profile,
                reason=reason,
            )
        self.put(e.ActionFailed(_now(), order.pbx, order, reason))

    def _hand_on(self, effect: f.Effect) -> None:
        match effect:
            case f.Record() if self._is_lost:
                pass  # the owner tells it
            case f.Record():
                self._writer.put(effect)
                self._publish(effect)
                _tell(effect)
            case f.Reply():
                future = self._replies.pop(effect.id, None)
                if future is not None and not future.done():
                    future.set_result(effect)
            case f.Spied():
                self._spied(effect.spy)
            case f.StepDown():
                self.newer = effect.token
                self._end(End.LOST)
            case _:
                pass  # an action, sent already

    def _looked(self, snapshot: e.Snapshot) -> None:
        self.pulses[snapshot.pbx] = snapshot.pulse_s
        if snapshot.unreadable:
            _log.warning("asterisk holds notes that cannot be read", what=snapshot.unreadable)

    def _time(self) -> e.Tick:
        self._ticked = time.monotonic()
        return e.Tick(_now())

    async def _clock(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self.put(self._time())
            due = self.desk.next_deadline()
            wait = TICK_S if due is None else min(TICK_S, max(FINEST_S, due - time.monotonic()))
            woken = loop.create_future()
            handle = loop.call_later(wait, woken.set_result, None)
            try:
                await woken
            finally:
                handle.cancel()

    async def command(self, kind: type[e.Command], /, **fields: object) -> f.Reply:
        """Give the desk a command and return its reply.

        TimeoutError if none comes; Lost if another node takes the centre over meanwhile.
        """
        number = next(self._ids)
        future: asyncio.Future[f.Reply] = asyncio.get_running_loop().create_future()
        self._replies[number] = future
        self.put(kind(at=_now(), id=number, **fields))  # type: ignore[arg-type]
        try:
            async with asyncio.timeout(COMMAND_S):
                return await future
        finally:
            self._replies.pop(number, None)

    # --- its life ------------------------------------------------------------------------

    async def run(self) -> End:
        """Own the centre until `stop`, or until another node does; return which of the two.

        StoreUnavailable if there is a lease and the journal cannot be read all the same.
        """
        if self.lease is not None:
            await self._begin(self.lease)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._write(), name="store"),
                    *(group.create_task(link.run(), name="link") for link in self.links.values()),
                    group.create_task(self._clock(), name="clock"),
                    group.create_task(self.phones.run(), name="phones"),
                    group.create_task(self._keep(), name="lease"),
                ]
                end = await asyncio.shield(self._over)
                if end is End.STOPPED:
                    await self._hand_over()
                for task in reversed(tasks):
                    task.cancel()
                    await asyncio.wait([task])  # the store last: it writes what they left
        finally:
            if not self._over.done():
                self._over.cancel()
        if end is End.STOPPED and self.lease is not None:
            try:
                await self._store.leases.release(self.lease)
            except StoreUnavailable as error:
                _log.warning("the lease is not given back, and runs out", error=str(error))
        elif end is not End.STOPPED:
            self._writer.drop()
        return end

    def stop(self) -> None:
        """End in good order: hand over to Asterisk's queues at once, then write what is left."""
        self._end(End.STOPPED)

    @property
    def _is_lost(self) -> bool:
        over = self._over
        return over.done() and not over.cancelled() and over.result() is not End.STOPPED

    def _end(self, why: End) -> None:
        if self._over.done():
            return
        self._over.set_result(why)
        if why is End.LOST:
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_exception(Lost())

    async def _hand_over(self) -> None:
        """Let the queues ring by themselves, and see to it that they were told."""
        self.put(e.Stop(_now()))
        settled = asyncio.gather(*(link.settled() for link in self.links.values()))
        try:
            async with asyncio.timeout(HAND_OVER_S):
                await settled
        except TimeoutError:
            _log.warning("asterisk did not confirm the hand-over; its watchdog sees to it")

    # --- the lease and the journal -----------------------------------------------------------

    async def _begin(self, lease: Lease) -> None:
        """Begin to write under `lease`, and tell the desk what the journal knows."""
        config = self.desk.config
        now = _now()
        read = await self._store.read_start(config.centre, now, local_day(now, config.zone))
        self.lease = lease
        self._began(Seq(read.last_seq))
        last = self._writer.begin(lease.token, Seq(read.last_seq))
        self.put(replace(read, last_seq=last))

    async def _write(self) -> None:
        try:
            await self._writer.run(self._stored, self._followed)
        except Fenced:
            self._end(End.LOST)

    def _stored(self, records: Sequence[f.Record]) -> None:
        ended = tuple(
            (record.call.id, record.call.pbx, record.call.uniqueid)
            for record in records
            if record.kind is f.EntryKind.CALL_ENDED and record.call is not None
        )
        if ended:
            self.put(e.CallsStored(_now(), ended))

    async def _keep(self) -> None:
        """Renew the lease, or claim one; while the database is away, go on routing."""
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                if self.lease is None:
                    await self._claim()
                elif not await self._store.leases.renew(self.lease, LEASE_S):
                    self._end(End.LOST)
            except StoreUnavailable as error:
                if self.lease_error is None:
                    _log.warning("the lease cannot be renewed; going on", error=str(error))
                self.lease_error = str(error)
            except Exception:  # noqa: BLE001 - calls must be routed, lease or not
                self.faults += 1
                _log.exception("a fault in sip112, please report it", while_doing="lease")
            else:
                self.lease_error = None

    async def _claim(self) -> None:
        """Take the lease of a centre that was taken without one, now that there may be one."""
        await self._store.migrate()
        if not self.desk.token:
            self._end(End.UNCLAIMED)  # another node decides: to stand by is enough
            return
        lease = await self._store.leases.acquire(
            self._centre.code,
            self._settings.node,
            self._settings.own_url,
            LEASE_S,
            self.desk.token,
        )
        if lease is None:
            self._end(End.LOST)
        else:
            await self._begin(lease)


def _tell(record: f.Record) -> None:
    """Log what a technician follows: when a call comes, is not taken, and how it ended."""
    call = record.call
    if call is not None and record.kind in _TOLD:
        _log.info(
            record.kind.value,
            ticket=call.ticket_number,
            uniqueid=call.uniqueid,
            caller=call.caller.number,
            seat=record.detail.get("seat", call.seat),
            outcome=call.outcome or record.detail.get("result"),
        )
    elif (callback := record.callback) is not None:
        _log.info(
            record.kind.value,
            ticket=callback.ticket_number,
            caller=callback.number,
            seat=callback.seat,
            outcome=callback.outcome or callback.result,
            **record.detail,
        )
    elif record.ticket is not None:
        _log.info(record.kind.value, ticket=record.ticket.number, domain=record.ticket.domain)
    elif call is None and record.seat is None:
        _log.warning(record.kind.value, **record.detail)


def _now() -> Instant:
    return Instant(time.time())
