"""Which Asterisks can call a number outside."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Self

import pytest

from sip112.ami.link import Link
from sip112.ami.originate import Originator
from sip112.api.ports import PbxAway
from sip112.routing.ids import PbxId
from sip112.service.outside import ways_to
from tests.link.fake_ami import PBX, FakeAmi, config, nothing, running, until

NUMBER = "08125550101"
ALLOWED = {f"DIALPLAN_EXISTS(sip112-outside,{NUMBER},1)": "1"}
SECOND = PbxId("pbx2")


class Two:
    """Two Asterisks, with a link to each, and somebody who may start calls."""

    def __init__(self) -> None:
        self.amis = {PBX: FakeAmi(), SECOND: FakeAmi()}
        self.links: dict[PbxId, Link] = {}
        self.originators: dict[PbxId, Originator] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for pbx, ami in self.amis.items():
            await self._stack.enter_async_context(ami)
            link, _ = await self._stack.enter_async_context(running(ami, pbx=pbx))
            self.links[pbx] = link
            self.originators[pbx] = Originator(config(ami, pbx=pbx), lambda *_: None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def ways(self) -> tuple[PbxId, ...]:
        """Return those that can call the number."""
        return await ways_to(NUMBER, self.links, self.originators)


async def test_each_is_asked_for_the_number() -> None:
    """In the context that is the administrator's."""
    async with Two() as two:
        assert await two.ways() == ()
        two.amis[SECOND].variables = ALLOWED
        assert await two.ways() == (SECOND,)
        two.amis[PBX].variables = ALLOWED
        assert await two.ways() == (PBX, SECOND)


async def test_where_nobody_may_start_calls_none_is_started() -> None:
    """Nor is it asked whether one could be."""
    async with Two() as two:
        for pbx, ami in two.amis.items():
            ami.variables = ALLOWED
            two.originators[pbx] = Originator(config(ami, secret=""), lambda *_: None)
        assert await two.ways() == ()
        assert not any("DIALPLAN" in each.get("Variable", "") for each in two.amis[PBX].actions)


async def test_one_that_is_away_is_left_out() -> None:
    """All of them: then it is not known."""
    async with Two() as two:
        two.amis[SECOND].variables = ALLOWED
        await two.amis[PBX].stop()
        await until(lambda: not two.links[PBX].state.up)
        assert await two.ways() == (SECOND,)
        await two.amis[SECOND].stop()
        await until(lambda: not two.links[SECOND].state.up)
        with pytest.raises(PbxAway):
            await two.ways()


async def test_one_that_does_not_answer_is_waited_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And then left out."""
    monkeypatch.setattr("sip112.service.outside._WITHIN_S", 0.1)
    async with Two() as two:
        two.amis[SECOND].variables = ALLOWED
        two.amis[PBX].on["Getvar"] = nothing
        assert await two.ways() == (SECOND,)


async def test_a_fault_of_ours_is_not_taken_for_one_of_asterisks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told as one."""
    async with Two() as two:

        async def fails(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(two.links[PBX], "request", fails)
        with pytest.raises(ZeroDivisionError):
            await two.ways()
