"""Calls that the desk has Asterisk start: to a seat's phone or a number outside, and what for."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from sip112.routing.ids import SeatId
from sip112.routing.value import value

_NUMBER: Final = re.compile(r"[0-9]{2,20}")


class Purpose(StrEnum):
    """Where whoever answers such a call is taken."""

    ROOM = "room"
    """Into the room of a caller, as a further party."""
    SPY = "spy"
    """To the call of a seat, to listen."""
    CALLBACK = "callback"
    """To somebody who is called back."""


@value
class Line:
    """Who is called: a seat, or a number outside; one of the two."""

    seat: SeatId | None = None
    number: str | None = None

    def __str__(self) -> str:
        """Return the seat's name or the number."""
        return self.seat or self.number or ""


def is_number(text: str) -> bool:
    """Whether `text` can be called outside: digits only, whatever the dialplan then allows."""
    return _NUMBER.fullmatch(text) is not None
