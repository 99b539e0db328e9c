"""Nobody is on duty whose phone can be reached: every phone that is registered rings."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig import Rig, asking
from rig.sipp import Answer, Call, Ring, Seats, Silent
from sip112.routing.call import Origin, Outcome
from sip112.routing.ids import CallId
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre
from tests.integration.recording import Recording
from tests.integration.served import served

FIRST, SECOND = "08125550001", "08125550002"


async def test_all_seats_ring(open_centre: OpenCentre) -> None:
    """With the service: the seats ring together, the first to answer has the caller."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Silent(), on_duty=False) as silent,
        centre.seats("seat-02", does=Answer(after=0.5), on_duty=False) as seats,
        centre.calling(Call(number=FIRST)) as callers,
    ):
        await seats.until(lambda: seats.answered == 1, within=5)
        await silent.until(lambda: silent.count(Ring.CANCELLED) == 1, within=2)
        for phones in (silent, seats):
            assert phones.invites[0].at - callers.views[0].dialled_at < 2
        await centre.until(lambda: _talks_with(centre, FIRST) == "seat-02", within=2)
        await asking.hang_up(centre.rig, "seat-02")
    [call] = centre.calls
    assert (call.outcome, call.seat) == (Outcome.ANSWERED, "seat-02")


async def test_phones_of_those_on_duty_are_gone(open_centre: OpenCentre) -> None:
    """Who waits for them goes on to every other phone within seconds, in order of arrival."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Silent()) as gone,
        Seats(centre.rig, ["seat-03"], Answer(after=0.1, talk=0.5), registered=False) as seats,
    ):
        centre.reckoning.phones.append(seats)
        await gone.unregister()
        await centre.until(lambda: centre.seat("seat-01").device == "unregistered", within=5)
        async with centre.calling_in_turn(Call(number=FIRST), Call(number=SECOND)):
            await centre.until(lambda: len(_queued(centre)) == 2, within=5)
            await seats.register()
            await seats.until(lambda: seats.answered == 2, within=8)
    first, second = centre.calls
    assert (first.caller.number, second.caller.number) == (FIRST, SECOND)
    assert first.answered_at is not None
    assert second.answered_at is not None
    assert first.answered_at < second.answered_at


async def test_an_agent_who_logs_in_has_the_caller(open_centre: OpenCentre) -> None:
    """While no phone is registered the caller waits; the first one that is there rings."""
    async with (
        open_centre() as centre,
        Seats(centre.rig, ["seat-01"], Answer(after=0.1, talk=0.3), registered=False) as seats,
    ):
        centre.reckoning.phones.append(seats)
        await centre.command("seat-01", "login", agent="sari")
        async with centre.calling(Call(number=FIRST)):
            await centre.until(lambda: _queued(centre), within=5)
            await seats.register()
            await seats.until(lambda: seats.answered == 1, within=3)
    [call] = centre.calls
    assert (call.outcome, call.seat) == (Outcome.ANSWERED, "seat-01")


async def test_nobody_on_duty_and_no_service(
    rig: Rig, tmp_path: Path, recording: Recording
) -> None:
    """Asterisk does it alone; the ticket follows when the service is back."""
    async with (
        served(rig, tmp_path, recording=recording) as service,
        Seats(rig, ["seat-01"], Silent()) as silent,
        Seats(rig, ["seat-02"], Answer(after=0.3)) as seats,
    ):
        service.reckoning.phones.append(seats)
        await service.kill()
        async with service.calling(Call(number=FIRST)) as callers:
            await seats.until(lambda: seats.answered == 1, within=5)
            for phones in (silent, seats):
                assert phones.invites[0].at - callers.views[0].dialled_at < 2
            await asking.hang_up(rig, "seat-02")
        await service.start()
    [call] = service.reckoning.calls
    assert (call.origin, call.outcome) == (Origin.BACKFILL, Outcome.ANSWERED)
    assert call.seat == "seat-02"
    assert seats.invites[0].decided_at == pytest.approx(call.answered_at, abs=0.1)


def _talks_with(centre: Centre, number: str) -> str | None:
    call = centre.live(number)
    return call.seat if call is not None and call.answered_at is not None else None


def _queued(centre: Centre) -> set[CallId]:
    return {call.id for call in centre.desk.calls() if call.queued_at is not None}
