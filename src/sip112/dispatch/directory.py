"""The directory of a centre: its agencies, its incident types with their plans, its areas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sip112.dispatch.agency import Agency, AgencyKind, Name
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode
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
