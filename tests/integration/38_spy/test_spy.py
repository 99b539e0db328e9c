"""A supervisor listens, whispers and barges in: who hears whom, by the notes that each one says."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from rig import asking
from sip112.routing.call import CallState, Outcome
from sip112.routing.effects import EntryKind
from sip112.routing.seat import SeatState
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre
from tests.integration.handset import (
    MICROPHONE,
    NOTES,
    WINDOW,
    Handset,
    State,
    caller,
    handsets,
    strength,
)

NUMBER, OTHER = "08125550001", "08125550002"
OPERATOR, SUPERVISOR = "seat-01", "seat-02"
C, A, S, T = NOTES
"""The notes of the caller, the agent, the supervisor, and somebody else (third)."""


@dataclass
class Talk:
    """A caller who talks with an operator, and the supervisor's phone beside it."""

    centre: Centre
    caller: Handset
    operator: Handset
    supervisor: Handset

    async def spy(self, mode: str, seat: str = OPERATOR, by: str = SUPERVISOR) -> httpx.Response:
        """Ask for it, as a supervisor does who sits at `by`."""
        body = {"mode": mode, "seat": by}
        self.centre.joining += 1
        return await self.centre.api.post(f"/v1/seats/{seat}/spy", json=body)

    async def spies(self, mode: str) -> None:
        """Have the supervisor's phone in that mode."""
        answer = await self.spy(mode)
        assert answer.status_code == 200, answer.text
        await self.until_is("on", mode)

    async def stop(self) -> None:
        """Have it end."""
        answer = await self.centre.api.delete(
            f"/v1/seats/{OPERATOR}/spy", params={"by": SUPERVISOR}
        )
        assert answer.status_code == 204, answer.text

    async def listed(self) -> list[dict[str, Any]]:
        """Return who listens to whom."""
        items: list[dict[str, Any]] = (await self.centre.api.get("/v1/spies")).json()["items"]
        return items

    async def until_is(self, *expected: str) -> None:
        """Wait until the one spy has that state and mode, or there is none."""

        async def is_so() -> bool:
            found = [(each["state"], each["mode"]) for each in await self.listed()]
            return found == ([expected] if expected else [])

        await asking.until(is_so, within=5, every=0.05, seen=self.centre._seen)

    async def hear(self, caller: set[int], operator: set[int], supervisor: set[int]) -> None:
        """Wait until each of the three hears just these notes."""
        await self.caller.until_hears(*caller)
        await self.operator.until_hears(*operator)
        await self.supervisor.until_hears(*supervisor)

    async def press(self, keys: str) -> None:
        """Have the supervisor press keys; what is heard next was said after it."""
        await self.supervisor.voice.press(keys)
        for phone in (self.caller, self.operator, self.supervisor):
            phone.voice.listen_anew()

    async def goes_on(self) -> None:
        """See that caller and operator hear each other, and nobody else."""
        await self.caller.until_hears(A)
        await self.operator.until_hears(C)
        assert self.centre.state(NUMBER) is CallState.TALKING

    async def steer(self, what: str, seat: str = OPERATOR, **body: Any) -> None:
        """Steer the call."""
        call = self.centre.live(NUMBER)
        assert call is not None
        path = f"/v1/calls/{call.id}/{what}"
        answer = await self.centre.api.post(path, json={"seat": seat} | body)
        assert answer.status_code == 200, answer.text

    async def audited(self) -> list[dict[str, Any]]:
        """Return what the audit log says of it, the oldest first."""
        query = {"action": "call.listened"}

        async def written() -> bool:
            return self.centre.store.audit.pending == 0

        await asking.until(written, within=5)
        items = (await self.centre.api.get("/v1/audit", params=query)).json()["items"]
        return [each["detail"] for each in reversed(items)]


