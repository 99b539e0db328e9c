"""The directory of each centre: its agencies, incident types and areas, and who changed what.

What it says now is in `directory`, one row for an entry; `directory_events` keeps all that it has
ever said. Each change has a number, the directory's revision, which is the version of the entry
too: no version is given out twice, also where an entry is removed and comes back. With what an
agency's messages are signed lies apart, so that it is in no export and in no history.

Entries are kept as text, and turned to text and back in a thread: the border of an area may have
20,000 points, and nothing that long may hold up the calls.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, cast

from pydantic import TypeAdapter
from sqlalchemy import Row, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.dispatch.agency import Agency
from sip112.dispatch.directory import (
    Area,
    Directory,
    DirectoryChange,
    DirectoryState,
    IncidentType,
    Item,
    Part,
    parents_first,
    part_of,
)
from sip112.dispatch.errors import DirectoryChanged, DirectoryConflict
from sip112.dispatch.ids import AgencyCode
from sip112.routing.ids import CentreCode, Instant
from sip112.routing.value import value
from sip112.store import queries
from sip112.store.connecting import Connecting
from sip112.store.rows import clean, cleaned
from sip112.store.statements import one_at_a_time
from sip112.store.tables import directory, directory_events, instant, utc, webhook_secrets

_KINDS: Final[Mapping[Part, TypeAdapter[Any]]] = {
    Part.AGENCY: TypeAdapter(Agency),
    Part.TYPE: TypeAdapter(IncidentType),
    Part.AREA: TypeAdapter(Area),
}


class Agencies:
    """What is kept of agencies. Everything raises StoreUnavailable (see `Store`)."""

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    # --- the directory -----------------------------------------------------------------------

    async def revision(self, centre: CentreCode) -> int:
        """Return how often a directory was changed; 0: there has never been anything."""
        async with self._reading() as connection:
            return await connection.scalar(queries.directory_revision(centre)) or 0

    async def directory(self, centre: CentreCode) -> DirectoryState:
        """Return the directory of a centre."""
        async with self._reading() as connection:
            # Asked first, so that what is read next is of this revision or newer, never older.
            revision = await connection.scalar(queries.directory_revision(centre))
            rows = (await connection.execute(queries.directory_of(centre))).all()
        return await asyncio.to_thread(_state, rows, revision or 0)

    async def history(
        self, centre: CentreCode, *, before: int | None = None, limit: int = 100
    ) -> list[DirectoryChange]:
        """Return who changed what, newest first; `before` is the last one of the page before."""
        query = queries.directory_changes(centre, before, limit)
        async with self._reading() as connection:
            rows = (await connection.execute(query)).all()
        return await asyncio.to_thread(lambda: [_change_of(row) for row in rows])

    async def put(self, centre: CentreCode, item: Item, if_version: int | None, by: str) -> int:
        """Add an entry, or change the one of its code; return its version.

        DirectoryConflict if it is not at `if_version` any more; None says that there is none. An
        entry that says the same already is left as it is: after StoreUnavailable, when nobody
        knows whether it was done, it can be asked for again.
        """
        entry = await asyncio.to_thread(_Entry.of, item)
        async with self._changing(centre, by) as change:
            known = change.known.get(entry.key)
            if known is not None and known.data == entry.data:
                return int(known.version)
            change.check(*entry.key, if_version)
            await change.put(entry, change.place(*entry.key))
            return change.revision

    async def remove(
        self, centre: CentreCode, part: Part, code: str, if_version: int, by: str
    ) -> None:
        """Remove a type or an area. DirectoryConflict if it is not at `if_version` any more.

        What is gone already is no error. An agency is set inactive instead: handoffs name it.
        """
        if part is Part.AGENCY:
            msg = "an agency is never removed, but set inactive"
            raise ValueError(msg)
        code = clean(code)
        async with self._changing(centre, by) as change:
            if (part, code) in change.known:
                change.check(part, code, if_version)
                await change.remove(part, code)

    async def replace(
        self, centre: CentreCode, new: Directory, by: str, if_revision: int | None = None
    ) -> int:
        """Have a directory say what `new` says, in its order; return the revision.

        Agencies that `new` does not have become inactive, and stand behind the others.
        DirectoryChanged if something is to change and it is not at `if_revision` any more; None
        is whatever it is at.
        """
        entries = await asyncio.to_thread(_entries, new)
        async with self._changing(centre, by) as change:
            before = change.revision
            await _replace(change, entries)
            if if_revision not in {None, before} and change.revision != before:
                raise DirectoryChanged(before)
            return change.revision

    async def seed(self, centre: CentreCode, new: Directory) -> bool:
        """Give a centre that never had a directory its first one; return whether it was so."""
        entries = await asyncio.to_thread(_entries, new)
        async with self._changing(centre, "sip112") as change:
            if change.revision:
                return False
            await _replace(change, entries)
            return True

    @asynccontextmanager
    async def _changing(self, centre: CentreCode, by: str) -> AsyncIterator[_Changing]:
        async with self._writing() as connection:
            await one_at_a_time(connection, directory_events)
            revision = await connection.scalar(queries.directory_revision(centre))
            rows = (await connection.execute(queries.directory_of(centre))).all()
            yield _Changing(connection, centre, clean(by), revision or 0, rows)

    # --- secrets -----------------------------------------------------------------------------

    async def secret(self, centre: CentreCode, agency: AgencyCode) -> str | None:
        """Return with what an agency's messages are signed; None if it has none."""
        async with self._reading() as connection:
            return await connection.scalar(queries.secret_of(centre, agency))

    async def signed(self, centre: CentreCode) -> frozenset[AgencyCode]:
        """Return the agencies that have one."""
        async with self._reading() as connection:
            return frozenset(map(AgencyCode, await connection.scalars(queries.signed(centre))))

    async def set_secret(self, centre: CentreCode, agency: AgencyCode, secret: str) -> None:
        """Have an agency's messages signed with `secret` from now on."""
        new = {"secret": secret, "made_at": utc(Instant(time.time()))}
        async with self._writing() as connection:
            await one_at_a_time(connection, webhook_secrets)
            one = update(webhook_secrets).where(
                webhook_secrets.c.centre == centre, webhook_secrets.c.agency == clean(agency)
            )
            if (await connection.execute(one, new)).rowcount == 0:
                key = {"centre": centre, "agency": clean(agency)}
                await connection.execute(insert(webhook_secrets), key | new)


