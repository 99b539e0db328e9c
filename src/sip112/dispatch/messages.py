"""What an agency is told by the rungs of its ladder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from sip112.dispatch.agency import AUTOMATIC, Rung
from sip112.dispatch.handoff import Handoff, Message, MessageKind
from sip112.dispatch.ids import MessageId
from sip112.routing.ids import Instant


def messages(
    handoff: Handoff,
    kind: MessageKind,
    rungs: Iterable[Rung],
    at: Instant,
    new_id: Callable[[], UUID],
) -> tuple[Message, ...]:
    """Return what is to be sent from `at` on: a message for each rung that needs no person."""
    return tuple(
        Message(MessageId(new_id()), handoff.id, kind, rung, at)
        for rung in rungs
        if rung.channel in AUTOMATIC
    )
