"""Passwords of browser phones, handed out by the service and held by a real Asterisk."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from rig import Rig, asking, down, restart, up
from sip112.routing.ids import Instant, SeatId
from sip112.service import phones
from tests.integration.centre import Centre, opened, settings
from tests.integration.registering import register
from tests.integration.served import sip112

WEB: Final = "web-01"
LETS_IN: Final = 200
REFUSES: Final = 401
KNOWS_NONE: Final = 500
"""What PJSIP answers to a phone for which there is no password at all."""


def _browsers(rig: Rig) -> dict[str, Any]:
    seats = [{"id": name, "phone": "browser"} for name in rig.browser_seat_names]
    return {"seats": [*seats, "seat-01"], "phone_ws_url": rig.ws_url}


@asynccontextmanager
async def _open(rig: Rig, directory: Path, **more: Any) -> AsyncIterator[Centre]:
    async with opened(rig, directory, **_browsers(rig), **more) as centre:
        yield centre


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give an Asterisk of our own, which is started again."""
    directory = tmp_path_factory.mktemp("phones")
    try:
        yield up(directory, seats=1)
    finally:
        down(directory)


async def _given(centre: Centre, seat: str = WEB) -> str:
    answer = await centre.api.post(f"/v1/seats/{seat}/phone")
    assert answer.status_code == 200, answer.text
    password: str = answer.json()["password"]
    return password


async def _until_answered(rig: Rig, password: str, status: int, *, within: float = 5) -> None:
    said: list[int] = []

    async def is_answered() -> bool:
        said[:] = [await register(rig, WEB, password)]
        return said == [status]

    await asking.until(is_answered, within=within, every=0.05, seen=lambda: said)


async def test_given_and_taken_back(own: Rig, tmp_path: Path) -> None:
    """Nobody registers before; with the password at once; with another or an older one never."""
    async with _open(own, tmp_path) as centre:
        assert await register(own, WEB, "anything") == KNOWS_NONE
        first = await _given(centre)
        assert await register(own, WEB, first) == LETS_IN
        assert await register(own, WEB, "anything") == REFUSES
        assert await register(own, "web-02", first) == KNOWS_NONE
        second = await _given(centre)
        assert await register(own, WEB, first) == REFUSES
        assert await register(own, WEB, second) == LETS_IN
        assert (await centre.api.delete(f"/v1/seats/{WEB}/phone")).status_code == 200
        await _until_answered(own, second, KNOWS_NONE)


async def test_both_at_once(own: Rig, tmp_path: Path) -> None:
    """A shift that signs in at the same moment: each has a password of its own."""
    async with _open(own, tmp_path) as centre:
        names = own.browser_seat_names
        passwords = await asyncio.gather(*(_given(centre, name) for name in names))
        for name, password in zip(names, passwords, strict=True):
            assert await register(own, name, password) == LETS_IN


async def test_without_the_service_and_after_a_restart(own: Rig, tmp_path: Path) -> None:
    """Phones register while no service runs; the next one knows what the first gave."""
    async with _open(own, tmp_path) as centre:
        password = await _given(centre)
    assert await register(own, WEB, password) == LETS_IN
    await asking.until(lambda: asking.is_kept(own, "sip112-phone", f"auth/{WEB}"), within=5)
    await asyncio.to_thread(restart, own.dir)
    assert await register(own, WEB, password) == LETS_IN
    async with _open(own, tmp_path) as centre:
        assert await register(own, WEB, password) == LETS_IN
        await centre.api.delete(f"/v1/seats/{WEB}/phone")
        await _until_answered(own, password, KNOWS_NONE)


async def test_what_asterisk_lost_is_said_again(own: Rig, tmp_path: Path) -> None:
    """An Asterisk that lost what it was told, as with a new AstDB, is told again."""
    async with _open(own, tmp_path) as centre:
        password = await _given(centre)
        await asking.asterisk(own, f"database del sip112-phone auth/{WEB}")
        assert await register(own, WEB, password) == KNOWS_NONE
        centre.tenure.phones.look()
        await _until_answered(own, password, LETS_IN)


async def test_expiry(own: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that is over is taken out, also one that a service before gave."""
    async with _open(own, tmp_path) as centre:
        over = Instant(time.time() + 60)
        password = await centre.tenure.phones.give(SeatId(WEB), over)
        assert await register(own, WEB, password) == LETS_IN
    assert await register(own, WEB, password) == LETS_IN
    monkeypatch.setattr(phones, "time", SimpleNamespace(time=lambda: over))
    async with _open(own, tmp_path):
        await _until_answered(own, password, KNOWS_NONE)


async def test_no_watchdog(own: Rig, tmp_path: Path) -> None:
    """Where nobody takes what is said, the answer says so, and what to run."""
    async with _open(own, tmp_path) as centre:
        await asking.asterisk(own, "dialplan remove extension phones@sip112-watch")
        answer = await centre.api.post(f"/v1/seats/{WEB}/phone")
        assert answer.status_code == 504
        assert "sip112 check" in answer.json()["remedy"]
    await asyncio.to_thread(restart, own.dir)


async def test_check(own: Rig, tmp_path: Path) -> None:
    """What browser phones need is looked at; what is missing is named with its remedy."""
    chosen = settings(own, f"sqlite:///{tmp_path}/sip112.db", **_browsers(own))
    assert (await sip112(chosen, "migrate"))[0] == 0
    code, printed = await sip112(chosen, "check")
    assert code == 0, printed
    assert re.search(r"^ok +phone passwords: ", printed, re.MULTILINE)
    assert re.search(r"^ok +browser phones: 2 seats, 0 with", printed, re.MULTILINE)
    wrong = chosen.model_copy(
        update={"seats": (chosen.seats[-1].model_copy(update={"phone": chosen.seats[0].phone}),)}
    )
    _, printed = await sip112(wrong, "check")
    assert re.search(r"^WRONG +browser phones: .*seat-01", printed, re.MULTILINE)
    (own.dir / "etc/sorcery-sip112.conf").write_text(
        "auth = config,pjsip.conf,criteria=type=auth\n"
    )
    await asyncio.to_thread(restart, own.dir)
    _, printed = await sip112(chosen, "check")
    assert "sorcery-sip112.conf" in " ".join(printed.split())
    assert re.search(r"^WRONG +phone passwords: ", printed, re.MULTILINE)
