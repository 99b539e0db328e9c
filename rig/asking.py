"""Waiting for what does not tell: conditions with deadlines, and Asterisk's command line."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import closing
from inspect import isawaitable

from rig import Rig, lifecycle


async def until(
    condition: Callable[[], object | Awaitable[object]],
    *,
    within: float,
    seen: Callable[[], object] = lambda: "(not told)",
    every: float = 0.01,
) -> None:
    """Wait until `condition` holds; TimeoutError says what was `seen` instead."""
    deadline = time.monotonic() + within
    while True:
        held = condition()
        if isawaitable(held):
            held = await held
        if held:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within:g} s; seen: {seen()}")
        await asyncio.sleep(every)


async def asterisk(rig: Rig, command: str) -> str:
    """Return what Asterisk's command line answers to `command`."""
    return await asyncio.to_thread(lifecycle.asterisk, rig.dir, command)


async def channels(rig: Rig) -> list[str]:
    """Return the names of all channels but the watchdog's own."""
    lines = (await asterisk(rig, "core show channels concise")).splitlines()
    names = [line.partition("!")[0] for line in lines if "!" in line]
    return [name for name in names if "@sip112-watch-" not in name]


async def notes(rig: Rig) -> list[str]:
    """Return Asterisk's notes of calls, each a line."""
    lines = (await asterisk(rig, "database show sip112")).splitlines()
    return [line for line in lines if line.startswith("/sip112/call/")]


async def members(rig: Rig) -> list[str]:
    """Return the queue members' interfaces, as Asterisk lists them."""
    said = await asterisk(rig, f"queue show sip112-{rig.centre}")
    return sorted(set(re.findall(r"PJSIP/[0-9A-Za-z_.-]+", said)))


async def pauses(rig: Rig) -> dict[str, str]:
    """Return why each seat that the queue has on duty is paused; empty where it is not."""
    said = await asterisk(rig, f"queue show sip112-{rig.centre}")
    found: dict[str, str] = {}
    for line in said.splitlines():
        if member := re.search(r"PJSIP/([0-9A-Za-z_.-]+)", line):
            paused = re.search(r"\(paused(?::(.+?))? was ", line)
            found[member[1]] = "" if paused is None else paused[1] or "paused"
    return found


async def until_members(rigs: Iterable[Rig], expected: Mapping[str, str], *, within: float) -> None:
    """Wait until each queue has just these seats on duty, each paused for this reason."""
    rigs = list(rigs)
    seen: list[dict[str, str]] = []

    async def agree() -> bool:
        seen[:] = [await pauses(rig) for rig in rigs]
        return all(each == expected for each in seen)

    await until(agree, within=within, every=0.1, seen=lambda: seen)


async def variables(rig: Rig) -> dict[str, str]:
    """Return the global variables of the dialplan."""
    lines = (await asterisk(rig, "dialplan show globals")).splitlines()
    pairs = [line.strip().partition("=") for line in lines]
    return {name: value for name, equals, value in pairs if equals}


async def is_kept(rig: Rig, family: str, key: str) -> bool:
    """Tell whether an entry of AstDB would outlive a crash: Asterisk writes it once a second."""
    _, found, value = (await asterisk(rig, f"database get {family} {key}")).partition("Value: ")
    with closing(sqlite3.connect(rig.dir / "lib/astdb.sqlite3", timeout=5)) as database:
        rows = database.execute("SELECT value FROM astdb WHERE key = ?", (f"/{family}/{key}",))
        return bool(found) and rows.fetchall() == [(value.rstrip("\n"),)]


async def hang_up(rig: Rig, seat: str) -> None:
    """End the call that `seat` has, as if its agent had hung up."""
    for channel in await channels(rig):
        if channel.startswith(f"PJSIP/{seat}-"):
            await asterisk(rig, f"channel request hangup {channel}")


async def forget_everything(rig: Rig, seats: Collection[str]) -> None:
    """Leave of an earlier scenario nothing in `rig`: no call, no member, no note."""
    for channel in await channels(rig):
        await asterisk(rig, f"channel request hangup {channel}")
    await until(lambda: _is_empty(channels(rig)), within=5, every=0.05, seen=lambda: "channels")
    for member in await members(rig):
        await asterisk(rig, f"queue remove member {member} from sip112-{rig.centre}")
    await asterisk(rig, "database deltree sip112 call")
    await asterisk(rig, "database deltree sip112 serial")
    for variable in ("SERIAL", "OWNER", "NEWEST", "HEARD", "ALONE"):
        await asterisk(rig, f'dialplan set global SIP112_{variable}_{rig.centre} ""')
    there = await variables(rig)
    for seat in seats:
        if there.get(f"SIP112_PAUSED_{seat}"):
            await asterisk(rig, f'dialplan set global SIP112_PAUSED_{seat} ""')


async def _is_empty(asked: Awaitable[list[str]]) -> bool:
    return not await asked
