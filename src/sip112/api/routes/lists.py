"""The city's lists, from which operators choose."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UseConfig
from sip112.api.lists import Lists, shipped

router = APIRouter(
    prefix="/v1",
    tags=["tickets"],
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives("application/json"))],
)


def _example() -> dict[str, object]:
    """Return the first two of each list that comes along."""
    document = shipped().model_dump(mode="json")
    return {name: items[:2] for name, items in document.items()}


@router.get(
    "/lists",
    summary="What there is to choose from",
    responses=docs.answers(_example(), *docs.guarded()),
)
async def read_lists(config: UseConfig) -> Lists:
    """Return the city's lists, which change with a restart only. Needs no database.

    A ticket may say something else: from before a list was changed, or from another system.
    """
    return config.lists
