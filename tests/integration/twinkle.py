"""A real Twinkle as a seat, on a screen that nobody sees: it runs our script when it rings."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from pathlib import Path
from typing import Final, Self

from rig import Rig, asking, debian, network
from rig.progress import Progress

SCRIPT: Final = Path(__file__).parents[2] / "phones/twinkle/sip112-popup"

# Without a sound card it would only complain. It binds to every address: it knows no other way.
_SOUND: Final = "pcm.!default { type null }\nctl.!default { type null }\n"
_SYSTEM: Final = "dev_ringtone=alsa:default\ndev_speaker=alsa:default\ndev_mic=alsa:default\n"
_SEAT: Final = """\
user_name={seat}
user_domain={host}
auth_name={seat}
auth_pass={secret}
registrar={host}:{port}
outbound_proxy={host}:{port}
use_outbound_proxy=yes
sip_transport=udp
register_at_startup=yes
registration_time=60
script_incoming_call={script} {url}
"""
_BROWSER: Final = '#!/bin/sh\nprintf "%s\\n" "$*" >>"{log}"\n'


def ensure_installed() -> None:
    """Install Twinkle and a screen; RigError says how to get them where that cannot be."""
    debian.PACKAGES.setdefault("twinkle", ("twinkle",))
    debian.PACKAGES.setdefault("Xvfb", ("xvfb",))
    debian.ensure(("twinkle", "Xvfb"), Progress(quiet=True))


class Twinkle:
    """Twinkle, registered as `seat`, with the script for tickets at `url`."""

    def __init__(self, rig: Rig, seat: str, url: str) -> None:
        self.seat = seat
        self._rig = rig
        self._url = url
        self._directory = tempfile.TemporaryDirectory(prefix="sip112-twinkle-")
        self._home = Path(self._directory.name)
        self._processes: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    @property
    def opened(self) -> list[str]:
        """What the browser was given to open."""
        log = self._home / "opened"
        return log.read_text().splitlines() if log.exists() else []

    def said(self) -> str:
        """Return what it printed, and wrote into its log."""
        places = (self._home / "output", self._home / ".twinkle/twinkle.log")
        return "".join(each.read_text(errors="replace") for each in places if each.exists())

    async def _start(self) -> None:
        rig, home = self._rig, self._home
        (home / ".twinkle").mkdir()
        (home / ".asoundrc").write_text(_SOUND)
        (home / ".twinkle/twinkle.sys").write_text(_SYSTEM)
        profile = home / ".twinkle/seat.cfg"
        profile.touch(mode=0o600)
        profile.write_text(
            _SEAT.format(
                seat=self.seat,
                host=rig.sip_host,
                port=rig.sip_port,
                secret=rig.seat_secret,
                script=SCRIPT,
                url=self._url,
            )
        )
        browser = home / "browser"
        browser.write_text(_BROWSER.format(log=home / "opened"))
        browser.chmod(0o700)
        display = await self._screen()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "DISPLAY": f":{display}",
            "SIP112_BROWSER": str(browser),
        }
        sip, rtp = (network.free_port(socket.SOCK_DGRAM, rig.sip_host) for _ in range(2))
        with (home / "output").open("wb") as output:
            phone = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "twinkle", "-f", "seat"),
                *("--sip-port", f"{sip}", "--rtp-port", f"{rtp}"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=home,
            )
        self._processes.append(phone)
        await asking.until(self._is_registered, within=20, every=0.1, seen=self.said)

    async def _screen(self) -> int:
        """Start a screen, and return the number that it found free."""
        theirs, ours = os.pipe()
        with os.fdopen(theirs) as told:
            try:
                screen = await asyncio.create_subprocess_exec(
                    *("setpriv", "--pdeathsig", "KILL", "Xvfb", "-displayfd", f"{ours}"),
                    *("-screen", "0", "1024x768x24", "-nolisten", "tcp"),
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                    pass_fds=(ours,),
                )
            finally:
                os.close(ours)
            self._processes.append(screen)
            # a whole line: whoever writes it dies of a pipe that is closed before that
            number = await asyncio.to_thread(told.readline)
        return int(number)

    async def _is_registered(self) -> bool:
        listing = await asking.asterisk(self._rig, "pjsip show contacts")
        return any(f"{self.seat}/" in line and " Avail " in line for line in listing.splitlines())

    async def _close(self) -> None:
        for process in reversed(self._processes):
            if process.returncode is None:
                process.terminate()
                try:
                    async with asyncio.timeout(5):
                        await process.wait()
                except TimeoutError:
                    process.kill()
                    await process.wait()
        self._directory.cleanup()
