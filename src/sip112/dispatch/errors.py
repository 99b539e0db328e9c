"""Refusals that two edges must both know by name, since edges never import each other."""

from __future__ import annotations

from collections.abc import Sequence

from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.directory import Item, Part
from sip112.dispatch.faults import Fault
from sip112.dispatch.handoff import Handoff
from sip112.dispatch.ids import AgencyCode, HandoffId, LinkId, MessageId
from sip112.routing.ids import TicketId
from sip112.routing.ticket import TicketRecord


class DirectoryConflict(Exception):  # noqa: N818 - the name says what happened
    """Somebody else changed the entry first; `current` is what it says now."""

    def __init__(self, part: Part, code: str, current: Item | None, version: int | None) -> None:
        now = "there is none by now" if version is None else f"it is at version {version} by now"
        super().__init__(f"{part} {code}: {now}")
        self.part = part
        self.code = code
        self.current = current
        """None if there is no such entry."""
        self.version = version


class DirectoryChanged(Exception):  # noqa: N818
    """Somebody else changed the directory meanwhile, which is at `revision` by now."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"the directory is at revision {revision} by now")
        self.revision = revision


class DirectoryFaulty(Exception):  # noqa: N818
    """With this change the directory could not be used: `faults` says what would be wrong."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


class UnknownAgency(Exception):  # noqa: N818
    """There is no such agency, or it takes no incidents now."""

    def __init__(self, agency: AgencyCode) -> None:
        super().__init__(agency)
        self.agency = agency


class OnlyReferredTo(Exception):  # noqa: N818
    """The agency is a service: callers are referred to it, and it is asked nothing."""

    def __init__(self, agency: AgencyCode) -> None:
        super().__init__(agency)
        self.agency = agency


class NotReferredTo(Exception):  # noqa: N818
    """The agency is no service: an incident is passed on to it."""

    def __init__(self, agency: AgencyCode) -> None:
        super().__init__(agency)
        self.agency = agency


class NothingToTell(Exception):  # noqa: N818
    """The service has no address by which callers could reach it."""

    def __init__(self, service: AgencyCode) -> None:
        super().__init__(service)
        self.service = service


class NoMobileNumber(Exception):  # noqa: N818
    """No SMS reaches the caller; `number` is whence they call, None if that is not known."""

    def __init__(self, number: str | None) -> None:
        super().__init__(number or "withheld")
        self.number = number


class NothingSet(Exception):  # noqa: N818
    """Nothing is set by which anything could be sent by this channel."""

    def __init__(self, channel: ChannelKind) -> None:
        super().__init__(channel)
        self.channel = channel


class HandoffsOpen(Exception):  # noqa: N818
    """The incident cannot be closed: these handoffs have not ended."""

    def __init__(self, handoffs: Sequence[Handoff]) -> None:
        super().__init__(f"not ended: {', '.join(each.agency for each in handoffs)}")
        self.handoffs = tuple(handoffs)


class AlreadyHandedOff(Exception):  # noqa: N818
    """The agency has the incident already; `handoff` has not ended."""

    def __init__(self, handoff: Handoff) -> None:
        super().__init__(f"{handoff.agency} has it already, and is at {handoff.step}")
        self.handoff = handoff


class TicketClosed(Exception):  # noqa: N818
    """What is closed is not passed on: it must be opened again first."""

    def __init__(self, ticket: TicketRecord) -> None:
        super().__init__(f"ticket {ticket.number} is closed")
        self.ticket = ticket


class TicketMerged(Exception):  # noqa: N818
    """What is a duplicate is not passed on: the incident goes on under its parent."""

    def __init__(self, ticket: TicketRecord) -> None:
        super().__init__(f"ticket {ticket.number} is a duplicate of {ticket.parent_number}")
        self.ticket = ticket


class SameTicket(Exception):  # noqa: N818
    """A ticket is to be linked to itself."""


class DuplicateAlready(Exception):  # noqa: N818
    """The ticket is a duplicate of `parent` already, which must be taken back first."""

    def __init__(self, parent: TicketId) -> None:
        super().__init__(f"a duplicate of {parent} already")
        self.parent = parent


class DuplicateOfThis(Exception):  # noqa: N818
    """The other ticket is a duplicate of this one, which would be one of itself."""


class LinkNotFound(Exception):  # noqa: N818
    """There is no such link of the ticket."""

    def __init__(self, link: LinkId) -> None:
        super().__init__(str(link))
        self.link = link


class KeyReused(Exception):  # noqa: N818
    """Something else was asked for under this key before."""

    def __init__(self, key: str) -> None:
        super().__init__(f"something else was asked for under the key {key!r}")
        self.key = key


class HandoffNotFound(Exception):  # noqa: N818
    """There is no such handoff."""

    def __init__(self, handoff: HandoffId) -> None:
        super().__init__(str(handoff))
        self.handoff = handoff


class MessageNotFound(Exception):  # noqa: N818
    """There is no such message to an agency."""

    def __init__(self, message: MessageId) -> None:
        super().__init__(str(message))
        self.message = message


class MessageNotDead(Exception):  # noqa: N818
    """The message was not given up, or is sent again already."""

    def __init__(self, message: MessageId) -> None:
        super().__init__(str(message))
        self.message = message


class NotProven(Exception):  # noqa: N818
    """It is not certain that an agency has sent this, or when; `remedy` says what to do."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}. {remedy}")
        self.why = why
        self.remedy = remedy


class TooManyWrong(Exception):  # noqa: N818
    """Too much that was not proven came from there; nothing more of it is looked at for `for_s`."""

    def __init__(self, for_s: float) -> None:
        super().__init__(f"for {for_s:.0f} s")
        self.for_s = for_s


class Unreadable(Exception):  # noqa: N818
    """What an agency answers cannot be read: `where`, `what` is wrong, and what to do."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(f"{where}: {what}. {remedy}")
        self.where = where
        self.what = what
        self.remedy = remedy


class NothingAnswered(Exception):  # noqa: N818
    """An agency answers to what it was never asked."""


class NotACentre(Exception):  # noqa: N818
    """An agency that is no neighbour centre passes an incident on to this one."""

    def __init__(self, agency: AgencyCode) -> None:
        super().__init__(agency)
        self.agency = agency


class TooManyIncidents(Exception):  # noqa: N818
    """A neighbour passes on more incidents than are taken at once; again in `for_s`."""

    def __init__(self, for_s: float) -> None:
        super().__init__(f"for {for_s:.0f} s")
        self.for_s = for_s


class HandoffOver(Exception):  # noqa: N818
    """The handoff ended too long ago for anything to be said about it."""

    def __init__(self, handoff: Handoff) -> None:
        super().__init__(f"{handoff.id} is {handoff.step} since {handoff.since:.0f}")
        self.handoff = handoff


class NotRelayed(Exception):  # noqa: N818
    """No line can be passed on: the handoff has ended, or nobody at an agency would read it."""

    def __init__(self, handoff: Handoff) -> None:
        super().__init__(f"{handoff.id} is {handoff.step}, a {handoff.purpose} at {handoff.agency}")
        self.handoff = handoff
