"""Tokens: how machines are known, and what each may do.

The settings hold the SHA-256 digest of each token and never the token. Tokens are 256
random bits, so a plain digest is enough: there is nothing to guess. This module needs
nothing but the standard library, since the settings and the command line import it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sip112.people.roles import Scope, allows
from sip112.routing.ids import AgentId, CentreCode, SeatId


@dataclass(frozen=True, slots=True)
class Token:
    """One token as the settings know it (people.principal.Principal)."""

    name: str
    """Who uses it; the name under which its changes are recorded."""
    digest: str
    """`digest` of the secret."""
    scopes: frozenset[Scope]
    centres: frozenset[CentreCode] = frozenset()
    """Centres of which it may be used; none named is all."""

    @property
    def agent(self) -> AgentId | None:
        """None: a machine is nobody."""
        return None

    @property
    def seat(self) -> SeatId | None:
        """None: a machine sits nowhere."""
        return None

    def is_for(self, centre: str) -> bool:
        """Whether the token may be used for a centre."""
        return not self.centres or centre in self.centres

    def allows(self, scope: Scope) -> bool:
        """Whether the token may do what needs `scope`."""
        return allows(self.scopes, scope)

    def sits_at(self, centre: CentreCode, seat: SeatId) -> bool:  # noqa: ARG002 - as persons do
        """Return False: a machine sits nowhere."""
        return False


def new_secret() -> str:
    """Return a new token for a client to present."""
    return "sip112_" + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what the settings keep of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()
