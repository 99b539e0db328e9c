"""What an agency is shown of what it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import StringConstraints
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.ports import Listed, Listing, Opened
from sip112.api.schemas.inputs import BodyModel, Moment, Prose
from sip112.api.schemas.values import Time, doc, identifier, time, time_or_null
from sip112.dispatch.agency import Agency
from sip112.dispatch.directory import IncidentType
from sip112.dispatch.handoff import EventKind, Handoff, HandoffEvent, Step, may_follow
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.links import Tie
from sip112.dispatch.relay import unanswered
from sip112.routing.ids import CentreCode, Instant
from sip112.routing.ticket import TicketRecord

NUMBER: Final = "112"
"""The number of every centre."""


class AnsweredView(TypedDict):
    """How a handoff stands, as the agency itself is told: nothing of the centre's own."""

    handoff: Annotated[str, doc("Identifier of the handoff (UUID).")]
    step: Annotated[Step, doc("How far it has come.")]
    since: Annotated[Time, doc("When it came to that step.")]
    ended: Annotated[bool, doc("Whether nothing more will come of it.")]
    following: Annotated[list[Step], doc("What the agency may say next.")]


def answered_view(handoff: Handoff) -> AnsweredView:
    """Return how a handoff stands."""
    return {
        "handoff": identifier(handoff.id.int),
        "step": handoff.step,
        "since": time(handoff.since),
        "ended": handoff.ended,
        "following": list(may_follow(handoff.step)),
    }


class WordsView(TypedDict):
    """What something is called."""

    id: Annotated[str, doc("In Indonesian.")]
    en: Annotated[str, doc("In English.")]


class SaidView(TypedDict):
    """What the agency has said, or the centre about it."""

    at: Annotated[Time, doc("When.")]
    theirs: Annotated[bool, doc("Whether it was the agency, and not the centre.")]
    name: Annotated[str, doc("Who at the agency, as far as was told; else empty.")]
    step: Annotated[Step | None, doc("The step that it came to; null of a mere note or line.")]
    note: Annotated[str, doc("The note or line; may be empty.")]


class IncidentLineView(AnsweredView):
    """One incident in the list of those that were handed to an agency."""

    requested_at: Annotated[Time, doc("When it was handed to the agency.")]
    ticket: Annotated[str, doc("Number of the ticket, by which people speak of it.")]
    opened_at: Annotated[Time, doc("When the ticket was opened.")]
    type: Annotated[WordsView | None, doc("What happened; null if nobody knows yet.")]
    severity: Annotated[str | None, doc("How bad it is; null if nobody knows yet.")]
    address: Annotated[str | None, doc("Where, in words.")]
    latitude: Annotated[float | None, doc("Where (WGS 84).")]
    longitude: Annotated[float | None, doc("Where (WGS 84).")]
    line_at: Annotated[
        Time | None,
        doc("When the centre passed on its last line, if the agency has said nothing since."),
    ]


class _OfView(TypedDict):
    """Whose incidents, and which agency's, these are."""

    centre: Annotated[str, doc("Code of the centre.")]
    number: Annotated[str, doc("Telephone number of the centre.")]
    agency: Annotated[str, doc("Code of the agency.")]
    agency_name: Annotated[WordsView, doc("What the agency is called.")]


class IncidentsView(_OfView):
    """What was handed to an agency, and is not long over."""

    items: Annotated[
        list[IncidentLineView],
        doc("What has not ended first, then what ended in the last 24 hours; newest first."),
    ]


class TogetherView(TypedDict):
    """Another ticket that belongs together with an incident; its number, and nothing else of it."""

    tie: Annotated[
        Literal["same", "related"],
        doc("`same`: it reports the same incident; `related`: they have to do with each other."),
    ]
    ticket: Annotated[str, doc("Its number.")]


_TOGETHER: Final[dict[Tie, Literal["same", "related"]]] = {
    Tie.PARENT: "same",
    Tie.DUPLICATE: "same",
    Tie.RELATED: "related",
}


class IncidentView(IncidentLineView, _OfView):
    """What somebody at an agency has to know of an incident, and nothing else of the centre."""

    together: Annotated[
        list[TogetherView], doc("What other tickets are to it, by when that was said.")
    ]

    narrative: Annotated[str | None, doc("What the caller told.")]
    persons: Annotated[str | None, doc("Who is hurt, or in danger.")]
    caller: Annotated[str | None, doc("Number of the caller; null if it is not known.")]
    said: Annotated[list[SaidView], doc("What was said of it, oldest first.")]


