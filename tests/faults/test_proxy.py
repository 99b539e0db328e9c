"""The AMI proxy, between a plain server that plays Asterisk and a plain client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Final

import pytest

from faults.proxy import BOTH, AmiProxy, Way, is_live_event
from rig.asking import until

GREETING: Final = b"Asterisk Call Manager/11.0.0\r\n"
LOGIN: Final = b"Response: Success\r\nActionID: 1\r\n\r\n"
EVENT: Final = b"Event: DialBegin\r\nUniqueid: 1.1\r\n\r\n"
LISTED: Final = b"Event: QueueMember\r\nActionID: 2\r\n\r\n"
SOON_S: Final = 5.0
QUIET_S: Final = 0.1
"""What has not come by then was not sent: on loopback it takes a millisecond."""


class Ends:
    """Both ends of one connection through the proxy."""

    def __init__(self, proxy: AmiProxy) -> None:
        self.proxy = proxy
        self.asterisk: asyncio.StreamWriter
        self.heard_by_asterisk: asyncio.StreamReader
        self.service: asyncio.StreamReader
        self.from_service: asyncio.StreamWriter

    def say(self, *messages: bytes) -> None:
        """Have Asterisk say something."""
        self.asterisk.write(b"".join(messages))

    async def hear(self) -> bytes:
        """Return the next message that the service gets."""
        async with asyncio.timeout(SOON_S):
            return await self.service.readuntil(b"\r\n\r\n")

    async def is_quiet(self) -> bool:
        """Tell whether nothing comes to the service for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                await self.service.read(1)
                return False
        return True


@asynccontextmanager
async def connected() -> AsyncIterator[Ends]:
    """Give two ends that are connected and logged in."""
    accepted: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    server = await asyncio.start_server(lambda *pair: accepted.append(pair), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with AmiProxy("127.0.0.1", port, Random(1)) as proxy:  # noqa: S311 - repeatable
        ends = Ends(proxy)
        ends.service, ends.from_service = await asyncio.open_connection("127.0.0.1", proxy.port)
        await until(lambda: accepted, within=SOON_S)
        ends.heard_by_asterisk, ends.asterisk = accepted[0]
        try:
            ends.say(GREETING, LOGIN)
            assert await ends.service.readline() == GREETING
            assert await ends.hear() == LOGIN
            yield ends
        finally:
            for writer in (ends.from_service, *(each for _, each in accepted)):
                writer.close()
            server.close()


async def test_it_passes_everything_on() -> None:
    """In both directions, byte by byte, wherever the pieces are cut."""
    async with connected() as ends:
        ends.from_service.write(b"Action: Ping\r\n\r\n")
        async with asyncio.timeout(SOON_S):
            assert await ends.heard_by_asterisk.readuntil(b"\r\n\r\n") == b"Action: Ping\r\n\r\n"
        for byte in EVENT:
            ends.say(bytes([byte]))
            await ends.asterisk.drain()
            await asyncio.sleep(0)
        ends.say(LISTED)
        assert [await ends.hear(), await ends.hear()] == [EVENT, LISTED]


async def test_it_loses_whole_events_and_nothing_else() -> None:
    """What answers an action comes through, also where it looks like an event."""
    async with connected() as ends:
        ends.proxy.loss = 1.0
        ends.say(EVENT, LOGIN, EVENT, LISTED)
        assert [await ends.hear(), await ends.hear()] == [LOGIN, LISTED]
        assert await ends.is_quiet()
        assert ends.proxy.told["lost"] == 2


async def test_it_loses_a_share() -> None:
    """A tenth is about a tenth."""
    async with connected() as ends:
        ends.proxy.loss = 0.1
        ends.say(*[EVENT] * 2000, LISTED)
        while await ends.hear() != LISTED:
            pass
        assert 120 < ends.proxy.told["lost"] < 280
        assert ends.proxy.told["lost"] + ends.proxy.told["passed"] == 2000


async def test_it_doubles_events() -> None:
    """Each comes twice in a row; what answers an action does not."""
    async with connected() as ends:
        ends.proxy.doubled = True
        ends.say(EVENT, LISTED)
        assert [await ends.hear() for _ in range(3)] == [EVENT, EVENT, LISTED]


async def test_it_adds_whole_events() -> None:
    """Among those of Asterisk, none of which is torn."""
    async with connected() as ends:
        ends.proxy.flood = 2000
        kinds = set()
        for _ in range(300):
            message = await ends.hear()
            assert is_live_event(message)
            kinds.add(message.partition(b"\r\n")[0])
        assert len(kinds) == 4
        ends.proxy.flood = 0
        ends.say(LISTED)
        while await ends.hear() != LISTED:
            pass


@pytest.mark.parametrize("ways", [{Way.SERVICE}, {Way.ASTERISK}, BOTH])
async def test_it_stalls(ways: set[Way]) -> None:
    """What goes one way waits, what goes the other does not; then all of it comes."""
    async with connected() as ends:
        ends.proxy.stall(*ways)
        ends.say(EVENT)
        ends.from_service.write(b"Action: Ping\r\n\r\n")
        assert await ends.is_quiet() is (Way.SERVICE in ways)
        asked = asyncio.create_task(ends.heard_by_asterisk.readuntil(b"\r\n\r\n"))
        await asyncio.wait([asked], timeout=QUIET_S)
        assert asked.done() is (Way.ASTERISK not in ways)
        ends.proxy.flow()
        async with asyncio.timeout(SOON_S):
            await asked
        if Way.SERVICE in ways:
            assert await ends.hear() == EVENT


async def test_it_cuts() -> None:
    """Both ends notice; whoever comes meanwhile is sent away, and later is welcome."""
    async with connected() as ends:
        ends.proxy.refusing = True
        ends.proxy.cut()
        for reader in (ends.service, ends.heard_by_asterisk):
            async with asyncio.timeout(SOON_S):
                with suppress(ConnectionError):
                    assert await reader.read() == b""
        reader, writer = await asyncio.open_connection("127.0.0.1", ends.proxy.port)
        async with asyncio.timeout(SOON_S):
            with suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
        ends.proxy.refusing = False
        _, writer = await asyncio.open_connection("127.0.0.1", ends.proxy.port)
        await until(lambda: ends.proxy.told["connections"] == 2, within=SOON_S)
        writer.close()
        await writer.wait_closed()
