"""The centre is not clear, not here, or not for who asks."""

from __future__ import annotations

from collections.abc import Sequence

from sip112.api.problems.problem import Problem


def which_centre(centres: Sequence[str]) -> Problem:
    """Return the problem of a request that does not say which of several centres it means."""
    return Problem(
        400,
        "which-centre",
        f"This node serves several centres: {', '.join(centres)}.",
        remedy=f"Ask at /centres/{centres[0]}/v1/..., or use a token for one centre alone.",
    )


def unknown_centre(centre: str) -> Problem:
    """Return the problem of a centre that is not served."""
    return Problem(
        404,
        "unknown-centre",
        f"This node does not serve a centre {centre!r}.",
        remedy="Look for a typing error, or ask a node that serves it.",
    )


def other_centres(name: str) -> Problem:
    """Return the problem of a token, or a person, for other centres."""
    return Problem(
        403,
        "other-centres",
        f"{name!r} is for other centres.",
        remedy="Use a token for this centre, or add the centre to this one's in the settings. "
        "People are given centres by an administrator.",
    )


def centre_elsewhere(owner: str | None = None) -> Problem:
    """Return the problem of a node that does not own the centre, nor reaches the one that does."""
    said = f"its owner at {owner} does not answer" if owner else "nobody owns it at the moment"
    return Problem(
        503,
        "centre-elsewhere",
        f"This node does not own the centre, and {said}.",
        remedy="Try again in a moment: another node takes the centre over within seconds.",
        headers={"Retry-After": "1"},
    )