@asynccontextmanager
async def talking(
    open_centre: OpenCentre, *, picks_up: bool = True, **settings: Any
) -> AsyncIterator[Talk]:
    """Let a caller talk with an operator; the supervisor's seat is off duty."""
    async with (
        open_centre(**settings) as centre,
        handsets(centre.rig, [(OPERATOR, A)]) as operators,
        handsets(centre.rig, [(SUPERVISOR, S)], picks_up=picks_up) as supervisors,
    ):
        centre.reckoning.created += 1
        centre.reckoning.picked_up += 1
        await centre.log_in(OPERATOR)
        async with caller(centre.rig, NUMBER, C) as warga:
            talk = Talk(centre, warga, operators[OPERATOR], supervisors[SUPERVISOR])
            await talk.goes_on()
            yield talk
        await centre.until(lambda: not centre.desk.calls(), within=5)
        await talk.supervisor.until(State.IDLE)
        await talk.operator.until(State.IDLE)


async def test_who_hears_whom(open_centre: OpenCentre) -> None:
    """Listening nobody hears the supervisor, whispering the operator does, barging in everybody."""
    async with talking(open_centre) as talk:
        await talk.spies("listen")
        assert f'"listen {OPERATOR}"' in talk.supervisor.shown[0]
        await talk.hear({A}, {C}, {C, A})
        await talk.spies("whisper")
        await talk.hear({A}, {C, S}, {C, A})
        await talk.spies("barge")
        await talk.hear({A, S}, {C, S}, {C, A})
        await talk.spies("whisper")
        await talk.hear({A}, {C, S}, {C, A})
        await talk.spies("listen")
        await talk.hear({A}, {C}, {C, A})
        assert len(talk.supervisor.shown) == 1, "it rang again for another mode"
        await talk.stop()
        await talk.supervisor.until(State.IDLE)
        await talk.goes_on()
        told = await talk.audited()
        modes = ["listen", "whisper", "barge", "whisper", "listen", "listen"]
        assert [each["mode"] for each in told] == modes
        assert [each["ended"] is None for each in told] == [True] * 5 + [False]
        assert {(each["seat"], each["by"], each["began"]) for each in told} == {
            (OPERATOR, SUPERVISOR, told[0]["began"])
        }
        assert told[-1]["end"] == "stopped"
    [call] = talk.centre.calls
    assert call.outcome is Outcome.ANSWERED
    assert call.seat == OPERATOR


@pytest.mark.parametrize("mode", ["whisper", "barge"])
async def test_at_once_in_a_mode(open_centre: OpenCentre, mode: str) -> None:
    """It rings once; and the supervisor puts the phone down, whereupon they talk as before."""
    async with talking(open_centre) as talk:
        await talk.spies(mode)
        await talk.hear({A, S} if mode == "barge" else {A}, {C, S}, {C, A})
        assert len(talk.supervisor.shown) == 1
        talk.supervisor.hang_up()
        await talk.until_is()
        await talk.goes_on()
        assert (await talk.audited())[-1]["end"] == "gone"


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
async def test_the_supervisors_phone_is_cut_off(open_centre: OpenCentre, mode: str) -> None:
    """With no word to anyone; the call does not notice, and ends as any other."""
    async with talking(open_centre) as talk:
        await talk.spies(mode)
        await talk.supervisor.until_hears(C, A)
        talk.supervisor.vanish()
        await talk.caller.until_hears(A)
        await talk.operator.until_hears(C)
        await asking.hang_up(talk.centre.rig, SUPERVISOR)  # what Asterisk finds out in its time
        await talk.until_is()
        await talk.goes_on()
        talk.supervisor.state = State.IDLE


async def test_it_ends_with_the_call(open_centre: OpenCentre) -> None:
    """Whoever ends it; the next call at that seat is not listened to."""
    async with talking(open_centre) as talk:
        await talk.spies("whisper")
        talk.caller.hang_up()
        await talk.supervisor.until(State.IDLE)
        await talk.until_is()
        assert (await talk.audited())[-1]["end"] == "gone"
        async with caller(talk.centre.rig, OTHER, T) as next_one:
            await next_one.until_hears(A)
            await talk.operator.until_hears(T)
            assert talk.supervisor.state is State.IDLE
        talk.centre.reckoning.created += 1
        talk.centre.reckoning.picked_up += 1


