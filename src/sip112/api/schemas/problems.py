"""An error as the OpenAPI document describes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.values import doc


class FieldError(TypedDict):
    """What is wrong with one field of a request."""

    where: Annotated[Literal["path", "query", "header", "body"], doc("Part of the request.")]
    field: Annotated[str, doc("Name of the field; empty for the whole part.")]
    detail: Annotated[str, doc("What is wrong with it.")]
    remedy: Annotated[str, doc("What to do about it.")]


class SpotView(TypedDict):
    """A place on the map, in degrees (WGS 84)."""

    latitude: Annotated[float, doc("Latitude.")]
    longitude: Annotated[float, doc("Longitude.")]


class FaultView(TypedDict):
    """What would be wrong with the directory."""

    where: Annotated[str, doc("Place in the directory, counted from 0.")]
    detail: Annotated[str, doc("What is wrong there.")]
    remedy: Annotated[str, doc("What to do about it.")]
    place: Annotated[
        SpotView | None, doc("Where on the map, as where a border crosses itself; else null.")
    ]


class ProblemView(TypedDict):
    """An error (RFC 9457)."""

    type: Annotated[str, doc("Stable name of this kind of error, to branch on.")]
    title: Annotated[str, doc("Phrase of the HTTP status.")]
    status: Annotated[int, doc("HTTP status.")]
    detail: Annotated[str, doc("What went wrong this time.")]
    remedy: Annotated[str, doc("What to do about it.")]
    instance: Annotated[str, doc("Path of the request.")]
    errors: NotRequired[Annotated[list[FieldError], doc("The fields that are wrong (422 only).")]]
    current: NotRequired[
        Annotated[dict[str, Any], doc("What was to be changed, as it is now (412 only).")]
    ]
    faults: NotRequired[
        Annotated[list[FaultView], doc("What would be wrong with the directory (422 only).")]
    ]
    checks: NotRequired[
        Annotated[list[dict[str, Any]], doc("The readiness report (503 of /readyz only).")]
    ]
