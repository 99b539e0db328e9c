"""What there is to choose from: the city's lists, and the incident types of its directory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.lists import Choice, ChoiceName, Lists
from sip112.api.schemas.values import doc
from sip112.dispatch.directory import IncidentType


class TypeChoice(TypedDict):
    """One kind of incident."""

    code: Annotated[str, doc("What is stored and counted.")]
    name: Annotated[ChoiceName, doc("What people read.")]
    parent: Annotated[str | None, doc("The kind that it belongs to; null is a kind by itself.")]
    severity: Annotated[str | None, doc("The severity that is proposed with it.")]


class ListsView(TypedDict):
    """What there is to choose from, each list in the order in which it is to be shown."""

    incident_types: Annotated[
        list[TypeChoice],
        doc("What happened. Two levels; each kind comes before those that belong to it."),
    ]
    severities: Annotated[tuple[Choice, ...], doc("How bad it is, the worst first.")]
    dispositions: Annotated[tuple[Choice, ...], doc("What became of it.")]
    languages: Annotated[
        tuple[Choice, ...],
        doc("Languages of callers, by ISO 639; skills of seats are named the same."),
    ]
    pause_reasons: Annotated[tuple[Choice, ...], doc("Why a seat takes no calls.")]


def lists_view(types: Sequence[IncidentType], lists: Lists) -> ListsView:
    """Show what there is to choose from."""
    return {
        "incident_types": [
            {
                "code": each.code,
                "name": ChoiceName(id=each.name["id"], en=each.name["en"]),
                "parent": each.parent,
                "severity": each.severity,
            }
            for each in types
        ],
        "severities": lists.severities,
        "dispositions": lists.dispositions,
        "languages": lists.languages,
        "pause_reasons": lists.pause_reasons,
    }
