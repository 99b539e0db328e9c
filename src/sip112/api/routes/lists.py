"""What operators choose from: the city's lists, and the incident types of its directory."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Security
from pydantic import TypeAdapter

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UseConfig, UsePorts
from sip112.api.lists import shipped
from sip112.api.schemas.lists import ListsView, lists_view
from sip112.directory.files import shipped as shipped_directory

router = APIRouter(
    prefix="/v1",
    tags=["tickets"],
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives("application/json"))],
)


def _example() -> dict[str, object]:
    """Return the first two of each list that comes along."""
    types, lists = shipped_directory().types[:2], shipped().model_dump(mode="json")
    few = shipped().model_validate({name: items[:2] for name, items in lists.items()})
    example: dict[str, object] = TypeAdapter(ListsView).dump_python(
        lists_view(types, few), mode="json"
    )
    return example


@router.get(
    "/lists",
    summary="What there is to choose from",
    responses=docs.answers(_example(), *docs.guarded()),
)
async def read_lists(ports: UsePorts, config: UseConfig) -> ListsView:
    """Return what there is to choose from, as this node knows it. Needs no database.

    The incident types are those of the centre's directory, and change with it; the lists change
    with a restart only. A ticket may say something else: from before a list was changed, or from
    another system.
    """
    return lists_view(ports.agencies.current.directory.types, config.lists)
