"""Keys of telephones: how one that asks for the ticket of its call shows whose it is.

A telephone calls an address when it rings, and can send nothing beside it. So its key stands in
the address, and is good for the ticket of the call that rings at that one seat, and for nothing
else. The settings hold the key's digest, as they hold those of tokens.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from sip112.api.problems.seats import no_phone_key, wrong_phone_key
from sip112.people.token import Token, digest
from sip112.routing.ids import CentreCode

_ASKED: Final = re.compile(r"(?:/centres/[^/]*)?/v1/phones/([^/]*)/ringing")


@dataclass(frozen=True, slots=True)
class PhoneKey:
    """The key of one seat's telephone, as the settings have it."""

    centre: str
    seat: str
    digest: str


def identify(keys: Collection[PhoneKey], path: str, query: bytes) -> Token | None:
    """Return whose telephone asks, as somebody who may do nothing; None if `path` is not theirs.

    Raises the problem of a seat without a key, or of a key that is not the seat's.
    """
    asked = _ASKED.fullmatch(path)
    if asked is None:
        return None
    seat = asked[1]
    of_seat = [key for key in keys if key.seat == seat]
    if not of_seat:
        raise no_phone_key(seat)
    (presented, *_) = parse_qs(query.decode("latin-1")).get("key", [""])
    for key in of_seat:
        if hmac.compare_digest(digest(presented), key.digest):
            return Token(
                f"phone of {seat}", key.digest, frozenset(), frozenset({CentreCode(key.centre)})
            )
    raise wrong_phone_key(seat)
