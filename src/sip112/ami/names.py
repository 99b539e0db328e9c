"""The names that the dialplan snippets and the service share.

They stand a second time in ``asterisk-config/``; a test holds the two together.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sip112.routing.ids import CentreCode, SeatId

FAMILY: Final = "sip112"
"""AstDB family of the notes."""
SEAT_CONTEXT: Final = "sip112-seat"
QUEUE_PREFIX: Final = "sip112-"
TECH: Final = "PJSIP/"

BEAT: Final = "GLOBAL(SIP112_BEAT)"
MODE: Final = "GLOBAL(SIP112_MODE)"
RING_TIME: Final = "GLOBAL(SIP112_RING_TIME)"
URL: Final = "GLOBAL(SIP112_URL)"
TICKET: Final = "__SIP112_TICKET"
"""Two underscores: the seat's leg inherits it, also through a Local channel."""


def queue_name(centre: CentreCode) -> str:
    """Return the name of the centre's queue in queues.conf."""
    return f"{QUEUE_PREFIX}{centre}"


@lru_cache(maxsize=64)
def centre_of(queue: str) -> CentreCode | None:
    """Return the centre whose queue this is; None if the queue is not one of ours."""
    if queue.startswith(QUEUE_PREFIX) and len(queue) > len(QUEUE_PREFIX):
        return CentreCode(queue.removeprefix(QUEUE_PREFIX))
    return None


def interface(seat: SeatId) -> str:
    """Return the interface by which app_queue and app_dial know the seat."""
    return f"{TECH}{seat}"


@lru_cache(maxsize=1024)  # every news of a member names one of a few
def seat_of(interface: str) -> SeatId | None:
    """Return the seat of an interface (``PJSIP/seat-03``)."""
    name = interface.removeprefix(TECH)
    return SeatId(name) if name and name != interface else None


def seat_of_channel(channel: str) -> SeatId | None:
    """Return the seat of a channel (``PJSIP/seat-03-0000002a``)."""
    name, _, number = channel.rpartition("-")
    return seat_of(name) if number else None
