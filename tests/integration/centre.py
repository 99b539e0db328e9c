"""A 112 centre for one scenario: the service in this process, on one real Asterisk or on a pair.

`opened` starts the service on an empty store and, when the scenario is over, holds it to
what must be true after every one: SIPp's counts, the store and Asterisk agree, and nothing
is left behind (`Centre.settle`).
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import SecretStr

from rig import Rig, asking
from rig.pair import Pair
from rig.sipp import Behaviour, Call, Callers, Counts, Seats
from rig.sipp import Outcome as RigOutcome
from sip112.ami.link import Link
from sip112.people.roles import Scope
from sip112.people.token import digest
from sip112.routing import effects as f
from sip112.routing.call import Call as StoredCall
from sip112.routing.call import CallState, Outcome
from sip112.routing.desk import Desk
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import CallId, CentreCode, PbxId, SeatId, Seq
from sip112.routing.pad import Sight
from sip112.routing.seat import Seat, SeatState
from sip112.routing.ticket import TicketRecord
from sip112.service.node import Node
from sip112.service.settings import PbxSettings, Settings, TokenSettings, load
from sip112.service.tenure import Tenure
from sip112.store.store import Store
from tests.integration.recording import Recording

TOKEN: Final = "sip112_scenario"
PUBLIC_URL: Final = "http://desk.example:8112"
EVENTS_PER_CALL: Final = 10
"""AMI events that a call may cost, and each further seat that it is offered to."""
EVENTS_PER_PHONE: Final = 4
"""AMI events for a phone that comes and goes, beside calls."""
RESYNC_S: Final = 1.5
"""Between snapshots, where a scenario is recorded: so that a recording holds some."""
_OF_CALLS: Final = ("UserEvent", "DialBegin", "DialEnd", "QueueCallerJoin", "QueueMemberStatus")
_A_LOT: Final = 10_000


def settings(front: Rig | Pair, database: str, **more: Any) -> Settings:
    """Return settings for `front`: short times, four seats, and a token for the API."""
    token = TokenSettings(name="scenario", digest=digest(TOKEN), scopes=frozenset({Scope.ADMIN}))
    usual: dict[str, Any] = {
        "centre": front.centre,
        **(_of_one(front) if isinstance(front, Rig) else _of_several(front)),
        "database_url": database,
        "seats": "seat-01..seat-04",
        "trunks": "trunk",
        "ring_s": 3,
        "wrap_up_s": 0,
        "retry_s": 1,
        "record_calls": False,  # SIPp's phones are silent: there would be no sound to keep
        "http_port": 0,
        "public_url": PUBLIC_URL,
        "tokens": (token,),
    }
    return load(**(usual | more))


def _of_one(rig: Rig) -> dict[str, Any]:
    return {
        "ami_host": rig.ami_host,
        "ami_port": rig.ami_port,
        "ami_username": rig.ami_username,
        "ami_secret": rig.ami_secret,
        "ami_desk_secret": rig.ami_desk_secret,
        "recordings_path": rig.recordings,
    }


def _of_several(pair: Pair) -> dict[str, Any]:
    """Return the Asterisks of a pair, as ``pbx1`` and ``pbx2``."""
    pbxs = [
        PbxSettings(
            name=f"pbx{number}",
            host=rig.ami_host,
            port=rig.ami_port,
            username=rig.ami_username,
            secret=SecretStr(rig.ami_secret),
            desk_secret=SecretStr(rig.ami_desk_secret),
            recordings_path=rig.recordings,
        )
        for number, rig in enumerate(pair.asterisks, 1)
    ]
    return {"pbxs": tuple(pbxs)}


async def forget_everything(front: Rig | Pair, chosen: Settings) -> None:
    """Leave of an earlier scenario nothing in any Asterisk."""
    for rig in front.asterisks:
        await asking.forget_everything(rig, [seat.id for seat in chosen.seats])


@dataclass
class Reckoning:
    """What came of a scenario, by the store, and by the phones of callers and seats."""

    created: int = 0
    """Calls, by SIPp's own count."""
    unheard: int = 0
    """Those of them who gave up before they heard anything: on a busy machine their CANCEL may
    be there before Asterisk has begun with the call."""
    moved: int = 0
    """Calls that Kamailio took to another Asterisk when the first died: each is a call at both."""
    phones: list[Seats] = field(default_factory=list)
    picked_up: int = 0
    """Calls that other phones than those answered."""
    races: bool = False
    """Whether callers hung up in the instant of an answer: a phone may then count a call as
    answered that Asterisk counts as abandoned, or the other way round."""
    calls: list[StoredCall] = field(default_factory=list)
    """By arrival, once the scenario is over."""

    async def settle(self, front: Rig | Pair, store: Store, centre: CentreCode) -> None:
        """Hold the store and every Asterisk to what must be true after every scenario."""
        for rig in front.asterisks:
            await _all_gone(asking.channels, rig, within=10)
            await _all_gone(asking.notes, rig, within=5)
        calls = await stored_calls(store, centre)
        tickets = await stored_tickets(store, centre)
        records = await journal(store, centre)
        outcomes = Counter(call.outcome for call in calls)
        most = self.created + self.moved
        assert most - self.unheard <= len(calls) <= most, "a call is not stored"
        assert len(tickets) == len(calls), "not one ticket for each call"
        assert {t.number: t.calls for t in tickets} == {c.ticket_number: (c.id,) for c in calls}
        assert {call.state for call in calls} <= {CallState.ENDED}
        assert sum(outcomes[each] for each in Outcome) == len(calls)
        for kind in (EntryKind.CALL_ARRIVED, EntryKind.CALL_ENDED):
            times = Counter(each.call.id for each in records if each.kind is kind and each.call)
            assert times == Counter(call.id for call in calls), f"not one {kind} for each call"
        _hold_to_seats(records)
        if not self.races:
            picked_up = self.picked_up + sum(seats.answered for seats in self.phones)
            answered = sum(call.answered_at is not None for call in calls)
            assert answered == picked_up, "not what the seats' phones say"
        self.calls = calls


