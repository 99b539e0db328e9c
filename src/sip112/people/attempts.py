"""Attempts to sign in: how many are let through, from one address and for one person.

Who has failed ten times is locked out for a quarter of an hour, and somebody is told. Before
that, attempts are slowed down. Attempts count from their beginning, so that many at once gain
nothing; one that succeeds counts no more, so that a whole shift can sign in from one address.
Time is an argument.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import Final

LOCK_AFTER: Final = 10
"""Failures of one person that lock them out."""

LOCK_S: Final = 900.0
"""Seconds for which they are, and after which a failure is forgotten."""

PER_PERSON: Final = 5
"""Attempts for one person within `PACE_S`."""

PER_ADDRESS: Final = 30
"""Attempts from one address within `PACE_S`."""

PACE_S: Final = 60.0

MOST: Final = 10_000
"""Persons, and addresses, that are remembered; strangers can make names up without end."""

_NET: Final = 64
"""Bits of an IPv6 address that one customer of a provider cannot choose."""


class Bar(StrEnum):
    """Why an attempt is not let through."""

    LOCKED = "locked"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Barred:
    """An attempt that is not let through, and for how many seconds more."""

    why: Bar
    for_s: float


@dataclass(frozen=True, slots=True)
class Lock:
    """A person who is locked out."""

    agent: str
    since: float
    until: float
    alarming: bool
    """Whether there is such a person, so that somebody should look."""


class Attempts:
    """Counts them, and says which are let through."""

    def __init__(self) -> None:
        self._persons: dict[str, deque[float]] = {}
        self._addresses: dict[str, deque[float]] = {}
        self._locks: dict[str, Lock] = {}

    def begin(self, agent: str, address: str, now: float) -> Barred | None:
        """Count an attempt, or return why it is not let through."""
        lock = self._locks.get(agent)
        if lock is not None:
            if now < lock.until:
                return Barred(Bar.LOCKED, lock.until - now)
            self.unlock(agent)
        theirs = _recent(self._persons, agent, now - LOCK_S)
        from_there = _recent(self._addresses, _net(address), now - PACE_S)
        paced = [at for at in theirs if at > now - PACE_S]
        if len(paced) >= PER_PERSON:
            return Barred(Bar.TOO_MANY, paced[-PER_PERSON] + PACE_S - now)
        if len(from_there) >= PER_ADDRESS:
            return Barred(Bar.TOO_MANY, from_there[-PER_ADDRESS] + PACE_S - now)
        theirs.append(now)
        from_there.append(now)
        return None

    def failed(self, agent: str, now: float, *, known: bool) -> bool:
        """Take note that it was not the password; return whether that locks the person out."""
        if agent in self._locks or len(self._persons.get(agent, ())) < LOCK_AFTER:
            return False
        while len(self._locks) >= MOST:
            del self._locks[next(iter(self._locks))]
        self._locks[agent] = Lock(agent, now, now + LOCK_S, known)
        return True

    def succeeded(self, agent: str, address: str) -> None:
        """Forget the person's attempts, and this one of the address."""
        self.unlock(agent)
        self._take_back(self._addresses, _net(address))

    def undecided(self, agent: str, address: str) -> None:
        """Forget this attempt: nobody could say whether it was the password."""
        self._take_back(self._persons, agent)
        self._take_back(self._addresses, _net(address))

    def unlock(self, agent: str) -> None:
        """Let a person try again."""
        self._locks.pop(agent, None)
        self._persons.pop(agent, None)

    def lock(self, agent: str) -> Lock | None:
        """Return the lock of a person, which may be over."""
        return self._locks.get(agent)

    def alarming(self, now: float) -> list[Lock]:
        """Return the locks at which somebody should look."""
        return [lock for lock in self._locks.values() if lock.alarming and now < lock.until]

    @staticmethod
    def _take_back(counts: dict[str, deque[float]], key: str) -> None:
        if counts.get(key):
            counts[key].pop()


def _recent(counts: dict[str, deque[float]], key: str, since: float) -> deque[float]:
    """Return when the attempts of `key` were that still count."""
    times = counts.pop(key, None) or deque()
    while times and times[0] <= since:
        times.popleft()
    while len(counts) >= MOST:
        del counts[next(iter(counts))]  # the one that was asked for longest ago
    counts[key] = times
    return times


def _net(address: str) -> str:
    """Return what of an address its user cannot change at will."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(int(parsed) >> (128 - _NET))
    return address
