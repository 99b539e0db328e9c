"""A handoff: one incident passed on to one agency, step by step, until it has ended.

Theory of operation. A handoff climbs the agency's ladder (`agency.ladder`): it is sent by the first
rung, and when a step is not reached in its time (`escalation`), or a rung fails for good, by the
next; when there is none left, a supervisor is alarmed. A rung that was tried goes on trying
meanwhile: an agency that was down gets everything when it is back. What the agency says ends the
climbing: who has acknowledged is not told again.

Each thing that can happen is a function that takes a handoff and returns a `Change`, which the
store writes in one transaction: what the centre asks for (`requests`), what became of messages
(`reports`), what the agency says (`said`), and time that has passed (`escalation`). Steps change by
`TRANSITIONS` alone. A function that refuses raises `IllegalStep` or `ReasonNeeded`; one that has
nothing to change returns the handoff as it was, so that whatever is told twice counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sip112.dispatch.agency import AUTOMATIC, Rung
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.limits import Limits
from sip112.dispatch.reasons import Reason
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

SERVICE: Final = "sip112"
"""Who did what nobody did: `by` of what the clock and the courier tell."""


class IllegalStep(Exception):  # noqa: N818 - the name says what happened, as IllegalMove does
    """A step that the handoff's own does not allow. The handoff is unchanged."""

    def __init__(self, step: Step, to: Step, following: tuple[Step, ...] | None = None) -> None:
        self.step = step
        self.to = to
        self.may_follow = may_follow(step) if following is None else following
        allowed = ", ".join(self.may_follow) or "nothing, it has ended"
        super().__init__(
            f"a handoff that is {step} cannot become {to}; what the agency may say: {allowed}"
        )


class ReasonNeeded(Exception):  # noqa: N818
    """Nobody declines without saying why. The handoff is unchanged."""

    def __init__(self) -> None:
        super().__init__("an agency that declines says why, so that the centre knows whom else")


def may_follow(step: Step) -> tuple[Step, ...]:
    """Return what an agency may say that a handoff at `step` has come to."""
    told = UNHEARD | {Step.CANCELLED}
    return tuple(each for each in Step if each in TRANSITIONS[step] - told)


class Purpose(StrEnum):
    """Why an incident and an agency have to do with each other."""

    HANDOFF = "handoff"
    """The agency is asked to act."""
    RECEIVED = "received"
    """The other way round: the agency is another centre, and asks this one to act. Both keep the
    same handoff, by the same identifier; this centre says its steps."""
    REFERRAL = "referral"
    """No emergency: the caller is told whom else to turn to. The agency hears nothing of it."""


class MessageKind(StrEnum):
    """What an agency is told."""

    REQUEST = "handoff.requested"
    UPDATE = "handoff.updated"
    CANCEL = "handoff.cancelled"
    ANSWER = "handoff.answered"
    """To the centre that asks: what has become of it here."""
    REFERRAL = "referral"
    """To the caller: whom to turn to."""


class EventKind(StrEnum):
    """What happened to a handoff, as its history says it."""

    STEP = "step"
    """It came to a step."""
    FAILING = "failing"
    """A first try by a rung failed, and it is tried again: `note` says why."""
    FAILED = "failed"
    """A rung failed for good: `note` says why."""
    ESCALATED = "escalated"
    """The next rung is tried, since a step was not reached in time, or a rung failed."""
    ALARMED = "alarmed"
    """There is no rung left: a supervisor is called."""
    UNTOLD = "untold"
    """The ticket has changed, and the agency was reached by voice or text alone: somebody has to
    tell it. What a person says or writes next of it is that."""
    NOTE = "note"
    """Somebody at the agency, or in the centre about it, wrote a note."""
    LINE = "line"
    """Somebody in the centre passed a line of text on to the agency (`relay`)."""


@value
class Handoff(Evolving):
    """One incident at one agency."""

    id: HandoffId
    centre: CentreCode
    ticket: TicketId
    agency: AgencyCode
    severity: str | None
    """Of the ticket when it was passed on, or when the clock was last wound for it."""
    ladder: tuple[Rung, ...]
    """As the agency had it then."""
    requested_at: Instant
    requested_by: str
    """Login name, or name of the token."""
    limits: Limits
    """Of that severity, by which its clock runs, whatever becomes of the settings meanwhile."""
    step: Step = Step.QUEUED
    since: Instant = Instant(0)
    """When it came to that step."""
    rung: int = 0
    """The rung that was tried last; `len(ladder)` when there is none left."""
    tried_at: Instant = Instant(0)
    """When that was."""
    due_at: Instant | None = None
    """When it escalates if nothing is heard; None if nothing is waited for."""
    alarmed_at: Instant | None = None
    """When a supervisor was called; None again as soon as the agency says something."""
    reason: str = ""
    """Why it was declined or cancelled."""
    version: int = 1
    """Grows by one with every change."""
    purpose: Purpose = Purpose.HANDOFF

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.step in ENDED

    @property
    def unproven(self) -> bool:
        """Whether it has left, and nothing tells that anybody has it."""
        return self.step is Step.SENT

    @property
    def by_hand(self) -> bool:
        """Whether somebody in the centre has to tell the agency: by voice, or in text.

        Until something comes of that way, or the agency says something.
        """
        rung = self.current
        return (
            self.step in UNHEARD
            and rung is not None
            and rung.channel not in AUTOMATIC
            and self.since <= self.tried_at
        )

    @property
    def following(self) -> tuple[Step, ...]:
        """What may be said that it has come to: of a referral only that the caller was told."""
        is_referral = self.purpose is Purpose.REFERRAL
        return tuple(each for each in may_follow(self.step) if each is _C or not is_referral)

    @property
    def current(self) -> Rung | None:
        """The rung that was tried last, and may still reach somebody; None if none is left."""
        return self.ladder[self.rung] if self.rung < len(self.ladder) else None

    @property
    def tried(self) -> tuple[Rung, ...]:
        """The rungs that were tried, in their order."""
        return self.ladder[: self.rung + 1]


@value
class Message:
    """What is to be sent to an agency by one rung; the outbox keeps it."""

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
    """The channel by which it was heard or is sent."""
    note: str = ""
    """A note, a reason, what failed (in English), or the contact who is tried."""
    reason: Reason | None = None
    """What failed, or why a step is kept as a note; None of all else, and of what is older."""


@value
class Change:
    """What follows from something that happened: all of it is written, or nothing."""

    handoff: Handoff
    """As it is now; with another version only if it, or its history, has changed."""
    events: tuple[HandoffEvent, ...] = ()
    messages: tuple[Message, ...] = ()
    """To be put in the outbox."""
    withdrawn: bool = False
    """Whether messages of this handoff that were never tried are to be dropped; and with a request
    that nobody can have got, its cancellation among `messages`."""
