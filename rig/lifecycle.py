"""A rig's life: up, down, restart, status.

``up`` writes the configuration, starts Asterisk and returns only when everything that it
printed an address of really answers; whatever stops it on the way takes Asterisk along.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rig import config, debian, network
from rig.chroot import Chroot
from rig.container import Container
from rig.engine import DIRECTORIES, FILES, Engine, asterisk_user
from rig.errors import NOT_POSSIBLE_HERE, RigError
from rig.progress import Progress
from rig.state import DEFAULT_DIR, Proxy, Rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

OLDEST_ASTERISK = (22, 10, 1)
"""The oldest version to accept: it carries the security fixes that the design counts on."""

_BOOT_SECONDS = 30.0
_EASY_PORTS = (15060, 15038, 18088)  # easy to say, and off the standard ones
_TAIL = 15
_SEATS = 50
_BROWSERS = 2
_ATTEMPTS = 3


class PortTakenError(RigError):
    """A port that was free a moment ago, or that a person chose, is taken."""


def engines() -> dict[str, Engine]:
    """Return every way to run Asterisk, by name, in the order in which they are tried."""
    return {"docker": Container("docker"), "podman": Container("podman"), "chroot": Chroot()}


def _candidates(wanted: str) -> list[Engine]:
    """Return the ways that are open here, those first that need no download any more."""
    known = engines()
    if wanted != "auto" and wanted not in known:
        message = f"SIP112_RIG_ENGINE={wanted} is none of auto, {', '.join(known)}."
        raise RigError(message, code=NOT_POSSIBLE_HERE)
    tried = list(known.values()) if wanted == "auto" else [known[wanted]]
    reasons = {engine.name: engine.why_not() for engine in tried}
    if found := [engine for engine in tried if not reasons[engine.name]]:
        return sorted(found, key=lambda engine: not engine.is_ready())
    message = "Asterisk cannot be run on this machine:\n" + "\n".join(
        f"  {name:<8} {reason}" for name, reason in reasons.items()
    )
    raise RigError(message, code=NOT_POSSIBLE_HERE)


def version_of(text: str) -> tuple[int, ...]:
    """Return the version in what ``asterisk -V`` prints: (22, 10, 1)."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def prepare(
    progress: Progress | None = None, *, engine: str = "auto", refresh: bool = False
) -> tuple[Engine, str]:
    """Download what this machine is missing, and return the engine and Asterisk's version."""
    progress = progress or Progress(quiet=True)
    failures: list[str] = []
    for candidate in _candidates(engine):
        if failures:
            progress.note(f"{failures[-1]}\n  {candidate.name} is open too: trying it")
        try:
            version = version_of(candidate.prepare(progress, refresh=refresh))
        except RigError as error:
            failures.append(f"{candidate.name}: {error}")
            continue
        try:
            debian.ensure(["sipp"], progress)
        except RigError as error:  # Asterisk is of use without callers and seats
            progress.note(f"  warning: {error}")
        if version < OLDEST_ASTERISK:
            progress.note(
                f"  warning: Asterisk {_dotted(version)} is older than "
                f"{_dotted(OLDEST_ASTERISK)} and lacks its security fixes. "
                "Get the current one: python -m rig prepare --refresh"
            )
        return candidate, _dotted(version)
    raise RigError("\n".join(failures))


def status(directory: Path = DEFAULT_DIR) -> Rig | None:
    """Return the rig that is up in `directory`, or None."""
    try:
        rig = Rig.load(directory)
    except FileNotFoundError:
        return None
    engine = engines().get(rig.engine)  # none: files that were only laid out
    return rig if engine and engine.is_running(rig) else None


def up(
    directory: Path = DEFAULT_DIR,
    *,
    seats: int = _SEATS,
    browsers: int = _BROWSERS,
    sip_port: int = 0,
    ami_port: int = 0,
    http_port: int = 0,
    engine: str = "",
    proxy: Proxy | None = None,
    progress: Progress | None = None,
) -> Rig:
    """Bring a fresh rig up in `directory`, or return the one that is up there already.

    A port of 0 means one that is free; `engine` is taken from SIP112_RIG_ENGINE when empty.
    With `proxy`, callers and phones reach Asterisk through it alone.
    """
    progress = progress or Progress(quiet=True)
    directory = directory.resolve()
    with _locked(directory):
        if running := status(directory):
            return running
        wanted = engine or os.environ.get("SIP112_RIG_ENGINE", "auto")
        chosen, version = prepare(progress, engine=wanted)
        attempts = _ATTEMPTS
        while True:
            attempts -= 1
            rig = replace(
                _behind(_plan(directory, sip_port, ami_port, http_port), proxy),
                engine=chosen.name,
                asterisk=version,
                seats=seats,
                browsers=browsers,
            )
            _lay_out(rig)
            try:
                return _boot(rig, chosen, progress)
            except PortTakenError:
                # another program was faster; with ports of our own choice, choose again
                if not attempts or (sip_port and ami_port and http_port):
                    raise


