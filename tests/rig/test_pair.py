"""Two real Asterisks behind a real Kamailio: what one centre gains from the second."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
import pytest_asyncio

from rig import RigError, lifecycle, network, restart
from rig.lifecycle import asterisk
from rig.pair import Pair, paired
from rig.sipp import Answer, Call, Callers, Counts, Outcome, Ring, Seats, Silent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from rig.state import Rig

_ONLY_RINGS = "1127"
"""Number of the rig's dialplan that is never answered."""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        all(engine.why_not() for engine in lifecycle.engines().values()),
        reason="no way to run Asterisk here",
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Bring one pair up for this module."""
    async with paired(tmp_path_factory.mktemp("pair"), seats=4) as found:
        yield found


@pytest.fixture
def pair(both: Pair) -> Iterator[Pair]:
    """Give the pair, with nobody on duty and no notes of calls."""
    yield both
    for rig in both.asterisks:
        for seat in both.seat_names:
            asterisk(rig.dir, f"queue remove member PJSIP/{seat} from sip112-{rig.centre}")
        asterisk(rig.dir, "database deltree sip112/call")


def _calls(count: int, *, patience: float = 60.0, talk: float = 60.0) -> list[Call]:
    numbers = (f"0812555{index:04d}" for index in range(count))
    return [Call(number=number, patience=patience, talk=talk) for number in numbers]


def _up(pair: Pair) -> list[Rig]:
    return [rig for rig in pair.asterisks if lifecycle.status(rig.dir)]


def _callers_at(rig: Rig) -> int:
    """Return how many calls of the trunk are at an Asterisk now."""
    channels = asterisk(rig.dir, "core show channels concise")
    return sum(line.startswith("PJSIP/trunk-") for line in channels.splitlines())


def _rings_at(rig: Rig) -> int:
    """Return how many calls to the number that only rings are at an Asterisk now."""
    channels = asterisk(rig.dir, "core show channels concise")
    return sum(line.split("!")[2:3] == [_ONLY_RINGS] for line in channels.splitlines())


def _on_duty(pair: Pair, *seats: str) -> None:
    """Make seats members of the queue of every Asterisk that is up."""
    for rig in _up(pair):
        for seat in seats:
            asterisk(rig.dir, f"queue add member PJSIP/{seat} to sip112-{rig.centre}")


def _devices(pair: Pair, seat: str) -> list[str]:
    """Return what the queue of each Asterisk thinks of a seat's phone."""
    found: list[str] = []
    for rig in pair.asterisks:
        shown = asterisk(rig.dir, f"queue show sip112-{rig.centre}")
        (line,) = (line for line in shown.splitlines() if f"PJSIP/{seat} " in line)
        found += re.findall(r"\(([^()]*)\) has taken", line)
    return found


def _notes(rig: Rig) -> list[dict[str, str]]:
    """Return the notes of calls in an Asterisk's AstDB."""
    rows = asterisk(rig.dir, "database show sip112/call").splitlines()
    fields = (parse_qs(row.partition(": ")[2]) for row in rows if row.startswith("/sip112/call/"))
    return [{name: values[0] for name, values in note.items()} for note in fields]


async def _eventually(condition: Callable[[], bool], *, within: float) -> None:
    assert await asyncio.to_thread(network.wait_for, condition, seconds=within)


async def test_calls_are_spread_over_both(pair: Pair) -> None:
    """In turn, and nothing is sent twice."""
    async with Callers(pair, _calls(10, talk=4.0)) as callers:
        await callers.until(lambda: callers.count(Outcome.ANSWERED) == 10, within=15)
        assert [_callers_at(rig) for rig in pair.asterisks] == [5, 5]
        assert await callers.finish(within=30) == Counts(10, 10, answered=10)


async def test_a_phone_registers_once_and_each_asterisk_rings_it(pair: Pair) -> None:
    """Each knows through Kamailio that it is there, and that it has gone."""
    _on_duty(pair, "seat-01")
    assert _devices(pair, "seat-01") == ["Unavailable"] * 2
    async with Seats(pair, ["seat-01"], Answer(after=0.1, talk=0.1)) as seats:
        await _eventually(lambda: _devices(pair, "seat-01") == ["Not in use"] * 2, within=5)
        for rig in pair.asterisks:
            asterisk(rig.dir, "channel originate PJSIP/seat-01 application Wait 5")
        await seats.until(lambda: seats.answered == 2, within=5)
        await seats.unregister()
        await _eventually(lambda: _devices(pair, "seat-01") == ["Unavailable"] * 2, within=5)


