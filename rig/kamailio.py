"""Kamailio in front of Asterisks: its files from ``docker/kamailio``, and its process.

It listens at an address of its own, on free ports, runs unprivileged in the foreground, and
ends with its ``async with`` block, also when the process that started it is killed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rig import debian, network
from rig.config import fill
from rig.engine import asterisk_user
from rig.errors import RigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from rig.state import Proxy

TEMPLATES = Path(__file__).resolve().parent.parent / "docker/kamailio"

_REALM = "sip112"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What Kamailio is told about the centre around it."""

    proxy: Proxy
    asterisks: Sequence[tuple[str, int]]
    """Address and port of each Asterisk."""
    carrier: tuple[str, int]
    """From where calls come (from any port), and where they are sent to."""
    passwords: Mapping[str, str]
    """Password of each seat."""
    return_seconds: int = 60
    """How long an Asterisk must answer before it takes new calls again."""


def render(setup: Setup, config: str, run: str) -> dict[str, str]:
    """Return every file for Kamailio, by name; it sees them in `config` and its socket in `run`."""
    proxy = setup.proxy
    trunk = f"socket=udp:{proxy.host}:{proxy.trunk_port}"
    seats = f"socket=udp:{proxy.host}:{proxy.seat_port}"
    addresses = [f"sip:{host}:{port}" for host, port in setup.asterisks]
    values = {
        "proxy_host": proxy.host,
        "proxy_trunk_port": str(proxy.trunk_port),
        "proxy_seat_port": str(proxy.seat_port),
        "proxy_return_seconds": str(setup.return_seconds),
        "proxy_config_dir": config,
        "proxy_run_dir": run,
        "asterisks_probed": "\n".join(f"1 {address} 8 0 {trunk}" for address in addresses),
        "asterisks_all": "\n".join(f"2 {address} 0 0 {seats}" for address in addresses),
        "carriers": f"3 sip:{setup.carrier[0]}:{setup.carrier[1]} 0 0 {trunk}",
    }
    names = ("addresses.cfg", "dispatcher.list")
    files = {name: fill((TEMPLATES / name).read_text(), values) for name in names}
    files["kamailio.cfg"] = (TEMPLATES / "kamailio.cfg").read_text()
    rows = "".join(f"{name}:{_ha1(name, word)}\n" for name, word in setup.passwords.items())
    files["seats"] = f"username(str) ha1(str)\n{rows}"
    return files


def _ha1(name: str, password: str) -> str:
    """Return what a SIP digest is made from, in place of the password."""
    return hashlib.md5(f"{name}:{_REALM}:{password}".encode()).hexdigest()  # noqa: S324 -- RFC 2617


class Kamailio:
    """A Kamailio that runs."""

    def __init__(self, directory: Path, process: asyncio.subprocess.Process) -> None:
        self.dir = directory
        self._process = process

    @property
    def is_running(self) -> bool:
        """Tell whether it is still there."""
        return self._process.returncode is None

    def log(self) -> str:
        """Return what it has said."""
        return (self.dir / "kamailio.out").read_text(errors="replace")

    async def command(self, *words: str) -> str:
        """Return what it answers to ``kamcmd``."""
        asking = await asyncio.create_subprocess_exec(
            *("kamcmd", "-s", f"unix:{self.dir}/run/ctl", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return (await asking.communicate())[0].decode(errors="replace")

    async def stop(self) -> None:
        """End it."""
        if self.is_running:
            self._process.terminate()
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


def lay_out(directory: Path, setup: Setup) -> None:
    """Write Kamailio's files into `directory`, for itself alone."""
    user = asterisk_user()
    texts = render(setup, f"{directory}/etc", f"{directory}/run")
    for name in ("etc", "run"):
        place = directory / name
        place.mkdir(parents=True, mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(place, *user)
    for name, text in texts.items():
        path = directory / "etc" / name
        path.touch(mode=0o600)
        path.write_text(text)
        if os.geteuid() == 0:
            os.chown(path, *user)


async def start(directory: Path, setup: Setup) -> Kamailio:
    """Start Kamailio with the files that were laid out, and return when it answers."""
    if shutil.which("kamailio") is None:
        raise RigError(debian.advice("kamailio"))
    user, group = asterisk_user()
    become = (f"--reuid={user}", f"--regid={group}", "--clear-groups") if os.geteuid() == 0 else ()
    with (directory / "kamailio.out").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", *become, "--pdeathsig", "TERM"),
            *("kamailio", "-DD", "-E", "-m", "64", "-M", "8"),
            *(
                "-f",
                directory / "etc/kamailio.cfg",
                "-w",
                directory / "run",
                "-Y",
                directory / "run",
            ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    kamailio = Kamailio(directory, process)
    try:
        await _wait(kamailio, setup)
    except BaseException:
        await kamailio.stop()
        raise
    return kamailio


async def _wait(kamailio: Kamailio, setup: Setup) -> None:
    """Return when Kamailio answers; RigError with what it said if it does not."""
    settled = await asyncio.to_thread(
        network.wait_for,
        lambda: _answers(setup) or not kamailio.is_running,
        seconds=_START_SECONDS,
    )
    if not settled or not kamailio.is_running:
        why = "does not answer" if kamailio.is_running else "has ended"
        raise RigError(f"Kamailio {why}:\n{debian.quoted(kamailio.log())}")


def _answers(setup: Setup) -> bool:
    """Tell whether the carrier and the phones are answered."""
    host, trunk, seats = setup.proxy.host, setup.proxy.trunk_port, setup.proxy.seat_port
    return network.sip_answers(setup.carrier[0], host, trunk) and network.sip_answers(
        host, host, seats
    )


@asynccontextmanager
async def proxied(directory: Path, setup: Setup) -> AsyncIterator[Kamailio]:
    """Run Kamailio for the length of an ``async with`` block."""
    lay_out(directory, setup)
    kamailio = await start(directory, setup)
    try:
        yield kamailio
    finally:
        await kamailio.stop()