def lay_out(directory: Path, *, proxy: Proxy | None = None) -> Rig:
    """Write a rig's files into `directory` and start nothing: for docker/compose.yaml."""
    directory = directory.resolve()
    with _locked(directory):
        if status(directory):
            message = f"The rig in {directory} is up. Stop it first: python -m rig down"
            raise RigError(message)
        rig = _behind(_plan(directory), proxy)
        _lay_out(rig)
        rig.save(_owner(), for_compose(rig))
        return rig


def for_compose(rig: Rig) -> dict[str, str]:
    """Return what compose wants to know of the service and its database, which it starts too."""
    database = secrets.token_hex(24)
    port = network.free_port(socket.SOCK_STREAM, "127.0.0.1", 15432)
    return {
        "SIP112_RIG_USER": ":".join(map(str, asterisk_user())),
        "SIP112_SEATS": f"{rig.seat_names[0]}..{rig.seat_names[-1]}",
        "SIP112_TRUNKS": "trunk",
        "SIP112_DATABASE_PORT": str(port),
        "SIP112_DATABASE_SECRET": database,
        "SIP112_DATABASE_URL": f"postgresql://sip112:{database}@127.0.0.1:{port}/sip112",
    }


def _plan(directory: Path, sip_port: int = 0, ami_port: int = 0, http_port: int = 0) -> Rig:
    """Choose the ports that are not given, and make the secrets."""
    tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
    host = "127.0.0.1"
    # a person types the ports of the one rig of this checkout; tests take any
    sip, ami, http = _EASY_PORTS if directory == DEFAULT_DIR else (0, 0, 0)
    rtp_start, rtp_end = network.rtp_range()
    return Rig(
        dir=directory,
        engine="none",
        sip_port=sip_port or network.free_port(udp, host, sip),
        ami_port=ami_port or network.free_port(tcp, host, ami),
        http_port=http_port or network.free_port(tcp, host, http),
        rtp_start=rtp_start,
        rtp_end=rtp_end,
        seats=_SEATS,
        ami_secret=secrets.token_hex(24),
        ami_desk_secret=secrets.token_hex(24),
        seat_secret=secrets.token_hex(12),
    )


def _behind(rig: Rig, proxy: Proxy | None) -> Rig:
    if proxy is None:
        return rig
    return replace(
        rig,
        proxy_host=proxy.host,
        proxy_trunk_port=proxy.trunk_port,
        proxy_seat_port=proxy.seat_port,
    )


def down(directory: Path = DEFAULT_DIR) -> bool:
    """Stop the rig in `directory`; tell whether there was one to stop."""
    directory = directory.resolve()
    if not directory.is_dir():
        return False
    with _locked(directory):
        running = status(directory)
        if running is not None:
            engines()[running.engine].stop(running)
        (directory / "env").unlink(missing_ok=True)
        return running is not None


def restart(
    directory: Path = DEFAULT_DIR,
    *,
    progress: Progress | None = None,
    environment: Mapping[str, str] | None = None,
) -> Rig:
    """Start a rig again, stopped or not, with its ports, secrets and AstDB kept.

    `environment` is added to Asterisk's own, until it is started again.
    """
    directory = directory.resolve()
    with _locked(directory):
        rig = Rig.load(directory)
        engine = engines().get(rig.engine)
        if engine is None:
            message = f"{directory} holds files for compose, which starts Asterisk itself."
            raise RigError(message)
        engine.stop(rig)
        return _boot(rig, engine, progress or Progress(quiet=True), environment)


def asterisk(directory: Path, command: str, *, seconds: float = 30.0) -> str:
    """Return what Asterisk's command line answers to `command`."""
    rig = status(directory.resolve())
    if rig is None:
        message = f"No rig is up in {directory}. Start one: python -m rig up"
        raise RigError(message)
    engine = engines()[rig.engine]
    return engine.execute(rig, ("asterisk", "-rx", command), timeout=seconds)


