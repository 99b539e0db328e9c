"""A seat: the place with a phone at which an agent takes calls.

What a seat does follows from three sources that must agree: who logged in there, what
Asterisk says of its phone (device state, queue membership), and the call it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from sip112.routing.evolve import evolved
from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, SeatId


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


@dataclass(frozen=True, slots=True)
class SeatConfig:
    """What the settings say of a seat."""

    id: SeatId
    skills: frozenset[str] = frozenset()
    """Skills of whoever sits there, such as language codes; the agent's are added at login."""
    message: bool = False
    """Whether a SIP MESSAGE with the ticket goes to the phone as it rings."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat at one instant; `evolve` gives the next."""

    id: SeatId
    centre: CentreCode
    skills: frozenset[str] = frozenset()
    agent: AgentId | None = None
    """Who is logged in; None is off duty."""
    device: Device = Device.UNKNOWN
    held: bool = False
    """Asterisk has the queue member paused, so that only the service rings it. False for a
    seat on duty means that the queue itself may ring it (native mode)."""
    pause_reason: str | None = None
    """Why the seat takes no calls; None is not paused."""
    call: CallId | None = None
    """The call that is offered to, rings at, or talks with this seat."""
    talking: bool = False
    wrap_up_until: Instant | None = None
    since: Instant = Instant(0.0)
    """When `state` last changed."""

    def evolve(self, **changes: Any) -> Self:
        """Return a copy with `changes`."""
        return evolved(self, changes)

    @property
    def on_duty(self) -> bool:
        """Whether somebody is there who takes calls: logged in, not paused, phone registered."""
        return (
            self.agent is not None
            and self.pause_reason is None
            and self.device is not Device.UNREGISTERED
        )

    @property
    def released(self) -> bool:
        """Whether the queue itself may ring the seat: its agent is there, and nobody holds it."""
        return self.agent is not None and self.pause_reason is None and not self.held

    @property
    def free(self) -> bool:
        """Whether the seat can be rung now."""
        return (
            self.agent is not None
            and self.pause_reason is None
            and self.call is None
            and self.wrap_up_until is None
            and self.device is Device.IDLE
        )

    @property
    def state(self) -> SeatState:
        """What a supervisor sees; the strongest fact wins."""
        if self.call is not None:
            return SeatState.TALKING if self.talking else SeatState.RINGING
        if self.agent is None:
            return SeatState.OFF_DUTY
        if self.pause_reason is not None:
            return SeatState.PAUSED
        if self.device in (Device.UNREGISTERED, Device.UNKNOWN):
            return SeatState.UNREGISTERED
        if self.wrap_up_until is not None:
            return SeatState.WRAP_UP
        return SeatState.READY if self.device is Device.IDLE else SeatState.BUSY
