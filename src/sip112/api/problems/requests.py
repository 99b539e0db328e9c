"""The request itself is not as it must be: its size, its type, its fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sip112.api.problems.problem import Problem
from sip112.api.schemas.problems import FieldError


def not_acceptable(media_type: str) -> Problem:
    """Return the problem of a client that does not take what there is."""
    return Problem(
        406,
        "not-acceptable",
        f"The request does not accept {media_type}, which is what there is here.",
        remedy=f"Send `Accept: {media_type}`, or no Accept header at all.",
    )


MAX_BODY: Final = "sip112.max_body"
"""Where a request's scope says of how many bytes its body may be."""

_IMPORTS: Final = re.compile(r"/v1/(?P<part>directory|areas)(/|$)")


def too_large(limit: int, path: str = "") -> Problem:
    """Return the problem of a body of more than `limit` bytes, for `path`."""
    by_hand = _IMPORTS.search(path)
    return Problem(
        413,
        "too-large",
        f"The request's body is larger than {limit} bytes.",
        remedy=f"Send at most {limit} bytes."
        if by_hand is None
        else f"Send at most {limit} bytes, or import the file on a machine of the service: "
        f"sip112 {by_hand['part']} import FILE",
        headers={"Connection": "close"},  # or the rest of the body would still be read
    )


def not_json(media_type: str) -> Problem:
    """Return the problem of a body that is not said to be JSON."""
    return Problem(
        415,
        "not-json",
        f"The request's body is {media_type or 'of no stated type'}, which this API does not take.",
        remedy="Send JSON with the header `Content-Type: application/json` (for a PATCH also "
        "application/merge-patch+json).",
        headers={"Accept-Patch": "application/json, application/merge-patch+json"},
    )


def malformed(error: str, place: int) -> Problem:
    """Return the problem of a body that is not JSON."""
    return Problem(
        400,
        "malformed",
        f"The request's body is not JSON: {error} at character {place}.",
        remedy="Correct it there and send it again.",
    )


_REMEDIES: Final[dict[str, str]] = {
    "missing": "Add it.",
    "extra_forbidden": "Leave it out, or correct its name; the OpenAPI document has the list.",
    "timezone_aware": "Add the zone, such as Z or +07:00 (in a query the + is written %2B).",
    "datetime_from_date_parsing": "Write it like 2026-11-22T03:15:00Z (in a query a + is "
    "written %2B).",
    "datetime_parsing": "Write it like 2026-11-22T03:15:00Z (in a query a + is written %2B).",
    "string_pattern_mismatch": "Use only the characters that the pattern allows (in a query a + "
    "is written %2B).",
    "too_short": "Give more.",
    "too_long": "Give fewer.",
    "string_too_short": "Make it longer.",
    "string_too_long": "Make it shorter.",
    "cursor": "Take `next` of the page before as it is; leave it out to start at the newest.",
    "uuid_parsing": "Give the id as the API shows it, such as "
    "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44.",
}


def _field_error(error: Mapping[str, Any]) -> FieldError:
    where, *path = error["loc"]
    message = str(error["msg"]).removeprefix("Value error, ")
    return {
        "where": where,
        "field": ".".join(map(str, path)),
        "detail": message,
        "remedy": _REMEDIES.get(error["type"], "Correct it accordingly."),
    }


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the problem of fields that are not as they must be, as pydantic reports them."""
    if any(error["type"] == "json_invalid" for error in errors):
        return malformed(errors[0]["ctx"]["error"], errors[0]["loc"][-1])
    # `input` stays out: it may hold a caller's number, and a log may get the answer
    fields = [_field_error(error) for error in errors]
    first = fields[0]
    name = f"{first['where']}.{first['field']}" if first["field"] else first["where"]
    more = f" (and {len(fields) - 1} more)" if fields[1:] else ""
    return Problem(
        422,
        "invalid",
        f"{name}: {first['detail']}{more}",
        remedy=first["remedy"] if not more else "Correct every field that `errors` names.",
        errors=fields,
    )
