"""Agencies: whom incidents are passed on to, how each is reached, with what it is signed for."""

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
from sip112.api.problems.directory import (
    directory_faulty,
    entry_changed,
    inactive_agency,
    no_base,
    unknown_entry,
)
from sip112.api.schemas.directory import AgenciesView, AgencyView, SecretView, agency_view
from sip112.directory.forms import AgencyForm
from sip112.dispatch.agency import Agency
from sip112.dispatch.directory import Part
from sip112.people.audit import Action

router = APIRouter(
    prefix="/v1/agencies", tags=["agencies"], dependencies=[Depends(gives("application/json"))]
)

_EXAMPLE: Final = agency_view(docs.AGENCY, 7)
_UNKNOWN: Final = unknown_entry(Part.AGENCY, "nobody")
_SECRET: Final[SecretView] = {
    "agency": docs.AGENCY.code,
    "secret": "whsec_bm8tc2VjcmV0LWJ1dC1hbi1leGFtcGxlLW9mLW9uZSE=",
}


@router.get(
    "",
    summary="List agencies",
    dependencies=[Security(authorise, scopes=["read"])],
    response_model=AgenciesView,
    responses=docs.revised({"revision": 7, "items": [_EXAMPLE]}, *docs.guarded()),
)
async def list_agencies(
    ports: UsePorts, response: Response, if_none_match: IfNoneMatch = None
) -> AgenciesView | Response:
    """Return all agencies, those too that are not active. Needs no database."""
    state = ports.agencies.current
    if knows(if_none_match, state.revision):
        return Response(status_code=304, headers={"ETag": etag(state.revision)})
    response.headers["ETag"] = etag(state.revision)
    return {
        "revision": state.revision,
        "items": [
            agency_view(each, entries.version_of(state, Part.AGENCY, each.code))
            for each in state.directory.agencies
        ],
    }


@router.get(
    "/{code}",
    summary="Read one agency",
    dependencies=[Security(authorise, scopes=["read"])],
    response_model=AgencyView,
    responses=docs.revised(_EXAMPLE, *docs.guarded(), _UNKNOWN),
)
async def read_agency(
    ports: UsePorts, code: EntryCode, response: Response, if_none_match: IfNoneMatch = None
) -> AgencyView | Response:
    """Return one agency. Its ETag header is what a change sends back as `If-Match`."""
    found, version = await entries.find(ports, Agency, Part.AGENCY, code)
    if knows(if_none_match, version):
        return Response(status_code=304, headers={"ETag": etag(version)})
    response.headers["ETag"] = etag(version)
    return agency_view(found, version)


@router.put(
    "/{code}",
    summary="Add or change an agency",
    dependencies=[Security(authorise, scopes=["agencies"])],
    responses=docs.answers(
        _EXAMPLE,
        *docs.guarded(),
        *docs.changing(),
        *docs.with_body("kind"),
        _UNKNOWN,
        entry_changed(Part.AGENCY, docs.AGENCY.code, 7, _EXAMPLE),
        no_base(),
        directory_faulty([docs.FAULT]),
    ),
)
async def put_agency(
    ports: UsePorts,
    audit: UseAudit,
    code: EntryCode,
    body: Annotated[AgencyForm, Body(openapi_examples=docs.usual(docs.without_version(_EXAMPLE)))],
    response: Response,
    if_match: IfMatch = None,
    if_new: IfNew = None,
) -> AgencyView:
    """Have an agency be as the body says, wholly: what is left out is as if it were new.

    `If-Match` changes the one that there is, `If-None-Match: *` adds one. It is never removed, as
    handoffs name it: `active: false` takes it out of all proposals. After a 503 it is to be sent
    again as it was: it is done once.
    """
    agency = body.made()
    version = await entries.put(ports, audit, code, agency, if_match, if_new)
    response.headers["ETag"] = etag(version)
    return agency_view(agency, version)


@router.post(
    "/{code}/secret",
    summary="Make an agency a new signing secret",
    dependencies=[Security(authorise, scopes=["agencies"])],
    responses=docs.answers(
        _SECRET, *docs.guarded(), *docs.changing(), _UNKNOWN, inactive_agency("damkar")
    ),
)
async def make_secret(ports: UsePorts, audit: UseAudit, code: EntryCode) -> SecretView:
    """Return a new secret, which is shown this once. From now on messages are signed with it.

    The one before is good no more: whoever runs the agency's system puts the new one in at once.
    """
    agency, _ = await entries.find(ports, Agency, Part.AGENCY, code)
    if not agency.active:
        raise inactive_agency(code)
    secret = await ports.agencies.new_secret(agency.code)
    audit(Action.AGENCY_SECRET_MADE, code)
    return {"agency": agency.code, "secret": secret}
