"""What systemd is told, over a real socket; and that nobody minds when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from sip112.service.notify import LONGEST, Notifier
from tests.ops.manager import Manager


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """Give a manager that listens on a path, or on an abstract socket."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@sip112-{uuid4()}"
    with Manager(address) as manager:
        yield manager


def test_what_is_said(manager: Manager) -> None:
    """Each word as sd_notify(3) spells it, one datagram each, in order."""
    notifier = Notifier(manager.environ)
    assert notifier.ready()
    assert notifier.alive()
    assert notifier.status("ready, ALARM disk:\n 12 MB free\tat /var — soon full")
    assert notifier.stopping()
    assert manager.read() == [
        "READY=1",
        "WATCHDOG=1",
        "STATUS=ready, ALARM disk: 12 MB free at /var — soon full",
        "STOPPING=1",
    ]


def test_a_status_is_one_short_line(manager: Manager) -> None:
    """What a database or Asterisk said may be long, and hold line breaks: no other words."""
    Notifier(manager.environ).status("x\nMAINPID=1\n" + "y" * 10_000)
    (told,) = manager.read()
    assert told.startswith("STATUS=x MAINPID=1 y")
    assert "\n" not in told
    assert len(told) == len("STATUS=") + LONGEST


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_a_manager_nothing_is_sent(environ: dict[str, str]) -> None:
    """On a terminal, and in a container, all is said to nobody."""
    notifier = Notifier(environ)
    assert notifier.ready()
    assert notifier.alive()


def test_a_socket_that_is_gone_is_no_error(tmp_path: Path) -> None:
    """It is told that nobody took it, so that what matters is said again."""
    with Manager(str(tmp_path / "notify")) as manager:
        notifier = Notifier(manager.environ)
        assert notifier.ready()
    assert not notifier.alive()  # nobody listens any more
    (tmp_path / "notify").unlink()
    assert not notifier.alive()  # nor is there anything to listen at
    with Manager(str(tmp_path / "notify")) as manager:
        assert notifier.alive()  # a manager that came back, as after daemon-reexec
        assert manager.read() == ["WATCHDOG=1"]


def test_a_manager_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    """Its socket fills up; what does not fit is not waited for, and can be said later."""
    with Manager(str(tmp_path / "notify")) as manager:
        notifier = Notifier(manager.environ)
        taken = 0
        while notifier.alive():
            taken += 1
            assert taken < 100_000
        assert not notifier.ready()
        assert manager.read().count("WATCHDOG=1") == taken
        assert notifier.ready()
