"""A bare AMI connection: what the yardstick and the observers have in common."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from rig import Rig

END: Final = b"\r\n\r\n"
_BANNER: Final = b"\r\n"


def serialize(*actions: Mapping[str, str]) -> bytes:
    """Return `actions` as they go over the wire."""
    texts = (
        "".join(f"{name}: {value}\r\n" for name, value in action.items()) for action in actions
    )
    return "\r\n".join([*texts, ""]).encode()


@contextmanager
def logged_in(rig: Rig) -> Iterator[socket.socket]:
    """Connect to the rig's Asterisk as the service does, and hear what it hears."""
    login = {
        "Action": "Login",
        "Username": rig.ami_username,
        "Secret": rig.ami_secret,
        "Events": "on",
    }
    with socket.create_connection((rig.ami_host, rig.ami_port), timeout=5) as sock:
        _until(sock, _BANNER)
        sock.sendall(serialize(login))
        answer = _until(sock, END)
        if b"Response: Success" not in answer:
            raise ConnectionError(f"Asterisk refused the login: {answer!r}")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(None)
        yield sock


def hang_up_callers(rig: Rig) -> None:
    """End every caller's call, as if Asterisk had; the watchdog's channel stays."""
    with logged_in(rig) as sock:
        sock.sendall(serialize({"Action": "Hangup", "Channel": "/^PJSIP/trunk-/"}))
        while b"Response: " not in _until(sock, END):
            pass


def _until(sock: socket.socket, end: bytes) -> bytes:
    data = b""
    while end not in data:
        chunk = sock.recv(4096)
        if not chunk:
            raise ConnectionError("Asterisk closed the connection")
        data += chunk
    return data
