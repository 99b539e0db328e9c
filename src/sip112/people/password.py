"""Passwords: hashed with Argon2id, checked for what is too easy, made for one sign-in.

`hashed` and `matches` take tens of milliseconds of computing by design: never in the thread
that routes calls.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 10
LONGEST: Final = 128

_FEWEST: Final = 5
"""Different characters that must be in it."""

# RFC 9106's Argon2id with OWASP's parameters for servers: 46 MB, one pass, one lane
_hasher: Final = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)

_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Nothing in it is taken for something else when it is read aloud."""


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(_one_form(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether `password` is the one of which `kept` is kept; for None, never.

    That takes the same time: nobody can learn from it who has an account.
    """
    try:
        _hasher.verify(kept or _nobodys(), _one_form(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def weakness(password: str, *known: str) -> str | None:
    """Return what is wrong with a password that somebody chose; `known` is known of them."""
    plain = _one_form(password).casefold()
    if len(plain) < SHORTEST:
        return f"it has fewer than {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"it has more than {LONGEST} characters"
    if len(set(plain)) < _FEWEST:
        return f"it has fewer than {_FEWEST} different characters"
    if any(each and each.casefold() in plain for each in known):
        return "it holds your name"
    if plain in "01234567890123456789" or plain in "qwertyuiopasdfghjklzxcvbnm":
        return "it is a row of keys"
    return None


def one_time() -> str:
    """Return a password for the first sign-in, of 79 random bits, to be told by voice."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def _one_form(password: str) -> str:
    # two keyboards may write the same letter differently
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe())
