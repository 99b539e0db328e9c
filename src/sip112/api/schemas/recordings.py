"""A recording as the API shows it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.values import doc, identifier
from sip112.routing.call import Call

WAV_HEADER: Final = 44
WAV_BYTES_A_SECOND: Final = 16_000
"""As Asterisk writes it."""


class RecordingView(TypedDict):
    """The recording of a call, from its answer on."""

    id: Annotated[str, doc("Identifier, for `/v1/recordings/{id}`.")]
    call: Annotated[str, doc("Identifier of the call.")]
    media_type: Annotated[Literal["audio/wav"], doc("Always `audio/wav`: 8 kHz, 16 bit, mono.")]
    bytes: Annotated[int, doc("Size of the file.")]
    seconds: Annotated[float, doc("How long it plays.")]
    complete: Annotated[bool, doc("Whether the call has ended, and can be heard.")]


def recording_view(call: Call, size: int) -> RecordingView:
    """Return the recording of a call as the API shows it."""
    return {
        "id": identifier(call.id.int),
        "call": identifier(call.id.int),
        "media_type": "audio/wav",
        "bytes": size,
        "seconds": round(max(0, size - WAV_HEADER) / WAV_BYTES_A_SECOND, 1),
        "complete": call.ended_at is not None,
    }


class RecordingList(TypedDict):
    """The recordings of a call."""

    items: Annotated[list[RecordingView], doc("None if nobody answered, or they are removed.")]
