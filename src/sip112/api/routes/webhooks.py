"""What agencies' systems are sent, as the OpenAPI document describes it. Nothing is served here.

`sip112.handoff.letters` writes it, and docs/webhooks.md says how it is signed and repeated.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Header

from sip112.api.schemas.webhooks import HandoffMessage
from sip112.dispatch.handoff import MessageKind

router = APIRouter()

_SAYS: Final = {
    MessageKind.REQUEST: "An incident is passed on to the agency",
    MessageKind.UPDATE: "An incident on which the agency acts has changed",
    MessageKind.CANCEL: "The agency needs to act no more",
}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    "2XX": {"description": "The agency's system has it, and keeps its `webhook-id`."},
    "4XX": {"description": "Refused for good, but 408, 409, 425 and 429: it is not sent again."},
    "5XX": {"description": "Not now: it is sent again, with growing pauses, for a day."},
}


async def _message(
    body: Annotated[HandoffMessage, Body()],
    webhook_id: Annotated[
        str, Header(description="The message's idempotency key: the same at every try.")
    ],
    webhook_timestamp: Annotated[
        str, Header(description="When this try was made: whole seconds since 1970.")
    ],
    webhook_signature: Annotated[
        str, Header(description="`v1,` and the signature (Standard Webhooks).")
    ],
) -> None:
    """Take in a message; the incident is in it as a whole, so that one that was missed is no loss.

    Messages of one handoff come in order. The agency answers at
    `POST /v1/agency/{agency}/messages`, or people by the link `answer_url`.
    """


for _kind, _summary in _SAYS.items():
    router.post(
        _kind.value,
        summary=_summary,
        operation_id=_kind.value,
        tags=["agency"],
        status_code=204,
        responses=_ANSWERS,
    )(_message)