class Centre:
    """The service of a scenario, and what a scenario does with it."""

    def __init__(self, front: Rig | Pair, node: Node, api: httpx.AsyncClient) -> None:
        self.front = front
        """What callers dial and phones register at."""
        self.node = node
        self.store = node.store
        self.api = api
        self.reckoning = Reckoning()
        self.hostile: Counter[str] = Counter()
        """Messages that the link is expected to refuse, by kind."""
        self.joining = 0
        """How often somebody was called to take part in a call, which costs as much as an offer."""
        self.placed = 0
        """Calls placed so far, done or not."""

    @property
    def tenure(self) -> Tenure:
        """The time in which the node owns the centre: now."""
        tenure = self.node.centre.tenure
        assert tenure is not None, "the centre is another's"
        return tenure

    @property
    def desk(self) -> Desk:
        """The desk that decides."""
        return self.tenure.desk

    @property
    def rig(self) -> Rig:
        """The one Asterisk, where there is one."""
        (rig,) = self.front.asterisks
        return rig

    @property
    def link(self) -> Link:
        """The link to it."""
        (link,) = self.tenure.links.values()
        return link

    @property
    def pbxs(self) -> dict[PbxId, Rig]:
        """Every Asterisk, by its name in the settings."""
        return dict(zip(self.desk.config.pbxs, self.front.asterisks, strict=True))

    @property
    def calls(self) -> list[StoredCall]:
        """The calls, by arrival, once the scenario is over."""
        return self.reckoning.calls

    # --- what a scenario does -------------------------------------------------------------

    @asynccontextmanager
    async def calling(
        self, *calls: Call, rate: float = 10.0, within: float = 30.0
    ) -> AsyncIterator[Callers]:
        """Place `calls`; at the end of the block wait until all have ended, and count them."""
        self.placed += len(calls)
        async with Callers(self.front, calls, rate=rate) as callers:
            yield callers
            self.count(await callers.finish(within=within))
            self.reckoning.unheard += sum(
                view.outcome is RigOutcome.ABANDONED and not view.rang_at for view in callers.views
            )

    @asynccontextmanager
    async def calling_in_turn(self, *calls: Call) -> AsyncIterator[list[Callers]]:
        """Place each of `calls` once the one before has arrived, however slow the machine is."""
        async with AsyncExitStack() as stack:
            callers = []
            for call in calls:
                callers.append(await stack.enter_async_context(self.calling(call)))
                await self.until(lambda number=call.number: self.live(number), within=5)
            yield callers

    def count(self, counts: Counts) -> None:
        """Take SIPp's own counts of callers that have ended."""
        assert counts.failed == 0, "SIPp says that a call failed"
        self.reckoning.created += counts.created

    @asynccontextmanager
    async def seats(
        self, *names: str, does: Behaviour, on_duty: bool = True
    ) -> AsyncIterator[Seats]:
        """Plug in phones of `names` that do as told, and have agents log in there."""
        async with Seats(self.front, names, does) as seats:
            self.reckoning.phones.append(seats)
            if on_duty:
                await self.log_in(*names)
            yield seats

    async def log_in(self, *seats: str, skills: Iterable[str] = ()) -> None:
        """Log an agent in at each of `seats`, through the API, and wait until it is ready."""
        for seat in seats:
            await self.command(seat, "login", agent=f"agent-{seat}", skills=sorted(skills))
        await self.until(
            lambda: all(self.seat(seat).state is SeatState.READY for seat in seats), within=5
        )

    async def command(self, seat: str, what: str, **body: Any) -> dict[str, Any]:
        """Give a seat's command through the API, and return the seat as it is then."""
        answer = await self.api.post(f"/v1/seats/{seat}/{what}", json=body or None)
        assert answer.status_code == 200, answer.text
        changed: dict[str, Any] = answer.json()
        return changed

    async def release(self, seat: str) -> None:
        """Let `seat` talk, then hang up there, and wait until it is free or has another call."""
        await self.until(lambda: self.seat(seat).talking, within=8)
        call = self.seat(seat).call
        for rig in self.front.asterisks:
            await asking.hang_up(rig, seat)
        await self.until(lambda: self.seat(seat).call != call, within=5)

    def is_ours(self) -> bool:
        """Whether the service decides who rings."""
        tenure = self.node.centre.tenure
        return tenure is not None and tenure.desk.sight is Sight.CLEAR

    async def until(self, condition: Any, *, within: float) -> None:
        """Wait until `condition` holds; TimeoutError says what the desk knew instead."""
        await asking.until(condition, within=within, seen=self._seen)

    # --- what it sees ------------------------------------------------------------------------

    def seat(self, name: str) -> Seat:
        """Return a seat as the desk has it."""
        found = self.desk.seat(SeatId(name))
        assert found is not None
        return found

    def live(self, number: str) -> StoredCall | None:
        """Return the call in progress from `number`."""
        return next((each for each in self.desk.calls() if each.caller.number == number), None)

    def state(self, number: str) -> CallState | None:
        """Return the state of the call in progress from `number`; None if there is none."""
        call = self.live(number)
        return None if call is None else call.state

    async def ended(self, number: str) -> StoredCall:
        """Wait until the store has the end of the one call from `number`, and return it."""
        found: list[StoredCall] = []

        async def is_there() -> bool:
            calls = await stored_calls(self.store, self.desk.config.centre)
            found[:] = [c for c in calls if c.caller.number == number and c.outcome is not None]
            return bool(found)

        await self.until(is_there, within=10)
        assert len(found) == 1
        return found[0]

    async def journal(self, *kinds: EntryKind) -> list[Record]:
        """Return the journal's entries of `kinds`, or all, once everything is written."""
        await self.until(
            lambda: not self.store.writer(self.desk.config.centre).stats().pending, within=10
        )
        records = await journal(self.store, self.desk.config.centre)
        return [each for each in records if not kinds or each.kind in kinds]

    def _seen(self) -> str:
        if self.node.centre.tenure is None:
            return "the centre is not owned"
        calls = [
            f"{c.ticket_number} {c.state} seat={c.seat} position={c.position}"
            for c in self.desk.calls()
        ]
        seats = [f"{s.id} {s.state} ({s.pause_reason})" for s in self.desk.seats() if s.agent]
        return f"{self.desk.sight}; calls {calls}; seats {seats}; {dict(self.desk.ignored)}"

    # --- its end ------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Hold the service, the store, SIPp and Asterisk to what must be true at the end."""
        await self.until(lambda: not self.desk.calls(), within=10)
        await self.journal()
        await self.reckoning.settle(self.front, self.store, self.desk.config.centre)
        traffics = [link.state.traffic for link in self.tenure.links.values()]
        refused = sum((traffic.refused for traffic in traffics), Counter())
        assert refused == self.hostile, "messages taken for hostile"
        for traffic in traffics:
            assert not traffic.dropped, "events that no eventfilter line held back"
            assert not traffic.errors
        assert not any(seat.call for seat in self.desk.seats())
        offers = sum(max(1, len(call.offers)) for call in self.calls)
        allowed = EVENTS_PER_CALL * (offers + self.joining)
        phones = sum(len(phones.names) for phones in self.reckoning.phones)
        allowed += EVENTS_PER_PHONE * phones * len(self.front.asterisks)
        assert self.events_of_calls() <= allowed, f"more than {EVENTS_PER_CALL} events a call"

    def events_of_calls(self) -> int:
        """Return how many AMI events calls have cost so far."""
        links = self.tenure.links.values()
        return sum(link.state.traffic.events[kind] for link in links for kind in _OF_CALLS)


