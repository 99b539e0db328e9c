"""A call: one caller's leg into the centre, from the first ring to its end.

Theory of operation. A call *arrives* (the caller hears ringing, the dialplan waits a moment
for a seat), may wait in Asterisk's *queue*, is *offered* to a seat (the redirect is on its
way), *rings* there, and is *talking* once the seat answers. A seat that does not take it
gives it back to the queue; so does everybody with whom it talked, if they leave it alone in
its room (`rooms`). It can *end* in any state, since a caller may hang up at any
instant; how it ended is its `Outcome`, and every ended call has exactly one.

`TRANSITIONS` says all of this as data. A move that is not in the table raises
`IllegalMove` and leaves the call as it was: events may come late, twice, or out of a
connection that began in mid-call, and none of that may bend a call's life.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Self

from sip112.routing.ids import (
    AgentId,
    CallId,
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    TicketId,
    TicketNumber,
    Uniqueid,
)
from sip112.routing.started import Line
from sip112.routing.value import Evolving, value


class CallState(StrEnum):
    """Where a call is in its life."""

    ARRIVED = "arrived"
    """In the dialplan, the caller hears ringing."""
    QUEUED = "queued"
    """In Asterisk's queue, or on its way (back) to it."""
    OFFERED = "offered"
    """A seat was chosen; its phone does not ring yet."""
    RINGING = "ringing"
    """The seat's phone rings."""
    TALKING = "talking"
    ENDED = "ended"


class Move(StrEnum):
    """What moves a call from one state to the next."""

    QUEUE = "queue"
    OFFER = "offer"
    RING = "ring"
    ANSWER = "answer"
    RETURN = "return"
    END = "end"


class Outcome(StrEnum):
    """How a call ended: the terminal classes, of which every call gets exactly one."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """The caller hung up before an answer."""
    LOST_BY_PBX = "lost_by_pbx"
    """Asterisk ended and took the call with it."""


class Origin(StrEnum):
    """How sip112 came to know of a call."""

    LIVE = "live"
    BACKFILL = "backfill"
    """From Asterisk's own notes, after an outage of the service or of the link."""


class OfferResult(StrEnum):
    """What became of an offer to a seat."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    """The phone is not registered or does not respond."""
    ABANDONED = "abandoned"
    """The caller hung up while the offer stood."""
    FAILED = "failed"
    """Asterisk did not carry the offer out."""


S, M = CallState, Move

TRANSITIONS: Final[dict[CallState, dict[Move, CallState]]] = {
    S.ARRIVED: {
        M.QUEUE: S.QUEUED,
        M.OFFER: S.OFFERED,
        M.RING: S.RINGING,  # Asterisk rings a seat by itself (native mode)
        M.ANSWER: S.TALKING,  # seen for the first time when already answered
        M.END: S.ENDED,
    },
    S.QUEUED: {
        M.QUEUE: S.QUEUED,  # back in the queue after an offer: it joins again
        M.OFFER: S.OFFERED,
        M.RING: S.RINGING,
        M.ANSWER: S.TALKING,
        M.END: S.ENDED,
    },
    S.OFFERED: {
        M.QUEUE: S.OFFERED,  # it joined the queue in the instant of the offer
        M.RING: S.RINGING,
        M.ANSWER: S.TALKING,
        M.RETURN: S.QUEUED,
        M.END: S.ENDED,
    },
    S.RINGING: {
        M.ANSWER: S.TALKING,
        M.RETURN: S.QUEUED,
        M.END: S.ENDED,
    },
    S.TALKING: {
        M.RETURN: S.QUEUED,  # left alone by everybody it talked with
        M.END: S.ENDED,
    },
    S.ENDED: {},
}

WAITING: Final = frozenset({S.ARRIVED, S.QUEUED})
"""States in which a call has no seat and wants one."""


class IllegalMove(Exception):  # noqa: N818 - the name says what happened, as in h11's LocalProtocolError
    """A move that the call's state does not allow. The call is unchanged."""

    def __init__(self, state: CallState, move: Move) -> None:
        super().__init__(f"a call that is {state} cannot make the move {move!r}")
        self.state = state
        self.move = move


