"""A service manager's side of sd_notify: a real socket that keeps what it is told."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Self


class Manager:
    """Receives on `address`, a path or ``@name``, as systemd does."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.told: list[str] = []
        """Everything that was told, in order."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.settimeout(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def environ(self) -> dict[str, str]:
        """What a service finds in its environment."""
        return {"NOTIFY_SOCKET": self.address}

    def read(self) -> list[str]:
        """Take what came, and return everything that was told so far."""
        while True:
            try:
                self.told.append(self._socket.recv(65536).decode())
            except BlockingIOError:
                return self.told

    def statuses(self) -> list[str]:
        """Return the status lines that were told so far."""
        return [each.removeprefix("STATUS=") for each in self.read() if each.startswith("STATUS=")]

    async def until(self, condition: Callable[[list[str]], object], within: float = 20.0) -> None:
        """Wait until what was told fulfils `condition`."""
        end = time.monotonic() + within
        while not condition(self.read()):
            assert time.monotonic() < end, self.told
            await asyncio.sleep(0.01)
