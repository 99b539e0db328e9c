"""Kamailio in front of Asterisks: its files from ``docker/kamailio``, and its process.

It listens at an address of its own, on free ports, runs unprivileged in the foreground, and
ends with its ``async with`` block, also when the process that started it is killed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rig import debian, network
from rig.config import fill
from rig.engine import asterisk_user
from rig.errors import RigError
from rig.progress import Progress

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


def render(setup: Setup, config: str) -> dict[str, str]:
    """Return every file for Kamailio, by name; it sees them in `config`."""
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


def lay_out(directory: Path, setup: Setup, config: str) -> None:
    """Write Kamailio's files into `directory`, for itself alone; it sees ``etc`` as `config`."""
    user = asterisk_user()
    directory.mkdir(parents=True, mode=0o700, exist_ok=True)
    places = [directory, directory / "etc", directory / "run"]
    for place in places[1:]:
        place.mkdir(mode=0o700, exist_ok=True)
    for name, text in render(setup, config).items():
        path = directory / "etc" / name
        path.touch(mode=0o600)
        path.write_text(text)
        places.append(path)
    if os.geteuid() == 0:
        for place in places:
            os.chown(place, *user)


class Kamailio:
    """Kamailio with its files in `directory`."""

    def __init__(self, directory: Path, setup: Setup) -> None:
        self.dir = directory
        self.setup = setup
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether its process is there."""
        return self._process is not None and self._process.returncode is None

    def log(self) -> str:
        """Return what it has said since its last start."""
        return (self.dir / "kamailio.out").read_text(errors="replace")

    async def command(self, *words: str) -> str:
        """Return what it answers to ``kamcmd``."""
        asking = await asyncio.create_subprocess_exec(
            *("kamcmd", "-s", f"unixs:{self.dir}/run/kamailio_ctl", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return (await asking.communicate())[0].decode(errors="replace")

    async def start(self) -> None:
        """Start it, and return when it answers; RigError says why it does not."""
        await asyncio.to_thread(debian.ensure, ["kamailio"], Progress(quiet=True))
        place, enter = _place(self.dir)
        lay_out(self.dir, self.setup, f"{place}/etc")
        with (self.dir / "kamailio.out").open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(*enter, "kamailio", "-DD", "-E", "-m", "64", "-M", "8"),
                *("-f", f"{place}/etc/kamailio.cfg", "-w", place, "-Y", f"{place}/run"),
                start_new_session=True,  # so that all of it can be ended
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            await self._wait()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it, if it runs, with each of its processes."""
        if self._process is None or self._process.returncode is not None:
            return
        pid = self._process.pid
        self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:  # a child that was being born does not hear of it
            os.killpg(pid, signal.SIGKILL)
            await self._process.wait()
        gone = await asyncio.to_thread(
            network.wait_for, lambda: not _has_any(pid), seconds=_STOP_SECONDS
        )
        if not gone:
            raise RigError("processes of Kamailio are still there: end them, and look why")

    async def _wait(self) -> None:
        settled = await asyncio.to_thread(
            network.wait_for,
            lambda: self._answers() or not self.is_running,
            seconds=_START_SECONDS,
        )
        if not settled or not self.is_running:
            why = "does not answer" if self.is_running else "has ended"
            raise RigError(f"Kamailio {why}:\n{debian.quoted(self.log())}")

    def _answers(self) -> bool:
        proxy, carrier = self.setup.proxy, self.setup.carrier
        return network.sip_answers(
            carrier[0], proxy.host, proxy.trunk_port
        ) and network.sip_answers(proxy.host, proxy.host, proxy.seat_port)


@asynccontextmanager
async def proxied(directory: Path, setup: Setup) -> AsyncIterator[Kamailio]:
    """Run Kamailio for the length of an ``async with`` block."""
    kamailio = Kamailio(directory, setup)
    await kamailio.start()
    try:
        yield kamailio
    finally:
        await kamailio.stop()


def _place(directory: Path) -> tuple[str, tuple[str, ...]]:
    """Return where Kamailio sees `directory`, and the command that starts it there unprivileged.

    Who steps down from root may not pass through the directories above: it gets a mount.
    """
    step_down = ("setpriv", "--pdeathsig", "TERM")
    if os.geteuid() != 0:
        return str(directory), step_down
    user, group = asterisk_user()
    mount = 'mount --bind "$0" /mnt && exec "$@"'
    return "/mnt", (
        *("unshare", "-m", "sh", "-c", mount, str(directory)),
        *(*step_down, f"--reuid={user}", f"--regid={group}", "--clear-groups"),
    )


def _has_any(group: int) -> bool:
    """Whether there is a process of a group, be it one of which the end was not noticed yet."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
