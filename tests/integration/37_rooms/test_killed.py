"""The service is killed while calls are in rooms: nobody is dropped, and all is known again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rig import Rig, asking
from rig.sipp import Answer, Call, Seats
from tests.integration.served import Served, served

NUMBER = "08125550001"


@asynccontextmanager
async def talking(rig: Rig, directory: Path) -> AsyncIterator[Served]:
    """Let a caller talk with seat-01, with nobody but them on duty."""
    async with (
        served(rig, directory) as service,
        service.seats("seat-01", does=Answer(after=0.1)) as seats,
        service.calling(Call(number=NUMBER)),
    ):
        await seats.until(lambda: seats.answered == 1, within=5)
        await until(service, {"seat-01": "talking"})
        yield service
        service.reckoning.races = True  # a phone that joins a room answers no call of its own
        for channel in await asking.channels(rig):
            if "trunk" in channel:
                await asking.asterisk(rig, f"channel request hangup {channel}")


async def ask(service: Served, what: str, **body: Any) -> None:
    """Steer the call, for seat-01."""
    call = (await service.calls())[NUMBER]
    path = f"/v1/calls/{call['id']}/{what}"
    answer = await service.api.post(path, json={"seat": "seat-01"} | body)
    assert answer.status_code == 200, answer.text


async def places(service: Served) -> dict[str, str]:
    """Return who takes part, and where."""
    parties = (await service.calls()).get(NUMBER, {}).get("parties", [])
    return {each["seat"] or each["number"]: each["place"] for each in parties}


async def until(service: Served, expected: dict[str, str]) -> None:
    """Wait until just these take part."""

    async def agree() -> bool:
        return await places(service) == expected

    await asking.until(agree, within=10, every=0.05)


async def test_in_mid_conference(rig: Rig, tmp_path: Path) -> None:
    """All three talk on, and the next service knows who talks with whom, and can end it."""
    async with (
        talking(rig, tmp_path) as service,
        Seats(rig, [rig.outside_name], Answer(after=0.1)) as outside,
    ):
        await ask(service, "transfer", to="113", mode="conference")
        await until(service, {"seat-01": "talking", "113": "talking"})
        await service.kill()
        await service.start()
        await until(service, {"seat-01": "talking", "113": "talking"})
        assert not outside.invites[0].ended_at
        await ask(service, "leave")
        await until(service, {"113": "talking"})


async def test_a_caller_on_hold_comes_back_to_the_seat(rig: Rig, tmp_path: Path) -> None:
    """Nobody could take them off hold: the watchdog does."""
    async with talking(rig, tmp_path) as service:
        await ask(service, "hold")
        assert await places(service) == {"seat-01": "aside"}
        await service.kill()
        await asking.until(lambda: _users(rig, [2]), within=10, every=0.1)
        await service.start()
        await until(service, {"seat-01": "talking"})


async def test_a_caller_alone_with_music_gets_a_seat(rig: Rig, tmp_path: Path) -> None:
    """The seat hangs up during hold, and no service is there to see it."""
    async with talking(rig, tmp_path) as service:
        await ask(service, "hold")
        await service.kill()
        await asking.hang_up(rig, "seat-01")
        await asking.until(lambda: _users(rig, []), within=10, every=0.1)
        await service.start()
        await until(service, {"seat-01": "talking"})


async def _users(rig: Rig, expected: list[int]) -> bool:
    """Tell whether the conferences have so many users."""
    lines = (await asking.asterisk(rig, "confbridge list")).splitlines()
    return [int(line.split()[1]) for line in lines if line.startswith("sip112-")] == expected
