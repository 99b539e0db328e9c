"""Everything up for a person to try (``make serve``), until Ctrl-C.

A caller is one key away: each Enter has SIPp place a 112 call.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from rig import Rig, RigError, district, down, people, status, up
from rig.network import free_port
from rig.node import Node, usual
from rig.progress import Progress
from rig.sipp import Call, Callers
from rig.state import DEFAULT_DIR

SEATS: Final = 4
"""For softphones; beside them are the rig's seats with the phone in the browser."""

PORT: Final = 8112
"""Where the console is, unless something else is there."""

_PATIENCE_S: Final = 120.0

_CALLERS: Final = ("Warga Satu", "Warga Dua", "Warga Tiga", "", "Warga Lima")
"""Who calls; the nameless one hides the number too."""


def _how_to(rig: Rig, node: Node, password: str) -> str:
    seat = rig.seat_names[0]
    server = f"{rig.sip_host}:{rig.sip_port}"
    curl = f"curl -s -H 'Authorization: Bearer {node.token}'"
    first, *others = people.TEAM
    return f"""
  Open      {node.url}/
  Sign in   {first}          (or {", ".join(others)})
  Password  {password}

  1. Sign in as {first} and take the seat {rig.browser_seat_names[0]}: its phone is the browser.
  2. Press Enter here: somebody calls 112. The ticket pops up as it rings; answer it.
     (In another browser, or a private window, rina is the supervisor.)

A softphone of your own (SIP over UDP, on this machine) registers at a seat such as
    server {server}   user {seat}   password {rig.seat_secret}

API       {node.url}/v1/openapi.json
    {curl} {node.url}/v1/calls
Shell     set -a; . {_env_file(rig)}; set +a
          .venv/bin/sip112 check          (or tickets, export, directory: from the same store)
Log       {node.log}

Enter: another 112 call.  Ctrl-C ends it."""


def _env_file(rig: Rig) -> Path:
    """Return the file with the settings of the node, for commands in another terminal."""
    return rig.dir.parent / "serve.env"


def _keep(settings: Mapping[str, str], path: Path) -> None:
    """Write settings as a shell reads them, for their owner's eyes only."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={shlex.quote(text)}\n" for name, text in settings.items())


def _settings(rig: Rig, database: str) -> dict[str, str]:
    directory = rig.dir.parent
    map_file = directory / "district.pmtiles"
    district.write(map_file)
    seats: list[dict[str, str]] = [{"id": name} for name in rig.seat_names[:SEATS]]
    seats += [{"id": name, "phone": "browser"} for name in rig.browser_seat_names]
    return usual(rig, database) | {
        "SIP112_SEATS": json.dumps(seats),
        "SIP112_PHONE_WS_URL": rig.ws_url,
        "SIP112_MAP_FILE": str(map_file),
        "SIP112_RECORD_CALLS": "true",
    }


async def _call(rig: Rig, number: int) -> None:
    """Have somebody call 112, and say how that went."""
    name = _CALLERS[number % len(_CALLERS)]
    caller = Call(
        number=f"081255501{number % 100:02d}" if name else "", name=name, patience=_PATIENCE_S
    )
    print(f"  {name or 'somebody without a number'} calls 112 ...", flush=True)
    async with Callers(rig, [caller], name=f"caller-{number}") as callers:
        with contextlib.suppress(TimeoutError):
            await callers.finish(within=24 * 3600)
    print(f"  {name or 'the nameless caller'}: {callers.views[0].outcome}", flush=True)


async def _until(stop: asyncio.Event, place: Callable[[int], asyncio.Task[None]]) -> None:
    """Place a call for each line on standard input, until `stop`."""
    loop = asyncio.get_running_loop()
    numbers = itertools.count()

    def pressed() -> None:
        if sys.stdin.readline():
            place(next(numbers))
        else:  # nobody is there to press anything
            loop.remove_reader(sys.stdin)

    try:
        loop.add_reader(sys.stdin, pressed)
    except (OSError, ValueError):  # a file, or nothing: not to be waited for
        await stop.wait()
        return
    try:
        await stop.wait()
    finally:
        loop.remove_reader(sys.stdin)


async def _serve(rig: Rig) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = f"sqlite:///{rig.dir.parent}/serve.db"
    log = rig.dir.parent / "serve.log"
    log.unlink(missing_ok=True)
    password = await people.employ(database)
    port = free_port(socket.SOCK_STREAM, rig.http_host, PORT)
    settings = _settings(rig, database)
    _keep(settings, _env_file(rig))
    node = Node(settings, log, port=port)
    async with node.up():
        print(_how_to(rig, node, password), flush=True)
        calls: set[asyncio.Task[None]] = set()

        def place(number: int) -> asyncio.Task[None]:
            task = asyncio.create_task(_call(rig, number))
            calls.add(task)
            task.add_done_callback(calls.discard)
            return task

        await _until(stop, place)
        for task in calls:
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    print("\nstopped", flush=True)


def main() -> int:
    """Bring it up, tell how to use it, take it down."""
    ours = status(DEFAULT_DIR) is None
    try:
        rig = up(DEFAULT_DIR, progress=Progress(sys.stdout)) if ours else Rig.load()
        try:
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(_serve(rig))
        finally:
            if ours:
                down(DEFAULT_DIR)
    except RigError as error:
        print(f"serve: {error}", file=sys.stderr)
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
