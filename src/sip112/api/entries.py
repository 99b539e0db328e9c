"""Entries of a centre's directory: found, added, changed, removed, each change on the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, cast

from fastapi import Header, Path

from sip112.api.audit import Auditing
from sip112.api.context import Ports
from sip112.api.etags import versions
from sip112.api.problems.directory import directory_faulty, entry_changed, no_base, unknown_entry
from sip112.api.problems.problem import Problem
from sip112.api.problems.requests import invalid
from sip112.api.schemas.directory import entry_view
from sip112.dispatch.directory import Area, DirectoryState, E, Item, Part, part_of
from sip112.dispatch.errors import DirectoryConflict, DirectoryFaulty
from sip112.people.audit import Action

EntryCode = Annotated[str, Path(description="Code of the entry.", max_length=100)]
IfMatch = Annotated[
    str | None, Header(description="ETag of the version that the change is based on.")
]
IfNew = Annotated[
    str | None, Header(alias="If-None-Match", description="`*` to add what there is not yet.")
]
IfNoneMatch = Annotated[str | None, Header(description="ETag of the version that the client has.")]

_ADDED: Final = {
    Part.AGENCY: Action.AGENCY_ADDED,
    Part.TYPE: Action.INCIDENT_TYPE_ADDED,
    Part.AREA: Action.AREA_ADDED,
}
_CHANGED: Final = {
    Part.AGENCY: Action.AGENCY_CHANGED,
    Part.TYPE: Action.INCIDENT_TYPE_CHANGED,
    Part.AREA: Action.AREA_CHANGED,
}
_REMOVED: Final = {Part.TYPE: Action.INCIDENT_TYPE_REMOVED, Part.AREA: Action.AREA_REMOVED}


def _known(state: DirectoryState, part: Part, code: str) -> Item | None:
    directory = state.directory
    items: Mapping[Part, tuple[Item, ...]] = {
        Part.AGENCY: directory.agencies,
        Part.TYPE: directory.types,
        Part.AREA: directory.areas,
    }
    return next((each for each in items[part] if each.code == code), None)


def version_of(state: DirectoryState, part: Part, code: str) -> int:
    """Return the version of an entry; 0: it comes along, and the centre's own was not read yet."""
    return state.versions.get((part, code), 0)


async def find(ports: Ports, kind: type[E], part: Part, code: str) -> tuple[E, int]:
    """Return an entry and its version, or raise the 404 problem."""
    state = ports.agencies.current
    if _known(state, part, code) is None:  # another node may have it since a moment
        state = await ports.agencies.fresh()
    found = _known(state, part, code)
    if not isinstance(found, kind):
        raise unknown_entry(part, code)
    return found, version_of(state, part, code)


async def put(
    ports: Ports,
    audit: Auditing,
    code: str,
    item: Item,
    if_match: str | None,
    if_new: str | None,
) -> int:
    """Add or change the entry of that code; return its version."""
    part = part_of(item)
    if item.code != code:
        said = f"It must be {code!r}, as the path says"
        raise invalid([{"loc": ("body", "code"), "msg": said, "type": "code"}])
    if (if_match is None) == (if_new is None) or (if_new or "*").strip() != "*":
        raise no_base()
    state = await ports.agencies.fresh()
    before = _known(state, part, code)
    base = None if if_match is None else _base(if_match, state, part, code)
    try:
        version = await ports.agencies.put(item, base, audit.who)
    except DirectoryConflict as conflict:
        raise _conflicting(conflict) from None
    except DirectoryFaulty as error:
        raise directory_faulty(error.faults) from None
    if before is None:
        audit(_ADDED[part], code)
    elif before != item:
        audit(_CHANGED[part], code, **_told(before, item))
    return version


async def remove(
    ports: Ports, audit: Auditing, part: Part, code: str, if_match: str | None
) -> None:
    """Remove the entry of that code."""
    if if_match is None:
        raise no_base()
    state = await ports.agencies.fresh()
    if _known(state, part, code) is None:
        raise unknown_entry(part, code)
    try:
        await ports.agencies.remove(part, code, _base(if_match, state, part, code), audit.who)
    except DirectoryConflict as conflict:
        raise _conflicting(conflict) from None
    except DirectoryFaulty as error:
        raise directory_faulty(error.faults) from None
    audit(_REMOVED[part], code)


def _base(if_match: str, state: DirectoryState, part: Part, code: str) -> int:
    """Return the version that a change is based on: what there is, if the request names that."""
    if if_match.strip() == "*":  # it would overwrite unseen changes
        raise no_base()
    known = _known(state, part, code)
    if known is None:
        raise unknown_entry(part, code)
    version = version_of(state, part, code)
    if version not in versions(if_match):
        raise entry_changed(part, code, version, entry_view(known, version))
    return version


def _conflicting(conflict: DirectoryConflict) -> Problem:
    if conflict.current is None or conflict.version is None:
        return unknown_entry(conflict.part, conflict.code)
    view = entry_view(conflict.current, conflict.version)
    return entry_changed(conflict.part, conflict.code, conflict.version, view)


def _told(before: Item, after: Item) -> Mapping[str, object]:
    """Return what the audit log says of a change: each field as it was and as it is."""
    was, now = entry_view(before, 0), entry_view(after, 0)
    told: dict[str, object] = {
        name: {"from": was[name], "to": now[name]} for name in was if was[name] != now[name]
    }
    if isinstance(before, Area) and before.geometry != cast("Area", after).geometry:
        told["geometry"] = True
    return told
