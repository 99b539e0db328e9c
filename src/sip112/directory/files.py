"""The directory as files: JSON for all of it, GeoJSON for its areas.

What stands in a file must have the form of `directory.forms`, and every complaint names the place
and what to do; whether the parts fit together is `dispatch.faults` to say. Of a directory's file
each part may be left out: then what the centre has stays. What is written is read back as the same
directory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from sip112.directory import geometry
from sip112.directory.forms import DAYS, MAX_ITEMS, AreaForm, DirectoryForm, Parts, clock, slug
from sip112.dispatch.agency import Agency, ChannelKind
from sip112.dispatch.directory import Area, Directory, IncidentType

MAX_BYTES: Final = 16 * 2**20
"""Of a file; a city's areas in fine detail have some megabytes."""
MAX_TOLD: Final = 20
"""Complaints about one file."""

_WIDTH: Final = 100
"""Columns of a written file."""
_SHIPPED: Final = Path(__file__).with_name("data") / "directory.json"
_WITHIN: Final = 2
"""A place that is longer lies within an entry, as ``agencies``, 3, ``kind`` does."""
_OF_LISTS: Final = frozenset({"severities", "dispositions", "languages", "pause_reasons"})
_WGS84: Final = re.compile(r"CRS84|EPSG:{1,2}4326", re.IGNORECASE)


class BadFile(ValueError):  # noqa: N818 - says what it is
    """A file that cannot be used; `wrong` has each complaint with place and remedy."""

    def __init__(self, wrong: Sequence[str]) -> None:
        self.wrong = tuple(wrong)
        super().__init__("\n".join(wrong))


@cache
def shipped() -> Directory:
    """Return the directory with which a fresh centre begins."""
    return read(_SHIPPED.read_bytes()).onto(Directory())


# --- reading -----------------------------------------------------------------------------------


def read(raw: bytes) -> Parts:
    """Return what stands in a directory's file. BadFile says all that is wrong with its form."""
    given = _object(raw)
    if given.get("type") == "FeatureCollection":
        raise BadFile(["this is GeoJSON, which is read as areas: sip112 areas import FILE"])
    if astray := sorted(_OF_LISTS & given.keys()):
        wrong = (
            f"{astray[0]}: this is no part of a directory, which is agencies, incident_types and"
            " areas; it belongs in the file that the setting `lists` names"
        )
        raise BadFile([wrong])
    try:
        return DirectoryForm.model_validate(given).made()
    except ValidationError as error:
        raise BadFile(
            [_told(each["loc"], each["msg"], given) for each in error.errors()]
        ) from error


def read_areas(raw: bytes, *, called: str | None = None) -> tuple[Area, ...]:
    """Return the areas of a GeoJSON FeatureCollection (RFC 7946). BadFile says what is wrong.

    Each feature has the properties ``code``, ``name_id`` and ``name_en``, as those that are written
    here. Of a file that somebody else has made `called` is the property with the name, of which the
    code is made too.
    """
    given = _object(raw)
    features = given.get("features")
    if given.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise BadFile(["it must be a GeoJSON FeatureCollection, with a list of features"])
    if len(features) > MAX_ITEMS:
        raise BadFile([f"features: {len(features)} areas, of which {MAX_ITEMS} are the most"])
    if "crs" in given and not _WGS84.search(json.dumps(given["crs"])):
        raise BadFile(["crs: export the file in WGS 84 (EPSG:4326): GeoJSON knows nothing else"])
    areas, wrong = [], []
    for n, feature in enumerate(features):
        try:
            areas.append(_area(feature, called))
        except ValidationError as error:
            wrong += [
                f"features[{n}].{_PROPERTY.get(each['loc'], _where(each['loc']))}"
                f": {_what(each['msg'])}"
                for each in error.errors()
            ]
        except ValueError as error:
            wrong.append(f"features[{n}]{error}")
    if wrong:
        raise BadFile(wrong)
    return tuple(areas)


