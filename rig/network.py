"""Ports and waiting: small helpers about sockets on loopback."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from rig.errors import RigError

if TYPE_CHECKING:
    from collections.abc import Callable

RTP_PORTS = 4000
"""Size of a rig's RTP range: two legs of two ports each for 1,000 calls."""

_RTP_FIRST, _RTP_LAST = 12000, 28000

_PORTS = range(28000, 32700)
"""Ports that rigs give away.

They lie below those that the kernel gives to whoever asks for any, be it to connect to somewhere:
one of these, asked for and let go, can be anyone's before it is used, or while it is not.
"""

_BLOCK = 100


def _is_free(kind: socket.SocketKind, host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class _Ports:
    """The ports that this process gives away, in blocks that no other process has.

    A block is held by an abstract Unix socket of its name: like the ports, that is known to the
    whole machine (network namespace), taken by one, and given back when the process ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn: deque[int] = deque()

    def take(self, kind: socket.SocketKind, host: str) -> int:
        """Return the port given away longest ago, of those at which nothing is bound."""
        with self._lock:
            for _ in range(len(self._turn)):
                port = self._turn[0]
                self._turn.rotate(-1)
                if _is_free(kind, host, port):
                    return port
            self._turn.extendleft(reversed(self._hold()))
        return self.take(kind, host)

    def _hold(self) -> range:
        """Take a block that is nobody's."""
        firsts = range(_PORTS.start, _PORTS.stop, _BLOCK)
        some = secrets.randbelow(len(firsts))
        for first in (*firsts[some:], *firsts[:some]):
            holding = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                holding.bind(f"\0sip112-rig-ports-{first}")
            except OSError:
                holding.close()
                continue
            holding.detach()  # open until the process ends
            return range(first, first + _BLOCK)
        message = f"all ports from {_PORTS.start} to {_PORTS.stop - 1} are other rigs'"
        raise RigError(message)


_ports = _Ports()


def free_port(kind: socket.SocketKind, host: str, preferred: int = 0) -> int:
    """Return `preferred` when nothing is bound there, else a port that nobody else will take."""
    if preferred and _is_free(kind, host, preferred):
        return preferred
    return _ports.take(kind, host)


def rtp_range() -> tuple[int, int]:
    """Return a range for RTP; ranges of two rigs may overlap, Asterisk skips taken ports."""
    blocks = (_RTP_LAST - _RTP_FIRST) // RTP_PORTS
    start = _RTP_FIRST + RTP_PORTS * secrets.randbelow(blocks)
    return start, start + RTP_PORTS - 1


def wait_for(ready: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Return True as soon as `ready` does, False when it has not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True


def tcp_answers(host: str, port: int) -> bool:
    """Tell whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def options_request(source: tuple[str, int], target: tuple[str, int]) -> bytes:
    """Return a SIP OPTIONS request, which every SIP peer that is up answers in some way."""
    tag = secrets.token_hex(6)
    here = f"{source[0]}:{source[1]}"
    there = f"{target[0]}:{target[1]}"
    return (
        f"OPTIONS sip:{there} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{tag};rport\r\n"
        f"From: <sip:rig@{here}>;tag={tag}\r\n"
        f"To: <sip:{there}>\r\n"
        f"Call-ID: {tag}@{source[0]}\r\n"
        "CSeq: 1 OPTIONS\r\n"
        f"Contact: <sip:rig@{here}>\r\n"
        "Max-Forwards: 70\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


def sip_answers(source_host: str, host: str, port: int, *, timeout: float = 0.25) -> bool:
    """Tell whether a SIP peer answers OPTIONS there, asked from `source_host`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        try:
            sock.bind((source_host, 0))
            sock.connect((host, port))
            sock.send(options_request(sock.getsockname(), (host, port)))
            return sock.recv(2048).startswith(b"SIP/2.0 ")
        except OSError:
            return False


def ami_answers(host: str, port: int, username: str, secret: str) -> bool:
    """Tell whether AMI greets and lets this user in."""
    login = f"Action: Login\r\nUsername: {username}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n"
    try:
        with (
            socket.create_connection((host, port), timeout=2) as sock,
            sock.makefile("rb") as lines,
        ):
            if not lines.readline().startswith(b"Asterisk Call Manager/"):
                return False
            sock.sendall(login.encode())
            accepted = lines.readline().strip() == b"Response: Success"
            sock.sendall(b"Action: Logoff\r\n\r\n")
            while lines.readline():  # until Asterisk has closed it: one login at a time
                pass
            return accepted
    except OSError:
        return False
