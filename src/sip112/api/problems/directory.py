"""The directory cannot be read or changed as asked: agencies, incident types, areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sip112.api.etags import etag
from sip112.api.problems.problem import Problem
from sip112.api.schemas.problems import FaultView
from sip112.dispatch.directory import Part
from sip112.dispatch.faults import Fault

_NOUNS: Final = {Part.AGENCY: "agency", Part.TYPE: "incident type", Part.AREA: "area"}
_PATHS: Final = {
    Part.AGENCY: "/v1/agencies",
    Part.TYPE: "/v1/incident-types",
    Part.AREA: "/v1/areas",
}


def unknown_entry(part: Part, code: str) -> Problem:
    """Return the problem of an agency, a type or an area that there is not."""
    noun = _NOUNS[part]
    return Problem(
        404,
        f"unknown-{noun.replace(' ', '-')}",
        f"There is no {noun} {code!r} in this centre.",
        remedy=f"See GET {_PATHS[part]} for those there are. To add it, send `If-None-Match: *`.",
    )


def entry_changed(part: Part, code: str, version: int, current: Mapping[str, object]) -> Problem:
    """Return the problem of an entry that somebody else has changed, or added."""
    return Problem(
        412,
        "entry-changed",
        f"The {_NOUNS[part]} {code!r} is there, at version {version}: not as the request says.",
        remedy="See in `current` what it says by now, and repeat the change with "
        f"`If-Match: {etag(version)}` if it still applies.",
        headers={"ETag": etag(version)},
        current=current,
    )


def directory_changed(revision: int) -> Problem:
    """Return the problem of a directory that somebody else has changed."""
    return Problem(
        412,
        "directory-changed",
        f"The directory is at revision {revision}, and not at the one that If-Match names.",
        remedy="Read it again, and repeat the change with its ETag if it still applies.",
        headers={"ETag": etag(revision)},
    )


def no_base() -> Problem:
    """Return the problem of a change that does not say what it is based on."""
    return Problem(
        428,
        "no-if-match",
        "The change does not say which version it is based on.",
        remedy="Read what is to be changed, and send its ETag header back as If-Match. To add "
        "what there is not yet, send `If-None-Match: *` instead.",
    )


def directory_faulty(faults: Sequence[Fault]) -> Problem:
    """Return the problem of a change after which the directory could not be used."""
    first, more = faults[0], len(faults) - 1
    return Problem(
        422,
        "directory-faulty",
        f"{first.where}: {first.what}" + (f" (and {more} more)" if more else ""),
        remedy="Mend each fault that `faults` names." if more else f"To mend it: {first.remedy}.",
        faults=[_fault_view(fault) for fault in faults],
    )


def _fault_view(fault: Fault) -> FaultView:
    return {
        "where": fault.where,
        "detail": fault.what,
        "remedy": fault.remedy,
        "place": None
        if fault.place is None
        else {"latitude": fault.place.latitude, "longitude": fault.place.longitude},
    }


def inactive_agency(code: str) -> Problem:
    """Return the problem of a secret for an agency that takes no incidents."""
    return Problem(
        409,
        "inactive-agency",
        f"The agency {code!r} is not active: no messages are signed for it.",
        remedy="Make it active first: PUT /v1/agencies/{code} with `active: true`.",
    )
