"""The node's pulse: when systemd hears what, which alarms are logged, and who ends a dead loop."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from sip112.api.ports import Fact, Severity
from sip112.service import pulse as pulse_module
from sip112.service.alarms import Machine
from sip112.service.notify import Notifier
from sip112.service.pulse import Pulse, summary
from tests.link.fake_ami import SECRET, FakeAmi
from tests.ops.manager import Manager

UP = Fact("link", ok=True, detail="up")
DOWN = Fact("link", ok=False, detail="refused", remedy="Look.")
FULL = Fact("disk", ok=False, detail="full", remedy="Free some.", severity=Severity.WARNING)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """Give what the service's manager hears."""
    with Manager(str(tmp_path / "notify")) as manager:
        yield manager


class Node:
    """A node whose facts the test decides."""

    def __init__(self, manager: Manager) -> None:
        self.facts = [UP]
        self.serving = True
        self.broken = False
        self.machine = Machine([], 0, [])
        self.looks: list[float] = []
        self.pulse = Pulse(
            self.machine,
            self._facts,
            lambda: self.serving,
            self.looks.append,
            Notifier(manager.environ),
        )

    def _facts(self) -> list[Fact]:
        if self.broken:
            raise ZeroDivisionError
        return self.facts

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Have it beat."""
        task = asyncio.create_task(self.pulse.run())
        yield
        assert not task.done()
        task.cancel()
        await asyncio.wait({task})


@pytest.fixture
def node(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> Node:
    """Give a node that beats fast."""
    monkeypatch.setattr(pulse_module, "BEAT_S", 0.02)
    monkeypatch.setattr(pulse_module, "TICK_S", 0.01)
    return Node(manager)


async def test_ready_once_it_serves_and_nothing_critical_is_wrong(
    node: Node, manager: Manager
) -> None:
    """Alive from the first beat; ready, said once, when HTTP and the link are there."""
    node.serving = False
    async with node.beating():
        await manager.until(lambda told: told.count("WATCHDOG=1") > 3)
        assert "READY=1" not in manager.told
        node.facts = [DOWN, FULL]
        node.serving = True
        await manager.until(lambda told: "STATUS=NOT READY, link: refused; disk: full" in told)
        assert "READY=1" not in manager.told
        node.facts = [UP, FULL]
        await manager.until(lambda told: "READY=1" in told)
        beats = manager.told.count("WATCHDOG=1")
        await manager.until(lambda told: told.count("WATCHDOG=1") > beats + 3)
    assert manager.told.count("READY=1") == 1
    assert manager.statuses()[-1] == "ready, ALARM disk: full"


async def test_an_asterisk_that_is_away_is_no_reason_to_end(
    node: Node, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while the start counts as over, or systemd would end who waits for Asterisk."""
    monkeypatch.setattr(pulse_module, "READY_S", 0.2)
    node.facts = [DOWN]
    async with node.beating():
        await manager.until(lambda told: "READY=1" in told)
    assert manager.statuses() == ["NOT READY, link: refused"]


async def test_stopping_is_said(node: Node, manager: Manager) -> None:
    """And what it means for callers."""
    async with node.beating():
        await manager.until(lambda told: "READY=1" in told)
        node.pulse.stopping()
        await manager.until(lambda told: "STOPPING=1" in told)
    assert manager.statuses()[-1] == "stopping: Asterisk rings the seats by itself"


async def test_a_loop_that_stands_still_says_nothing(node: Node, manager: Manager) -> None:
    """The sign of life comes from the loop that routes calls, and from nowhere else."""
    async with node.beating():
        await manager.until(lambda told: "READY=1" in told)
        beats = manager.read().count("WATCHDOG=1")
        time.sleep(0.5)  # noqa: ASYNC251 - stands still
        assert manager.read().count("WATCHDOG=1") == beats
        await manager.until(lambda told: told.count("WATCHDOG=1") > beats)
        assert node.machine.load.lag[1] > 0.4


class SetForward:
    """The module `time` on a machine whose wall clock can be set."""

    def __init__(self) -> None:
        self.by = 0.0
        self.monotonic = time.monotonic
        self.thread_time = time.thread_time

    def time(self) -> float:
        """Return the wall clock's time."""
        return time.time() + self.by


