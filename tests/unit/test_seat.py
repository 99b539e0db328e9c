"""What a seat is follows from who sits there, what its phone does, and the call it holds."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.routing.ids import AgentId, CallId, Instant, SeatId
from sip112.routing.seat import Device, Post, Seat, SeatState
from tests.unit.centre import PKY
from tests.unit.test_call import a_call

POST = Post(AgentId("siti"), Device.IDLE, held=True)
READY = Seat(SeatId("seat-01"), PKY, agent=AgentId("siti"), device=Device.IDLE, held=True)
CALL: CallId = a_call().id


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, SeatState.READY),
        ({"agent": None}, SeatState.OFF_DUTY),
        ({"device": Device.UNREGISTERED}, SeatState.UNREGISTERED),
        ({"device": Device.UNKNOWN}, SeatState.UNREGISTERED),
        ({"pause_reason": "prayer"}, SeatState.PAUSED),
        ({"pause_reason": "prayer", "device": Device.UNREGISTERED}, SeatState.PAUSED),
        ({"wrap_up_until": Instant(9.0)}, SeatState.WRAP_UP),
        ({"device": Device.IN_USE}, SeatState.BUSY),
        ({"device": Device.RINGING}, SeatState.BUSY),
        ({"call": CALL}, SeatState.RINGING),
        ({"call": CALL, "talking": True}, SeatState.TALKING),
        ({"call": CALL, "talking": True, "agent": None}, SeatState.TALKING),
    ],
)
def test_a_supervisor_sees_the_strongest_fact(change: dict[str, Any], state: SeatState) -> None:
    """A call before everything, then duty, pause, phone and paperwork."""
    assert READY.evolve(**change).state is state


@pytest.mark.parametrize(
    "change",
    [
        {"agent": None},
        {"device": Device.UNREGISTERED},
        {"device": Device.UNKNOWN},
        {"device": Device.IN_USE},
        {"device": Device.RINGING},
        {"pause_reason": "prayer"},
        {"wrap_up_until": Instant(9.0)},
        {"call": CALL},
    ],
)
def test_only_a_ready_seat_is_free(change: dict[str, Any]) -> None:
    """Logged in, registered, idle, not paused, not in wrap-up, no call: all of it."""
    assert READY.free
    assert not READY.evolve(**change).free


@pytest.mark.parametrize(
    ("change", "released"),
    [
        ({}, False),
        ({"held": False}, True),
        ({"held": False, "pause_reason": "prayer"}, False),
        ({"held": False, "agent": None}, False),
    ],
)
def test_a_seat_on_duty_that_nobody_holds_is_the_queues(
    change: dict[str, Any], released: bool
) -> None:
    """Whoever is away or off duty is not rung by it."""
    assert POST.evolve(**change).released is released


@pytest.mark.parametrize(
    ("change", "ready"),
    [({}, True), ({"held": False}, False), ({"device": Device.RINGING}, False)],
)
def test_a_seat_is_rung_where_it_is_held_and_its_phone_is_idle(
    change: dict[str, Any], ready: bool
) -> None:
    """Another Asterisk may see the same phone otherwise."""
    assert POST.evolve(**change).ready is ready


@pytest.mark.parametrize(
    ("change", "on_duty"),
    [
        ({}, True),
        ({"call": CALL, "talking": True}, True),
        ({"wrap_up_until": Instant(9.0)}, True),
        ({"device": Device.IN_USE}, True),
        ({"agent": None}, False),
        ({"pause_reason": "prayer"}, False),
        ({"device": Device.UNREGISTERED}, False),
    ],
)
def test_a_seat_is_on_duty_while_somebody_there_takes_calls(
    change: dict[str, Any], on_duty: bool
) -> None:
    """A busy seat is on duty: it takes the next call. A paused one is not."""
    assert READY.evolve(**change).on_duty is on_duty
