"""Tokens: who may do what.

The settings hold the SHA-256 digest of each token and never the token. Tokens are 256
random bits, so a plain digest is enough: there is nothing to guess. This module needs
nothing but the standard library, since the settings and the command line import it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a token allows. Every scope but METRICS implies READ; ADMIN implies all."""

    READ = "read"
    """See calls, tickets, seats, the queue and the events."""
    SEATS = "seats"
    """Command seats."""
    TICKETS = "tickets"
    """Change tickets."""
    METRICS = "metrics"
    """Read ``/metrics``, which holds figures only and nothing of any caller."""
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Token:
    """One token as the settings know it."""

    name: str
    """Who uses it; the name under which its changes are recorded."""
    digest: str
    """`digest` of the secret."""
    scopes: frozenset[Scope]
    centres: frozenset[str] = frozenset()
    """Centres of which it may be used; none named is all."""

    def is_for(self, centre: str) -> bool:
        """Whether the token may be used for a centre."""
        return not self.centres or centre in self.centres

    def allows(self, scope: Scope) -> bool:
        """Whether the token may do what needs `scope`."""
        if scope in self.scopes or Scope.ADMIN in self.scopes:
            return True
        return scope is Scope.READ and bool(self.scopes - {Scope.METRICS})


def new_secret() -> str:
    """Return a new token for a client to present."""
    return "sip112_" + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what the settings keep of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()
