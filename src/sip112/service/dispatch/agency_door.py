"""The door for agencies: what they answer is taken for what it is (api.ports.AgencyDoor).

Who a system is, the signature of its message alone shows; what the message claims is compared with
it. Every message counts once, however often it is sent, and a handoff of another agency is as
unknown as none. People open links: a link is of one handoff, and shows and changes nothing else.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from sip112.api.ports import Answered, Opened
from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import (
    HandoffNotFound,
    NothingAnswered,
    NotProven,
    TooManyWrong,
    Unreadable,
)
from sip112.dispatch.handoff import Change, EventKind, Handoff, HandoffEvent, Step
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.dispatch.once import Once
from sip112.dispatch.outbox import LinkTarget
from sip112.dispatch.said import check_not_over, is_of, noted, said, wrote
from sip112.handoff import signing
from sip112.handoff.inbound import Said
from sip112.handoff.letters import digest
from sip112.handoff.neighbours import Asked, read
from sip112.handoff.reading import BadDocument
from sip112.people.attempts import Attempts
from sip112.routing.ids import CentreCode, Instant
from sip112.service.dispatch.handoffs import Handoffs
from sip112.service.dispatch.neighbours import Neighbours, check_asked, is_asked
from sip112.store.store import Store

LINK: Final = "link"
"""The channel of what is said by a link."""

_log = structlog.get_logger(__name__)


class AgencyDoor:
    """The door of one centre.

    Args:
        centre: whose.
        domain: the centre's agency identifier, in the identifiers of documents.
        store: what is kept.
        handoffs: by which handoffs are changed.
        neighbours: take what other centres ask.
        directory: returns the directory as it is.
        clock: seconds since 1970.
        steady: seconds that nobody sets.
    """

    def __init__(
        self,
        centre: CentreCode,
        domain: str,
        store: Store,
        handoffs: Handoffs,
        neighbours: Neighbours,
        directory: Callable[[], Directory],
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        self._centre = centre
        self._domain = domain
        self._store = store
        self._handoffs = handoffs
        self._neighbours = neighbours
        self._directory = directory
        self._clock = clock
        self._steady = steady
        self._wrong = Attempts()

    async def take(
        self, agency: AgencyCode, headers: Mapping[str, str], body: bytes, address: str, /
    ) -> Answered:
        """Take in what an agency's system answers."""
        secret = await self._store.agencies.secret(self._centre, agency)
        signed = self._proven(agency, headers, body, secret or "", address)
        kind = headers.get("content-type", "")
        try:
            # in a thread: the formats are rich, and callers come first
            told = await asyncio.to_thread(read, body, kind, self._domain)
        except BadDocument as error:
            raise Unreadable(error.where, error.what, error.remedy) from None
        once = Once(f"agency:{agency}", signed.id, hashlib.sha256(body).hexdigest())
        if isinstance(told, Asked):
            return await self._asked(agency, told, once)
        self._check_sender(agency, told)
        by = f"agency:{agency} {told.unit}".rstrip()
        channel = "cap" if "xml" in kind else "webhook"
        try:
            handoff = await self._meant(agency, told)
            if told.whole and told.note:
                told = told.evolve(note=await self._news(agency, handoff, told.note))
            if self._neighbours.is_centre(agency):
                change = await self._neighbours.answered(agency, handoff, told, by, channel, once)
            else:
                change = await self._handoffs.change(
                    handoff, lambda before: self._follows(before, agency, told, by, channel), once
                )
        except HandoffNotFound:
            raise NothingAnswered from None
        return Answered(change.handoff, by, new=bool(change.events))

    async def _asked(self, agency: AgencyCode, asked: Asked, once: Once) -> Answered:
        """Take in what another centre asks of this one."""
        try:
            change = await self._neighbours.asked(agency, asked, once)
        except HandoffNotFound:
            raise NothingAnswered from None
        return Answered(change.handoff, f"agency:{agency}", new=bool(change.events))

    # --- links ---------------------------------------------------------------------------------

    async def link(self, secret: str, /) -> LinkTarget | None:
        """Return what a link opens; None if nothing."""
        return await self._store.handoffs.link(digest(secret))

    async def open(self, target: LinkTarget, /) -> Opened:
        """Return what somebody at the agency has to know."""
        handoff = await self._store.handoffs.one(self._centre, target.handoff)
        if handoff is None:
            raise NothingAnswered
        check_not_over(handoff, Instant(self._clock()))
        dossier = await self._store.handoffs.dossier(self._centre, handoff.ticket)
        if dossier is None:
            raise NothingAnswered
        return opened(handoff.id, dossier, self._directory())

    async def answer(
        self, target: LinkTarget, step: Step | None, note: str, name: str, key: str = "", /
    ) -> Answered:
        """Take in what somebody says who has the link."""
        who = name or target.contact
        said_by = ""

        def decide(before: Handoff) -> Change | None:
            nonlocal said_by
            said_by = f"agency:{before.agency} {who}".rstrip()
            return answered(before, Instant(self._clock()), step, note, said_by, LINK)

        once = Once(f"link:{target.handoff}", key, _digest(step, note, name)) if key else None
        try:
            change = await self._handoffs.change(target.handoff, decide, once)
        except HandoffNotFound:
            raise NothingAnswered from None
        return Answered(change.handoff, said_by, new=bool(change.events))

    # --- messages ------------------------------------------------------------------------------

    def _proven(
        self, agency: AgencyCode, headers: Mapping[str, str], body: bytes, secret: str, address: str
    ) -> signing.Signed:
        """Return what is certain of a message. NotProven, TooManyWrong.

        What is right always passes: a secret is too long to be found by trying, and who shares an
        address with whoever tries must not be kept from answering.
        """
        try:
            return signing.verify(headers, body, secret, Instant(self._clock()))
        except signing.BadSignature as error:
            whose = f"{agency} {address}"
            barred = self._wrong.begin(whose, address, self._steady())
            if barred is not None:
                raise TooManyWrong(barred.for_s) from None
            self._wrong.failed(whose, self._steady(), known=False)
            _log.warning(
                "a message of an agency is refused", agency=agency, address=address, why=error.why
            )
            raise NotProven(error.why, error.remedy) from None

    def _check_sender(self, agency: AgencyCode, told: Said) -> None:
        """Refuse a document that names another agency of ours than the one that signed it.

        It may name none of ours: agencies have identifiers of their own.
        """
        if told.agency != agency and told.agency in {
            each.code for each in self._directory().agencies
        }:
            raise Unreadable(
                "the agency",
                f"the document is of {told.agency!r}, and signed by {agency!r}",
                "Have each agency send its own documents, signed with its own secret.",
            )

    async def _meant(self, agency: AgencyCode, told: Said) -> HandoffId:
        """Return the handoff that is answered, by whatever the document names. HandoffNotFound."""
        if told.handoff is not None:
            return told.handoff
        if told.message is not None:
            message = await self._store.outbox.one(self._centre, told.message)
            if message is not None:
                return message.handoff
        ticket = told.ticket
        if ticket is None and told.number is not None:
            found = await self._store.ticket(self._centre, told.number)
            ticket = None if found is None else found.id
        if ticket is not None:
            handoffs = await self._store.handoffs.of_ticket(self._centre, ticket)
            theirs = [each for each in handoffs if is_asked(each, agency)]
            if theirs:  # of those that have not ended there is one at most
                return next((each for each in theirs if not each.ended), theirs[-1]).id
        if told.ticket is None and told.number is None and told.message is None:
            raise Unreadable(
                "handoff",
                "nothing says which incident this is about",
                "Send the identifier of the handoff, as the request had it (data.handoff).",
            )
        raise NothingAnswered

    async def _news(self, agency: AgencyCode, handoff: HandoffId, note: str) -> str:
        """Return what of a note the agency has not told before, line by line."""
        known = await self._store.handoffs.one(self._centre, handoff)
        if known is None:
            raise HandoffNotFound(handoff)
        histories = await self._store.handoffs.histories(self._centre, [known])
        events: Sequence[HandoffEvent] = histories.get(handoff, ())
        told = {
            line
            for event in events
            if event.kind in {EventKind.NOTE, EventKind.STEP} and is_of(agency, event)
            for line in event.note.splitlines()
        }
        return "\n".join(line for line in note.splitlines() if line not in told)

    def _follows(
        self, before: Handoff, agency: AgencyCode, told: Said, by: str, channel: str
    ) -> Change | None:
        """Return what follows from what an agency's system says; None if that is nothing."""
        check_asked(before, agency, told.ticket)
        now = Instant(self._clock())
        return answered(before, now, told.step, told.note, by, channel, keep=noted)


