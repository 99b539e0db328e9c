"""A real softphone as a seat: baresip, without screen or sound card, told what to do by TCP."""

from __future__ import annotations

import asyncio
import json
import math
import os
import socket
import struct
import tempfile
import wave
from pathlib import Path
from typing import Any, Final, Self

from rig import Rig, asking, debian, network
from rig.progress import Progress

HOST: Final = "127.0.0.4"
MODULES: Final = Path("/usr/lib/baresip/modules")

_CONFIG: Final = """\
sip_listen {host}:0
net_interface {host}
module_path {modules}
audio_source aufile,{speech}
audio_player none
audio_alert none
ausrc_format s16
auplay_format s16
module g711.so
module aufile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{port}
"""


def ensure_installed() -> None:
    """Install baresip where it is missing; RigError says how to get it where that cannot be."""
    debian.PACKAGES.setdefault("baresip", ("baresip-core",))
    debian.ensure(("baresip",), Progress(quiet=True))


class Softphone:
    """baresip, registered as `seat`; it rings until it is told to answer."""

    def __init__(self, rig: Rig, seat: str) -> None:
        self.seat = seat
        self.events: list[dict[str, Any]] = []
        """What it told: its events, as baresip's ctrl_tcp writes them."""
        self._rig = rig
        self._directory = tempfile.TemporaryDirectory(prefix="sip112-baresip-")
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        if self._writer is not None:
            self._writer.close()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()  # it unregisters
            try:
                async with asyncio.timeout(5):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._directory.cleanup()

    @property
    def incoming(self) -> dict[str, Any] | None:
        """The call that rings or was answered, as the phone tells it; None if none came."""
        found = (each for each in self.events if each["type"] == "CALL_INCOMING")
        return next(found, None)

    async def until_told(self, kind: str, *, within: float) -> None:
        """Wait until the phone has told an event of `kind`."""
        await asking.until(
            lambda: any(each["type"] == kind for each in self.events),
            within=within,
            seen=lambda: self.events,
        )

    def answer(self) -> None:
        """Lift the receiver."""
        self._tell("accept")

    def hang_up(self) -> None:
        """Put the receiver down."""
        self._tell("hangup")

    def _tell(self, command: str) -> None:
        assert self._writer is not None
        text = json.dumps({"command": command}).encode()
        self._writer.write(b"%d:%b," % (len(text), text))

    async def _start(self) -> None:
        place = Path(self._directory.name)
        port = network.free_port(socket.SOCK_STREAM, HOST)
        _write_speech(place / "speech.wav")
        (place / "config").write_text(
            _CONFIG.format(host=HOST, modules=MODULES, speech=place / "speech.wav", port=port)
        )
        account = place / "accounts"
        account.touch(mode=0o600)
        rig, seat = self._rig, self.seat
        account.write_text(
            f"<sip:{seat}@{rig.sip_host}:{rig.sip_port}>;auth_user={seat}"
            f";auth_pass={rig.seat_secret};audio_codecs=PCMA;regint=60\n"
        )
        with (place / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "baresip", "-f", place),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"HOME": str(place)},
            )
        await asking.until(
            lambda: network.tcp_answers(HOST, port),
            within=10,
            every=0.05,
            seen=(place / "log").read_text,
        )
        reader, self._writer = await asyncio.open_connection(HOST, port)
        self._listening = asyncio.create_task(self._listen(reader))
        await asking.until(
            self._is_registered, within=10, every=0.1, seen=(place / "log").read_text
        )

    async def _is_registered(self) -> bool:
        listing = await asking.asterisk(self._rig, "pjsip show contacts")
        return any(f"{self.seat}/" in line and " Avail " in line for line in listing.splitlines())

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:  # netstrings: length, colon, JSON, comma
            length = int((await reader.readuntil(b":"))[:-1])
            told = json.loads((await reader.readexactly(length + 1))[:-1])
            if told.get("event"):
                self.events.append(told)


def _write_speech(path: Path) -> None:
    """Write what is spoken into the phone: ten seconds of a tone."""
    rate = 8000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = (int(9000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(10 * rate))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
