"""What is spoken with agencies: a call to an agency's number is a step of its handoff.

Whoever talks with a caller has the agency called into that call (a transfer, or a conference). That
its phone rings, and that somebody there answers, is seen in the journal of the call: the handoff of
that ticket to that agency was sent by voice, and then delivered and acknowledged, since whoever
answers hears of it. What they say after that, a person writes down.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from sip112.dispatch.agency import ChannelKind, Rung
from sip112.dispatch.handoff import UNHEARD, Change, Handoff, Step
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.reports import delivered, sent
from sip112.dispatch.said import said
from sip112.routing.call import Place
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import CallId, Instant, TicketId
from sip112.routing.value import value

MOST: Final = 1000
"""Calls to numbers that wait to be looked at; beyond it the oldest are forgotten."""

_VOICE: Final = ChannelKind.VOICE.value


@value
class Called:
    """A number outside that was called into a call."""

    ticket: TicketId
    number: str
    answered: bool
    at: Instant


class Spoken:
    """Has handoffs know of the calls to their agencies.

    Args:
        of_ticket: returns the handoffs of a ticket.
        change: has a handoff change.
    """

    def __init__(
        self,
        of_ticket: Callable[[TicketId], Awaitable[Sequence[Handoff]]],
        change: Callable[[HandoffId, Callable[[Handoff], Change | None]], Awaitable[object]],
    ) -> None:
        self._of_ticket = of_ticket
        self._change = change
        self._called: deque[Called] = deque(maxlen=MOST)
        self._seen: dict[CallId, set[tuple[str, bool]]] = {}

    def heard(self, record: Record) -> None:
        """Take a journal entry. Never waits."""
        call = record.call
        if call is None:
            return
        if record.kind is EntryKind.CALL_ENDED:
            self._seen.pop(call.id, None)
            return
        for party in call.parties:
            number, answered = party.line.number, party.place is not Place.RINGING
            if not number or call.ticket is None:
                continue
            seen = self._seen.setdefault(call.id, set())
            if (number, answered) not in seen:
                seen.add((number, answered))
                self._called.append(Called(call.ticket, number, answered, record.at))

    async def settle(self) -> None:
        """Have the handoffs know of all that was heard. StoreUnavailable; then it is kept."""
        while self._called:
            called = self._called[0]
            for handoff in await self._of_ticket(called.ticket):
                rung = _spoken_by(handoff, called.number)
                if rung is not None and not handoff.ended:
                    await self._change(handoff.id, _decision(called, rung))
            self._called.popleft()


def _spoken_by(handoff: Handoff, number: str) -> Rung | None:
    """Return the rung by which the agency is called at this number."""
    return next(
        (
            rung
            for rung in handoff.ladder
            if rung.channel is ChannelKind.VOICE and rung.address.removeprefix("+") == number
        ),
        None,
    )


def _decision(called: Called, rung: Rung) -> Callable[[Handoff], Change]:
    def decide(before: Handoff) -> Change:
        if not called.answered:
            return sent(before, called.at, rung)
        change = delivered(before, called.at, rung)
        if change.handoff.step not in UNHEARD:
            return change
        by = f"agency:{before.agency} {rung.contact}".strip()
        heard = said(change.handoff, called.at, Step.ACKNOWLEDGED, by, _VOICE)
        return Change(heard.handoff, (*change.events, *heard.events))

    return decide
