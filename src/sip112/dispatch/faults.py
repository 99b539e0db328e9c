"""What is wrong with a directory: where, what, and what to do about it.

All of it is told at once, so that whoever mends a file mends it once. A directory with faults is
not kept: a plan that names nobody would be found out in the hour in which it is needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from difflib import get_close_matches
from typing import Final

from sip112.dispatch.addresses import why_unusable
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Opening, public
from sip112.dispatch.directory import Area, Directory, IncidentType, PlanEntry
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode
from sip112.routing.place import Place
from sip112.routing.value import value

_DAYS: Final = range(7)
_DAY_MINUTES: Final = 24 * 60


@value
class Flaw:
    """What is wrong with the border of an area."""

    what: str
    """Where, and what to do about it, too."""
    place: Place | None = None
    """Where on the map, if it is at one place."""


@value
class Fault:
    """One thing that is wrong with a directory."""

    where: str
    """Such as ``incident_types[3].plan[0].agency``, counted from 0."""
    what: str
    remedy: str
    place: Place | None = None
    """Where on the map, if it is at one place."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


def faults(
    directory: Directory,
    flaw_of: Callable[[Area], Flaw | None],
    severities: Collection[str],
) -> list[Fault]:
    """Return what is wrong; nothing if the directory can be used.

    Args:
        directory: what is looked at.
        flaw_of: says what is wrong with the border of an area; None if nothing is.
        severities: those that a ticket can have.
    """
    agencies = [each.code for each in directory.agencies]
    areas = [each.code for each in directory.areas]
    return [
        *_twice("agencies", agencies),
        *_twice("incident_types", [each.code for each in directory.types]),
        *_twice("areas", areas),
        *(
            fault
            for n, agency in enumerate(directory.agencies)
            for fault in _of_agency(f"agencies[{n}]", agency, areas)
        ),
        *_of_tree(directory.types),
        *(
            fault
            for n, each in enumerate(directory.types)
            for fault in _of_type(f"incident_types[{n}]", each, agencies, severities)
        ),
        *(
            fault
            for n, area in enumerate(directory.areas)
            for fault in _of_area(f"areas[{n}]", area, flaw_of)
        ),
    ]


def _twice(where: str, codes: Iterable[str]) -> Iterator[Fault]:
    for code, count in Counter(codes).items():
        if count > 1:
            yield Fault(
                where,
                f"the code {code!r} stands there {count} times",
                "give each a code of its own",
            )


# --- agencies ----------------------------------------------------------------------------


def _of_agency(where: str, agency: Agency, areas: Collection[AreaCode]) -> Iterator[Fault]:
    if agency.area is not None and agency.area not in areas:
        yield Fault(
            f"{where}.area",
            f"{agency.code!r} acts in {agency.area!r}, which is no area{_near(agency.area, areas)}",
            "add the area, name another, or none for everywhere",
        )
    for n, opening in enumerate(agency.hours):
        yield from _of_opening(f"{where}.hours[{n}]", opening)
    for n, contact in enumerate(agency.contacts):
        given = {kind: each for kind, each in contact.addresses.items() if each.strip()}
        for kind, address in given.items():
            yield from _of_address(f"{where}.contacts[{n}].addresses.{kind}", kind, address)
    for n, channel in enumerate(agency.channels):
        yield from _of_channel(f"{where}.channels[{n}]", agency, channel)
    if agency.kind is AgencyKind.SERVICE and not public(agency):
        yield Fault(
            f"{where}.channels",
            f"callers are referred to {agency.code!r}, and it has no number or address of its own",
            "give it a channel with the address that callers are to be told, such as voice",
        )


def _of_opening(where: str, opening: Opening) -> Iterator[Fault]:
    if opening.day not in _DAYS:
        yield Fault(where, f"there is no day {opening.day}", "count days from 0, Monday, to 6")
    if not 0 <= opening.opens < opening.closes <= _DAY_MINUTES:
        yield Fault(
            where,
            f"it opens at minute {opening.opens} and closes at minute {opening.closes}",
            f"count minutes from midnight, 0 to {_DAY_MINUTES}, and have it close after it opens;"
            " a night is two of these, up to midnight and from midnight on",
        )


