"""Two nodes on one PostgreSQL: one owns the centre, the other takes it over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from rig import Rig, asking
from rig.postgres import NO_POWER_CUT, postgres_server
from rig.sipp import Answer, Call
from sip112.routing.call import CallState, Outcome
from sip112.routing.ids import CentreCode
from tests.integration.centre import settings
from tests.integration.served import Served

TALKING, WAITING, NEXT = "08125550001", "08125550002", "08125550003"
TAKES_OVER_S: Final = 5.0


class Nodes:
    """Two nodes, `first` of which was there first."""

    def __init__(self, first: Served, second: Served) -> None:
        self.first = first
        self.second = second
        self.reckoning = first.reckoning
        self.seats = first.seats
        self.calling = first.calling


@asynccontextmanager
async def two_nodes(rig: Rig, directory: Path) -> AsyncIterator[Nodes]:
    """Run two nodes on `rig` with an empty PostgreSQL, and settle accounts at the end."""
    with postgres_server(NO_POWER_CUT) as server:
        nodes: list[Served] = []
        for name in ("first", "second"):
            chosen = settings(rig, server.url(), node=name)
            nodes.append(Served(rig, chosen, directory / f"{name}.log"))
        await asking.forget_everything(rig, [seat.id for seat in nodes[0].settings.seats])
        first, second = nodes
        try:
            await first.start()
            await second.start()
            assert await first.detail("owner") == "this node"
            assert await second.detail("owner") == "first; this node stands by"
            yield Nodes(first, second)
            await first.reckoning.settle(rig, first.store, CentreCode(rig.centre))
        finally:
            for node in nodes:
                await node.close()


async def test_the_owner_is_killed(rig: Rig, tmp_path: Path) -> None:
    """Who talks goes on, who waits is served by the other node; the first then stands by."""
    async with (
        two_nodes(rig, tmp_path) as nodes,
        nodes.seats("seat-01", does=Answer(after=0.1)) as seats,
        nodes.calling(Call(number=TALKING), Call(number=WAITING, delay=0.3)),
    ):
        await asking.until(
            lambda: nodes.first.is_stored(WAITING, CallState.QUEUED), within=5, every=0.05
        )
        before = await nodes.first.calls()
        await nodes.first.kill()
        killed = time.monotonic()
        await asking.until(nodes.second.owns, within=TAKES_OVER_S, every=0.02)
        print(f"in control after {time.monotonic() - killed:.2f} s")  # noqa: T201
        after = await nodes.second.calls()
        assert after[TALKING]["state"] == "talking"
        for number in (TALKING, WAITING):
            assert after[number]["ticket_number"] == before[number]["ticket_number"]
        await asking.hang_up(rig, "seat-01")
        await seats.until(lambda: seats.answered == 2, within=5)
        await nodes.first.start()
        assert await nodes.first.detail("owner") == "second; this node stands by"
        await asking.hang_up(rig, "seat-01")
    assert [call.outcome for call in nodes.reckoning.calls] == [Outcome.ANSWERED] * 2


async def test_the_owner_stands_still_and_comes_back(rig: Rig, tmp_path: Path) -> None:
    """Frozen, it loses the centre; thawed, it moves no call, rings nobody, and stands by."""
    async with (
        two_nodes(rig, tmp_path) as nodes,
        nodes.seats("seat-01", "seat-02", does=Answer(after=0.1)) as seats,
    ):
        first = nodes.first
        async with nodes.calling(Call(number=TALKING)):
            await seats.until(lambda: seats.answered == 1, within=5)
            first.freeze()
            stopped = time.monotonic()
            await asking.until(nodes.second.owns, within=TAKES_OVER_S, every=0.02)
            print(f"in control after {time.monotonic() - stopped:.2f} s")  # noqa: T201
            async with nodes.calling(Call(number=WAITING, talk=0.5), Call(number=NEXT, talk=0.5)):
                await seats.until(lambda: seats.answered == 2, within=5)
                first.thaw()
                await asking.until(first.stands_by, within=5, every=0.05)
            await asking.hang_up(rig, "seat-01")
            await asking.hang_up(rig, "seat-02")
    assert [call.outcome for call in nodes.reckoning.calls] == [Outcome.ANSWERED] * 3
    rung = [offer.seat for call in nodes.reckoning.calls for offer in call.offers]
    assert len(rung) == len(seats.invites), "a phone rang of which no ticket tells"


async def test_an_orderly_stop_gives_the_centre_to_the_other(rig: Rig, tmp_path: Path) -> None:
    """Within a second or so: the lease is given back, and need not run out."""
    async with (
        two_nodes(rig, tmp_path) as nodes,
        nodes.seats("seat-01", does=Answer(after=0.1)) as seats,
    ):
        stopping = time.monotonic()
        await nodes.first.stop()
        await asking.until(nodes.second.owns, within=3, every=0.02)
        print(f"in control after {time.monotonic() - stopping:.2f} s")  # noqa: T201
        async with nodes.calling(Call(number=TALKING, talk=0.3)):
            await seats.until(lambda: seats.answered == 1, within=5)
    assert [call.outcome for call in nodes.reckoning.calls] == [Outcome.ANSWERED]


async def test_any_node_can_be_asked(rig: Rig, tmp_path: Path) -> None:
    """Popups, who waits, commands for seats: the standby has them from the owner."""
    async with two_nodes(rig, tmp_path) as nodes:
        there = nodes.second.api
        login = await there.post("/v1/seats/seat-01/login", json={"agent": "agent-seat-01"})
        assert login.status_code == 200, login.text
        seen: list[dict[str, Any]] = []
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(_listen(nodes.second, seen))
            await asking.until(lambda: _is_heard(nodes.second), within=5, every=0.05)
            async with (
                nodes.seats("seat-01", does=Answer(after=0.1)) as seats,
                nodes.calling(Call(number=TALKING, talk=3)),
            ):
                await seats.until(lambda: seats.answered == 1, within=5)
                await asking.until(lambda: _talks(nodes.second), within=2, every=0.05)
                assert (await there.get("/v1/queue")).json()["items"] == []
            await asking.until(
                lambda: any(each["kind"] == "call.ended" for each in seen), within=5, every=0.05
            )
            listening.cancel()
        kinds = [each["kind"] for each in seen if each["call"]]
        assert kinds == [
            "call.arrived",
            "call.offered",
            "call.ringing",
            "call.answered",
            "call.ended",
        ]
        ticket = next(each["call"]["ticket_number"] for each in seen if each["call"])
        assert (await there.get(f"/v1/tickets/{ticket}")).status_code == 200


async def _talks(node: Served) -> bool:
    live = (await node.api.get("/v1/calls/live")).json()["items"]
    return [call["state"] for call in live] == ["talking"]


async def _listen(node: Served, seen: list[dict[str, Any]]) -> None:
    async for event in node.events():
        seen.append(event)  # noqa: PERF401 - each as it comes


async def _is_heard(node: Served) -> bool:
    text = (await node.api.get("/metrics")).text
    return any(
        line.startswith("sip112_streams{") and line.endswith(" 1.0") for line in text.splitlines()
    )
