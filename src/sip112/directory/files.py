"""The directory as files: JSON for all of it, GeoJSON for its areas.

What stands in a file is checked for its form here, and every complaint names the place and what to
do; whether the parts fit together is `dispatch.faults` to say. Of a directory's file each part may
be left out: then what the centre has stays. What is written is read back as the same directory.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)

from sip112.directory import geometry
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact, Opening
from sip112.dispatch.directory import Area, Directory, IncidentType, PlanEntry
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode
from sip112.routing.value import value

MAX_BYTES: Final = 16 * 2**20
"""Of a file; a city's areas in fine detail have some megabytes."""
MAX_TOLD: Final = 20
"""Complaints about one file."""

CODE: Final = r"[a-z0-9][a-z0-9_-]{0,31}"

_MAX_ITEMS: Final = 500
_WIDTH: Final = 100
"""Columns of a written file."""
_PLAIN: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
_SHIPPED: Final = Path(__file__).with_name("data") / "directory.json"
_WITHIN: Final = 2
"""A place that is longer lies within an entry, as ``agencies``, 3, ``kind`` does."""
_OF_LISTS: Final = frozenset({"severities", "dispositions", "languages", "pause_reasons"})
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WGS84: Final = re.compile(r"CRS84|EPSG:{1,2}4326", re.IGNORECASE)

F = TypeVar("F")
T = TypeVar("T")


class BadFile(ValueError):  # noqa: N818 - says what it is
    """A file that cannot be used; `wrong` has each complaint with place and remedy."""

    def __init__(self, wrong: Sequence[str]) -> None:
        self.wrong = tuple(wrong)
        super().__init__("\n".join(wrong))


@value
class Parts:
    """What stands in a file; None is a part that it leaves out."""

    agencies: tuple[Agency, ...] | None = None
    types: tuple[IncidentType, ...] | None = None
    areas: tuple[Area, ...] | None = None

    def onto(self, directory: Directory) -> Directory:
        """Return the directory with these parts in place of its own."""
        return Directory(
            directory.agencies if self.agencies is None else self.agencies,
            directory.types if self.types is None else self.types,
            directory.areas if self.areas is None else self.areas,
        )


@cache
def shipped() -> Directory:
    """Return the directory with which a fresh centre begins."""
    return read(_SHIPPED.read_bytes()).onto(Directory())


# --- the form ----------------------------------------------------------------------------------