async def test_the_call_goes_into_a_room_and_out_of_the_seat(open_centre: OpenCentre) -> None:
    """On hold the supervisor is with the operator; who is transferred to is not listened to."""
    third = ("seat-03", T)
    async with talking(open_centre) as talk, handsets(talk.centre.rig, [third]) as others:
        await talk.centre.log_in("seat-03")
        await talk.spies("whisper")
        await talk.steer("hold")
        await talk.operator.until_hears(S)
        await talk.supervisor.until_hears(A)
        assert not talk.caller.voice.hears() & {A, S}
        await talk.steer("resume")
        await talk.hear({A}, {C, S}, {C, A})
        await talk.steer("transfer", to="seat-03", mode="conference")
        await talk.hear({A, T}, {C, S, T}, {C, A, T})
        await others["seat-03"].until_hears(C, A)
        await talk.steer("leave")
        await talk.supervisor.until(State.IDLE)
        await talk.until_is()
        await talk.caller.until_hears(T)
        await others["seat-03"].until_hears(C)
        talk.centre.joining += 1


async def test_who_barges_in_takes_part(open_centre: OpenCentre) -> None:
    """The operator leaves: the caller keeps the supervisor, and is not hung up on."""
    async with talking(open_centre) as talk:
        await talk.spies("barge")
        assert talk.centre.seat(SUPERVISOR).state is SeatState.TALKING
        talk.operator.hang_up()
        await talk.until_is()
        await talk.caller.until_hears(S)
        await talk.supervisor.until_hears(C)
        assert talk.centre.state(NUMBER) is CallState.TALKING
        assert (await talk.audited())[-1]["end"] == "takes_part"
        talk.supervisor.hang_up()
        await talk.caller.until(State.IDLE)
    [call] = talk.centre.calls
    assert (call.outcome, call.seat) == (Outcome.ANSWERED, SUPERVISOR)


async def test_the_recording_has_what_the_caller_heard(open_centre: OpenCentre) -> None:
    """Who barged in, and not who whispered."""
    async with talking(open_centre, record_calls=True) as talk:
        directory = talk.centre.rig.recordings
        await talk.spies("whisper")
        await talk.operator.until_hears(C, S)
        [path] = sorted(directory.glob(f"{talk.centre.rig.centre}/*/*.wav"), key=_age)[-1:]
        whispered = await _recorded_until(path, {C, A})
        await talk.spies("barge")
        await talk.caller.until_hears(A, S)
        barged = await _recorded_until(path, {C, A, S})
        assert S not in whispered
        assert S in barged


def _age(path: Path) -> float:
    return path.stat().st_mtime


