"""Persons and their sessions, as the database keeps them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, delete, exists, or_, select, update

from sip112.people.authority import LastAdministrator, leaves_nobody
from sip112.people.person import Language, Person, PersonExists
from sip112.people.roles import Role
from sip112.people.session import Limits, Place, SeatInUse, Session
from sip112.routing.ids import AgentId, CentreCode, Instant, SeatId
from sip112.store.connecting import Connecting
from sip112.store.rows import clean
from sip112.store.statements import insert_new, one_at_a_time
from sip112.store.tables import instant, persons, sessions, utc

_NOWHERE: Final[Mapping[str, Any]] = {"centre": None, "seat": None, "seat_since": None}

_OF_AUTHORITY: Final = frozenset({"roles", "centres", "disabled"})
"""What makes an administrator of a person, or none."""

_WITH_PERSONS: Final = select(
    *sessions.c, *(each.label(f"person_{each.name}") for each in persons.c)
).join(persons, persons.c.id == sessions.c.person)


class People:
    """What is kept of persons and sessions. Everything raises StoreUnavailable (see `Store`)."""

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    # --- persons ---------------------------------------------------------------------------

    async def person(self, agent: AgentId) -> Person | None:
        """Return one person."""
        async with self._reading() as connection:
            query = select(persons).where(persons.c.id == clean(agent))
            row = (await connection.execute(query)).first()
            return None if row is None else _person_of(row)

    async def persons(self) -> list[Person]:
        """Return all persons, by login name."""
        async with self._reading() as connection:
            found = await connection.execute(select(persons).order_by(persons.c.id))
            return [_person_of(row) for row in found]

    async def any(self) -> bool:
        """Whether there is anybody."""
        async with self._reading() as connection:
            return (await connection.execute(select(persons.c.id).limit(1))).first() is not None

    async def add(self, person: Person) -> None:
        """Add a person; PersonExists if the login name is taken."""
        async with self._writing() as connection:
            added = await connection.execute(insert_new(connection, persons), _row_of(person))
            if added.rowcount != 1:
                raise PersonExists(person.id)

    async def add_first(self, person: Person) -> bool:
        """Add a person if there is nobody; return whether that was so.

        Of several nodes that begin at once on a new database one adds the person.
        """
        async with self._writing() as connection:
            if await connection.scalar(select(exists(select(persons.c.id)))):
                return False
            added = await connection.execute(insert_new(connection, persons), _row_of(person))
            return added.rowcount == 1

    async def change(
        self, agent: AgentId, changes: Mapping[str, Any], keep: str | None = None
    ) -> Person | None:
        """Change fields of a person; return the person as changed, None if there is none.

        A person who is disabled, or whose password changes, is signed out everywhere but in
        the session `keep`. LastAdministrator if nobody would be left who can change people.
        """
        async with self._writing() as connection:
            others: list[Person] = []
            if not _OF_AUTHORITY.isdisjoint(changes):
                await one_at_a_time(connection, persons)
                found = await connection.execute(select(persons).where(persons.c.id != agent))
                others = [_person_of(row) for row in found]
            one = select(persons).where(persons.c.id == clean(agent))
            row = (await connection.execute(one.with_for_update())).first()
            if row is None:
                return None
            before = _person_of(row)
            changed = before.evolve(**changes)
            if not _OF_AUTHORITY.isdisjoint(changes) and leaves_nobody(before, changed, others):
                raise LastAdministrator(agent)
            await connection.execute(update(persons).where(persons.c.id == agent), _row_of(changed))
            if changed.disabled or "password" in changes:
                await connection.execute(
                    delete(sessions).where(
                        sessions.c.person == agent, sessions.c.digest != (keep or "")
                    )
                )
            return changed

    # --- sessions --------------------------------------------------------------------------

    async def begin(self, session: Session, limits: Limits) -> None:
        """Keep a new session, and forget those that are over."""
        async with self._writing() as connection:
            await connection.execute(delete(sessions).where(_is_over(session.began_at, limits)))
            await connection.execute(
                sessions.insert(),
                {
                    "digest": session.digest,
                    "person": session.agent,
                    "began_at": utc(session.began_at),
                    "seen_at": utc(session.seen_at),
                    "address": clean(session.address),
                },
            )

    async def session(self, digest: str) -> tuple[Session, Person] | None:
        """Return a session, which may be over, and whose it is."""
        async with self._reading() as connection:
            query = _WITH_PERSONS.where(sessions.c.digest == digest)
            row = (await connection.execute(query)).first()
            return None if row is None else (_session_of(row), _person_of(row, "person_"))

    async def sessions(
        self, digests: Collection[str], centres: Collection[CentreCode]
    ) -> list[tuple[Session, Person]]:
        """Return those sessions, which may be over, and those that sit in one of the centres."""
        wanted = sessions.c.digest.in_(digests) | sessions.c.centre.in_(centres)
        async with self._reading() as connection:
            found = await connection.execute(_WITH_PERSONS.where(wanted))
            return [(_session_of(row), _person_of(row, "person_")) for row in found]

    async def end(self, digest: str) -> None:
        """Forget a session."""
        async with self._writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.digest == digest))

    async def seen(self, digest: str, at: Instant) -> None:
        """Take note that a session is in use."""
        async with self._writing() as connection:
            one = update(sessions).where(sessions.c.digest == digest)
            await connection.execute(one, {"seen_at": utc(at)})

    async def sit(
        self, digest: str, place: Place, limits: Limits, *, take_over: bool
    ) -> Session | None:
        """Have a session sit at a seat, and nowhere else; return the one that it takes it from.

        SeatInUse if another one sits there, unless `take_over`.
        """
        there = (sessions.c.centre == place.centre) & (sessions.c.seat == place.seat)
        async with self._writing() as connection:
            await one_at_a_time(connection, sessions)
            await connection.execute(
                update(sessions).where(there, _is_over(place.since, limits)), _NOWHERE
            )
            query = select(sessions).where(there, sessions.c.digest != digest)
            row = (await connection.execute(query)).first()
            holder = None if row is None else _session_of(row)
            if holder is not None:
                if not take_over:
                    raise SeatInUse(holder)
                await connection.execute(update(sessions).where(there), _NOWHERE)
            await connection.execute(
                update(sessions).where(sessions.c.digest == digest),
                {"centre": place.centre, "seat": place.seat, "seat_since": utc(place.since)},
            )
            return holder

    async def stand_up(self, digest: str) -> None:
        """Have a session sit nowhere."""
        async with self._writing() as connection:
            await connection.execute(update(sessions).where(sessions.c.digest == digest), _NOWHERE)


def _is_over(now: Instant, limits: Limits) -> ColumnElement[bool]:
    return or_(
        sessions.c.began_at <= utc(Instant(now - limits.whole_s)),
        sessions.c.seen_at <= utc(Instant(now - limits.idle_s)),
    )


def _row_of(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": clean(person.name),
        "roles": sorted(person.roles),
        "centres": sorted(person.centres),
        "language": person.language,
        "password": person.password,
        "password_at": utc(person.password_at),
        "must_change": person.must_change,
        "disabled": person.disabled,
        "created_at": utc(person.created_at),
        "agency": person.agency,
    }


def _person_of(row: Row[Any], prefix: str = "") -> Person:
    def of(column: str) -> Any:
        return getattr(row, prefix + column)

    return Person(
        id=AgentId(of("id")),
        name=of("name"),
        roles=frozenset(Role(each) for each in of("roles")),
        password=of("password"),
        password_at=instant(of("password_at")),
        created_at=instant(of("created_at")),
        centres=frozenset(CentreCode(each) for each in of("centres")),
        language=Language(of("language")),
        must_change=of("must_change"),
        disabled=of("disabled"),
        agency=of("agency"),
    )


def _session_of(row: Row[Any]) -> Session:
    place = None
    if row.seat is not None:
        place = Place(CentreCode(row.centre), SeatId(row.seat), instant(row.seat_since))
    return Session(
        digest=row.digest,
        agent=AgentId(row.person),
        began_at=instant(row.began_at),
        seen_at=instant(row.seen_at),
        address=row.address,
        place=place,
    )
