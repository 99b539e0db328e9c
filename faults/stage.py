"""The stage of one scenario: Asterisk, database, service, seats, and callers who keep ringing in.

A scenario breaks something of it and mends it again; then `Stage.settle` has the load end, waits
until everything is well, and settles accounts.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import httpx

from faults import accounts, clock, load, witness
from faults.accounts import Books, Verdict
from faults.disk import small_disk
from faults.gaps import NEVER, Span, without
from faults.proxy import AmiProxy
from faults.setup import ANSWER_S, TALK_S, Setup
from rig import Rig, asking, restart, status
from rig.node import Node, usual
from rig.postgres import PostgresServer
from rig.progress import Stage as Shown
from rig.sipp import Answer, Behaviour, Call, Callers, CallerView, Counts, Seats
from sip112.people.token import new_secret
from sip112.store.store import Store

WARM_S: Final = 3.0
"""Seconds of load before anything is broken."""
COOL_S: Final = 2.0
"""Seconds of load after everything is mended."""
CALLS_END_S: Final = 60.0
HEAL_S: Final = 30.0
CONTROL_S: Final = 3.0
"""Seconds from a start until the service must decide."""
AS_SET: Final = {
    "SIP112_RING_S": "3",
    "SIP112_RETRY_S": "1",
    "SIP112_WRAP_UP_S": "0",
    "SIP112_LOG_CALLERS": "true",
}
"""How a node is set up here, beside where its Asterisk and its database are."""
PHONES_S: Final = 5.0
"""Seconds until an Asterisk that has started knows its phones."""
BRING_UP_S: Final = 40.0
"""Seconds before `Setup.starts_at` at which clocks start."""
COUNTED_S: Final = 1.5
"""Seconds after which SIPp's own count is written."""
SMALL: Final = {"min_wal_size": "32MB", "max_wal_size": "48MB"}
"""Settings of a PostgreSQL on a small disk."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, and what was promised of it."""

    value: float
    goal: float | None = None
    """At most so much."""

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.goal is None or self.value <= self.goal


@dataclass(slots=True)
class Account:
    """What came of a scenario."""

    verdict: Verdict | None = None
    complaints: list[str] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)
    faults: list[tuple[str, float]] = field(default_factory=list)
    """What was broken or mended, and when: seconds since the first caller."""
    rate: float = 0.0
    """Calls a second that were really placed."""
    began: float = 0.0
    """When the first caller rang in, in seconds since 1970."""

    def place_of_gap(self) -> str:
        """Say when the worst gap was, and what had been broken or mended last by then."""
        if self.verdict is None or not self.verdict.gap.seconds:
            return "nobody waited"
        since = self.verdict.gap.since - self.began
        until = since + self.verdict.gap.seconds
        last = [f", {what} at +{at:.1f} s" for what, at in self.faults if at < until]
        return f"from +{since:.1f} s{last[-1] if last else ''}"

    @property
    def survived(self) -> bool:
        """Whether every call is accounted for."""
        return self.verdict is not None and not self.complaints


