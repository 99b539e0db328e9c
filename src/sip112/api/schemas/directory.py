"""Agencies, incident types and areas as the API shows them: the fields of their forms, all there.

What is shown of an entry, but for its version, can be sent back as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, assert_never

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.values import doc
from sip112.directory.forms import DAYS, clock
from sip112.dispatch.agency import Agency, AgencyKind, ChannelKind, Name
from sip112.dispatch.directory import Area, IncidentType, Item

Version = Annotated[
    int, doc("Grows with each change; the ETag of the entry, without its quotation marks.")
]
Revision = Annotated[int, doc("Of the whole directory: grows with each change of an entry.")]


class NameView(TypedDict):
    """What people read."""

    id: Annotated[str, doc("In Indonesian.")]
    en: Annotated[str, doc("In English.")]


class OpeningView(TypedDict):
    """Hours of one day of the week, in the centre's local time."""

    day: Annotated[Literal[DAYS], doc("Day of the week.")]  # type: ignore[valid-type]
    opens: Annotated[str, doc("Such as 08:30.")]
    closes: Annotated[str, doc("Later than `opens`, up to 24:00.")]


class ContactView(TypedDict):
    """A person or desk of an agency."""

    name: Annotated[str, doc("As people read it.")]
    addresses: Annotated[
        Mapping[ChannelKind, str], doc("Where it is reached, by the kind of channel.")
    ]


class ChannelView(TypedDict):
    """One way to an agency."""

    kind: Annotated[ChannelKind, doc("By what.")]
    address: Annotated[str, doc("Empty where its contacts are reached alone.")]


class AgencyView(TypedDict):
    """An agency: who acts on an incident, when, where, and how it is reached."""

    code: Annotated[str, doc("It stays for ever.")]
    version: Version
    kind: Annotated[AgencyKind, doc("What it is for.")]
    name: Annotated[NameView, doc("As people read it.")]
    area: Annotated[str | None, doc("Code of the area where it acts; null is everywhere.")]
    hours: Annotated[list[OpeningView], doc("When it acts; none is always.")]
    contacts: Annotated[list[ContactView], doc("In the order in which they are tried.")]
    channels: Annotated[list[ChannelView], doc("In the order in which they are tried.")]
    active: Annotated[bool, doc("Whether it is proposed.")]


class AgenciesView(TypedDict):
    """All agencies of a centre."""

    revision: Revision
    items: Annotated[list[AgencyView], doc("In the order in which they are shown.")]


class SecretView(TypedDict):
    """A new signing secret of an agency."""

    agency: Annotated[str, doc("Whose.")]
    secret: Annotated[
        str,
        doc("With it messages are signed from now on, by Standard Webhooks; shown this once."),
    ]


class PlanEntryView(TypedDict):
    """One agency that an incident needs; one of the two is null."""

    kind: Annotated[AgencyKind | None, doc("Whichever of this kind acts there and then.")]
    agency: Annotated[str | None, doc("This one.")]


class IncidentTypeView(TypedDict):
    """What happened, and who must act on it."""

    code: Annotated[str, doc("What tickets say; it stays for ever.")]
    version: Version
    parent: Annotated[str | None, doc("The type that it belongs to.")]
    name: Annotated[NameView, doc("As people read it.")]
    severity: Annotated[str | None, doc("The severity that is proposed with it.")]
    plan: Annotated[
        list[PlanEntryView] | None,
        doc("Who must act; null is whoever the parent's plan says, empty is nobody."),
    ]


class IncidentTypesView(TypedDict):
    """All incident types of a centre."""

    revision: Revision
    items: Annotated[
        list[IncidentTypeView], doc("In the order in which they are shown, each after its parent.")
    ]


class AreaItem(TypedDict):
    """An area on the map, without its border."""

    code: Annotated[str, doc("It stays for ever.")]
    version: Version
    name: Annotated[NameView, doc("As people read it.")]


class AreasView(TypedDict):
    """All areas of a centre; the border of each is read by itself."""

    revision: Revision
    items: Annotated[list[AreaItem], doc("In the order in which they are shown.")]


class GeometryView(TypedDict):
    """A GeoJSON geometry (RFC 7946)."""

    type: Annotated[Literal["Polygon", "MultiPolygon"], doc("Kind of geometry.")]
    coordinates: Annotated[list[Any], doc("Rings of points; longitude comes first.")]


class AreaView(AreaItem):
    """An area on the map."""

    geometry: Annotated[GeometryView, doc("Its border.")]


class ReplacedView(TypedDict):
    """A directory that was written."""

    revision: Revision


def name_view(name: Name) -> NameView:
    """Show a name."""
    return {"id": name["id"], "en": name["en"]}


def agency_view(agency: Agency, version: int) -> AgencyView:
    """Show an agency."""
    return {
        "code": agency.code,
        "version": version,
        "kind": agency.kind,
        "name": name_view(agency.name),
        "area": agency.area,
        "hours": [
            {"day": DAYS[each.day], "opens": clock(each.opens), "closes": clock(each.closes)}
            for each in agency.hours
        ],
        "contacts": [
            {"name": each.name, "addresses": dict(each.addresses)} for each in agency.contacts
        ],
        "channels": [{"kind": each.kind, "address": each.address} for each in agency.channels],
        "active": agency.active,
    }


def type_view(each: IncidentType, version: int) -> IncidentTypeView:
    """Show an incident type."""
    return {
        "code": each.code,
        "version": version,
        "parent": each.parent,
        "name": name_view(each.name),
        "severity": each.severity,
        "plan": None
        if each.plan is None
        else [{"kind": entry.kind, "agency": entry.agency} for entry in each.plan],
    }


def area_item(area: Area, version: int) -> AreaItem:
    """Show an area without its border."""
    return {"code": area.code, "version": version, "name": name_view(area.name)}


def area_view(area: Area, version: int) -> AreaView:
    """Show an area."""
    geometry: GeometryView = {
        "type": area.geometry["type"],
        "coordinates": area.geometry["coordinates"],
    }
    return {**area_item(area, version), "geometry": geometry}


def entry_view(item: Item, version: int) -> Mapping[str, object]:
    """Show an entry, of an area all but the border, which may be long."""
    match item:
        case Agency():
            return agency_view(item, version)
        case IncidentType():
            return type_view(item, version)
        case Area():
            return area_item(item, version)
        case _:
            assert_never(item)
