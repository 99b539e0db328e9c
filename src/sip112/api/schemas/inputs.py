"""What may come in, whatever it is about: words, moments, pages, and nothing unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from sip112.api.schemas.values import doc
from sip112.dispatch import relay


class QueryModel(BaseModel):
    """Parameters of a query, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BodyModel(BaseModel):
    """Fields of a body, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)

_CONTROLS: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
_CONTROLS_BUT_LINES: Final = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"

# Lengths are in characters. With these the longest ticket fits into `ApiConfig.max_body` in any
# script, with four bytes a character.
Name = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]*$")]
Skill = Annotated[str, StringConstraints(max_length=32, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_CONTROLS)]
RelayLine = Annotated[
    str, StringConstraints(min_length=1, max_length=relay.LONGEST, pattern=_CONTROLS)
]
Prose = Annotated[
    str, StringConstraints(min_length=1, max_length=20_000, pattern=_CONTROLS_BUT_LINES)
]
Persons = Annotated[
    str, StringConstraints(min_length=1, max_length=2_000, pattern=_CONTROLS_BUT_LINES)
]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_CONTROLS)]


def _in_range(moment: datetime) -> datetime:
    # what lies outside, the databases cannot hold in every zone
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"Not between the years {EARLIEST.year} and {LATEST.year}")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]


class PeriodQuery(QueryModel):
    """Which time."""

    since: Annotated[
        Moment | None,
        doc(
            "Arrived at this time or later; ISO 8601 with zone (in a query a `+` is written `%2B`)."
        ),
    ] = None
    until: Annotated[Moment | None, doc("Arrived before this time.")] = None
