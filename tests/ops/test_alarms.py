"""What the machine does to the service is told: its disks, its clock, its load, its names."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sip112.service import alarms
from sip112.service.alarms import (
    LAG_S,
    LOOK_S,
    SHOWN_S,
    STEP_S,
    STUCK_S,
    TURNS,
    WINDOW_S,
    WORST_S,
    Clock,
    Disks,
    Load,
    Lookout,
    Machine,
    Names,
    is_name,
)

MB = 2**20


def until(condition: Callable[[], object], within: float = 10.0) -> None:
    """Wait until `condition` holds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def only_what_the_test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine's own disks be of no interest."""
    monkeypatch.setattr(alarms, "_STANDARD", ())


# --- the clock ------------------------------------------------------------------------------


def test_a_steady_clock_is_no_alarm() -> None:
    """Slewing is what chrony does all day, and a pause stops both clocks alike."""
    clock = Clock()
    for at in (0.0, 0.1, 30.0, 31.0):
        clock.look(1_795_000_000 + at * 1.0005, at)
    assert clock.fact(31.0).ok
    assert clock.steps == 0


@pytest.mark.parametrize("size", [3_600.0, -3_600.0, STEP_S + 0.01])
def test_a_step_is_told_for_a_while(size: float) -> None:
    """Forwards or backwards: with its size and what to do; it is counted for ever."""
    clock = Clock()
    clock.look(1_795_000_000.0, 100.0)
    clock.look(1_795_000_000.1 + size, 100.1)
    clock.look(1_795_000_000.2 + size, 100.2)
    told = clock.fact(220.1)
    assert (told.ok, told.stops, clock.steps) == (False, False, 1)
    assert f"jumped by {size:+.1f} s, 2 minutes ago" in told.detail
    assert "chrony" in told.remedy
    assert clock.fact(100.1 + SHOWN_S + 1).ok
    assert clock.steps == 1


def test_each_step_is_one() -> None:
    """There and back again are two, and the last one is shown."""
    clock = Clock()
    for wall, steady in ((0.0, 0.0), (3600.1, 0.1), (0.2, 0.2)):
        clock.look(1_795_000_000 + wall, steady)
    assert clock.steps == 2
    assert "-3600.0 s" in clock.fact(0.3).detail


# --- load ---------------------------------------------------------------------------------------


def turns(*late: float) -> Load:
    """Return what was measured when 600 turns came, the last of them late by so much."""
    load = Load()
    for number, each in enumerate((*[0.001] * (600 - len(late)), *late)):
        load.turned(number / 10, each)
    return load


def test_a_loop_in_time_is_no_alarm() -> None:
    """One long turn in a minute, such as a collection of garbage, is none either."""
    assert turns().fact().ok
    load = turns(WORST_S - 0.01)
    assert load.fact().ok
    assert load.lag == (0.001, WORST_S - 0.01)


@pytest.mark.parametrize("late", [(WORST_S + 0.01,), (LAG_S + 0.01,) * 7])
def test_a_late_loop_is_told(late: tuple[float, ...]) -> None:
    """Very late once, or late once in a hundred turns."""
    told = turns(*late).fact()
    assert (told.ok, told.stops) == (False, False)
    assert f"worst {late[0] * 1000:.0f} ms" in told.detail
    assert "top" in told.remedy


def test_what_was_late_a_minute_ago_is_over() -> None:
    """An alarm ends by itself."""
    load = turns(5.0)
    assert not load.fact().ok
    for number in range(TURNS):
        load.turned(60 + WINDOW_S + number / 10, 0.001)
    assert load.lag == (0.001, 0.001)
    assert load.fact().ok


def test_a_loop_that_works_all_the_time_is_told() -> None:
    """Before it is late: nine tenths of the time at work is too near to the end."""
    load = turns()
    for second in range(61):
        load.used(float(second), 3.0 + 0.9 * second)
    assert load.busy == pytest.approx(0.9)
    assert "works 90% of the time" in load.fact().detail
    assert not load.fact().ok


def stat(used: int, idle: int) -> str:
    """Return the start of /proc/stat after so many ticks."""
    return f"cpu  {used} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 2 3 4\nintr 5\n"


def test_processors_that_others_use_are_told() -> None:
    """Over a whole minute; a busy moment is none."""
    looks = int(WINDOW_S / LOOK_S)
    load = turns()
    for number in range(looks):
        load.used_by_all(stat(1000 + number * 2000, 500))
    assert load.fact().ok  # not a minute yet
    load.used_by_all(stat(1000 + looks * 2000, 500))
    assert load.machine_busy == 1.0
    assert not load.fact().ok
    for number in range(looks):
        load.used_by_all(stat(1000 + looks * 2000 + number, 500 + number * 2000))
    assert load.fact().ok


def test_the_machines_own_figures_can_be_read() -> None:
    """As Linux writes them; used and total never run backwards."""
    load = Load()
    load.used_by_all(Path("/proc/stat").read_text())
    (used, total) = load._machine[0]
    assert 0 < used <= total


def test_the_start_is_no_alarm() -> None:
    """It is busy; and of a few turns nothing can be said yet."""
    load = turns(9.0)
    load.begin()
    assert load.lag == (0.0, 0.0)
    for number in range(TURNS):
        assert load.fact().ok
        load.turned(number / 10, 9.0)
    assert not load.fact().ok


