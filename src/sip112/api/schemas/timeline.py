"""The timeline of an incident, as other programs read it."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.calls import CallView
from sip112.api.schemas.handoffs import HandoffDetail
from sip112.api.schemas.reasons import ReasonView, reason_view
from sip112.api.schemas.tickets import TicketView
from sip112.api.schemas.values import Time, doc, time
from sip112.dispatch.timeline import About, Moment


class MomentView(TypedDict):
    """One thing that happened."""

    at: Annotated[Time, doc("When.")]
    about: Annotated[About, doc("What it is about.")]
    what: Annotated[str, doc("What happened, such as `answered`, `changed`, `en_route`, `note`.")]
    who: Annotated[str, doc("Who did it; empty where nobody did.")]
    subject: Annotated[str, doc("Id of the call, or code of the agency; else empty.")]
    detail: Annotated[dict[str, str], doc("What more there is to say.")]
    id: Annotated[str, doc("Its name among those of its centre and incident.")]
    centre: Annotated[str, doc("Agency identifier of the centre where it happened.")]
    neighbour: Annotated[
        str | None,
        doc("Code of the agency, a neighbour centre, that told of it; null if it happened here."),
    ]
    reason: Annotated[
        ReasonView | None,
        doc(
            "Why something failed, or a step is a note: `note` of `detail` has it in English. Null"
            " of all else."
        ),
    ]


class TimelineView(TypedDict):
    """Everything that happened in an incident."""

    items: Annotated[list[MomentView], doc("What happened, oldest first.")]


class ReportView(TypedDict):
    """A ticket with everything about it."""

    ticket: Annotated[TicketView, doc("The ticket.")]
    calls: Annotated[list[CallView], doc("Its calls, oldest first.")]
    handoffs: Annotated[
        list[HandoffDetail], doc("Its handoffs, in the order in which they were passed on.")
    ]
    timeline: Annotated[list[MomentView], doc("What happened, oldest first.")]


def moment_view(moment: Moment) -> MomentView:
    """Return one thing that happened as other programs read it."""
    return {
        "at": time(moment.at),
        "about": moment.about,
        "what": moment.what,
        "who": moment.who,
        "subject": moment.subject,
        "detail": dict(moment.detail),
        "id": moment.id,
        "centre": moment.centre,
        "neighbour": moment.neighbour or None,
        "reason": reason_view(moment.reason),
    }
