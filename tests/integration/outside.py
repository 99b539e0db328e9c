"""The telephone network beyond the centre: numbers that may be called, and one who answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rig import Rig, asking


@asynccontextmanager
async def dialplan(rig: Rig, rows: str) -> AsyncIterator[None]:
    """Have the administrator's own dialplan hold these rows too."""
    path = rig.dir / "etc" / "extensions.conf"
    before = path.read_text()
    path.write_text(f"{before}\n{rows}\n")
    try:
        await asking.asterisk(rig, "dialplan reload")
        yield
    finally:
        path.write_text(before)
        await asking.asterisk(rig, "dialplan reload")


@asynccontextmanager
async def outside(rig: Rig) -> AsyncIterator[None]:
    """Let numbers be called outside: a telephone stands for the network."""
    rows = f"[sip112-outside]\nexten => _0812X.,1,Dial(PJSIP/{rig.outside_name},60)"
    async with dialplan(rig, rows):
        yield
