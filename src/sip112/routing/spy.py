"""A spy: a supervisor's phone that is led to a call, to listen, to whisper or to barge in.

Its phone is *called*, and once it is picked up it is *on*, in one of three modes, until it is
*over*. Which mode says who hears the supervisor: nobody, the seat alone, or everybody.
"""

from __future__ import annotations

from enum import StrEnum

from sip112.routing.call import OfferResult
from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, PbxId, SeatId, TicketNumber
from sip112.routing.value import Evolving, value


class SpyMode(StrEnum):
    """Who hears the supervisor, who hears the seat and whom it hears."""

    LISTEN = "listen"
    """Nobody."""
    WHISPER = "whisper"
    """The seat, and not the caller."""
    BARGE = "barge"
    """Everybody: the supervisor takes part in the call."""


class SpyState(StrEnum):
    """Where it is in its life."""

    CALLED = "called"
    """The supervisor's phone rings."""
    ON = "on"
    OVER = "over"


class SpyEnd(StrEnum):
    """Why it is over."""

    STOPPED = "stopped"
    """The supervisor asked for it."""
    GONE = "gone"
    """The phone was put down, or the seat has the call no longer."""
    NOT_REACHED = "not_reached"
    """The supervisor's phone was not picked up; `result` says why."""
    CALLER_FIRST = "caller_first"
    """A caller needed the supervisor's seat, which is on duty."""
    TAKES_PART = "takes_part"
    """The seat left a call in which the supervisor had barged: it goes on with the supervisor."""


@value
class Spy(Evolving):
    """One spy at one instant; `evolve` gives the next."""

    centre: CentreCode
    by: SeatId
    """The supervisor's seat; each has one at most."""
    who: str
    """Who asked for it, as the audit log names people and machines."""
    seat: SeatId
    """The seat that is listened to."""
    agent: AgentId | None
    """Who talks there."""
    call: CallId
    ticket_number: TicketNumber | None
    pbx: PbxId
    handle: str
    """The id of the channel of the supervisor's phone."""
    mode: SpyMode
    """As it is; while the phone is called, as it will be."""
    since: Instant
    """When it was asked for."""
    state: SpyState = SpyState.CALLED
    began_at: Instant | None = None
    """When the phone was picked up."""
    ended_at: Instant | None = None
    end: SpyEnd | None = None
    result: OfferResult | None = None
    """Of the call to the phone, if it was not picked up."""
