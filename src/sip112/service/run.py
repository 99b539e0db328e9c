"""The wiring: one queue of events, one desk that takes them, and the edges around it.

Every edge puts events on the one queue; `Service.put` alone takes them off and steps the
desk, so that there is one writer and no lock. What follows goes out at once: actions to
Asterisk first, then records to the store and to whoever watches, neither of which is
waited for.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import signal
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

import structlog

from sip112.ami.link import Link, LinkConfig
from sip112.api.app import create_app
from sip112.api.context import ApiConfig, Ports
from sip112.api.hub import Hub
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call
from sip112.routing.desk import Desk
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CallId, Instant, SeatId, Seq
from sip112.routing.seat import Seat
from sip112.routing.ticket import local_day
from sip112.service import garbage
from sip112.service.alarms import Machine
from sip112.service.health import Watch
from sip112.service.pulse import Pulse
from sip112.service.settings import BadSettings, Settings
from sip112.service.web import WebServer
from sip112.store.store import Store

TICK_S: Final = 0.5
"""Seconds between ticks, and so between heartbeats; the watchdog waits for 3 s."""

HUB_MEMORY: Final = 1_000
"""Entries that event streams are served from memory, some 3 MB; older ones from the store."""

FINEST_S: Final = 0.1
"""Seconds between ticks at least, however much is due: under load something always is."""

STALL_S: Final = 1.5
"""Seconds without a tick after which the desk must hear of the time before anything else:
this process stood still, and Asterisk may have gone native meanwhile."""

COMMAND_S: Final = 6.0
"""Seconds until a command counts as unconfirmed; the desk itself gives up after 5."""

STORE_FIRST_S: Final = 3.0
"""Seconds that the start waits for the store, to know the calls before the crash. After
that calls are routed without it."""

_TOLD: Final = frozenset(
    {f.EntryKind.CALL_ARRIVED, f.EntryKind.CALL_RETURNED, f.EntryKind.CALL_ENDED}
)
"""Entries about calls that are logged: two lines for most calls; the journal has the rest."""

_log = structlog.get_logger(__name__)


class Service:
    """One centre's service. `run` until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.desk = Desk(settings.desk())
        self.store = Store(settings.database_url)
        self.link = Link(
            LinkConfig(
                pbx=self.desk.config.pbx,
                host=settings.ami_host,
                port=settings.ami_port,
                username=settings.ami_username,
                secret=settings.ami_secret.get_secret_value(),
                record=settings.recording,
            ),
            self.put,
        )
        self.hub = Hub(self.desk.config.centre, self.store, memory=HUB_MEMORY)
        machine = Machine(settings.kept, settings.disk_free_mb * 2**20, settings.hosts)
        self.watch = Watch(self.desk, self.link.state, self.store, self.hub, machine)
        self.pulse = Pulse(machine, self.watch.facts, self._is_serving)
        self._events: deque[e.Event] = deque()
        self._routing = False
        self._ids = itertools.count(1)
        self._replies: dict[int, asyncio.Future[f.Reply]] = {}
        self._ticked = time.monotonic()
        self._store_asked = asyncio.Event()
        self._socket: socket.socket | None = None
        self._server: WebServer | None = None
        self.port = settings.http_port
        """Where HTTP is served, once `run` has begun; a free port if the settings say 0."""
        self.listening = asyncio.Event()

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
            effects = self.desk.step(event)
        except Exception:  # noqa: BLE001 - whatever it is, the next call must be routed
            self.watch.faults += 1
            _log.exception("a fault in sip112, please report it", while_taking=type(event).__name__)
            self.link.send(f.Resync(self.desk.config.pbx, "a fault of ours"))
            return
        actions = [each for each in effects if not isinstance(each, (f.Record, f.Reply))]
        if actions:
            self.link.send(*actions)  # together: a write costs more than an action
        for effect in effects:
            try:
                self._hand_on(effect)
            except Exception:  # noqa: BLE001 - likewise
                self.watch.faults += 1
                _log.exception(
                    "a fault in sip112, please report it", while_doing=type(effect).__name__
                )
        if isinstance(event, e.Snapshot) and event.unreadable:
            _log.warning("asterisk holds notes that cannot be read", what=event.unreadable)
        self.watch.stepped(time.perf_counter() - began)

    def _hand_on(self, effect: f.Effect) -> None:
        match effect:
            case f.Record():
                self.store.put(effect)
                self.hub.publish(effect)
                _tell(effect)
            case f.Reply():
                future = self._replies.pop(effect.id, None)
                if future is not None and not future.done():
                    future.set_result(effect)
            case _:
                pass  # an action, sent already

    def _time(self) -> e.Tick:
        self._ticked = time.monotonic()
        return e.Tick(_now())

    async def _clock(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self.put(self._time())
            due = self.desk.next_deadline()
            wait = TICK_S if due is None else min(TICK_S, max(FINEST_S, due - time.time()))
            woken = loop.create_future()
            handle = loop.call_later(wait, woken.set_result, None)
            try:
                await woken
            finally:
                handle.cancel()

    async def _sweep(self) -> None:
        """Collect garbage while nobody calls, and now and then although somebody does."""
        swept = time.monotonic()
        while True:
            await asyncio.sleep(garbage.SWEEP_S)
            if not self.desk.calls() or time.monotonic() - swept > garbage.OVERDUE_S:
                gc.collect()
                swept = time.monotonic()

    # --- the store -----------------------------------------------------------------------

    async def _keep(self) -> None:
        config = self.desk.config
        while True:
            try:
                await self.store.wait_ready()
                now = _now()
                read = await self.store.read_start(config.centre, now, local_day(now, config.zone))
                self.hub.begin_after(Seq(read.last_seq))  # before the desk tells what is new
                self.put(read)
                break
            except StoreUnavailable as error:
                _log.warning("the store cannot be read yet", error=str(error))
        self._store_asked.set()
        await self.store.run(self._stored)

    def _stored(self, records: Sequence[f.Record]) -> None:
        ended = tuple(
            (record.call.id, record.call.uniqueid)
            for record in records
            if record.kind is f.EntryKind.CALL_ENDED and record.call is not None
        )
        if ended:
            self.put(e.CallsStored(_now(), ended))

    async def _connect(self, *, alone: bool) -> None:
        """Keep the link up, once the store has said what there was or has had its time."""
        try:
            async with asyncio.timeout(STORE_FIRST_S):
                await self._store_asked.wait()
        except TimeoutError:
            _log.error(
                "routing without the store: tickets are kept in memory and written when it"
                " answers; see the store's own message for what to do"
            )
        if alone:  # and everything is loaded by now
            garbage.hold_off()
        await self.link.run()

    # --- HTTP ----------------------------------------------------------------------------

    def _bind(self) -> socket.socket:
        """Take the port before anything else starts: a port in use is a mistake to tell."""
        host, port = self.settings.http_host, self.settings.http_port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            listener.close()
            raise BadSettings(
                f"http_port: cannot listen on {host}:{port} ({error.strerror}). Stop what uses"
                f" it (ss -ltnp 'sport = :{port}'), or set SIP112_HTTP_PORT to another port."
            ) from error
        self.port = listener.getsockname()[1]
        return listener

    async def _serve(self, listener: socket.socket) -> None:
        app = create_app(
            Ports(self.store, self, self.watch, self.hub, time.time),
            ApiConfig(
                centre=self.desk.config.centre,
                tokens=self.settings.api_tokens(),
                time_zone=self.desk.config.zone,
                public_url=self.settings.public_url,
            ),
        )
        self._server = WebServer(app, self.hub)
        self.listening.set()
        await self._server.serve(sockets=[listener])

    def _is_serving(self) -> bool:
        return self._server is not None and self._server.started

    def stop(self) -> None:
        """Ask `run` to end."""
        if self._server is not None:
            self._server.should_exit = True

    async def run(self, *, alone: bool = False) -> None:
        """Serve until SIGTERM, SIGINT or `stop`. BadSettings if the port is not to be had.

        With `alone` nothing else runs in this process, whose garbage collector it then rules.
        """
        listener = self._bind()
        if alone:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        config = self.desk.config
        _log.info(
            "sip112 starts",
            centre=config.centre,
            seats=len(config.seats),
            asterisk=f"{self.settings.ami_host}:{self.settings.ami_port}",
            http=f"{self.settings.http_host}:{self.port}",
        )
        try:
            async with asyncio.TaskGroup() as group:
                may_exit = self.settings.frozen_exit_s if alone else 0
                tasks = [
                    group.create_task(self.pulse.run(may_exit), name="pulse"),
                    group.create_task(self._keep(), name="store"),
                    group.create_task(self._connect(alone=alone), name="link"),
                    group.create_task(self._clock(), name="clock"),
                ]
                if alone:
                    tasks.append(group.create_task(self._sweep(), name="garbage"))
                await self._serve(listener)
                _log.info("sip112 stops")
                self.pulse.stopping()
                for task in reversed(tasks):
                    task.cancel()
                    await asyncio.wait([task])  # the store last: it writes what they left
        finally:
            listener.close()
            await self.store.close()

    # --- what the API sees (api.ports.DeskView) ---------------------------------------------

    def calls(self) -> list[Call]:
        """Return the calls in progress."""
        return self.desk.calls()

    def waiting(self) -> list[Call]:
        """Return the calls that wait, in the order in which they will be served."""
        return self.desk.waiting()

    def seats(self) -> list[Seat]:
        """Return all seats."""
        return self.desk.seats()

    def call(self, call_id: CallId, /) -> Call | None:
        """Return one call in progress."""
        return self.desk.call(call_id)

    def seat(self, seat_id: SeatId, /) -> Seat | None:
        """Return one seat."""
        return self.desk.seat(seat_id)

    async def command(self, kind: type[e.Command], /, **fields: object) -> f.Reply:
        """Give the desk a command and return its reply. TimeoutError if none comes."""
        number = next(self._ids)
        future: asyncio.Future[f.Reply] = asyncio.get_running_loop().create_future()
        self._replies[number] = future
        self.put(kind(at=_now(), id=number, **fields))  # type: ignore[arg-type]
        try:
            async with asyncio.timeout(COMMAND_S):
                return await future
        finally:
            self._replies.pop(number, None)


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
    elif call is None and record.seat is None:
        _log.warning(record.kind.value, **record.detail)


def _now() -> Instant:
    return Instant(time.time())
