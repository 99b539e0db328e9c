"""A handoff: one incident passed on to one agency, step by step, until it has ended.

Theory of operation. A handoff climbs the agency's ladder (`agency.ladder`): it is sent by the first
rung, and when a step is not reached in its time (`escalation`), or a rung fails for good, by the
next; when there is none left, a supervisor is alarmed. A rung that was tried goes on trying
meanwhile: an agency that was down gets everything when it is back. What the agency says ends the
climbing: who has acknowledged is not told again. Everything that happens is a `Said` and changes
the handoff by `TRANSITIONS` alone; what it is followed by is data (`Change`), which the store
writes in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sip112.dispatch.agency import Rung
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.value import Evolving, value


class Step(StrEnum):
    """How far a handoff has come."""

    QUEUED = "queued"
    SENT = "sent"
    """It has left by a channel."""
    DELIVERED = "delivered"
    """The agency's system has it, and says so."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody there has seen it."""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    """By the centre."""


_Q, _S, _D, _K, _A, _N, _E, _O, _C, _X = Step

TRANSITIONS: Final[Mapping[Step, frozenset[Step]]] = {
    _Q: frozenset({_S, _D, _K, _A, _N, _E, _O, _C, _X}),
    _S: frozenset({_D, _K, _A, _N, _E, _O, _C, _X}),
    _D: frozenset({_K, _A, _N, _E, _O, _C, _X}),
    _K: frozenset({_A, _N, _E, _O, _C, _X}),
    _A: frozenset({_N, _E, _O, _C, _X}),
    _E: frozenset({_N, _O, _C, _X}),
    _O: frozenset({_C, _X}),
    _N: frozenset(),
    _C: frozenset(),
    _X: frozenset(),
}
"""From which step to which. Steps may be left out (who accepts has seen it), none is taken back;
whoever has accepted may still decline while on the way: the incident needs somebody else."""

ENDED: Final = frozenset({Step.DECLINED, Step.COMPLETED, Step.CANCELLED})
ACTING: Final = frozenset({Step.ACCEPTED, Step.EN_ROUTE, Step.ON_SCENE})
"""Those to whom changes of the ticket flow on."""
UNHEARD: Final = frozenset({Step.QUEUED, Step.SENT, Step.DELIVERED})
"""Those in which nobody at the agency has said anything."""


class MessageKind(StrEnum):
    """What an agency is told."""

    REQUEST = "handoff.requested"
    UPDATE = "handoff.updated"
    CANCEL = "handoff.cancelled"


class EventKind(StrEnum):
    """What happened to a handoff, as its history says it."""

    STEP = "step"
    """It came to a step."""
    FAILED = "failed"
    """A rung failed: `note` says why."""
    ESCALATED = "escalated"
    """The next rung is tried, since a step was not reached in time, or a rung failed."""
    ALARMED = "alarmed"
    """There is no rung left: a supervisor is called."""
    NOTE = "note"
    """Somebody at the agency, or in the centre about it, wrote a note."""


@value
class Handoff(Evolving):
    """One incident at one agency."""

    id: HandoffId
    centre: CentreCode
    ticket: TicketId
    agency: AgencyCode
    severity: str | None
    """Of the ticket when it was passed on: by it the clock runs."""
    ladder: tuple[Rung, ...]
    """As the agency had it then."""
    requested_at: Instant
    requested_by: str
    """Login name, or name of the token."""
    step: Step = Step.QUEUED
    since: Instant = Instant(0)
    """When it came to that step."""
    rung: int = 0
    """The rung that was tried last; `len(ladder)` when there is none left."""
    due_at: Instant | None = None
    """When it escalates if nothing is heard; None if nothing is waited for."""
    alarmed_at: Instant | None = None
    """When a supervisor was called; None again as soon as the agency says something."""
    reason: str = ""
    """Why it was declined or cancelled."""
    version: int = 1
    """Grows by one with every change."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.step in ENDED


@value
class Message:
    """What is to be sent to an agency by one rung; `kept` by the outbox."""

    id: MessageId
    handoff: HandoffId
    kind: MessageKind
    rung: Rung
    not_before: Instant
    """When it may first be tried: an update waits a moment for more changes."""


@value
class HandoffEvent:
    """One line of a handoff's history."""

    at: Instant
    kind: EventKind
    step: Step
    """The step that it was at, or came to."""
    by: str
    """Who: a login name, a token, ``agency:CODE`` with the name that was given there, or
    ``sip112``."""
    channel: str = ""
    """The channel by which it was heard or sent."""
    note: str = ""
    """A note, a reason, or what failed."""


@value
class Change:
    """What follows from something that was said: all of it is written, or nothing."""

    handoff: Handoff
    events: tuple[HandoffEvent, ...] = ()
    messages: tuple[Message, ...] = ()
    """To be put in the outbox."""
    withdrawn: bool = False
    """Whether messages of this handoff that were never tried are to be dropped."""
