"""People of a rig: accounts in the service's store, with passwords made at start.

They are made as an administrator would make them, but for the password: it need not be changed
at the first sign-in, since nobody else will ever use such a store.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from sip112.people.password import hashed, one_time
from sip112.people.person import Language, Person
from sip112.people.roles import Role
from sip112.routing.ids import AgentId, Instant
from sip112.store.store import Store

TEAM: Final[Mapping[str, tuple[str, Role]]] = {
    "sari": ("Sari (call taker)", Role.CALL_TAKER),
    "budi": ("Budi (call taker)", Role.CALL_TAKER),
    "rina": ("Rina (supervisor)", Role.SUPERVISOR),
    "admin": ("Administrator", Role.ADMIN),
}
"""Login name -> name and role."""


async def employ(
    database_url: str,
    team: Mapping[str, tuple[str, Role]] = TEAM,
    language: Language = Language.ID,
) -> str:
    """Give everybody of `team` an account, and return the password that all of them have."""
    password = one_time()
    kept = hashed(password)
    now = Instant(time.time())
    store = Store(database_url)
    try:
        await store.migrate()
        for agent, (name, role) in team.items():
            person = Person(
                AgentId(agent),
                name,
                frozenset({role}),
                kept,
                now,
                now,
                language=language,
                must_change=False,
            )
            if await store.people.person(person.id) is None:
                await store.people.add(person)
            else:
                await store.people.change(person.id, {"password": kept, "must_change": False})
    finally:
        await store.close()
    return password
