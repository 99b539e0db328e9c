"""Two owners of one centre: the older one, which may not know it yet, can move no call."""

from __future__ import annotations

from functools import partial

import pytest

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Ring, Seats, Silent
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import OfferResult
from tests.integration.owner import PBX, Owner, owning

FIRST, SECOND = "08125550001", "08125550002"


@pytest.fixture(autouse=True)
async def _nothing_is_left(rig: Rig) -> None:
    await asking.forget_everything(rig, ["seat-01", "seat-02"])


async def test_an_older_owner_rings_nobody(rig: Rig) -> None:
    """Its caller is back where it was, before who came later, and the newer token is told."""
    async with (
        owning(rig, 7) as owner,
        Seats(rig, ["seat-01"], Answer(after=0.1)) as seats,
    ):
        await owner.put_on_duty("seat-01")
        async with Callers(rig, [Call(number=FIRST), Call(number=SECOND, delay=0.5)]) as callers:
            first = await owner.arrival(FIRST)
            await owner.until(lambda: len(owner.heard(e.CallQueued)) == 2)
            before = len(owner.heard(e.OwnerChanged))
            owner.ring(first, "seat-01", token=6)
            await owner.until(lambda: len(owner.heard(e.CallQueued)) == 3)
            back = owner.heard(e.CallQueued)[-1]
            assert (back.uniqueid, back.position) == (first.uniqueid, 1)
            [told] = owner.heard(e.OwnerChanged)[before:]
            assert (told.centre, told.token) == (rig.centre, 7)
            assert seats.invites == []
            owner.ring(first, "seat-01")
            await seats.until(lambda: seats.answered == 1, within=2)
            assert not owner.heard(e.CallReturned)
            assert not owner.failed
            await asking.forget_everything(rig, ["seat-01"])
            assert (await callers.finish(within=10)).failed == 0


async def test_a_seat_whose_ringing_an_older_owner_cut_off_is_told_of(rig: Rig) -> None:
    """Its Redirect takes the caller from the seat before anybody can ask for its token."""
    async with (
        owning(rig, 7) as owner,
        Seats(rig, ["seat-01", "seat-02"], Silent()) as seats,
        Callers(rig, [Call(number=FIRST)]),
    ):
        await owner.put_on_duty("seat-01", "seat-02")
        call = await owner.arrival(FIRST)
        owner.ring(call, "seat-01")
        await seats.until(lambda: len(seats.invites) == 1, within=2)
        for times in (1, 2):  # the second time nothing rings, and nothing is told of a seat
            owner.ring(call, "seat-02", token=6)
            await owner.until(partial(_was_refused, owner, times))
        await seats.until(lambda: seats.count(Ring.CANCELLED) == 1, within=2)
        assert [invite.seat for invite in seats.invites] == ["seat-01"]
        returned = [(each.seat, each.result) for each in owner.heard(e.CallReturned)]
        assert returned == [("seat-01", OfferResult.FAILED)]
        await asking.forget_everything(rig, ["seat-01", "seat-02"])


async def test_a_newer_owner_is_told_of_to_the_older(rig: Rig) -> None:
    """Within a second, although no call comes; and what the older one says then does not count."""
    async with owning(rig, 7) as older:
        await older.until(lambda: _tokens(older) == [7], within=2)
        async with owning(rig, 8) as newer:
            assert _snapshot(newer).owner == 7
            await older.until(lambda: _tokens(older) == [7, 8], within=2)
            older.take_over()
            await older.until(lambda: _tokens(older) == [7, 8, 8], within=2)
            newer.link.send(f.Look(PBX))
            await newer.until(lambda: newer.heard(e.Look))
            [look] = newer.heard(e.Look)
            assert look.snapshot.owner == 8
            assert not look.snapshot.native
            async with (
                Seats(rig, [rig.outside_name], Silent()) as phone,
                Callers(rig, [Call(number=FIRST)]),
            ):
                call = await newer.arrival(FIRST)
                older.ring(call, rig.outside_name)
                await older.until(lambda: _tokens(older) == [7, 8, 8, 8], within=2)
                newer.ring(call, rig.outside_name)
                await phone.until(lambda: len(phone.invites) == 1, within=2)
                await asking.forget_everything(rig, [])


async def test_a_redirect_tells_the_newest_token_too(rig: Rig) -> None:
    """Whatever became of what its owner said when it took over."""
    async with (
        owning(rig, 7) as owner,
        Seats(rig, [rig.outside_name], Silent()) as phone,
        Callers(rig, [Call(number=FIRST)]),
    ):
        call = await owner.arrival(FIRST)
        owner.ring(call, rig.outside_name, token=9)
        await phone.until(lambda: len(phone.invites) == 1, within=2)
        owner.ring(call, rig.outside_name, token=8)
        await owner.until(lambda: _tokens(owner)[-1:] == [9], within=2)
        assert len(phone.invites) == 1
        await asking.forget_everything(rig, [])


async def test_no_token_is_enough_where_there_are_none(rig: Rig) -> None:
    """A single node has none; it can move no call of a centre that had an owner."""
    async with (
        owning(rig, 0) as owner,
        Seats(rig, [rig.outside_name], Silent()) as phone,
        Callers(rig, [Call(number=FIRST)]),
    ):
        call = await owner.arrival(FIRST)
        owner.ring(call, rig.outside_name)
        await phone.until(lambda: len(phone.invites) == 1, within=2)
        owner.ring(call, rig.outside_name, token=1)
        await phone.until(lambda: len(phone.invites) == 2, within=2)
        owner.ring(call, rig.outside_name)
        await owner.until(lambda: _tokens(owner)[-1:] == [1], within=2)
        assert len(phone.invites) == 2
        await asking.forget_everything(rig, [])


def _was_refused(owner: Owner, times: int) -> bool:
    """Whether Redirects were refused so often, after the one word of the owner's token."""
    return len(_tokens(owner)) == 1 + times


def _tokens(owner: Owner) -> list[int]:
    return [each.token for each in owner.heard(e.OwnerChanged)]


def _snapshot(owner: Owner) -> e.Snapshot:
    return owner.heard(e.Snapshot)[0]
