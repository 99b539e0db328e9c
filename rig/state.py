"""What a rig is made of, and the one file that says it: ``env`` in the rig's directory.

The file is ``KEY=VALUE`` lines that a shell can source, readable by its owner alone, since
it holds the secrets made for this rig.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_DIR = Path(__file__).resolve().parent.parent / "var" / "rig"

_NAMES = {
    "dir": "SIP112_RIG_DIR",
    "engine": "SIP112_RIG_ENGINE",
    "pid": "SIP112_RIG_PID",
    "pid_started": "SIP112_RIG_PID_STARTED",
    "container": "SIP112_RIG_CONTAINER",
    "asterisk": "SIP112_RIG_ASTERISK",
    "sip_host": "SIP112_RIG_SIP_HOST",
    "sip_port": "SIP112_RIG_SIP_PORT",
    "http_host": "SIP112_RIG_HTTP_HOST",
    "http_port": "SIP112_RIG_HTTP_PORT",
    "rtp_start": "SIP112_RIG_RTP_START",
    "rtp_end": "SIP112_RIG_RTP_END",
    "trunk_host": "SIP112_RIG_TRUNK_HOST",
    "seat_host": "SIP112_RIG_SEAT_HOST",
    "seats": "SIP112_RIG_SEATS",
    "browsers": "SIP112_RIG_BROWSERS",
    "seat_secret": "SIP112_RIG_SEAT_SECRET",
    "ami_host": "SIP112_AMI_HOST",
    "ami_port": "SIP112_AMI_PORT",
    "ami_username": "SIP112_AMI_USERNAME",
    "ami_secret": "SIP112_AMI_SECRET",
    "ami_desk_username": "SIP112_AMI_DESK_USERNAME",
    "ami_desk_secret": "SIP112_AMI_DESK_SECRET",
    "centre": "SIP112_CENTRE",
    "proxy_host": "SIP112_RIG_PROXY_HOST",
    "proxy_trunk_port": "SIP112_RIG_PROXY_TRUNK_PORT",
    "proxy_seat_port": "SIP112_RIG_PROXY_SEAT_PORT",
}
"""Field of `Rig` -> name in the env file; the names without ``RIG`` are the service's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Where Kamailio stands, for an Asterisk behind it."""

    host: str
    trunk_port: int
    """To which the carrier sends, and from which its calls come to Asterisk."""
    seat_port: int
    """Where phones register, and from which they come to Asterisk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """One rig: where it lives, which process it is, and every address and secret of it."""

    dir: Path
    engine: str
    """``chroot``, ``docker`` or ``podman``."""
    sip_port: int
    ami_port: int
    http_port: int
    rtp_start: int
    rtp_end: int
    seats: int
    ami_secret: str
    seat_secret: str
    pid: int = 0
    """Process id of Asterisk as this machine sees it; 0 before it is started."""
    pid_started: int = 0
    """When that process started, in clock ticks since boot: a reused pid is not ours."""
    container: str = ""
    """Name of the container, where an engine runs one."""
    asterisk: str = ""
    """Version of Asterisk."""
    browsers: int = 2
    """How many seats there are for browser phones, beside the `seats`."""
    sip_host: str = "127.0.0.1"
    ami_host: str = "127.0.0.1"
    http_host: str = "127.0.0.1"
    trunk_host: str = "127.0.0.2"
    """From where callers send: Asterisk takes this address for the trunk."""
    seat_host: str = "127.0.0.3"
    """Where SIPp's seats live."""
    ami_username: str = "sip112"
    ami_desk_username: str = "sip112-desk"
    ami_desk_secret: str = ""
    centre: str = "PKY"
    proxy_host: str = ""
    """Kamailio's address, for an Asterisk behind it; empty where there is none."""
    proxy_trunk_port: int = 0
    proxy_seat_port: int = 0

    @property
    def for_callers(self) -> tuple[str, int]:
        """Where callers send to."""
        return self.sip_host, self.sip_port

    @property
    def recordings(self) -> Path:
        """Where its recordings lie."""
        return self.dir / "spool" / "monitor" / "sip112"

    @property
    def for_seats(self) -> tuple[str, int]:
        """Where phones register."""
        return self.sip_host, self.sip_port

    @property
    def asterisks(self) -> tuple[Rig, ...]:
        """Return who takes the calls: this one."""
        return (self,)

    @property
    def seat_names(self) -> tuple[str, ...]:
        """Names of the seats, which are their PJSIP endpoints too: ``seat-01`` and so on."""
        return tuple(f"seat-{number:02d}" for number in range(1, self.seats + 1))

    @property
    def browser_seat_names(self) -> tuple[str, ...]:
        """Names of the seats for browser phones (WebRTC): ``web-01`` and so on."""
        return tuple(f"web-{number:02d}" for number in range(1, self.browsers + 1))

    @property
    def outside_name(self) -> str:
        """Name of a telephone that is no seat: where an overflow may ring."""
        return "outside"

    @property
    def ws_url(self) -> str:
        """Return the address where browser phones register."""
        return f"ws://{self.http_host}:{self.http_port}/ws"

    @property
    def env_file(self) -> Path:
        """Return the file that says all this."""
        return self.dir / "env"

    def env(self) -> dict[str, str]:
        """Return every setting by its name in the env file."""
        values = {name: str(getattr(self, field)) for field, name in _NAMES.items()}
        return values | {"SIP112_RIG_WS_URL": self.ws_url}

    def save(
        self, owner: tuple[int, int] | None = None, more: Mapping[str, str] | None = None
    ) -> None:
        """Write the env file, whole or not at all, for its owner's eyes only."""
        values = self.env() | dict(more or {})
        text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
        draft = self.env_file.with_name("env.new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        if owner is not None:
            os.chown(draft, *owner)
        draft.replace(self.env_file)

    @classmethod
    def load(cls, directory: Path = DEFAULT_DIR) -> Self:
        """Read the rig that lives in `directory`; FileNotFoundError when there is none."""
        text = (directory / "env").read_text()
        found = dict(line.split("=", 1) for line in shlex.split(text, comments=True))
        kinds = {field.name: field.type for field in fields(cls)}
        values: dict[str, Any] = {}
        for field, name in _NAMES.items():
            if name in found:
                kind = {"int": int, "Path": Path}.get(str(kinds[field]), str)
                values[field] = kind(found[name])
        return cls(**values)
