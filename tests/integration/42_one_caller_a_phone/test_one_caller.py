"""A phone is rung for one caller at a time, whoever chooses it.

The instant in which queue and service choose the same seat is too short to be met at will. So what
keeps them apart otherwise is set aside here: a Redirect asks nobody whether a phone is free, and
the queue is told of a state that is not the phone's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Reject, Ring, Seats, Silent
from sip112.routing import events as e
from sip112.routing.call import OfferResult
from tests.integration.ami import Watcher
from tests.integration.owner import Owner, owning

FIRST, SECOND = "08125550001", "08125550002"
FREE = "Custom:free"
"""A state that is always idle."""


async def test_two_redirects(rig: Rig) -> None:
    """In the same instant, ten times: one caller rings, and the other is given back at once."""
    phone = rig.outside_name  # no queue rings it
    await asking.forget_everything(rig, [])
    async with (
        owning(rig, 7) as owner,
        Seats(rig, [phone], Silent()) as seats,
        Callers(rig, [Call(number=FIRST), Call(number=SECOND)]),
    ):
        callers = [await owner.arrival(FIRST), await owner.arrival(SECOND)]
        for turn in range(1, 11):
            for caller in callers:
                owner.ring(caller, phone)
            await owner.until(partial(_returned, owner, 2 * turn - 1), within=5)
            returned = owner.heard(e.CallReturned)[-1]
            assert (returned.seat, returned.result) == (phone, OfferResult.UNREACHABLE)
            await seats.until(partial(_rings, seats, turn), within=5)
            await asking.hang_up(rig, phone)
            await owner.until(partial(_returned, owner, 2 * turn), within=5)
            assert len(seats.invites) == turn
        await asking.forget_everything(rig, [])


async def test_a_phone_is_free_as_soon_as_it_is_idle(rig: Rig) -> None:
    """Twenty times in a row, at once after it refused: not once is it taken for still taken."""
    phone = rig.outside_name
    await asking.forget_everything(rig, [])
    async with (
        owning(rig, 7) as owner,
        Seats(rig, [phone], Reject()) as seats,
        Callers(rig, [Call(number=FIRST)]),
    ):
        caller = await owner.arrival(FIRST)
        for turn in range(1, 21):
            owner.ring(caller, phone)
            await owner.until(partial(_returned, owner, turn))
            assert owner.heard(e.CallReturned)[-1].result is OfferResult.REJECTED
            assert len(seats.invites) == turn
        await asking.forget_everything(rig, [])


async def test_the_queue_and_a_redirect(rig: Rig) -> None:
    """The queue tries again and again, and the phone hears of it when the first call is over."""
    phone = rig.outside_name
    await asking.forget_everything(rig, [])
    async with (
        owning(rig, 7) as owner,
        Watcher(rig) as watcher,
        Seats(rig, [phone], Answer(after=0.1)) as seats,
        Callers(rig, [Call(number=FIRST), Call(number=SECOND)]),
    ):
        owner.ring(await owner.arrival(FIRST), phone)
        await seats.until(lambda: seats.answered == 1, within=2)
        async with _member(rig, phone):
            tried = watcher.kinds["Newchannel"]
            await asking.until(lambda: watcher.kinds["Newchannel"] >= tried + 3, within=8)
            assert len(seats.invites) == 1
            await asking.hang_up(rig, phone)
            await seats.until(lambda: seats.answered == 2, within=3)
        assert [each.number for each in seats.invites] == [FIRST, SECOND]
        await asking.forget_everything(rig, [])


def _returned(owner: Owner, times: int) -> bool:
    return len(owner.heard(e.CallReturned)) == times


def _rings(seats: Seats, times: int) -> bool:
    """Tell whether the phone rings for so many a caller, and not for one before still."""
    return len(seats.invites) >= times and seats.count(Ring.RINGING) == 1


@asynccontextmanager
async def _member(rig: Rig, phone: str) -> AsyncIterator[None]:
    """Have the queue ring a phone, and believe that it is always idle."""
    await asking.asterisk(rig, f"devstate change {FREE} NOT_INUSE")
    added = f"queue add member PJSIP/{phone} to sip112-{rig.centre} penalty 0 as watched"
    await asking.asterisk(rig, f"{added} state_interface {FREE}")
    try:
        yield
    finally:
        await asking.asterisk(rig, f"queue remove member PJSIP/{phone} from sip112-{rig.centre}")
