"""Signing in: a login name and a password for a session, and a new password for an old one.

Argon2 takes its time, on purpose: in a thread of its own, of low priority, one at a time, so
that nobody who tries passwords can keep a call waiting.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated, Final, TypeVar

import structlog
from fastapi import Depends, Request

from sip112.api.audit import Auditing
from sip112.api.ports import People
from sip112.api.problems.access import session_over
from sip112.api.problems.problem import Problem
from sip112.api.problems.session import (
    account_locked,
    cannot_sign_in,
    too_many_attempts,
    weak_password,
    wrong_credentials,
    wrong_password,
)
from sip112.api.sessions import Sessions
from sip112.people import password as passwords
from sip112.people.attempts import Attempts, Bar, Barred
from sip112.people.audit import Action
from sip112.people.person import Person
from sip112.people.session import SignedIn
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import AgentId, Instant

T = TypeVar("T")

NICE: Final = 10
"""How much the thread steps back for whatever else the machine does."""

_log = structlog.get_logger(__name__)


class SignIn:
    """Checks passwords and sets them.

    Args:
        people: who there is.
        sessions: those who are signed in.
        attempts: what was tried.
        clock: seconds since 1970.
        steady: seconds that nobody sets.
    """

    def __init__(
        self,
        people: People,
        sessions: Sessions,
        attempts: Attempts,
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._attempts = attempts
        self._clock = clock
        self._steady = steady
        self._thread = ThreadPoolExecutor(1, "sip112-password", _step_back)

    async def sign_in(
        self, agent: AgentId, password: str, address: str, audit: Auditing
    ) -> tuple[str, SignedIn]:
        """Return a new session and its secret, or raise the problem."""
        try:
            person = await self._checked(agent, password, address, audit)
            if person is None:
                raise wrong_credentials()
            secret, signed_in = await self._sessions.begin(person, address)
        except StoreUnavailable:
            raise cannot_sign_in() from None
        audit(Action.SESSION_BEGUN, agent)
        return secret, signed_in

    async def change_password(
        self, signed_in: SignedIn, old: str, new: str, address: str, audit: Auditing
    ) -> SignedIn:
        """Change one's own password, or raise the problem; other sessions of the person end."""
        agent, session = signed_in.person.id, signed_in.session
        weakness = passwords.weakness(new, agent, signed_in.person.name)
        if weakness is not None:
            raise weak_password(weakness)
        if new == old:
            raise weak_password("it is the old one")
        if await self._checked(agent, old, address, audit) is None:
            raise wrong_password()
        person = await self.set_password(agent, new, must_change=False, keep=session.digest)
        if person is None:
            raise session_over()
        audit(Action.PASSWORD_CHANGED, agent)
        return signed_in.evolve(person=person)

    async def set_password(
        self, agent: AgentId, new: str, *, must_change: bool, keep: str | None = None
    ) -> Person | None:
        """Set a password, and sign the person out everywhere but in the session `keep`."""
        kept = await self.hashed(new)
        changes = {
            "password": kept,
            "password_at": Instant(self._clock()),
            "must_change": must_change,
        }
        person = await self._people.change(agent, changes, keep)
        if person is not None:
            self._attempts.unlock(agent)
            self._sessions.changed(person, keep)
        return person

    def locked_until(self, agent: AgentId) -> Instant | None:
        """Return until when nobody can sign in under that name here; None if somebody can."""
        lock, now = self._attempts.lock(agent), self._steady()
        if lock is None or now >= lock.until:
            return None
        return Instant(self._clock() + lock.until - now)

    def unlock(self, agent: AgentId) -> None:
        """End a lock-out."""
        self._attempts.unlock(agent)

    async def hashed(self, password: str) -> str:
        """Return what is kept of a password."""
        return await self._compute(passwords.hashed, password)

    async def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _checked(
        self, agent: AgentId, password: str, address: str, audit: Auditing
    ) -> Person | None:
        """Return the person if that is their password; raise if it may not be tried now."""
        await self._unlock_if_reset(agent)
        barred = self._attempts.begin(agent, address, self._steady())
        if barred is not None:
            raise _problem_of(barred)
        try:
            person = await self._people.person(agent)
        except StoreUnavailable:
            self._attempts.undecided(agent, address)
            raise
        kept = None if person is None or person.disabled else person.password
        if person is not None and await self._compute(passwords.matches, kept, password):
            self._attempts.succeeded(agent, address)
            return person
        if person is None:
            await self._compute(passwords.matches, None, password)
        audit(Action.SESSION_REFUSED, agent)
        if self._attempts.failed(agent, self._steady(), known=person is not None):
            audit(Action.SESSION_LOCKED, agent)
            _log.warning("locked out after too many wrong passwords", agent=agent, address=address)
        return None

    async def _unlock_if_reset(self, agent: AgentId) -> None:
        """Let a person in whose password was reset since, perhaps by another process."""
        lock = self._attempts.lock(agent)
        if lock is None:
            return
        since = self._clock() - (self._steady() - lock.since)
        with suppress(StoreUnavailable):
            person = await self._people.person(agent)
            if person is not None and person.password_at > since:
                self._attempts.unlock(agent)

    async def _compute(self, work: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, *arguments)


def _problem_of(barred: Barred) -> Problem:
    if barred.why is Bar.LOCKED:
        return account_locked(barred.for_s)
    return too_many_attempts(barred.for_s)


def _step_back() -> None:
    """Lower the priority of this thread, which Linux has for each by itself."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)


async def _sign_in(request: Request) -> SignIn:
    sign_in: SignIn = request.app.state.sign_in
    return sign_in


UseSignIn = Annotated[SignIn, Depends(_sign_in)]
