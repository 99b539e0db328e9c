"""The service is killed while a supervisor listens: the call does not notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig import Rig, asking
from tests.integration.handset import NOTES, State, caller, handsets
from tests.integration.served import Served, served

NUMBER = "08125550001"
OPERATOR, SUPERVISOR = "seat-01", "seat-02"
C, A, S, _ = NOTES
"""The notes of the caller, the agent and the supervisor."""


@pytest.mark.parametrize("mode", ["whisper", "barge"])
async def test_in_mid_spy(rig: Rig, tmp_path: Path, mode: str) -> None:
    """They go on without it; then who whispers unknown is hung up, and who takes part stays."""
    async with (
        served(rig, tmp_path) as service,
        handsets(rig, [(OPERATOR, A), (SUPERVISOR, S)]) as phones,
    ):
        service.reckoning.races = True  # no phone of SIPp's
        service.reckoning.created += 1
        await service.log_in(OPERATOR)
        async with caller(rig, NUMBER, C) as warga:
            await warga.until_hears(A)
            answer = await service.api.post(
                f"/v1/seats/{OPERATOR}/spy", json={"mode": mode, "seat": SUPERVISOR}
            )
            assert answer.status_code == 200, answer.text

            async def all_hear() -> None:
                await phones[OPERATOR].until_hears(C, S)
                await warga.until_hears(*((A, S) if mode == "barge" else (A,)))
                await phones[SUPERVISOR].until_hears(C, A)

            await all_hear()
            await service.kill()
            await all_hear()
            await service.start()
            if mode == "whisper":
                await phones[SUPERVISOR].until(State.IDLE, within=10)
                await phones[OPERATOR].until_hears(C)
            else:
                await asking.until(
                    lambda: _parties(service, {OPERATOR, SUPERVISOR}), within=10, every=0.05
                )
                await phones[OPERATOR].until_hears(C, S)
            assert (await service.api.get("/v1/spies")).json()["items"] == []
            assert (await service.calls())[NUMBER]["state"] == "talking"
            assert warga.state is State.TALKING


async def _parties(service: Served, expected: set[str]) -> bool:
    call = (await service.calls()).get(NUMBER, {})
    return {each["seat"] for each in call.get("parties", [])} == expected