def _of_channel(where: str, agency: Agency, channel: Channel) -> Iterator[Fault]:
    if channel.kind is ChannelKind.ACCOUNT:
        return
    if channel.address.strip():
        yield from _of_address(f"{where}.address", channel.kind, channel.address)
    elif not any(contact.addresses.get(channel.kind, "").strip() for contact in agency.contacts):
        yield Fault(
            where,
            f"neither {agency.code!r} nor any contact of it has an address for {channel.kind}",
            "give the channel an address, or a contact, or take the channel away",
        )


def _of_address(where: str, kind: ChannelKind, address: str) -> Iterator[Fault]:
    wrong = why_unusable(kind, address)
    if wrong is not None:
        what, remedy = wrong
        yield Fault(where, f"{address!r} is {what}", remedy)


# --- types -------------------------------------------------------------------------------


def _of_tree(types: Collection[IncidentType]) -> Iterator[Fault]:
    """Yield what is wrong with who belongs to whom: two levels, each type after its parent."""
    parents = {each.code: each.parent for each in types}
    before: set[TypeCode] = set()
    for n, each in enumerate(types):
        where = f"incident_types[{n}].parent"
        before.add(each.code)
        if each.parent is None:
            continue
        if each.parent not in parents:
            yield Fault(
                where,
                f"{each.code!r} belongs to {each.parent!r}, which is no type"
                f"{_near(each.parent, parents)}",
                "add that type, name another, or none",
            )
        elif _circles(each.code, parents):
            yield Fault(
                where,
                f"{each.code!r} belongs to itself, by way of {each.parent!r}",
                "have one of them belong to none",
            )
        elif parents[each.parent] is not None:
            yield Fault(
                where,
                f"{each.code!r} belongs to {each.parent!r}, which belongs to"
                f" {parents[each.parent]!r}",
                "have it belong to that one, or to none: there are two levels",
            )
        elif each.parent not in before:
            yield Fault(
                where,
                f"{each.code!r} stands before {each.parent!r}, to which it belongs",
                "put it after that one",
            )


def _circles(code: TypeCode, parents: dict[TypeCode, TypeCode | None]) -> bool:
    """Whether a type is above itself."""
    above = parents[code]
    for _ in parents:
        if above is None or above == code:
            break
        above = parents.get(above)
    return above == code


def _of_type(
    where: str,
    each: IncidentType,
    agencies: Collection[AgencyCode],
    severities: Collection[str],
) -> Iterator[Fault]:
    if each.severity is not None and each.severity not in severities:
        yield Fault(
            f"{where}.severity",
            f"{each.code!r} has {each.severity!r}, which is no severity"
            f"{_near(each.severity, severities)}",
            f"name one of {', '.join(severities)}, or none",
        )
    for n, entry in enumerate(each.plan or ()):
        yield from _of_entry(f"{where}.plan[{n}]", each, entry, agencies)


def _of_entry(
    where: str, each: IncidentType, entry: PlanEntry, agencies: Collection[AgencyCode]
) -> Iterator[Fault]:
    if (entry.kind is None) == (entry.agency is None):
        both = "neither a kind nor an agency" if entry.kind is None else "a kind and an agency"
        yield Fault(
            where, f"the plan of {each.code!r} names {both} in one entry", "name one of them"
        )
    if entry.agency is not None and entry.agency not in agencies:
        yield Fault(
            f"{where}.agency",
            f"the plan of {each.code!r} needs {entry.agency!r}, which is no agency"
            f"{_near(entry.agency, agencies)}",
            "add the agency, name another, or a kind",
        )


# --- areas -------------------------------------------------------------------------------


def _of_area(where: str, area: Area, flaw_of: Callable[[Area], Flaw | None]) -> Iterator[Fault]:
    flaw = flaw_of(area)
    if flaw is not None:
        yield Fault(
            f"{where}.geometry",
            f"{area.code!r} is no area on the map: {flaw.what}",
            "draw it anew, so that its border is closed and never crosses itself",
            flaw.place,
        )


def _near(code: str, codes: Iterable[str]) -> str:
    near = get_close_matches(code, codes, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