def answered(
    before: Handoff,
    now: Instant,
    step: Step | None,
    note: str,
    by: str,
    channel: str,
    *,
    keep: Callable[[Handoff, Instant, str, str, str], Change] = wrote,
) -> Change | None:
    """Return what follows from a step, a note, or both; a known step is no news by itself.

    `keep` takes a note: as one of a person, who has seen what they write about, unless told
    otherwise. HandoffOver, IllegalStep, ReasonNeeded.
    """
    check_not_over(before, now)
    if step is not None and step is not before.step:
        return said(before, now, step, by, channel, note)
    return keep(before, now, by, channel, note) if note else None


def _digest(step: Step | None, note: str, name: str) -> str:
    return hashlib.sha256(f"{step} {name}\n{note}".encode()).hexdigest()


def opened(handoff: HandoffId, dossier: Dossier, directory: Directory) -> Opened:
    """Return what somebody at an agency has to know of one of an incident's handoffs."""
    mine = next(each for each in dossier.handoffs if each.id == handoff)
    agencies = {each.code: each for each in directory.agencies}
    types = {str(each.code): each for each in directory.types}
    return Opened(
        mine,
        dossier.events.get(handoff, ()),
        dossier,
        agencies.get(mine.agency),
        types.get(dossier.ticket.incident_type or ""),
    )
