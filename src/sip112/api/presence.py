"""What a page of an agency says of itself, taken down where it is asked for (see `pages`)."""

from __future__ import annotations

from typing import Final

from fastapi import Body

from sip112.api.pages import Pages, Whose
from sip112.api.schemas.agency import PagePresence
from sip112.dispatch.ids import HandoffId
from sip112.routing.ids import Instant

SAID: Final = Body(
    openapi_examples={
        "open": {
            "summary": "It is looked at",
            "value": {"page": "5c1e0f6a2b7d", "standing": "front"},
        }
    }
)
"""Where it stands in a request."""


def heard(pages: Pages, whose: Whose, handoff: HandoffId | None, said: PagePresence) -> None:
    """Take it that a page is there, or is not any more."""
    if said.standing == "gone":
        pages.gone(whose, said.page)
        return
    shown_at = None if said.shown_at is None else Instant(said.shown_at.timestamp())
    pages.heard(
        whose,
        said.page,
        in_front=said.standing == "front",
        handoff=handoff,
        shown_at=shown_at,
    )
