"""What hangs on the service: a seat's phone vanishes, consoles stop reading."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import ExitStack
from functools import partial
from typing import Final

from faults.scenario import scenario
from faults.setup import Setup
from faults.stage import HEAL_S, Stage
from rig import asking
from rig.node import Node
from rig.sipp import Answer, Ring, Seats

SLOW_S: Final = 2.0
"""How long a phone rings that is to vanish meanwhile."""
ALONE_S: Final = 8.0
STREAMS: Final = 100
DEAD_S: Final = 20.0
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: close without a word."""


@scenario("seat-vanishes", within=120, setup=Setup(spare=1))
async def seat_vanishes(stage: Stage) -> None:
    """A phone loses its power while it rings, and comes back; again and again."""
    [seat] = stage.spare_names
    for turn in range(stage.times(4, 1)):
        async with stage.phones(seat, does=Answer(after=SLOW_S)) as phone:
            await stage.node.seat(seat, "resume" if turn else "login", agent="agent-of-a-spare")
            stage.on_duty(seat)
            await phone.until(partial(_rings, phone), within=20)
            await stage.hold(stage.dice.uniform(0, SLOW_S / 2))
            stage.mark(f"{seat} vanishes {turn + 1}")
            await stage.vanish(phone)
            await stage.hold(5)


@scenario("nobody-on-duty", within=90)
async def nobody_on_duty(stage: Stage) -> None:
    """Every agent logs out, and after some seconds they are all back."""
    for seat in stage.seat_names:  # who talks cannot log out; nothing new comes to who pauses
        await stage.node.seat(seat, "pause", reason="end of shift")
    await asking.until(partial(_are_gone, stage), within=HEAL_S, every=0.05)
    alone = stage.mark("nobody is on duty")
    await stage.hold(ALONE_S)
    for seat in stage.seat_names:
        await stage.node.log_in(seat)
    stage.rang_together(alone, stage.mark("they are back"))
    await stage.hold(5)


async def _are_gone(stage: Stage) -> bool:
    """Have whoever can log out, and tell whether all have."""
    seats = (await stage.node.get("/v1/seats"))["items"]
    there = [each["id"] for each in seats if each["agent"] is not None]
    for seat in there:
        await stage.node.seat(seat, "logout")
    return not there


def _rings(phone: Seats) -> bool:
    return phone.count(Ring.RINGING) > 0


@scenario("dead-streams", within=90)
async def dead_streams(stage: Stage) -> None:
    """A hundred consoles stop reading; half of them are gone without a word."""
    node = stage.node
    request = (
        f"GET /v1/events HTTP/1.1\r\nHost: {node.host}\r\nAccept: text/event-stream\r\n"
        f"Authorization: Bearer {node.token}\r\n\r\n"
    ).encode()
    with ExitStack() as stack:
        ends: list[socket.socket] = []
        for _ in range(STREAMS):
            end = stack.enter_context(socket.socket())
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            end.settimeout(0)
            await asyncio.get_running_loop().sock_connect(end, (node.host, node.port))
            await asyncio.get_running_loop().sock_sendall(end, request)
            ends.append(end)
        fault = stage.mark(f"{STREAMS} consoles do not read")
        await asking.until(partial(_streams, node, STREAMS), within=HEAL_S, every=0.1)
        await stage.hold(DEAD_S / 2)
        for end in ends[::2]:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.close()
        stage.mark("half of them are gone")
        await stage.hold(DEAD_S / 2)
    stage.compare_ring_times(fault, stage.mark("all are gone"))
    await stage.hold(2)
    await asking.until(partial(_streams, node, 0), within=HEAL_S, every=0.1)


async def _streams(node: Node, count: int) -> bool:
    """Tell whether so many event streams are open."""
    return (await node.metrics())["sip112_streams"] == count
