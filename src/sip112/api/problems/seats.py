"""A seat or its telephone is not known, or has no call."""

from __future__ import annotations

from sip112.api.problems.problem import Problem


def unknown_seat(seat: str) -> Problem:
    """Return the problem of a seat that does not exist."""
    return Problem(
        404,
        "unknown-seat",
        f"There is no seat {seat!r}.",
        remedy="See GET /v1/seats for those there are; seats come from the settings.",
    )


def no_phone_key(seat: str) -> Problem:
    """Return the problem of a telephone of which the settings know no key."""
    return Problem(
        404,
        "no-phone-key",
        f"The settings have no seat {seat!r} with a phone_key.",
        remedy="Look for a typing error in the address that the telephone calls. To make a key, run"
        " `sip112 phone-key SEAT`, put the line that it prints into the settings, restart the"
        " service.",
    )


def wrong_phone_key(seat: str) -> Problem:
    """Return the problem of a telephone whose address has no key, or another one's."""
    return Problem(
        403,
        "wrong-phone-key",
        f"The key in the address is not that of the telephone of seat {seat!r}.",
        remedy="Compare the address with the one that `sip112 phone-key` printed: it ends in"
        " key=...; to make a new one, run it again.",
    )


def no_call_rings(seat: str) -> Problem:
    """Return the problem of a telephone that asks for a ticket while it has no 112 call."""
    return Problem(
        404,
        "no-call",
        f"Seat {seat!r} has no 112 call now, or none from that number.",
        remedy="None is needed if the telephone rang for another call.",
    )
