"""What owns a centre, in the hands of a test: the link to Asterisk alone, which decides nothing.

For what Asterisk does by itself, and for what an owner must not do but may try.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from rig import Rig, asking
from sip112.ami.link import Link, LinkConfig
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.ids import AgentId, CentreCode, Instant, PbxId, SeatId

PBX: Final = PbxId("pbx1")
RING_S: Final = 3
BEAT_S: Final = 0.5

T = TypeVar("T")


class Owner:
    """An owner of the rig's centre. It hears all that the service hears."""

    def __init__(self, rig: Rig, token: int) -> None:
        self.centre = CentreCode(rig.centre)
        self.token = token
        self.events: list[e.Event] = []
        self.failed: list[e.ActionFailed] = []
        self.last_beat = Instant(0.0)
        """When it last said that it is alive."""
        self.heart: asyncio.Task[None] | None = None
        """Beats, until it is stopped."""
        config = LinkConfig(
            pbx=PBX,
            centre=self.centre,
            host=rig.ami_host,
            port=rig.ami_port,
            username=rig.ami_username,
            secret=rig.ami_secret,
        )
        self.link = Link(config, self._put)

    def _put(self, event: e.Event) -> None:
        self.events.append(event)
        if isinstance(event, e.ActionFailed):
            self.failed.append(event)

    # --- what it does ---------------------------------------------------------------------

    def take_over(self) -> None:
        """Begin to decide, as a desk does after a snapshot."""
        self.beat()
        self.link.send(f.TakeOver(PBX, self.centre, self.token, RING_S, "http://desk.example"))

    def live(self) -> None:
        """Say from now on that it is alive."""
        self.heart = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self.beat()

    async def die(self) -> None:
        """Say no longer that it is alive."""
        assert self.heart is not None
        self.heart.cancel()
        await asyncio.wait([self.heart])

    def beat(self) -> None:
        """Say once that it is alive."""
        self.last_beat = Instant(time.time())
        self.link.send(f.Beat(PBX, self.centre, self.last_beat))

    async def put_on_duty(self, *seats: str) -> None:
        """Log an agent in at each of `seats`, and wait until the queue holds it for us."""
        for seat in seats:
            self.link.send(f.AddMember(PBX, self.centre, SeatId(seat), AgentId(f"at-{seat}")))
        await self.until(lambda: {m.seat for m in self.members(held=True)} >= {*map(SeatId, seats)})

    def pause(self, seat: str, reason: str) -> None:
        """Send the agent of `seat` on a break."""
        self.link.send(f.PauseMember(PBX, self.centre, SeatId(seat), reason))

    def ring(self, call: e.CallArrived, seat: str, *, token: int | None = None) -> None:
        """Ring `seat` for `call`, with our token unless told otherwise."""
        token = self.token if token is None else token
        self.link.send(f.RingSeat(PBX, call.uniqueid, call.channel, SeatId(seat), token))

    # --- what it hears --------------------------------------------------------------------

    def heard(self, kind: type[T]) -> list[T]:
        """Return the events of one kind, in order."""
        return [each for each in self.events if isinstance(each, kind)]

    def members(self, *, held: bool) -> list[e.Member]:
        """Return the queue's members as last heard: those held for us, or those released."""
        last = {each.member.seat: each.member for each in self.heard(e.MemberChanged)}
        if held:
            return [each for each in last.values() if each.paused and each.reason == f.HELD]
        return [each for each in last.values() if not each.paused]

    async def arrival(self, number: str) -> e.CallArrived:
        """Wait for the call from `number`, and return it."""
        found: list[e.CallArrived] = []

        def came() -> bool:
            found[:] = [c for c in self.heard(e.CallArrived) if c.caller.number == number]
            return bool(found)

        await self.until(came)
        return found[0]

    async def until(self, condition: Callable[[], object], *, within: float = 5.0) -> None:
        """Wait until `condition` holds; TimeoutError says what was heard instead."""
        await asking.until(condition, within=within, seen=lambda: self.events[-12:])


@asynccontextmanager
async def owning(rig: Rig, token: int) -> AsyncIterator[Owner]:
    """Own the rig's centre with `token` until the block ends."""
    owner = Owner(rig, token)
    link = asyncio.create_task(owner.link.run())
    try:
        await owner.until(lambda: owner.link.state.up, within=10)
        owner.take_over()
        owner.live()
        yield owner
    finally:
        if owner.heart is not None:
            await owner.die()
        link.cancel()
        await asyncio.wait([link])
