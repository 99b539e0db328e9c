"""Passing tickets on, for whoever asks at this node (api.ports.Handoffs).

What is decided is the core's (`sip112.dispatch`), what is kept the store's; here they meet. Any
node can be asked: the store's transaction is what makes it happen once, and the courier of
whichever node owns the centre carries what there is to carry.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sip112.api.ports import Referred
from sip112.directory import geometry
from sip112.dispatch.agency import AgencyKind, ChannelKind
from sip112.dispatch.directory import Area, Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import NothingSet, NotRelayed, OnlyReferredTo, UnknownAgency
from sip112.dispatch.escalation import weighed
from sip112.dispatch.handoff import Change, Handoff, HandoffEvent, Purpose, Step
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId, TypeCode
from sip112.dispatch.limits import SHIPPED, Table, limits_for
from sip112.dispatch.once import Once
from sip112.dispatch.outbox import OutboxItem
from sip112.dispatch.plans import Proposal, proposal
from sip112.dispatch.received import answered, remarked
from sip112.dispatch.referrals import How, refer
from sip112.dispatch.relay import relayed
from sip112.dispatch.requests import begin, cancelled
from sip112.dispatch.said import noted, said
from sip112.handoff.letters import Letters
from sip112.people.audit import new_id
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.place import Place
from sip112.routing.ticket import TicketRecord
from sip112.store.handoffs import Handoffs as Kept
from sip112.store.handoffs import Requested
from sip112.store.outbox import Outbox

LEAVES_S: Final = 0.002
"""Seconds after which messages have left. What else follows from a handoff would be in their way:
a look into the database alone takes as long as they do."""

WithHistory = tuple[Handoff, Sequence[HandoffEvent]]


def idle(_: Sequence[OutboxItem]) -> None:
    """Hear that there is something to carry at a node that does not."""


class Handoffs:
    """The handoffs of one centre.

    Args:
        centre: whose.
        kept: where they are kept.
        outbox: where their messages are kept.
        directory: returns the directory as it is.
        letters: writes what agencies are sent.
        zone: the centre's local time, by which agencies are open.
        told: is told of each handoff that has changed.
        notified: channels by which people are told; without one nobody is by it.
        limits: how long is waited for each step, by severity.
        moved: is told of each message that has ended, or is sent again, once the outbox says so.
    """

    def __init__(
        self,
        centre: CentreCode,
        kept: Kept,
        outbox: Outbox,
        directory: Callable[[], Directory],
        letters: Letters,
        zone: ZoneInfo,
        told: Callable[[Handoff], None],
        notified: Collection[ChannelKind] = (),
        limits: Table = SHIPPED,
        moved: Callable[[OutboxItem], None] = lambda _: None,
    ) -> None:
        self.woken: Callable[[Sequence[OutboxItem]], None] = idle
        """Is told of what there is to carry; set while the courier runs at this node."""
        self._centre = centre
        self._kept = kept
        self._outbox = outbox
        self._directory = directory
        self.letters = letters
        """Writes what agencies are sent."""
        self._zone = zone
        self._told = told
        self._notified = notified
        self._limits = limits
        self.moved = moved
        """Is told of each message that has ended, or is sent again."""

    # --- what the API sees -----------------------------------------------------------------

    async def proposal(self, ticket: TicketRecord, /) -> Proposal:
        """Return whom the plan of the ticket's type asks for."""
        directory, place = self._directory(), None
        if ticket.latitude is not None and ticket.longitude is not None:
            place = Place(ticket.latitude, ticket.longitude)
        type_code = None if ticket.incident_type is None else TypeCode(ticket.incident_type)
        # in a thread: the first look at a border takes a while
        return await asyncio.to_thread(
            proposal, directory, type_code, place, _now(), self._zone, _inside
        )

    async def request(
        self, ticket: TicketRecord, agencies: Sequence[AgencyCode], by: str, key: str, /
    ) -> list[WithHistory]:
        """Pass a ticket on to agencies, all of them or none."""
        known = {each.code: each for each in self._directory().agencies if each.active}
        unknown = next((code for code in agencies if code not in known), None)
        if unknown is not None:
            raise UnknownAgency(unknown)
        service = next((code for code in agencies if known[code].kind is AgencyKind.SERVICE), None)
        if service is not None:
            raise OnlyReferredTo(service)
        now = _now()
        # one for each handoff and its message, in the order in which the agencies were named
        ids = iter(sorted(new_id(now) for _ in range(2 * len(agencies))))

        def decide(dossier: Dossier) -> list[Change]:
            limits = limits_for(dossier.ticket.severity, self._limits)
            return [
                begin(dossier.ticket, known[code], now, by, lambda: next(ids), limits)
                for code in agencies
            ]

        once = _once(by, key, str(ticket.id), *agencies)
        centres = any(known[code].kind is AgencyKind.CENTRE for code in agencies)
        made = await self._kept.request(
            self._centre, ticket.id, once, decide, self.letters, self._begun, journal=centres
        )
        return await self._with_histories(made.handoffs)

    async def refer(
        self, ticket: TicketRecord, service: AgencyCode, how: How, by: str, key: str, /
    ) -> Referred:
        """Refer the caller to a service, by voice or by SMS to the number of the last call."""
        agencies = self._directory().agencies
        known = next((each for each in agencies if each.active and each.code == service), None)
        if known is None:
            raise UnknownAgency(service)
        if how is How.SMS and ChannelKind.SMS not in self._notified:
            raise NothingSet(ChannelKind.SMS)
        now = _now()
        ids = iter(sorted(new_id(now) for _ in range(2)))

        def decide(dossier: Dossier) -> Change:
            caller = dossier.calls[-1].caller.number if dossier.calls else None
            return refer(dossier.ticket, known, now, by, how, caller, lambda: next(ids))

        once = _once(by, key, str(ticket.id), "referral", service, how)
        made = await self._kept.refer(
            self._centre, ticket.id, once, decide, self.letters, self._begun
        )
        (found,) = await self._with_histories(made.handoffs)
        return Referred(found, made.ticket, written=made.written)

    async def of_ticket(self, ticket: TicketId, /) -> list[WithHistory]:
        """Return the handoffs of a ticket, in the order in which it was passed on."""
        return await self._with_histories(await self._kept.of_ticket(self._centre, ticket))

    async def one(self, handoff: HandoffId, /) -> WithHistory | None:
        """Return one handoff."""
        found = await self._kept.one(self._centre, handoff)
        return None if found is None else (await self._with_histories([found]))[0]

    async def page(
        self,
        *,
        agency: AgencyCode | None = None,
        purpose: Purpose | None = None,
        ended: bool | None = None,
        after: tuple[Instant, HandoffId] | None = None,
        limit: int = 100,
    ) -> list[WithHistory]:
        """Return handoffs, newest first, with what of their history waits for somebody.

        That is what came since the last line of text; nothing of those that have ended.
        """
        found = await self._kept.page(
            self._centre, agency=agency, purpose=purpose, ended=ended, after=after, limit=limit
        )
        going_on = [each for each in found if not each.ended]
        latest = await self._kept.latest(self._centre, going_on) if going_on else {}
        return [(each, latest.get(each.id, ())) for each in found]

    async def said(
        self, handoff: HandoffId, step: Step, by: str, channel: str, note: str, /
    ) -> WithHistory:
        """Take down what an agency has said; or what is done here for another centre."""

        def decide(before: Handoff) -> Change:
            now = _now()
            if before.purpose is Purpose.RECEIVED:
                return answered(before, now, step, by, note, partial(new_id, now))
            return said(before, now, step, by, channel, note)

        return await self._change(handoff, decide)

    async def note(self, handoff: HandoffId, by: str, channel: str, note: str, /) -> WithHistory:
        """Write a note."""

        def decide(before: Handoff) -> Change:
            now = _now()
            if before.purpose is Purpose.RECEIVED:
                return remarked(before, now, by, note, partial(new_id, now))
            return noted(before, now, by, channel, note)

        return await self._change(handoff, decide)

    async def relay(self, handoff: HandoffId, text: str, by: str, key: str, /) -> WithHistory:
        """Pass a line of text on; another centre has people who are called, and told by notes."""
        centres = {
            each.code for each in self._directory().agencies if each.kind is AgencyKind.CENTRE
        }

        def decide(before: Handoff) -> Change:
            if before.agency in centres:
                raise NotRelayed(before)
            return relayed(before, _now(), by, text)

        return await self._change(handoff, decide, _once(by, key, str(handoff), "line", text))

    async def cancel(self, handoff: HandoffId, by: str, reason: str, /) -> WithHistory:
        """Take a handoff back."""
        now = _now()
        return await self._change(
            handoff, lambda before: cancelled(before, now, by, reason, lambda: new_id(now))
        )

    async def dead(
        self, *, after: tuple[Instant, MessageId] | None = None, limit: int = 100
    ) -> list[OutboxItem]:
        """Return messages that were given up, newest first."""
        return await self._outbox.dead(self._centre, after=after, limit=limit)

    async def resend(self, message: MessageId, /) -> OutboxItem:
        """Send one of them again, as it was."""
        item = await self._outbox.resend(self._centre, message, _now())
        self.woken(())
        self.moved(item)
        return item

    async def closed(self, ticket: TicketId, /) -> None:
        """See to what follows from closing a ticket: what another centre asked for is done."""
        for handoff in await self._kept.of_ticket(self._centre, ticket):
            if handoff.purpose is Purpose.RECEIVED:
                self._told(handoff)
                self.woken(())

    async def weigh(self) -> None:
        """Have clocks run by the severities that tickets have by now."""
        for handoff, severity in await self._kept.misweighed(self._centre):
            limits = limits_for(severity, self._limits)
            change = await self.change(handoff, partial(weighed, severity=severity, limits=limits))
            self._told(change.handoff)

    # --- what is common to all of them ---------------------------------------------------------

    async def change(
        self,
        handoff: HandoffId,
        decide: Callable[[Handoff], Change | None],
        once: Once | None = None,
        /,
    ) -> Change:
        """Have `decide` say what becomes of a handoff; write that, and see to what follows.

        What was done under the key of `once` already is not done again.
        """
        change = await self._kept.change(self._centre, handoff, decide, once)
        self.tell(change)
        return change

    def tell(self, change: Change) -> None:
        """See to what follows from a change that is written."""
        if change.messages:
            self.woken(())
        if change.events:
            self._told(change.handoff)

    async def _begun(self, made: Requested) -> None:
        """See to what follows from passing an incident on, first of all that it leaves."""
        self.woken(made.items)
        await asyncio.sleep(0)
        for handoff in made.handoffs:  # before anything comes of it
            self._told(handoff)
        if made.items:
            await asyncio.sleep(LEAVES_S)

    async def _change(
        self, handoff: HandoffId, decide: Callable[[Handoff], Change], once: Once | None = None
    ) -> WithHistory:
        change = await self.change(handoff, decide, once)
        return (await self._with_histories([change.handoff]))[0]

    async def _with_histories(self, handoffs: Sequence[Handoff]) -> list[WithHistory]:
        histories = await self._kept.histories(self._centre, handoffs)
        return [(each, histories.get(each.id, ())) for each in handoffs]


def _once(by: str, key: str, *asked: str) -> Once:
    return Once(by, key, hashlib.sha256(" ".join(asked).encode()).hexdigest())


def _inside(area: Area, latitude: float, longitude: float) -> bool:
    return geometry.inside(area.geometry, latitude, longitude)


def _now() -> Instant:
    return Instant(time.time())
