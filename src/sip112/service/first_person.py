"""The first person: an administrator, made where there is nobody who could sign in."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Final

import structlog

from sip112.people.person import Person
from sip112.people.roles import Role
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import AgentId, Instant
from sip112.store.store import Store

NAME: Final = AgentId("admin")

RETRY_S: Final = 2.0
"""Seconds between tries while the database is away."""

_log = structlog.get_logger(__name__)


async def make_first(store: Store) -> None:
    """Make the administrator if there is nobody, and print the password, this once."""
    while True:
        try:
            await _make(store)
        except StoreUnavailable:  # or without its tables yet; whoever owns a centre makes them
            await asyncio.sleep(RETRY_S)
        else:
            return


async def _make(store: Store) -> None:
    if await store.people.any():
        return
    # beside the routing: Argon2 takes its time
    password, kept = await asyncio.to_thread(_new_password)
    now = Instant(time.time())
    person = Person(NAME, "Administrator", frozenset({Role.ADMIN}), kept, now, now)
    if await store.people.add_first(person):
        _log.info("the first person is made", agent=NAME)
        # as it is: no form of the log may blot it out
        print(_told(password), file=sys.stderr, flush=True)  # noqa: T201 - see above


def _new_password() -> tuple[str, str]:
    from sip112.people.password import hashed, one_time  # noqa: PLC0415 - not at each start

    password = one_time()
    return password, hashed(password)


def _told(password: str) -> str:
    return (
        f"\n  Nobody could sign in, so there is an administrator now: {NAME}\n"
        f"  Password for the first sign-in, shown this once:      {password}\n"
        f"  If it is lost: sip112 person reset {NAME}\n"
    )
