"""Outsiders: people and systems of agencies, who have neither a token nor a session.

A system of an agency signs each message; a person opens a link with a secret in its address. Both
are looked at by the routes, which have the message and the database; the gate only lets them
through to these paths, as somebody who may do nothing anywhere else.
"""

from __future__ import annotations

import re
from typing import Final

from sip112.people.token import Token

MESSAGES: Final = re.compile(r"(?:/centres/[^/]*)?/v1/agency/([^/]*)/messages")
LINKS: Final = re.compile(
    r"(?:/centres/[^/]*)?/v1/agency/links/[^/]+(?:/steps|/notes|/events|/presence)?"
)
MEDIA_TYPES: Final = (
    "application/json",
    "application/cap+xml",
    "application/xml",
    "text/xml",
)
"""Of messages."""


def identify(path: str) -> Token | None:
    """Return who asks for a path of outsiders; None if it is none."""
    if (asked := MESSAGES.fullmatch(path)) is not None:
        return _nobody(f"agency:{asked[1]}")
    return None if LINKS.fullmatch(path) is None else _nobody("whoever has the link")


def takes(media_type: str) -> bool:
    """Whether messages of that media type can be read."""
    return media_type in MEDIA_TYPES or media_type.endswith("+json")


def _nobody(name: str) -> Token:
    return Token(name, "", frozenset())
