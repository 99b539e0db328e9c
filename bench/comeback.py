"""Sees from outside how a service comes back that was killed.

Three things, none of which the service tells itself: when it connects to AMI (the kernel's
list of connections has it), when its desk has taken Asterisk's state in (Asterisk knows a new
owner's token by then, the last thing that follows from a snapshot), and for how long at most
it let lie what Asterisk had sent (the kernel's receive queue of that connection).

    python -m bench.comeback RIG-DIRECTORY

It says ``ready`` when it looks, some 250 times a second, and when its input ends it prints a
JSON object: ``connected`` and ``owned`` are times by the monotonic clock, ``owned`` that of the
first new token after the connection; ``unread_s`` is seconds.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time
from pathlib import Path
from typing import Final

from bench.ami import logged_in, serialize
from rig import Rig

_LOOK_S: Final = 0.004
_CONNECTIONS: Final = Path("/proc/net/tcp")
_VALUE: Final = re.compile(rb"\r\nValue: (\d*)\r\n")


class Unread:
    """For how long what had come lay unread, by the lengths of a receive queue."""

    def __init__(self) -> None:
        self._length = 0
        self._since = 0.0
        self.longest = 0.0

    def look(self, now: float, length: int) -> None:
        """Note the length of the queue; one that got shorter was read."""
        if length and length >= self._length > 0:
            self.longest = max(self.longest, now - self._since)
        else:
            self._since = now
        self._length = length


class Token:
    """Asks Asterisk again and again for the owner's token."""

    def __init__(self, rig: Rig, sock: socket.socket) -> None:
        variable = f"GLOBAL(SIP112_OWNER_{rig.centre})"
        self._question = serialize({"Action": "Getvar", "Variable": variable})
        self._sock = sock
        self._rest = b""
        self._asked = False
        self.values: list[tuple[float, int]] = []
        """Each token with when it was first seen."""

    def look(self, now: float) -> None:
        """Take an answer, if there is one, and ask again; never wait."""
        if not self._asked:
            self._sock.sendall(self._question)
            self._asked = True
        readable, _, _ = select.select([self._sock], [], [], 0)
        if not readable:
            return
        data = self._sock.recv(65536)
        if not data:
            sys.exit("Asterisk closed the connection")
        self._rest += data
        if found := _VALUE.search(self._rest):
            token = int(found[1] or 0)
            if not self.values or self.values[-1][1] != token:
                self.values.append((now, token))
            self._rest = b""
            self._asked = False


def witness(rig: Rig) -> dict[str, float | None]:
    """Look until the input ends; return what the module's docstring says."""
    connected: float | None = None
    unread: dict[bytes, Unread] = {}
    there = re.compile(
        rb"([0-9A-F]{8}:[0-9A-F]{4}) [0-9A-F]{8}:%04X 01 [0-9A-F]{8}:([0-9A-F]{8})" % rig.ami_port
    )
    with logged_in(rig) as sock:
        token = Token(rig, sock)
        # whoever is connected already, this process too, is not who comes back
        before = {local for local, _ in there.findall(_CONNECTIONS.read_bytes())}
        print("ready", flush=True)
        while True:
            over, _, _ = select.select([sys.stdin], [], [], _LOOK_S)
            if over:
                break
            now = time.monotonic()
            token.look(now)
            for local, length in there.findall(_CONNECTIONS.read_bytes()):
                if local not in before:
                    connected = connected or now
                    unread.setdefault(local, Unread()).look(now, int(length, 16))
    owned = [at for at, _ in token.values[1:] if connected is not None and at >= connected]
    return {
        "connected": connected,
        "owned": owned[0] if owned else None,
        "unread_s": max((each.longest for each in unread.values()), default=0.0),
    }


if __name__ == "__main__":
    json.dump(witness(Rig.load(Path(sys.argv[1]))), sys.stdout)