@asynccontextmanager
async def running(chosen: Settings) -> AsyncIterator[tuple[Node, httpx.AsyncClient]]:
    """Run the service in this process until the block ends, with a client of its API."""
    node = Node(chosen)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(node.run())
        await node.listening.wait()
        async with client(node.port) as api:
            yield node, api
        node.stop()
        await task


def client(port: int) -> httpx.AsyncClient:
    """Return a client of the API, with a token that allows everything."""
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=10,
    )


@asynccontextmanager
async def opened(
    front: Rig | Pair,
    directory: Path,
    *,
    recording: Recording | None = None,
    look: bool = True,
    **more: Any,
) -> AsyncIterator[Centre]:
    """Run a centre on `front` with an empty store, and settle accounts when the block ends.

    Args:
        front: a real Asterisk or a pair, whose leavings of earlier scenarios are removed.
        directory: where the database is made, unless `more` has a URL.
        recording: takes what Asterisk says, and what came of it. Of a pair none is made: it
            would not say which of the two said what.
        look: whether, where it is recorded, the service looks at all of Asterisk now and then.
        more: settings that differ from the usual ones.
    """
    url = more.pop("database_url", f"sqlite:///{directory}/sip112.db")
    chosen = settings(front, url, recording=recording.path if recording else None, **more)
    await forget_everything(front, chosen)
    async with running(chosen) as (node, api):
        centre = Centre(front, node, api)
        await centre.until(centre.is_ours, within=10)
        async with _resyncing(centre, wanted=look and chosen.recording is not None):
            yield centre
            await centre.settle()
    if recording is not None:
        recording.keep(chosen, centre.calls)


