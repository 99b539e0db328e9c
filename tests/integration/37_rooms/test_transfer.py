"""Transfers and conferences: who else takes part, and a caller who is never dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from rig import asking
from rig.sipp import Answer, Behaviour, Call, Callers, Reject, Seats, Silent
from sip112.routing.call import CallState, Outcome, Place
from sip112.routing.seat import SeatState
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre
from tests.integration.recording import DIRECTORY, Recording

NUMBER = "08125550001"
FIRE_BRIGADE = "113"


class Talk:
    """A caller who talks with seat-01, and what the seat does about it."""

    def __init__(self, centre: Centre, callers: Callers) -> None:
        self.centre = centre
        self.callers = callers

    async def ask(self, what: str, status: int = 200, /, **body: Any) -> dict[str, Any]:
        """Steer the call through the API, for seat-01 unless said otherwise."""
        call = self.centre.live(NUMBER)
        assert call is not None
        path = f"/v1/calls/{call.id}/{what}"
        self.centre.joining += what == "transfer"
        answer = await self.centre.api.post(path, json={"seat": "seat-01"} | body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def parties(self) -> dict[str, Place]:
        """Return who takes part, and where each is."""
        call = self.centre.live(NUMBER)
        return {} if call is None else {str(each.line): each.place for each in call.parties}

    async def until(self, **places: Place) -> None:
        """Wait until just these take part (`n113` for the number 113)."""
        wanted = {name.replace("_", "-").removeprefix("n"): place for name, place in places.items()}
        await self.centre.until(lambda: self.parties() == wanted, within=5)

    async def hang_up(self) -> None:
        """Let the caller hang up."""
        for channel in await asking.channels(self.centre.rig):
            if "trunk" in channel:
                await asking.asterisk(self.centre.rig, f"channel request hangup {channel}")


@asynccontextmanager
async def talking(open_centre: OpenCentre, **more: Any) -> AsyncIterator[Talk]:
    """Let a caller talk with seat-01."""
    async with (
        open_centre(**more) as centre,
        centre.seats("seat-01", does=Answer(after=0.1)),
        centre.calling(Call(number=NUMBER)) as callers,
    ):
        await centre.until(lambda: centre.state(NUMBER) is CallState.TALKING, within=5)
        yield Talk(centre, callers)


@pytest.fixture
def recording(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Give the scenario's recording, but for one of which the commands are a part."""
    if request.node.name == "test_the_target_is_busy[blind]":
        monkeypatch.delenv(DIRECTORY, raising=False)
    return Recording(request)


@asynccontextmanager
async def phone(centre: Centre, name: str, does: Behaviour) -> AsyncIterator[Seats]:
    """Plug in a phone whose answers are no answers of calls from the queue."""
    async with Seats(centre.rig, [name], does) as seats:
        yield seats


async def test_hold_and_resume(open_centre: OpenCentre) -> None:
    """The seat goes aside and comes back; the call is in one piece, and ends as usual."""
    async with talking(open_centre) as talk:
        held = await talk.ask("hold")
        assert held["on_hold"]
        assert [(each["seat"], each["place"]) for each in held["parties"]] == [("seat-01", "aside")]
        assert talk.centre.seat("seat-01").state is SeatState.TALKING
        back = await talk.ask("resume")
        assert not back["on_hold"]
        await talk.ask("hang-up")
        await talk.centre.until(lambda: talk.centre.live(NUMBER) is None, within=5)
    assert talk.centre.calls[0].outcome is Outcome.ANSWERED
    assert talk.callers.views[0].ended_by == "pbx"


async def test_attended_transfer_to_another_seat(open_centre: OpenCentre) -> None:
    """The first seat speaks with the second, leaves, and is free; the call goes on there."""
    async with (
        talking(open_centre) as talk,
        phone(talk.centre, "seat-02", Answer(after=0.2)) as second,
    ):
        await talk.centre.log_in("seat-02")
        await talk.ask("transfer", to="seat-02", mode="attended")
        await talk.until(seat_01=Place.ASIDE, seat_02=Place.ASIDE)
        [invite] = second.invites
        call = talk.centre.live(NUMBER)
        assert call is not None
        assert invite.name == call.ticket_number
        assert invite.number == NUMBER
        assert str(call.ticket_number) in invite.call_info
        assert call.on_hold
        await talk.ask("transfer/complete")
        await talk.until(seat_02=Place.TALKING)
        await talk.centre.until(lambda: talk.centre.seat("seat-01").free, within=5)
        call = talk.centre.live(NUMBER)
        assert call is not None
        assert (call.seat, call.agent) == ("seat-02", "agent-seat-02")
        assert talk.centre.seat("seat-02").state is SeatState.TALKING
        await talk.ask("hang-up", seat="seat-02")
        talk.centre.reckoning.picked_up = 0
    assert talk.centre.calls[0].seat == "seat-02"


async def test_blind_transfer_to_a_number(open_centre: OpenCentre) -> None:
    """The seat is free at once; when the other side hangs up, the caller waits for a seat again."""
    async with (
        talking(open_centre) as talk,
        phone(talk.centre, talk.centre.rig.outside_name, Answer(after=0.5, talk=1.0)) as outside,
    ):
        await talk.ask("transfer", to=FIRE_BRIGADE, mode="blind")
        await talk.until(n113=Place.RINGING)
        await talk.centre.until(lambda: talk.centre.seat("seat-01").free, within=5)
        await talk.until(n113=Place.TALKING)
        assert outside.invites[0].number == NUMBER
        await talk.centre.until(
            lambda: talk.centre.seat("seat-01").talking and talk.parties().keys() == {"seat-01"},
            within=8,
        )
        await talk.hang_up()
        talk.centre.reckoning.picked_up = -1  # the first time at seat-01
    assert len(talk.centre.calls[0].offers) == 2


