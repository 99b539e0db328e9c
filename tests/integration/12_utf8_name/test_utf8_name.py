"""Names as they are written: accents, other scripts, emoji."""

from __future__ import annotations

import pytest

from rig.sipp import Answer, Call
from tests.integration.conftest import OpenCentre


@pytest.mark.parametrize(
    "name",
    ["Élan Ñusantara", "李小龙 ꦗꦮ 🚒", "é" * 70, "한" * 50],
    ids=["accents", "scripts and emoji", "long", "longer"],
)
async def test_utf8_name(open_centre: OpenCentre, name: str) -> None:
    """The ticket holds the name as sent, or, of a long one, its beginning."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.1)) as seats,
        centre.calling(Call(number="08125550001", name=name, talk=0.2)),
    ):
        await seats.until(lambda: seats.answered == 1, within=5)
    [call] = centre.calls
    assert call.caller.name
    assert name.startswith(call.caller.name)
    assert len(call.caller.name.encode()) >= min(len(name.encode()), 100)
