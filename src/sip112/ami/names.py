"""The names that the dialplan snippets and the service share.

They stand a second time in ``asterisk-config/``; a test holds the two together.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from sip112.routing.effects import Way
from sip112.routing.ids import CentreCode, Instant, SeatId, Uniqueid
from sip112.routing.spy import SpyMode
from sip112.routing.started import Line, Purpose

FAMILY: Final = "sip112"
"""AstDB family of the notes."""
SEAT_CONTEXT: Final = "sip112-seat"
OVERFLOW_CONTEXT: Final = "sip112-overflow"
"""The administrator's own: its extension CENTRE dials whoever takes calls when no seat is there."""
OUTSIDE_CONTEXT: Final = "sip112-outside"
"""The administrator's own: its extensions are the numbers that may be called outside."""
ROOM_CONTEXT: Final = "sip112-room"
"""Its extensions are CALL*WAY: the uniqueid of the caller's channel, and where the channel goes."""
SPY_CONTEXT: Final = "sip112-spy"
"""Its extensions are HANDLE*MODE: the id of a supervisor's channel, and how it listens."""
TAPPED: Final = "SIP112_TAPPED"
"""To which channel."""
INCIDENT: Final = "__SIP112_INCIDENT"
"""What a neighbour centre that is called knows the incident by; inherited, as `TICKET` is."""
SOURCE: Final = "__SIP112_SOURCE"
"""Likewise the call."""
STARTED_CONTEXTS: Final = {
    Purpose.ROOM: ROOM_CONTEXT,
    Purpose.SPY: SPY_CONTEXT,
    Purpose.CALLBACK: "sip112-callback",
}
"""Where whoever answers a call that was started is taken."""
NOTIFY_CONTEXT: Final = "sip112-notify"
"""Where a Local channel sends a seat's phone a NOTIFY; the extension is the seat."""
NOTIFY: Final = "SIP112_NOTIFY"
"""Headers and body of it, as the application PJSIPNotify takes them."""
QUEUE_PREFIX: Final = "sip112-"
ALL_SUFFIX: Final = "-all"
TECH: Final = "PJSIP/"

PULSE: Final = "GLOBAL(SIP112_PULSE)"
"""When the watchdog's loop last turned: whole seconds since 1970, by Asterisk's clock."""
CLOCK: Final = "EPOCH"
"""The same clock, now."""
TICKET: Final = "__SIP112_TICKET"
"""Two underscores: the seat's leg inherits it, also through a Local channel."""

_CENTRE: Final = re.compile(r"[A-Z0-9]{2,12}")
_ROOM: Final = re.compile(rf"([0-9A-Za-z_.-]{{1,150}})\*([{''.join(Way)}])")
_SPY: Final = re.compile(rf"([0-9A-Za-z_.-]{{1,150}})\*({SpyMode.LISTEN}|{SpyMode.WHISPER})")
_CONFERENCE: Final = re.compile(rf"{QUEUE_PREFIX}([0-9A-Za-z_.-]{{1,150}})(\*{Way.ASIDE})?")
_OUTSIDE: Final = re.compile(rf"Local/([0-9]+)@{OUTSIDE_CONTEXT}-")
_QUEUE: Final = re.compile(rf"{QUEUE_PREFIX}({_CENTRE.pattern})(?:{ALL_SUFFIX})?")


def beat(centre: CentreCode) -> str:
    """Return the variable that the centre's owner changes while it is alive."""
    return f"GLOBAL(SIP112_BEAT_{centre})"


def mode(centre: CentreCode) -> str:
    """Return the variable that says who decides: `SERVICE`, or else the queue itself."""
    return f"GLOBAL(SIP112_MODE_{centre})"


SERVICE: Final = "service"
NATIVE: Final = "native"


def owner(centre: CentreCode) -> str:
    """Return the variable in which an owner of the centre says its token."""
    return f"GLOBAL(SIP112_OWNER_{centre})"


def newest(centre: CentreCode) -> str:
    """Return the variable in which the dialplan keeps the greatest token that it has seen."""
    return f"GLOBAL(SIP112_NEWEST_{centre})"


def ring_time(centre: CentreCode) -> str:
    """Return the variable that says how long a seat rings."""
    return f"GLOBAL(SIP112_RING_TIME_{centre})"


def url(centre: CentreCode) -> str:
    """Return the variable that says where the tickets are shown."""
    return f"GLOBAL(SIP112_URL_{centre})"


