"""Whoever gave up is called back: by one seat, after those who wait, through real phones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from rig import Rig, asking
from rig.sipp import Answer, Call, Reject, Ring, Seats, Silent
from sip112.routing.call import CallState
from sip112.routing.callback import CallbackOutcome, TryResult
from sip112.routing.effects import EntryKind
from sip112.routing.seat import SeatState
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre
from tests.integration.outside import outside
from tests.integration.recording import Recording
from tests.integration.served import served

FIRST, SECOND, THIRD = "08125550001", "08125550002", "08125550003"
OPENED, TAKEN = EntryKind.CALLBACK_OPENED, EntryKind.CALLBACK_TAKEN
RELEASED, CLEARED = EntryKind.CALLBACK_RELEASED, EntryKind.CALLBACK_CLEARED


async def gives_up(centre: Centre, number: str = FIRST) -> dict[str, Any]:
    """Let somebody call in vain; return the callback, as the list has it."""
    async with centre.calling(Call(number=number, patience=0.7)):
        await centre.until(lambda: centre.live(number), within=5)
    await centre.until(lambda: not centre.live(number), within=5)
    items = (await centre.api.get("/v1/callbacks")).json()["items"]
    [found] = [item for item in items if item["number"] == number]
    return dict(found)


async def take(centre: Centre, callback: dict[str, Any], seat: str = "seat-01") -> httpx.Response:
    """Take a callback from a seat."""
    return await centre.api.post(f"/v1/callbacks/{callback['id']}/take", json={"seat": seat})


async def told(centre: Centre) -> list[EntryKind]:
    """Return what the journal says of callbacks."""
    return [each.kind for each in await centre.journal() if each.callback is not None]


async def test_a_seat_calls_back_and_they_talk(open_centre: OpenCentre) -> None:
    """The seat's phone first, with the number on it; then the number, with ours."""
    async with (
        open_centre() as centre,
        outside(centre.rig),
        Seats(centre.rig, [centre.rig.outside_name], Answer(after=0.5)) as network,
    ):
        callback = await gives_up(centre)
        async with centre.seats("seat-01", does=Answer(after=0.3)) as seats:
            answer = await take(centre, callback)
            assert answer.status_code == 200, answer.text
            assert (answer.json()["state"], answer.json()["seat"]) == ("taken", "seat-01")
            await network.until(lambda: network.answered == 1, within=5)
            await centre.until(lambda: not centre.desk.callbacks(), within=2)
            there = await asking.channels(centre.rig)
            for phone in ("seat-01", centre.rig.outside_name):
                assert sum(channel.startswith(f"PJSIP/{phone}-") for channel in there) == 1
            assert centre.seat("seat-01").state is SeatState.BUSY
            [rung], [called] = seats.invites, network.invites
            assert (rung.number, rung.name) == (FIRST, callback["ticket_number"])
            assert called.number == "112"
            # picked up 0.3 s after its ring; each SIPp says with some delay when that was
            assert called.at - rung.at > 0.25
            await asking.hang_up(centre.rig, centre.rig.outside_name)
            await centre.until(lambda: centre.seat("seat-01").state is SeatState.READY, within=5)
        centre.reckoning.picked_up -= 1  # no call of the log
        assert await told(centre) == [OPENED, TAKEN, CLEARED]
        [over] = await centre.journal(CLEARED)
        assert over.callback is not None
        assert over.callback.outcome is CallbackOutcome.REACHED
    assert len(centre.calls) == 1


async def test_nobody_answers_outside(open_centre: OpenCentre) -> None:
    """The callback is on the list again, and says why; the seat is free."""
    async with (
        open_centre() as centre,
        outside(centre.rig),
        Seats(centre.rig, [centre.rig.outside_name], Reject(486)),
    ):
        callback = await gives_up(centre)
        async with centre.seats("seat-01", does=Answer(after=0.1)):
            assert (await take(centre, callback)).status_code == 200
            await centre.until(lambda: centre.desk.callbacks()[0].result, within=5)
            [again] = (await centre.api.get("/v1/callbacks")).json()["items"]
            assert (again["state"], again["result"], again["tries"]) == ("open", "rejected", 1)
            await centre.until(lambda: centre.seat("seat-01").state is SeatState.READY, within=5)
        centre.reckoning.picked_up -= 1
        assert await told(centre) == [OPENED, TAKEN, RELEASED]


