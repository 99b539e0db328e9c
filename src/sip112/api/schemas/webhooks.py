"""What agencies' systems are sent, as the OpenAPI document describes it."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.values import Time, doc
from sip112.dispatch.handoff import MessageKind


class HandoffData(TypedDict):
    """What a message is about."""

    handoff: Annotated[str, doc("Identifier of the handoff, by which the agency answers.")]
    ticket: Annotated[str, doc("Number of the ticket, as people say it.")]
    agency: Annotated[str, doc("Code of the agency in the centre's directory.")]
    answer_url: Annotated[
        str | None, doc("Where people of the agency answer without an account; a secret of theirs.")
    ]
    eido: Annotated[
        dict[str, Any], doc("The whole incident as EIDO JSON (NENA-STA-021.1b); docs/formats.md.")
    ]
    reason: NotRequired[
        Annotated[str, doc("To another centre alone: why it is taken back; else empty.")]
    ]
    timeline: NotRequired[
        Annotated[
            dict[str, Any],
            doc("To another centre alone: what happened in this one; docs/neighbours.md."),
        ]
    ]


class HandoffMessage(TypedDict):
    """A message to an agency's system."""

    type: Annotated[MessageKind, doc("What it tells.")]
    timestamp: Annotated[Time, doc("When it was made; ISO 8601 with an offset.")]
    data: Annotated[HandoffData, doc("What it is about.")]