def record(centre: CentreCode) -> str:
    """Return the variable that says whether calls are recorded: they are, unless it is `OFF`."""
    return f"GLOBAL(SIP112_RECORD_{centre})"


ON: Final = "on"
OFF: Final = "off"


def recording(centre: CentreCode, arrived_at: Instant, uniqueid: Uniqueid) -> str:
    """Return the path of a call's recording, in the directory of recordings."""
    day = datetime.fromtimestamp(arrived_at, UTC)
    return f"{centre}/{day:%Y%m%d}/{uniqueid}.wav"


def seat_extension(seat: SeatId, token: int) -> str:
    """Return the extension of `SEAT_CONTEXT` that rings the seat for the owner with `token`."""
    return f"{seat}*{token}"


def room_extension(call: Uniqueid, way: Way) -> str:
    """Return the extension of `ROOM_CONTEXT` that takes a channel of `call` that way."""
    return f"{call}*{way}"


def way_of(extension: str) -> tuple[Uniqueid, Way] | None:
    """Return the call and the way of an extension of `ROOM_CONTEXT`; None if it is none."""
    match = _ROOM.fullmatch(extension)
    return None if match is None else (Uniqueid(match[1]), Way(match[2]))


def spy_extension(handle: str, mode: SpyMode) -> str:
    """Return the extension of `SPY_CONTEXT` where the phone of that channel listens in a mode."""
    return f"{handle}*{mode}"


def spy_of(extension: str) -> tuple[str, SpyMode] | None:
    """Return the channel's id and the mode of an extension of `SPY_CONTEXT`; None if it is none."""
    match = _SPY.fullmatch(extension)
    return None if match is None else (match[1], SpyMode(match[2]))


def conference_of(name: str) -> tuple[Uniqueid, bool] | None:
    """Return the call of a conference, and whether it is that apart from the caller."""
    match = _CONFERENCE.fullmatch(name)
    return None if match is None else (Uniqueid(match[1]), match[2] is not None)


def line_of(channel: str) -> Line:
    """Return who is called by a channel, as far as its name tells."""
    if outside := _OUTSIDE.match(channel):
        return Line(number=outside[1])
    return Line(seat=seat_of_channel(channel))


def is_centre(code: str) -> bool:
    """Whether this can be a centre's code."""
    return _CENTRE.fullmatch(code) is not None


def queue_name(centre: CentreCode) -> str:
    """Return the name of the centre's queue in queues.conf, whose members are on duty."""
    return f"{QUEUE_PREFIX}{centre}"


def all_queue_name(centre: CentreCode) -> str:
    """Return the name of the queue of all seats, for when nobody is on duty."""
    return f"{QUEUE_PREFIX}{centre}{ALL_SUFFIX}"


@lru_cache(maxsize=64)
def centre_of(queue: str) -> CentreCode | None:
    """Return the centre whose queue, of either kind, this is; None if it is not one of ours."""
    match = _QUEUE.fullmatch(queue)
    return None if match is None else CentreCode(match[1])


@lru_cache(maxsize=64)
def duty_of(queue: str) -> CentreCode | None:
    """Return the centre whose queue this is, if its members are those on duty, and not all."""
    centre = centre_of(queue)
    return centre if centre is not None and queue == queue_name(centre) else None


def is_overflow(channel: str) -> bool:
    """Whether this is the near end of a call to the overflow (``Local/PKY@sip112-overflow-…``)."""
    return channel.startswith("Local/") and f"@{OVERFLOW_CONTEXT}-" in channel


def interface(seat: SeatId) -> str:
    """Return the interface by which app_queue and app_dial know the seat."""
    return f"{TECH}{seat}"


def channel_to(line: Line) -> str:
    """Return the channel by which somebody is called."""
    return interface(line.seat) if line.seat else f"Local/{line.number}@{OUTSIDE_CONTEXT}/n"


@lru_cache(maxsize=1024)  # every news of a member names one of a few
def seat_of(interface: str) -> SeatId | None:
    """Return the seat of an interface (``PJSIP/seat-03``)."""
    name = interface.removeprefix(TECH)
    return SeatId(name) if name and name != interface else None


def seat_of_channel(channel: str) -> SeatId | None:
    """Return the seat of a channel (``PJSIP/seat-03-0000002a``)."""
    name, _, number = channel.rpartition("-")
    return seat_of(name) if number else None
