"""Callers and seats against each other, without an Asterisk between them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rig.sipp import (
    Answer,
    Call,
    Callers,
    Counts,
    Outcome,
    Reject,
    Ring,
    Seats,
    Silent,
    display_name,
    literal,
    parse_statistics,
)
from rig.state import Rig

if TYPE_CHECKING:
    from pathlib import Path

needs_sipp = pytest.mark.skipif(shutil.which("sipp") is None, reason="SIPp is not installed")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Return a rig on paper: nothing of it runs."""
    return Rig(
        dir=tmp_path,
        engine="chroot",
        sip_port=9,
        ami_port=9,
        http_port=9,
        rtp_start=12000,
        rtp_end=12099,
        seats=3,
        ami_secret="none",
        seat_secret="none",
    )


def calling(rig: Rig, seats: Seats) -> Rig:
    """Return `rig` with the seats' port where Asterisk's would be."""
    return replace(rig, sip_host=rig.seat_host, sip_port=seats.port)


@needs_sipp
async def test_a_caller_talks_and_hangs_up(rig: Rig) -> None:
    """Answered at once, hung up by the caller: both sides and SIPp's own counts agree."""
    call = Call(number="08125550001", name="Warga Élan", dial="seat-01", talk=0.2)
    async with (
        Seats(rig, ["seat-01"], Answer(after=0.1), registered=False) as seats,
        Callers(calling(rig, seats), [call]) as callers,
    ):
        counts = await callers.finish(within=5)
        await seats.until(lambda: bool(seats.invites[0].ended_at), within=5)
    view, invite = callers.views[0], seats.invites[0]
    assert counts == Counts(created=1, successful=1, answered=1)
    assert view.outcome is Outcome.ANSWERED
    assert view.ended_by == "caller"
    assert view.dialled_at < view.rang_at < view.answered_at < view.ended_at
    assert (invite.seat, invite.name, invite.number) == ("seat-01", "Warga Élan", "08125550001")
    assert (invite.state, invite.ended_by) == (Ring.ANSWERED, "pbx")


@needs_sipp
async def test_a_seat_hangs_up_itself(rig: Rig) -> None:
    """A seat that talks for so long ends the call, and the caller sees it."""
    call = Call(number="08125550001", dial="seat-01")
    async with Seats(rig, ["seat-01"], Answer(after=0, talk=0.2), registered=False) as seats:
        async with Callers(calling(rig, seats), [call]) as callers:
            counts = await callers.finish(within=5)
        assert counts == Counts(created=1, successful=1, answered=1)
        assert callers.views[0].ended_by == "pbx"
        assert seats.invites[0].ended_by == "seat"


@needs_sipp
async def test_a_caller_gives_up(rig: Rig) -> None:
    """A caller whose patience ends before a silent seat answers has abandoned."""
    call = Call(number="08125550001", dial="seat-02", patience=0.3)
    async with Seats(rig, ["seat-02"], Silent(), registered=False) as seats:
        async with Callers(calling(rig, seats), [call]) as callers:
            counts = await callers.finish(within=5)
        await seats.until(lambda: seats.count(Ring.CANCELLED) == 1, within=5)
        assert counts == Counts(created=1, successful=1, abandoned=1)
        assert callers.views[0].outcome is Outcome.ABANDONED


@needs_sipp
@pytest.mark.parametrize("code", [486, 603])
async def test_a_seat_rejects(rig: Rig, code: int) -> None:
    """A rejection is told with its code."""
    call = Call(number="08125550001", dial="seat-01")
    async with Seats(rig, ["seat-01"], Reject(code), registered=False) as seats:
        async with Callers(calling(rig, seats), [call]) as callers:
            counts = await callers.finish(within=5)
        await seats.until(lambda: seats.count(Ring.REJECTED) == 1, within=5)
        assert counts == Counts(created=1, successful=1, refused=1)
        assert callers.views[0].code == code