async def test_a_phone_that_is_switched_off_is_missed_by_both(pair: Pair) -> None:
    """Each asks it through Kamailio, whose word that it does not answer is no answer."""
    _on_duty(pair, "seat-01")
    async with Seats(pair, ["seat-01"]) as seats:
        await _eventually(lambda: _devices(pair, "seat-01") == ["Not in use"] * 2, within=5)
        seats._registered.clear()  # it goes without a word
    for rig in pair.asterisks:
        asterisk(rig.dir, "pjsip qualify seat-01")
    await _eventually(lambda: _devices(pair, "seat-01") == ["Unavailable"] * 2, within=10)


@pytest.mark.parametrize(
    ("seat", "talk", "by_seat", "by_caller"),
    [(Answer(after=0.1, talk=0.5), 60.0, "seat", "pbx"), (Answer(after=0.1), 4.0, "pbx", "caller")],
)
async def test_callers_are_answered_by_seats_through_either(
    pair: Pair, seat: Answer, talk: float, by_seat: str, by_caller: str
) -> None:
    """The queues of both ring the same seats with no service about; either side hangs up."""
    async with Seats(pair, pair.seat_names, seat) as seats:
        _on_duty(pair, *pair.seat_names)
        async with Callers(pair, _calls(4, talk=talk), rate=2) as callers:
            assert await callers.finish(within=40) == Counts(4, 4, answered=4)
        await seats.until(lambda: all(invite.ended_at for invite in seats.invites), within=5)
        assert [invite.ended_by for invite in seats.invites] == [by_seat] * 4
        assert [view.ended_by for view in callers.views] == [by_caller] * 4
    for rig in pair.asterisks:
        await _eventually(lambda rig=rig: _callers_at(rig) == 0, within=5)  # type: ignore[misc]
        assert len([note for note in _notes(rig) if "ended" in note]) == 2


async def test_who_gives_up_before_an_answer_rings_nowhere_any_more(pair: Pair) -> None:
    """CANCEL passes from the caller to Asterisk, and from Asterisk to the phone."""
    for rig in pair.asterisks:  # as if a service were there: callers ring for a second
        asterisk(rig.dir, "dialplan set global SIP112_BEAT_PKY 1")
        asterisk(rig.dir, "dialplan set global SIP112_MODE_PKY service")
    async with Callers(pair, _calls(6, patience=0.4), rate=20) as callers:
        assert await callers.finish(within=20) == Counts(6, 6, abandoned=6)
    assert [view.outcome for view in callers.views] == [Outcome.ABANDONED] * 6
    for rig in pair.asterisks:
        await _eventually(lambda rig=rig: _callers_at(rig) == 0, within=5)  # type: ignore[misc]
        assert len([note for note in _notes(rig) if "ended" in note]) == 3
        asterisk(rig.dir, "dialplan set global SIP112_MODE_PKY native")
    async with Seats(pair, ["seat-01"], Silent()) as seats:
        _on_duty(pair, "seat-01")
        async with Callers(pair, _calls(1, talk=5.0)):
            await seats.until(lambda: seats.count(Ring.RINGING) == 1, within=10)
            await seats.until(lambda: seats.count(Ring.CANCELLED) == 1, within=10)


async def test_a_strange_caller_arrives_unharmed(pair: Pair) -> None:
    """What stands in the note is what he wrote; a seat's name in From makes nobody a seat."""
    calls = [
        Call(from_header='"=1+1 <b>" <sip:0812%0D%0AEvent%3A%20Inert%0D%0A@127.0.0.2>', talk=1.0),
        Call(from_header='"\u202eB\u00e9" <sip:%30%38%31%32@127.0.0.2;user=phone>', talk=1.0),
        Call(from_header="<tel:+628125550001;phone-context=+62>", talk=1.0),
        Call(from_header="<sip:seat-01@127.0.0.2>", talk=1.0),
    ]
    async with Callers(pair, calls) as callers:
        assert await callers.finish(within=30) == Counts(4, 4, answered=4)
    notes = [note for rig in pair.asterisks for note in _notes(rig)]
    assert {note["trunk"] for note in notes} == {"trunk"}
    seen = {(note.get("number"), note.get("raw"), note.get("name", "").strip()) for note in notes}
    assert seen == {
        (None, "0812\r\nEvent: Inert\r\n", '"=1+1 <b>"'),
        ("0812", None, '"\u202eB\u00e9"'),
        ("+628125550001", None, ""),
        (None, "seat-01", ""),
    }


