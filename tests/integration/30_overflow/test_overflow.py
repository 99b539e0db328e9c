"""No phone of any seat is registered: the administrator's overflow takes calls, outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rig import Rig, asking
from rig.sipp import Answer, Call, Ring, Seats, Silent
from sip112.routing.call import CallState, Origin, Outcome
from sip112.routing.reconcile import ELSEWHERE
from tests.integration.conftest import OpenCentre
from tests.integration.outside import dialplan
from tests.integration.recording import Recording
from tests.integration.served import served

FIRST, SECOND = "08125550001", "08125550002"


@asynccontextmanager
async def overflow(rig: Rig, *, seconds: int = 20) -> AsyncIterator[None]:
    """Have an overflow that rings a telephone outside, for so long at a time."""
    rows = f"[sip112-overflow]\nexten => {rig.centre},1,Dial(PJSIP/{rig.outside_name},60)"
    async with dialplan(rig, rows):
        await asking.asterisk(rig, f"dialplan set global SIP112_OVERFLOW_TIME {seconds}")
        try:
            yield
        finally:
            await asking.asterisk(rig, 'dialplan set global SIP112_OVERFLOW_TIME ""')


async def test_the_overflow_answers(rig: Rig, open_centre: OpenCentre) -> None:
    """At once, and the desk knows that somebody talks with the caller, but no seat."""
    async with (
        overflow(rig),
        open_centre() as centre,
        Seats(rig, [rig.outside_name], Answer(after=0.2)) as outside,
    ):
        async with centre.calling(Call(number=FIRST)) as callers:
            await outside.until(lambda: outside.answered == 1, within=4)
            assert outside.invites[0].at - callers.views[0].dialled_at < 2
            await centre.until(lambda: centre.state(FIRST) is CallState.TALKING, within=2)
            await asking.hang_up(rig, rig.outside_name)
        centre.reckoning.picked_up += outside.answered
    [call] = centre.calls
    assert (call.outcome, call.seat, call.agent) == (Outcome.ANSWERED, ELSEWHERE, None)


async def test_the_note_tells_that_the_overflow_answered(
    rig: Rig, tmp_path: Path, recording: Recording
) -> None:
    """And when, to a service that was not there; of no seat."""
    async with (
        overflow(rig),
        served(rig, tmp_path, recording=recording) as service,
        Seats(rig, [rig.outside_name], Answer(after=0.2)) as outside,
    ):
        await service.kill()
        async with service.calling(Call(number=FIRST)):
            await outside.until(lambda: outside.answered == 1, within=4)
            await asking.hang_up(rig, rig.outside_name)
        service.reckoning.picked_up += outside.answered
        await service.start()
    [call] = service.reckoning.calls
    assert (call.origin, call.outcome, call.seat) == (Origin.BACKFILL, Outcome.ANSWERED, ELSEWHERE)
    assert call.answered_at is not None
    assert outside.invites[0].decided_at == pytest.approx(call.answered_at, abs=0.1)


async def test_an_agent_takes_a_caller_back_from_the_overflow(
    rig: Rig, open_centre: OpenCentre
) -> None:
    """While it rings outside: who logs in has the caller, and outside it rings no longer."""
    async with (
        overflow(rig),
        open_centre() as centre,
        Seats(rig, [rig.outside_name], Silent()) as outside,
        Seats(rig, ["seat-01"], Answer(after=0.1), registered=False) as seats,
    ):
        centre.reckoning.phones.append(seats)
        async with centre.calling(Call(number=FIRST)):
            await outside.until(lambda: len(outside.invites) == 1, within=4)
            await seats.register()
            await centre.command("seat-01", "login", agent="sari")
            await seats.until(lambda: seats.answered == 1, within=2)
            await outside.until(lambda: outside.count(Ring.CANCELLED) == 1, within=2)
            await asking.hang_up(rig, "seat-01")
    [call] = centre.calls
    assert (call.outcome, call.seat) == (Outcome.ANSWERED, "seat-01")


async def test_nobody_answers_outside_either(
    rig: Rig, tmp_path: Path, recording: Recording
) -> None:
    """The callers go round again and again, hung up on by nobody, until an agent is there."""
    async with (
        overflow(rig, seconds=1),
        served(rig, tmp_path, recording=recording) as service,
        Seats(rig, [rig.outside_name], Silent()) as outside,
        Seats(rig, ["seat-01"], Answer(after=0.1), registered=False) as seats,
        service.calling(Call(number=FIRST), Call(number=SECOND, delay=0.5)),
    ):
        service.reckoning.phones.append(seats)
        await outside.until(lambda: len(outside.invites) >= 4, within=12)
        await seats.register()
        await service.log_in("seat-01")
        await seats.until(lambda: seats.answered == 1, within=3)
        await asking.hang_up(rig, "seat-01")
        await seats.until(lambda: seats.answered == 2, within=5)
        await asking.hang_up(rig, "seat-01")
    first, second = service.reckoning.calls
    assert (first.caller.number, second.caller.number) == (FIRST, SECOND)
    assert first.answered_at is not None
    assert second.answered_at is not None
    assert first.answered_at < second.answered_at


async def test_nobody_answers_at_the_seats(rig: Rig, tmp_path: Path, recording: Recording) -> None:
    """All registered seats ring for a time, then the overflow; in the next round, they again."""
    async with (
        overflow(rig, seconds=2),
        served(rig, tmp_path, recording=recording) as service,
        Seats(rig, [rig.outside_name], Silent()) as outside,
        Seats(rig, ["seat-01", "seat-02"], Silent()) as seats,
    ):
        await asking.asterisk(rig, "dialplan set global SIP112_ALL_TIME 2")
        try:
            await service.kill()
            async with service.calling(Call(number=FIRST, hang_up_at=14)):
                await seats.until(lambda: len(seats.invites) == 4, within=14)
                assert [invite.seat for invite in outside.invites] == [rig.outside_name]
                first, _, again, _ = sorted(invite.at for invite in seats.invites)
                assert first < outside.invites[0].at < again
                assert seats.count(Ring.CANCELLED) == 2
        finally:
            await asking.asterisk(rig, 'dialplan set global SIP112_ALL_TIME ""')
        await service.start()
    [call] = service.reckoning.calls
    assert call.outcome is Outcome.ABANDONED


async def test_an_overflow_that_fails_is_no_end(
    rig: Rig, tmp_path: Path, recording: Recording
) -> None:
    """Without service, seats or overflow the caller is kept; the first phone there rings."""
    async with (
        overflow(rig),
        served(rig, tmp_path, recording=recording) as service,
        Seats(rig, ["seat-01"], Answer(after=0.1), registered=False) as seats,
    ):
        service.reckoning.phones.append(seats)
        await service.kill()
        async with service.calling(Call(number=FIRST)):
            await asking.until(lambda: _goes_round(rig), within=5)
            await seats.register()
            await seats.until(lambda: seats.answered == 1, within=8)
            await asking.hang_up(rig, "seat-01")
        await service.start()
    [call] = service.reckoning.calls
    assert (call.outcome, call.seat) == (Outcome.ANSWERED, "seat-01")


async def _goes_round(rig: Rig) -> bool:
    """Tell whether the caller waits for the next round."""
    lines = (await asking.asterisk(rig, "core show channels concise")).splitlines()
    return any(
        line.split("!")[1:2] == ["sip112-wait"] and line.split("!")[5:6] == ["Wait"]
        for line in lines
    )
