"""Tickets that belong together: two reports of one incident, or of two that are related.

Theory of operation. A person says that a ticket is a *duplicate* of another, or that two are
*related*. What was said is kept as it was said, and can be taken back. A duplicate has one parent:
what is said to be a duplicate of a duplicate is one of what stands at the `top`, and so are, from
then on, the duplicates that it had itself. That is worked out from what was said and not written
into it, so that taking any of it back leaves what would be without it. Nothing is a duplicate of
two, or of itself. Related tickets both go on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from sip112.dispatch.errors import DuplicateAlready, DuplicateOfThis, SameTicket
from sip112.dispatch.ids import AgencyCode, LinkId
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.ticket import TicketRecord
from sip112.routing.value import Evolving, value

KNOWN_ALREADY: Final = "known_already"
"""What a duplicate says has become of it, unless somebody has written otherwise."""

DUPLICATE_OF: Final = "duplicate_of"
DUPLICATES: Final = "duplicates"
RELATED: Final = "related"
LINK_FIELDS: Final = frozenset({DUPLICATE_OF, DUPLICATES, RELATED})
"""By what a ticket's journal calls what others are to it; a change has the other's number."""


class LinkKind(StrEnum):
    """What a person says of two tickets."""

    DUPLICATE = "duplicate"
    """One is another report of the other's incident."""
    RELATED = "related"
    """Their incidents have to do with each other."""


@value
class TicketLink(Evolving):
    """What somebody said of two tickets."""

    id: LinkId
    centre: CentreCode
    kind: LinkKind
    ticket: TicketId
    """The duplicate; of two that are related the one at which it was said."""
    other: TicketId
    """What it is a duplicate of, or related to."""
    at: Instant
    by: str
    reason: str = ""
    version: int = 0
    """Of `ticket`, that this made: what was changed with it is taken back with it."""
    undone_at: Instant | None = None
    """When it was taken back; None while it holds."""
    undone_by: str = ""
    undone_reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether it was not taken back."""
        return self.undone_at is None


class Tie(StrEnum):
    """What another ticket is to one."""

    PARENT = "parent"
    """Its incident is the one that goes on."""
    DUPLICATE = "duplicate"
    RELATED = "related"
    SPLIT = "split"
    """One of the two was said to be a duplicate of the other, which was taken back."""
    UNLINKED = "unlinked"
    """They were said to be related, likewise."""


@value
class Tied:
    """Another ticket, what it is to one, and by what was said."""

    other: TicketId
    tie: Tie
    link: TicketLink
    """Of a parent or a duplicate that of the duplicate: to take it back splits that one off."""


def top(ticket: TicketId, links: Collection[TicketLink]) -> TicketId:
    """Return the ticket of the incident that `ticket` reports; itself if it is no duplicate."""
    above = _above(links)
    while ticket in above:
        ticket = above.pop(ticket).other
    return ticket


def below(ticket: TicketId, links: Collection[TicketLink]) -> tuple[TicketId, ...]:
    """Return the duplicates of a ticket, also those of its duplicates."""
    found = [ticket]
    for each in found:  # which grows
        found += [
            link.ticket
            for link in links
            if link.holds
            and link.kind is LinkKind.DUPLICATE
            and link.other == each
            and link.ticket not in found
        ]
    return tuple(found[1:])


def said_already(
    kind: LinkKind, ticket: TicketId, other: TicketId, links: Collection[TicketLink]
) -> TicketLink | None:
    """Return the link that says this of two tickets; None if it is to be said anew.

    SameTicket, DuplicateAlready, DuplicateOfThis if it cannot be.
    """
    if ticket == other:
        raise SameTicket
    parent, goes_to = top(ticket, links), top(other, links)
    if kind is LinkKind.RELATED:
        if parent == goes_to:
            raise DuplicateAlready(parent)
        return next((each for each in links if _relates(each, ticket, other)), None)
    if goes_to == ticket:
        raise DuplicateOfThis
    if parent == ticket:
        return None
    if parent != goes_to:
        raise DuplicateAlready(parent)
    return _above(links)[ticket]


def ties(ticket: TicketId, links: Collection[TicketLink]) -> tuple[Tied, ...]:
    """Return what other tickets are, or were, to one; of each kind the other once, oldest first.

    Where two are related that have become one incident, only that is told.
    """
    above, parent = _above(links), top(ticket, links)
    found: dict[tuple[LinkKind, TicketId], Tied] = {}
    if parent != ticket:
        found[LinkKind.DUPLICATE, parent] = Tied(parent, Tie.PARENT, above[ticket])
    for each in below(ticket, links):
        found[LinkKind.DUPLICATE, each] = Tied(each, Tie.DUPLICATE, above[each])
    own = [each for each in links if ticket in {each.ticket, each.other}]
    own.sort(key=lambda each: (each.holds, each.undone_at or each.at), reverse=True)
    for link in own:  # those that hold come first
        other = link.other if link.ticket == ticket else link.ticket
        if top(other, links) == parent:
            continue
        if link.kind is LinkKind.RELATED:
            tie = Tie.RELATED if link.holds else Tie.UNLINKED
        else:
            tie = Tie.SPLIT
        found.setdefault((link.kind, other), Tied(other, tie, link))
    return tuple(sorted(found.values(), key=lambda each: (each.link.at, each.link.id)))


@value
class Turn:
    """What a ticket's journal says of a link that was made, or taken back."""

    ticket: TicketId
    field: str
    """One of `LINK_FIELDS`."""
    old: TicketId | None
    """The other ticket, if it was that before."""
    new: TicketId | None
    """Likewise, if it is that by now."""


