"""The node: this process, with its HTTP server, its store, and the centres that it serves.

Callers come first: what serves HTTP takes a second of computing to load, as much as all the
rest, and is loaded beside the routing once that decides.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import time
from typing import TYPE_CHECKING, Final

import structlog

from sip112.people.attempts import Attempts
from sip112.service import garbage
from sip112.service.alarms import Machine
from sip112.service.centre import Centre
from sip112.service.errors import BadSettings
from sip112.service.first_person import make_first
from sip112.service.health import NodeHealth
from sip112.service.maps import Maps
from sip112.service.pulse import Pulse
from sip112.service.settings import Settings
from sip112.store.errors import StoreInUse
from sip112.store.store import Store

if TYPE_CHECKING:
    from sip112.service.web import WebServer

CALLERS_FIRST_S: Final = 1.0
"""Seconds that routing has to begin before HTTP is loaded. On a standby it does not begin."""

_log = structlog.get_logger(__name__)


class Node:
    """One process of sip112. `run` until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.database_url)
        self.centres = tuple(Centre(settings, each, self.store) for each in settings.served)
        machine = Machine(
            settings.kept, settings.disk_free_mb * 2**20, settings.hosts, settings.recorded
        )
        self.maps = Maps(settings.map_file)
        self.attempts = Attempts()
        self.health = NodeHealth(self.centres, machine, self.maps, self.attempts)
        self.pulse = Pulse(machine, self.health.facts, self._is_serving, self.health.look)
        self._server: WebServer | None = None
        self._stopping = False
        self.port = settings.http_port
        """Where HTTP is served, once `run` has begun; a free port if the settings say 0."""
        self.listening = asyncio.Event()

    @property
    def centre(self) -> Centre:
        """The centre, where the node serves one."""
        (centre,) = self.centres
        return centre

    async def run(self, *, alone: bool = False) -> None:
        """Serve until SIGTERM, SIGINT or `stop`. BadSettings if the port is not to be had.

        With `alone` nothing else runs in this process, whose garbage collector it then rules.
        """
        listener = self._bind()
        if alone:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        _log.info(
            "sip112 starts",
            node=self.settings.node,
            centres=[centre.code for centre in self.centres],
            seats=sum(len(centre.settings.seats) for centre in self.centres),
            asterisk=[f"{x.host}:{x.port}" for c in self.centres for x in c.settings.pbxs],
            http=f"{self.settings.http_host}:{self.port}",
        )
        self.maps.start()
        try:
            async with asyncio.TaskGroup() as group:
                may_exit = self.settings.frozen_exit_s if alone else 0
                beside = [group.create_task(self.pulse.run(may_exit), name="pulse")]
                if alone:
                    beside.append(group.create_task(self._sweep(), name="garbage"))
                serving = [
                    group.create_task(centre.run(), name=f"centre {centre.code}")
                    for centre in self.centres
                ]
                await self._serve(listener)
                for centre in self.centres:
                    centre.stop()
                await asyncio.wait(serving)
                for task in beside:
                    task.cancel()
        except* StoreInUse as failed:
            raise failed.exceptions[0] from None
        finally:
            listener.close()
            self.maps.stop()
            await self.store.close()

    def stop(self) -> None:
        """Ask `run` to end: every centre is handed over at once, then HTTP ends."""
        _log.info("sip112 stops", node=self.settings.node)
        self._stopping = True
        self.pulse.stopping()
        for centre in self.centres:
            centre.stop()
        if self._server is not None:
            self._server.should_exit = True

    async def _sweep(self) -> None:
        """Collect garbage while nobody calls, and now and then although somebody does."""
        await self.listening.wait()  # by then everything is loaded that will stay
        garbage.hold_off()
        swept = time.monotonic()
        while True:
            await asyncio.sleep(garbage.SWEEP_S)
            owned = [centre.tenure for centre in self.centres if centre.tenure is not None]
            quiet = not any(tenure.desk.calls() for tenure in owned)
            if quiet or time.monotonic() - swept > garbage.OVERDUE_S:
                gc.collect()
                swept = time.monotonic()

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
        await self._callers_first()
        self._server = await asyncio.to_thread(self._load_server)
        self.listening.set()
        dispatching = [
            asyncio.create_task(centre.dispatching.run(), name=f"dispatching {centre.code}")
            for centre in self.centres
            if centre.dispatching is not None
        ]
        first = asyncio.create_task(make_first(self.store), name="first person")
        try:
            if not self._stopping:
                await self._server.serve(sockets=[listener])
        finally:
            for task in (first, *dispatching):
                task.cancel()
            await asyncio.wait([first, *dispatching])

    async def _callers_first(self) -> None:
        began = time.monotonic()
        while time.monotonic() - began < CALLERS_FIRST_S and not self._stopping:
            if all(centre.decides for centre in self.centres):
                return
            await asyncio.sleep(0.02)

    def _load_server(self) -> WebServer:
        with garbage.off():
            from sip112.service.web import WebServer, application  # noqa: PLC0415 - see above

            for centre in self.centres:
                centre.load()
            app = application(
                self.settings, self.store, self.health, self.maps, self.attempts, self.centres
            )
            return WebServer(app, [centre.hub for centre in self.centres])

    def _is_serving(self) -> bool:
        return self._server is not None and self._server.started
