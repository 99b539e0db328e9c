"""A rig's life, with a real Asterisk."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rig import RigError, asking, down, lifecycle, network, restart, rigged, status, up
from rig.lifecycle import asterisk
from rig.sipp import Answer, Call, Callers, Counts, Seats

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rig.state import Rig


def _is_possible_here() -> bool:
    return not all(engine.why_not() for engine in lifecycle.engines().values())


pytestmark = pytest.mark.skipif(not _is_possible_here(), reason="no way to run Asterisk here")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Bring one rig up for this module."""
    directory = tmp_path_factory.mktemp("rig")
    yield up(directory, seats=3)
    down(directory)


def test_a_rig_that_is_up_is_left_alone(rig: Rig) -> None:
    """A second `up` returns the rig that runs; its log holds no error."""
    assert up(rig.dir) == status(rig.dir) == rig
    assert lifecycle.complaints(rig.dir / "log/messages.log") == []


def test_every_printed_address_answers(rig: Rig) -> None:
    """AMI lets the service's user in, and nobody with another secret."""
    assert network.ami_answers(rig.ami_host, rig.ami_port, rig.ami_username, rig.ami_secret)
    assert not network.ami_answers(rig.ami_host, rig.ami_port, rig.ami_username, "wrong")
    assert network.tcp_answers(rig.http_host, rig.http_port)
    assert network.sip_answers(rig.trunk_host, rig.sip_host, rig.sip_port)


def test_asterisk_asks_no_name_server(rig: Rig) -> None:
    """It knows the names that it needs, and has nobody to ask for others."""
    seen = asterisk(rig.dir, "core show settings")
    assert "22." in seen
    assert (rig.dir / "nsswitch.conf").read_text().count("hosts: files\n") == 1
    assert "a.root-servers.net" in (rig.dir / "hosts").read_text()


def test_files_with_secrets_are_private(rig: Rig) -> None:
    """No other user of the machine reads a secret."""
    for path in (rig.env_file, rig.dir / "etc/manager.conf", rig.dir / "etc/pjsip-seats.conf"):
        assert path.stat().st_mode & 0o077 == 0


async def test_a_call_reaches_a_seat(rig: Rig) -> None:
    """A registered seat that is in the queue answers a caller who dials 112."""
    async with Seats(rig, rig.seat_names[:1], Answer(after=0.1, talk=0.1)) as seats:
        asterisk(rig.dir, f"queue add member PJSIP/seat-01 to sip112-{rig.centre}")
        async with Callers(rig, [Call(number="08125550001")]) as callers:
            assert await callers.finish(within=15) == Counts(1, 1, answered=1)
        assert [invite.seat for invite in seats.invites] == ["seat-01"]
        asterisk(rig.dir, f"queue remove member PJSIP/seat-01 from sip112-{rig.centre}")


async def test_a_seat_with_a_wrong_secret_cannot_register(rig: Rig) -> None:
    """Registering takes the secret, and the error names SIPp's files."""
    seats = Seats(replace(rig, seat_secret="wrong"), ["seat-02"])
    with pytest.raises(RigError, match="could not register"):
        async with seats:
            pass


async def test_a_restart_keeps_addresses_secrets_and_astdb(rig: Rig) -> None:
    """After a kill, what is in AstDB and in the env file is still there."""
    asterisk(rig.dir, "database put test key value")
    await asking.until(lambda: asking.is_kept(rig, "test", "key"), within=5)
    os.kill(rig.pid, signal.SIGKILL)
    assert network.wait_for(lambda: status(rig.dir) is None, seconds=5)
    again = restart(rig.dir)
    assert again.pid != rig.pid
    assert replace(again, pid=0, pid_started=0) == replace(rig, pid=0, pid_started=0)
    assert "Value: value" in asterisk(rig.dir, "database get test key")


async def test_two_rigs_live_side_by_side(rig: Rig, tmp_path: Path) -> None:
    """A second rig takes other ports, and leaves nothing behind."""
    async with rigged(tmp_path / "second", seats=1) as second:
        assert not {rig.sip_port, rig.ami_port} & {second.sip_port, second.ami_port}
        assert status(rig.dir)
    assert status(second.dir) is None
    assert not second.env_file.exists()
    with pytest.raises(RigError, match="No rig is up"):
        asterisk(second.dir, "core show uptime")


def test_a_port_that_is_taken_is_named(rig: Rig, tmp_path: Path) -> None:
    """Ports that a person chose are not changed behind their back."""
    with pytest.raises(RigError, match="taken by another program"):
        up(tmp_path, sip_port=rig.sip_port, ami_port=rig.ami_port, http_port=rig.http_port)
    assert status(tmp_path) is None
