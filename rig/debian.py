"""Debian and Ubuntu: tell them, and install packages of theirs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from rig.errors import RigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rig.progress import Progress

PACKAGES = {
    "chromium": ("chromium", "fonts-liberation"),  # a machine without a screen may have no fonts
    "kamailio": ("kamailio",),
    "mmdebstrap": ("mmdebstrap", "debian-archive-keyring"),  # Ubuntu has no keys of Debian
    "sipp": ("sip-tester",),
    "faketime": ("faketime",),
}
"""Command -> packages that bring it."""

_UNWANTED_SERVICES = {"kamailio": "kamailio.service"}
"""Command -> service that its package would start, at every address of the machine."""


def is_debian(os_release: str) -> bool:
    """Tell from the text of /etc/os-release whether this is Debian or made from it."""
    entries = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    names = f"{entries.get('ID', '')} {entries.get('ID_LIKE', '')}".replace('"', "").split()
    return bool({"debian", "ubuntu"} & set(names))


def is_here() -> bool:
    """Tell whether this machine is Debian or made from it."""
    try:
        return is_debian(Path("/etc/os-release").read_text())
    except OSError:
        return False


def advice(command: str) -> str:
    """Say how to get `command`."""
    return f"{command} is missing. Get it: sudo apt-get install {' '.join(PACKAGES[command])}"


def ensure(commands: Sequence[str], progress: Progress) -> None:
    """Install what brings those of `commands` that are missing; RigError says why it cannot."""
    missing = [command for command in commands if shutil.which(command) is None]
    if not missing:
        return
    if os.geteuid() != 0 or not is_here():
        raise RigError("\n".join(advice(command) for command in missing))
    packages = [package for command in missing for package in PACKAGES[command]]
    _mask(_UNWANTED_SERVICES[command] for command in missing if command in _UNWANTED_SERVICES)
    apt = ("apt-get", "--quiet", "--option", "DPkg::Lock::Timeout=300")
    with progress.stage("packages") as stage:
        for step in (("update",), ("install", "--yes", "--no-install-recommends", *packages)):
            stage.say(f"apt-get {' '.join(step)}")
            done = subprocess.run(
                (*apt, *step),
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            # an update that fails for one of many sources is no reason to give up
            if done.returncode and step[0] == "install":
                message = (
                    f"apt-get could not install {' '.join(packages)}:\n{quoted(done.stdout)}\n"
                    "Check the machine's package sources and its connection, then try again."
                )
                raise RigError(message)


def _mask(services: Iterable[str], units: Path = Path("/etc/systemd/system")) -> None:
    """Keep systemd from starting `services`, until ``systemctl unmask``."""
    for service in services:
        if units.is_dir() and not (units / service).is_symlink():
            (units / service).symlink_to("/dev/null")


def quoted(text: str, lines: int = 12) -> str:
    """Return the last lines of what a command printed, set off from our own words."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:])
