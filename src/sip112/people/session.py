"""Sessions: a person who has signed in at a browser, for how long, and at which seat.

The browser has 256 random bits in a cookie; their SHA-256 is what the store keeps. From the
same secret follows the text that a page must send back with each change (CSRF), so that it is
kept nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sip112.people.person import Person
from sip112.people.roles import Scope, allows
from sip112.routing.ids import AgentId, CentreCode, Instant, SeatId
from sip112.routing.value import Evolving, value


@value
class Place:
    """Where somebody sits."""

    centre: CentreCode
    seat: SeatId
    since: Instant


@value
class Limits:
    """How long sessions last, in seconds."""

    idle_s: float = 12 * 3600
    """Without a request."""
    whole_s: float = 24 * 3600


@value
class Session(Evolving):
    """One sign-in, as the store keeps it."""

    digest: str
    """`digest` of the secret in the cookie."""
    agent: AgentId
    began_at: Instant
    seen_at: Instant
    """When it was last used, give or take some minutes."""
    address: str
    """Of the browser."""
    place: Place | None = None

    def ends_at(self, limits: Limits) -> Instant:
        """Return when it ends unless it is used before."""
        return Instant(min(self.began_at + limits.whole_s, self.seen_at + limits.idle_s))


class SeatInUse(Exception):  # noqa: N818 - the name says what is in the way
    """Another session sits at that seat."""

    def __init__(self, holder: Session) -> None:
        super().__init__(f"{holder.agent} sits there")
        self.holder = holder


@value
class SignedIn(Evolving):
    """A person with a session (people.principal.Principal)."""

    person: Person
    session: Session
    csrf: str

    @property
    def name(self) -> str:
        """The person's login name."""
        return self.person.id

    @property
    def agent(self) -> AgentId | None:
        """The person."""
        return self.person.id

    @property
    def seat(self) -> SeatId | None:
        """The seat at which the session sits, in whichever centre."""
        return None if self.session.place is None else self.session.place.seat

    @property
    def centres(self) -> frozenset[CentreCode]:
        """Where the person works; none named is everywhere."""
        return self.person.centres

    def allows(self, scope: Scope) -> bool:
        """Whether the person's roles allow what needs `scope`."""
        return allows(self.person.scopes, scope)

    def is_for(self, centre: str) -> bool:
        """Whether the person works at a centre."""
        return self.person.is_for(centre)

    def sits_at(self, centre: CentreCode, seat: SeatId) -> bool:
        """Whether the session sits there."""
        place = self.session.place
        return place is not None and (place.centre, place.seat) == (centre, seat)


def new_secret() -> str:
    """Return the secret of a new session."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what the store keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_of(secret: str) -> str:
    """Return the text with which a page shows that it may read what this service answers."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()
