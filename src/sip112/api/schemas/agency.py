"""What an agency is shown of what it was asked for."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.values import Time, doc, identifier, time
from sip112.dispatch.handoff import Handoff, Step, may_follow


class AnsweredView(TypedDict):
    """How a handoff stands, as the agency itself is told: nothing of the centre's own."""

    handoff: Annotated[str, doc("Identifier of the handoff (UUID).")]
    step: Annotated[Step, doc("How far it has come.")]
    since: Annotated[Time, doc("When it came to that step.")]
    ended: Annotated[bool, doc("Whether nothing more will come of it.")]
    following: Annotated[list[Step], doc("What the agency may say next.")]


def answered_view(handoff: Handoff) -> AnsweredView:
    """Return how a handoff stands."""
    return {
        "handoff": identifier(handoff.id.int),
        "step": handoff.step,
        "since": time(handoff.since),
        "ended": handoff.ended,
        "following": list(may_follow(handoff.step)),
    }
