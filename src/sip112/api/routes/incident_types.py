"""Incident types: what may have happened, and who must act on it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Response, Security

from sip112.api import docs, entries
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import UsePorts
from sip112.api.entries import EntryCode, IfMatch, IfNew, IfNoneMatch
from sip112.api.etags import etag, knows
from sip112.api.problems.directory import directory_faulty, entry_changed, no_base, unknown_entry
from sip112.api.schemas.directory import IncidentTypesView, IncidentTypeView, type_view
from sip112.directory.forms import IncidentTypeForm
from sip112.dispatch.directory import IncidentType, Part

router = APIRouter(
    prefix="/v1/incident-types",
    tags=["agencies"],
    dependencies=[Depends(gives("application/json"))],
)

_EXAMPLE: Final = type_view(docs.INCIDENT_TYPE, 7)
_UNKNOWN: Final = unknown_entry(Part.TYPE, "nothing")
_CHANGED: Final = entry_changed(Part.TYPE, docs.INCIDENT_TYPE.code, 7, _EXAMPLE)


@router.get(
    "",
    summary="List incident types with their plans",
    dependencies=[Security(authorise, scopes=["read"])],
    response_model=IncidentTypesView,
    responses=docs.revised({"revision": 7, "items": [_EXAMPLE]}, *docs.guarded()),
)
async def list_incident_types(
    ports: UsePorts, response: Response, if_none_match: IfNoneMatch = None
) -> IncidentTypesView | Response:
    """Return all incident types, each with whom it needs. Needs no database."""
    state = ports.agencies.current
    if knows(if_none_match, state.revision):
        return Response(status_code=304, headers={"ETag": etag(state.revision)})
    response.headers["ETag"] = etag(state.revision)
    return {
        "revision": state.revision,
        "items": [
            type_view(each, entries.version_of(state, Part.TYPE, each.code))
            for each in state.directory.types
        ],
    }


@router.get(
    "/{code}",
    summary="Read one incident type",
    dependencies=[Security(authorise, scopes=["read"])],
    response_model=IncidentTypeView,
    responses=docs.revised(_EXAMPLE, *docs.guarded(), _UNKNOWN),
)
async def read_incident_type(
    ports: UsePorts, code: EntryCode, response: Response, if_none_match: IfNoneMatch = None
) -> IncidentTypeView | Response:
    """Return one incident type. Its ETag header is what a change sends back as `If-Match`."""
    found, version = await entries.find(ports, IncidentType, Part.TYPE, code)
    if knows(if_none_match, version):
        return Response(status_code=304, headers={"ETag": etag(version)})
    response.headers["ETag"] = etag(version)
    return type_view(found, version)


@router.put(
    "/{code}",
    summary="Add or change an incident type",
    dependencies=[Security(authorise, scopes=["agencies"])],
    responses=docs.answers(
        _EXAMPLE,
        *docs.guarded(),
        *docs.changing(),
        *docs.with_body("name"),
        _UNKNOWN,
        _CHANGED,
        no_base(),
        directory_faulty([docs.FAULT]),
    ),
)
async def put_incident_type(
    ports: UsePorts,
    audit: UseAudit,
    code: EntryCode,
    body: Annotated[
        IncidentTypeForm, Body(openapi_examples=docs.usual(docs.without_version(_EXAMPLE)))
    ],
    response: Response,
    if_match: IfMatch = None,
    if_new: IfNew = None,
) -> IncidentTypeView:
    """Have an incident type be as the body says, wholly: what is left out is as if it were new.

    `If-Match` changes the one that there is, `If-None-Match: *` adds one, behind the others. After
    a 503 it is to be sent again as it was: it is done once.
    """
    made = body.made()
    version = await entries.put(ports, audit, code, made, if_match, if_new)
    response.headers["ETag"] = etag(version)
    return type_view(made, version)


@router.delete(
    "/{code}",
    summary="Remove an incident type",
    status_code=204,
    dependencies=[Security(authorise, scopes=["agencies"])],
    responses=docs.answers(
        None,
        *docs.guarded(),
        *docs.changing(),
        _UNKNOWN,
        _CHANGED,
        no_base(),
        directory_faulty([docs.FAULT]),
    ),
)
async def remove_incident_type(
    ports: UsePorts, audit: UseAudit, code: EntryCode, if_match: IfMatch = None
) -> None:
    """Offer an incident type no more. Tickets that say it keep it."""
    await entries.remove(ports, audit, Part.TYPE, code, if_match)
