"""Without the service Asterisk rings the seats by itself."""

from __future__ import annotations

import time
from pathlib import Path

from rig import Rig, asking
from rig.sipp import Answer, Call
from sip112.routing.call import CallState, Origin, Outcome
from tests.integration.recording import Recording
from tests.integration.served import served

FIRST, WAITING, LATER = "08125550001", "08125550002", "08125550003"


async def test_native_mode(rig: Rig, tmp_path: Path, recording: Recording) -> None:
    """Who waits rings a seat on duty within seconds, who comes later at once; tickets follow."""
    async with (
        served(rig, tmp_path, recording=recording) as service,
        service.seats("seat-01", does=Answer(after=0.1)) as seats,
        service.seats("seat-02", does=Answer(after=0.1)) as away,
    ):
        await service.seat("seat-02", "pause", reason="break")
        async with service.calling(Call(number=FIRST), Call(number=WAITING, delay=0.1)):
            await asking.until(
                lambda: service.is_stored(WAITING, CallState.QUEUED), within=5, every=0.02
            )
            await service.kill()
            killed = time.time()
            await asking.hang_up(rig, "seat-01")
            await seats.until(lambda: seats.answered == 2, within=8)
            assert seats.invites[1].at - killed < 6
            await asking.hang_up(rig, "seat-01")
        async with service.calling(Call(number=LATER)) as callers:
            await seats.until(lambda: seats.answered == 3, within=5)
            assert seats.invites[2].at - callers.views[0].dialled_at < 2
            await asking.hang_up(rig, "seat-01")
        assert away.invites == []
        assert len(await asking.notes(rig)) == 3
        await service.start()
        seat = (await service.api.get("/v1/seats/seat-01")).json()
        assert seat["state"] == "ready"
    first, waiting, later = service.reckoning.calls
    assert [first.outcome, waiting.outcome, later.outcome] == [Outcome.ANSWERED] * 3
    assert [first.origin, waiting.origin, later.origin] == [
        Origin.LIVE,
        Origin.LIVE,
        Origin.BACKFILL,
    ]
    assert {first.seat, waiting.seat, later.seat} == {"seat-01"}


async def test_the_service_takes_over_again(rig: Rig, tmp_path: Path, recording: Recording) -> None:
    """A call that Asterisk put through by itself is known when the service is back."""
    async with (
        served(rig, tmp_path, recording=recording) as service,
        service.seats("seat-01", does=Answer(after=0.1)) as seats,
    ):
        await service.kill()
        async with service.calling(Call(number=FIRST), Call(number=LATER, delay=0.5)):
            await seats.until(lambda: seats.answered == 1, within=8)
            await service.start()
            calls = await service.calls()
            assert (calls[FIRST]["state"], calls[FIRST]["seat"]) == ("talking", "seat-01")
            assert calls[FIRST]["origin"] == "backfill"
            assert calls[LATER]["state"] == "queued"
            await asking.hang_up(rig, "seat-01")
            await seats.until(lambda: seats.answered == 2, within=5)
            await asking.hang_up(rig, "seat-01")
    assert [call.outcome for call in service.reckoning.calls] == [Outcome.ANSWERED] * 2
    assert [call.offers[-1].native for call in service.reckoning.calls] == [True, False]
