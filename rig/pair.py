"""Two Asterisks of one centre with Kamailio in front, as one thing that is called.

    async with paired(tmp_path) as pair, Seats(pair, ["seat-01"]) as seats:
        async with Callers(pair, [Call(number="08125550001")]) as callers:
            ...

Each of ``pair.asterisks`` is a rig like any other: `rig.asterisk`, `rig.restart` and AMI work
on it as ever.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shlex
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rig import kamailio, lifecycle, network
from rig.kamailio import Kamailio, Setup
from rig.state import Proxy, Rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from rig.progress import Progress

_PROXY_HOST = "127.0.0.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two Asterisks and their Kamailio, for SIPp as a whole."""

    dir: Path
    asterisks: tuple[Rig, Rig]
    kamailio: Kamailio
    setup: Setup
    seat_secret: str

    @property
    def trunk_host(self) -> str:
        """From where callers send."""
        return self.asterisks[0].trunk_host

    @property
    def seat_host(self) -> str:
        """Where SIPp's seats live."""
        return self.asterisks[0].seat_host

    @property
    def for_callers(self) -> tuple[str, int]:
        """Where callers send to."""
        return self.setup.proxy.host, self.setup.proxy.trunk_port

    @property
    def for_seats(self) -> tuple[str, int]:
        """Where phones register."""
        return self.setup.proxy.host, self.setup.proxy.seat_port

    @property
    def centre(self) -> str:
        """The centre that both serve."""
        return self.asterisks[0].centre

    @property
    def seat_names(self) -> tuple[str, ...]:
        """Names of the seats, the same at both."""
        return self.asterisks[0].seat_names


def _proxy() -> Proxy:
    """Choose free ports for Kamailio."""
    trunk, seats = (network.free_port(socket.SOCK_DGRAM, _PROXY_HOST) for _ in range(2))
    return Proxy(host=_PROXY_HOST, trunk_port=trunk, seat_port=seats)


def _setup(proxy: Proxy, asterisks: tuple[Rig, Rig], secret: str, return_seconds: int) -> Setup:
    first = asterisks[0]
    return Setup(
        proxy=proxy,
        asterisks=[(rig.sip_host, rig.sip_port) for rig in asterisks],
        carrier=(first.trunk_host, network.free_port(socket.SOCK_DGRAM, first.trunk_host)),
        passwords=dict.fromkeys(first.seat_names, secret),
        return_seconds=return_seconds,
    )


def lay_out(directory: Path) -> Path:
    """Write the files of a pair and start nothing: for docker/compose.two.yaml.

    Returns the env file that compose reads.
    """
    directory = directory.resolve()
    proxy = _proxy()
    first = lifecycle.lay_out(directory / "a", proxy=proxy)
    second = lifecycle.lay_out(directory / "b", proxy=proxy)
    setup = _setup(proxy, (first, second), first.seat_secret, return_seconds=60)
    kamailio.lay_out(directory / "kamailio", setup, "/etc/kamailio")
    env = lifecycle.for_compose(first) | {
        "SIP112_CENTRE": first.centre,
        "SIP112_PBXS": json.dumps([_of_service(rig) for rig in (first, second)]),
        "SIP112_PAIR_DIR": str(directory),
        "SIP112_PAIR_FOR_CALLERS": f"{proxy.host}:{proxy.trunk_port}",
        "SIP112_PAIR_FOR_SEATS": f"{proxy.host}:{proxy.seat_port}",
        "SIP112_RIG_SEAT_SECRET": first.seat_secret,
    }
    file = directory / "env"
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in env.items()))
    return file


def _of_service(rig: Rig) -> dict[str, str | int]:
    """Return the service's settings for one of its Asterisks."""
    return {
        "name": f"pbx-{rig.dir.name}",
        "host": rig.ami_host,
        "port": rig.ami_port,
        "username": rig.ami_username,
        "secret": rig.ami_secret,
        "desk_username": rig.ami_desk_username,
        "desk_secret": rig.ami_desk_secret,
    }


@asynccontextmanager
async def paired(
    directory: Path,
    *,
    seats: int = 10,
    return_seconds: int = 3,
    progress: Progress | None = None,
) -> AsyncIterator[Pair]:
    """Bring a pair up for the length of an ``async with`` block."""
    proxy = _proxy()
    places = (directory / "a", directory / "b")
    starting = [
        asyncio.create_task(
            asyncio.to_thread(lifecycle.up, place, seats=seats, proxy=proxy, progress=progress)
        )
        for place in places
    ]
    try:
        first, second = await asyncio.shield(asyncio.gather(*starting))
        secret = secrets.token_hex(12)
        setup = _setup(proxy, (first, second), secret, return_seconds)
        async with kamailio.proxied(directory / "kamailio", setup) as running:
            yield Pair(
                dir=directory,
                asterisks=(first, second),
                kamailio=running,
                setup=setup,
                seat_secret=secret,
            )
    finally:
        await asyncio.wait(starting)  # a thread cannot be cancelled, only awaited
        await asyncio.gather(*(asyncio.to_thread(lifecycle.down, place) for place in places))
