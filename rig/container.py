"""Asterisk in a container: the image of ``docker/asterisk``, run by docker or podman."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rig import debian
from rig.engine import BINDS, asterisk_user, ran
from rig.errors import RigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rig.progress import Progress
    from rig.state import Rig

_CONTEXT = Path(__file__).resolve().parent.parent / "docker/asterisk"
_HYBRID_CGROUP = Path("/sys/fs/cgroup/unified")


def _limits() -> list[str]:
    """Return options that ask for no more than this process may give."""
    options = []
    for name, kind, enough in (
        ("nofile", resource.RLIMIT_NOFILE, 65536),  # a waiting call takes a dozen
        ("nproc", resource.RLIMIT_NPROC, 10000),  # and a thread
    ):
        most = resource.getrlimit(kind)[1]
        limit = enough if most == resource.RLIM_INFINITY else min(enough, most)
        options += ["--ulimit", f"{name}={limit}:{limit}"]
    return options


class Container:
    """Runs Asterisk with a container engine on the host's network."""

    def __init__(self, name: str) -> None:
        self.name = name
        recipe = hashlib.sha256((_CONTEXT / "Dockerfile").read_bytes()).hexdigest()[:8]
        self._image = f"localhost/sip112-asterisk:{recipe}"

    def why_not(self) -> str:
        """Return what this machine lacks for it and how to get it, or '' when it is open."""
        if shutil.which(self.name) is None:
            return f"{self.name} is not installed: see your distribution's packages"
        try:
            done = self._run("info", timeout=20)
        except subprocess.TimeoutExpired:
            return f"`{self.name} info` does not answer: is its daemon well?"
        last = done.stdout.strip().splitlines()[-1:] or ["it says nothing"]
        return "" if done.returncode == 0 else f"`{self.name} info` fails: {last[0]}"

    def is_ready(self) -> bool:
        """Tell whether nothing has to be downloaded any more."""
        return self._run("image", "inspect", self._image).returncode == 0

    def prepare(self, progress: Progress, *, refresh: bool = False) -> str:
        """Build the image if there is none, and return the version of Asterisk."""
        if refresh or not self.is_ready():
            with progress.stage(f"image ({self.name})") as stage:
                stage.say(f"building {self._image}")
                again = ("--no-cache", "--pull") if refresh else ()
                done = self._run("build", *again, "--tag", self._image, str(_CONTEXT))
                if done.returncode:
                    said = debian.quoted(done.stdout)
                    message = f"{self.name} could not build {_CONTEXT}:\n{said}"
                    raise RigError(message)
        done = self._run("run", "--rm", "--network", "none", *_limits(), self._image, "-V")
        if done.returncode:
            message = f"{self.name} could not run {self._image}:\n    {done.stdout.strip()}"
            raise RigError(message)
        return done.stdout.strip().splitlines()[-1]

    def start(self, rig: Rig, environment: Mapping[str, str]) -> Rig:
        """Start Asterisk detached from this process, and return `rig` with its container."""
        name = f"sip112-rig-{hashlib.sha256(bytes(rig.dir)).hexdigest()[:12]}"
        self._run("rm", "--force", name)
        options = [
            *("--detach", "--name", name, "--network", "host"),
            *("--user", ":".join(map(str, asterisk_user()))),
            *_limits(),
            *("--security-opt", "label=disable"),  # or SELinux hides the rig's directory
        ]
        if self.name == "podman" and os.geteuid() != 0:
            options.append("--userns=keep-id")
        for source, target in BINDS.items():
            options += ["--volume", f"{rig.dir / source}:{target}"]
        for variable, value in environment.items():
            options += ["--env", f"{variable}={value}"]
        done = self._run("run", *options, self._image)
        if done.returncode:
            message = f"{self.name} could not start Asterisk:\n    {done.stdout.strip()}"
            raise RigError(message)
        pid = self._run("inspect", "--format", "{{.State.Pid}}", name).stdout.strip()
        return replace(rig, container=name, pid=int(pid))

    def is_running(self, rig: Rig) -> bool:
        """Tell whether the container that was started is still there."""
        state = self._run("inspect", "--format", "{{.State.Running}}", rig.container)
        return state.stdout.strip() == "true"

    def execute(self, rig: Rig, command: Sequence[str], *, timeout: float) -> str:
        """Run `command` beside the running Asterisk and return what it printed."""
        return self._run("exec", rig.container, *command, timeout=timeout).stdout

    def output(self, rig: Rig) -> str:
        """Return what Asterisk printed before it had a log."""
        return self._run("logs", rig.container).stdout

    def stop(self, rig: Rig) -> None:
        """Stop and remove exactly the container that was started, if it is still there."""
        self._run("stop", "--time", "10", rig.container)
        self._run("rm", "--force", rig.container)

    def _run(
        self, *arguments: str, timeout: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = [self.name, *arguments]
        if self.name == "podman" and os.geteuid() == 0 and _HYBRID_CGROUP.is_mount():
            # crun refuses a host with both cgroup versions mounted: hide the second
            hide = f'umount {_HYBRID_CGROUP}; exec "$@"'
            command = ["unshare", "-m", "sh", "-c", hide, "sh", *command]
        return ran(command, timeout=timeout)