async def test_without_kamailio_in_between_nobody_is_a_seat(pair: Pair) -> None:
    """The Asterisks take a phone's word from Kamailio's address alone."""
    rig = pair.asterisks[0]
    for source in (rig.seat_host, rig.trunk_host):
        answer = await asyncio.to_thread(_register_directly, rig, source)
        assert answer.startswith((b"SIP/2.0 401 ", b"SIP/2.0 403 "))
    assert "seat-01" not in asterisk(rig.dir, "pjsip show contacts")


async def test_a_phone_needs_its_password(pair: Pair) -> None:
    """Kamailio asks for it, and the Asterisks do not hear of who does not know it."""
    with pytest.raises(RigError, match="could not register"):
        async with Seats(replace(pair, seat_secret="wrong"), ["seat-02"]):
            pass
    for rig in pair.asterisks:
        assert "seat-02" not in asterisk(rig.dir, "pjsip show contacts")


async def test_kamailio_can_be_started_again(pair: Pair) -> None:
    """Calls go on and can be hung up, and phones stay reachable: nothing was kept in it."""
    async with Seats(pair, ["seat-01", "seat-02"], Answer(after=0.1)) as seats:
        _on_duty(pair, "seat-01")
        async with Callers(pair, _calls(2, talk=8.0)) as callers:
            await seats.until(lambda: seats.answered == 2, within=7)
            await pair.kamailio.stop()
            await pair.kamailio.start()
            counts = await callers.finish(within=30)
            assert (counts.answered, counts.failed) == (2, 0)
        await seats.until(lambda: all(invite.ended_at for invite in seats.invites), within=5)
        for rig in pair.asterisks:
            asterisk(rig.dir, "channel originate PJSIP/seat-02 application Wait 5")
        await seats.until(lambda: seats.answered == 4, within=5)


async def test_one_asterisk_dies_and_comes_back(pair: Pair) -> None:
    """No call is refused or lost that the other can take; the seats ring through it."""
    ringing = Call(number="08125559999", dial=_ONLY_RINGS, patience=9.0)
    async with (
        Seats(pair, ["seat-01"], Answer(after=0.1, talk=0.2)) as seats,
        Callers(pair, [ringing]) as rung,
        Callers(pair, _calls(60, talk=2.0), rate=10) as callers,
    ):
        _on_duty(pair, "seat-01")
        await callers.until(lambda: callers.count(Outcome.ANSWERED) >= 10, within=15)
        dead, alive = sorted(pair.asterisks, key=_rings_at, reverse=True)
        assert (_rings_at(dead), _rings_at(alive)) == (1, 0)
        os.kill(dead.pid, signal.SIGKILL)
        died = time.time()
        await _eventually(lambda: _rings_at(alive) == 1, within=5)
        counts = await callers.finish(within=60)
        assert (counts.created, counts.answered, counts.failed) == (60, 60, 0)
        assert (await rung.finish(within=30)).abandoned == 1
        slow = [view for view in callers.views if view.answered_at - view.dialled_at > 1]
        # 2 s; one who was ringing when his Asterisk died waits until that is known, at most 3 s
        assert all(view.answered_at - view.dialled_at < 5 for view in slow)
        assert all(view.dialled_at - died < 5 for view in slow)

        taken = seats.answered
        async with Callers(pair, _calls(2)) as more:
            await seats.until(lambda: seats.answered == taken + 2, within=20)
            assert (await more.finish(within=20)).answered == 2

        await asyncio.to_thread(restart, dead.dir)
        told = f"sip:{dead.sip_host}:{dead.sip_port} takes calls again"
        await _eventually(lambda: told in pair.kamailio.log(), within=20)
        await _eventually(lambda: _devices(pair, "seat-01") == ["Not in use"] * 2, within=20)
    async with Callers(pair, _calls(4, talk=3.0)) as callers:
        await callers.until(lambda: callers.count(Outcome.ANSWERED) == 4, within=10)
        assert [_callers_at(rig) for rig in (dead, alive)] == [2, 2]
        assert await callers.finish(within=20) == Counts(4, 4, answered=4)


def _register_directly(rig: Rig, source: str) -> bytes:
    """Return what an Asterisk answers to a REGISTER of seat-01 from `source`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((source, 0))
        phone.settimeout(5)
        here = f"{source}:{phone.getsockname()[1]}"
        who = f"<sip:seat-01@{rig.sip_host}>"
        lines = (
            f"REGISTER sip:{rig.sip_host} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK1",
            *(f"From: {who};tag=f", f"To: {who}", "Call-ID: direct", "CSeq: 1 REGISTER"),
            *(f"Contact: <sip:seat-01@{here}>", "Max-Forwards: 70", "Content-Length: 0", "", ""),
        )
        phone.sendto("\r\n".join(lines).encode(), (rig.sip_host, rig.sip_port))
        return phone.recv(65535)