@value
class _Entry:
    """An entry as it is kept."""

    key: tuple[Part, str]
    data: str

    @classmethod
    def of(cls, item: Item) -> _Entry:
        """Return an entry as text. Of a long border that takes time."""
        part = part_of(item)
        try:
            data = _KINDS[part].dump_json(item)
        except ValueError:  # half of a surrogate pair has no UTF-8
            data = b""
        if not data or rb"\u0000" in data:
            item = cleaned(item)
            data = _KINDS[part].dump_json(item)
        return cls((part, item.code), data.decode())


class _Changing:
    """A directory that is changed in the transaction of a connection, which nobody else does."""

    def __init__(
        self,
        connection: AsyncConnection,
        centre: CentreCode,
        by: str,
        revision: int,
        rows: Iterable[Row[Any]],
    ) -> None:
        self._connection = connection
        self._centre = centre
        self._by = by
        self._now = utc(Instant(time.time()))
        self.revision = revision
        self.known = {(Part(row.part), row.code): row for row in rows}
        """What there was before."""

    def check(self, part: Part, code: str, if_version: int | None) -> None:
        """Raise DirectoryConflict if an entry was not at `if_version`."""
        known = self.known.get((part, code))
        version = None if known is None else known.version
        if version != if_version:
            raise DirectoryConflict(part, code, None if known is None else _item(known), version)

    def place(self, part: Part, code: str) -> int:
        """Return where an entry stands; a new one behind the others of its part."""
        known = self.known.get((part, code))
        if known is not None:
            return int(known.position)
        return max((row.position for row in self.known.values() if row.part == part), default=0) + 1

    async def put(self, entry: _Entry, position: int) -> None:
        """Write an entry."""
        part, code = entry.key
        await self._tell(part, code, entry.data)
        row = {
            "position": position,
            "version": self.revision,
            "data": entry.data,
            "changed_at": self._now,
            "by": self._by,
        }
        one = queries.directory_entry(self._centre, part, code)
        if entry.key in self.known:
            await self._connection.execute(update(directory).where(one), row)
        else:
            key = {"centre": self._centre, "part": part, "code": code}
            await self._connection.execute(insert(directory), key | row)

    async def remove(self, part: Part, code: str) -> None:
        """Remove an entry."""
        await self._tell(part, code, None)
        one = queries.directory_entry(self._centre, part, code)
        await self._connection.execute(delete(directory).where(one))

    async def _tell(self, part: Part, code: str, data: str | None) -> None:
        self.revision += 1
        await self._connection.execute(
            insert(directory_events),
            {
                "centre": self._centre,
                "revision": self.revision,
                "at": self._now,
                "by": self._by,
                "part": part,
                "code": code,
                "data": data,
            },
        )


async def _replace(change: _Changing, entries: Sequence[_Entry]) -> None:
    entries = list(entries)
    wanted = {entry.key for entry in entries}
    for (part, code), row in change.known.items():
        if (part, code) in wanted:
            continue
        if part is Part.AGENCY:
            entries.append(_Entry.of(replace(cast("Agency", _item(row)), active=False)))
        else:
            await change.remove(part, code)
    places = Counter[Part]()
    for entry in entries:
        part, _ = entry.key
        places[part] += 1
        known = change.known.get(entry.key)
        if known is None or (known.data, known.position) != (entry.data, places[part]):
            await change.put(entry, places[part])


def _entries(directory: Directory) -> list[_Entry]:
    items: list[Item] = [*directory.agencies, *directory.types, *directory.areas]
    return [_Entry.of(item) for item in items]


def _state(rows: Sequence[Row[Any]], revision: int) -> DirectoryState:
    found: dict[Part, list[Any]] = defaultdict(list)
    for row in rows:
        found[Part(row.part)].append(_item(row))
    return DirectoryState(
        Directory(
            agencies=tuple(found[Part.AGENCY]),
            types=parents_first(found[Part.TYPE]),
            areas=tuple(found[Part.AREA]),
        ),
        revision,
        {(Part(row.part), row.code): row.version for row in rows},
    )


def _item(row: Row[Any]) -> Item:
    item: Item = _KINDS[Part(row.part)].validate_json(row.data)
    return item


def _change_of(row: Row[Any]) -> DirectoryChange:
    return DirectoryChange(
        revision=row.revision,
        at=instant(row.at),
        by=row.by,
        part=Part(row.part),
        code=row.code,
        item=None if row.data is None else _item(row),
    )
