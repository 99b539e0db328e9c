"""What one should know beside a ticket: its calls, the caller's earlier ones, tickets nearby."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.assignees import AssigneeView, assignee_view
from sip112.api.schemas.calls import CallView
from sip112.api.schemas.values import Time, doc, identifier, time
from sip112.routing.ticket import TicketRecord


class TicketBrief(TypedDict):
    """A ticket in a few words."""

    id: Annotated[str, doc("Identifier (UUID).")]
    number: Annotated[str, doc("What a person says: centre, local day, serial.")]
    opened_at: Annotated[Time, doc("When its first call arrived.")]
    status: Annotated[str, doc("`open` or `closed`.")]
    incident_type: Annotated[str | None, doc("What happened.")]
    address: Annotated[str | None, doc("Where, as the caller said it.")]
    latitude: Annotated[float | None, doc("Where on the map: degrees north (WGS 84).")]
    longitude: Annotated[float | None, doc("Where on the map: degrees east (WGS 84).")]
    severity: Annotated[str | None, doc("How bad it is.")]
    disposition: Annotated[str | None, doc("What became of it.")]
    assignee: Annotated[AssigneeView | None, doc("Whose it is; null is nobody's.")]
    duplicate_of: Annotated[str | None, doc("Number of the ticket that it is a duplicate of.")]


def ticket_brief(ticket: TicketRecord) -> TicketBrief:
    """Return a ticket in a few words."""
    return {
        "id": identifier(ticket.id.int),
        "number": ticket.number,
        "opened_at": time(ticket.opened_at),
        "status": ticket.status,
        "incident_type": ticket.incident_type,
        "address": ticket.address,
        "latitude": ticket.latitude,
        "longitude": ticket.longitude,
        "severity": ticket.severity,
        "disposition": ticket.disposition,
        "assignee": assignee_view(ticket.assignee, ticket.assignee_name),
        "duplicate_of": ticket.parent_number,
    }


class EarlierCall(TypedDict):
    """A call that the same number made before."""

    call: Annotated[CallView, doc("The call.")]
    ticket: Annotated[TicketBrief | None, doc("Its ticket as it is now; null if there is none.")]


class NearbyTicket(TypedDict):
    """Another open ticket of the same time."""

    ticket: Annotated[TicketBrief, doc("The ticket.")]
    distance_m: Annotated[
        int | None, doc("Metres as the crow flies; null unless both have a place on the map.")
    ]


class TicketContext(TypedDict):
    """What one should know beside a ticket."""

    calls: Annotated[list[CallView], doc("The calls of the ticket, oldest first.")]
    earlier: Annotated[
        list[EarlierCall] | None,
        doc(
            "Calls that the same number made before, newest first; none where the number is not "
            "known. Null while the database does not answer."
        ),
    ]
    nearby: Annotated[
        list[NearbyTicket] | None,
        doc("Other open tickets of the same time. Null while the database does not answer."),
    ]
