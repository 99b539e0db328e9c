"""The day: how many called, what became of them, how fast they were answered."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.context import UseConfig, UsePorts
from sip112.api.problems.node import store_unavailable
from sip112.api.schemas.summary import SummaryQuery, SummaryView, summary_view
from sip112.routing.ids import Instant
from sip112.routing.summary import NENA, Summary, Tally, bounds, day_at

router = APIRouter(
    prefix="/v1",
    tags=["calls"],
    dependencies=[Security(authorise, scopes=["read"]), Depends(gives("application/json"))],
)


def _example() -> SummaryView:
    zone = docs.ZONE
    at = Instant(docs.RINGING.arrived_at + 4.5)
    day = day_at(at, zone)
    since, until = bounds(day, zone)
    quiet = Tally(within=(0, 0))
    busy = Tally(118, 109, 8, 0, 1, 109, 8, (103, 107), docs.RINGING.arrived_at)
    hours = (*[quiet] * 10, busy, *[quiet] * 13)
    return summary_view(Summary(hours, 6.214, 13.95), day, since, until, NENA, at)


_EXAMPLE: Final = _example()


@router.get(
    "/summary",
    summary="What a day was like",
    responses=docs.answers(
        _EXAMPLE,
        *docs.guarded(),
        docs.missing("query", "day"),
        store_unavailable(),
    ),
)
async def read_summary(
    ports: UsePorts, config: UseConfig, query: Annotated[SummaryQuery, Query()]
) -> SummaryView:
    """Return how many calls arrived on a day of the centre's calendar, and what became of them.

    A call belongs to the day and the hour in which it arrived, whenever it ended, and to exactly
    one class. One that has ended: `answered`, `abandoned` or `lost`, as its `outcome` says. One in
    progress: `answered` once a seat has answered, `waiting` before that.

    The answer time is from the arrival at Asterisk until a seat answers, by Asterisk's clock: an
    announcement or the way into the queue counts. Every call that a seat answered has one, also
    one that was lost later. `share` is of those calls alone; in `share_with_abandoned` the calls
    that ended without an answer, abandoned or lost, count as not answered in time, however soon
    that was. Who still waits counts in neither. Exactly the seconds of a target are within it.
    Shares are rounded down to hundredths of a per cent. Median and 90th percentile are by nearest
    rank, the time of a call that there was.

    It is counted by the database, which follows the calls by some milliseconds: who waits at this
    moment stands at `/v1/queue`.
    """
    now = ports.clock()
    day = query.day or day_at(Instant(now), config.time_zone)
    since, until = bounds(day, config.time_zone)
    seconds = [target.seconds for target in config.answer_targets]
    found = await ports.archive.summary(config.centre, since, until, seconds)
    return summary_view(found, day, since, until, config.answer_targets, now)
