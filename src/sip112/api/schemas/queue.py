"""Who waits for a seat, as the API shows it."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.calls import CallView, call_view
from sip112.api.schemas.values import Time, doc, seconds_between, time
from sip112.routing.call import Call
from sip112.routing.ids import Instant


class WaitingView(TypedDict):
    """One who waits."""

    position: Annotated[int, doc("Place in the order of service, from 1.")]
    since: Annotated[Time, doc("When the caller arrived.")]
    waited_s: Annotated[float, doc("Seconds since then.")]
    call: Annotated[CallView, doc("The call.")]


class QueueView(TypedDict):
    """Who waits for a seat, in the order in which they will be served."""

    items: Annotated[list[WaitingView], doc("Those who wait.")]
    longest_s: Annotated[
        float, doc("Seconds that the longest of them has waited; 0 when nobody waits.")
    ]


def waiting_view(position: int, call: Call, now: float) -> WaitingView:
    """Return one who waits as the API shows it."""
    return {
        "position": position,
        "since": time(call.arrived_at),
        "waited_s": seconds_between(call.arrived_at, Instant(now)) or 0.0,
        "call": call_view(call),
    }
