"""A real PostgreSQL beside a rig: started in a directory of its own, gone afterwards.

The server keeps fsync on unless told otherwise: benchmarks and the fault suite pay what a
centre pays. It listens on a port of 127.0.0.1 and trusts whoever connects. PostgreSQL refuses
to run as root, so as root it runs as the user `postgres`, or `nobody` where there is none.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from rig.network import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START_WITHIN: Final = 60.0
NO_POWER_CUT: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    # less to write for each database that is made and dropped
    "min_wal_size": "32MB",
    "max_wal_size": "128MB",
}
"""Settings for tests that end processes and never the machine: what a process has written stays.

`synchronous_commit` stays on. Without it a commit is in the server's memory only, and is lost
when the server is killed.
"""
_READY_LINE: Final = 8
"""The line of the server's pid file that says how far it is."""
_CREATECLUSTER: Final = Path("/etc/postgresql-common/createcluster.conf")


class NoPostgresError(RuntimeError):
    """PostgreSQL's programs are not here and cannot be installed."""

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL's server programs (initdb, postgres) were not found. Install them "
            "(Debian, Ubuntu: apt-get install postgresql), or put their directory on PATH."
        )


class PostgresServer:
    """One server with its own data directory; it can be stopped and started again."""

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "max_connections": "50",
            **(settings or {}),
        }
        self.port = free_port(socket.SOCK_STREAM, "127.0.0.1")
        self._bin = _programs()
        self._user = _unprivileged_user()
        self._process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> Self:
        """Create the data directory."""
        if self._user is not None:
            shutil.chown(self.directory, self._user)
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8")
        return self

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        with (self.directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._bin / "postgres",
                    *("-D", self._data, "-p", str(self.port), "-k", self.directory),
                    *(f"--{name}={value}" for name, value in self._settings.items()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user and pwd.getpwnam(self._user).pw_gid,
                extra_groups=None if self._user is None else [],
            )
        deadline = time.monotonic() + START_WITHIN
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log_text = (self.directory / "server.log").read_text(errors="replace")
                msg = f"PostgreSQL did not start. Its log ends with:\n{log_text[-2000:]}"
                raise RuntimeError(msg)
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT in an orderly way, SIGQUIT at once, SIGKILL as a crash."""
        if self._process is not None:
            self.signal(signal.SIGCONT)
            self._process.send_signal(how)
            self._process.wait(START_WITHIN)
            self._process = None

    def end_left_over(self) -> None:
        """End a server that somebody who was killed has left in this directory."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self._data / "postmaster.pid").read_text().splitlines()[0])
            if f"{self._data}".encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, signal.SIGQUIT)

    def crash(self) -> None:
        """End the server and all of its backends as a power cut does."""
        gone = self.signal(signal.SIGKILL)
        self.stop(signal.SIGKILL)
        deadline = time.monotonic() + START_WITHIN
        while any(Path(f"/proc/{pid}").exists() for pid in gone) and time.monotonic() < deadline:
            time.sleep(0.01)  # until then a new server finds the memory taken

    def signal(self, what: signal.Signals) -> list[int]:
        """Send `what` to the server and all of its backends, and return their process ids."""
        if self._process is None:
            msg = "the server is not running"
            raise RuntimeError(msg)
        pid = self._process.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:  # it has ended by itself
            children = []
        for each in (pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, what)
        return list(map(int, children))

    @property
    def running(self) -> bool:
        """Whether the server is there, and has not given up by itself."""
        return self._process is not None and self._process.poll() is None

    def url(self, database: str = "postgres") -> str:
        """Return the URL of `database` as the settings take it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / program, "-D", self._data, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.directory,
            user=self._user,
            group=self._user and pwd.getpwnam(self._user).pw_gid,
            extra_groups=None if self._user is None else [],
            check=False,
        )
        if done.returncode:
            msg = f"{program} failed:\n{done.stdout.decode(errors='replace')}"
            raise RuntimeError(msg)

    def _accepts(self) -> bool:
        # The first line of the pid file is whose it is: one may be left from a crash.
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        ours = self._process is not None and lines[:1] == [str(self._process.pid)]
        return ours and len(lines) >= _READY_LINE and lines[_READY_LINE - 1].strip() == "ready"


@contextlib.contextmanager
def postgres_server(settings: Mapping[str, str] | None = None) -> Iterator[PostgresServer]:
    """Run a fresh server with `settings` for as long as the context lasts."""
    directory = Path(tempfile.mkdtemp(prefix="sip112-postgres-"))
    try:
        server = PostgresServer(directory, settings).initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _unprivileged_user() -> str | None:
    """Return the user to become, or None when there is no need."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    msg = "PostgreSQL does not run as root, and there is no user postgres or nobody to become"
    raise RuntimeError(msg)


def _programs() -> Path:
    """Return the directory of initdb and postgres; install them if that is possible."""
    return _find_programs() or _install_programs()


def _find_programs() -> Path | None:
    found = shutil.which("initdb")
    if found is not None and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    versions = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda directory: int(re.sub(r"\D", "", directory.parent.name) or 0),
    )
    return versions[-1] if versions else None


def _install_programs() -> Path:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise NoPostgresError
    if not _CREATECLUSTER.exists():  # the package must not start a server of its own
        _CREATECLUSTER.parent.mkdir(parents=True, exist_ok=True)
        _CREATECLUSTER.write_text("create_main_cluster = false\n")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-y", "--no-install-recommends", "postgresql"]
    for arguments in (["update"], ["-o", "Dpkg::Options::=--force-confold", *install]):
        subprocess.run([apt, *arguments], env=environment, check=True)
    found = _find_programs()
    if found is None:
        raise NoPostgresError
    return found
