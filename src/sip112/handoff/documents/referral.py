"""A referral in a few words, for the caller: whom to turn to, by SMS.

It says whom and where first. That the caller may still call 112 is never cut: what is no emergency
now may become one.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from sip112.dispatch.agency import Agency, Opening, public
from sip112.handoff.documents.safe import line, named
from sip112.handoff.documents.text import Text, shortened
from sip112.handoff.documents.words import DAYS, REFERRAL, WAYS

_NAME: Final = 80
_ADDRESS: Final = 60
_WAYS: Final = 140
"""Signs of all addresses together, so that what follows has room in a short message."""
_DAY_MINUTES: Final = 24 * 60
_Hours = tuple[tuple[int, int], ...]


def message(number: str, service: Agency, language: str) -> Text:
    """Return what the caller reads of ticket `number`, in `language` (``id`` or ``en``)."""
    say = {name: words[language] for name, words in REFERRAL.items()}
    name = line(named(service.name, language, service.code), _NAME)
    reached = (
        f"{WAYS[each.kind][language]} {line(each.address, _ADDRESS)}" for each in public(service)
    )
    ways = line(", ".join(reached), _WAYS)
    said = [
        f"112 {number}",
        f"{say['contact']} {name}: {ways}",
        say["emergency"],
        *(f"{say['hours']}: {each}" for each in _opening(service.hours, language)),
    ]
    return Text("", shortened("\n".join(said)))


def _opening(hours: tuple[Opening, ...], language: str) -> list[str]:
    """Return when it is open, days of the same hours together; nothing if that is always."""
    by_day = {
        day: tuple(sorted((each.opens, each.closes) for each in hours if each.day == day))
        for day in range(7)
    }
    if not hours or set(by_day.values()) == {((0, _DAY_MINUTES),)}:
        return []
    return [
        "; ".join(
            f"{_days(list(days), language)} {_times(times)}"
            for times, days in groupby(by_day, lambda day: by_day[day])
            if times
        )
    ]


def _days(days: list[int], language: str) -> str:
    names = DAYS[language]
    return names[days[0]] if len(days) == 1 else f"{names[days[0]]}-{names[days[-1]]}"


def _times(times: _Hours) -> str:
    return ", ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in times)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
