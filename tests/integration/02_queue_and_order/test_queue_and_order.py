"""More callers than seats: the rest wait with positions and are served as they came."""

from __future__ import annotations

from rig.sipp import Answer, Call
from sip112.routing.call import CallState, Outcome
from tests.integration.conftest import OpenCentre

WAITING = ["08125550003", "08125550004", "08125550005"]


async def test_queue_and_order(open_centre: OpenCentre) -> None:
    """Two seats talk, three callers wait at places 1, 2, 3, and are answered in that order."""
    talkers = [Call(number=f"0812555000{n}") for n in (1, 2)]
    waiters = [Call(number=number) for number in WAITING]
    async with (
        open_centre() as centre,
        centre.seats("seat-01", "seat-02", does=Answer(after=0.1)),
        centre.calling_in_turn(*talkers, *waiters),
    ):
        await centre.until(
            lambda: all(centre.state(number) is CallState.QUEUED for number in WAITING), within=5
        )
        queue = (await centre.api.get("/v1/queue")).json()
        assert [each["call"]["caller"]["number"] for each in queue["items"]] == WAITING
        assert [each["call"]["position"] for each in queue["items"]] == [1, 2, 3]
        for _ in range(4):
            await centre.release("seat-01")
        await centre.release("seat-02")
    assert {call.outcome for call in centre.calls} == {Outcome.ANSWERED}
    assert [call.queued_at is not None for call in centre.calls] == [False] * 2 + [True] * 3
    answered = [call.answered_at for call in centre.calls]
    assert answered == sorted(answered, key=lambda at: at or 0)
