"""What systemd is told of the service (sd_notify): ready, alive, stopping, and one line of state.

The protocol is one datagram of ``NAME=value`` lines to the socket in ``NOTIFY_SOCKET``; see
sd_notify(3). Without that variable, as on a terminal or in a container, nothing is sent.
Nothing here waits or fails: what systemd does not take now is said again.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Final

LONGEST: Final = 400
"""Characters of a status line; ``systemctl status`` shows one line."""


class Notifier:
    """Tells the service manager, if there is one."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # "@" stands for the zero byte of an abstract socket; anything else is a path
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._wanted = address.startswith(("/", "@"))

    def ready(self) -> bool:
        """Say that the start is over. False if it was not taken, so that it is said again."""
        return self._send("READY=1")

    def alive(self) -> bool:
        """Say that the event loop turns; systemd restarts a service that stops saying so."""
        return self._send("WATCHDOG=1")

    def stopping(self) -> bool:
        """Say that the service ends of its own will."""
        return self._send("STOPPING=1")

    def status(self, text: str) -> bool:
        """Say in one line how things are, for ``systemctl status``."""
        return self._send(f"STATUS={' '.join(text.split())[:LONGEST]}")

    def _send(self, text: str) -> bool:
        """Send one datagram; True if it was taken, or nobody wants it."""
        if not self._wanted:
            return True
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as once:
                once.settimeout(0)
                once.sendto(text.encode(errors="replace"), self._address)
        except OSError:  # gone, or it has not read what was sent before
            return False
        return True
