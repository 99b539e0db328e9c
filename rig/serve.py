"""Everything up for a person to call (``make serve``), until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import Final

from rig import Rig, RigError, down, status, up
from rig.progress import Progress
from rig.service import Client, service
from rig.state import DEFAULT_DIR

SEATS: Final = 8


def _how_to(rig: Rig, client: Client) -> str:
    seat, other = rig.seat_names[0], rig.seat_names[1]
    server = f"{rig.sip_host}:{rig.sip_port}"
    curl = f"curl -s -H 'Authorization: Bearer {client.token}'"
    return f"""
Register a softphone at the seat (SIP over UDP, on this machine):
    server    {server}
    user      {seat}
    password  {rig.seat_secret}
It is on duty as agent "you". Put a 112 call to it from a second one:
    user      {other}, same password; dial 112
or from SIPp:
    sipp -sn uac -s 112 -i {rig.trunk_host} -m 1 -d 10000 {server}

API       {client.url}/v1/openapi.json
    {curl} {client.url}/v1/calls
    {curl} -N {client.url}/v1/events
Check     set -a; . {rig.env_file}; set +a; .venv/bin/sip112 check
Log       {client.log}

Ctrl-C ends it."""


async def _serve(rig: Rig) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    names = ",".join(rig.seat_names[:SEATS])
    async with service(rig, rig.dir.parent / "serve.db", names, port=8112) as client:
        await client.post(f"/v1/seats/{rig.seat_names[0]}/login", {"agent": "you"})
        print(_how_to(rig, client), flush=True)
        await stop.wait()
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
