"""What a notice on the event stream carries."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.assignees import AssigneeView
from sip112.api.schemas.handoffs import HandoffView
from sip112.api.schemas.reasons import ReasonView
from sip112.api.schemas.spies import SpyView
from sip112.api.schemas.values import Time, doc


class TicketChangedView(TypedDict):
    """Notice: somebody changed a ticket."""

    kind: Annotated[Literal["ticket.changed"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    ticket: Annotated[str, doc("Identifier of the ticket.")]
    number: Annotated[str, doc("Its number as a person says it.")]
    version: Annotated[int, doc("The version that the change made.")]
    by: Annotated[str, doc("Who changed it.")]
    fields: Annotated[list[str], doc("Which fields say something else now.")]


class TicketAssignedView(TypedDict):
    """Notice: somebody has given a ticket to somebody, or to nobody."""

    kind: Annotated[Literal["ticket.assigned"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    ticket: Annotated[str, doc("Identifier of the ticket.")]
    number: Annotated[str, doc("Its number as a person says it.")]
    version: Annotated[int, doc("The version that this made: a notice can come twice.")]
    by: Annotated[str, doc("Who did it.")]
    former: Annotated[str | None, doc("Whose it was: a login name; null is nobody's.")]
    assignee: Annotated[AssigneeView | None, doc("Whose it is now; null is nobody's.")]


class SeatTakenOverView(TypedDict):
    """Notice: who sat at a seat does not any more, since somebody else took it."""

    kind: Annotated[Literal["seat.taken_over"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    seat: Annotated[str, doc("Name of the seat.")]
    by: Annotated[str, doc("Who took it.")]
    agent: Annotated[str, doc("Who sat there before.")]


class AlarmView(TypedDict):
    """Notice: something that must be true no longer is, or is again."""

    kind: Annotated[Literal["alarm"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    name: Annotated[str, doc("What is looked at.")]
    ok: Annotated[bool, doc("Whether it is as it must be.")]
    detail: Annotated[str, doc("How it is, in English.")]
    reason: Annotated[
        ReasonView | None, doc("The same, for programs, where there is a code for it.")
    ]
    remedy: Annotated[str, doc("What to do about it; empty where `ok`.")]
    severity: Annotated[Literal["critical", "warning"], doc("What it means when not `ok`.")]


class SpyChangedView(TypedDict):
    """Notice: a supervisor is about to listen, does so, in another mode, or no longer."""

    kind: Annotated[Literal["spy.changed"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    spy: Annotated[SpyView, doc("As it is now; told to whoever has the scope `supervise`.")]


class HandoffChangedView(TypedDict):
    """Notice: a ticket was passed on, or something became of that."""

    kind: Annotated[Literal["handoff.changed"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    handoff: Annotated[HandoffView, doc("As it is now.")]


class MessageChangedView(TypedDict):
    """Notice: a message to an agency has left, was given up, or is sent again.

    It comes once `/v1/dead-letters` says so, which may be after what the handoff tells of it.
    """

    kind: Annotated[Literal["message.changed"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    message: Annotated[str, doc("Identifier of the message.")]
    handoff: Annotated[str, doc("Identifier of the handoff that it is of.")]
    ticket: Annotated[str, doc("Identifier of the ticket.")]


class PresenceChangedView(TypedDict):
    """Notice: an agency's page was opened or closed, or a line came in sight on one.

    Only the node that owns the centre tells it.
    """

    kind: Annotated[Literal["presence.changed"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    handoff: Annotated[str | None, doc("Of which handoff; null if of all of an agency.")]
    agency: Annotated[str | None, doc("Of which agency, then.")]


class DirectoryChangedView(TypedDict):
    """Notice: agencies, incident types or areas are not as they were."""

    kind: Annotated[Literal["directory.changed"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    revision: Annotated[int, doc("Of the whole directory by now; what it says is to be read.")]


NoticeView = (
    TicketChangedView
    | TicketAssignedView
    | SeatTakenOverView
    | AlarmView
    | SpyChangedView
    | HandoffChangedView
    | MessageChangedView
    | PresenceChangedView
    | DirectoryChangedView
)
"""What a notice on the event stream carries, by its `kind`."""
