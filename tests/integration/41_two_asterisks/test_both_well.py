"""Two Asterisks of one centre, both well: one set of seats serves the callers of both."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from rig import asking
from rig.pair import Pair
from rig.sipp import Answer, Call
from sip112.routing.call import CallState, Origin, Outcome
from sip112.routing.effects import HELD
from sip112.routing.seat import SeatState
from tests.integration.centre import Centre, settings
from tests.integration.conftest import OpenCentre
from tests.integration.served import served, sip112

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEATS = ("seat-01", "seat-02", "seat-03", "seat-04")
FIRST, SECOND, THIRD, FOURTH = "08125550001", "08125550002", "08125550003", "08125550004"


def at_both(centre: Centre, *numbers: str) -> bool:
    """Whether the calls in progress from `numbers` are at an Asterisk each."""
    calls = [centre.live(number) for number in numbers]
    return len({call.pbx for call in calls if call is not None}) == len(numbers)


async def test_a_dozen_calls_are_spread_over_both(pair: Pair, open_pair: OpenCentre) -> None:
    """An agent logs in once and is a member at both; no queue rings a seat."""
    async with open_pair() as centre, centre.seats(*SEATS, does=Answer(after=0.1, talk=0.5)):
        await asking.until_members(pair.asterisks, dict.fromkeys(SEATS, HELD), within=5)
        async with centre.calling(*(Call(number=f"0812555{n:04}") for n in range(12)), rate=4):
            pass
    assert Counter(call.pbx for call in centre.calls) == {"pbx1": 6, "pbx2": 6}
    assert {call.outcome for call in centre.calls} == {Outcome.ANSWERED}
    assert not any(offer.native for call in centre.calls for offer in call.offers)
    assert len({call.ticket_number for call in centre.calls}) == 12


async def test_a_seat_that_talks_at_one_is_not_rung_at_the_other(open_pair: OpenCentre) -> None:
    """It takes one call at a time, wherever the calls are."""
    async with (
        open_pair() as centre,
        centre.seats("seat-01", does=Answer(after=0.1)) as seats,
        centre.calling_in_turn(Call(number=FIRST), Call(number=SECOND)),
    ):
        await centre.until(lambda: centre.state(SECOND) is CallState.QUEUED, within=8)
        assert at_both(centre, FIRST, SECOND)
        assert len(seats.invites) == 1
        await centre.release("seat-01")
        await centre.until(lambda: centre.state(SECOND) is CallState.TALKING, within=5)
        await centre.release("seat-01")
    first, second = centre.calls
    assert second.offers[0].offered_at >= (first.ended_at or 0)


async def test_paperwork_of_a_call_at_one_is_respected_by_the_other(open_pair: OpenCentre) -> None:
    """The next call, which came in at the other Asterisk, waits for the end of the wrap-up."""
    async with (
        open_pair(wrap_up_s=2.0) as centre,
        centre.seats("seat-01", does=Answer(after=0.1)) as seats,
        centre.calling_in_turn(Call(number=FIRST), Call(number=SECOND)),
    ):
        await centre.until(lambda: centre.state(SECOND) is CallState.QUEUED, within=8)
        assert at_both(centre, FIRST, SECOND)
        await centre.release("seat-01")
        assert centre.seat("seat-01").state is SeatState.WRAP_UP
        await centre.until(lambda: centre.state(SECOND) is CallState.TALKING, within=8)
        await centre.release("seat-01")
        assert seats.answered == 2
    first, second = centre.calls
    assert first.ended_at is not None
    assert second.offers[0].offered_at >= first.ended_at + 2.0


async def test_a_pause_and_a_logout_hold_at_both(pair: Pair, open_pair: OpenCentre) -> None:
    """Asked for once; callers of both wait for the end of the pause."""
    async with (
        open_pair() as centre,
        centre.seats("seat-01", "seat-02", does=Answer(after=0.1, talk=0.3)) as seats,
    ):
        await centre.command("seat-01", "pause", reason="prayer")
        await centre.command("seat-02", "logout")
        await asking.until_members(pair.asterisks, {"seat-01": "prayer"}, within=5)
        async with centre.calling(Call(number=FIRST), Call(number=SECOND)):
            for number in (FIRST, SECOND):
                await centre.until(lambda n=number: centre.state(n) is CallState.QUEUED, within=8)
            assert at_both(centre, FIRST, SECOND)
            assert not seats.invites
            await centre.command("seat-01", "resume")
        await asking.until_members(pair.asterisks, {"seat-01": HELD}, within=5)
        assert {invite.seat for invite in seats.invites} == {"seat-01"}
        await centre.command("seat-01", "logout")
        await asking.until_members(pair.asterisks, {}, within=5)
    assert {call.outcome for call in centre.calls} == {Outcome.ANSWERED}


async def test_without_the_service_each_rings_the_seats_by_itself(
    pair: Pair, tmp_path: Path
) -> None:
    """Killed: both go native and a caller of each is answered. Back: a ticket for each, once."""
    async with (
        served(pair, tmp_path) as service,
        service.seats("seat-01", "seat-02", does=Answer(after=0.1, talk=1.0)) as seats,
    ):
        async with service.calling(Call(number=FIRST), Call(number=SECOND)):
            await seats.until(lambda: seats.answered == 2, within=8)
        await service.kill()
        async with service.calling(Call(number=THIRD), Call(number=FOURTH)):
            await seats.until(lambda: seats.answered == 4, within=20)
        await asking.until_members(pair.asterisks, {"seat-01": "", "seat-02": ""}, within=5)
        await service.start()
        await asking.until_members(pair.asterisks, {"seat-01": HELD, "seat-02": HELD}, within=5)
        for number in (FIRST, SECOND, THIRD, FOURTH):
            await asking.until(partial(service.is_stored, number, CallState.ENDED), within=8)
        async with service.calling(Call(number="08125550005"), Call(number="08125550006")):
            await seats.until(lambda: seats.answered == 6, within=8)
    calls = service.reckoning.calls
    for pair_of_calls, origin in ((calls[:2], Origin.LIVE), (calls[2:4], Origin.BACKFILL)):
        assert {call.pbx for call in pair_of_calls} == {"pbx1", "pbx2"}
        assert {call.origin for call in pair_of_calls} == {origin}
    assert {call.outcome for call in calls} == {Outcome.ANSWERED}
    assert len({call.ticket_number for call in calls}) == 6


async def test_check_asks_both(pair: Pair, tmp_path: Path) -> None:
    """Nothing to mend at either; of one that does not answer it says which it is."""
    chosen = settings(pair, f"sqlite:///{tmp_path}/sip112.db")
    assert (await sip112(chosen, "migrate"))[0] == 0
    code, printed = await sip112(chosen, "check")
    assert code == 0, printed
    first, second = chosen.pbxs
    for pbx in (first, second):
        assert re.search(
            rf"^ok +{pbx.name} trunk trunk: callers cannot write", printed, re.MULTILINE
        )
    chosen = chosen.model_copy(update={"pbxs": (first, second.model_copy(update={"port": 9}))})
    code, printed = await sip112(chosen, "check")
    assert code == 1
    assert re.findall(r"^WRONG +(.*?):", printed, re.MULTILINE) == ["pbx2 ami"]
