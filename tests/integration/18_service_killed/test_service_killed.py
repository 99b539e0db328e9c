"""The service is killed in the middle of calls, and comes back."""

from __future__ import annotations

from pathlib import Path

from rig import Rig, asking
from rig.sipp import Answer, Call
from sip112.routing.call import CallState, Origin, Outcome
from tests.integration.recording import Recording
from tests.integration.served import served

TALKING, WAITING = "08125550001", "08125550002"


async def test_calls_go_on_and_are_known_again(
    rig: Rig, tmp_path: Path, recording: Recording
) -> None:
    """One talks, one waits, kill -9: both go on, are known again, and the second is served."""
    async with (
        served(rig, tmp_path, recording=recording) as service,
        service.seats("seat-01", does=Answer(after=0.1)) as seats,
        service.calling(Call(number=TALKING), Call(number=WAITING, delay=0.3)),
    ):
        await asking.until(
            lambda: service.is_stored(WAITING, CallState.QUEUED), within=5, every=0.05
        )
        before = await service.calls()
        await service.kill()
        await service.start()
        after = await service.calls()
        assert (after[TALKING]["state"], after[TALKING]["seat"]) == ("talking", "seat-01")
        assert after[WAITING]["state"] == "queued"
        for number in (TALKING, WAITING):
            assert after[number]["ticket_number"] == before[number]["ticket_number"]
        await asking.hang_up(rig, "seat-01")
        await seats.until(lambda: seats.answered == 2, within=5)
        await asking.hang_up(rig, "seat-01")
    calls = service.reckoning.calls
    assert [call.outcome for call in calls] == [Outcome.ANSWERED] * 2
    assert {call.origin for call in calls} == {Origin.LIVE}


async def test_who_came_and_went_meanwhile_has_a_ticket(
    rig: Rig, tmp_path: Path, recording: Recording
) -> None:
    """A call that came and was given up while nobody was there to hear it: exactly one ticket."""
    async with (
        served(rig, tmp_path, recording=recording) as service,
        service.seats("seat-01", does=Answer(after=0.1)) as seats,
    ):
        async with service.calling(Call(number=TALKING, talk=0.3)):
            await seats.until(lambda: seats.answered == 1, within=5)
        await service.kill()
        async with service.calling(Call(number=WAITING, hang_up_at=0.5)):
            pass
        await service.start()
    live, missed = service.reckoning.calls
    assert (live.origin, live.outcome) == (Origin.LIVE, Outcome.ANSWERED)
    assert (missed.origin, missed.outcome) == (Origin.BACKFILL, Outcome.ABANDONED)
    assert missed.caller.number == WAITING