@asynccontextmanager
async def rigged(
    directory: Path, *, seats: int = _SEATS, engine: str = "", progress: Progress | None = None
) -> AsyncIterator[Rig]:
    """Bring a rig up for the length of an ``async with`` block."""
    starting = asyncio.create_task(
        asyncio.to_thread(up, directory, seats=seats, engine=engine, progress=progress)
    )
    try:
        yield await asyncio.shield(starting)
    finally:
        await asyncio.wait([starting])  # a thread cannot be cancelled, only awaited
        await asyncio.to_thread(down, directory)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Let one command at a time work on the rig in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _lay_out(rig: Rig) -> None:
    """Write a rig's directory anew; refuse a directory that holds something else."""
    ours = {*DIRECTORIES, *FILES, "env", "env.new", "asterisk.out", "sipp"}
    if foreign := {path.name for path in rig.dir.iterdir()} - ours:
        message = (
            f"{rig.dir} holds {', '.join(sorted(foreign))}, which no rig has put there. "
            "Choose a directory that is empty or a rig's own."
        )
        raise RigError(message)
    for path in rig.dir.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    user = asterisk_user()
    (rig.dir / "sipp").mkdir()
    if owner := _owner():
        os.chown(rig.dir / "sipp", *owner)
    for name in DIRECTORIES:
        place = rig.dir / name
        place.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(place, *user)
    texts = {f"etc/{name}": (text, 0o600) for name, text in config.render(rig).items()}
    texts["hosts"] = (config.hosts_file(), 0o644)
    texts["nsswitch.conf"] = (config.NSSWITCH, 0o644)
    texts["resolv.conf"] = (config.RESOLV_CONF, 0o644)
    for name, (text, mode) in texts.items():
        path = rig.dir / name
        path.touch(mode=mode)
        path.write_text(text)
        if os.geteuid() == 0:
            os.chown(path, *user)


def _owner() -> tuple[int, int] | None:
    """Return the person behind sudo, who is to read the env file, if there is one."""
    if os.geteuid() == 0 and "SUDO_UID" in os.environ:
        return int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"])
    return None


def _boot(
    rig: Rig,
    engine: Engine,
    progress: Progress,
    environment: Mapping[str, str] | None = None,
) -> Rig:
    """Start Asterisk and wait until all of it answers; stop it when that fails."""
    with progress.stage("asterisk") as stage:
        stage.say("starting")
        (rig.dir / "run/asterisk.ctl").unlink(missing_ok=True)
        log = rig.dir / "log/messages.log"
        told = log.stat().st_size if log.exists() else 0
        rig = engine.start(rig, environment or {})
        try:
            rig.save(_owner())
            _wait(rig, engine, "modules", lambda: _is_booted(rig, engine))
            if taken := [
                line for line in complaints(log, told) if "Address already in use" in line
            ]:
                _give_up_on_ports(taken)
            for what, is_ready in {
                "AMI": lambda: network.ami_answers(
                    rig.ami_host, rig.ami_port, rig.ami_username, rig.ami_secret
                ),
                "HTTP": lambda: network.tcp_answers(rig.http_host, rig.http_port),
                "SIP": lambda: network.sip_answers(rig.trunk_host, rig.sip_host, rig.sip_port),
            }.items():
                stage.say(f"waiting for {what}")
                _wait(rig, engine, what, is_ready)
        except BaseException:
            engine.stop(rig)
            raise
        stage.detail = f"{rig.asterisk} answers on every address"
    for line in complaints(log, told):
        progress.note(f"  asterisk says: {line}")
    return rig


def _wait(rig: Rig, engine: Engine, what: str, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _BOOT_SECONDS
    while not is_ready():
        if not engine.is_running(rig):
            raise RigError(_post_mortem(rig, engine, what, "Asterisk ended"))
        if time.monotonic() > deadline:
            why = f"nothing within {_BOOT_SECONDS:.0f} s"
            raise RigError(_post_mortem(rig, engine, what, why))
        time.sleep(0.02)


def _give_up_on_ports(taken: list[str]) -> None:
    lines = "\n".join(f"    {line}" for line in taken)
    message = f"A port is taken by another program:\n{lines}\nChoose other ports, or none."
    raise PortTakenError(message)


def _is_booted(rig: Rig, engine: Engine) -> bool:
    if not (rig.dir / "run/asterisk.ctl").exists():
        return False
    try:
        said = engine.execute(rig, ("asterisk", "-rx", "core waitfullybooted"), timeout=5)
    except subprocess.TimeoutExpired:
        return False
    return "fully booted" in said


def complaints(log: Path, told: int = 0) -> list[str]:
    """Return the errors in Asterisk's log from byte `told` on: what is wrong with its files."""
    try:
        with log.open(errors="replace") as lines:
            lines.seek(told)
            return [line.partition("] ")[2].strip() for line in lines if "] ERROR[" in line]
    except FileNotFoundError:
        return []


def _post_mortem(rig: Rig, engine: Engine, what: str, why: str) -> str:
    """Say what did not come up, with the end of what Asterisk said."""
    log = rig.dir / "log/messages.log"
    said = engine.output(rig).strip().splitlines()
    if log.exists():
        said += log.read_text(errors="replace").splitlines()
    quoted = "\n".join(f"    {line}" for line in said[-_TAIL:])
    return (
        f"Asterisk did not come up; waiting for {what}: {why}. It said last:\n{quoted}\n"
        f"The whole log is {log}, the configuration {rig.dir / 'etc'}. Once its cause is "
        "mended: python -m rig up"
    )
