"""Neighbour centres: an incident that another centre passes on becomes a ticket here, once.

The other centre's message is proven already (`agency_door`). The ticket has the identifier that the
incident has there, so that both centres speak of one; the core opens it, since it gives out the
numbers, and it is waited for until it is stored. All that the message tells of it is then written
in one transaction. Whatever fails before, the other centre asks for again, under the same names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import structlog

from sip112.dispatch.agency import Agency, AgencyKind
from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import (
    HandoffNotFound,
    NotACentre,
    TooManyIncidents,
    Unreadable,
)
from sip112.dispatch.handoff import Change, Handoff, IllegalStep, MessageKind, Purpose
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.dispatch.once import Once
from sip112.dispatch.received import received, taken_back
from sip112.dispatch.said import noted, said, too_late
from sip112.handoff.inbound import Said
from sip112.handoff.neighbours import Asked
from sip112.routing.errors import StoreUnavailable, TicketNotFound
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.ticket import TicketRecord, Written
from sip112.service.dispatch.handoffs import Handoffs
from sip112.store.neighbours import Taken, Told
from sip112.store.store import Store

PER_MINUTE: Final = 120
"""Incidents that one neighbour may pass on within `MINUTE_S`: more than are taken down there."""
MINUTE_S: Final = 60.0

STORED_WITHIN_S: Final = 4.0
"""Seconds within which a ticket must be stored that the core has opened."""
LOOK_S: Final = 0.02

_log = structlog.get_logger(__name__)


class Opening(Protocol):
    """Has the core open a ticket."""

    async def __call__(self, ticket: TicketId, domain: str, /) -> None:
        """Open it, unless there is one of that identifier. NotOwner, TimeoutError.

        `domain` is of the centre where the incident began.
        """
        ...


class Neighbours:
    """The neighbours of one centre.

    Args:
        centre: whose.
        severities: those that a ticket of the centre can have.
        store: what is kept.
        handoffs: who tells of handoffs that have changed.
        directory: returns the directory as it is.
        open_ticket: has the core open a ticket.
        changed: is told of a ticket that has changed.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        centre: CentreCode,
        severities: tuple[str, ...],
        store: Store,
        handoffs: Handoffs,
        directory: Callable[[], Directory],
        open_ticket: Opening,
        changed: Callable[[TicketRecord, str], None],
        clock: Callable[[], float],
    ) -> None:
        self._centre = centre
        self._severities = severities
        self._store = store
        self._handoffs = handoffs
        self._directory = directory
        self._open_ticket = open_ticket
        self._changed = changed
        self._clock = clock

    async def asked(self, agency: AgencyCode, asked: Asked, once: Once) -> Change:
        """Take what another centre asks.

        NotACentre, TooManyIncidents, AlreadyHandedOff, Unreadable, HandoffNotFound, KeyReused.
        """
        neighbour = self._neighbour(agency)
        told = self._told(neighbour, asked)
        if asked.kind is MessageKind.REQUEST:
            taken = await self._receive(neighbour, asked, told, once)
        else:
            taken = await self._store.neighbours.take(
                self._centre, asked.handoff, told, lambda before: self._follows(before, asked), once
            )
        self._tell(agency, taken)
        return taken.change

    async def answered(
        self,
        agency: AgencyCode,
        handoff: HandoffId,
        told: Said,
        by: str,
        channel: str,
        once: Once,
    ) -> Change:
        """Take what another centre answers, and what happened there.

        Both centres may speak at once: a step that does not follow here any more, since this one
        has taken the incident back, is a note. HandoffNotFound, ReasonNeeded, KeyReused.
        """

        def decide(before: Handoff) -> Change | None:
            check_asked(before, agency, told.ticket)
            now = Instant(self._clock())
            step, note = told.step, told.note
            if step is not None and step is not before.step:
                try:
                    return said(before, now, step, by, channel, note)
                except IllegalStep:
                    return too_late(before, now, step, by, channel, note)
            return noted(before, now, by, channel, note) if note else None

        moments = () if told.history is None else told.history.moments
        taken = await self._store.neighbours.take(
            self._centre, handoff, Told(agency, {}, moments), decide, once
        )
        self._tell(agency, taken)
        return taken.change

    def is_centre(self, agency: AgencyCode) -> bool:
        """Whether an agency is another centre."""
        return any(
            each.code == agency and each.kind is AgencyKind.CENTRE
            for each in self._directory().agencies
        )

    # --- an incident -----------------------------------------------------------------------

    async def _receive(self, neighbour: Agency, asked: Asked, told: Told, once: Once) -> Taken:
        if await self._store.handoffs.one(self._centre, asked.handoff) is None:
            await self._check_rate(neighbour.code)
        severity = told.fields.get("severity")

        def decide(dossier: Dossier) -> Change:
            return received(
                asked.handoff,
                self._centre,
                dossier.ticket.id,
                neighbour,
                Instant(self._clock()),
                severity if isinstance(severity, str) else dossier.ticket.severity,
            )

        kept = self._store.neighbours
        try:
            return await kept.receive(self._centre, asked.ticket, told, decide, once)
        except TicketNotFound:
            await self._open_ticket(asked.ticket, asked.domain)
        _log.info(
            "a neighbour passes an incident on",
            agency=neighbour.code,
            ticket=str(asked.ticket),
            number=asked.number,
        )
        try:
            async with asyncio.timeout(STORED_WITHIN_S):
                while await self._is_unwritten(asked.ticket):  # noqa: ASYNC110 - by another task
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise StoreUnavailable("The ticket is not stored yet. Try again.") from None
        return await kept.receive(self._centre, asked.ticket, told, decide, once)

    async def _is_unwritten(self, ticket: TicketId) -> bool:
        return not await self._store.tickets_named(self._centre, [ticket])

    async def _check_rate(self, agency: AgencyCode) -> None:
        now = self._clock()
        since = Instant(now - MINUTE_S)
        found = await self._store.neighbours.received(self._centre, agency, since)
        if len(found) >= PER_MINUTE:
            oldest = found[-PER_MINUTE]
            _log.warning("a neighbour passes on too many incidents", agency=agency)
            raise TooManyIncidents(oldest + MINUTE_S - now)

    def _follows(self, before: Handoff, asked: Asked) -> Change | None:
        """Return what an update or a cancellation does to a handoff; None is nothing."""
        if before.ticket != asked.ticket:
            raise Unreadable(
                "$id",
                "the handoff is of another incident than the document",
                "Send the document of the incident that was passed on.",
            )
        if asked.kind is MessageKind.UPDATE:
            return None
        if before.purpose is not Purpose.RECEIVED:
            raise Unreadable(
                "type",
                "the handoff was asked for by this centre, and is not yours to take back",
                "Decline it instead.",
            )
        return taken_back(before, Instant(self._clock()), asked.reason)

    # --- what is common ----------------------------------------------------------------------

    def _neighbour(self, code: AgencyCode) -> Agency:
        found = next((each for each in self._directory().agencies if each.code == code), None)
        if found is None or found.kind is not AgencyKind.CENTRE:
            _log.warning("an agency that is no centre passes an incident on", agency=code)
            raise NotACentre(code)
        return found

    def _told(self, neighbour: Agency, asked: Asked) -> Told:
        return Told(
            neighbour.code,
            self._known_here(asked),
            () if asked.history is None else asked.history.moments,
        )

    def _known_here(self, asked: Asked) -> Mapping[str, Written]:
        """Return the fields in words of this centre; a type that it has not is told in the text."""
        fields = dict(asked.fields)
        types = {each.code for each in self._directory().types}
        if "incident_type" in fields and fields["incident_type"] not in types:
            named = asked.type_name or fields["incident_type"]
            fields["narrative"] = "\n".join(
                str(each) for each in (named, fields.get("narrative")) if each
            )
            del fields["incident_type"]
        if fields.get("severity") not in self._severities:
            fields.pop("severity", None)
        return fields

    def _tell(self, agency: AgencyCode, taken: Taken) -> None:
        if taken.change.events:
            self._handoffs.tell(taken.change)
        if taken.ticket is not None:
            self._changed(taken.ticket, f"agency:{agency}")


def is_asked(handoff: Handoff, agency: AgencyCode) -> bool:
    """Whether this centre has asked an agency to act."""
    return handoff.agency == agency and handoff.purpose is Purpose.HANDOFF


def check_asked(handoff: Handoff, agency: AgencyCode, ticket: TicketId | None) -> None:
    """Check that an answer of an agency is to what it was asked, of the incident that it names.

    HandoffNotFound, Unreadable.
    """
    if not is_asked(handoff, agency):
        raise HandoffNotFound(handoff.id)
    if ticket not in {None, handoff.ticket}:
        raise Unreadable(
            "$id",
            "the dispatch is of another incident than the document",
            "Send the document and its dispatch with the $id that the request had.",
        )