def _near(word: object, words: Iterable[str]) -> str:
    near = get_close_matches(str(word)[:100], list(words), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _one_of(kinds: Sequence[str]) -> Callable[[object], object]:
    def check(given: object) -> object:
        if given not in kinds:
            raise ValueError(f"it must be one of {', '.join(kinds)}{_near(given, kinds)}")
        return given

    return check


def _minutes(given: object) -> object:
    """Return the minutes after midnight of ``08:30``."""
    if not isinstance(given, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", given):
        raise ValueError("it must be hours and minutes from 00:00 to 24:00, such as 08:30")
    hours, minutes = given.split(":")
    return int(hours) * 60 + int(minutes)


def _day(given: object) -> object:
    _one_of(_DAYS)(given)
    return _DAYS.index(str(given))


def _code(text: str) -> str:
    if not re.fullmatch(CODE, text):
        slug = _slug(text)
        near = f"; did you mean {slug!r}?" if slug else ""
        raise ValueError(f"it must be 32 small letters, digits, _ and - at the most{near}")
    return text


def _slug(text: str) -> str:
    """Return a code made of a name; empty if nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain[:200]).strip("_")[:32].rstrip("_")


Code = Annotated[str, AfterValidator(_code)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=_PLAIN)]
Address = Annotated[str, StringConstraints(max_length=500, pattern=_PLAIN)]
Kind = Annotated[AgencyKind, BeforeValidator(_one_of([str(each) for each in AgencyKind]))]
Way = Annotated[ChannelKind, BeforeValidator(_one_of([str(each) for each in ChannelKind]))]
Time = Annotated[int, BeforeValidator(_minutes)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, given: object) -> object:
        known = list(cls.model_fields)
        for name in given if isinstance(given, dict) else ():
            if name not in known:
                raise ValueError(
                    f"there is no {str(name)[:40]!r} here{_near(name, known)}; there are:"
                    f" {', '.join(known)}"
                )
        return given


class _Name(_Form):
    id: Label
    en: Label


class _Opening(_Form):
    day: Annotated[int, BeforeValidator(_day)]
    opens: Time
    closes: Time


class _Contact(_Form):
    name: Label
    addresses: Annotated[dict[Way, Annotated[Address, Field(min_length=1)]], Field(min_length=1)]


class _Channel(_Form):
    kind: Way
    address: Address = ""


class _Agency(_Form):
    code: Code
    kind: Kind
    name: _Name
    area: Code | None = None
    hours: Annotated[tuple[_Opening, ...], Field(max_length=70)] = ()
    contacts: Annotated[tuple[_Contact, ...], Field(max_length=50)] = ()
    channels: Annotated[tuple[_Channel, ...], Field(max_length=20)] = ()
    active: StrictBool = True

    def made(self) -> Agency:
        return Agency(
            AgencyCode(self.code),
            self.kind,
            self.name.model_dump(),
            None if self.area is None else AreaCode(self.area),
            tuple(Opening(each.day, each.opens, each.closes) for each in self.hours),
            tuple(Contact(each.name, each.addresses) for each in self.contacts),
            tuple(Channel(each.kind, each.address) for each in self.channels),
            self.active,
        )


class _PlanEntry(_Form):
    kind: Kind | None = None
    agency: Code | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.kind is None) == (self.agency is None):
            raise ValueError("it must have a kind of agency, or the code of one, and not both")
        return self

    def made(self) -> PlanEntry:
        return PlanEntry(self.kind, None if self.agency is None else AgencyCode(self.agency))


class _Type(_Form):
    code: Code
    parent: Code | None = None
    name: _Name
    severity: Code | None = None
    plan: Annotated[tuple[_PlanEntry, ...], Field(max_length=20)] | None = None

    def made(self) -> IncidentType:
        return IncidentType(
            TypeCode(self.code),
            self.name.model_dump(),
            None if self.parent is None else TypeCode(self.parent),
            self.severity,
            None if self.plan is None else tuple(each.made() for each in self.plan),
        )


class _Geometry(_Form):
    type: Annotated[str, BeforeValidator(_one_of(["Polygon", "MultiPolygon"]))]
    coordinates: list[Any]


class _Area(_Form):
    code: Code
    name: _Name
    geometry: _Geometry

    def made(self) -> Area:
        return Area(AreaCode(self.code), self.name.model_dump(), self.geometry.model_dump())


class _Directory(_Form):
    agencies: Annotated[tuple[_Agency, ...], Field(max_length=_MAX_ITEMS)] | None = None
    incident_types: Annotated[tuple[_Type, ...], Field(max_length=_MAX_ITEMS)] | None = None
    areas: Annotated[tuple[_Area, ...], Field(max_length=_MAX_ITEMS)] | None = None

    def made(self) -> Parts:
        return Parts(
            _made(self.agencies, _Agency.made),
            _made(self.incident_types, _Type.made),
            _made(self.areas, _Area.made),
        )


def _made(forms: Sequence[F] | None, make: Callable[[F], T]) -> tuple[T, ...] | None:
    return None if forms is None else tuple(map(make, forms))


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
        return _Directory.model_validate(given).made()
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
    if len(features) > _MAX_ITEMS:
        raise BadFile([f"features: {len(features)} areas, of which {_MAX_ITEMS} are the most"])
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
        code = _slug(str(names[0]))
    if code is None or None in names:
        wanted = "code, name_id and name_en" if called is None else repr(called)
        raise ValueError(
            f".properties: {wanted} must be there; there are: {', '.join(map(str, properties))}."
            " In a file that is not from sip112 say which property has the name: --name PROPERTY"
        )
    return _Area.model_validate(
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
            {"day": _DAYS[each.day], "opens": _clock(each.opens), "closes": _clock(each.closes)}
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


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _bytes(document: Mapping[str, Any]) -> bytes:
    return (_laid_out(document) + "\n").encode()


def _laid_out(part: Any, indent: str = "", before: str = "") -> str:
    """Return JSON, from `before` on, with a line for whatever fits in one."""
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