@needs_sipp
async def test_hanging_up_at_the_instant_of_the_answer_leaves_nothing_open(rig: Rig) -> None:
    """Callers who hang up around the answer end as one of three kinds, and none is lost."""
    calls = [
        Call(number=f"0812555{index:04}", dial="seat-01", hang_up_at=0.150 + index / 1000)
        for index in range(100)
    ]
    async with Seats(rig, ["seat-01"], Answer(after=0.2), registered=False) as seats:
        async with Callers(calling(rig, seats), calls, rate=100) as callers:
            counts = await callers.finish(within=15)
        await seats.until(lambda: all(i.decided_at for i in seats.invites), within=5)
        assert counts.failed == 0
        assert counts.created == counts.successful == 100
        assert counts.answered + counts.abandoned + counts.crossed == 100
        assert counts.answered > 10
        assert counts.abandoned > 10
        assert seats.count(Ring.CANCELLED) == counts.abandoned
        assert seats.answered == counts.answered + counts.crossed
        assert callers.count(Outcome.LOST) == 0


@needs_sipp
async def test_what_a_caller_writes_arrives_byte_by_byte(rig: Rig) -> None:
    """A From header with semicolons, brackets and percent signs is sent as it is."""
    header = '"<b>[x] a;b=1 \\" OR 1=1" <sip:%41;b@127.0.0.2;user=phone>'
    call = Call(dial="seat-01", from_header=header, talk=0, headers=("Call-Info: <x;y>",))
    async with (
        Seats(rig, ["seat-01"], Answer(after=0), registered=False) as seats,
        Callers(calling(rig, seats), [call, Call(dial="seat-01", talk=0)]) as callers,
    ):
        await callers.finish(within=5)
    invites = {invite.call_info: invite for invite in seats.invites}
    assert invites["<x;y>"].from_header.rpartition(";tag=")[0].strip() == header
    assert invites["<x;y>"].name == '<b>[x] a;b=1 " OR 1=1'
    assert (invites[""].name, invites[""].number) == ("Anonymous", "anonymous")


@needs_sipp
async def test_calls_are_placed_when_they_are_due(rig: Rig) -> None:
    """Each call is dialled after its own delay, and sooner than the next."""
    calls = [Call(dial="seat-01", delay=delay, talk=0) for delay in (0.4, 0.2, 0.0)]
    async with (
        Seats(rig, ["seat-01"], Answer(after=0), registered=False) as seats,
        Callers(calling(rig, seats), calls, rate=1000) as callers,
    ):
        await callers.finish(within=5)
    third, second, first = (view.dialled_at for view in callers.views)
    assert first + 0.15 < second < third - 0.15


@needs_sipp
async def test_waiting_for_what_does_not_come_says_what_came(rig: Rig) -> None:
    """A condition that fails names what was seen instead."""
    async with (
        Seats(rig, ["seat-01"], Silent(), registered=False) as seats,
        Callers(calling(rig, seats), [Call(dial="seat-01")]) as callers,
    ):
        await seats.until(lambda: bool(seats.invites), within=5)
        with pytest.raises(TimeoutError, match="'waiting': 1"):
            await callers.finish(within=0.1)
        with pytest.raises(TimeoutError, match="'ringing': 1"):
            await seats.until(lambda: seats.answered > 0, within=0.1)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('"PKY-20261122-0042 0812" <sip:0812@h>;tag=1', "PKY-20261122-0042 0812"),
        (' "a \\"b\\" \\\\" <sip:x@h>', 'a "b" \\'),
        ("Warga <sip:0812@h>", "Warga"),
        ("<sip:0812@h>;tag=1", ""),
        ("sip:0812@h;tag=1", ""),
    ],
)
def test_display_name(header: str, name: str) -> None:
    """The display name is what stands before the address, unquoted."""
    assert display_name(header) == name


def test_literal_leaves_nothing_for_sipp_to_interpret() -> None:
    """Brackets, backslashes and bytes beyond ASCII are written as hexadecimal."""
    assert literal('"é" [a]\\&') == '"\\xc3\\xa9" \\x5ba\\x5d\\x5c\\x26'


def test_statistics_are_read_from_the_last_line() -> None:
    """Counts are cumulative, and a file without lines counts nothing."""
    head = "TotalCallCreated;SuccessfulCall(C);FailedCall(C);GenericCounter1(C);\n"
    assert parse_statistics(head) == Counts()
    assert parse_statistics(head + "1;0;0;0;\n5;4;1;3;\n") == Counts(
        created=5, successful=4, failed=1, answered=3
    )
