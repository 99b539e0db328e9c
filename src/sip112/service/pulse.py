"""The node's own pulse: ten times a second, in the event loop that routes calls.

It tells systemd that the node is ready and alive, measures the loop by how late it comes,
and tells the log of every alarm that begins or ends. When the loop stands still, the pulse
does, and so the process is ended from outside: by systemd (``WatchdogSec``), or where there
is none, as in a container, by a thread of C that needs no part of Python to work
(`faulthandler`). Whoever restarts the process finds every call again in Asterisk.
"""

from __future__ import annotations

import asyncio
import faulthandler
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO

import structlog

from sip112.api.ports import Fact
from sip112.service.alarms import LOOK_S, Machine
from sip112.service.notify import Notifier
from sip112.service.standing import Standing

TICK_S: Final = 0.1
"""Seconds between beats: as fine as the lateness of the loop is measured."""

BEAT_S: Final = 1.0
"""Seconds between signs of life, and between looks at the alarms; WatchdogSec is 10."""

READY_S: Final = 15.0
"""Seconds after which the start counts as over although something critical does not hold: an
Asterisk that is away is no reason for systemd to end the service that waits for it."""

_STAT: Final = Path("/proc/stat")

_log = structlog.get_logger(__name__)


class Pulse:
    """Beats until it is cancelled.

    Args:
        machine: is told of every beat.
        facts: tells how the node is.
        serving: tells whether HTTP is being served.
        look: is called at each look once the node is ready, with the wall clock's time.
        notifier: tells systemd.
    """

    def __init__(
        self,
        machine: Machine,
        facts: Callable[[], Sequence[Fact]],
        serving: Callable[[], bool],
        look: Callable[[float], None],
        notifier: Notifier | None = None,
    ) -> None:
        self._machine = machine
        self._facts = facts
        self._serving = serving
        self._look_beside = look
        self._notifier = notifier or Notifier()
        self._serving_since: float | None = None
        self._ready = False
        self._status = ""
        self._standing = Standing()

    async def run(self, frozen_exit_s: float = 0) -> None:
        """Beat; never fails for anything that a look finds or does.

        After `frozen_exit_s` without a beat, or up to a quarter sooner, the process ends, with
        the stacks of all threads on standard error; 0 is for never. Only who owns the process
        may end it so.
        """
        if frozen_exit_s:
            faulthandler.enable(_stderr())  # systemd's watchdog sends SIGABRT
        self._machine.start()
        beat = look = arm = 0.0
        due = time.monotonic()
        try:
            while True:
                now = time.monotonic()
                self._machine.load.turned(now, now - due)
                self._machine.clock.look(time.time(), now)
                if now >= beat:
                    beat = now + (BEAT_S if self._ready else TICK_S)
                    self._notifier.alive()
                    self._machine.load.used(now, time.thread_time())
                    self._tell(now)
                if now >= look:
                    look = now + LOOK_S
                    self._look()
                if frozen_exit_s and now >= arm:
                    arm = now + frozen_exit_s / 4  # seldom: it waits until a thread has begun
                    faulthandler.dump_traceback_later(frozen_exit_s, exit=True, file=_stderr())
                due = time.monotonic() + TICK_S
                await asyncio.sleep(TICK_S)
        finally:
            if frozen_exit_s:
                faulthandler.cancel_dump_traceback_later()
            self._machine.stop()

    def stopping(self) -> None:
        """Tell systemd that the node ends of its own will."""
        self._notifier.stopping()
        self._notifier.status("stopping: Asterisk rings the seats by itself")

    def _look(self) -> None:
        with suppress(OSError, ValueError):  # another system than Linux
            self._machine.load.used_by_all(_STAT.read_text())

    def _tell(self, now: float) -> None:
        try:
            facts = self._facts()
            self._tell_systemd(now, facts)
            if self._ready:
                self._tell_log(facts)
                self._look_beside(time.time())
        except Exception:  # noqa: BLE001 - calls must go on; it is logged
            _log.exception("a fault in sip112, please report it", while_doing="facts")

    def _tell_systemd(self, now: float, facts: Sequence[Fact]) -> None:
        status = summary(facts)
        if status != self._status and self._notifier.status(status):
            self._status = status
        if self._ready or not self._serving():
            return
        if self._serving_since is None:
            self._serving_since = now
            self._machine.load.begin()
        well = not any(fact.stops for fact in facts)
        if well or now - self._serving_since > READY_S:
            self._ready = self._notifier.ready()

    def _tell_log(self, facts: Sequence[Fact]) -> None:
        for fact in self._standing.look(facts, time.time()):
            if fact.ok:
                _log.info("alarm over", check=fact.name)
            else:
                _log.error(
                    "alarm",
                    check=fact.name,
                    severity=fact.severity.value,
                    detail=fact.detail,
                    remedy=fact.remedy,
                )


def _stderr() -> TextIO:
    return sys.__stderr__ or sys.stderr


def summary(facts: Sequence[Fact]) -> str:
    """Return the facts in one line: what stops the node first, then what is to be looked at."""
    stops = [f"{fact.name}: {fact.detail}" for fact in facts if fact.stops]
    alarms = [f"{fact.name}: {fact.detail}" for fact in facts if not fact.ok and not fact.stops]
    if stops:
        return f"NOT READY, {'; '.join((*stops, *alarms))}"
    return f"ready, ALARM {'; '.join(alarms)}" if alarms else "ready"
