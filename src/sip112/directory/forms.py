"""The form of a directory and its entries, as people and programs write them in JSON.

Every complaint says what to do; whether the parts fit together is `dispatch.faults` to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact, Opening
from sip112.dispatch.directory import Area, Directory, IncidentType, PlanEntry
from sip112.dispatch.ids import AgencyCode, AreaCode, TypeCode
from sip112.routing.value import value

CODE: Final = r"[a-z0-9][a-z0-9_-]{0,31}"
MAX_ITEMS: Final = 500
"""Of each part of a directory."""
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_PLAIN: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
_CLOCK: Final = r"([01]\d|2[0-3]):[0-5]\d|24:00"

F = TypeVar("F")
T = TypeVar("T")


@value
class Parts:
    """What a directory's form has; None is a part that it leaves out."""

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


# --- words -------------------------------------------------------------------------------------


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
    if not isinstance(given, str) or not re.fullmatch(_CLOCK, given):
        raise ValueError("it must be hours and minutes from 00:00 to 24:00, such as 08:30")
    hours, minutes = given.split(":")
    return int(hours) * 60 + int(minutes)


def clock(minutes: int) -> str:
    """Return minutes after midnight as the form has them."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _day(given: object) -> object:
    _one_of(DAYS)(given)
    return DAYS.index(str(given))


def _code(text: str) -> str:
    if not re.fullmatch(CODE, text):
        near = slug(text)
        raise ValueError(
            "it must be 32 small letters, digits, _ and - at the most"
            + (f"; did you mean {near!r}?" if near else "")
        )
    return text


def slug(text: str) -> str:
    """Return a code made of a name; empty if nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain[:200]).strip("_")[:32].rstrip("_")


Code = Annotated[
    str,
    AfterValidator(_code),
    Field(json_schema_extra={"maxLength": 32, "pattern": f"^{CODE}$"}),
]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=_PLAIN)]
Address = Annotated[str, StringConstraints(max_length=500, pattern=_PLAIN)]
Kind = Annotated[AgencyKind, BeforeValidator(_one_of([str(each) for each in AgencyKind]))]
Way = Annotated[ChannelKind, BeforeValidator(_one_of([str(each) for each in ChannelKind]))]
Time = Annotated[
    int,
    BeforeValidator(
        _minutes,
        json_schema_input_type=Annotated[
            str, StringConstraints(max_length=5, pattern=f"^({_CLOCK})$")
        ],
    ),
]
Day = Annotated[int, BeforeValidator(_day, json_schema_input_type=Literal[DAYS])]


def _says(description: str) -> Any:
    return Field(description=description)


# --- forms -------------------------------------------------------------------------------------


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


class NameForm(_Form):
    """What people read."""

    id: Annotated[Label, _says("In Indonesian.")]
    en: Annotated[Label, _says("In English.")]


class OpeningForm(_Form):
    """Hours of one day of the week, in the centre's local time."""

    day: Annotated[Day, _says("Day of the week.")]
    opens: Annotated[Time, _says("Such as 08:30.")]
    closes: Annotated[Time, _says("Later than `opens`, up to 24:00; a night is two of these.")]


class ContactForm(_Form):
    """A person or desk of an agency."""

    name: Annotated[Label, _says("As people read it.")]
    addresses: Annotated[
        dict[Way, Annotated[Address, Field(min_length=1)]],
        Field(min_length=1),
        _says("Where it is reached, by the kind of channel: a number, an e-mail address, a chat."),
    ]


class ChannelForm(_Form):
    """One way to an agency."""

    kind: Annotated[Way, _says("By what.")]
    address: Annotated[
        Address,
        _says(
            "The URL of webhook and cap. Of what reaches persons an address of the agency itself,"
            " before those of its contacts; empty is none."
        ),
    ] = ""


