"""Whom an incident needs, as its type's plan says, and who could be meant there and then.

A plan says what is needed, and often not by name. Where one agency fits, it is chosen; where
several do, or none, that is shown, and a person decides: nothing is guessed. Each agency that a
plan could mean and that is left out is told with the reason, so that whoever knows better can take
it all the same.

Where a plan means a service, nobody is asked to act: the caller is referred to it (`referrals`),
which is a need of its own kind.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from zoneinfo import ZoneInfo

from sip112.dispatch.agency import Agency, AgencyKind
from sip112.dispatch.directory import Area, Directory, IncidentType, PlanEntry
from sip112.dispatch.hours import is_open
from sip112.dispatch.ids import AreaCode, TypeCode
from sip112.routing.ids import Instant
from sip112.routing.place import Place
from sip112.routing.value import value

Inside = Callable[[Area, float, float], bool]
"""Whether a place, by its latitude and longitude, lies in an area."""


class WhyNot(StrEnum):
    """Why an agency that a plan could mean is left out."""

    INACTIVE = "inactive"
    """It takes no incidents now."""
    CLOSED = "closed"
    """It does not act at this hour."""
    OUTSIDE = "outside"
    """It does not act there."""


@value
class Candidate:
    """An agency that a plan can mean."""

    agency: Agency
    uncertain: bool = False
    """Whether it is not known that it acts there: where the place is not known, or its area."""


@value
class LeftOut:
    """An agency that a plan could mean, were it not for the reason."""

    agency: Agency
    reason: WhyNot


@value
class Need:
    """What one entry of a plan comes to."""

    entry: PlanEntry
    candidates: tuple[Candidate, ...] = ()
    """In the order of the directory."""
    left_out: tuple[LeftOut, ...] = ()
    """Likewise."""

    @property
    def chosen(self) -> Candidate | None:
        """The one that fits; None if there are several, or none."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def ambiguous(self) -> bool:
        """Whether a person must choose."""
        return len(self.candidates) > 1

    @property
    def missing(self) -> bool:
        """Whether nobody fits."""
        return not self.candidates


@value
class Proposal:
    """Whom an incident needs."""

    plan_of: TypeCode | None = None
    """The type whose plan it is: its own, or the one that it belongs to; None if there is no plan,
    which is not the same as one that needs nobody."""
    needs: tuple[Need, ...] = ()
    """Who must act."""
    referrals: tuple[Need, ...] = ()
    """Whom the caller is to be referred to."""

    @property
    def chosen(self) -> tuple[Agency, ...]:
        """Those that one key hands it to: each once, in the order of the plan."""
        found = (need.chosen.agency for need in self.needs if need.chosen is not None)
        return tuple({each.code: each for each in found}.values())

    @property
    def complete(self) -> bool:
        """Whether nothing is left for a person to decide."""
        return all(need.chosen is not None for need in self.needs)


def proposal(
    directory: Directory,
    type_code: TypeCode | None,
    place: Place | None,
    at: Instant,
    zone: ZoneInfo,
    inside: Inside,
) -> Proposal:
    """Return whom an incident of a type needs that happened at `place`, at that moment."""
    source = _planned({each.code: each for each in directory.types}, type_code)
    if source is None:
        return Proposal()
    areas = {each.code: each for each in directory.areas}
    needs: list[Need] = []
    referrals: list[Need] = []
    for entry in source.plan or ():
        candidates: list[Candidate] = []
        left_out: list[LeftOut] = []
        meant = _meant(directory, entry)
        for agency in meant:
            acts = _acts_at(agency, place, areas, inside)
            reason = _why_not(agency, at, zone, acts)
            if reason is None:
                candidates.append(Candidate(agency, uncertain=acts is None))
            else:
                left_out.append(LeftOut(agency, reason))
        to_services = entry.kind is AgencyKind.SERVICE or any(
            each.kind is AgencyKind.SERVICE for each in meant
        )
        need = Need(entry, tuple(candidates), tuple(left_out))
        (referrals if to_services else needs).append(need)
    return Proposal(source.code, tuple(needs), tuple(referrals))


def _planned(types: dict[TypeCode, IncidentType], code: TypeCode | None) -> IncidentType | None:
    """Return the type whose plan is that of `code`."""
    while code is not None and (found := types.pop(code, None)) is not None:  # each once
        if found.plan is not None:
            return found
        code = found.parent
    return None


def _meant(directory: Directory, entry: PlanEntry) -> list[Agency]:
    """Return those that an entry could mean: the one that it names, or all of its kind."""
    if entry.agency is not None:
        return [each for each in directory.agencies if each.code == entry.agency]
    return [each for each in directory.agencies if each.kind is entry.kind]


def _acts_at(
    agency: Agency, place: Place | None, areas: dict[AreaCode, Area], inside: Inside
) -> bool | None:
    """Whether the agency acts at the place; None if that is not known."""
    if agency.area is None:
        return True
    area = areas.get(agency.area)
    if place is None or area is None:
        return None
    return inside(area, place.latitude, place.longitude)


def _why_not(agency: Agency, at: Instant, zone: ZoneInfo, acts: bool | None) -> WhyNot | None:
    """Return why the agency is left out; None if it is not."""
    if not agency.active:
        return WhyNot.INACTIVE
    if acts is False:
        return WhyNot.OUTSIDE
    return None if is_open(agency, at, zone) else WhyNot.CLOSED
