"""Tickets that belong together as the API shows them, and what is said of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import StringConstraints
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.context import TicketBrief, ticket_brief
from sip112.api.schemas.inputs import BodyModel, Line, QueryModel, Subject
from sip112.api.schemas.tickets import TicketView, ticket_view
from sip112.api.schemas.values import Time, doc, identifier, time
from sip112.dispatch.dossier import Dossier, Other
from sip112.dispatch.links import Linking, LinkKind, TicketLink, Tie
from sip112.dispatch.similar import Similar
from sip112.routing.ids import TicketId
from sip112.routing.ticket import TicketRecord


class LinkedCaller(TypedDict):
    """Who called about another ticket."""

    number: Annotated[str | None, doc("The number; null where it is not known.")]
    name: Annotated[str | None, doc("The name that the network tells.")]


class LinkView(TypedDict):
    """Another ticket, and what was said of it and this one."""

    id: Annotated[str, doc("Identifier of what was said (UUID), by which it is taken back.")]
    kind: Annotated[LinkKind, doc("What was said.")]
    at: Annotated[Time, doc("When.")]
    by: Annotated[str, doc("By whom: a login name, or the name of a token.")]
    reason: Annotated[str, doc("Why; may be empty.")]
    ticket: Annotated[TicketBrief, doc("The other ticket.")]
    callers: Annotated[list[LinkedCaller], doc("Who called about that, by arrival.")]


class TicketLinks(TypedDict):
    """The tickets that belong together with one."""

    duplicate_of: Annotated[
        LinkView | None, doc("Under which its incident goes on; null if it is no duplicate.")
    ]
    duplicates: Annotated[
        list[LinkView],
        doc("Its own duplicates, those of its duplicates too, by when that was said."),
    ]
    related: Annotated[list[LinkView], doc("Those whose incidents have to do with it.")]


def links_view(
    ticket: TicketRecord, links: Collection[TicketLink], others: Mapping[TicketId, Other]
) -> TicketLinks:
    """Return the tickets that belong together with one, as the API shows them."""
    tied = Dossier(ticket, links=tuple(links), others=others).tied
    views: dict[Tie, list[LinkView]] = {tie: [] for tie in Tie}
    for each, other in tied:
        views[each.tie].append(_link_view(each.link, other))
    return {
        "duplicate_of": next(iter(views[Tie.PARENT]), None),
        "duplicates": views[Tie.DUPLICATE],
        "related": views[Tie.RELATED],
    }


def _link_view(link: TicketLink, other: Other) -> LinkView:
    return {
        "id": identifier(link.id.int),
        "kind": link.kind,
        "at": time(link.at),
        "by": link.by,
        "reason": link.reason,
        "ticket": ticket_brief(other.ticket),
        "callers": [{"number": each.number, "name": each.name} for each in other.callers],
    }


class LinkingView(TypedDict):
    """What came of linking two tickets, or of taking that back."""

    link: Annotated[str, doc("Identifier of what was said (UUID).")]
    ticket: Annotated[TicketView, doc("The ticket of the path as it is by now.")]
    held: Annotated[
        list[str],
        doc(
            "Codes of agencies for whose handoffs a duplicate was not closed: they have not ended."
        ),
    ]
    links: Annotated[TicketLinks, doc("What belongs together with it by now.")]


def linking_view(linking: Linking, links: TicketLinks) -> LinkingView:
    """Return what came of it as the API shows it."""
    return {
        "link": identifier(linking.link.id.int),
        "ticket": ticket_view(linking.ticket),
        "held": list(linking.held),
        "links": links,
    }


class NewLink(BodyModel):
    """What is said of a ticket and another one."""

    kind: Annotated[
        LinkKind,
        doc("`duplicate`: the ticket of the path reports what the other one does; or `related`."),
    ]
    ticket: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=100)],
        doc("The other one: its id, or its number as a person says it."),
    ]
    reason: Annotated[Line | None, doc("Why, for whoever reads the timeline.")] = None


class UnlinkQuery(QueryModel):
    """How a link is taken back."""

    reason: Annotated[Subject | None, doc("Why, for whoever reads the timeline.")] = None


class SimilarView(TypedDict):
    """A ticket that may report the same incident, and why."""

    ticket: Annotated[TicketBrief, doc("The ticket; of a duplicate its parent.")]
    through: Annotated[
        str | None, doc("Number of the duplicate of it that the reasons are about; or null.")
    ]
    seconds: Annotated[int, doc("Seconds between the openings.")]
    metres: Annotated[int | None, doc("Between the places; null unless both are known.")]
    same_type: Annotated[bool, doc("Whether both are of one branch of the tree of types.")]
    same_number: Annotated[bool, doc("Whether one number called about both.")]


class SimilarList(TypedDict):
    """Tickets that may report the same incident: suggestions, for a person to judge."""

    items: Annotated[list[SimilarView], doc("The likeliest first; ten at most.")]


def similar_view(similar: Similar) -> SimilarView:
    """Return a suggestion as the API shows it."""
    return {
        "ticket": ticket_brief(similar.ticket),
        "through": similar.through,
        "seconds": round(similar.seconds),
        "metres": similar.metres,
        "same_type": similar.same_type,
        "same_number": similar.same_number,
    }
