"""What is spoken with agencies: a call to an agency's number is a step of its handoff.

Whoever talks with a caller has the agency called into that call (a transfer, or a conference). That
its phone rings, and that somebody there answers, is seen in the journal of the call: the handoff of
that ticket to that agency was sent by voice, and then delivered and acknowledged, since whoever
answers hears of it. What they say after that, a person writes down.

Often the call comes first, and the ticket is handed to the agency while they talk. So a call of
which no handoff knows yet is looked at again for a while.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from sip112.dispatch.agency import ChannelKind, Rung, dialled
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

EARLY: Final = 50
"""Calls that came before the handoff, if there will be one; beyond it likewise."""

TALKED_S: Final = 600.0
"""Seconds after an answer in which a handoff may follow."""

RANG_S: Final = 60.0
"""Seconds after a telephone began to ring: by then somebody has answered, or nobody will."""

LOOK_S: Final = 2.0
"""Seconds between looks at whether it did."""

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
        self._early: OrderedDict[tuple[TicketId, str], Called] = OrderedDict()
        self._look_at = Instant(0.0)
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

    async def settle(self, now: Instant) -> None:
        """Have the handoffs know of all that was heard. StoreUnavailable; then it is kept."""
        while self._called:
            called = self._called[0]
            key = called.ticket, called.number
            self._early.pop(key, None)
            if not await self._tell(called):
                self._early[key] = called
                if len(self._early) > EARLY:
                    self._early.popitem(last=False)
            self._called.popleft()
        if now >= self._look_at:
            await self._look_again(now)
            self._look_at = Instant(now + LOOK_S)

    async def _look_again(self, now: Instant) -> None:
        for key, called in tuple(self._early.items()):
            until = called.at + (TALKED_S if called.answered else RANG_S)
            if now > until or await self._tell(called):
                del self._early[key]

    async def _tell(self, called: Called) -> bool:
        """Have the handoffs to the agency of a number know of a call; return whether there is one.

        One that has ended is one: it is not begun again by what was said for it.
        """
        found = False
        for handoff in await self._of_ticket(called.ticket):
            rung = _spoken_by(handoff, called.number)
            found = found or rung is not None
            if rung is not None and not handoff.ended:
                await self._change(handoff.id, _decision(called, rung))
        return found


def _spoken_by(handoff: Handoff, number: str) -> Rung | None:
    """Return the rung by which the agency is called at this number."""
    return next(
        (
            rung
            for rung in handoff.ladder
            if rung.channel is ChannelKind.VOICE and dialled(rung) == number
        ),
        None,
    )


def _decision(called: Called, rung: Rung) -> Callable[[Handoff], Change]:
    def decide(before: Handoff) -> Change:
        at = Instant(max(called.at, before.since))  # a handoff may be younger than the call
        if not called.answered:
            return sent(before, at, rung)
        change = delivered(before, at, rung)
        if change.handoff.step not in UNHEARD:
            return change
        by = f"agency:{before.agency} {rung.contact}".strip()
        heard = said(change.handoff, at, Step.ACKNOWLEDGED, by, _VOICE)
        return Change(heard.handoff, (*change.events, *heard.events))

    return decide
