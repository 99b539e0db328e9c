"""People cannot be changed as asked."""

from __future__ import annotations

from collections.abc import Sequence

from sip112.api.problems.problem import Problem


def unknown_person(agent: str) -> Problem:
    """Return the problem of a person who does not exist, or works elsewhere."""
    return Problem(
        404,
        "unknown-person",
        f"There is no person {agent!r} at your centres.",
        remedy="See GET /v1/people for those there are.",
    )


def person_exists(agent: str) -> Problem:
    """Return the problem of a login name that somebody has."""
    return Problem(
        409,
        "person-exists",
        f"Somebody has the login name {agent!r}, perhaps at another centre or not active any more.",
        remedy="Choose another one. Who has forgotten the password needs no new name: "
        "POST /v1/people/{person}/password-reset.",
    )


def last_administrator(agent: str) -> Problem:
    """Return the problem of a change after which nobody could change people."""
    return Problem(
        409,
        "last-administrator",
        f"{agent!r} is the last active administrator there.",
        remedy="Make somebody else an administrator of the same centres first.",
    )


def inactive_person(agent: str) -> Problem:
    """Return the problem of a password for somebody who may not sign in."""
    return Problem(
        409,
        "inactive-person",
        f"{agent!r} may not sign in, so that a new password is of no use.",
        remedy="Let the person sign in again first: PATCH /v1/people/{person} with "
        '{"active": true}.',
    )


def beyond_your_centres(name: str, centres: Sequence[str]) -> Problem:
    """Return the problem of an administrator of some centres who reaches beyond them."""
    return Problem(
        403,
        "beyond-your-centres",
        f"{name!r} administers {', '.join(centres)} alone, and nobody who works elsewhere too, "
        "or everywhere.",
        remedy="Name centres of yours, or ask an administrator of all centres.",
    )
