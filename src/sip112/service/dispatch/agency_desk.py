"""The desk of agencies' people who have accounts (api.ports.AgencyDesk).

They see what was handed to their agency, and answer it. What was handed to another one, what a
neighbour asks of this centre, and whom a caller is referred to, is none of theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from sip112.api.ports import Answered, Listed, Listing, Opened, Signed
from sip112.dispatch.directory import Directory
from sip112.dispatch.errors import HandoffNotFound, HandoffOver, NothingAnswered
from sip112.dispatch.handoff import Change, Handoff, Purpose, Step
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.dispatch.once import Once
from sip112.dispatch.relay import unanswered
from sip112.routing.ids import CentreCode, Instant
from sip112.service.dispatch.agency_door import answered, opened
from sip112.service.dispatch.handoffs import Handoffs
from sip112.store.store import Store

SHOWN_S: Final = 24 * 3600.0
"""Seconds after its end in which an incident is still shown: it has a caller's number in it."""

MOST: Final = 200
"""Incidents that are shown of those that have not ended, and of those that have."""

ACCOUNT: Final = "account"
"""The channel of what is said here."""


class AgencyDesk:
    """The desk of all agencies of one centre.

    Args:
        centre: whose.
        store: what is kept.
        handoffs: by which handoffs are changed.
        directory: returns the directory as it is.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        centre: CentreCode,
        store: Store,
        handoffs: Handoffs,
        directory: Callable[[], Directory],
        clock: Callable[[], float],
    ) -> None:
        self._centre = centre
        self._store = store
        self._handoffs = handoffs
        self._directory = directory
        self._clock = clock

    async def incidents(self, agency: AgencyCode, /) -> Listing:
        """Return what was handed to an agency, and is not long over."""
        long_ago = self._clock() - SHOWN_S
        going_on = await self._page(agency, ended=False)
        found = [
            *going_on,
            *(each for each in await self._page(agency, ended=True) if each.since > long_ago),
        ]
        latest = await self._store.handoffs.latest(self._centre, going_on)
        lines = {each: unanswered(agency, events) for each, events in latest.items()}
        named = list({each.ticket for each in found})
        tickets = {each.id: each for each in await self._store.tickets_named(self._centre, named)}
        directory = self._directory()
        types = {str(each.code): each for each in directory.types}
        return Listing(
            next((each for each in directory.agencies if each.code == agency), None),
            [
                Listed(each, ticket, types.get(ticket.incident_type or ""), lines.get(each.id))
                for each in found
                if (ticket := tickets.get(each.ticket)) is not None
            ],
        )

    async def open(self, agency: AgencyCode, handoff: HandoffId, /) -> Opened:
        """Return what somebody at the agency has to know. NothingAnswered, HandoffOver."""
        found = await self._store.handoffs.one(self._centre, handoff)
        if found is None or not _is_theirs(found, agency):
            raise NothingAnswered
        if found.ended and found.since <= self._clock() - SHOWN_S:
            raise HandoffOver(found)
        dossier = await self._store.handoffs.dossier(self._centre, found.ticket)
        if dossier is None:
            raise NothingAnswered
        return opened(handoff, dossier, self._directory())

    async def answer(
        self,
        agency: AgencyCode,
        handoff: HandoffId,
        step: Step | None,
        note: str,
        who: Signed,
        /,
    ) -> Answered:
        """Take in what somebody at the agency says. Names are for people, the audit log knows."""
        by = f"agency:{agency} {who.name}".rstrip()

        def decide(before: Handoff) -> Change | None:
            if not _is_theirs(before, agency):
                raise HandoffNotFound(handoff)
            return answered(before, Instant(self._clock()), step, note, by, ACCOUNT)

        once = None
        if who.key:
            said = hashlib.sha256(f"{handoff} {step} {note}".encode()).hexdigest()
            once = Once(who.agent, who.key, said)
        try:
            change = await self._handoffs.change(handoff, decide, once)
        except HandoffNotFound:
            raise NothingAnswered from None
        return Answered(change.handoff, by, new=bool(change.events))

    async def _page(self, agency: AgencyCode, *, ended: bool) -> Sequence[Handoff]:
        page = await self._store.handoffs.page(self._centre, agency=agency, ended=ended, limit=MOST)
        return [each for each in page if _is_theirs(each, agency)]


def _is_theirs(handoff: Handoff, agency: AgencyCode) -> bool:
    """Whether that was handed to an agency, for it to act."""
    return handoff.agency == agency and handoff.purpose is Purpose.HANDOFF
