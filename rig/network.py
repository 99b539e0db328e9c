"""Ports and waiting: small helpers about sockets on loopback."""

from __future__ import annotations

import secrets
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

RTP_PORTS = 4000
"""Size of a rig's RTP range: two legs of two ports each for 1,000 calls."""

_RTP_FIRST, _RTP_LAST = 12000, 32000  # below the ports that the kernel gives out


def _is_free(kind: socket.SocketKind, host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(kind: socket.SocketKind, host: str, preferred: int = 0) -> int:
    """Return `preferred` when nothing is bound there, else a port that the kernel gives."""
    if preferred and _is_free(kind, host, preferred):
        return preferred
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


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
