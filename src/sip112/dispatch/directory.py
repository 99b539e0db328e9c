"""The directory of a centre: its agencies, its incident types with their plans, its areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar, assert_never

from sip112.dispatch.agency import Agency, AgencyKind, ChannelKind, Name, dialled, ladder
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode
from sip112.routing.ids import Instant
from sip112.routing.value import value


@value
class PlanEntry:
    """One agency that an incident of a type needs: by its kind, or by its name."""

    kind: AgencyKind | None = None
    """Whichever of this kind acts there and then."""
    agency: AgencyCode | None = None
    """This one."""


@value
class IncidentType:
    """What happened, and who must act on it."""

    code: TypeCode
    name: Name
    parent: TypeCode | None = None
    severity: str | None = None
    """The severity that is proposed with it."""
    plan: tuple[PlanEntry, ...] | None = None
    """Who must act; None is whoever the parent's plan says, empty is nobody."""


@value
class Area:
    """An area, as GeoJSON (RFC 7946) has it."""

    code: AreaCode
    name: Name
    geometry: Mapping[str, Any]
    """A Polygon or MultiPolygon; longitude comes first."""


@value
class Directory:
    """All of it, as of one moment."""

    agencies: tuple[Agency, ...] = ()
    types: tuple[IncidentType, ...] = ()
    """Each after its parent, in the order in which they are shown."""
    areas: tuple[Area, ...] = ()


class Part(StrEnum):
    """A part of a directory."""

    AGENCY = "agency"
    TYPE = "type"
    AREA = "area"


Item = Agency | IncidentType | Area
"""One entry of a directory."""

E = TypeVar("E", bound=Item)


def part_of(item: Item) -> Part:
    """Return the part to which an entry belongs."""
    match item:
        case Agency():
            return Part.AGENCY
        case IncidentType():
            return Part.TYPE
        case Area():
            return Part.AREA
        case _:
            assert_never(item)


@value
class DirectoryState:
    """A directory as it is kept."""

    directory: Directory
    revision: int
    """Grows by one with every change of an entry; 0: there has never been anything."""
    versions: Mapping[tuple[Part, str], int]
    """Of each entry, by its part and code: the revision that made it what it is."""


@value
class DirectoryChange:
    """One entry of a directory that somebody changed."""

    revision: int
    at: Instant
    by: str
    part: Part
    code: str
    item: Item | None
    """As it became; None: it was removed."""


def is_centre(directory: Directory, number: str) -> bool:
    """Whether whoever is called at this number, of digits alone, is another 112 centre."""
    return any(
        rung.channel is ChannelKind.VOICE and dialled(rung) == number
        for agency in directory.agencies
        if agency.kind is AgencyKind.CENTRE
        for rung in ladder(agency)
    )


def put(directory: Directory, item: Item) -> Directory:
    """Return the directory with an entry in the place of the one of its code, or behind all."""
    match item:
        case Agency():
            return replace(directory, agencies=_put(directory.agencies, item))
        case IncidentType():
            return replace(directory, types=parents_first(_put(directory.types, item)))
        case Area():
            return replace(directory, areas=_put(directory.areas, item))
        case _:
            assert_never(item)


def without(directory: Directory, part: Part, code: str) -> Directory:
    """Return the directory without an entry. It need not be there."""
    match part:
        case Part.AGENCY:
            return replace(directory, agencies=_without(directory.agencies, code))
        case Part.TYPE:
            return replace(directory, types=_without(directory.types, code))
        case Part.AREA:
            return replace(directory, areas=_without(directory.areas, code))
        case _:
            assert_never(part)


def _put(items: tuple[E, ...], item: E) -> tuple[E, ...]:
    if any(each.code == item.code for each in items):
        return tuple(item if each.code == item.code else each for each in items)
    return (*items, item)


def _without(items: tuple[E, ...], code: str) -> tuple[E, ...]:
    return tuple(each for each in items if each.code != code)


def parents_first(types: Sequence[IncidentType]) -> tuple[IncidentType, ...]:
    """Return `types` with each after its parent, and otherwise in their order.

    Those whose parent is missing are left where they are; those of a cycle come last.
    """
    codes = {each.code for each in types}
    below: dict[TypeCode | None, list[IncidentType]] = {}
    for each in types:
        below.setdefault(each.parent if each.parent in codes else None, []).append(each)
    found: dict[TypeCode, IncidentType] = {}
    waiting = below.get(None, [])[::-1]
    while waiting:
        one = waiting.pop()
        found[one.code] = one
        waiting += below.get(one.code, [])[::-1]
    return (*found.values(), *(each for each in types if each.code not in found))
