"""How long somebody waited although a seat was free, from the records of the phones alone.

Pure functions on intervals of seconds. A seat is *free* while it is on duty and its phone is
idle; a caller *waits* from the first sound of Asterisk until a seat's phone is rung for them,
and again when that phone did not take the call.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

Span = tuple[float, float]
"""From, until."""

NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Gap:
    """A time for which a caller waited in vain."""

    seconds: float = 0.0
    since: float = 0.0
    """When it began."""
    number: str = ""
    """The caller's."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same times in order, without overlaps; spans that are empty fall away."""
    result: list[Span] = []
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if result and since <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], until))
        else:
            result.append((since, until))
    return result


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is in `spans` and not in `taken`, in order."""
    edges = [(-NEVER, -NEVER), *merged(taken), (NEVER, NEVER)]
    open_ = [(one[1], other[0]) for one, other in pairwise(edges)]
    return merged(common for span in spans for common in _within(span, open_))


def waits(heard: float, until: float, rings: Sequence[tuple[Span, bool]]) -> list[Span]:
    """Return when a caller waited, who first heard something at `heard` and went at `until`.

    Args:
        heard: see above.
        until: see above.
        rings: when a seat's phone rang for this caller, and whether it was answered: with
            that the waiting is over.
    """
    found: list[Span] = []
    since = heard
    for (began, ended), answered in sorted(rings):
        if began > since:
            found.append((since, min(began, until)))
        if answered:
            return merged(found)
        since = max(since, ended)
    return merged([*found, (since, until)])


def worst_gap(
    waiting: Mapping[str, Sequence[Span]],
    on_duty: Mapping[str, Sequence[Span]],
    busy: Mapping[str, Sequence[Span]],
) -> Gap:
    """Return the longest time that a caller waited while some seat was free all along.

    Args:
        waiting: caller's number -> when they waited.
        on_duty: seat -> when somebody sat there.
        busy: seat -> when its phone rang or was talked on.
    """
    free = merged(
        span for seat, duty in on_duty.items() for span in without(duty, busy.get(seat, ()))
    )
    worst = Gap()
    for number, spans in waiting.items():
        for span in spans:
            for since, until in _within(span, free):
                if until - since > worst.seconds:
                    worst = Gap(until - since, since, number)
    return worst


def _within(span: Span, others: Sequence[Span]) -> Iterable[Span]:
    """Yield what `span` has in common with each of `others`, which are in order and apart."""
    first = max(0, bisect_right(others, (span[0], NEVER)) - 1)
    for index in range(first, len(others)):
        since, until = others[index]
        if since >= span[1]:
            return
        since, until = max(since, span[0]), min(until, span[1])
        if since < until:
            yield since, until
