"""Asterisk cannot do what it is asked for, or does not say."""

from __future__ import annotations

from sip112.api.problems.problem import RETRY_AFTER, Problem


def pbx_unavailable(name: str, said: str, detail: str) -> Problem:
    """Return the problem of a PBX that cannot, or will not, do what it is asked for."""
    more = f" It said: {detail}" if detail else ""
    return Problem(
        503,
        name,
        said + more,
        remedy="Try again in a moment. If it stays so, run `sip112 check`: it says what is wrong "
        "with the PBX and what to do about it.",
        headers={"Retry-After": RETRY_AFTER},
    )


def pbx_timeout() -> Problem:
    """Return the problem of a command that Asterisk did not confirm in time."""
    return Problem(
        504,
        "pbx-timeout",
        "Asterisk did not confirm the command in time. It may still come into effect.",
        remedy="Read the seat to see whether it did. If not, try again; if that happens often, "
        "run `sip112 check`.",
    )


def no_way_outside(number: str) -> Problem:
    """Return the problem of a number that no Asterisk can call."""
    return Problem(
        409,
        "no-way-outside",
        f"No Asterisk of this centre can call {number}.",
        remedy="Whoever runs the PBX adds the extension to its context [sip112-outside], and a user"
        " who may start calls (SIP112_AMI_DESK_SECRET); `sip112 check` tells what is missing.",
    )
