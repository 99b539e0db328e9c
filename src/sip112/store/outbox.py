"""The outbox: what agencies are told, for the courier, and for whoever looks after dead letters.

Two couriers may run for a moment, as one node takes over from another. Both may send the same
message, which has one idempotency key and one body, whoever made it; what they write about it is
compared with what they had read, so that neither takes back what the other knows.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.errors import MessageNotDead, MessageNotFound
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.outbox import Draft, Make, MessageState, OutboxItem, Settled
from sip112.dispatch.reasons import Reason
from sip112.routing.ids import CentreCode, Instant
from sip112.store import queries
from sip112.store.changes import LAST, make_letter
from sip112.store.connecting import Connecting
from sip112.store.dossiers import dossier_of
from sip112.store.handoff_rows import earlier_of, item_of, reason_json, rung_of
from sip112.store.rows import clean, cleaned
from sip112.store.tables import kept_now, outbox, utc


class Outbox:
    """The messages to agencies. Everything raises StoreUnavailable (see `Store`)."""

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    # --- for the courier ---------------------------------------------------------------------

    async def ready(
        self,
        centre: CentreCode,
        now: Instant,
        limit: int,
        without: Collection[tuple[AgencyCode, ChannelKind]] = (),
    ) -> list[OutboxItem]:
        """Return messages that are to be tried now, the first of each line; the oldest first.

        A line is what goes to one handoff by one rung. None for those of `without`: whose
        system hangs must not hide the others.
        """
        query = queries.messages_ready(centre, now, limit, without)
        async with self._reading() as connection:
            return [item_of(row) for row in await connection.execute(query)]

    async def compose(
        self, item: OutboxItem, make: Make, *, journal: bool = False
    ) -> OutboxItem | None:
        """Have `make` write what is sent of a message, and keep it; return the message with it.

        It is made of the ticket as it is, which nobody changes meanwhile: a later change has a
        message of its own. If it was made already, that is what is sent. None if the message
        does not wait any more: then nothing is to be sent. With `journal` it can tell of the
        calls from their beginning.
        """
        async with self._writing() as connection:
            dossier = await dossier_of(
                connection, item.centre, item.ticket, lock=True, journal=journal
            )
            if dossier is None:
                return None
            await _lock(connection, item)
            rows = (await connection.execute(queries.messages_of(item.centre, item.handoff))).all()
            found = next((item_of(row) for row in rows if row.id == item.id), None)
            if found is None or found.state is not MessageState.WAITING:
                return None
            if found.body is not None:
                return found
            made = [row for row in rows if row.body is not None and rung_of(row) == found.rung]
            at, earlier = kept_now(), tuple(map(earlier_of, made))
            return await make_letter(connection, Draft(found, dossier, at, earlier), make)

    async def retry(self, item: OutboxItem, next_try_at: Instant, why: Reason) -> bool:
        """Write that a try failed, and when the next one is.

        False, and nothing is written, if somebody else has tried it, or sent it again, or it
        does not wait any more.
        """
        new = {
            "tries": item.tries + 1,
            "next_try_at": utc(next_try_at),
            **_kept(why),
        }
        async with self._writing() as connection:
            return (await connection.execute(queries.update_message(item), new)).rowcount == 1

    async def settle(
        self, item: OutboxItem, how: Settled, at: Instant, why: Reason | None = None
    ) -> bool:
        """Write how a message ended, and why; False, and nothing is written, as for `retry`.

        What is delivered stays so, whatever else is said; and makes older updates of its line,
        which were given up, needless. Nor is anything given up that a handoff which has ended
        does not need any more.
        """
        done = {"done_at": utc(at), **_kept(why)}
        async with self._writing() as connection:
            has_ended = await _lock(connection, item)
            if how is Settled.DELIVERED:
                is_first = await connection.execute(
                    queries.undelivered(item), done | {"state": MessageState.DELIVERED}
                )
                if is_first.rowcount != 1:
                    return False
                await connection.execute(
                    queries.overtaken(item), {"state": MessageState.WITHDRAWN, "done_at": utc(at)}
                )
                return True
            needless = has_ended and item.kind not in LAST
            state = MessageState.WITHDRAWN if needless else MessageState.DEAD
            ended = {"state": state, "tries": item.tries + 1}
            wrote = await connection.execute(queries.update_message(item), done | ended)
            return wrote.rowcount == 1

    # --- for people --------------------------------------------------------------------------

    async def one(self, centre: CentreCode, message: MessageId) -> OutboxItem | None:
        """Return one message."""
        async with self._reading() as connection:
            row = (await connection.execute(queries.message_by_id(centre, message))).first()
            return None if row is None else item_of(row)

    async def of_handoff(self, centre: CentreCode, handoff: HandoffId) -> list[OutboxItem]:
        """Return what an agency is, and was, told of one handoff, oldest first."""
        async with self._reading() as connection:
            found = await connection.execute(queries.messages_of(centre, handoff))
            return [item_of(row) for row in found]

    async def dead(
        self,
        centre: CentreCode,
        *,
        after: tuple[Instant, MessageId] | None = None,
        limit: int = 100,
    ) -> list[OutboxItem]:
        """Return messages that were given up, newest first.

        `after` is `done_at` and id of the last one of the page before.
        """
        async with self._reading() as connection:
            found = await connection.execute(queries.messages_dead(centre, after, limit))
            return [item_of(row) for row in found]

    async def resend(self, centre: CentreCode, message: MessageId, at: Instant) -> OutboxItem:
        """Have a message that was given up be sent again, as it was, from `at` on.

        MessageNotDead if somebody else has done so already, or it never was; MessageNotFound.
        """
        async with self._writing() as connection:
            query = queries.message_by_id(centre, message)
            row = (await connection.execute(query)).first()
            if row is not None:
                await _lock(connection, item_of(row))
                row = (await connection.execute(query)).first()
            if row is None:
                raise MessageNotFound(message)
            if row.state != MessageState.DEAD:
                raise MessageNotDead(message)
            again = item_of(row).evolve(
                state=MessageState.WAITING, tries=0, since=at, next_try_at=at, done_at=None
            )
            one = update(outbox).where(outbox.c.id == message, outbox.c.centre == centre)
            new = {
                "state": again.state,
                "tries": again.tries,
                "since": utc(at),
                "next_try_at": utc(at),
                "done_at": None,
            }
            await connection.execute(one, new)
            return again


def _kept(why: Reason | None) -> dict[str, Any]:
    text = "" if why is None else str(why)
    return {"last_error": clean(text), "last_reason": cleaned(reason_json(why))}


async def _lock(connection: AsyncConnection, item: OutboxItem) -> bool:
    """Have nobody else change what is told of a handoff; return whether it has ended."""
    handoff = queries.handoff_by_id(item.centre, item.handoff)
    row = (await connection.execute(handoff.with_for_update())).first()
    return row is not None and row.ended_at is not None
