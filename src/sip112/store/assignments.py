"""Whose tickets are: as the journal says by itself (`routing.assignment`), and as people say.

Both change the same column and raise the ticket's version, so that whoever shows the ticket
notices. `answered_by` keeps apart what the journal said last: while the assignee is the same, or
nobody, the ticket goes on with the caller.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Update, and_, case, func, literal_column, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sip112.routing.ids import AgentId, CentreCode, TicketId, TicketNumber
from sip112.routing.ticket import Assigned
from sip112.store import queries
from sip112.store.tables import tickets
from sip112.store.tickets import change

COLUMNS: Final = ("centre", "id", "answered_by", "answered_seq", "changed_at")
"""Columns of `tickets` that `follow_caller` takes, in this order."""


class Followed(NamedTuple):
    """A ticket that has gone on with its caller."""

    ticket: TicketId
    number: TicketNumber
    version: int
    assignee: AgentId


def follow_caller(new: dict[str, ColumnElement[Any]]) -> Update:
    """Update the ticket `new` names: who answers for the caller, and whose the ticket is by that.

    An entry that comes twice or late changes nothing. It returns the fields of `Followed`, of
    tickets too that stay with whom a person gave them to.
    """
    agent = new["answered_by"]
    follows = and_(
        or_(tickets.c.assignee.is_(None), tickets.c.assignee == tickets.c.answered_by),
        tickets.c.assignee.is_distinct_from(agent),
    )
    return (
        update(tickets)
        .where(
            tickets.c.centre == new["centre"],
            tickets.c.id == new["id"],
            func.coalesce(tickets.c.answered_seq, literal_column("0")) < new["answered_seq"],
            tickets.c.answered_by.is_distinct_from(agent),
        )
        .values(
            answered_by=agent,
            answered_seq=new["answered_seq"],
            assignee=case((follows, agent), else_=tickets.c.assignee),
            version=case(
                (follows, tickets.c.version + literal_column("1")), else_=tickets.c.version
            ),
            changed_at=case((follows, new["changed_at"]), else_=tickets.c.changed_at),
        )
        .returning(tickets.c.id, tickets.c.number, tickets.c.version, tickets.c.assignee)
    )


async def assign(
    connection: AsyncConnection,
    centre: CentreCode,
    ticket_id: TicketId,
    agent: AgentId | None,
    if_version: int,
    by: str,
) -> Assigned:
    """Give a ticket to somebody in the transaction of `connection`; see `Store.assign_ticket`."""
    ticket = await change(connection, centre, ticket_id, {"assignee": agent}, if_version, by)
    query = queries.ticket_changes(centre, ticket_id, after=if_version)
    for row in await connection.execute(query):
        if row.version == if_version + 1 and row.field == "assignee":
            return Assigned(ticket, row.old, changed=True)
    return Assigned(ticket, ticket.assignee, changed=False)
