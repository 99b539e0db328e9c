"""Asterisk without a container engine: in a cached Debian root file system, as root.

The root file system is made once by mmdebstrap, kept outside the checkout, and never
written to again: each rig mounts its own directories over it in a mount namespace of its
own, so that any number of rigs share it and nothing has to be unmounted.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rig import debian, network
from rig.engine import BINDS, DIRECTORIES, FILES, asterisk_user, ran
from rig.errors import RigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rig.progress import Progress, Stage
    from rig.state import Rig

_SUITE = "forky"  # Debian's stable releases 12 and 13 carry no Asterisk
_PACKAGES = ("asterisk", "asterisk-core-sounds-en-wav")
_MMDEBSTRAP = (
    "mmdebstrap",
    "--variant=apt",
    f"--include={','.join(_PACKAGES)}",
    # a snapshot mirror may carry an expired Release file
    '--aptopt=Acquire::Check-Valid-Until "false"',
    _SUITE,
)
_ENTER = Path(__file__).parent / "enter.sh"
_STOP_SECONDS = 10.0


def cache_directory() -> Path:
    """Return where root file systems are kept: outside the checkout, between runs."""
    if own := os.environ.get("SIP112_RIG_CACHE"):
        return Path(own).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).resolve() / "sip112"


def _started(pid: int) -> int:
    """Return when process `pid` started, in clock ticks since boot; 0 when it has ended."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0
    return 0 if state in "ZX" else int(rest[18])


class Chroot:
    """Runs Asterisk in a root file system that this machine keeps for it."""

    name = "chroot"

    def __init__(self) -> None:
        recipe = hashlib.sha256("\n".join(_MMDEBSTRAP).encode()).hexdigest()[:8]
        self._cache = cache_directory()
        self._root = self._cache / f"asterisk-{_SUITE}-{recipe}"

    def why_not(self) -> str:
        """Return what this machine lacks for it and how to get it, or '' when it is open."""
        if os.geteuid() != 0:
            return "a root file system needs root: sudo make rig-up"
        if not self.is_ready() and not debian.is_here():
            return "a root file system is made with mmdebstrap, on Debian or Ubuntu"
        if subprocess.run(("unshare", "-m", "true"), capture_output=True, check=False).returncode:
            return (
                "this root may not make mount namespaces (CAP_SYS_ADMIN is missing): "
                "leave the container, or start it with --privileged"
            )
        return ""

    def is_ready(self) -> bool:
        """Tell whether nothing has to be downloaded any more."""
        return self._root.is_dir()

    def prepare(self, progress: Progress, *, refresh: bool = False) -> str:
        """Make the root file system if there is none, and return the version of Asterisk."""
        if refresh or not self.is_ready():
            debian.ensure(["mmdebstrap"], progress)
            with progress.stage("root file system") as stage:
                stage.say(f"waiting for another rig that makes it ({self._cache})")
                with self._locked():
                    if refresh or not self.is_ready():
                        self._make(stage)
                stage.detail = str(self._root)
        return (self._root / "etc/sip112-asterisk").read_text().strip()

    def start(self, rig: Rig, environment: Mapping[str, str]) -> Rig:
        """Start Asterisk detached from this process, and return `rig` with its process."""
        binds = [f"{name}:{target}" for name, target in BINDS.items()]
        user = ":".join(map(str, asterisk_user()))
        # The shell leaves at once: Asterisk belongs to no one who could forget it.
        shell = 'setsid unshare -m sh "$@" >asterisk.out 2>&1 </dev/null & echo $!'
        places = map(str, (_ENTER, self._root, user, rig.dir))
        more = [f"{name}={value}" for name, value in environment.items()]
        command = (*places, *binds, "--", *(("env", *more) if more else ()), "asterisk", "-f")
        printed = subprocess.run(
            ("sh", "-c", shell, "rig", *command),
            cwd=rig.dir,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        pid = int(printed)
        return replace(rig, pid=pid, pid_started=_started(pid))

    def is_running(self, rig: Rig) -> bool:
        """Tell whether the process that was started is still there."""
        return rig.pid > 0 and _started(rig.pid) == rig.pid_started > 0

    def execute(self, rig: Rig, command: Sequence[str], *, timeout: float) -> str:
        """Run `command` beside the running Asterisk and return what it printed."""
        enter = ("nsenter", f"--target={rig.pid}", "--mount", "--root", "--wd")
        return ran((*enter, *command), timeout=timeout).stdout

    def output(self, rig: Rig) -> str:
        """Return what Asterisk printed before it had a log."""
        try:
            return (rig.dir / "asterisk.out").read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def stop(self, rig: Rig) -> None:
        """End exactly the process that was started, if it is still there."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if not self.is_running(rig):
                return
            os.kill(rig.pid, sign)
            network.wait_for(lambda: not self.is_running(rig), seconds=_STOP_SECONDS)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._cache.mkdir(parents=True, exist_ok=True)
        with (self._cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make(self, stage: Stage) -> None:
        """Make the root file system under another name, and rename it when it is whole."""
        for left in self._cache.glob(".making-*"):
            shutil.rmtree(left)
        draft = self._cache / f".making-{os.getpid()}"
        lines: list[str] = []
        with subprocess.Popen(
            (*_MMDEBSTRAP, draft),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as making:
            assert making.stdout is not None  # noqa: S101 -- PIPE above
            try:
                for line in making.stdout:
                    lines.append(line)
                    if line.startswith("I: "):
                        stage.say(line[3:].strip())
            except BaseException:
                making.terminate()  # it unmounts what it has mounted
                making.wait()
                shutil.rmtree(draft, ignore_errors=True)
                raise
        if making.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            said = debian.quoted("".join(lines))
            message = (
                f"mmdebstrap could not make the root file system:\n{said}\n"
                "Check the connection to the Debian mirror (apt's own proxy settings are used) "
                f"and the space in {self._cache}, then try again."
            )
            raise RigError(message)
        for target in DIRECTORIES.values():
            (draft / target.lstrip("/")).mkdir(parents=True, exist_ok=True)
        for target in FILES.values():
            (draft / target.lstrip("/")).unlink(missing_ok=True)  # it may be a link
            (draft / target.lstrip("/")).touch()
        version = subprocess.run(
            ("chroot", draft, "asterisk", "-V"), capture_output=True, text=True, check=True
        ).stdout
        (draft / "etc/sip112-asterisk").write_text(version)
        draft.chmod(0o755)
        if self._root.exists():  # a refresh: rigs that run keep what they have mounted
            self._root.rename(self._cache / f".making-old-{os.getpid()}")
        draft.rename(self._root)
