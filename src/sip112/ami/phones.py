"""Passwords of browser phones in Asterisk's words, without I/O.

Asterisk holds them in AstDB, where PJSIP looks for what ``pjsip.conf`` does not have
(``sorcery-sip112.conf``). AMI may read and delete there without any right that is worth having,
and not write: what is to be written is said in a global variable, out of which the watchdog
takes it, twice a second (``[sip112-watch]``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from sip112.ami.actions import AmiAction
from sip112.ami.protocol import Message
from sip112.routing.ids import Instant, SeatId
from sip112.routing.value import value

FAMILY: Final = "sip112-phone"
"""AstDB family, as ``sorcery-sip112.conf`` has it; not that of the notes, which is recorded."""
REALM: Final = "sip112"
PROBE: Final = "AST_SORCERY(res_pjsip,auth,sip112-probe,username)"
"""What is not empty if PJSIP looks into AstDB, since the watchdog has put this one there."""

_GIVEN: Final = "GLOBAL(SIP112_PHONES)"
_KEY: Final = f"/{FAMILY}/auth/"

LIST: Final[AmiAction] = {"Action": "DBGetTree", "Family": FAMILY}
"""Asks for all that Asterisk holds."""
UNTAKEN: Final[AmiAction] = {"Action": "Getvar", "Variable": _GIVEN}
"""Asks for what the watchdog has not taken yet."""


@value
class Grant:
    """That a seat's phone may register, with a password of which only the hash is kept."""

    seat: SeatId
    ha1: str
    """``MD5(seat:realm:password)``, as digest authentication has it."""
    until: Instant
    """When it ends, in whole seconds: that is for the service to see to."""


def grant(seat: SeatId, password: str, until: Instant) -> Grant:
    """Return the grant of a password to a seat."""
    text = f"{seat}:{REALM}:{password}"
    ha1 = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # SIP's digest, RFC 3261
    return Grant(seat, ha1, Instant(int(until)))


def give(grants: Iterable[Grant]) -> AmiAction:
    """Return the action that has the watchdog write `grants`."""
    said = ",".join(f"{each.seat}/{each.ha1}/{int(each.until)}" for each in grants)
    return {"Action": "Setvar", "Variable": _GIVEN, "Value": said}


def take_back(seat: SeatId) -> AmiAction:
    """Return the action that ends a seat's grant."""
    return {"Action": "Setvar", "Variable": f"DB_DELETE({FAMILY}/auth/{seat})", "Value": "1"}


def grants(items: Iterable[Message]) -> dict[SeatId, Grant]:
    """Return what Asterisk holds, by seat, from the items that answer `LIST`.

    What cannot be read is a grant that nobody gave, and over since ever.
    """
    found: dict[SeatId, Grant] = {}
    for item in items:
        key, text = item.get("Key", ""), item.get("Val", "")
        if key.startswith(_KEY):
            seat = SeatId(key.removeprefix(_KEY))
            found[seat] = _read(seat, text) or Grant(seat, "", Instant(0))
    return found


def _read(seat: SeatId, text: str) -> Grant | None:
    try:
        held = json.loads(text)
        ha1 = held["password_digest"].removeprefix("MD5:")
        return Grant(seat, ha1, Instant(int(held["@expires"])))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
