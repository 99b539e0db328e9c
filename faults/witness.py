"""What is known of a scenario's calls from outside: SIPp's phones, the tables, Asterisk."""

from __future__ import annotations

from collections.abc import Iterable

import asyncpg

from faults.accounts import Caller, Entry, Ringing
from rig.sipp import CallerView, Invite, Outcome, Ring


def caller(view: CallerView) -> Caller:
    """Return what a caller's phone saw."""
    heard = [at for at in (view.rang_at, view.answered_at) if at]
    return Caller(
        number=view.call.number,
        dialled_at=view.dialled_at,
        heard_at=min(heard, default=0.0),
        ended_at=view.ended_at,
        stays=not view.call.hang_up_at,
        refused=view.outcome is Outcome.REFUSED,
    )


def ringing(invite: Invite, gone_at: float) -> Ringing:
    """Return what a seat's phone saw, which was gone itself at `gone_at` (0 for never)."""
    answered = invite.state is Ring.ANSWERED
    return Ringing(
        seat=invite.seat,
        number=invite.number,
        at=invite.at,
        answered_at=invite.decided_at if answered else 0.0,
        ended_at=(invite.ended_at if answered else invite.decided_at) or gone_at,
    )


def with_seconds(views: Iterable[CallerView]) -> tuple[int, float]:
    """Return how many callers have dialled, and within how many seconds."""
    dialled = sorted(view.dialled_at for view in views if view.dialled_at)
    return len(dialled), dialled[-1] - dialled[0] if dialled else 0.0


class Tables:
    """The tables of one centre, read with nothing of the service's own code between."""

    def __init__(self, url: str, centre: str) -> None:
        self._url = url
        self._centre = centre

    async def entries(self) -> list[Entry]:
        """Return every call."""
        query = (
            "SELECT caller_number, ticket_number, outcome, answered_at, origin"
            " FROM calls WHERE centre = $1 ORDER BY arrived_at"
        )
        return [
            Entry(
                number=row["caller_number"] or "",
                ticket=row["ticket_number"] or "",
                outcome=row["outcome"] or "",
                answered=row["answered_at"] is not None,
                origin=row["origin"],
            )
            for row in await self.read(query, self._centre)
        ]

    async def tickets(self) -> list[str]:
        """Return the number of every ticket."""
        query = "SELECT number FROM tickets WHERE centre = $1"
        return [row["number"] for row in await self.read(query, self._centre)]

    async def untidy(self) -> list[str]:
        """Return the calls that the journal does not begin and end exactly once, by number."""
        query = (
            "SELECT c.caller_number, c.id FROM calls c LEFT JOIN call_events e"
            " ON e.centre = c.centre AND e.call_id = c.id"
            " WHERE c.centre = $1 GROUP BY c.centre, c.id HAVING"
            " count(*) FILTER (WHERE e.kind = 'call.arrived') <> 1"
            " OR count(*) FILTER (WHERE e.kind = 'call.ended') <> 1"
        )
        return [row["caller_number"] or "" for row in await self.read(query, self._centre)]

    async def read(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Return the rows of a query."""
        connection = await asyncpg.connect(self._url, timeout=10, command_timeout=30)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(query, *arguments)
            return rows
        finally:
            await connection.close()

    async def execute(self, statement: str, *arguments: object) -> None:
        """Have the database do something."""
        connection = await asyncpg.connect(self._url, timeout=10, command_timeout=30)
        try:
            await connection.execute(statement, *arguments)
        finally:
            await connection.close()
