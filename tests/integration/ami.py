"""A second AMI user, of the plain kind that other software has: it sees everything."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from typing import Self

from rig import Rig
from rig.asking import asterisk


class Watcher:
    """Counts what an AMI user with ``read=all`` is told, block by block."""

    def __init__(self, rig: Rig) -> None:
        self.kinds: Counter[str] = Counter()
        """Events, by name."""
        self.strange: list[str] = []
        """First lines of blocks that are neither event nor response."""
        self._rig = rig
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        name, secret = "watcher", secrets.token_hex(8)
        await add_ami_user(self._rig, name, f"secret = {secret}\nread = all\n")
        reader, self._writer = await asyncio.open_connection(self._rig.ami_host, self._rig.ami_port)
        await reader.readline()
        self._writer.write(
            f"Action: Login\r\nUsername: {name}\r\nSecret: {secret}\r\n\r\n".encode()
        )
        assert b"Success" in await reader.readuntil(b"\r\n\r\n")
        self._reading = asyncio.create_task(self._read(reader))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None and self._writer is not None:
            self._reading.cancel()
            self._writer.close()
        await remove_ami_user(self._rig, "watcher")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            block = await reader.readuntil(b"\r\n\r\n")
            block = block.removeprefix(b"\r\n")  # some messages end with one line too many
            if not block:
                continue
            first = block.partition(b"\r\n")[0].decode("utf-8", "replace")
            header, _, value = first.partition(": ")
            if header == "Event":
                self.kinds[value] += 1
            else:
                self.strange.append(first)


async def add_ami_user(rig: Rig, name: str, lines: str) -> None:
    """Add an AMI user to the running Asterisk."""
    path = rig.dir / "etc" / "manager.conf"
    path.write_text(f"{path.read_text()}\n[{name}] ; for one test\n{lines}")
    await asterisk(rig, "manager reload")


async def remove_ami_user(rig: Rig, name: str) -> None:
    """Remove an AMI user that was added."""
    path = rig.dir / "etc" / "manager.conf"
    path.write_text(path.read_text().partition(f"\n[{name}] ; for one test\n")[0])
    await asterisk(rig, "manager reload")
