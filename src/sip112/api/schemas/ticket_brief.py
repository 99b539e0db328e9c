"""A ticket in short, beside what belongs to it in lists of many tickets."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.values import doc
from sip112.routing.ticket import TicketRecord


class TicketBrief(TypedDict):
    """By what a person knows a ticket again."""

    number: Annotated[str, doc("Number, as a person says it.")]
    status: Annotated[str, doc("`open` or `closed`.")]
    severity: Annotated[str | None, doc("Code of the severity.")]
    incident_type: Annotated[str | None, doc("Code of the incident type.")]
    address: Annotated[str | None, doc("Where it is.")]


def ticket_brief(ticket: TicketRecord | None) -> TicketBrief | None:
    """Return a ticket in short, if there is one."""
    if ticket is None:
        return None
    return {
        "number": ticket.number,
        "status": ticket.status,
        "severity": ticket.severity,
        "incident_type": ticket.incident_type,
        "address": ticket.address,
    }
