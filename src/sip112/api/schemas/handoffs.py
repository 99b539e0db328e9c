"""Handoffs as the API shows them, and what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.pages import Presence, Standing
from sip112.api.schemas.inputs import BodyModel, Cursor, Prose, QueryModel, RelayLine
from sip112.api.schemas.reasons import ReasonView, reason_view
from sip112.api.schemas.ticket_brief import TicketBrief, ticket_brief
from sip112.api.schemas.values import Time, doc, identifier, time, time_or_null
from sip112.dispatch.agency import AgencyKind, ChannelKind, Rung
from sip112.dispatch.handoff import EventKind, Handoff, HandoffEvent, Purpose, Step
from sip112.dispatch.plans import Candidate, Need, Proposal, WhyNot
from sip112.dispatch.relay import unread
from sip112.dispatch.requests import untold
from sip112.routing.ticket import TicketRecord

AgencyKey = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$"), doc("Code of an agency.")
]


class RungView(TypedDict):
    """One way to an agency, and who is reached by it."""

    channel: Annotated[ChannelKind, doc("The channel.")]
    contact: Annotated[str, doc("Name of the contact; empty for the agency itself.")]


class NumberView(TypedDict):
    """Where an agency is called, and whom one reaches there."""

    number: Annotated[str, doc("The number.")]
    contact: Annotated[str, doc("Name of the contact; empty for the agency itself.")]


class HandoffView(TypedDict):
    """One incident at one agency."""

    id: Annotated[str, doc("Identifier (UUID).")]
    ticket: Annotated[str, doc("Identifier of the ticket.")]
    agency: Annotated[str, doc("Code of the agency.")]
    purpose: Annotated[
        Purpose,
        doc("Whether the agency is asked to act, asks this centre, or the caller is referred."),
    ]
    step: Annotated[Step, doc("How far it has come.")]
    since: Annotated[Time, doc("When it came to that step.")]
    unproven: Annotated[
        bool,
        doc(
            "Whether it has left by ways that do not tell what became of it (e-mail, Telegram,"
            " WhatsApp, SMS, the agency's page), and the agency has not answered: there is no proof"
            " of delivery."
        ),
    ]
    by_hand: Annotated[
        bool, doc("Whether somebody in the centre has to tell the agency, by voice or in text.")
    ]
    ended: Annotated[bool, doc("Whether nothing more will come of it.")]
    following: Annotated[list[Step], doc("What the agency may say next.")]
    requested_at: Annotated[Time, doc("When it was passed on.")]
    requested_by: Annotated[str, doc("By whom: a login name, or the name of a token.")]
    by: Annotated[
        RungView | None, doc("The way that was tried last; null if the agency has none left.")
    ]
    numbers: Annotated[
        list[NumberView],
        doc("Where the agency is called, in its order: a call there is a step of the handoff."),
    ]
    due_at: Annotated[
        Time | None,
        doc("When the next way is tried, or a supervisor called, if nothing is heard; or null."),
    ]
    alarmed_at: Annotated[
        Time | None, doc("When a supervisor was called, since nobody was reached; or null.")
    ]
    reason: Annotated[str, doc("Why it was declined or cancelled; else empty.")]
    version: Annotated[int, doc("Grows by one with every change.")]


def handoff_view(handoff: Handoff) -> HandoffView:
    """Return a handoff as the API shows it."""
    return {
        "id": identifier(handoff.id.int),
        "ticket": identifier(handoff.ticket.int),
        "agency": handoff.agency,
        "purpose": handoff.purpose,
        "step": handoff.step,
        "since": time(handoff.since),
        "unproven": handoff.unproven,
        "by_hand": handoff.by_hand,
        "ended": handoff.ended,
        "following": list(handoff.following),
        "requested_at": time(handoff.requested_at),
        "requested_by": handoff.requested_by,
        "by": None if handoff.current is None else _rung_view(handoff.current),
        "numbers": [
            {"number": rung.address, "contact": rung.contact}
            for rung in handoff.ladder
            if rung.channel is ChannelKind.VOICE
        ],
        "due_at": time_or_null(handoff.due_at),
        "alarmed_at": time_or_null(handoff.alarmed_at),
        "reason": handoff.reason,
        "version": handoff.version,
    }


def _rung_view(rung: Rung) -> RungView:
    # not the address: it may hold what nobody but the courier needs to know; numbers stand apart
    return {"channel": rung.channel, "contact": rung.contact}


class HandoffEventView(TypedDict):
    """One line of a handoff's history."""

    at: Annotated[Time, doc("When.")]
    kind: Annotated[EventKind, doc("What happened.")]
    step: Annotated[Step, doc("The step that it was at, or came to.")]
    by: Annotated[str, doc("Who: a login name, a token, `agency:CODE`, or `sip112`.")]
    channel: Annotated[str, doc("The channel by which it was sent or heard; may be empty.")]
    note: Annotated[
        str, doc("A note, a line, a reason, or, in English, what failed; may be empty.")
    ]
    reason: Annotated[
        ReasonView | None,
        doc("What failed, or why a step is a note, for programs; null of all else, and of old."),
    ]