@value
class Linked:
    """A ticket that was changed by a link, and in which fields."""

    ticket: TicketRecord
    fields: tuple[str, ...]


@value
class Linking:
    """What came of linking tickets, or of taking that back."""

    link: TicketLink
    ticket: TicketRecord
    """The one at which it was asked for, as it is by now."""
    changed: tuple[Linked, ...] = ()
    """All that were changed by it; none if it was so already."""
    held: tuple[AgencyCode, ...] = ()
    """Agencies for whose handoffs a duplicate is not closed."""


def turns(
    link: TicketLink, before: Collection[TicketLink], after: Collection[TicketLink]
) -> tuple[Turn, ...]:
    """Return what has become of each ticket, each once, by a link that was made or taken back.

    `link` is as it is `after`. The duplicates of a duplicate go with it.
    """
    if link.kind is LinkKind.RELATED:
        return (
            _turn(link, link.ticket, RELATED, link.other),
            _turn(link, link.other, RELATED, link.ticket),
        )
    moved = [
        Turn(each, DUPLICATE_OF, _parent(each, before), _parent(each, after))
        for each in (link.ticket, *below(link.ticket, after))
    ]
    return (*moved, _turn(link, top(link.other, after), DUPLICATES, link.ticket))


def restored(
    link: TicketLink, ticket: Mapping[str, object], last: Mapping[str, tuple[int, str | None]]
) -> dict[str, str | None]:
    """Return what a duplicate says again when its link is taken back.

    `ticket` is what it says now; `last` has of each field the version that changed it last, and
    what it said before. What somebody has written since then stays.
    """
    return {
        field: was
        for field, (version, was) in last.items()
        if version == link.version and ticket[field] != was
    }


def _turn(link: TicketLink, ticket: TicketId, field: str, other: TicketId) -> Turn:
    return Turn(ticket, field, *((None, other) if link.holds else (other, None)))


def _parent(ticket: TicketId, links: Collection[TicketLink]) -> TicketId | None:
    parent = top(ticket, links)
    return None if parent == ticket else parent


def _above(links: Collection[TicketLink]) -> dict[TicketId, TicketLink]:
    """Return by which link each duplicate is one."""
    return {each.ticket: each for each in links if each.holds and each.kind is LinkKind.DUPLICATE}


def _relates(link: TicketLink, one: TicketId, two: TicketId) -> bool:
    return link.holds and link.kind is LinkKind.RELATED and {link.ticket, link.other} == {one, two}
