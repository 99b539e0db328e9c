"""A seat: the place with a phone at which an agent takes calls.

What a seat does follows from three sources that must agree: who logged in there, what
each Asterisk says of its phone (device state, queue membership), and the call it holds.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, SeatId
from sip112.routing.value import Evolving, value


class Device(StrEnum):
    """State of the seat's phone, Asterisk's device states as far as routing tells them apart."""

    UNKNOWN = "unknown"
    """Not told yet, or not a state that Asterisk 22 knows."""
    IDLE = "idle"
    """Registered, no call (Asterisk: NOT_INUSE)."""
    RINGING = "ringing"
    IN_USE = "in_use"
    """In a call, on hold or busy."""
    UNREGISTERED = "unregistered"
    """No phone is registered (Asterisk: UNAVAILABLE, INVALID)."""


class SeatState(StrEnum):
    """What a supervisor sees of a seat."""

    OFF_DUTY = "off_duty"
    UNREGISTERED = "unregistered"
    PAUSED = "paused"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    BUSY = "busy"
    """The phone is in a call that is not a 112 call of ours."""


# Asked for with every event; a member of an enum costs ten times a global in Python 3.11.
_OFF_DUTY, _UNREGISTERED, _PAUSED, _READY, _RINGING, _TALKING, _WRAP_UP, _BUSY = SeatState
_IDLE: Final = Device.IDLE
_NO_PHONE: Final = frozenset({Device.UNREGISTERED, Device.UNKNOWN})


class Profile(StrEnum):
    """A way in which a seat gets the ticket of the call that rings there (docs/phones/)."""

    BROWSER = "browser"
    """The console, which says that it showed it; the phone is for when it does not."""
    SIP_HEADERS = "sip-headers"
    """Caller-ID name and Call-Info of the INVITE, which Asterisk adds for every phone."""
    SIP_MESSAGE = "sip-message"
    """A SIP MESSAGE to the phone."""
    YEALINK = "yealink"
    """A NOTIFY with Yealink's XML."""
    SNOM = "snom"
    """A NOTIFY with Snom's XML."""
    TWINKLE = "twinkle"
    """A script of ours that Twinkle runs when a call comes in."""
    MICROSIP = "microsip"
    """A handler of ours that MicroSIP runs when a call comes in."""
    ACTION_URL = "action-url"
    """An address of the API that the phone calls when it rings."""


@value
class SeatConfig:
    """What the settings say of a seat."""

    id: SeatId
    skills: frozenset[str] = frozenset()
    """Skills of whoever sits there, such as language codes; the agent's are added at login."""
    popup: tuple[Profile, ...] = (Profile.BROWSER, Profile.SIP_HEADERS)
    """How the ticket is shown there."""


@value
class Post(Evolving):
    """A seat at one Asterisk: the member of the queue there, and the phone as it is seen there."""

    agent: AgentId | None = None
    """Who the member is; None where the queue has no such member."""
    device: Device = Device.UNKNOWN
    held: bool = False
    """The member is paused so that only the service rings it."""
    pause_reason: str | None = None

    @property
    def released(self) -> bool:
        """Whether the queue itself may ring the seat: its agent is there, and nobody holds it."""
        return self.agent is not None and self.pause_reason is None and not self.held

    @property
    def ready(self) -> bool:
        """Whether the service can have the seat rung there."""
        return self.held and self.device is _IDLE


@value
class Seat(Evolving):
    """One seat at one instant; `evolve` gives the next."""

    id: SeatId
    centre: CentreCode
    skills: frozenset[str] = frozenset()
    agent: AgentId | None = None
    """Who is logged in; None is off duty."""
    device: Device = Device.UNKNOWN
    held: bool = False
    """Every Asterisk has the queue member paused, so that only the service rings it. False for
    a seat on duty means that a queue itself may ring it (native mode)."""
    pause_reason: str | None = None
    """Why the seat takes no calls; None is not paused."""
    call: CallId | None = None
    """The call that is offered to, rings at, or talks with this seat."""
    talking: bool = False
    wrap_up_until: Instant | None = None
    since: Instant = Instant(0.0)
    """When `state` last changed."""

    @property
    def on_duty(self) -> bool:
        """Whether somebody is there who takes calls: logged in, not paused, phone registered."""
        return (
            self.agent is not None
            and self.pause_reason is None
            and self.device is not Device.UNREGISTERED
        )

    @property
    def free(self) -> bool:
        """Whether the seat can be rung now."""
        return (
            self.agent is not None
            and self.pause_reason is None
            and self.call is None
            and self.wrap_up_until is None
            and self.device is _IDLE
        )

    @property
    def state(self) -> SeatState:
        """What a supervisor sees; the strongest fact wins."""
        if self.call is not None:
            return _TALKING if self.talking else _RINGING
        if self.agent is None:
            return _OFF_DUTY
        if self.pause_reason is not None:
            return _PAUSED
        if self.device in _NO_PHONE:
            return _UNREGISTERED
        if self.wrap_up_until is not None:
            return _WRAP_UP
        return _READY if self.device is _IDLE else _BUSY