def event_view(event: HandoffEvent) -> HandoffEventView:
    """Return one line of a handoff's history as the API shows it."""
    return {
        "at": time(event.at),
        "kind": event.kind,
        "step": event.step,
        "by": event.by,
        "channel": event.channel,
        "note": event.note,
        "reason": reason_view(event.reason),
    }


_Untold = Annotated[
    bool,
    doc(
        "Whether the ticket has changed since, and somebody in the centre has to tell the agency:"
        " it was reached by voice or text alone."
    ),
]


class HandoffDetail(HandoffView):
    """A handoff with its history."""

    untold: _Untold
    events: Annotated[list[HandoffEventView], doc("What happened to it, oldest first.")]


def detail_view(handoff: Handoff, events: Sequence[HandoffEvent]) -> HandoffDetail:
    """Return a handoff with its history as the API shows it."""
    return {
        **handoff_view(handoff),
        "untold": untold(handoff, events),
        "events": [event_view(event) for event in events],
    }


class HandoffList(TypedDict):
    """The handoffs of a ticket."""

    items: Annotated[list[HandoffDetail], doc("In the order in which they were passed on.")]


class PresenceView(TypedDict):
    """Whether an agency has the page of a handoff open, by a link or by an account."""

    standing: Annotated[
        Standing,
        doc(
            "`front`: somebody can see it; `behind`: it is open behind other windows, or on a phone"
            " that shows something else; `closed`; `unknown`: the node has just begun to listen."
        ),
    ]
    since: Annotated[
        Time | None, doc("When the last one was closed; null while one is open, or if none was.")
    ]
    known_since: Annotated[Time, doc("What was before, this node does not know.")]
    shown_at: Annotated[
        Time | None,
        doc(
            "`at` of the last line, or note of the centre, that was in sight on a page; null if"
            " none is known to have been. That it was read is proven by an answer alone."
        ),
    ]


def presence_view(presence: Presence) -> PresenceView:
    """Return how it is with an agency's pages as the API shows it."""
    return {
        "standing": presence.standing,
        "since": time_or_null(presence.since),
        "known_since": time(presence.known_since),
        "shown_at": time_or_null(presence.shown_at),
    }


class HandoffLine(HandoffView):
    """A handoff among those of other tickets."""

    untold: _Untold
    unread: Annotated[
        int, doc("What the agency has written since anybody in the centre wrote to it or noted.")
    ]
    about: Annotated[TicketBrief | None, doc("The ticket, in short; null if it is not stored.")]


def handoff_line(
    handoff: Handoff, events: Sequence[HandoffEvent], ticket: TicketRecord | None
) -> HandoffLine:
    """Return a handoff with its ticket in short, and what of its history waits for somebody."""
    return {
        **handoff_view(handoff),
        "untold": untold(handoff, events),
        "unread": unread(handoff, events),
        "about": ticket_brief(ticket),
    }


class HandoffPage(TypedDict):
    """Handoffs, newest first."""

    items: Annotated[list[HandoffLine], doc("The handoffs of this page.")]
    next: Annotated[str | None, doc("`cursor` of the next page; null on the last.")]


