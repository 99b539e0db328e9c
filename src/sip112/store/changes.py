"""What follows from a change of a handoff, or of its ticket, in the transaction of a connection.

Whoever comes here holds the ticket's row locked, then the handoff's, always in this order: so
what an agency is told is made of a ticket that does not change meanwhile, and of two who change
one handoff the second sees what the first did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Table, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.dispatch.agency import Rung
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import HandoffsOpen
from sip112.dispatch.handoff import (
    ACTING,
    Change,
    EventKind,
    Handoff,
    Message,
    MessageKind,
    Purpose,
    Step,
)
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.outbox import Draft, Make, MessageState, OutboxItem
from sip112.dispatch.received import answered
from sip112.dispatch.requests import changed
from sip112.people.audit import new_id
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.store import queries
from sip112.store.handoff_rows import (
    Values,
    event_row,
    handoff_of,
    handoff_row,
    item_for,
    item_row,
    letter_row,
    link_rows,
    rung_of,
)
from sip112.store.rows import cleaned
from sip112.store.tables import agency_links, handoff_events, handoffs, instant, outbox, utc

LAST: Final = frozenset({MessageKind.CANCEL, MessageKind.ANSWER})
"""Messages that are to be told although the handoff has ended: they say that, and how."""

IN_DOUBT_S: Final = 2.0
"""Seconds after something was written on a duplicate in which what an agency is told may have been
made without it: nothing locks the two. Then the agency is rather told twice."""


async def begin_handoffs(
    connection: AsyncConnection,
    dossier: Dossier,
    changes: Sequence[Change],
    at: Instant,
    make: Make,
) -> list[OutboxItem]:
    """Write handoffs that there have not been; return their messages, ready to be sent.

    What is sent is made here, and not read again before it is.
    """
    begun = [each.handoff for each in changes]
    events = {each.handoff.id: each.events for each in changes}
    dossier = replace(
        dossier,
        handoffs=(*dossier.handoffs, *begun),
        events={**dossier.events, **events},
    )
    items: list[OutboxItem] = []
    rows: dict[Table, list[Values]] = defaultdict(list)
    for change in changes:
        rows[handoffs].append(handoff_row(change.handoff))
        rows[handoff_events] += _event_rows(change, 0)
        for n, message in enumerate(change.messages, 1):
            item = item_for(change.handoff, message, at)
            draft = Draft(item, dossier, at)
            letter = cleaned(make(draft))
            items.append(item.evolve(body=letter.body, content_type=letter.content_type))
            rows[outbox].append(item_row(item, n) | letter_row(letter, draft))
            rows[agency_links] += link_rows(letter, draft)
    for table, some in rows.items():
        if some:
            await connection.execute(insert(table), some)
    return items


async def change_handoff(
    connection: AsyncConnection, before: Handoff, change: Change, at: Instant
) -> Change:
    """Write what a handoff has become; return it with the messages that are in the outbox."""
    after = change.handoff
    if after.version != before.version:
        one = update(handoffs).where(handoffs.c.id == after.id, handoffs.c.centre == after.centre)
        await connection.execute(one, handoff_row(after))
    if change.events:
        last = await connection.scalar(queries.last_handoff_event(after.centre, after.id))
        await connection.execute(insert(handoff_events), _event_rows(change, last or 0))
    begins_to_act = after.step in ACTING and before.step not in ACTING
    if not (change.messages or change.withdrawn or begins_to_act):
        return change
    told = _Told((await connection.execute(queries.messages_of(after.centre, after.id))).all())
    if change.withdrawn:
        await _withdraw(connection, after.centre, told.needless(ended=after.ended), at)
    messages = [*told.wanted(change.messages, withdrawn=change.withdrawn)]
    if begins_to_act:
        version = await connection.scalar(queries.told_version(after.centre, after.ticket))
        written = await connection.scalar(queries.duplicates_written_at(after.centre, after.ticket))
        others_at = None if written is None else instant(written)
        messages += _missed(after, at, told, version or 0, others_at)
    await _put(connection, [item_for(after, each, at) for each in messages], told.last)
    return replace(change, messages=tuple(messages))


async def follow_ticket(
    connection: AsyncConnection,
    centre: CentreCode,
    ticket: TicketId,
    at: Instant,
    by: AgencyCode | None = None,
) -> None:
    """Have a change of a ticket follow to the agencies that act on it, but not to whose it is."""
    query = queries.handoffs_open(centre, ticket).with_for_update()
    for row in (await connection.execute(query)).all():
        handoff = handoff_of(row)
        if handoff.agency == by:
            continue
        change = changed(handoff, at, partial(new_id, at))
        if change is None or (change.events and await _is_untold(connection, handoff)):
            continue  # somebody has to tell them anyhow: of all of it, once
        await change_handoff(connection, handoff, change, at)


async def _is_untold(connection: AsyncConnection, handoff: Handoff) -> bool:
    query = queries.handoff_histories(handoff.centre, [handoff.id])
    kinds = [row.kind for row in await connection.execute(query)]
    return bool(kinds) and kinds[-1] == EventKind.UNTOLD


async def close_handoffs(
    connection: AsyncConnection, centre: CentreCode, ticket: TicketId, at: Instant, by: str
) -> None:
    """Have nothing of a ticket be open: what another centre asked for is done.

    HandoffsOpen if an agency that was asked from here has not ended. A referral waits for nobody
    but the courier: it goes on by itself.
    """
    query = queries.handoffs_open(centre, ticket).with_for_update()
    found = [handoff_of(row) for row in (await connection.execute(query)).all()]
    asked = [each for each in found if each.purpose is Purpose.HANDOFF]
    if asked:
        raise HandoffsOpen(asked)
    for handoff in found:
        if handoff.purpose is not Purpose.RECEIVED:
            continue
        change = answered(handoff, at, Step.COMPLETED, by, "", partial(new_id, at))
        await change_handoff(connection, handoff, change, at)


async def make_letter(connection: AsyncConnection, draft: Draft, make: Make) -> OutboxItem:
    """Make what is sent of a message, and keep it with the links in it; return the message."""
    item, letter = draft.item, cleaned(make(draft))
    one = update(outbox).where(outbox.c.id == item.id, outbox.c.centre == item.centre)
    await connection.execute(one, letter_row(letter, draft))
    if rows := link_rows(letter, draft):
        await connection.execute(insert(agency_links), rows)
    return item.evolve(body=letter.body, content_type=letter.content_type)


class _Told:
    """What an agency is, and was, told of one handoff."""

    def __init__(self, rows: Iterable[Row[Any]]) -> None:
        self._rows = list(rows)
        self.last = self._rows[-1].n if self._rows else 0
        """The number of the last message."""
        self._unmade = {
            rung_of(row) for row in self._rows if _is_unmade(row) and row.kind != MessageKind.ANSWER
        }
        """By which rungs the incident will be told with what is not made yet, and so up to date."""

    def needless(self, *, ended: bool) -> Iterator[UUID]:
        """Yield the messages that are not to be told any more.

        Those which nobody can have got; and, when the handoff has ended, those that wait for
        a person, and what a caller was to be told: no cancellation follows to them.
        """
        for row in self._rows:
            given_up = row.state == MessageState.DEAD and row.kind not in LAST
            waits = row.state == MessageState.WAITING and row.kind == MessageKind.REFERRAL
            if _is_unmade(row) or (ended and (given_up or waits)):
                yield row.id

    def wanted(self, messages: Iterable[Message], *, withdrawn: bool) -> Iterator[Message]:
        """Yield those of `messages` that say more than what there is already.

        No update beside a message that is not made yet, and no cancellation of a request that
        was never made.
        """
        made = {rung_of(row) for row in self._rows if not _is_unmade(row)}
        for message in messages:
            if message.kind is MessageKind.UPDATE and message.rung in self._unmade:
                continue
            if message.kind is MessageKind.CANCEL and withdrawn and message.rung not in made:
                continue
            yield message

    def made_at(self, rung: Rung) -> Instant:
        """Return when what was last told by a rung was made."""
        made = [row.made_at for row in self._rows if rung_of(row) == rung]
        return max((instant(each) for each in made if each is not None), default=Instant(0.0))

    def version(self, rung: Rung) -> int:
        """Return the version of the ticket that was last told by a rung."""
        versions = [row.ticket_version for row in self._rows if rung_of(row) == rung]
        return max((each for each in versions if each is not None), default=0)


def _is_unmade(row: Row[Any]) -> bool:
    return bool(row.state == MessageState.WAITING and row.body is None)


def _missed(
    handoff: Handoff, at: Instant, told: _Told, version: int, others_at: Instant | None
) -> list[Message]:
    """Return updates for the rungs by which an older version of the ticket was told.

    Or what was on its duplicates before somebody wrote on one of them (`others_at`). At once:
    whoever has just accepted shall not set out for the wrong place.
    """
    change = changed(handoff, at, partial(new_id, at))
    messages = () if change is None else change.messages
    return [
        replace(each, not_before=at)
        for each in told.wanted(messages, withdrawn=False)
        if told.version(each.rung) < version
        or (others_at is not None and told.made_at(each.rung) < others_at + IN_DOUBT_S)
    ]


def _event_rows(change: Change, last: int) -> list[Values]:
    return [event_row(change.handoff, last + n, each) for n, each in enumerate(change.events, 1)]


async def _put(connection: AsyncConnection, items: list[OutboxItem], last: int) -> None:
    if items:
        rows = [item_row(each, last + n) for n, each in enumerate(items, 1)]
        await connection.execute(insert(outbox), rows)


async def _withdraw(
    connection: AsyncConnection, centre: CentreCode, messages: Iterator[UUID], at: Instant
) -> None:
    found = list(messages)
    if found:
        some = update(outbox).where(outbox.c.id.in_(found), outbox.c.centre == centre)
        await connection.execute(some, {"state": MessageState.WITHDRAWN, "done_at": utc(at)})