async def test_a_clock_that_is_set_is_seen(
    node: Node, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an hour: with its size and direction, and the pulse goes on beating."""
    clocks = SetForward()
    monkeypatch.setattr(pulse_module, "time", clocks)
    async with node.beating():
        await manager.until(lambda told: "READY=1" in told)
        assert node.machine.clock.fact(time.monotonic()).ok
        clocks.by = 3600.0
        beats = manager.read().count("WATCHDOG=1")
        await manager.until(lambda told: told.count("WATCHDOG=1") > beats + 3)
        told = node.machine.clock.fact(time.monotonic())
    assert not told.ok
    assert "jumped by +3600.0 s, 0 minutes ago" in told.detail
    assert node.machine.clock.steps == 1


async def test_alarms_are_logged_when_they_begin_and_end(node: Node, manager: Manager) -> None:
    """Once each, with what to do; one that is over at the next look is none."""
    structlog.reset_defaults()
    with capture_logs() as logs:
        async with node.beating():
            await manager.until(lambda told: "READY=1" in told)
            node.facts = [UP, FULL]
            await manager.until(lambda _: logs)
            beats = manager.read().count("WATCHDOG=1")
            await manager.until(lambda told: told.count("WATCHDOG=1") > beats + 3)
            node.facts = [UP]
            await manager.until(lambda _: logs[1:])
    began, over = logs
    assert len(node.looks) > 3  # whoever looks beside is called as often
    assert abs(node.looks[-1] - time.time()) < 60
    assert began == {
        "event": "alarm",
        "log_level": "error",
        "check": "disk",
        "severity": "warning",
        "detail": "full",
        "remedy": "Free some.",
    }
    assert over == {"event": "alarm over", "log_level": "info", "check": "disk"}


async def test_a_fault_in_the_facts_ends_nothing(node: Node, manager: Manager) -> None:
    """Routing goes on in the same group of tasks; the fault is logged."""
    structlog.reset_defaults()
    node.broken = True
    with capture_logs() as logs:
        async with node.beating():
            await manager.until(lambda _: logs)
            node.broken = False
            await manager.until(lambda told: "READY=1" in told)
    assert logs[0]["event"] == "a fault in sip112, please report it"


def test_what_stops_the_node_is_told_first() -> None:
    """In one line; with nothing to tell it is short."""
    assert summary([UP]) == "ready"
    assert summary([FULL, UP]) == "ready, ALARM disk: full"
    assert summary([FULL, DOWN]) == "NOT READY, link: refused; disk: full"


# --- as a process of its own --------------------------------------------------------------

FROZEN = """
import asyncio, time
from sip112.service.alarms import Machine
from sip112.service.pulse import Pulse

def stand_still():
    time.sleep(60)

async def main():
    asyncio.get_running_loop().call_later(0.5, stand_still)
    await Pulse(Machine([], 0, []), lambda: [], lambda: True, lambda _: None).run(2.0)

asyncio.run(main())
"""


def test_a_process_whose_loop_stands_still_ends_itself() -> None:
    """Where there is no systemd: so that a container is started anew; it says where it stood."""
    done = subprocess.run(  # noqa: S603 - it is ours
        (sys.executable, "-c", FROZEN), capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert "Timeout (0:00:02)!" in done.stderr
    assert "in stand_still" in done.stderr


@asynccontextmanager
async def serve(
    manager: Manager, directory: Path, ami_port: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `sip112 serve` as systemd does; its log is in `directory`."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SIP112_")}
    with (directory / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("sip112"),
            "serve",
            env=ours
            | manager.environ
            | {
                "SIP112_AMI_PORT": str(ami_port),
                "SIP112_AMI_SECRET": SECRET,
                "SIP112_DATABASE_URL": f"sqlite:///{directory}/sip112.db",
                "SIP112_HTTP_PORT": "0",
                "SIP112_SEATS": "seat-01",
                "SIP112_FROZEN_EXIT_S": "60",
            },
            cwd=directory,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_service_tells_its_manager(manager: Manager, tmp_path: Path) -> None:
    """Ready once it routes, alive all the time, stopping at SIGTERM; and no link is told."""
    async with FakeAmi() as ami, serve(manager, tmp_path, ami.port) as process:
        await manager.until(lambda told: "READY=1" in told)
        ready = manager.told.index("READY=1")
        status = next(each for each in manager.told[:ready][::-1] if each.startswith("STATUS="))
        assert status.startswith("STATUS=ready")
        await manager.until(lambda told: told.count("WATCHDOG=1") > 3)
        await ami.stop()
        await manager.until(lambda _: manager.statuses()[-1].startswith("NOT READY, link: "))
        await ami.start()
        await manager.until(lambda _: manager.statuses()[-1].startswith("ready"))
        process.send_signal(signal.SIGTERM)
        await manager.until(lambda told: "STOPPING=1" in told)
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_systemds_watchdog_makes_it_say_where_it_stood(
    manager: Manager, tmp_path: Path
) -> None:
    """SIGABRT, which WatchdogSec sends, leaves the stack of every thread in the log."""
    async with FakeAmi() as ami, serve(manager, tmp_path, ami.port) as process:
        await manager.until(lambda told: "READY=1" in told)
        process.send_signal(signal.SIGABRT)
        assert await asyncio.wait_for(process.wait(), 20) == -signal.SIGABRT
    log = (tmp_path / "log").read_text()
    assert "Fatal Python error: Aborted" in log
    assert "in _run" in log
