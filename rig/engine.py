"""What the rig asks of a way to run Asterisk, be it a container engine or a chroot."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rig.progress import Progress
    from rig.state import Rig

DIRECTORIES = {
    "etc": "/etc/asterisk",
    "lib": "/var/lib/asterisk",
    "log": "/var/log/asterisk",
    "spool": "/var/spool/asterisk",
    "run": "/run/asterisk",
}
"""Directories of a rig that Asterisk sees, and where."""

FILES = {
    "hosts": "/etc/hosts",
    "nsswitch.conf": "/etc/nsswitch.conf",
    "resolv.conf": "/etc/resolv.conf",
}
"""Files of a rig that Asterisk sees, and where: names come from them and never from DNS."""

BINDS = DIRECTORIES | FILES

_UNPRIVILEGED = 61112
"""Who Asterisk runs as where root starts it for itself: an id that belongs to nobody."""


def asterisk_user() -> tuple[int, int]:
    """Return user and group id for Asterisk and its files: never root.

    Who started the rig through sudo owns it, and can read its files afterwards.
    """
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if "SUDO_UID" in os.environ and int(os.environ["SUDO_UID"]) != 0:
        return int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"])
    return _UNPRIVILEGED, _UNPRIVILEGED


def ran(command: Sequence[str], *, timeout: float | None) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end, and return it with all that it printed as its output."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )


class Engine(Protocol):
    """One way to run Asterisk."""

    @property
    def name(self) -> str:
        """What it is called in SIP112_RIG_ENGINE and in the env file."""

    def why_not(self) -> str:
        """Return what this machine lacks for it and how to get it, or '' when it is open."""

    def is_ready(self) -> bool:
        """Tell whether nothing has to be downloaded any more."""

    def prepare(self, progress: Progress, *, refresh: bool = False) -> str:
        """Download and build what is missing, and return the version of Asterisk."""

    def start(self, rig: Rig, environment: Mapping[str, str]) -> Rig:
        """Start Asterisk detached from this process, and return `rig` with its process.

        `environment` is added to Asterisk's own.
        """

    def is_running(self, rig: Rig) -> bool:
        """Tell whether the process that was started is still there."""

    def execute(self, rig: Rig, command: Sequence[str], *, timeout: float) -> str:
        """Run `command` beside the running Asterisk and return what it printed."""

    def output(self, rig: Rig) -> str:
        """Return what Asterisk printed before it had a log."""

    def stop(self, rig: Rig) -> None:
        """End exactly the process that was started, if it is still there."""