def _area(feature: Any, called: str | None) -> Area:
    """Return the area of a feature. ValueError says from its place on what is wrong."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise ValueError(": it must be a Feature with properties and a geometry")  # noqa: TRY004
    shape = feature.get("geometry")
    if not isinstance(shape, dict):
        raise ValueError(".geometry: it has none; draw its border, or leave the feature out")  # noqa: TRY004
    if called is None:
        names = [properties.get("name_id"), properties.get("name_en")]
        code = properties.get("code")
    else:
        names = [properties.get(called)] * 2
        code = slug(str(names[0]))
    if code is None or None in names:
        wanted = "code, name_id and name_en" if called is None else repr(called)
        raise ValueError(
            f".properties: {wanted} must be there; there are: {', '.join(map(str, properties))}."
            " In a file that is not from sip112 say which property has the name: --name PROPERTY"
        )
    return AreaForm.model_validate(
        {
            "code": code,
            "name": dict(zip(("id", "en"), names, strict=True)),
            "geometry": {key: shape.get(key) for key in ("type", "coordinates")},
        }
    ).made()


_PROPERTY: Final[Mapping[tuple[int | str, ...], str]] = {
    ("code",): "properties.code",
    ("name", "id"): "properties.name_id",
    ("name", "en"): "properties.name_en",
}
"""Where that of an area stands in a feature."""


def _object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a file. BadFile if it is none."""
    if len(raw) > MAX_BYTES:
        raise BadFile([f"the file is larger than {MAX_BYTES // 2**20} MB, which no directory is"])
    try:
        given = json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refuse_constant
        )
    except RecursionError:
        given = None
    except UnicodeDecodeError as error:
        raise BadFile([f"byte {error.start} is no UTF-8; save the file as UTF-8"]) from error
    except ValueError as error:
        raise BadFile([f"it is no JSON: {error}"]) from error
    if not isinstance(given, dict):
        raise BadFile(["it must be a JSON object, with agencies, incident_types and areas in it"])
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Of two values with one name, JSON would keep the second without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        of = f" of {found['code']!r}" if "code" in found else ""
        raise ValueError(f"{twice!r}{of} stands twice in the same object")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _told(place: tuple[int | str, ...], message: str, given: Mapping[str, Any]) -> str:
    """Return a complaint with its place, and the code of what it is about."""
    where, of = _where(place), ""
    if len(place) > _WITHIN:
        code = given[str(place[0])][place[1]].get("code")
        of = f" (of {code[:40]!r})" if isinstance(code, str) else ""
    return f"{where}{of}: {_what(message)}"


def _where(place: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".").removesuffix(".[key]") or "the file"


def _what(message: str) -> str:
    message = message.removeprefix("Value error, ").removesuffix(".")
    return "it is missing" if message == "Field required" else message


# --- writing -----------------------------------------------------------------------------------


def write(directory: Directory) -> bytes:
    """Return a directory as a file that people can read, and `read` reads as the same."""
    return _bytes(
        {
            "agencies": [_agency_json(each) for each in directory.agencies],
            "incident_types": [_type_json(each) for each in directory.types],
            "areas": [
                {"code": each.code, "name": _name_json(each.name), "geometry": dict(each.geometry)}
                for each in directory.areas
            ],
        }
    )


def write_areas(areas: Iterable[Area]) -> bytes:
    """Return areas as GeoJSON (RFC 7946)."""
    return _bytes(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {
                        "code": each.code,
                        "name_id": each.name["id"],
                        "name_en": each.name["en"],
                    },
                    "geometry": geometry.right_handed(each.geometry),
                }
                for each in areas
            ],
        }
    )


def _agency_json(agency: Agency) -> dict[str, Any]:
    return _sparse(
        code=agency.code,
        kind=agency.kind,
        name=_name_json(agency.name),
        area=agency.area,
        hours=[
            {"day": DAYS[each.day], "opens": clock(each.opens), "closes": clock(each.closes)}
            for each in agency.hours
        ]
        or None,
        contacts=[
            {
                "name": each.name,
                "addresses": {
                    kind: each.addresses[kind] for kind in ChannelKind if kind in each.addresses
                },
            }
            for each in agency.contacts
        ]
        or None,
        channels=[
            {"kind": each.kind, "address": each.address} if each.address else {"kind": each.kind}
            for each in agency.channels
        ],
        active=None if agency.active else False,
    )


def _type_json(each: IncidentType) -> dict[str, Any]:
    return _sparse(
        code=each.code,
        parent=each.parent,
        name=_name_json(each.name),
        severity=each.severity,
        plan=None
        if each.plan is None
        else [_sparse(kind=entry.kind, agency=entry.agency) for entry in each.plan],
    )


def _name_json(name: Mapping[str, str]) -> dict[str, str]:
    return {"id": name["id"], "en": name["en"]}


def _sparse(**fields: Any) -> dict[str, Any]:
    """Return what there is; what is left out is read as nothing again."""
    return {name: each for name, each in fields.items() if each is not None}


def _bytes(document: Mapping[str, Any]) -> bytes:
    return (_laid_out(document) + "\n").encode()


def _is_long(part: Any) -> bool:
    """Whether it is plain that a part has no place in a line: it need not be written to see that.

    To write a border only to find it too long would take as long as all the rest.
    """
    if not isinstance(part, list | dict):
        return False
    inner = part.values() if isinstance(part, dict) else part
    return 2 * len(part) > _WIDTH or any(map(_is_long, inner))


def _laid_out(part: Any, indent: str = "", before: str = "") -> str:
    """Return JSON, from `before` on, with a line for whatever fits in one."""
    if not _is_long(part):
        line = before + json.dumps(part, ensure_ascii=False, allow_nan=False)
        if not isinstance(part, list | dict) or not part or len(indent) + len(line) < _WIDTH:
            return line
    deeper = f"{indent}  "
    if isinstance(part, list):
        first, last = "[]"
        inner = [_laid_out(each, deeper) for each in part]
    else:
        first, last = "{}"
        inner = [
            _laid_out(each, deeper, f"{json.dumps(name, ensure_ascii=False)}: ")
            for name, each in part.items()
        ]
    lines = ",\n".join(f"{deeper}{each}" for each in inner)
    return f"{before}{first}\n{lines}\n{indent}{last}"