class Stage:
    """Everything that a scenario stands on, up and under load."""

    def __init__(
        self,
        setup: Setup,
        within: float,
        rig: Rig,
        server: PostgresServer,
        directory: Path,
        dice: Random,
        shown: Shown,
        *,
        short: bool = False,
    ) -> None:
        self.setup = setup
        self.within = within
        """Seconds that what is done here may take."""
        self.rig = rig
        self.server = server
        self.directory = directory
        self.dice = dice
        self.short = short
        self.account = Account()
        self.database = directory.name.replace("-", "_")
        self.seat_names = rig.seat_names[: self.setup.seats]
        """Those with phone and agent from the beginning."""
        self.spare_names = rig.seat_names[self.setup.seats :][: self.setup.spare]
        self.clock = clock.Clock(directory / "clock")
        """The service's."""
        self.pbx_clock = clock.of_asterisk(rig)
        self.tables: witness.Tables
        self.nodes: list[Node] = []
        self.node: Node
        """The only one, or the one that was started last."""
        self.proxy = AmiProxy(rig.ami_host, rig.ami_port, Random(dice.random()))  # noqa: S311 - to be drawn again
        self.callers: Callers
        self._token = new_secret()
        self._token_before = 0
        self._shown = shown
        self._phones: list[tuple[Seats, float]] = []
        """Phones, and when they were gone (0 for never)."""
        self._off_duty: dict[str, list[Span]] = {}
        self._down: list[Span] = []
        self._jumps: list[float] = []
        self._together: list[Span] = []
        self._counts: list[Counts] = []
        self._views: list[CallerView] = []
        self._plan: Sequence[Call] = ()

    # --- what a scenario does ---------------------------------------------------------------

    def times(self, many: int, few: int) -> int:
        """Return how often something is to be done: `few` in the short form."""
        return few if self.short else many

    async def hold(self, seconds: float, what: str = "") -> None:
        """Let the load run on for so long."""
        if what:
            self.say(what)
        await asyncio.sleep(seconds)

    def say(self, what: str) -> None:
        """Show what is being done."""
        self._shown.say(what)

    def mark(self, what: str) -> float:
        """Note that something is broken or mended at this instant, and return the instant."""
        now = time.time()
        self.account.faults.append((what, round(now - self.account.began, 2)))
        self.say(what)
        return now

    def figure(self, name: str, value: float, goal: float | None = None) -> None:
        """Keep a figure; of several of one name, the largest."""
        known = self.account.figures.get(name)
        if known is None or value > known.value:
            self.account.figures[name] = Figure(round(value, 3), goal)

    def complain(self, what: str) -> None:
        """Say that something is not as it must be."""
        self.account.complaints.append(what)

    def pbx_died(self, at: float) -> None:
        """Note that Asterisk died at `at`, with all of its calls."""
        self._down.append((at, NEVER))

    def pbx_is_back(self) -> None:
        """Note that Asterisk takes calls again."""
        (since, _) = self._down.pop()
        self._down.append((since, time.time()))
        # until it has asked them, its phones count as gone, and callers go on to all seats
        self.rang_together(since, time.time() + PHONES_S)

    def rang_together(self, since: float, until: float) -> None:
        """Note that meanwhile all phones may have rung for one caller."""
        self._together.append((since, until))

    def pbx_clock_jumped(self, at: float) -> None:
        """Note that Asterisk's clock was set at `at`."""
        self._jumps.append(at)

    async def since(
        self, instant: float, name: str, goal: float, condition: Any, every: float = 0.02
    ) -> None:
        """Wait until `condition` holds, and keep how long after `instant` that was."""
        await asking.until(condition, within=HEAL_S, every=every, seen=self.node.tail)
        self.figure(name, time.time() - instant, goal)

    async def start_again(self, turn: int) -> float:
        """Start the node, wait for nothing, and return when that was."""
        self._token_before = await self._owners_token()
        began = time.time()
        await self.node.spawn()
        self.mark(f"started {turn}")
        return began

    async def until_it_decides(self, began: float) -> None:
        """Wait until Asterisk knows the node, started at `began`, as the new owner."""

        async def is_owner() -> bool:
            return await self._owners_token() > self._token_before

        await self.since(began, "control_s", CONTROL_S, is_owner, every=0.1)

    async def _owners_token(self) -> int:
        """Return the newest owner's token, as Asterisk has it: a service says it as it decides."""
        there = await asking.variables(self.rig)
        return int(there.get(f"SIP112_OWNER_{self.rig.centre}") or 0)

    @asynccontextmanager
    async def phones(self, *names: str, does: Behaviour) -> AsyncIterator[Seats]:
        """Plug in phones; at the end of the block they are gone."""
        async with Seats(self.rig, names, does) as seats:
            self._phones.append((seats, 0.0))
            yield seats

    async def vanish(self, seats: Seats) -> None:
        """Have phones be gone at once."""
        self.off_duty(*seats.names)
        await seats.vanish()
        place = next(n for n, (its, _) in enumerate(self._phones) if its is seats)
        self._phones[place] = (seats, time.time())

    def off_duty(self, *seats: str) -> None:
        """Note that nobody is ready at `seats` from now on."""
        for seat in seats:
            self._off_duty.setdefault(seat, []).append((time.time(), NEVER))

    def on_duty(self, *seats: str) -> None:
        """Note that somebody is ready again at `seats`."""
        for seat in seats:
            (since, _) = self._off_duty[seat].pop()
            self._off_duty[seat].append((since, time.time()))

    async def is_in_charge(self) -> bool:
        """Tell whether the service routes calls, whatever its store does."""
        return any([await node.owns() for node in self.nodes])

    async def has_lost_link(self) -> bool:
        """Tell whether the service knows that it has no link to Asterisk."""
        return not await self.node.holds("link")

    async def is_written(self) -> bool:
        """Tell whether the store keeps up: nothing waits for longer than writing takes."""
        try:
            return (await self.node.metrics())["sip112_store_oldest_pending_seconds"] < 1
        except httpx.HTTPError:
            return False

    def ring_times(self, since: float, until: float) -> list[float]:
        """Return the seconds from dialling to a seat's ringing, of who dialled in a time."""
        rang: dict[str, float] = {}
        for seats, _ in self._phones:
            for invite in seats.invites:
                rang[invite.number] = min(invite.at, rang.get(invite.number, invite.at))
        return [
            rang[view.call.number] - view.dialled_at
            for view in self.callers.views
            if since <= view.dialled_at <= until and view.call.number in rang
        ]

    def compare_ring_times(self, fault: float, mended: float) -> None:
        """Keep the median of arrival to ring during a fault, by that of before."""
        before = self.ring_times(self.account.began, fault)
        during = self.ring_times(fault, mended)
        if before and during:
            self.figure("ring_ms_before", 1000 * median(before))
            self.figure("ring_ms_during", 1000 * median(during))
            self.figure("ring_ratio", median(during) / median(before), 1.1)

    async def cut_off_callers(self) -> None:
        """End the callers in the middle of their calls, which a dead Asterisk has left."""
        await asyncio.sleep(COUNTED_S)
        self._counts.append(await self.callers.cut_off())
        self._views += self.callers.views

    async def call_again(self) -> None:
        """Have others ring in, in the same intervals as the first."""
        await self._cut_off()
        half = load.MOST // 2
        await self._call(
            [replace(each, number=f"{int(each.number) + half:011d}") for each in self._plan]
        )

    # --- its life ------------------------------------------------------------------------------

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Bring everything up, have callers ring in, and take all down at the end."""
        async with AsyncExitStack() as stack:
            self.say("bringing up")
            await self._set_clocks(stack)
            await asking.forget_everything(self.rig, self.rig.seat_names)
            await self._make_database(stack)
            await stack.enter_async_context(self.proxy)
            for number in range(1, self.setup.nodes + 1):
                self.node = self._make_node(f"node-{number}")
                self.nodes.append(self.node)
                stack.push_async_callback(self.node.close)
                await self.node.start()
            behaviour = Answer(after=ANSWER_S, talk=TALK_S)
            await stack.enter_async_context(self.phones(*self.seat_names, does=behaviour))
            await self.node.log_in(*self.seat_names)
            await asking.until(self._all_ready, within=HEAL_S, every=0.05, seen=self.node.tail)
            if self.setup.starts_at:
                await asyncio.sleep(self.setup.starts_at - self.pbx_clock.now())
            await self._call(load.calls(self.dice, self._callers_wanted()))
            stack.push_async_callback(self._cut_off)
            self.account.began = time.time()
            self.off_duty(*self.spare_names)
            await self.hold(WARM_S, "under load")
            yield

    async def mend(self) -> None:
        """Mend whatever a scenario that went wrong has left broken."""
        self.proxy.mend()
        if self.server.running:
            self.server.signal(signal.SIGCONT)
        else:
            await asyncio.to_thread(self.server.start)
        if status(self.rig.dir) is None:
            await asyncio.to_thread(restart, self.rig.dir)
        for node in self.nodes:
            if node.is_running:
                node.thaw()
            else:
                await node.start()

    async def settle(self) -> None:
        """Have the load end, wait until everything is well, and settle accounts."""
        await self.hold(COOL_S, "settling")
        await self._calls_over()
        await self._heals("the node is not ready", self._is_ready, HEAL_S)
        await self._heals(
            "channels are left in Asterisk", lambda: _none(asking.channels(self.rig)), 15
        )
        await self._heals("calls are in progress still", self._no_calls, 15)
        await self._heals("entries wait to be written", self._all_written, 15)
        await self._heals("notes are left in AstDB", lambda: _none(asking.notes(self.rig)), 15)
        for node in self.nodes:
            await self._look_back(node)
        await self._reckon()

    # --- the parts -------------------------------------------------------------------------------

    async def _set_clocks(self, stack: AsyncExitStack) -> None:
        """Start Asterisk anew with a clock of its own, if the scenario wants one."""
        starts_at = self.setup.starts_at
        offset = starts_at - BRING_UP_S - time.time() if starts_at else 0.0
        self.clock.set(offset)
        if not self.setup.pbx_clock:
            return
        self.pbx_clock.set(offset)
        stack.push_async_callback(asyncio.to_thread, restart, self.rig.dir)
        environment = self.pbx_clock.environment()
        await asyncio.to_thread(restart, self.rig.dir, environment=environment)

    def _make_node(self, name: str) -> Node:
        seats = (*self.seat_names, *self.spare_names)
        settings = usual(self.rig, self.server.url(self.database), seats=seats) | AS_SET
        settings["SIP112_NODE"] = name
        if self.setup.proxy:
            settings["SIP112_AMI_PORT"] = str(self.proxy.port)
        if self.setup.clock:
            settings |= self.clock.environment()
        log = self.directory / f"{name}.log"
        return Node(settings, log, token=self._token, command=self.setup.command)

    def _callers_wanted(self) -> int:
        """Return how many callers are enough for as long as the scenario may take."""
        return round(self.setup.rate * (self.within + WARM_S + COOL_S))

    async def _call(self, calls: Sequence[Call]) -> None:
        self._plan = calls
        self.callers = Callers(self.rig, calls, rate=self.setup.rate)
        await self.callers.__aenter__()

    async def _cut_off(self) -> None:
        await self.callers.__aexit__(None, None, None)

    async def _make_database(self, stack: AsyncExitStack) -> None:
        """Make a database without rows, on a disk of its own if the scenario wants one."""
        if self.setup.disk_mb:
            place = self.directory / "disk"
            stack.enter_context(small_disk(place, self.setup.disk_mb))
            self.server = PostgresServer(place, SMALL)
            await asyncio.to_thread(self.server.initialise)
            await asyncio.to_thread(self.server.start)
            stack.callback(self.server.stop, signal.SIGQUIT)
        self.tables = witness.Tables(self.server.url(self.database), self.rig.centre)
        admin = witness.Tables(self.server.url(), "")
        await admin.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {self.database}")
        store = Store(self.server.url(self.database))
        try:
            await store.migrate()
        finally:
            await store.close()

    async def _look_back(self, node: Node) -> None:
        """Hold a node to what it says of itself, and stop it."""
        metrics = await node.metrics()
        for name in ("sip112_store_lost_total", "sip112_store_underived_total"):
            if metrics[name]:
                self.complain(f"{name} is {metrics[name]:.0f}")
        faults = node.faults()
        if faults and not self.setup.raises:
            self.complain(f"{len(faults)} faults of its own in {node.log}: {faults[0][:200]}")
        self.figure("stop_s", await node.stop())

    async def _all_ready(self) -> bool:
        seats = (await self.node.get("/v1/seats"))["items"]
        return all(seat["state"] == "ready" for seat in seats if seat["id"] in self.seat_names)

    async def _is_ready(self) -> bool:
        return (await self.node.readiness())[0]

    async def _no_calls(self) -> bool:
        return not (await self.node.get("/v1/calls/live"))["items"]

    async def _all_written(self) -> bool:
        return not (await self.node.metrics())["sip112_store_pending"]

    async def _heals(self, otherwise: str, condition: Any, within: float) -> bool:
        """Wait until `condition` holds; that it does not is a complaint."""

        async def holds() -> bool:
            try:
                held = condition()
                return bool(await held if isawaitable(held) else held)
            except httpx.HTTPError:
                return False

        try:
            await asking.until(holds, within=within, every=0.1)
        except TimeoutError:
            self.complain(f"{otherwise} {within:g} s after the load")
            return False
        return True

    async def _calls_over(self) -> None:
        """Have nobody else dial, and wait until all calls but those of a dead Asterisk end."""
        self.callers.stop()
        stopped = time.monotonic()
        orphans: list[CallerView] = []

        def over() -> bool:
            going = [v for v in self.callers.views if v.dialled_at and not v.ended_at]
            orphans[:] = [v for v in going if self._is_orphan(v)]
            return time.monotonic() - stopped > COUNTED_S and len(orphans) == len(going)

        all_over = await self._heals("callers are left", over, CALLS_END_S)
        left = orphans or not all_over
        counts = await (self.callers.cut_off() if left else self.callers.finish(within=10))
        if counts.failed and not self._down:
            self.complain(f"{counts.failed} calls failed by SIPp's count")
        await self._heals("seats' phones are in a call", self._phones_idle, 10)

    def _is_orphan(self, view: CallerView) -> bool:
        heard = witness.caller(view).heard_at
        return any(0 < heard <= death for death, _ in self._down)

    def _phones_idle(self) -> bool:
        last = max((death for death, _ in self._down), default=0.0)
        return all(
            ring.ended_at or ring.at < last
            for seats, gone_at in self._phones
            for ring in (witness.ringing(invite, gone_at) for invite in seats.invites)
        )

    async def _reckon(self) -> None:
        over = time.time()
        views = [*self._views, *self.callers.views]
        counts = sum((*self._counts, self.callers.counts), Counts())
        number, seconds = witness.with_seconds(views)
        self.account.rate = round(number / seconds, 1) if seconds else 0.0
        verdict = accounts.settle(
            Books(
                created=counts.created,
                callers=[witness.caller(view) for view in views if view.dialled_at],
                rings=[
                    witness.ringing(invite, gone_at)
                    for seats, gone_at in self._phones
                    for invite in seats.invites
                ],
                entries=await self.tables.entries(),
                tickets=await self.tables.tickets(),
                over=over,
                down=self._down,
                jumps=self._jumps,
                together=self._together,
                on_duty={
                    seat: without([(self.account.began, over)], self._off_duty.get(seat, ()))
                    for seat in (*self.seat_names, *self.spare_names)
                },
            )
        )
        self.account.verdict = verdict
        self.account.complaints += verdict.complaints
        if untidy := await self.tables.untidy():
            self.complain(f"not one arrival and one end in the journal: {', '.join(untidy[:3])}")
        if verdict.gap.seconds > self.setup.gap_s:
            self.complain(
                f"{verdict.gap.number} waited {verdict.gap.seconds:.1f} s with a seat free"
            )


async def _none(found: Awaitable[Iterable[object]]) -> bool:
    return not list(await found)
