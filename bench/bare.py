"""The yardstick: a router of bare sockets, which reads, redirects and stores nothing.

It rings one seat after the other, whether free or not, so the load must leave them free. Like
the service it tells the dialplan that somebody is there, twice a second. It is as fast as a
router in Python can be: one process, one blocking socket, no loop.

    python -m bench.bare RIG-DIRECTORY

It says ``ready`` when it routes, and ends when its input does.
"""

from __future__ import annotations

import itertools
import re
import select
import socket
import sys
import time
from pathlib import Path
from typing import Final

from bench.ami import END, logged_in, serialize
from rig import Rig

_BEAT_S: Final = 0.5
_ARRIVAL: Final = b"\r\nUserEvent: Sip112Arrival\r\n"
_VALUE: Final = re.compile(rb"\r\nValue: (\d*)\r\n")
_CHANNEL: Final = re.compile(rb"\r\nChannel: ([^\r]+)")


def _setvar(variable: str, value: str) -> dict[str, str]:
    return {"Action": "Setvar", "Variable": variable, "Value": value}


def _token(rig: Rig, sock: socket.socket) -> str:
    """Return the greatest token that Asterisk knows of an owner: it refuses lesser ones."""
    sock.sendall(
        serialize(
            *(
                {"Action": "Getvar", "Variable": f"GLOBAL(SIP112_{name}_{rig.centre})"}
                for name in ("OWNER", "NEWEST")
            )
        )
    )
    data = b""
    while len(found := _VALUE.findall(data)) < 2:  # noqa: PLR2004 - one for each
        data += sock.recv(65536)
    return str(max(int(value or 0) for value in found))


def _beat(rig: Rig) -> dict[str, str]:
    return _setvar(f"GLOBAL(SIP112_BEAT_{rig.centre})", str(int(time.time() * 1000)))


def route(rig: Rig) -> None:
    """Ring a seat for every call that arrives, until the input ends."""
    seats = itertools.cycle(rig.seat_names)
    rest = b""
    with logged_in(rig) as sock:
        token = _token(rig, sock)
        sock.sendall(serialize(_beat(rig), _setvar(f"GLOBAL(SIP112_MODE_{rig.centre})", "service")))
        due = time.monotonic() + _BEAT_S
        print("ready", flush=True)
        while True:
            readable, _, _ = select.select(
                [sock, sys.stdin], [], [], max(0, due - time.monotonic())
            )
            if sys.stdin in readable:
                return
            if readable:
                data = sock.recv(65536)
                if not data:
                    sys.exit("Asterisk closed the connection")
                *blocks, rest = (rest + data).split(END)
                for block in blocks:
                    if _ARRIVAL in block and (channel := _CHANNEL.search(block)):
                        sock.sendall(
                            serialize(
                                {
                                    "Action": "Redirect",
                                    "Channel": channel[1].decode(),
                                    "Context": "sip112-seat",
                                    "Exten": f"{next(seats)}*{token}",
                                    "Priority": "1",
                                }
                            )
                        )
            if time.monotonic() >= due:
                sock.sendall(serialize(_beat(rig)))
                due += _BEAT_S


if __name__ == "__main__":
    route(Rig.load(Path(sys.argv[1])))
