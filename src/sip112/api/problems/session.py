"""Signing in, changing one's password and sitting down go wrong."""

from __future__ import annotations

import math

from sip112.api.problems.problem import RETRY_AFTER, Problem, unauthorized


def wrong_credentials() -> Problem:
    """Return the problem of a sign-in with a wrong password, or as nobody."""
    return unauthorized(
        "wrong-credentials",
        "The login name or the password is wrong.",
        "Type both again. Who has forgotten the password asks an administrator for a new one.",
    )


def too_many_attempts(seconds: float) -> Problem:
    """Return the problem of passwords that are tried too fast."""
    wait = math.ceil(seconds)
    return Problem(
        429,
        "too-many-attempts",
        "Too many attempts to sign in.",
        remedy=f"Try again in {wait} s.",
        headers={"Retry-After": str(wait)},
    )


def account_locked(seconds: float) -> Problem:
    """Return the problem of a person who has given too many wrong passwords."""
    wait = math.ceil(seconds)
    return Problem(
        403,
        "account-locked",
        "Too many wrong passwords: nobody can sign in under this name for now.",
        remedy=f"Try again in {math.ceil(wait / 60)} minutes, or have an administrator reset the "
        "password, which ends this at once.",
        headers={"Retry-After": str(wait)},
    )


def cannot_sign_in() -> Problem:
    """Return the problem of a sign-in while the database does not answer."""
    return Problem(
        503,
        "store-unavailable",
        "The database does not answer, so that nobody can sign in now. Who is signed in goes on "
        "working, and calls are routed all the same.",
        remedy="Try again in a moment. Whoever runs the service finds the cause at /readyz.",
        headers={"Retry-After": RETRY_AFTER},
    )


def wrong_password() -> Problem:
    """Return the problem of a change of password without the old one."""
    return Problem(
        403,
        "wrong-password",
        "The old password is wrong; nothing was changed.",
        remedy="Type it again. Who has forgotten it asks an administrator for a new one.",
    )


def weak_password(why: str) -> Problem:
    """Return the problem of a new password that is too easy to guess."""
    return Problem(
        422,
        "weak-password",
        f"The new password does not do: {why}.",
        remedy="Choose a longer one, such as four words that do not belong together.",
    )


def seat_in_use(seat: str, agent: str, since: str) -> Problem:
    """Return the problem of a seat at which somebody else's session sits."""
    return Problem(
        409,
        "seat-in-use",
        f"{agent!r} sits at seat {seat!r} since {since}.",
        remedy="Take another seat, or send `take_over: true`: the other one is told.",
        agent=agent,
        since=since,
    )
