"""A call, its callback or its recording is not there, or not yet."""

from __future__ import annotations

from sip112.api.problems.problem import RETRY_AFTER, Problem


def unknown_call(call: object) -> Problem:
    """Return the problem of a call that does not exist."""
    return Problem(
        404,
        "unknown-call",
        f"There is no call {str(call)!r} in this centre.",
        remedy="See GET /v1/calls for those there are.",
    )


def unknown_callback(callback: object) -> Problem:
    """Return the problem of a callback that there is not, or that is over."""
    return Problem(
        404,
        "unknown-callback",
        f"Nobody is to be called back for {str(callback)!r} in this centre.",
        remedy="See GET /v1/callbacks. Who called again, or was reached, is not on the list.",
    )


def unknown_recording(recording: object) -> Problem:
    """Return the problem of a call that has no recording."""
    return Problem(
        404,
        "unknown-recording",
        f"There is no recording {str(recording)!r} in this centre, or none any more.",
        remedy="See GET /v1/calls/{call}/recordings for those of a call. Old ones are removed "
        "after the days that the settings name.",
    )


def still_recording(recording: object) -> Problem:
    """Return the problem of a recording whose call goes on."""
    return Problem(
        409,
        "still-recording",
        f"The call of recording {str(recording)!r} has not ended, nor has its recording.",
        remedy="Try again when the call has ended.",
    )


def recordings_unavailable() -> Problem:
    """Return the problem of a disk that does not answer."""
    return Problem(
        503,
        "recordings-unavailable",
        "The disk with the recordings does not answer.",
        remedy="Try again later. Whoever runs the service finds more at /readyz.",
        headers={"Retry-After": RETRY_AFTER},
    )
