"""Tickets that may report the same incident: suggested with the reasons, for a person to judge.

Many call about one fire. Another ticket is suggested that was opened at about the same time and is
near on the map, or of the same branch of the tree of types, or was called about from the same
number. What is known of both and contradicts that (another kind of incident, far away) speaks
against it, unless the number is the same: people call again. Types that differ are forgiven very
near: one caller sees smoke, the next one an accident.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sip112.dispatch.directory import IncidentType
from sip112.routing.ids import TicketId, TicketNumber
from sip112.routing.place import Place, distance_m
from sip112.routing.ticket import TicketRecord
from sip112.routing.value import value

WITHIN_S: Final = 2 * 3600.0
"""Seconds between the openings of two tickets, at most."""
WITHIN_M: Final = 1000.0
"""Metres between their places, at most."""
VERY_NEAR_M: Final = 250.0
"""Metres within which another kind of incident may be the same."""
MOST: Final = 10
"""Tickets that are suggested."""


@value
class Similar:
    """A ticket that may report the same incident, and why."""

    ticket: TicketRecord
    seconds: float
    """Between the openings."""
    metres: int | None
    """Between the places; None unless both are known."""
    same_type: bool
    """Whether both are of one branch of the tree of types."""
    same_number: bool
    """Whether somebody called about both from one number."""
    through: TicketNumber | None = None
    """The duplicate of `ticket` that is meant, if it is one."""


def similar(
    ticket: TicketRecord,
    others: Sequence[TicketRecord],
    called_about: Collection[TicketId],
    types: Sequence[IncidentType],
    without: Collection[TicketId] = (),
) -> tuple[Similar, ...]:
    """Return which of `others` may report the incident of `ticket`, the likeliest first.

    Of a duplicate its parent is suggested, which must be among `others` too. `called_about` are
    those about which the same numbers called, and `without` those that are not to be suggested.
    """
    known = {each.id: each for each in others}
    roots = _roots(types)
    found: dict[TicketId, tuple[float, Similar]] = {}
    for other in others:
        parent = known.get(other.parent or other.id)
        if parent is None or {other.id, parent.id} & {ticket.id, *without}:
            continue
        judged = _judged(ticket, other, parent, roots, same_number=other.id in called_about)
        if judged is not None and judged[0] > found.get(parent.id, (-1.0,))[0]:
            found[parent.id] = judged
    ranked = sorted(
        found.values(), key=lambda each: (each[0], each[1].ticket.opened_at), reverse=True
    )
    return tuple(each for _, each in ranked[:MOST])


def _judged(
    ticket: TicketRecord,
    other: TicketRecord,
    parent: TicketRecord,
    roots: Mapping[str, str],
    *,
    same_number: bool,
) -> tuple[float, Similar] | None:
    """Return how much speaks for it, and what; None if too little does."""
    seconds = abs(ticket.opened_at - other.opened_at)
    if seconds > WITHIN_S:
        return None
    metres = _metres(ticket, other)
    kinds = [each.incident_type for each in (ticket, other)]
    branches = {roots.get(each, each) for each in kinds if each is not None}
    same_type = len(branches) == 1 and None not in kinds
    near = metres is not None and metres <= WITHIN_M
    far = metres is not None and not near
    another = len(branches) > 1 and (metres is None or metres > VERY_NEAR_M)
    if not same_number and (far or another or not (near or same_type)):
        return None
    points = 1 - seconds / WITHIN_S + 5 * same_number
    if metres is not None and near:
        points += 2 * (1 - metres / WITHIN_M)
    if same_type:
        points += 2 if kinds[0] == kinds[1] else 1
    through = None if parent.id == other.id else other.number
    told = None if metres is None else round(metres)
    return points, Similar(parent, seconds, told, same_type, same_number, through)


def _metres(one: TicketRecord, other: TicketRecord) -> float | None:
    here, there = _place(one), _place(other)
    return None if here is None or there is None else distance_m(here, there)


def _place(ticket: TicketRecord) -> Place | None:
    if ticket.latitude is None or ticket.longitude is None:
        return None
    return Place(ticket.latitude, ticket.longitude)


def _roots(types: Sequence[IncidentType]) -> dict[str, str]:
    """Return of each type the one at the root of its branch."""
    parents = {each.code: each.parent for each in types}
    found: dict[str, str] = {}
    for code in parents:
        at, seen = code, {code}
        while (above := parents.get(at)) is not None and above in parents and above not in seen:
            at = above
            seen.add(at)
        found[code] = at
    return found
