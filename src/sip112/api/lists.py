"""The city's lists: what operators choose from on a ticket, and when they pause.

A list for Indonesian centres comes with sip112 (``lists.json``); a city may have a file of its
own, and of each list that it leaves out gets the one that comes along. What happens, and who must
act on it, is in the centre's directory (`sip112.directory`). A file that cannot be used
is told, and keeps no service from starting: calls are routed without a list of words. Codes are
what is stored and counted; names are what people read. Nothing here limits what a ticket may say:
lists change, and tickets stay.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic import model_validator as validator

from sip112.api.schemas.values import doc
from sip112.routing.effects import HELD

SHIPPED: Final = Path(__file__).with_name("lists.json")

MAX_BYTES: Final = 1_000_000
_MAX_ITEMS: Final = 500

COUNTED: Final = ("prank", "ghost", "silent", "information", "referred", "abandoned")
"""Dispositions by which 112 centres report the calls that were no emergency."""

_MEND: Final = "mend the file; its form is in docs/settings.md, Lists"

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Label = Annotated[
    str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChoiceName(_Strict):
    """A name in both languages of the console."""

    id: Annotated[Label, doc("In Indonesian.")]
    en: Annotated[Label, doc("In English.")]


class Choice(_Strict):
    """One thing to choose."""

    code: Annotated[Code, doc("What is stored and counted.")]
    name: Annotated[ChoiceName, doc("What people read.")]


class Lists(_Strict):
    """The city's lists, each in the order in which it is to be shown."""

    severities: Annotated[
        tuple[Choice, ...], Field(max_length=_MAX_ITEMS), doc("How bad it is, the worst first.")
    ]
    dispositions: Annotated[
        tuple[Choice, ...], Field(max_length=_MAX_ITEMS), doc("What became of it.")
    ]
    languages: Annotated[
        tuple[Choice, ...],
        Field(max_length=_MAX_ITEMS),
        doc("Languages of callers, by ISO 639; skills of seats are named the same."),
    ]
    pause_reasons: Annotated[
        tuple[Choice, ...], Field(max_length=_MAX_ITEMS), doc("Why a seat takes no calls.")
    ]

    @validator(mode="after")
    def _fits(self) -> Self:
        for name in type(self).model_fields:
            codes = [each.code for each in getattr(self, name)]
            twice = sorted(code for code, count in Counter(codes).items() if count > 1)
            if twice:
                raise ValueError(f"{name}: named twice: {', '.join(twice)}")
        if any(each.code == HELD for each in self.pause_reasons):
            raise ValueError(f"pause_reasons: {HELD!r} is how Asterisk knows a seat that is ours")
        return self

    def summary(self) -> str:
        """Return how much there is of each."""
        return ", ".join(
            f"{len(getattr(self, name))} {name.replace('_', ' ')}"
            for name in type(self).model_fields
        )


@dataclass(frozen=True, slots=True)
class ListsFile:
    """Lists, and where they were read."""

    lists: Lists
    path: Path | None = None
    """The city's own file; None where there is none."""
    wrong: str = ""
    """What is wrong with it, where, and what to do: then the lists are those that come along."""

    @property
    def told(self) -> str:
        """Whose lists they are, and how much there is of each."""
        whose = "those that come along" if self.path is None or self.wrong else self.path
        return f"{whose}: {self.lists.summary()}"


def _near(code: str, codes: Sequence[str]) -> str:
    near = get_close_matches(code, codes, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


@cache
def shipped() -> Lists:
    """Return the lists that come along."""
    return Lists.model_validate_json(SHIPPED.read_bytes())


def read(path: Path) -> ListsFile:
    """Return the lists of a city's file, or those that come along and what is wrong with it."""
    try:
        return ListsFile(_read(path), path)
    except ValueError as error:
        return ListsFile(shipped(), path, str(error))


def _read(path: Path) -> Lists:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(
            f"it cannot be read ({error.strerror}); correct the path or the rights, or take the"
            " setting away for the lists that come along"
        ) from error
    try:
        return _parse(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{_where(first['loc'])}{_what(first['msg'])}; {_MEND}") from error
    except ValueError as error:  # of JSON, of UTF-8, and those of `_parse`
        raise ValueError(f"{error}; {_MEND}") from error


def _parse(raw: bytes) -> Lists:
    if len(raw) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES} bytes, which no lists are")
    names = list(Lists.model_fields)
    try:
        given = json.loads(raw.decode("utf-8-sig"))
    except RecursionError:
        given = None
    if not isinstance(given, dict):
        raise ValueError(f"it must hold an object with {', '.join(names)}")  # noqa: TRY004
    if "incident_types" in given:
        raise ValueError(
            "incident_types: they belong to the centre's directory, with the agencies that each"
            " needs; move them into a file of their own, and run: sip112 directory import FILE"
        )
    if unknown := sorted(given.keys() - set(names)):
        raise ValueError(
            f"there is no list {unknown[0]!r}{_near(unknown[0], names)};"
            f" there are: {', '.join(names)}"
        )
    return Lists.model_validate(dict(shipped()) | given)


def _where(place: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".") + (": " if place else "")


def _what(message: str) -> str:
    return message.removeprefix("Value error, ").removesuffix(".")