async def test_conference_of_three(open_centre: OpenCentre) -> None:
    """All three talk; one seat leaves, and the caller goes on with the other."""
    async with (
        talking(open_centre) as talk,
        phone(talk.centre, "seat-02", Answer(after=0.2)),
    ):
        await talk.centre.log_in("seat-02")
        refused = await talk.ask("leave", 409)
        assert refused["type"].endswith("alone")
        await talk.ask("transfer", to="seat-02", mode="conference")
        assert talk.parties() == {"seat-01": Place.TALKING, "seat-02": Place.RINGING}
        await talk.until(seat_01=Place.TALKING, seat_02=Place.TALKING)
        await talk.ask("leave")
        assert talk.parties() == {"seat-02": Place.TALKING}
        await talk.hang_up()


@pytest.mark.parametrize("mode", ["blind", "attended", "conference"])
async def test_the_target_is_busy(open_centre: OpenCentre, mode: str) -> None:
    """Whoever was to be left is with the caller again, or the caller waits, and gets a seat.

    In a recording nobody hears whom the seat has called: so a desk that hears it may ring that one.
    """
    async with (
        talking(open_centre) as talk,
        phone(talk.centre, "seat-02", Reject()) as second,
    ):
        await talk.centre.log_in("seat-02")
        await talk.ask("transfer", to="seat-02", mode=mode)
        await second.until(lambda: len(second.invites) == 1, within=5)
        await talk.centre.until(lambda: talk.parties() == {"seat-01": Place.TALKING}, within=10)
        await talk.hang_up()
        talk.centre.reckoning.picked_up = -1 if mode == "blind" else 0
    assert talk.callers.views[0].ended_by == "pbx"


async def test_the_target_hangs_up_while_it_is_consulted(open_centre: OpenCentre) -> None:
    """The seat that consulted it is with the caller again."""
    async with (
        talking(open_centre) as talk,
        phone(talk.centre, "seat-02", Answer(after=0.1, talk=0.8)),
    ):
        await talk.centre.log_in("seat-02")
        await talk.ask("transfer", to="seat-02", mode="attended")
        await talk.until(seat_01=Place.ASIDE, seat_02=Place.ASIDE)
        await talk.until(seat_01=Place.TALKING)
        await talk.hang_up()


async def test_the_operator_hangs_up_in_mid_transfer(open_centre: OpenCentre) -> None:
    """While the other rings, and while it is consulted: the caller comes to whoever is there."""
    async with (
        talking(open_centre) as talk,
        phone(talk.centre, "seat-02", Answer(after=1.0)),
    ):
        await talk.centre.log_in("seat-02")
        await talk.ask("transfer", to="seat-02", mode="attended")
        await asking.hang_up(talk.centre.rig, "seat-01")
        await talk.until(seat_02=Place.RINGING)
        await talk.until(seat_02=Place.TALKING)
        await talk.ask("transfer", seat="seat-02", to="seat-01", mode="attended")
        await talk.until(seat_02=Place.ASIDE, seat_01=Place.ASIDE)
        await asking.hang_up(talk.centre.rig, "seat-02")
        await talk.until(seat_01=Place.TALKING)
        await talk.hang_up()
        talk.centre.reckoning.picked_up = -1  # seat-01, when it was consulted


async def test_cancelled_while_it_rings_and_while_it_is_consulted(open_centre: OpenCentre) -> None:
    """The target is rung, or asked, no longer; the seat is with the caller again."""
    async with (
        talking(open_centre) as talk,
        phone(talk.centre, "seat-02", Silent()),
        phone(talk.centre, talk.centre.rig.outside_name, Answer(after=0.1)) as outside,
    ):
        await talk.centre.log_in("seat-02")
        await talk.ask("transfer", to="seat-02", mode="attended")
        assert (await talk.ask("transfer/complete", 409))["type"].endswith("not-answered")
        await talk.ask("transfer/cancel")
        assert talk.parties() == {"seat-01": Place.TALKING}
        await talk.centre.until(lambda: talk.centre.seat("seat-02").free, within=5)
        rooms = await asking.asterisk(talk.centre.rig, "database show sip112/room")
        assert "/failed " not in rooms, "a phone that nobody picked up has made a room"
        await talk.ask("transfer", to=FIRE_BRIGADE, mode="attended")
        await talk.until(seat_01=Place.ASIDE, n113=Place.ASIDE)
        assert (await talk.ask("transfer", 409, to="seat-02", mode="blind"))["type"].endswith(
            "transferring"
        )
        await talk.ask("transfer/cancel")
        assert talk.parties() == {"seat-01": Place.TALKING}
        await outside.until(lambda: outside.invites[0].ended_at > 0, within=5)
        await talk.hang_up()


async def test_the_caller_hangs_up_while_on_hold(open_centre: OpenCentre) -> None:
    """Nobody stays behind in the room."""
    async with (
        talking(open_centre) as talk,
        phone(talk.centre, "seat-02", Answer(after=0.1)),
    ):
        await talk.centre.log_in("seat-02")
        await talk.ask("transfer", to="seat-02", mode="attended")
        await talk.until(seat_01=Place.ASIDE, seat_02=Place.ASIDE)
        await talk.hang_up()
        await talk.centre.until(
            lambda: all(talk.centre.seat(each).free for each in ("seat-01", "seat-02")), within=5
        )
