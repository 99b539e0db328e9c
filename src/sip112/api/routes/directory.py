"""The directory of a centre as a whole: read as a file, and written as one."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import MAX_IMPORT, UsePorts
from sip112.api.entries import IfMatch, IfNoneMatch
from sip112.api.etags import etag, knows, versions
from sip112.api.imports import ImportRoute
from sip112.api.problems.directory import directory_changed, directory_faulty, no_base
from sip112.api.schemas.directory import (
    ReplacedView,
    agency_view,
    type_view,
)
from sip112.directory.files import write
from sip112.directory.forms import DirectoryForm
from sip112.dispatch.errors import DirectoryChanged, DirectoryFaulty
from sip112.people.audit import Action

router = APIRouter(
    prefix="/v1/directory",
    tags=["agencies"],
    dependencies=[Depends(gives("application/json"))],
    route_class=ImportRoute,
)

_EXAMPLE: Final = {
    "agencies": [docs.without_version(agency_view(docs.AGENCY, 0))],
    "incident_types": [docs.without_version(type_view(docs.INCIDENT_TYPE, 0))],
    "areas": [],
}


@router.get(
    "",
    summary="Export the directory",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.revised(_EXAMPLE, *docs.guarded(), schema="DirectoryForm"),
)
async def read_directory(ports: UsePorts, if_none_match: IfNoneMatch = None) -> Response:
    """Return agencies, incident types and areas as a file that can be imported again.

    It is the file of `sip112 directory export`. What is signed with is not in it. Needs no
    database.
    """
    state = ports.agencies.current
    headers = {"ETag": etag(state.revision)}
    if knows(if_none_match, state.revision):
        return Response(status_code=304, headers=headers)
    content = await asyncio.to_thread(write, state.directory)
    return Response(content, media_type="application/json", headers=headers)


@router.put(
    "",
    summary="Import a directory",
    dependencies=[Security(authorise, scopes=["agencies"])],
    responses=docs.answers(
        {"revision": 8},
        *docs.guarded(),
        *docs.changing(),
        *docs.with_body("agencies", MAX_IMPORT),
        directory_changed(7),
        no_base(),
        directory_faulty([docs.FAULT]),
    ),
)
async def put_directory(
    ports: UsePorts,
    audit: UseAudit,
    body: Annotated[DirectoryForm, Body(openapi_examples=docs.usual(_EXAMPLE))],
    response: Response,
    if_match: IfMatch = None,
) -> ReplacedView:
    """Have the directory say what the body says; of a part that it leaves out nothing changes.

    Agencies that it does not name become inactive; types and areas are removed. A body may have
    8 MB here; a directory that is longer is imported on a machine of the service, with `sip112
    directory import`.
    """
    if if_match is None or if_match.strip() == "*":  # "*" would overwrite unseen changes
        raise no_base()
    state = await ports.agencies.fresh()
    if state.revision not in versions(if_match):
        raise directory_changed(state.revision)
    try:
        new = await asyncio.to_thread(lambda: body.made().onto(state.directory))
        revision = await ports.agencies.replace(new, audit.who, state.revision)
    except DirectoryChanged as changed:
        raise directory_changed(changed.revision) from None
    except DirectoryFaulty as error:
        raise directory_faulty(error.faults) from None
    if revision != state.revision:
        audit(
            Action.DIRECTORY_REPLACED,
            "directory",
            **{"from": state.revision, "to": revision},
        )
    response.headers["ETag"] = etag(revision)
    return {"revision": revision}