@asynccontextmanager
async def _resyncing(centre: Centre, *, wanted: bool) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_resync(centre)) if wanted else None
        yield
        if task is not None:
            task.cancel()


async def _resync(centre: Centre) -> None:
    """Have the link look at all of Asterisk again and again, beside what goes on."""
    while True:
        await asyncio.sleep(RESYNC_S)
        (pbx,) = centre.desk.config.pbxs
        centre.link.send(f.Resync(pbx, "recording"))


def however_long(shown: str) -> str:
    """Return what a phone shows, with ``(n s)`` for how long the caller had waited by then."""
    return re.sub(r"\(\d+ s\)", "(n s)", shown)


# --- the store ------------------------------------------------------------------------------


async def stored_calls(store: Store, centre: CentreCode) -> list[StoredCall]:
    """Return every call in the store, by arrival."""
    return (await store.calls(centre, limit=_A_LOT))[::-1]


async def stored_tickets(store: Store, centre: CentreCode) -> list[TicketRecord]:
    """Return every ticket in the store, by opening."""
    return (await store.tickets(centre, limit=_A_LOT))[::-1]


async def journal(store: Store, centre: CentreCode) -> list[Record]:
    """Return every entry of the journal, in order."""
    return await store.records_after(centre, Seq(0), _A_LOT)


def _hold_to_seats(records: Sequence[Record]) -> None:
    """Hold the journal to this: no seat had two calls at once, and no call two seats.

    Calls that had ended before the journal heard of them are not counted. They are told as one
    Asterisk after the other is read, which says nothing of how they lay in time; and without the
    service two Asterisks may have rung one phone at once (0012).
    """
    arrived = {r.call.id: r.at for r in records if r.kind is EntryKind.CALL_ARRIVED and r.call}
    ended = {r.call.id: r.at for r in records if r.kind is EntryKind.CALL_ENDED and r.call}
    past = {call for call, at in arrived.items() if ended.get(call, at) < at}
    holders: dict[SeatId, CallId] = {}
    for record in records:
        call, told = record.call, record.seat
        if call is not None and call.id in past:
            continue
        if call is None:
            if told is not None and told.call is None:  # its Asterisk is away
                holders.pop(told.id, None)
            continue
        for seat in [seat for seat, holder in holders.items() if holder == call.id]:
            del holders[seat]
        if call.state in {CallState.OFFERED, CallState.RINGING, CallState.TALKING}:
            assert call.seat is not None
            assert call.seat not in holders, f"{call.seat} has two calls"
            holders[call.seat] = call.id


async def _all_gone(ask: Callable[[Rig], Awaitable[list[str]]], rig: Rig, *, within: float) -> None:
    """Wait until nothing of what is asked for is left in `rig`."""
    left: list[str] = []

    async def is_gone() -> bool:
        left[:] = await ask(rig)
        return not left

    await asking.until(is_gone, within=within, every=0.05, seen=lambda: left)
