"""A Redirect meets the caller between two rows of the dialplan, where Asterisk garbles it.

The instant is too short to be met at will; so what Asterisk makes of it is done here.
"""

from __future__ import annotations

import re
from functools import partial

import pytest

from rig import Rig, asking
from rig.sipp import Answer, Call, Callers, Reject, Seats
from sip112.routing import events as e
from tests.integration.owner import Owner, owning


async def test_a_redirect_to_any_row_rings_the_seat(rig: Rig) -> None:
    """Asterisk may keep the number of the row that came next, or add one to the first."""
    await asking.forget_everything(rig, ["seat-01"])
    rows = len(await _rows(rig, "112@sip112-wait"))
    phone = rig.outside_name  # the queue of all seats rings it not
    async with (
        Seats(rig, [phone], Reject()) as seats,
        Callers(rig, [Call(number="08125550001")]),
    ):
        for row in range(1, rows + 2):
            await asking.until(lambda: _waits(rig), within=5)
            [caller] = [each for each in await asking.channels(rig) if "/trunk-" in each]
            said = await asking.asterisk(
                rig, f"channel redirect {caller} sip112-seat,{phone}*0,{row}"
            )
            assert "successfully" in said
            await _rings(seats, row)
            assert seats.invites[-1].name == "112 08125550001"
        await asking.until(lambda: _waits(rig), within=5)
        await asking.forget_everything(rig, ["seat-01"])


async def test_a_redirect_of_an_older_owner_to_any_row_rings_nobody(rig: Rig) -> None:
    """The caller is back in the queue each time."""
    await asking.forget_everything(rig, [])
    rows = len(await _rows(rig, "112@sip112-wait"))
    phone = rig.outside_name
    async with (
        owning(rig, 7) as owner,
        Seats(rig, [phone], Reject()) as seats,
        Callers(rig, [Call(number="08125550001")]),
    ):
        await asking.until(lambda: _waits(rig), within=5)
        [caller] = [each for each in await asking.channels(rig) if "/trunk-" in each]
        for row in range(1, rows + 2):
            before = len(owner.heard(e.OwnerChanged))
            await asking.asterisk(rig, f"channel redirect {caller} sip112-seat,{phone}*6,{row}")
            await owner.until(partial(_refused, owner, before), within=2)
            await asking.until(lambda: _waits(rig), within=5)
        assert seats.invites == []
        await asking.forget_everything(rig, [])


def _refused(owner: Owner, before: int) -> bool:
    return len(owner.heard(e.OwnerChanged)) > before


async def test_a_row_is_found_in_the_old_context_and_in_the_new(rig: Rig) -> None:
    """Asterisk may look for the next row with one of them changed and the other not yet."""
    waiting = await _rows(rig, "112@sip112-wait")
    assert await _rows(rig, "seat-01*1@sip112-wait") == waiting
    assert (await _rows(rig, "112@sip112-seat"))[: len(waiting)] == waiting


@pytest.mark.parametrize("special", ["h", "i", "t", "T", "e", "s", "a", "o"])
async def test_an_extension_with_a_meaning_of_its_own_is_none_of_them(
    rig: Rig, special: str
) -> None:
    """Asterisk would run it, after the call's end for one."""
    for context in ("sip112-wait", "sip112-seat"):
        assert await _rows(rig, f"{special}@{context}") == []


async def test_the_note_of_the_end_says_who_answered_and_for_how_long(rig: Rig) -> None:
    """Nothing that runs after the conversation forgets it."""
    phone = rig.outside_name
    await asking.forget_everything(rig, ["seat-01"])
    async with (
        Seats(rig, [phone], Answer(after=0.1)) as seats,
        Callers(rig, [Call(number="08125550001", talk=0.3)]) as callers,
    ):
        await asking.until(lambda: _waits(rig), within=5)
        [caller] = [each for each in await asking.channels(rig) if "/trunk-" in each]
        await asking.asterisk(rig, f"channel redirect {caller} sip112-seat,{phone}*0,1")
        await seats.until(lambda: seats.answered == 1, within=2)
        await asking.hang_up(rig, phone)
        assert (await callers.finish(within=10)).failed == 0
    [note] = await asking.notes(rig)
    assert re.search(rf"&answered=[0-9.]+&seat=PJSIP%2F{phone}-[0-9a-f]{{8}}&", note)
    await asking.forget_everything(rig, ["seat-01"])


async def _rings(seats: Seats, time: int) -> None:
    await seats.until(lambda: len(seats.invites) == time, within=2)


async def _rows(rig: Rig, place: str) -> list[int]:
    said = await asking.asterisk(rig, f"dialplan show {place}")
    return [int(row) for row in re.findall(r"(\d+)\. \S.* \[", said)]


async def _waits(rig: Rig) -> bool:
    """Tell whether the caller is in the queue."""
    # not by the application of the channel: what the queue runs on it stays there in lists
    return "PJSIP/trunk-" in await asking.asterisk(rig, "queue show")
