"""A ticket as the API shows it, which tickets one asks for, and how one is changed."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.assignees import AssigneeView, assignee_view
from sip112.api.schemas.inputs import BodyModel, Cursor, Line, Name, PeriodQuery, Persons, Prose
from sip112.api.schemas.values import Time, doc, identifier, time
from sip112.routing.ticket import TicketRecord


class TicketView(TypedDict):
    """A ticket: the incident as an operator sees it."""

    id: Annotated[str, doc("Identifier (UUID).")]
    number: Annotated[str, doc("What a person says: centre, local day, serial.")]
    centre: Annotated[str, doc("Code of the 112 centre.")]
    opened_at: Annotated[Time, doc("When its first call arrived.")]
    changed_at: Annotated[Time, doc("When it last changed.")]
    version: Annotated[int, doc("Grows by one with every change; the ETag is made of it.")]
    calls: Annotated[list[str], doc("Identifiers of its calls.")]
    status: Annotated[str, doc("`open` or `closed`.")]
    incident_type: Annotated[str | None, doc("What happened, such as `fire`.")]
    address: Annotated[str | None, doc("Where, as the caller said it.")]
    latitude: Annotated[float | None, doc("Where on the map: degrees north (WGS 84).")]
    longitude: Annotated[float | None, doc("Where on the map: degrees east (WGS 84).")]
    narrative: Annotated[str | None, doc("What the caller tells.")]
    persons: Annotated[str | None, doc("Who is hurt, missing or involved.")]
    severity: Annotated[str | None, doc("How bad it is.")]
    language: Annotated[str | None, doc("Language of the caller, such as `id`.")]
    disposition: Annotated[str | None, doc("What became of it, such as `prank`.")]
    assignee: Annotated[
        AssigneeView | None,
        doc(
            "Whose it is; null is nobody's. It goes with the caller by itself: to whoever answers, "
            "and to whoever takes the caller over, unless a person has given it to somebody else."
        ),
    ]
    duplicate_of: Annotated[
        str | None,
        doc(
            "Number of the ticket under which its incident goes on, if somebody has said that this "
            "one reports the same; see `GET /v1/tickets/{ticket}/links`."
        ),
    ]


def ticket_view(ticket: TicketRecord) -> TicketView:
    """Return a ticket as the API shows it."""
    return {
        "id": identifier(ticket.id.int),
        "number": ticket.number,
        "centre": ticket.centre,
        "opened_at": time(ticket.opened_at),
        "changed_at": time(ticket.changed_at),
        "version": ticket.version,
        "calls": [identifier(call.int) for call in ticket.calls],
        "status": ticket.status,
        "incident_type": ticket.incident_type,
        "address": ticket.address,
        "latitude": ticket.latitude,
        "longitude": ticket.longitude,
        "narrative": ticket.narrative,
        "persons": ticket.persons,
        "severity": ticket.severity,
        "language": ticket.language,
        "disposition": ticket.disposition,
        "assignee": assignee_view(ticket.assignee, ticket.assignee_name),
        "duplicate_of": ticket.parent_number,
    }


class TicketPage(TypedDict):
    """Tickets, newest first."""

    items: Annotated[list[TicketView], doc("The tickets of this page.")]
    next: Annotated[str | None, doc("`cursor` of the next page; null on the last.")]


MYSELF: Final = "me"
NOBODY: Final = "none"
"""What stands for a login name where somebody asks for tickets."""


class TicketQuery(PeriodQuery):
    """Which page of which tickets."""

    status: Annotated[Literal["open", "closed"] | None, doc("State of the ticket.")] = None
    assignee: Annotated[
        Name | None,
        doc(f"Whose: a login name, `{MYSELF}` for one's own, `{NOBODY}` for nobody's."),
    ] = None
    duplicate: Annotated[
        bool | None, doc("Those that are duplicates of another, or those that are not.")
    ] = None
    cursor: Annotated[Cursor | None, doc("`next` of the page before, with the same filters.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=200), doc("Tickets a page.")] = 100


class TicketPatch(BodyModel):
    """What to change (JSON merge patch, RFC 7396): null removes, what is absent stays."""

    status: Annotated[Literal["open", "closed"], doc("State of the ticket; cannot be removed.")] = (
        "open"
    )
    incident_type: Annotated[Line | None, doc("What happened, such as `fire`.")] = None
    address: Annotated[Line | None, doc("Where, as the caller said it.")] = None
    latitude: Annotated[
        Annotated[float, Field(ge=-90, le=90, strict=True, allow_inf_nan=False)] | None,
        doc("Where on the map: degrees north (WGS 84); only together with `longitude`."),
    ] = None
    longitude: Annotated[
        Annotated[float, Field(ge=-180, le=180, strict=True, allow_inf_nan=False)] | None,
        doc("Where on the map: degrees east (WGS 84); only together with `latitude`."),
    ] = None
    narrative: Annotated[Prose | None, doc("What the caller tells.")] = None
    persons: Annotated[Persons | None, doc("Who is hurt, missing or involved.")] = None
    severity: Annotated[Line | None, doc("How bad it is.")] = None
    language: Annotated[Line | None, doc("Language of the caller, such as `id`.")] = None
    disposition: Annotated[Line | None, doc("What became of it, such as `prank`.")] = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = {"latitude", "longitude"} & self.model_fields_set
        if given and (len(given) == 1 or (self.latitude is None) is not (self.longitude is None)):
            raise ValueError("latitude and longitude are one place: send both, or null for both")
        return self