async def _recorded_until(path: Path, notes: set[int]) -> set[int]:
    """Wait until the end of a recording has these notes, and return all that it ever had."""
    found: list[set[int]] = [set()]

    def has_them() -> bool:
        sound = path.read_bytes()[44:]  # while it grows its head says that it has none
        samples = array("h", sound[: len(sound) // 2 * 2])
        windows = range(0, len(samples) - WINDOW, WINDOW)
        heard = [
            {note for note in NOTES if strength(samples[at : at + WINDOW], note) > 400}
            for at in windows
        ]
        found[0] = set().union(*heard)
        return bool(heard) and heard[-1] == notes

    await asking.until(has_them, within=10, every=0.2, seen=lambda: found)
    return found[0]


async def test_a_caller_comes_first(open_centre: OpenCentre) -> None:
    """A supervisor on duty who listens is rung for a caller whom nobody else can take."""
    async with talking(open_centre) as talk:
        await talk.centre.log_in(SUPERVISOR)
        await talk.spies("listen")
        await talk.supervisor.until_hears(C, A)
        async with caller(talk.centre.rig, OTHER, T) as second:
            await second.until_hears(S, within=8)
            await talk.supervisor.until_hears(T)
            assert (await talk.audited())[-1]["end"] == "caller_first"
            await talk.goes_on()
        await talk.supervisor.until(State.IDLE)
        talk.centre.reckoning.created += 1
        talk.centre.reckoning.picked_up += 1


async def test_the_phone_is_not_picked_up(open_centre: OpenCentre) -> None:
    """It is told why; and one that rings can be called off."""
    async with talking(open_centre, picks_up=False) as talk:
        assert (await talk.spy("listen")).status_code == 200
        await talk.supervisor.until(State.RINGING)
        await talk.until_is("called", "listen")
        await talk.stop()
        await talk.supervisor.until(State.IDLE)
        assert (await talk.spy("barge")).status_code == 200
        await talk.supervisor.until(State.RINGING)
        await talk.supervisor.until(State.IDLE, within=8)
        await talk.until_is()
        assert await talk.audited() == []
        await talk.goes_on()
        assert (await talk.spy("listen")).status_code == 200
        await talk.supervisor.until(State.RINGING)
        talk.caller.hang_up()
        await talk.supervisor.until(State.IDLE)


async def test_what_cannot_be(open_centre: OpenCentre) -> None:
    """Each has its own words; nothing rings."""
    async with talking(open_centre) as talk:
        for seat, by, name in (
            ("seat-99", SUPERVISOR, "unknown-seat"),
            (OPERATOR, "seat-99", "unknown-seat"),
            (OPERATOR, OPERATOR, "oneself"),
            ("seat-03", SUPERVISOR, "not-talking"),
        ):
            answer = await talk.spy("listen", seat, by)
            assert answer.json()["type"] == f"urn:sip112:problem:{name}", answer.text
        await talk.spies("listen")
        answer = await talk.spy("listen", SUPERVISOR, "seat-03")
        assert answer.json()["type"] == "urn:sip112:problem:not-talking"
        assert len(talk.supervisor.shown) == 1


async def test_without_a_user_who_may_start_calls(open_centre: OpenCentre) -> None:
    """And the answer says what is missing."""
    async with talking(open_centre, ami_desk_secret="") as talk:
        answer = await talk.spy("listen")
        assert answer.json()["type"] == "urn:sip112:problem:no-originate"
        assert talk.supervisor.shown == []


@pytest.mark.parametrize(("mode", "last"), [("listen", "*"), ("whisper", "#"), ("barge", "*#")])
async def test_the_keys_of_the_supervisors_phone(
    open_centre: OpenCentre, mode: str, last: str
) -> None:
    """None changes the mode or leads to another call: at most one listens no more."""
    other = ("seat-03", MICROPHONE)
    hears = {
        "listen": ({A}, {C}, {C, A}),
        "whisper": ({A}, {C, S}, {C, A}),
        "barge": ({A, S}, {C, S}, {C, A}),
    }[mode]
    async with talking(open_centre) as talk, handsets(talk.centre.rig, [other]) as others:
        await talk.centre.log_in("seat-03")
        async with caller(talk.centre.rig, OTHER, T) as second:
            talk.centre.reckoning.created += 1
            talk.centre.reckoning.picked_up += 1
            await second.until_hears(MICROPHONE)
            await talk.spies(mode)
            for keys in ("##", "0123456789"):  # the first is louder, the second chooses a channel
                await talk.press(keys)
                await talk.hear(*hears)
                await talk.until_is("on", mode)
            await talk.press(last)
            if mode == "barge":
                await talk.hear(*hears)
                talk.supervisor.hang_up()
            await talk.supervisor.until(State.IDLE)
            assert not talk.supervisor.voice.hears() & {T, MICROPHONE}
            await talk.until_is()
            assert (await talk.audited())[-1]["end"] == "gone"
            await talk.goes_on()
            await second.until_hears(MICROPHONE)
            await others["seat-03"].until_hears(T)


async def test_it_changes_no_ticket_and_tells_no_operator(open_centre: OpenCentre) -> None:
    """The journal, which everybody may read, has nothing of who listens and whispers."""
    async with talking(open_centre) as talk:
        await talk.spies("listen")
        await talk.spies("whisper")
        await talk.stop()
        kinds = {each.kind for each in await talk.centre.journal()}
        assert EntryKind.CALL_STEERED not in kinds
