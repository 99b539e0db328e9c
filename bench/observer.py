"""The neutral observer: notes when arrivals and ringing seats were told on an AMI connection.

It hears the same events as the router that is measured, over a connection of its own, keeps
what it receives with the time, and reads it only at the end.

    python -m bench.observer RIG-DIRECTORY

It says ``ready`` when it hears, and when its input ends it prints a JSON object: uniqueid of
the call to [arrival heard, seat rings heard, arrival by Asterisk's clock, seat rings likewise].
"""

from __future__ import annotations

import json
import re
import select
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.ami import END, logged_in
from rig import Rig

_HEADER: Final = re.compile(rb"\r\n(Uniqueid|Timestamp|UserEvent|DestChannel): ([^\r]*)")


def observe(rig: Rig) -> list[tuple[float, bytes]]:
    """Return what was received, piece by piece with its time, until the input ended."""
    pieces = []
    with logged_in(rig) as sock:
        print("ready", flush=True)
        while True:
            readable, _, _ = select.select([sock, sys.stdin], [], [])
            now = time.time()
            if sock in readable:
                data = sock.recv(65536)
                if not data:
                    sys.exit("Asterisk closed the connection")
                pieces.append((now, data))
            elif sys.stdin in readable:
                return pieces


def messages(pieces: Sequence[tuple[float, bytes]]) -> Iterator[tuple[float, bytes]]:
    """Yield every message with the time at which its last byte was here."""
    rest = b""
    for at, data in pieces:
        *blocks, rest = (rest + data).split(END)
        for block in blocks:
            yield at, block


def samples(pieces: Sequence[tuple[float, bytes]]) -> dict[str, list[float]]:
    """Return by call when it arrived and when a seat first rang for it."""
    arrived: dict[str, tuple[float, float]] = {}
    found: dict[str, list[float]] = {}
    for at, block in messages(pieces):
        headers = {name: value.decode() for name, value in _HEADER.findall(b"\r\n" + block)}
        uniqueid, stamp = headers.get(b"Uniqueid", ""), float(headers.get(b"Timestamp", 0))
        if headers.get(b"UserEvent") == "Sip112Arrival":
            arrived[uniqueid] = at, stamp
        elif block.startswith(b"Event: DialBegin") and uniqueid in arrived:
            heard, written = arrived.pop(uniqueid)
            found[uniqueid] = [heard, at, written, stamp]
    return found


if __name__ == "__main__":
    json.dump(samples(observe(Rig.load(Path(sys.argv[1])))), sys.stdout)
