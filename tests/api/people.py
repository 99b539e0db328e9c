"""People of these tests, and their browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from sip112.api.access import COOKIE
from sip112.dispatch.ids import AgencyCode
from sip112.people.password import hashed
from sip112.people.person import Person
from sip112.people.roles import Role
from sip112.people.session import Session, csrf_of, digest, new_secret
from sip112.routing.ids import AgentId, Instant
from sip112.store.store import Store
from tests.api.service import NOW, PKY, Service

PASSWORD: Final = "empat kata yang lain"

_HASHED: Final = hashed(PASSWORD)


def a_person(agent: str, *roles: Role, **fields: Any) -> Person:
    """Return a person who has a password of their own, `PASSWORD`."""
    given = {"must_change": False} | fields
    if Role.AGENCY in roles:
        given = {"agency": AgencyCode("damkar"), "centres": frozenset({PKY})} | given
    at = Instant(NOW - 1000)
    return Person(
        AgentId(agent),
        agent.capitalize(),
        frozenset(roles or {Role.CALL_TAKER}),
        _HASHED,
        at,
        at,
        **given,
    )


async def add(store: Store, agent: str, *roles: Role, **fields: Any) -> Person:
    """Add a person to the store."""
    person = a_person(agent, *roles, **fields)
    await store.people.add(person)
    return person


@asynccontextmanager
async def browser(
    service: Service, store: Store, agent: str, *, csrf: bool = True, at: float = NOW
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client in which a person has signed in, who sends the CSRF text with everything."""
    secret = new_secret()
    session = Session(digest(secret), AgentId(agent), Instant(at), Instant(at), "192.0.2.7")
    await store.people.begin(session, service.app.state.sessions.limits)
    headers = {"X-CSRF-Token": csrf_of(secret)} if csrf else {}
    async with service.client(None, **headers) as client:
        client.cookies.set(COOKIE, secret, domain="api.local")
        yield client