def incident_view(opened: Opened) -> IncidentView:
    """Return what somebody at an agency has to know."""
    ticket, handoff = opened.dossier.ticket, opened.handoff
    numbers = [each.caller.number for each in opened.dossier.calls if each.caller.number]
    return {
        **_line_view(handoff, ticket, opened.type, unanswered(handoff.agency, opened.events)),
        **_of_view(handoff.centre, handoff.agency, opened.agency),
        "together": [
            {"tie": _TOGETHER[each.tie], "ticket": other.ticket.number}
            for each, other in opened.dossier.tied
            if each.tie in _TOGETHER
        ],
        "narrative": ticket.narrative,
        "persons": ticket.persons,
        "caller": numbers[0] if numbers else None,
        "said": [_said_view(each) for each in opened.events if _is_for_agency(each)],
    }


def incidents_view(centre: CentreCode, code: AgencyCode, listing: Listing) -> IncidentsView:
    """Return what was handed to an agency."""

    def line(each: Listed) -> IncidentLineView:
        return _line_view(each.handoff, each.ticket, each.type, each.line_at)

    return {
        **_of_view(centre, code, listing.agency),
        "items": [line(each) for each in listing.items],
    }


def _of_view(centre: CentreCode, code: AgencyCode, agency: Agency | None) -> _OfView:
    return {
        "centre": centre,
        "number": NUMBER,
        "agency": code,
        "agency_name": _words({} if agency is None else agency.name, code),
    }


def _line_view(
    handoff: Handoff, ticket: TicketRecord, kind: IncidentType | None, line_at: Instant | None
) -> IncidentLineView:
    return {
        **answered_view(handoff),
        "requested_at": time(handoff.requested_at),
        "ticket": ticket.number,
        "opened_at": time(ticket.opened_at),
        "type": None
        if ticket.incident_type is None
        else _words({} if kind is None else kind.name, ticket.incident_type),
        "severity": ticket.severity,
        "address": ticket.address,
        "latitude": ticket.latitude,
        "longitude": ticket.longitude,
        "line_at": None if handoff.ended else time_or_null(line_at),
    }


def _words(name: Mapping[str, str], code: str) -> WordsView:
    return {"id": name.get("id", code), "en": name.get("en", code)}


def _theirs(event: HandoffEvent) -> bool:
    return event.by.startswith("agency:")


def _is_for_agency(event: HandoffEvent) -> bool:
    """Whether the agency said it, or the centre for the agency to read."""
    if event.kind is EventKind.STEP:
        return _theirs(event) or event.step is Step.CANCELLED
    return event.kind in {EventKind.NOTE, EventKind.LINE}


def _said_view(event: HandoffEvent) -> SaidView:
    return {
        "at": time(event.at),
        "theirs": _theirs(event),
        "name": event.by.partition(" ")[2] if _theirs(event) else "",
        "step": event.step if event.kind is EventKind.STEP else None,
        "note": event.note,
    }


class PagePresence(BodyModel):
    """What a page says of itself."""

    page: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$"),
        doc("Which page: a name that it makes up when it is loaded."),
    ]
    standing: Annotated[
        Literal["front", "behind", "gone"],
        doc("Whether it can be seen, is open behind something else, or is being closed."),
    ]
    shown_at: Annotated[
        Moment | None,
        doc("`at` of the last that the centre has said, of what has been in sight there."),
    ] = None


class AccountPresence(PagePresence):
    """What a page of an account says of itself."""

    handoff: Annotated[UUID | None, doc("The handoff of which `shown_at` tells.")] = None


PersonName = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class AccountStep(BodyModel):
    """What somebody at an agency says, who has an account."""

    step: Annotated[
        Literal[
            Step.ACKNOWLEDGED,
            Step.ACCEPTED,
            Step.DECLINED,
            Step.EN_ROUTE,
            Step.ON_SCENE,
            Step.COMPLETED,
        ],
        doc("The step that it has come to."),
    ]
    note: Annotated[Prose | None, doc("What goes with it; a reason is needed to decline.")] = None


class LinkStep(AccountStep):
    """What somebody at the agency says, who has a link."""

    name: Annotated[PersonName, doc("Who says it; empty is whoever the link was sent to.")] = ""


class AccountNote(BodyModel):
    """What somebody at an agency writes, who has an account."""

    note: Annotated[Prose, doc("The note.")]


class LinkNote(AccountNote):
    """What somebody at the agency writes, who has a link."""

    name: Annotated[PersonName, doc("Who writes it; empty is whoever the link was sent to.")] = ""