class HandoffQuery(QueryModel):
    """Which page of which handoffs."""

    agency: Annotated[AgencyKey | None, doc("Those at this agency.")] = None
    purpose: Annotated[Purpose | None, doc("Those of this purpose.")] = None
    ended: Annotated[bool | None, doc("Those that have ended, or those that have not.")] = None
    cursor: Annotated[Cursor | None, doc("`next` of the page before, with the same filters.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=200), doc("Handoffs a page.")] = 100


class NewHandoffs(BodyModel):
    """To whom a ticket is passed on."""

    agencies: Annotated[
        list[AgencyKey],
        Field(min_length=1, max_length=20),
        doc("Codes of the agencies; see `GET /v1/tickets/{ticket}/plan` for those proposed."),
    ]


class StepBody(BodyModel):
    """What an agency has said of a handoff, or that the centre takes it back."""

    step: Annotated[
        Literal[
            Step.ACKNOWLEDGED,
            Step.ACCEPTED,
            Step.DECLINED,
            Step.EN_ROUTE,
            Step.ON_SCENE,
            Step.COMPLETED,
            Step.CANCELLED,
        ],
        doc("The step that it has come to."),
    ]
    note: Annotated[
        Prose | None, doc("What goes with it; a reason is needed to decline or cancel.")
    ] = None


class NoteBody(BodyModel):
    """A note."""

    note: Annotated[Prose, doc("The note.")]


class LineBody(BodyModel):
    """A line of the text relay."""

    text: Annotated[RelayLine, doc("What is passed on to the agency, in one line.")]


class AgencyCandidateView(TypedDict):
    """An agency that could act."""

    agency: Annotated[str, doc("Code of the agency.")]
    uncertain: Annotated[
        bool, doc("Whether it is not known that it acts there: the place, or its area, is unknown.")
    ]


class LeftOutView(TypedDict):
    """An agency that a plan could mean, were it not for the reason."""

    agency: Annotated[str, doc("Code of the agency.")]
    reason: Annotated[WhyNot, doc("Why it is left out.")]


class NeedView(TypedDict):
    """One thing that the plan asks for, and who could do it."""

    kind: Annotated[AgencyKind | None, doc("Of which kind; null if the plan names an agency.")]
    named: Annotated[str | None, doc("The agency that the plan names.")]
    candidates: Annotated[
        list[AgencyCandidateView], doc("Who could act, in the directory's order.")
    ]
    left_out: Annotated[list[LeftOutView], doc("Who would be meant, and why it is not.")]
    chosen: Annotated[
        str | None, doc("Who is meant; null if several could be, or nobody: a person must choose.")
    ]


class ProposalView(TypedDict):
    """Whom an incident needs, as the plan of its type says."""

    plan_of: Annotated[
        str | None, doc("The incident type whose plan it is; null if there is no plan.")
    ]
    needs: Annotated[list[NeedView], doc("What the plan asks for, in its order.")]
    chosen: Annotated[list[str], doc("Whom it can be passed on to without a further question.")]
    referrals: Annotated[
        list[NeedView],
        doc("Services to which the plan has the caller referred: they are asked nothing."),
    ]
    complete: Annotated[bool, doc("Whether nothing is left for a person to decide.")]


def proposal_view(proposal: Proposal) -> ProposalView:
    """Return a proposal as the API shows it."""
    return {
        "plan_of": proposal.plan_of,
        "needs": [_need_view(need) for need in proposal.needs],
        "chosen": [agency.code for agency in proposal.chosen],
        "referrals": [_need_view(need) for need in proposal.referrals],
        "complete": proposal.complete,
    }


def _need_view(need: Need) -> NeedView:
    return {
        "kind": need.entry.kind,
        "named": need.entry.agency,
        "candidates": [_candidate_view(each) for each in need.candidates],
        "left_out": [{"agency": each.agency.code, "reason": each.reason} for each in need.left_out],
        "chosen": None if need.chosen is None else need.chosen.agency.code,
    }


def _candidate_view(candidate: Candidate) -> AgencyCandidateView:
    return {"agency": candidate.agency.code, "uncertain": candidate.uncertain}
