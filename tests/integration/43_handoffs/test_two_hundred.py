"""Two hundred tickets to five agencies whose systems fail by chance, and a service that is killed.

Each message comes, is taken once by its key, and in its order; no call is lost meanwhile.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.engine import make_url

from bench.agency import keep
from bench.child import child
from bench.poster import BARE
from rig import Rig, asking
from rig.sipp import Answer, Call
from sip112.dispatch.handoff import MessageKind, Step
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.outbox import MessageState, OutboxItem
from sip112.routing.call import Outcome
from sip112.routing.ids import CentreCode, Instant
from tests.handoff.receiver import Manner, Receiver
from tests.integration.agencies import KINDS, AgencySystem, Dispatcher, agencies
from tests.integration.centre import stored_tickets
from tests.integration.served import Served, served

SEED: Final = 112
SEATS: Final = tuple(f"seat-{n:02d}" for n in range(1, 11))
TICKETS: Final = 200
QUIET: Final = 40
"""Tickets that are handed off while all is well, of which the time is taken."""
WARM_UP: Final = 2 * len(KINDS)
"""Of those the first, which find no connection yet and do not count."""
AT_ONCE: Final = 6
TWICE, CHANGED, CANCELLED = 0.25, 0.3, 0.15
"""With which chance a ticket is handed off twice, or is changed, and a handoff is cancelled."""
WITHIN_S: Final = 90.0


async def test_every_message_is_taken_once_and_in_order(rig: Rig, tmp_path: Path) -> None:
    """With failures of every kind, each system down for a while, and kill -9 in the middle."""
    calls = [Call(number=f"0812555{n:04d}") for n in range(TICKETS)]
    async with (
        served(
            rig, tmp_path, seats="seat-01..seat-10", handoff_private_networks="127.0.0.0/8"
        ) as service,
        agencies(service.api, SEED) as systems,
        service.seats(*SEATS, does=Answer(after=0.1, talk=0.3)),
    ):
        began = time.monotonic()
        async with service.calling(*calls[:QUIET]):
            pass
        proof = _Proof(service, systems)
        await proof.while_all_is_well(await proof.tickets(QUIET))
        print(f"the quiet part took {time.monotonic() - began:.1f} s")  # noqa: T201
        for system in systems:
            system.misbehaves = True
        async with service.calling(*calls[QUIET:], within=60), asyncio.TaskGroup() as group:
            group.create_task(proof.while_all_fails())
            group.create_task(proof.kill())
            for n, system in enumerate(systems, 1):
                group.create_task(proof.goes_down(system, n))
        for system in systems:
            system.receiver.goes_on.set()
        await proof.until_all_is_told()
        print(f"all is told after {time.monotonic() - began:.1f} s")  # noqa: T201
        await proof.settle()
        assert service.faults() == []
    assert len(service.reckoning.calls) == TICKETS
    assert {call.outcome for call in service.reckoning.calls} == {Outcome.ANSWERED}


class _Proof:
    """What is asked of the service, and what must have come of it."""

    def __init__(self, service: Served, systems: Sequence[AgencySystem]) -> None:
        self._service = service
        self._systems = {each.code: each for each in systems}
        self._dispatcher = Dispatcher(service.api, AT_ONCE)
        self._centre = CentreCode(service.settings.centre)
        self._handoffs: dict[str, str] = {}
        """Agency of each handoff."""
        self._handed: list[str] = []
        """Tickets that were handed off to all."""
        self._cancelled: set[str] = set()
        self._acting: set[str] = set()
        self._waiting: list[OutboxItem] = []

    # --- what is asked ------------------------------------------------------------------------

    async def tickets(self, count: int) -> list[str]:
        """Return the numbers of all tickets, once there are so many."""
        found: list[str] = []

        async def are_there() -> bool:
            found[:] = [
                each.number for each in await stored_tickets(self._service.store, self._centre)
            ]
            return len(found) >= count

        await asking.until(are_there, within=60, every=0.3, seen=lambda: len(found))
        return found

    async def while_all_is_well(self, tickets: Sequence[str]) -> None:
        """Hand off one ticket after the other, and compare with as many bare POSTs.

        Both are posted by processes that do not receive them, and commits are seen by a third.
        """
        came: dict[str, tuple[str, float]] = {}
        """By the key of each message, its handoff and when it came."""
        database = make_url(self._service.settings.database_url).database or ""
        with TemporaryDirectory() as kept:
            async with (
                Receiver() as there,
                child("bench.poster", there.url, kept) as poster,
                child("bench.saved", database) as saved,
            ):
                plain = AgencySystem("bare", there, "")
                for ticket, code in zip(tickets, cycle(self._systems), strict=False):
                    others = [each for each in self._systems if each != code]
                    handoff = (await self._hand_off(ticket, [code]))[code]
                    system = self._systems[code]
                    key = await system.until_came(handoff, MessageKind.REQUEST, 10)
                    came[key] = handoff, system.came_at[key]
                    await self._hand_off(ticket, others)
                    await asking.until(lambda t=ticket: self._is_with_all(t), within=10)  # type: ignore[misc]
                    taken = system.receiver.taken[key]
                    keep(Path(kept), taken.headers, taken.body)
                    poster.tell(f"{key}\n")
                    await there.until(lambda _, one=key: BARE + one in plain.came_at, 10)  # type: ignore[misc]
                    self._handed.append(ticket)
        counted = list(came.items())[WARM_UP:]
        ours = [at - saved.found[handoff] for _, (handoff, at) in counted]
        bare = [plain.came_at[BARE + key] - poster.found[key] for key, _ in counted]
        ratio = statistics.median(ours) / statistics.median(bare)
        print(  # noqa: T201
            f"\nticket saved -> webhook received: {_figures(ours)}, {ratio:.2f} times a bare POST:"
            f" {_figures(bare)}"
        )

    async def _is_with_all(self, ticket: str) -> bool:
        answer = await self._dispatcher.ask("GET", f"/v1/tickets/{ticket}/handoffs")
        steps = [each["step"] for each in answer.json()["items"]]
        return steps == ["delivered"] * len(KINDS)

    async def while_all_fails(self) -> None:
        """Hand off the other tickets as they come, change some, and cancel some."""
        chance = Random(SEED)  # noqa: S311 - a game of chance that can be played again
        begun = set(self._handed)
        async with asyncio.TaskGroup() as group:
            while len(begun) < TICKETS:
                for ticket in await self.tickets(len(begun) + 1):
                    if ticket not in begun:
                        begun.add(ticket)
                        group.create_task(self._one(ticket, Random(chance.random())))  # noqa: S311

    async def _one(self, ticket: str, chance: Random) -> None:
        handoffs = await self._hand_off(ticket, list(self._systems), twice=chance.random() < TWICE)
        self._handed.append(ticket)
        acting = chance.sample(list(self._systems), 2) if chance.random() < CHANGED else []
        for code in acting:
            await self._dispatcher.say(handoffs[code], "accepted")
            self._acting.add(handoffs[code])
        if acting:
            await self._dispatcher.change(ticket, address=f"Jalan Contoh {chance.randrange(100)}")
        for code, handoff in handoffs.items():
            if chance.random() < CANCELLED:
                if code in acting:  # and is told of the change before
                    update = MessageKind.UPDATE
                    await self._systems[code].until_came(handoff, update, WITHIN_S)
                await self._dispatcher.say(handoff, "cancelled", "Was another one's")
                self._cancelled.add(handoff)

    async def _hand_off(
        self, ticket: str, codes: Sequence[str], *, twice: bool = False
    ) -> dict[str, str]:
        key = str(uuid4())
        asked = [self._dispatcher.hand_off(ticket, codes, key) for _ in range(1 + twice)]
        handoffs, *again = await asyncio.gather(*asked)
        assert all(each == handoffs for each in again), "handed off twice under one key"
        self._handoffs |= {handoff: code for code, handoff in handoffs.items()}
        return handoffs

    async def kill(self) -> None:
        """Kill the service while it carries messages and calls, and start it again."""
        await self._until_handed(QUIET + (TICKETS - QUIET) // 2)
        killed = await self._service.kill()
        await self._service.start()
        print(f"killed, and in control again after {time.monotonic() - killed:.1f} s")  # noqa: T201

    async def goes_down(self, system: AgencySystem, n: int) -> None:
        """Have a system be down while some tickets are handed off, the five at different times."""
        await self._until_handed(QUIET + 15 * n)
        await system.receiver.down()
        await self._until_handed(QUIET + 15 * n + 25)
        await system.receiver.up()

    async def _until_handed(self, count: int) -> None:
        await asking.until(
            lambda: len(self._handed) >= count, within=WITHIN_S, seen=lambda: len(self._handed)
        )

    # --- what must have come of it ------------------------------------------------------------

    async def until_all_is_told(self) -> None:
        """Return when nothing waits in the outbox any more."""
        await asking.until(
            self._is_all_told, within=WITHIN_S, every=0.5, seen=lambda: self._waiting
        )

    async def _is_all_told(self) -> bool:
        for_ever = Instant(time.time() + 10 * WITHIN_S)
        self._waiting = await self._service.store.outbox.ready(self._centre, for_ever, 10)
        return not self._waiting

    async def settle(self) -> None:
        """Hold what the agencies have to what the service says, message by message."""
        assert len(self._handoffs) == TICKETS * len(KINDS)
        store, tried, told, updates = self._service.store, 0, 0, 0
        taken = {code: system.taken() for code, system in self._systems.items()}
        assert {each for some in taken.values() for each in some} == set(self._handoffs)
        kept = await store.handoffs.page(self._centre, limit=len(self._handoffs) + 1)
        assert {str(each.id) for each in kept} == set(self._handoffs)
        assert not [each for each in kept if each.step in {Step.QUEUED, Step.SENT}]
        for handoff, code in self._handoffs.items():
            items = await store.outbox.of_handoff(self._centre, _id(handoff))
            assert {item.state for item in items} <= {
                MessageState.DELIVERED,
                MessageState.WITHDRAWN,
            }
            delivered = [item for item in items if item.state is MessageState.DELIVERED]
            had = taken[code][handoff]
            assert [key for _, key in had] == [str(item.id) for item in delivered]
            kinds = [kind for kind, _ in had]
            assert kinds == sorted(kinds, key=list(MessageKind).index), "not in order"
            assert kinds.count(MessageKind.REQUEST) == 1
            assert kinds.count(MessageKind.CANCEL) == (handoff in self._cancelled)
            if handoff in self._acting and handoff not in self._cancelled:
                assert MessageKind.UPDATE in kinds, "an agency that acts does not know of a change"
            told, updates = told + len(had), updates + kinds.count(MessageKind.UPDATE)
        for system in self._systems.values():
            receiver = system.receiver
            assert all(request.is_signed for request in receiver.requests)
            bodies = defaultdict(set)
            for request in receiver.requests:
                bodies[request.key].add(request.body)
                assert request.headers["idempotency-key"] == request.key
            assert all(len(each) == 1 for each in bodies.values()), "not the same words again"
            assert bodies.keys() == receiver.taken.keys()
            tried += len(receiver.requests)
        manners = sum((system.manners for system in self._systems.values()), Counter[Manner]())
        print(  # noqa: T201
            f"{len(self._handoffs)} handoffs, {told} messages ({updates} updates,"
            f" {len(self._cancelled)} cancellations) in {tried} requests;"
            f" {self._dispatcher.asked_again} times the service did not answer;"
            f" answered {', '.join(f'{each} {count}' for each, count in manners.most_common())}"
        )


def _figures(seconds: Sequence[float]) -> str:
    median, high = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
    return f"median {median * 1000:.2f} ms, p99 {high * 1000:.2f} ms"


def _id(handoff: str) -> HandoffId:
    return HandoffId(UUID(handoff))