async def test_a_seat_that_does_not_pick_up_calls_nobody(open_centre: OpenCentre) -> None:
    """After its ring time another may take the callback."""
    async with (
        open_centre() as centre,
        outside(centre.rig),
        Seats(centre.rig, [centre.rig.outside_name], Answer()) as network,
    ):
        callback = await gives_up(centre)
        async with centre.seats("seat-01", does=Silent()) as seats:
            assert (await take(centre, callback)).status_code == 200
            await seats.until(lambda: seats.count(Ring.CANCELLED) == 1, within=8)
            await centre.until(lambda: centre.desk.callbacks()[0].result, within=5)
            [again] = (await centre.api.get("/v1/callbacks")).json()["items"]
            assert (again["state"], again["result"]) == ("open", "no_answer")
            await centre.command("seat-01", "pause", reason="break")  # told after all of that
            assert not any("CallbackTried" in each for each in centre.desk.ignored)
        assert network.invites == []


async def test_a_caller_gets_the_seat_whose_phone_only_rings_to_call_back(
    open_centre: OpenCentre,
) -> None:
    """At once, and not when that phone has rung in vain; the callback is on the list again."""
    async with open_centre(ring_s=30) as centre, outside(centre.rig):
        callback = await gives_up(centre)
        async with centre.seats("seat-01", does=Silent()) as seats:
            assert (await take(centre, callback)).status_code == 200
            await seats.until(lambda: len(seats.invites) == 1, within=5)
            async with centre.calling(Call(number=SECOND, patience=4.0)):
                await seats.until(lambda: seats.count(Ring.CANCELLED) == 1, within=5)
                await seats.until(lambda: len(seats.invites) == 2, within=5)
                assert seats.invites[1].number == SECOND
                (released,) = await centre.journal(RELEASED)
                assert released.callback is not None
                assert released.callback.result is TryResult.GAVE_WAY


async def test_two_seats_take_the_same_one_at_once(open_centre: OpenCentre) -> None:
    """One of them has it; the number is called once."""
    async with (
        open_centre() as centre,
        outside(centre.rig),
        Seats(centre.rig, [centre.rig.outside_name], Answer(after=0.3)) as network,
    ):
        callback = await gives_up(centre)
        async with centre.seats("seat-01", "seat-02", does=Answer(after=0.1)) as seats:
            answers = await asyncio.gather(
                *(take(centre, callback, seat) for seat in ("seat-01", "seat-02", "seat-01"))
            )
            refused = [each for each in answers if each.status_code != 200]
            assert {each.json()["type"] for each in refused} == {
                "urn:sip112:problem:callback-taken"
            }
            await network.until(lambda: network.answered == 1, within=5)
            await asking.hang_up(centre.rig, centre.rig.outside_name)
            await centre.until(
                lambda: all(centre.seat(s).state is SeatState.READY for s in seats.names), within=5
            )
            assert len(seats.invites) == len(network.invites) == 1
        centre.reckoning.picked_up -= 1


