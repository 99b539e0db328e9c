"""A callback: a caller who got no answer, and is to be called back.

It is *open* until a seat takes it, *taken* while that seat calls, and *over* once the caller has
called again, was reached, or somebody said what came of it. A seat that takes it has a lease: it
is the only one that calls the number, for as long as the lease lasts.
"""

from __future__ import annotations

from enum import StrEnum

from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, PbxId, SeatId, TicketNumber
from sip112.routing.value import Evolving, value


class CallbackState(StrEnum):
    """Where a callback is in its life."""

    OPEN = "open"
    TAKEN = "taken"
    OVER = "over"


class TryResult(StrEnum):
    """How a try to call back ended that reached nobody; the values of `OfferResult`, and one."""

    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    ABANDONED = "abandoned"
    """The seat hung up before the number answered."""
    FAILED = "failed"
    """Asterisk did not carry it out."""
    GAVE_WAY = "gave_way"
    """A caller waited: the seat's phone was silenced, so that it could ring for them."""


class CallbackOutcome(StrEnum):
    """What came of a callback: every one that is over has exactly one."""

    REDIALLED = "redialled"
    """The caller called again."""
    REACHED = "reached"
    """Somebody at the number answered a seat, or was reached in another way."""
    EXPIRED = "expired"
    """Nobody called back while it could still help."""
    NO_ANSWER = "no_answer"
    """It was tried, and is given up."""
    WRONG_NUMBER = "wrong_number"
    """Whoever has the number did not call."""
    NOT_NEEDED = "not_needed"
    """It is known by other means, such as another caller."""
    PRANK = "prank"


SAID = frozenset(CallbackOutcome) - {CallbackOutcome.REDIALLED, CallbackOutcome.EXPIRED}
"""What a person can say of a callback; the others are found out."""


@value
class Callback(Evolving):
    """One callback at one instant; `evolve` gives the next."""

    call: CallId
    """The call that nobody answered; it is the callback's name too."""
    centre: CentreCode
    number: str
    """What is called: digits only, as `started.is_number` has them."""
    arrived_at: Instant
    """When that call arrived."""
    opened_at: Instant
    """When it ended."""
    name: str | None = None
    """The caller's, as the call had it."""
    ticket_number: TicketNumber | None = None
    state: CallbackState = CallbackState.OPEN
    tries: int = 0
    """How often it was taken."""
    seat: SeatId | None = None
    """Which has the lease, or had the last one."""
    agent: AgentId | None = None
    pbx: PbxId | None = None
    """At which the seat is rung."""
    taken_at: Instant | None = None
    """When the last lease began."""
    result: TryResult | None = None
    """How the last try ended; None while it goes on, and where the seat itself gave it back."""
    outcome: CallbackOutcome | None = None
    closed_at: Instant | None = None

    @property
    def subject(self) -> str:
        """What the dialplan is told of the last lease: the number, and which lease it is."""
        return f"{self.number}*{round((self.taken_at or 0) * 1000)}"

    @property
    def handle(self) -> str:
        """The id of the channel that rings the seat of the last lease."""
        return f"sip112-{round((self.taken_at or 0) * 1000)}.{self.number}"
