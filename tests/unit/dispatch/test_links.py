"""Tickets that belong together: what is said of two, what follows, and what if it is taken back."""

from __future__ import annotations

from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip112.dispatch.errors import DuplicateAlready, DuplicateOfThis, SameTicket
from sip112.dispatch.ids import LinkId
from sip112.dispatch.links import (
    LinkKind,
    TicketLink,
    Tie,
    Turn,
    below,
    restored,
    said_already,
    ties,
    top,
    turns,
)
from sip112.routing.ids import Instant, TicketId
from tests.unit.centre import PKY, START

A, B, C, D, E = (TicketId(UUID(int=n)) for n in range(1, 6))
_numbers = count(1)


def link(
    ticket: TicketId, other: TicketId, kind: LinkKind = LinkKind.DUPLICATE, version: int = 2
) -> TicketLink:
    """Return what somebody says of two tickets, a second after what was said before."""
    n = next(_numbers)
    at = Instant(START + n)
    return TicketLink(LinkId(UUID(int=n)), PKY, kind, ticket, other, at, "sari", version=version)


def undone(of: TicketLink) -> TicketLink:
    """Return what was said, taken back."""
    return of.evolve(undone_at=Instant(START + next(_numbers)), undone_by="budi")


def told(ticket: TicketId, *links: TicketLink) -> list[tuple[TicketId, Tie]]:
    """Return what other tickets are to one."""
    return [(each.other, each.tie) for each in ties(ticket, links)]


def test_a_ticket_of_which_nothing_is_said_stands_alone() -> None:
    """It is its own top."""
    assert top(A, ()) == A
    assert below(A, ()) == ()
    assert ties(A, ()) == ()


def test_a_duplicate_has_a_parent_and_the_parent_a_duplicate() -> None:
    """Both name the link, by which it can be taken back."""
    one = link(B, A)
    assert told(B, one) == [(A, Tie.PARENT)]
    assert told(A, one) == [(B, Tie.DUPLICATE)]
    assert {each.link for ticket in (A, B) for each in ties(ticket, [one])} == {one}


def test_there_are_no_chains() -> None:
    """A parent that becomes a duplicate takes its own with it, each by its own link."""
    first, second, third = link(C, B), link(B, A), link(D, A)
    links = [first, second, third]
    assert [top(each, links) for each in (A, B, C, D)] == [A, A, A, A]
    assert told(A, *links) == [(C, Tie.DUPLICATE), (B, Tie.DUPLICATE), (D, Tie.DUPLICATE)]
    assert told(C, *links) == [(A, Tie.PARENT)]
    assert ties(C, links)[0].link == first
    assert told(B, *links) == [(C, Tie.DUPLICATE), (A, Tie.PARENT)]


def test_what_is_taken_back_leaves_what_would_be_without_it() -> None:
    """The duplicates of a duplicate are its own again."""
    first, second = link(C, B), link(B, A)
    links = [first, undone(second)]
    assert told(C, *links) == [(B, Tie.PARENT)]
    assert told(A, *links) == [(B, Tie.SPLIT)]
    assert told(B, *links) == [(C, Tie.DUPLICATE), (A, Tie.SPLIT)]


def test_related_tickets_both_go_on() -> None:
    """Each is told of the other, at whichever it was said; and that it was taken back."""
    one = link(A, B, LinkKind.RELATED)
    assert told(A, one) == [(B, Tie.RELATED)]
    assert told(B, one) == [(A, Tie.RELATED)]
    assert (top(A, [one]), top(B, [one])) == (A, B)
    assert told(B, undone(one)) == [(A, Tie.UNLINKED)]


def test_what_holds_is_told_before_what_was_taken_back() -> None:
    """Once for each kind: the last word counts."""
    before = undone(link(B, A))
    assert told(B, before, link(B, A)) == [(A, Tie.PARENT)]
    again = undone(link(B, A))
    (tied,) = ties(B, [before, again])
    assert (tied.tie, tied.link) == (Tie.SPLIT, again)
    related = link(A, B, LinkKind.RELATED)
    assert told(B, before, related) == [(A, Tie.SPLIT), (A, Tie.RELATED)]


def test_that_two_of_one_incident_are_related_is_not_told() -> None:
    """Until they are two again."""
    related, merged = link(B, C, LinkKind.RELATED), link(C, B)
    assert told(B, related, merged) == [(C, Tie.DUPLICATE)]
    assert told(B, related, undone(merged)) == [(C, Tie.RELATED), (C, Tie.SPLIT)]


