"""Sessions as this node knows them: in memory, so that they outlast an outage of the database.

The store keeps them for all nodes. What is known here is asked for again after some seconds,
so that whoever is signed out elsewhere, or may do less by now, is so here too; while the
database does not answer, it holds as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Annotated, Any, Final

import structlog
from fastapi import Depends, Request

from sip112.api.ports import People
from sip112.people.person import Person
from sip112.people.session import (
    Limits,
    Place,
    Session,
    SignedIn,
    csrf_of,
    digest,
    new_secret,
)
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import AgentId, CentreCode, Instant
from sip112.routing.value import Evolving, value

FRESH_S: Final = 5.0
"""Seconds for which what is known of a session is not asked for again."""

WAIT_S: Final = 0.5
"""Seconds that a request of somebody known waits for the database."""

AWAY_S: Final = 2.0
"""Seconds for which a database that did not answer is not asked again about whom we know."""

TOUCH_S: Final = 300.0
"""Seconds after which the store is told that a session is in use."""

STRANGERS: Final = 2
"""Sessions unknown here that are looked up at once: strangers must not keep others waiting."""

_log = structlog.get_logger(__name__)


@value
class _Known(Evolving):
    """What is known of a session."""

    session: Session
    person: Person
    asked_at: float
    """By the steady clock."""


@value
class Looked:
    """What a look at many sessions has shown."""

    asked: frozenset[str]
    """Those about which something is said here; others have changed meanwhile."""
    standing: Mapping[str, tuple[Session, Person]]
    """Of these, and of those that sit in the centres, the ones that are not over."""


class Sessions:
    """The sessions of this node's people.

    Args:
        people: where they are kept.
        limits: how long they last.
        clock: seconds since 1970.
        steady: seconds that nobody sets.
    """

    def __init__(
        self,
        people: People,
        limits: Limits,
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        self.limits = limits
        self._people = people
        self._clock = clock
        self._steady = steady
        self._known: dict[str, _Known] = {}
        self._reads: dict[str, asyncio.Task[_Known | None]] = {}
        self._ended: set[str] = set()
        """Sessions that have ended and of which the store does not know it yet."""
        self._away_until = float("-inf")
        self._strangers = asyncio.Semaphore(STRANGERS)
        self._beside: set[asyncio.Task[None]] = set()

    async def find(self, secret: str) -> SignedIn | None:
        """Return who has that secret; None if nobody has, or has any more.

        StoreUnavailable if that session is not known here and the database does not answer.
        """
        key = digest(secret)
        if key in self._ended:
            return None
        known = self._known.get(key)
        if known is None or self._steady() - known.asked_at > FRESH_S:
            known = await self._ask(key, known)
        if known is None:
            return None
        now = self._clock()
        if known.person.disabled or now >= known.session.ends_at(self.limits):
            self._known.pop(key, None)
            return None
        if now - known.session.seen_at > TOUCH_S:
            known = known.evolve(session=known.session.evolve(seen_at=Instant(now)))
            self._known[key] = known
            self._do_beside(self._touch(key, Instant(now)))
        return SignedIn(known.person, known.session, csrf_of(secret))

    async def again(self, signed_in: SignedIn) -> SignedIn:
        """Return the same as it is by now, if the database answers."""
        key = signed_in.session.digest
        known = await self._ask(key, self._known.get(key))
        if known is None:
            return signed_in
        return signed_in.evolve(session=known.session, person=known.person)

    async def look(self, keys: Collection[str], centres: Collection[CentreCode]) -> Looked:
        """Ask at once about many sessions, and which ones sit in `centres`. StoreUnavailable."""
        before = {key: self._known.get(key) for key in keys}
        found = {each[0].digest: each for each in await self._people.sessions(keys, centres)}
        now = self._clock()
        asked, standing = set(), {}
        for key in before.keys() | found.keys():
            known = self._known.get(key)
            if known is not before.get(key, known):
                continue  # it was changed here meanwhile, before or after it was read
            asked.add(key)
            session, person = found.get(key, (None, None))
            if session is None or person is None:
                self._known.pop(key, None)
                continue
            if key in before:
                known = self._keep(session, person)
                session, person = known.session, known.person
            elif known is not None:  # the store hears of its use after some minutes
                session = session.evolve(seen_at=max(known.session.seen_at, session.seen_at))
            over = key in self._ended or person.disabled or now >= session.ends_at(self.limits)
            if not over:
                standing[key] = session, person
        return Looked(frozenset(asked), standing)

    def is_over(self, key: str) -> bool:
        """Whether a session is known to be over without asking anybody."""
        known = self._known.get(key)
        return key in self._ended or (
            known is not None and self._clock() >= known.session.ends_at(self.limits)
        )

    async def begin(self, person: Person, address: str) -> tuple[str, SignedIn]:
        """Begin a session; return its secret, for the cookie. StoreUnavailable."""
        secret, now = new_secret(), Instant(self._clock())
        session = Session(digest(secret), person.id, now, now, address)
        await self._people.begin(session, self.limits)
        self._drop_ended(now)
        self._keep(session, person)
        return secret, SignedIn(person, session, csrf_of(secret))

    async def end(self, key: str) -> None:
        """End a session here at once, and in the store as soon as it answers."""
        self._known.pop(key, None)
        self._ended.add(key)
        try:
            await self._people.end(key)
        except StoreUnavailable:
            self._do_beside(self._end_later(key))
        else:
            self._ended.discard(key)

    def changed(self, person: Person, keep: str | None = None) -> None:
        """Take note of what is known of a person now, and ask about all their sessions again."""
        for key, known in list(self._known.items()):
            if known.person.id == person.id and key != keep:
                del self._known[key]
        if keep is not None and keep in self._known:
            self._known[keep] = self._known[keep].evolve(person=person)

    async def sit(
        self, signed_in: SignedIn, place: Place, *, take_over: bool
    ) -> tuple[SignedIn, AgentId | None]:
        """Have a session sit at a seat; return it, and from whom it has taken the seat.

        SeatInUse if somebody sits there, unless `take_over`. StoreUnavailable.
        """
        key = signed_in.session.digest
        before = await self._people.sit(key, place, self.limits, take_over=take_over)
        if before is not None and (theirs := self._known.get(before.digest)) is not None:
            self._known[before.digest] = theirs.evolve(session=theirs.session.evolve(place=None))
        return self._place(signed_in, place), None if before is None else before.agent

    async def stand_up(self, signed_in: SignedIn) -> SignedIn:
        """Have a session sit nowhere. StoreUnavailable."""
        await self._people.stand_up(signed_in.session.digest)
        return self._place(signed_in, None)

    async def close(self) -> None:
        """End what goes on beside the requests."""
        for task in (*self._beside, *self._reads.values()):
            task.cancel()
        await asyncio.gather(*self._beside, *self._reads.values(), return_exceptions=True)

    # --- asking ----------------------------------------------------------------------------

    async def _ask(self, key: str, known: _Known | None) -> _Known | None:
        """Return what the store has; what is known here if it does not answer in time."""
        if known is not None and self._steady() < self._away_until:
            return known
        read = self._reads.get(key)
        if read is None:
            read = self._reads[key] = asyncio.create_task(self._read(key), name="session")
            read.add_done_callback(lambda task: self._reads.pop(key, None) and task.exception())
        await asyncio.wait({read}, timeout=None if known is None else WAIT_S)
        try:
            if read.done():
                return read.result()
        except StoreUnavailable:
            if known is None:
                raise
        self._away_until = self._steady() + AWAY_S
        return known

    async def _read(self, key: str) -> _Known | None:
        while True:
            before = self._known.get(key)
            if before is not None:
                found = await self._people.session(key)
            else:
                async with self._strangers:
                    found = await self._people.session(key)
            if self._known.get(key) is before:
                break  # or else it was changed here meanwhile, before or after it was read
        if found is None or key in self._ended:
            self._known.pop(key, None)
            return None
        return self._keep(*found)

    def _keep(self, session: Session, person: Person) -> _Known:
        before = self._known.get(session.digest)
        if before is not None:
            seen = max(before.session.seen_at, session.seen_at)
            session = session.evolve(seen_at=seen)
        self._known[session.digest] = known = _Known(session, person, self._steady())
        return known

    def _place(self, signed_in: SignedIn, place: Place | None) -> SignedIn:
        session = signed_in.session.evolve(place=place)
        self._keep(session, signed_in.person)
        return signed_in.evolve(session=session)

    def _drop_ended(self, now: Instant) -> None:
        for key, known in list(self._known.items()):
            if now >= known.session.ends_at(self.limits):
                del self._known[key]

    # --- beside the requests ---------------------------------------------------------------

    def _do_beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _touch(self, key: str, now: Instant) -> None:
        try:
            await self._people.seen(key, now)
        except StoreUnavailable as error:
            _log.debug("a session's use is not stored", error=str(error))

    async def _end_later(self, key: str) -> None:
        while True:
            await asyncio.sleep(AWAY_S)
            try:
                await self._people.end(key)
            except StoreUnavailable:
                continue
            self._ended.discard(key)
            return


async def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


UseSessions = Annotated[Sessions, Depends(_sessions)]