# --- disks ----------------------------------------------------------------------------------------


def test_room_enough(tmp_path: Path) -> None:
    """Two directories on one disk are one disk."""
    disks = Disks([tmp_path, tmp_path.parent], 1)
    assert disks.fact().detail == "not looked yet"
    disks.look()
    assert disks.fact().ok
    (space,) = disks.spaces
    seen = os.statvfs(tmp_path)
    assert space.path == tmp_path
    assert space.free == pytest.approx(seen.f_bavail * seen.f_frsize, rel=0.2)


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A disk that is not mounted, or a mistake in the settings."""
    disks = Disks([tmp_path / "recordings"], 1)
    disks.look()
    told = disks.fact()
    assert not told.ok
    assert f"{tmp_path}/recordings: No such file" in told.detail


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Give a real file system of 8 MB with room for 2,000 files."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root, to mount a small file system")
    place = tmp_path / "small"
    place.mkdir()
    options = "size=8m,nr_inodes=2000"
    mount = ("mount", "-t", "tmpfs", "-o", options, "sip112-test", str(place))
    if subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("this root may not mount")
    yield place
    subprocess.run(("umount", str(place)), check=True)  # noqa: S603,S607


def test_a_disk_that_fills_up(small: Path) -> None:
    """Below the bound it is told, with the place and what to do; with room again it is over."""
    disks = Disks([small], 4 * MB)
    disks.look()
    assert disks.fact().ok
    (small / "recording").write_bytes(bytes(6 * MB))
    disks.look()
    told = disks.fact()
    assert (told.ok, told.stops) == (False, False)
    assert told.detail == f"2 MB free at {small}, less than 4 MB"
    assert "old recordings" in told.remedy
    (small / "recording").unlink()
    disks.look()
    assert disks.fact().ok


def test_a_disk_without_room_for_files(small: Path) -> None:
    """Bytes are not all that runs out."""
    disks = Disks([small], MB)
    for number in range(1_500):
        (small / str(number)).touch()
    disks.look()
    assert "more files at" in disks.fact().detail


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("127.0.0.1", False),
        ("::1", False),
        ("/run/postgresql", False),
        ("pbx.city.example", True),
        ("localhost", True),
    ],
)
def test_what_has_to_be_looked_up(host: str, *, named: bool) -> None:
    """Addresses, and the directory of a local socket, have not."""
    assert is_name(host) is named


def test_addresses_need_no_name_server() -> None:
    """Then there is nothing to watch."""
    names = Names(["127.0.0.1", None, "/run/postgresql"])
    assert names.names == ()
    assert names.fact().ok


def test_a_name_that_is_known() -> None:
    """Looked up really; once, though two machines have it."""
    names = Names(["localhost", "localhost"])
    names.look()
    assert names.fact().ok
    assert names.fact().detail == "known: localhost"


def test_a_name_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told before the link is lost and has to be found again."""
    name = "a" * 64 + ".invalid"  # no resolver has to be asked to know that there is no such name
    names = Names(["127.0.0.1", name])
    names.look()
    told = names.fact()
    assert (told.ok, told.stops) == (False, False)
    assert told.detail.startswith(f"{name}: ")
    assert "/etc/hosts" in told.remedy
    monkeypatch.setattr(names, "names", ("localhost",))
    names.look()
    assert names.fact().ok


# --- what hangs -----------------------------------------------------------------------------------


def test_a_look_that_hangs_is_told_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead disk or name server: seen by how long the look takes; when it ends, all is well."""
    lets_go = threading.Event()

    def hang() -> None:
        lets_go.wait(30)

    disks, names = Disks([], 0), Names(["localhost"])
    for each in (disks, names):
        each.lookout = Lookout("test", 0.01, hang)
        each.lookout.start()
    until(lambda: disks.lookout.hanging_s and names.lookout.hanging_s)
    assert disks.fact().ok  # it may be slow
    monkeypatch.setattr(alarms, "STUCK_S", 0.02)
    until(lambda: min(disks.lookout.hanging_s, names.lookout.hanging_s) > 0.03)
    assert "a disk has not answered for" in disks.fact().detail
    assert "the name server has not answered for" in names.fact().detail
    assert STUCK_S > 1
    lets_go.set()
    until(lambda: disks.fact().ok and names.fact().ok)
    for each in (disks, names):
        each.lookout.stop()
        each.lookout._thread.join(5)
        assert not each.lookout._thread.is_alive()
        assert each.lookout._thread.daemon


def test_all_of_it(tmp_path: Path) -> None:
    """The machine looks by itself; facts and figures tell what it saw."""
    machine = Machine([tmp_path], 2**62, ["localhost"])
    machine.start()
    until(lambda: machine.disks.spaces and not machine.names.lookout.hanging_s)
    machine.stop()
    assert {fact.name: fact.ok for fact in machine.facts()} == {
        "disk": False,
        "clock_step": True,
        "load": True,
        "dns": True,
    }
    figures = {metric.name: metric for metric in machine.collect()}
    (free,) = figures["sip112_disk_free_bytes"].samples
    assert free.labels == {"path": str(tmp_path)}
    assert free.value == machine.disks.spaces[0].free
    assert {"sip112_loop_lag_p99_seconds", "sip112_loop_busy_ratio"} <= figures.keys()
