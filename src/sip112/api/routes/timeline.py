"""The timeline of an incident: everything that happened, for the screen and for paper."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import UseConfig, UsePorts
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.tickets import unknown_ticket
from sip112.api.routes.context import calls_of
from sip112.api.routes.tickets import TicketKey, find
from sip112.api.schemas.calls import call_view
from sip112.api.schemas.handoffs import detail_view
from sip112.api.schemas.inputs import QueryModel
from sip112.api.schemas.tickets import ticket_view
from sip112.api.schemas.timeline import ReportView, TimelineView, moment_view
from sip112.api.schemas.values import doc
from sip112.people.audit import Action
from sip112.people.person import Language

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

PDF: Final = "application/pdf"


class ReportQuery(QueryModel):
    """How a report is wanted."""

    language: Annotated[Language, doc("Its language.")] = Language.ID


@router.get(
    "/{ticket}/timeline",
    summary="Everything that happened",
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives("application/json"))],
    responses=docs.answers(
        {"items": [moment_view(docs.MOMENT)]},
        *docs.guarded(),
        unknown_ticket("PKY-20261122-9999"),
        docs.missing("path", "ticket"),
        store_unavailable(),
    ),
)
async def read_timeline(ports: UsePorts, config: UseConfig, ticket: TicketKey) -> TimelineView:
    """Return calls, changes, handoffs, notes and recordings of a ticket, oldest first."""
    moments = await ports.incidents.timeline(await find(ports, config, ticket))
    return {"items": [moment_view(moment) for moment in moments]}


@router.get(
    "/{ticket}/report.pdf",
    summary="A ticket on paper",
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives(PDF))],
    response_class=Response,
    responses=docs.answers(
        "%PDF-1.7 ...",
        *docs.guarded(PDF),
        unknown_ticket("PKY-20261122-9999"),
        docs.missing("query", "language"),
        store_unavailable(),
        media_type=PDF,
    ),
)
async def read_report(
    ports: UsePorts,
    config: UseConfig,
    audit: UseAudit,
    ticket: TicketKey,
    query: Annotated[ReportQuery, Query()],
) -> Response:
    """Return the ticket with its agencies and its timeline as a PDF document."""
    found = await find(ports, config, ticket)
    document = await ports.incidents.report(found, query.language.value)
    audit(Action.TICKET_EXPORTED, found.number)
    return Response(document, media_type=PDF, headers=_kept_as(f"{found.number}.pdf"))


@router.get(
    "/{ticket}/report.json",
    summary="A ticket for other programs",
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives("application/json"))],
    responses=docs.answers(
        {
            "ticket": ticket_view(docs.TICKET),
            "calls": [call_view(docs.TALKING)],
            "handoffs": [detail_view(docs.HANDOFF, docs.HANDOFF_EVENTS)],
            "timeline": [moment_view(docs.MOMENT)],
        },
        *docs.guarded(),
        unknown_ticket("PKY-20261122-9999"),
        docs.missing("path", "ticket"),
        store_unavailable(),
    ),
)
async def export_ticket(
    ports: UsePorts, config: UseConfig, audit: UseAudit, ticket: TicketKey, response: Response
) -> ReportView:
    """Return the same as a file: the ticket, its calls, its handoffs and its timeline."""
    found = await find(ports, config, ticket)
    whole: ReportView = {
        "ticket": ticket_view(found),
        "calls": [call_view(call) for call in await calls_of(ports, config, found)],
        "handoffs": [detail_view(*each) for each in await ports.handoffs.of_ticket(found.id)],
        "timeline": [moment_view(moment) for moment in await ports.incidents.timeline(found)],
    }
    audit(Action.TICKET_EXPORTED, found.number)
    response.headers.update(_kept_as(f"{found.number}.json"))
    return whole


def _kept_as(name: str) -> dict[str, str]:
    """Return the headers of an answer that a browser keeps as a file."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
