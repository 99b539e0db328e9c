"""A day in numbers as the API shows it, and which day one asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.inputs import EARLIEST, LATEST, QueryModel
from sip112.api.schemas.values import Time, doc, seconds_between, time
from sip112.routing.ids import Instant
from sip112.routing.summary import HOUR_S, AnswerTarget, Summary, Tally, total


class WithinView(TypedDict):
    """How many were answered within so many seconds."""

    seconds: Annotated[float, doc("Seconds from the arrival.")]
    target: Annotated[float, doc("Share that is wanted, from 0 to 1.")]
    share: Annotated[
        float | None,
        doc("Share of the calls that a seat answered; null if there are none."),
    ]
    share_with_abandoned: Annotated[
        float | None,
        doc(
            "Share of those and the calls that ended without an answer, abandoned or lost; null "
            "if there are none."
        ),
    ]


class AnswerView(TypedDict):
    """Answer times, and the shares that were answered in time."""

    within: Annotated[list[WithinView], doc("Against each target.")]
    median_s: Annotated[
        float | None,
        doc("The answer time that half of the answered did not exceed; null if there are none."),
    ]
    p90_s: Annotated[float | None, doc("Likewise of nine in ten.")]


class TallyView(TypedDict):
    """Arrivals, counted. `arrived` is the sum of the four after it."""

    arrived: Annotated[int, doc("Calls that arrived.")]
    answered: Annotated[int, doc("A seat answered, and Asterisk did not lose the call.")]
    abandoned: Annotated[int, doc("The caller hung up before an answer.")]
    lost: Annotated[int, doc("Asterisk ended and took the call with it, answered or not.")]
    waiting: Annotated[int, doc("In progress, and no seat has answered yet.")]


class HourView(TallyView):
    """One hour of the day."""

    since: Annotated[Time, doc("When it begins.")]
    within: Annotated[list[WithinView], doc("Against each target.")]


class SummaryView(TallyView):
    """What a day was like."""

    day: Annotated[str, Field(json_schema_extra={"format": "date"}), doc("The local day.")]
    since: Annotated[Time, doc("When it begins.")]
    until: Annotated[Time, doc("When the next one does.")]
    at: Annotated[Time, doc("When this was counted.")]
    longest_s: Annotated[
        float, doc("Seconds that the longest of those `waiting` has waited; 0 if there are none.")
    ]
    referred: Annotated[
        int,
        doc(
            "Incidents that were no emergency, whose caller was referred to a service on that day;"
            " counted apart, and not among the handoffs."
        ),
    ]
    duplicates: Annotated[
        int,
        doc(
            "Tickets that were opened on that day and are further reports of an incident that has"
            " another one; counted apart, as the calls of both are among `arrived`."
        ),
    ]
    answer: Annotated[AnswerView, doc("How fast calls were answered.")]
    hours: Annotated[
        list[HourView],
        doc("Hour by hour: 24 on most days, and 23 or 25 where clocks are put on or back."),
    ]


def summary_view(
    summary: Summary,
    day: date,
    since: Instant,
    until: Instant,
    targets: Sequence[AnswerTarget],
    now: float,
) -> SummaryView:
    """Return what a day was like as the API shows it."""
    whole = total(summary.hours, len(targets))
    return {
        **_tally_view(whole),
        "day": day.isoformat(),
        "since": time(since),
        "until": time(until),
        "at": time(Instant(now)),
        "longest_s": seconds_between(whole.first_waiting, Instant(now)) or 0.0,
        "referred": summary.referred,
        "duplicates": summary.duplicates,
        "answer": {
            "within": _within_view(whole, targets),
            "median_s": summary.median_s,
            "p90_s": summary.p90_s,
        },
        "hours": [
            {
                **_tally_view(each),
                "since": time(Instant(since + n * HOUR_S)),
                "within": _within_view(each, targets),
            }
            for n, each in enumerate(summary.hours)
        ],
    }


def _tally_view(tally: Tally) -> TallyView:
    return {
        "arrived": tally.arrived,
        "answered": tally.answered,
        "abandoned": tally.abandoned,
        "lost": tally.lost,
        "waiting": tally.waiting,
    }


def _within_view(tally: Tally, targets: Sequence[AnswerTarget]) -> list[WithinView]:
    return [
        {
            "seconds": target.seconds,
            "target": target.share,
            "share": _share(within, tally.taken),
            "share_with_abandoned": _share(within, tally.taken + tally.missed),
        }
        for target, within in zip(targets, tally.within, strict=True)
    ]


def _share(part: int, whole: int) -> float | None:
    """Return a share, rounded down: what is just below a target must not be shown as reached."""
    return part * 10_000 // whole / 10_000 if whole else None


def _as_written(day: object) -> object:
    # pydantic would take a number of seconds for a day, too
    if isinstance(day, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        raise ValueError("Not a day as YYYY-MM-DD")
    return day


def _known_day(day: date) -> date:
    if not EARLIEST.year <= day.year < LATEST.year:
        raise ValueError(f"Not between the years {EARLIEST.year} and {LATEST.year}")
    return day


class SummaryQuery(QueryModel):
    """Which day."""

    day: Annotated[
        Annotated[date, BeforeValidator(_as_written), AfterValidator(_known_day)] | None,
        doc("A day of the centre's calendar, such as `2026-11-22`; today without it."),
    ] = None
