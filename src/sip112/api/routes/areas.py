"""Areas: where agencies act, as borders on the map."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Response, Security
from pydantic_core import to_json

from sip112.api import docs, entries
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import MAX_IMPORT, UsePorts
from sip112.api.entries import EntryCode, IfMatch, IfNew, IfNoneMatch
from sip112.api.etags import etag, knows
from sip112.api.imports import ImportRoute
from sip112.api.problems.directory import directory_faulty, entry_changed, no_base, unknown_entry
from sip112.api.schemas.directory import AreasView, AreaView, area_item, area_view
from sip112.directory.forms import AreaForm
from sip112.dispatch.directory import Area, Part

router = APIRouter(
    prefix="/v1/areas",
    tags=["agencies"],
    dependencies=[Depends(gives("application/json"))],
    route_class=ImportRoute,
)

_ITEM: Final = area_item(docs.AREA, 7)
_EXAMPLE: Final = area_view(docs.AREA, 7)
_UNKNOWN: Final = unknown_entry(Part.AREA, "nowhere")
_CHANGED: Final = entry_changed(Part.AREA, docs.AREA.code, 7, _ITEM)


async def _shown(area: Area, version: int) -> Response:
    """Return an area as an answer. To write a long border takes time: a thread does it."""
    content = await asyncio.to_thread(to_json, area_view(area, version))
    return Response(content, media_type="application/json", headers={"ETag": etag(version)})


@router.get(
    "",
    summary="List areas",
    dependencies=[Security(authorise, scopes=["read"])],
    response_model=AreasView,
    responses=docs.revised({"revision": 7, "items": [_ITEM]}, *docs.guarded()),
)
async def list_areas(
    ports: UsePorts, response: Response, if_none_match: IfNoneMatch = None
) -> AreasView | Response:
    """Return all areas, without their borders. Needs no database."""
    state = ports.agencies.current
    if knows(if_none_match, state.revision):
        return Response(status_code=304, headers={"ETag": etag(state.revision)})
    response.headers["ETag"] = etag(state.revision)
    return {
        "revision": state.revision,
        "items": [
            area_item(each, entries.version_of(state, Part.AREA, each.code))
            for each in state.directory.areas
        ],
    }


@router.get(
    "/{code}",
    summary="Read one area with its border",
    dependencies=[Security(authorise, scopes=["read"])],
    response_model=AreaView,
    responses=docs.revised(_EXAMPLE, *docs.guarded(), _UNKNOWN),
)
async def read_area(
    ports: UsePorts, code: EntryCode, if_none_match: IfNoneMatch = None
) -> Response:
    """Return one area. Its ETag header is what a change sends back as `If-Match`."""
    found, version = await entries.find(ports, Area, Part.AREA, code)
    if knows(if_none_match, version):
        return Response(status_code=304, headers={"ETag": etag(version)})
    return await _shown(found, version)


@router.put(
    "/{code}",
    summary="Add or change an area",
    dependencies=[Security(authorise, scopes=["agencies"])],
    response_model=AreaView,
    responses=docs.answers(
        _EXAMPLE,
        *docs.guarded(),
        *docs.changing(),
        *docs.with_body("name", MAX_IMPORT),
        _UNKNOWN,
        _CHANGED,
        no_base(),
        directory_faulty([docs.FAULT]),
    ),
)
async def put_area(
    ports: UsePorts,
    audit: UseAudit,
    code: EntryCode,
    body: Annotated[AreaForm, Body(openapi_examples=docs.usual(docs.without_version(_EXAMPLE)))],
    if_match: IfMatch = None,
    if_new: IfNew = None,
) -> Response:
    """Have an area be as the body says, wholly.

    `If-Match` changes the one that there is, `If-None-Match: *` adds one. A body may have 8 MB
    here. After a 503 it is to be sent again as it was: it is done once.
    """
    area = body.made()
    return await _shown(area, await entries.put(ports, audit, code, area, if_match, if_new))


@router.delete(
    "/{code}",
    summary="Remove an area",
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
async def remove_area(
    ports: UsePorts, audit: UseAudit, code: EntryCode, if_match: IfMatch = None
) -> None:
    """Remove an area in which no agency acts by now."""
    await entries.remove(ports, audit, Part.AREA, code, if_match)
