"""Parsing, `translate` and the desk as one, for `bench.parse` to measure beside panoramisk."""

from __future__ import annotations

import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from bench.parse import SEATS, START
from sip112.ami.protocol import Message, written_at
from sip112.ami.translate import translate
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.desk import Desk
from sip112.routing.ids import AgentId, CentreCode, Instant, PbxId, SeatId
from sip112.routing.pad import DeskConfig
from sip112.routing.seat import Device, SeatConfig

_PBX = PbxId("pbx1")
_CENTRE = CentreCode("PKY")


def pipeline() -> tuple[Callable[[Message], None], Desk]:
    """Return what takes a message as the service does, and the desk behind it, on duty."""
    seats = tuple(SeatId(name) for name in SEATS)
    desk = Desk(
        DeskConfig(_CENTRE, ZoneInfo("Asia/Jakarta"), tuple(map(SeatConfig, seats)), (_PBX,))
    )
    members = tuple(
        e.Member(_CENTRE, seat, AgentId(f"agent-{seat}"), Device.IDLE, paused=True, reason=f.HELD)
        for seat in seats
    )
    desk.step(e.Snapshot(Instant(START - 1.0), _PBX, _CENTRE, (), members))

    def consume(message: Message) -> None:
        event = translate(message, _PBX, written_at(message, Instant(time.time())))
        if event is not None:
            desk.step(event)

    return consume, desk