def test_what_can_be_said() -> None:
    """And what says it already is found."""
    merged, related = link(B, A), link(A, C, LinkKind.RELATED)
    links = [merged, related]
    assert said_already(LinkKind.DUPLICATE, C, B, links) is None
    assert said_already(LinkKind.DUPLICATE, B, A, links) == merged
    assert said_already(LinkKind.RELATED, C, A, links) == related
    assert said_already(LinkKind.RELATED, C, B, links) is None
    assert said_already(LinkKind.RELATED, C, A, [undone(related)]) is None
    assert said_already(LinkKind.DUPLICATE, B, A, [undone(merged)]) is None
    # of two duplicates of one incident one is a duplicate of the other's parent
    assert said_already(LinkKind.DUPLICATE, B, D, [*links, link(D, A)]) == merged


def test_what_cannot_be_said() -> None:
    """Of itself, in a circle, or of two."""
    links = [link(B, A), link(C, B)]
    for kind in LinkKind:
        with pytest.raises(SameTicket):
            said_already(kind, A, A, links)
    with pytest.raises(DuplicateOfThis):
        said_already(LinkKind.DUPLICATE, A, C, links)
    with pytest.raises(DuplicateAlready) as two:
        said_already(LinkKind.DUPLICATE, C, D, links)
    assert two.value.parent == A
    with pytest.raises(DuplicateAlready) as one:
        said_already(LinkKind.RELATED, C, A, links)
    assert one.value.parent == A


def test_each_ticket_is_told_once_what_has_become_of_it() -> None:
    """The duplicates that go with it too, and the one at the top."""
    below_b, merged = link(C, B), link(B, A)
    before, after = (below_b,), (below_b, merged)
    assert turns(merged, before, after) == (
        Turn(B, "duplicate_of", None, A),
        Turn(C, "duplicate_of", B, A),
        Turn(A, "duplicates", None, B),
    )
    gone = undone(merged)
    assert turns(gone, after, (below_b, gone)) == (
        Turn(B, "duplicate_of", A, None),
        Turn(C, "duplicate_of", A, B),
        Turn(A, "duplicates", B, None),
    )
    related = link(A, D, LinkKind.RELATED)
    assert turns(related, (), (related,)) == (
        Turn(A, "related", None, D),
        Turn(D, "related", None, A),
    )
    assert turns(undone(related), (related,), ())[1] == Turn(D, "related", A, None)


def test_what_a_link_wrote_is_taken_back_with_it() -> None:
    """But nothing that somebody has written since then, or before."""
    merged = link(B, A, version=4)
    now = {"status": "closed", "disposition": "known_already"}
    both: dict[str, tuple[int, str | None]] = {"status": (4, "open"), "disposition": (4, None)}
    assert restored(merged, now, both) == {"status": "open", "disposition": None}
    assert restored(merged, now, both | {"status": (6, "open")}) == {"disposition": None}
    assert restored(merged, now, {}) == {}


_TICKETS = [A, B, C, D, E]
_SAID = st.lists(
    st.tuples(
        st.sampled_from(LinkKind),
        st.sampled_from(_TICKETS),
        st.sampled_from(_TICKETS),
        st.booleans(),
    ),
    max_size=12,
)


@given(_SAID)
def test_whatever_is_said_every_ticket_has_one_top_and_all_can_be_taken_back(
    said: list[tuple[LinkKind, TicketId, TicketId, bool]],
) -> None:
    """In any order, with some of it taken back at once; what is left is as if that were never."""
    links: list[TicketLink] = []
    kept: list[TicketLink] = []
    for kind, ticket, other, stays in said:
        try:
            if said_already(kind, ticket, other, links) is not None:
                continue
        except (SameTicket, DuplicateAlready, DuplicateOfThis):
            continue
        goes_to = top(other, links) if kind is LinkKind.DUPLICATE else other
        new = link(ticket, goes_to, kind)
        assert all(each.old != each.new for each in turns(new, links, [*links, new]))
        links.append(new if stays else undone(new))
        kept += [new] if stays else []
    for each in _TICKETS:
        assert top(each, links) == top(each, kept)
        assert top(top(each, links), links) == top(each, links)
        assert {one for one in _TICKETS if one != each and top(one, links) == each} == (
            set(below(each, links)) if top(each, links) == each else set()
        )
        held = [(one.other, one.tie) for one in ties(each, links) if one.link.holds]
        assert held == told(each, *kept)
