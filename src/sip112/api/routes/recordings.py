"""Recordings: what was said in calls. Who hears one is written into the audit log."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Request, Response, Security

from sip112.api import docs, ranges
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import ApiConfig, Ports, UseConfig, UsePorts
from sip112.api.ports import RecordingFile
from sip112.api.problems.calls import (
    recordings_unavailable,
    still_recording,
    unknown_call,
    unknown_recording,
)
from sip112.api.problems.files import no_such_range
from sip112.api.problems.node import store_unavailable
from sip112.api.schemas.recordings import RecordingList, recording_view
from sip112.people.audit import Action
from sip112.routing.call import Call
from sip112.routing.ids import CallId

router = APIRouter(
    prefix="/v1", tags=["recordings"], dependencies=[Security(authorise, scopes=["recordings"])]
)

_EXAMPLE = recording_view(docs.ENDED, 1_928_044)


@router.get(
    "/calls/{call_id}/recordings",
    summary="List the recordings of a call",
    dependencies=[Depends(gives("application/json"))],
    responses=docs.answers(
        {"items": [_EXAMPLE]},
        *docs.guarded(),
        unknown_call(docs.ENDED.id),
        docs.missing("path", "call_id"),
        store_unavailable(),
        recordings_unavailable(),
    ),
)
async def list_recordings(
    ports: UsePorts,
    config: UseConfig,
    call_id: Annotated[UUID, Path(description="Identifier of the call.")],
) -> RecordingList:
    """Return the recordings of a call: one from the answer on, or none."""
    call = await _call(ports, config, call_id)
    if call is None:
        raise unknown_call(call_id)
    found = await _file(ports, call)
    return {"items": [] if found is None else [recording_view(call, found.size)]}


@router.get(
    "/recordings/{recording_id}",
    summary="Hear a recording",
    dependencies=[Depends(gives("audio/wav"))],
    response_class=Response,
    response_description="The recording, whole or the part that a Range header asks for",
    responses={
        **docs.answers(
            "RIFF...",
            *docs.guarded("audio/wav"),
            unknown_recording(docs.ENDED.id),
            still_recording(docs.ENDED.id),
            no_such_range(1_928_044),
            docs.missing("path", "recording_id"),
            store_unavailable(),
            recordings_unavailable(),
            media_type="audio/wav",
        ),
        304: {"description": "The client has it already, by its ETag"},
        206: {"description": "The part that was asked for", "content": {"audio/wav": {}}},
    },
)
async def hear(
    request: Request,
    ports: UsePorts,
    config: UseConfig,
    audit: UseAudit,
    recording_id: Annotated[UUID, Path(description="Identifier of the recording.")],
    part: Annotated[
        str | None, Header(alias="Range", description="Which bytes, such as `bytes=0-65535`.")
    ] = None,
) -> Response:
    """Return a recording, or a part of it. That it was heard, and by whom, is kept for ever."""
    call = await _call(ports, config, recording_id)
    found = None if call is None else await _file(ports, call)
    if call is None or found is None:
        raise unknown_recording(recording_id)
    if call.ended_at is None:
        raise still_recording(recording_id)
    name = f'inline; filename="{call.ticket_number}.wav"'
    answer = await ranges.answer(
        request, found, f'"{found.tag}"', "audio/wav", {"Content-Disposition": name}
    )
    heard = {"ticket": call.ticket_number} | ({} if part is None else {"range": part[:80]})
    audit(Action.RECORDING_HEARD, str(recording_id), **heard)
    return answer


async def _call(ports: Ports, config: ApiConfig, call_id: UUID) -> Call | None:
    key = CallId(call_id)
    return ports.desk.call(key) or await ports.archive.call(config.centre, key)


async def _file(ports: Ports, call: Call) -> RecordingFile | None:
    try:
        return await ports.recordings.of(call)
    except TimeoutError:
        raise recordings_unavailable() from None
