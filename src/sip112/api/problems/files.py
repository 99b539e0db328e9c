"""A file is not there, or not so long."""

from __future__ import annotations

from sip112.api.problems.problem import Problem


def unknown_map() -> Problem:
    """Return the problem of a map file that is not, or no longer, the centre's."""
    return Problem(
        404,
        "unknown-map",
        "This is not the map file that there is now.",
        remedy="Read GET /v1/map: it says where the map is, or that there is none.",
    )


def no_such_range(size: int) -> Problem:
    """Return the problem of a request for bytes beyond the end of a file."""
    return Problem(
        416,
        "no-such-range",
        f"The file has {size} bytes, and none of those that Range names.",
        remedy="Ask for bytes that there are; Content-Range says how many.",
        headers={"Content-Range": f"bytes */{size}"},
    )


def unknown_asset() -> Problem:
    """Return the problem of a file that the console does not have."""
    return Problem(
        404,
        "unknown-asset",
        "The console has no such file.",
        remedy="Load the page again: the console was built anew since.",
    )
