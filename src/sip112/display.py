"""What a phone displays of a ticket, in the words of its kind. Pure.

A caller decides what stands in their name: whatever reads these words must find it to be text.
Some go to phones through Asterisk, and some from the API; both edges find them here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from xml.sax.saxutils import escape

from sip112.routing.call import Caller
from sip112.routing.ids import TicketNumber
from sip112.routing.seat import Profile
from sip112.routing.value import value

SHOWN_S: Final = 60
"""Seconds after which a phone that is told so leaves the ticket by itself."""

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_BODIES: Final = {
    Profile.YEALINK: f'<YealinkIPPhoneTextScreen Beep="no" Timeout="{SHOWN_S}" wrapTitle="yes">'
    "<Title>{title}</Title><Text>{text}</Text></YealinkIPPhoneTextScreen>",
    Profile.SNOM: "<SnomIPPhoneText><Title>{title}</Title><Text>{text}</Text></SnomIPPhoneText>",
}
MEDIA_TYPES: Final = {
    Profile.YEALINK: "application/xml",
    Profile.SNOM: "application/snomxml",
}
"""The kinds of XML that there are, and how phones want each to be called."""

_LOOKS_LIKE: Final = str.maketrans("&<>", "+()")


@value
class Shown:
    """What is shown of a ticket."""

    number: TicketNumber
    caller: Caller
    waited_s: int
    """How long the caller has waited, seconds."""

    @property
    def text(self) -> str:
        """Return who calls and how long they have waited: all but the ticket's number."""
        who = " ".join(filter(None, (self.caller.number, self.caller.name))) or "112 (-)"
        return f"{who} ({self.waited_s} s)"


def line(shown: Shown) -> str:
    """Return the ticket as one line of text."""
    return f"{shown.number} {shown.text}"


def screen(shown: Shown, kind: Profile) -> str:
    """Return the ticket as a page of XML, on one line. KeyError for what is no kind of XML."""
    return _filled(shown, kind, escape)


def screen_without_entities(shown: Shown, kind: Profile) -> str:
    """Return the same page for a way that cannot carry an ``&``, and so no entity of XML.

    What would need one is written with a sign that looks like it.
    """
    return _filled(shown, kind, lambda text: text.translate(_LOOKS_LIKE))


def _filled(shown: Shown, kind: Profile, safe: Callable[[str], str]) -> str:
    def clean(text: str) -> str:
        return safe("".join(filter(str.isprintable, text)))  # XML has no word for the others

    return _HEAD + _BODIES[kind].format(title=clean(shown.number), text=clean(shown.text))
