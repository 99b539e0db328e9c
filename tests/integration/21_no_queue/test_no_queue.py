"""The queue does not exist: a mistake in queues.conf, found out by a caller."""

from __future__ import annotations

from pathlib import Path

from rig import Rig, rigged
from rig.asking import asterisk
from rig.sipp import Answer, Call
from sip112.routing.call import Outcome
from tests.integration.centre import opened
from tests.integration.recording import Recording

FIRST, SECOND = "08125550001", "08125550002"


async def test_no_queue(tmp_path: Path, recording: Recording) -> None:
    """The caller is kept and rings the seat as soon as it is free; a login says what is wrong."""
    async with (
        rigged(tmp_path / "rig", seats=2) as rig,
        opened(rig, tmp_path, recording=recording, look=False) as centre,
        centre.seats("seat-01", does=Answer(after=0.1)),
    ):
        queues = rig.dir / "etc" / "queues.conf"
        queues.write_text(queues.read_text().replace(f"[sip112-{rig.centre}]", "[sip112-OTHER]"))
        await asterisk(rig, "queue reload all")
        async with centre.calling(Call(number=FIRST), Call(number=SECOND, delay=0.2)):
            await centre.until(lambda: _waits_in_vain(rig), within=8)
            await centre.release("seat-01")
            await centre.release("seat-01")
        refused = await centre.api.post("/v1/seats/seat-02/login", json={"agent": "sari"})
        assert refused.status_code == 503
        assert refused.json()["type"].endswith("pbx-refused")
        assert "sip112 check" in refused.text
    assert [call.outcome for call in centre.calls] == [Outcome.ANSWERED] * 2
    assert [call.position for call in centre.calls] == [None, None]


async def _waits_in_vain(rig: Rig) -> bool:
    """Tell whether the caller has been turned away by Queue() and waits in the dialplan."""
    return "sip112-wait!112" in await asterisk(rig, "core show channels concise")
