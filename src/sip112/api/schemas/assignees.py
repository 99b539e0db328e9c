"""Whose a ticket is, whose it is to be, and who can have one."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.inputs import BodyModel, Name
from sip112.api.schemas.values import doc
from sip112.people.roles import Role
from sip112.routing.ids import AgentId


class AssigneeView(TypedDict):
    """Whose a ticket is."""

    id: Annotated[str, doc("Login name.")]
    name: Annotated[
        str, doc("As colleagues read it; the login name if there is no such person (any more).")
    ]


def assignee_view(agent: AgentId | None, name: str | None) -> AssigneeView | None:
    """Return whose a ticket is as the API shows it."""
    return None if agent is None else {"id": agent, "name": name or agent}


class AssigneeBody(BodyModel):
    """Whose a ticket is to be."""

    agent: Annotated[Name, doc("Login name of somebody who handles tickets at this centre.")]


class CandidateView(TypedDict):
    """Somebody who can have tickets of the centre."""

    id: Annotated[str, doc("Login name.")]
    name: Annotated[str, doc("As colleagues read it.")]
    roles: Annotated[list[Role], doc("What the person is.")]
    seat: Annotated[str | None, doc("Where they are on duty; null is off duty, or not known here.")]


class CandidatesView(TypedDict):
    """Who can have tickets of the centre."""

    items: Annotated[list[CandidateView], doc("By name; who is on duty first.")]
