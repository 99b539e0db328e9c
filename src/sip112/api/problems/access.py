"""Who asks may not, or is not known: tokens, sessions, scopes, pages of another site."""

from __future__ import annotations

from typing import Final

from sip112.api.problems.problem import Problem, unauthorized

_MAKE_ONE: Final = (
    "run `sip112 token`, put the line that it prints into the settings, restart the service."
)


def no_tokens() -> Problem:
    """Return the problem of a service that knows no tokens."""
    return unauthorized(
        "no-tokens",
        "No access token is configured, so the API answers nobody.",
        f"To make one, {_MAKE_ONE}",
    )


def no_token() -> Problem:
    """Return the problem of a request without a token and without a session."""
    return unauthorized(
        "no-token",
        "The request carries no bearer token, and no cookie of a session.",
        "People sign in with POST /v1/session. Machines send the header `Authorization: Bearer "
        f"<token>`; to make a token, {_MAKE_ONE}",
    )


def wrong_token() -> Problem:
    """Return the problem of a token that the service does not know."""
    return unauthorized(
        "wrong-token",
        "The bearer token is not one of this service's.",
        f"Look for a typing error or a missing end. To make a new token, {_MAKE_ONE}",
        ', error="invalid_token"',
    )


def missing_scope(name: str, scope: str, *, is_person: bool = False) -> Problem:
    """Return the problem of a token, or a person, that may not do what the request asks for."""
    challenge = f'Bearer realm="sip112", error="insufficient_scope", scope="{scope}"'
    if is_person:
        detail = f"The roles of {name!r} do not give the scope {scope!r}, which this needs."
        remedy = "Ask somebody whose role gives it, or an administrator for another role."
    else:
        detail = f"The token {name!r} has no scope {scope!r}."
        remedy = f"Use a token with the scope {scope!r}, or add it to this one in the settings."
    return Problem(
        403, "missing-scope", detail, remedy=remedy, headers={"WWW-Authenticate": challenge}
    )


def session_over() -> Problem:
    """Return the problem of a session that has ended, or never was."""
    return unauthorized(
        "session-over",
        "The session has ended: signed out, unused for too long, or the password was changed.",
        "Sign in again with POST /v1/session. Nothing that was sent before is lost.",
    )


def wrong_csrf() -> Problem:
    """Return the problem of a change that does not show that it comes from our page."""
    return Problem(
        403,
        "wrong-csrf",
        "The header X-CSRF-Token is missing, or is not that of this session.",
        remedy="Send `csrf` of GET /v1/session as X-CSRF-Token with everything that is not a GET.",
    )


def other_origin(origin: str) -> Problem:
    """Return the problem of a request that another site's page makes."""
    return Problem(
        403,
        "other-origin",
        f"The request comes from a page of {origin!r}, which is not this service.",
        remedy="Open the console at the service's own address; if that is right, set public_url "
        "to it in the settings.",
    )


def people_only(name: str) -> Problem:
    """Return the problem of a token where a person with a session is meant."""
    return Problem(
        403,
        "people-only",
        f"The token {name!r} is no person, and has no session.",
        remedy="Sign in with POST /v1/session; a token needs no session for what it may do.",
    )


def password_change_needed() -> Problem:
    """Return the problem of a person whose password somebody else has made."""
    return Problem(
        403,
        "password-change-needed",
        "The password was made for one sign-in, and has to be changed first.",
        remedy="Choose a new one with PUT /v1/session/password.",
    )


def not_your_seat(name: str, seat: str, own: str | None) -> Problem:
    """Return the problem of a command for another's seat."""
    sits = f"sits at {own!r}" if own else "sits nowhere"
    return Problem(
        403,
        "not-your-seat",
        f"{name!r} {sits}, and may not command seat {seat!r}.",
        remedy="Sit down there first (PUT /v1/session/seat), or ask a supervisor.",
    )


def not_oneself(name: str, agent: str) -> Problem:
    """Return the problem of a person who wants to log another one in."""
    return Problem(
        403,
        "not-oneself",
        f"{name!r} may log nobody in but themselves, and not {agent!r}.",
        remedy=f"Let {agent!r} sign in, or ask a supervisor.",
    )