@value
class Caller:
    """Who calls, as the dialplan and `ami.translate` let it through: already made safe."""

    number: str | None = None
    """Digits with at most a leading ``+``; None where the caller ID is absent or strange."""
    name: str | None = None
    """Display name: no control or bidirectional characters, at most 80 characters."""
    raw: str | None = None
    """The identity as it was sent, escaped, kept when `number` is None and there was one."""


@value
class Offer(Evolving):
    """One attempt to have a seat take the call."""

    seat: SeatId
    agent: AgentId | None
    offered_at: Instant
    native: bool = False
    """Asterisk rang the seat by itself; the service had no part in it."""
    rang_at: Instant | None = None
    ended_at: Instant | None = None
    result: OfferResult | None = None


class Place(StrEnum):
    """Where somebody is who takes part in a call."""

    RINGING = "ringing"
    """Being called."""
    TALKING = "talking"
    """With the caller."""
    ASIDE = "aside"
    """Apart from the caller, who hears music if nobody is with them."""


class RoomState(StrEnum):
    """Whether the caller is in a room of their own (`rooms`)."""

    NONE = "none"
    """No: whoever answered is bridged to them."""
    IN = "in"
    BETWEEN = "between"
    """Neither that nor bridged: they have left it, or nobody is left to come to them. That they
    are in it, wait again, or that the call is over is told next."""


@value
class Party(Evolving):
    """Somebody besides the caller who takes part in a call."""

    line: Line
    place: Place
    since: Instant
    """When they came to that place."""
    handle: str = ""
    """Asterisk's name of their channel, or its id; empty while it is not known."""


@value
class Call(Evolving):
    """One call at one instant; `move` and `evolve` give the next."""

    id: CallId
    centre: CentreCode
    pbx: PbxId
    uniqueid: Uniqueid
    channel: str
    """Asterisk's name of the caller's channel, such as ``PJSIP/trunk-0000002a``."""
    arrived_at: Instant
    dialled: str = "112"
    trunk: str = ""
    caller: Caller = Caller()
    priority: int = 0
    """Higher is served first, as in Asterisk's QUEUE_PRIO."""
    skills: frozenset[str] = frozenset()
    """Skills that a seat must have to be rung."""
    location: str | None = None
    """What the network said of the caller's place, as sent."""
    origin: Origin = Origin.LIVE
    ticket: TicketId | None = None
    ticket_number: TicketNumber | None = None
    state: CallState = CallState.ARRIVED
    position: int | None = None
    """Place in the queue when it was last told, from 1; None while it never waited."""
    queued_at: Instant | None = None
    offers: tuple[Offer, ...] = ()
    answered_at: Instant | None = None
    seat: SeatId | None = None
    """The seat it is offered to, rings at or talks with; after the end, the one that talked. Of
    several that take part, the one that answers for it."""
    agent: AgentId | None = None
    parties: tuple[Party, ...] = ()
    """Who takes part besides the caller, in the order of coming; nobody before an answer."""
    room: RoomState = RoomState.NONE
    ended_at: Instant | None = None
    outcome: Outcome | None = None
    cause: int | None = None
    """Q.850 cause with which Asterisk ended it."""
    source: str | None = None
    """What the neighbour centre that it was transferred from calls it (URN)."""

    def after(self, move: Move) -> CallState:
        """Return the state that `move` leads to. IllegalMove if the table forbids it."""
        target = TRANSITIONS[self.state].get(move)
        if target is None:
            raise IllegalMove(self.state, move)
        return target

    def move(self, move: Move, **changes: Any) -> Self:
        """Return the call after `move`, with `changes`. IllegalMove if the table forbids it."""
        return self.evolve(state=self.after(move), **changes)

    @property
    def offer(self) -> Offer | None:
        """The offer that stands, if any."""
        if self.offers and self.offers[-1].result is None:
            return self.offers[-1]
        return None

    @property
    def on_hold(self) -> bool:
        """Whether the caller is in a room where nobody is with them, and hears music."""
        return self.room is RoomState.IN and all(
            party.place is not Place.TALKING for party in self.parties
        )

    @property
    def waiting(self) -> bool:
        """Whether it has no seat and wants one."""
        return self.state in WAITING