async def test_callers_come_first(open_centre: OpenCentre) -> None:
    """While somebody waits, and rather than a seat's callback; who redials is off the list."""
    async with open_centre() as centre, outside(centre.rig):
        callback = await gives_up(centre)
        async with centre.seats("seat-01", does=Answer(after=0.1, talk=0.3)) as seats:
            await centre.command("seat-01", "pause", reason="break")
            async with centre.calling(Call(number=SECOND), Call(number=FIRST, delay=1)):
                await centre.until(lambda: centre.live(SECOND), within=5)
                answer = await take(centre, callback)
                assert answer.json()["type"] == "urn:sip112:problem:callers-wait"
                await centre.until(lambda: centre.live(FIRST), within=5)
                answer = await take(centre, callback)
                assert answer.json()["type"] == "urn:sip112:problem:unknown-callback"
                await centre.command("seat-01", "resume")
                await seats.until(lambda: seats.answered == 2, within=8)
        [over] = [each.callback for each in await centre.journal(CLEARED)]
        assert over is not None
        assert over.outcome is CallbackOutcome.REDIALLED
        assert await told(centre) == [OPENED, CLEARED]


async def test_a_caller_is_not_sent_to_a_seat_that_calls_back(open_centre: OpenCentre) -> None:
    """But gets it as soon as it is free."""
    async with (
        open_centre() as centre,
        outside(centre.rig),
        Seats(centre.rig, [centre.rig.outside_name], Answer(after=0.3)) as network,
    ):
        callback = await gives_up(centre)
        async with centre.seats("seat-01", does=Answer(after=0.3)) as seats:
            assert (await take(centre, callback)).status_code == 200
            await network.until(lambda: network.answered == 1, within=5)
            async with centre.calling(Call(number=SECOND)):  # while it rang, it would give way
                await centre.until(lambda: centre.state(SECOND) is CallState.QUEUED, within=5)
                assert len(seats.invites) == 1
                await asking.hang_up(centre.rig, centre.rig.outside_name)
                await centre.release("seat-01")
                assert seats.answered == 2
        centre.reckoning.picked_up -= 1


async def test_without_a_way_outside_nothing_rings(open_centre: OpenCentre) -> None:
    """There is no context for it, or it does not have the number."""
    async with open_centre() as centre:
        callback = await gives_up(centre)
        async with centre.seats("seat-01", does=Answer()) as seats:
            answer = await take(centre, callback)
            assert answer.json()["type"] == "urn:sip112:problem:no-way-outside"
            async with outside(centre.rig):
                other = await gives_up_elsewhere(centre)
                answer = await take(centre, other)
                assert answer.json()["type"] == "urn:sip112:problem:no-way-outside"
            assert seats.invites == []
        assert TAKEN not in await told(centre)


async def test_without_a_user_who_may_start_calls_nothing_rings(open_centre: OpenCentre) -> None:
    """And the answer says what is missing."""
    async with open_centre(ami_desk_secret="") as centre, outside(centre.rig):
        callback = await gives_up(centre)
        async with centre.seats("seat-01", does=Answer()):
            answer = await take(centre, callback)
            assert answer.json()["type"] == "urn:sip112:problem:no-way-outside"


async def gives_up_elsewhere(centre: Centre) -> dict[str, Any]:
    """Let somebody abroad call in vain, whom the dialplan does not allow to be called."""
    await centre.command("seat-01", "pause", reason="break")
    found = await gives_up(centre, "0062811555")
    await centre.command("seat-01", "resume")
    return found


async def test_the_list_outlives_a_crash(rig: Rig, tmp_path: Path, recording: Recording) -> None:
    """Of the service; who gave up while it was not there is on it too, who redialled is not."""
    async with served(rig, tmp_path, recording=recording) as service:

        async def numbers() -> list[str]:
            items = (await service.api.get("/v1/callbacks")).json()["items"]
            return [item["number"] for item in items]

        for number in (FIRST, SECOND):
            async with service.calling(Call(number=number, patience=0.7)):
                pass
        await asking.until(lambda: _are(numbers, [FIRST, SECOND]), within=5)
        await service.kill()
        async with service.calling(
            Call(number=THIRD, patience=0.7), Call(number=SECOND, patience=0.7)
        ):
            pass
        await service.start()
        await asking.until(lambda: _are(numbers, [FIRST, THIRD, SECOND]), within=5)


async def _are(numbers: Callable[[], Awaitable[list[str]]], wanted: list[str]) -> bool:
    return sorted(await numbers()) == sorted(wanted)
