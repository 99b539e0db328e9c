"""Problems of supervisors who listen."""

from __future__ import annotations

from sip112.api.problems.problem import Problem


def no_own_seat(name: str, *, is_person: bool) -> Problem:
    """Return the problem of a supervisor without a phone: it is the seat that has one."""
    if not is_person:
        said = f"The token {name!r} sits nowhere, and names no seat whose phone is to listen."
        return Problem(409, "no-own-seat", said, remedy="Name it in `seat`.")
    remedy = "Sit down at a seat with a phone first (PUT /v1/session/seat)."
    return Problem(409, "no-own-seat", f"{name!r} sits nowhere.", remedy=remedy)