class AgencyForm(_Form):
    """An agency: who acts on an incident, when, where, and how it is reached."""

    code: Annotated[Code, _says("It stays for ever.")]
    kind: Annotated[Kind, _says("What it is for.")]
    name: Annotated[NameForm, _says("As people read it.")]
    area: Annotated[Code | None, _says("Code of the area where it acts; null is everywhere.")] = (
        None
    )
    hours: Annotated[
        tuple[OpeningForm, ...], Field(max_length=70), _says("When it acts; none is always.")
    ] = ()
    contacts: Annotated[
        tuple[ContactForm, ...], Field(max_length=50), _says("In the order in which to try them.")
    ] = ()
    channels: Annotated[
        tuple[ChannelForm, ...], Field(max_length=20), _says("In the order in which to try them.")
    ] = ()
    active: Annotated[
        StrictBool, _says("Whether it is proposed. None is removed: handoffs name it.")
    ] = True

    def made(self) -> Agency:
        """Return the agency."""
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


class PlanEntryForm(_Form):
    """One agency that an incident needs: by its kind, or by its code."""

    kind: Annotated[Kind | None, _says("Whichever of this kind acts there and then.")] = None
    agency: Annotated[Code | None, _says("This one.")] = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.kind is None) == (self.agency is None):
            raise ValueError("it must have a kind of agency, or the code of one, and not both")
        return self

    def made(self) -> PlanEntry:
        """Return the entry."""
        return PlanEntry(self.kind, None if self.agency is None else AgencyCode(self.agency))


class IncidentTypeForm(_Form):
    """What happened, and who must act on it."""

    code: Annotated[Code, _says("What tickets say; it stays for ever.")]
    parent: Annotated[Code | None, _says("The type that it belongs to; there are two levels.")] = (
        None
    )
    name: Annotated[NameForm, _says("As people read it.")]
    severity: Annotated[Code | None, _says("The severity that is proposed with it.")] = None
    plan: Annotated[
        Annotated[tuple[PlanEntryForm, ...], Field(max_length=20)] | None,
        _says("Who must act; null is whoever the parent's plan says, empty is nobody."),
    ] = None

    def made(self) -> IncidentType:
        """Return the type."""
        return IncidentType(
            TypeCode(self.code),
            self.name.model_dump(),
            None if self.parent is None else TypeCode(self.parent),
            self.severity,
            None if self.plan is None else tuple(each.made() for each in self.plan),
        )


class GeometryForm(_Form):
    """A GeoJSON geometry (RFC 7946)."""

    type: Annotated[
        str,
        BeforeValidator(
            _one_of(["Polygon", "MultiPolygon"]),
            json_schema_input_type=Literal["Polygon", "MultiPolygon"],
        ),
        _says("Kind of geometry."),
    ]
    coordinates: Annotated[list[Any], _says("Rings of points; longitude comes first.")]

    def made(self) -> dict[str, Any]:
        """Return the geometry: not a copy of it, which takes long."""
        return {"type": self.type, "coordinates": self.coordinates}


class AreaForm(_Form):
    """An area on the map."""

    code: Annotated[Code, _says("It stays for ever.")]
    name: Annotated[NameForm, _says("As people read it.")]
    geometry: Annotated[GeometryForm, _says("Its border.")]

    def made(self) -> Area:
        """Return the area."""
        return Area(AreaCode(self.code), self.name.model_dump(), self.geometry.made())


class DirectoryForm(_Form):
    """A directory; of each part that is left out the centre keeps what it has."""

    agencies: Annotated[
        Annotated[tuple[AgencyForm, ...], Field(max_length=MAX_ITEMS)] | None,
        _says("All agencies, in the order in which they are shown."),
    ] = None
    incident_types: Annotated[
        Annotated[tuple[IncidentTypeForm, ...], Field(max_length=MAX_ITEMS)] | None,
        _says("All incident types, likewise, each after its parent."),
    ] = None
    areas: Annotated[
        Annotated[tuple[AreaForm, ...], Field(max_length=MAX_ITEMS)] | None,
        _says("All areas, likewise."),
    ] = None

    def made(self) -> Parts:
        """Return what it has."""
        return Parts(
            _made(self.agencies, AgencyForm.made),
            _made(self.incident_types, IncidentTypeForm.made),
            _made(self.areas, AreaForm.made),
        )


def _made(forms: Sequence[F] | None, make: Callable[[F], T]) -> tuple[T, ...] | None:
    return None if forms is None else tuple(map(make, forms))
