"""The rest of the service as the API meets it: a real SQLite store, a desk and health by hand."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import httpx
import uvicorn
from fastapi import FastAPI

from sip112.api.app import create_app
from sip112.api.context import ApiConfig, Ports
from sip112.api.hub import Hub
from sip112.api.notices import NoticeKind
from sip112.api.ports import (
    Alarm,
    Archive,
    Fact,
    Maps,
    NotOwner,
    PbxAway,
    People,
    Phone,
    RecordingFile,
)
from sip112.api.schemas.handoffs import handoff_view
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.directory import Directory
from sip112.dispatch.handoff import Handoff
from sip112.dispatch.outbox import OutboxItem
from sip112.handoff.letters import Letters
from sip112.people.attempts import Attempts
from sip112.people.audit import AuditEntry
from sip112.people.roles import Scope
from sip112.people.token import Token, digest
from sip112.routing.call import Call
from sip112.routing.callback import Callback
from sip112.routing.effects import EntryKind, Record, Refusal, Reply
from sip112.routing.events import Command
from sip112.routing.ids import CallId, CentreCode, Instant, PbxId, SeatId, Seq, TicketId
from sip112.routing.seat import Seat
from sip112.routing.spy import Spy
from sip112.routing.ticket import Ticket, ticket_number
from sip112.service.dispatch.agencies import Agencies
from sip112.service.dispatch.agency_desk import AgencyDesk
from sip112.service.dispatch.agency_door import AgencyDoor
from sip112.service.dispatch.export import Incidents
from sip112.service.dispatch.handoffs import Handoffs
from sip112.service.dispatch.neighbours import Neighbours
from sip112.service.recordings import Opened
from sip112.service.settings import CentreSettings
from sip112.store.agencies import Agencies as Kept
from sip112.store.handoffs import Handoffs as KeptHandoffs
from sip112.store.outbox import Outbox
from sip112.store.store import Store
from tests.store.helpers import own, owning

PKY = CentreCode("PKY")
NOW = 1_795_300_100.0
JAKARTA = ZoneInfo("Asia/Jakarta")
DOMAIN = "pky.112.invalid"
SEVERITIES = ("critical", "high", "medium", "low")


def domain_of(code: CentreCode) -> str:
    """Return the agency identifier of a centre."""
    return CentreSettings(centre=code).agency_domain


SECRETS = {scope: f"secret-{scope}" for scope in Scope}
TOKENS = tuple(
    Token(f"{scope}-client", digest(secret), frozenset({scope}))
    for scope, secret in SECRETS.items()
)


@dataclass
class Desk:
    """The desk's side of `DeskView`: what the test puts in, and which commands came."""

    live: list[Call] = field(default_factory=list)
    places: list[Seat] = field(default_factory=list)
    to_call_back: list[Callback] = field(default_factory=list)
    listening: list[Spy] = field(default_factory=list)
    ways: tuple[PbxId, ...] = (PbxId("pbx1"),)
    """The Asterisks that can call numbers outside."""
    given: dict[SeatId, Instant] = field(default_factory=dict)
    """Until when each browser phone's password is good."""
    commands: list[tuple[type[Command], dict[str, object]]] = field(default_factory=list)
    refusal: Refusal | None = None
    phones: dict[str, Phone] = field(default_factory=dict)
    away: bool = False
    """Whether there is no link to any Asterisk."""
    silent: bool = False
    owned: bool = True
    """Whether this node owns the centre; if it does not, `elsewhere` may say which one does."""
    elsewhere: str | None = None

    def _of_the_owner(self) -> None:
        if not self.owned:
            raise NotOwner(PKY, self.elsewhere)

    def calls(self) -> list[Call]:
        """Return the calls in progress."""
        self._of_the_owner()
        return self.live

    def waiting(self) -> list[Call]:
        """Return those that wait."""
        return [call for call in self.calls() if call.waiting]

    def callbacks(self) -> list[Callback]:
        """Return who is to be called back."""
        self._of_the_owner()
        return self.to_call_back

    def spies(self) -> list[Spy]:
        """Return which supervisors listen."""
        self._of_the_owner()
        return self.listening

    async def ways_to(self, number: str, /) -> tuple[PbxId, ...]:
        """Return the Asterisks that can call a number outside."""
        self._of_the_owner()
        assert number.isdecimal()
        if self.away:
            raise PbxAway("connection refused")
        return self.ways

    def seats(self) -> list[Seat]:
        """Return the seats."""
        self._of_the_owner()
        return self.places

    def call(self, call_id: CallId, /) -> Call | None:
        """Return one call, which none but the owner has."""
        live = self.live if self.owned else []
        return next((call for call in live if call.id == call_id), None)

    def seat(self, seat_id: SeatId, /) -> Seat | None:
        """Return one seat."""
        return next((seat for seat in self.seats() if seat.id == seat_id), None)

    def phone(self, seat_id: SeatId, /) -> Phone | None:
        """Return a seat's phone."""
        return self.phones.get(seat_id)

    async def give_phone(self, seat_id: SeatId, until: Instant, /) -> str:
        """Note what is given, and give a password."""
        self._of_the_owner()
        if self.away:
            raise PbxAway("connection refused")
        if self.silent:
            raise TimeoutError
        self.given[seat_id] = until
        return f"password-of-{seat_id}"

    def take_back_phone(self, seat_id: SeatId, /) -> None:
        """Note that it is taken back."""
        self._of_the_owner()
        self.given.pop(seat_id, None)

    async def command(self, kind: type[Command], /, **fields: object) -> Reply:
        """Note a command and answer as the test wants."""
        self._of_the_owner()
        cast("Any", kind)(at=NOW, id=1, **fields)  # TypeError unless the fields are its own
        self.commands.append((kind, fields))
        if self.silent:
            raise TimeoutError
        seat = self.seat(SeatId(str(fields["seat"])))
        refusal = self.refusal if seat else Refusal.UNKNOWN_SEAT
        about = [each for each in self.to_call_back if each.call == fields.get("callback")]
        return Reply(
            1,
            None if refusal else seat,
            refusal,
            "as told" if refusal else "",
            callback=about[0] if about else None,
        )


@dataclass
class Health:
    """The service's health as the test puts it."""

    report: list[Fact] = field(default_factory=lambda: [Fact("link", ok=True, detail="up")])

    def facts(self) -> list[Fact]:
        """Return the report."""
        return self.report

    def alarms(self, _: CentreCode, /) -> list[Alarm]:
        """Return what does not hold, each since the beginning of the minute."""
        return [Alarm(fact, NOW // 60 * 60) for fact in self.report if not fact.ok]

    def metrics(self) -> bytes:
        """Return one metric."""
        return b"sip112_calls_waiting 3.0\n"


@dataclass
class Audit:
    """The audit log as a list; what is read comes from the store."""

    store: Any
    entries: list[AuditEntry] = field(default_factory=list)

    def put(self, entry: AuditEntry) -> None:
        """Take an entry."""
        self.entries.append(entry)

    async def page(self, **filters: Any) -> list[AuditEntry]:
        """Return entries as the store has them."""
        found: list[AuditEntry] = await self.store.audit.page(**filters)
        return found

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """Who did what to what, in order."""
        return [(entry.who, entry.action, entry.subject) for entry in self.entries]


NOWHERE = Store("sqlite:////nowhere/sip112.db")
"""A database that does not answer."""


@dataclass
class Recordings:
    """The recordings as the test puts them."""

    files: dict[CallId, Path] = field(default_factory=dict)
    hangs: bool = False

    async def of(self, call: Call, /) -> RecordingFile | None:
        """Return the recording of a call."""
        if self.hangs:
            raise TimeoutError
        path = self.files.get(call.id)
        return None if path is None else Opened.of(path)


class Service:
    """An application with everything around it; `others` are centres beside the first."""

    def __init__(
        self,
        store: Archive,
        hub: Hub | None = None,
        others: Iterable[CentreCode] = (),
        people: People | None = None,
        maps: Maps | None = None,
        **config: Any,
    ) -> None:
        self.store = store
        self.now = NOW
        self.steady = 0.0
        self.audit = Audit(store)
        self.attempts = Attempts()
        self.desk = Desk()
        self.health = Health()
        self.hub = hub or Hub(PKY, store)
        self.recordings = Recordings()
        self.opened: list[TicketId] = []
        """Tickets that were opened for other centres' incidents."""
        given = {
            "centre": PKY,
            "tokens": TOKENS,
            "time_zone": JAKARTA,
            **config,
        }
        self.desks = {CentreCode(given["centre"]): self.desk}
        self.hubs = {CentreCode(given["centre"]): self.hub}
        for code in others:
            self.desks[code], self.hubs[code] = Desk(), Hub(code, store)
        kept = cast("Kept", getattr(store, "agencies", NOWHERE.agencies))
        self.agencies = {code: Agencies(code, kept, SEVERITIES) for code in self.desks}
        """The directory of each centre, which is read when somebody changes it."""
        self.handoffs = {code: self._handoffs(code) for code in self.desks}
        self.doors = {code: self._door(code) for code in self.desks}
        first, *rest = (
            (
                Ports(
                    store,
                    self.desks[code],
                    self.health,
                    self.hubs[code],
                    self.recordings,
                    lambda: self.now,
                    self.agencies[code],
                    self.handoffs[code],
                    Incidents(cast("Store", store), CentreSettings(centre=code)),
                    self.doors[code],
                    self._agency_desk(code),
                    people or cast("People", getattr(store, "people", NOWHERE.people)),
                    self.audit,
                    self.attempts,
                    lambda: self.steady,
                    maps=maps,
                ),
                ApiConfig(**given | {"centre": code}),
            )
            for code in self.desks
        )
        self.app: FastAPI = create_app(*first, *rest)

    def _handoffs(self, code: CentreCode) -> Handoffs:
        def directory() -> Directory:
            return self.agencies[code].current.directory

        def told(handoff: Handoff) -> None:
            self.hubs[code].notify(NoticeKind.HANDOFF_CHANGED, {"handoff": handoff_view(handoff)})
            self.hubs[code].agencies.handoff_changed(handoff)

        def moved(item: OutboxItem) -> None:
            self.hubs[code].notify(
                NoticeKind.MESSAGE_CHANGED,
                {"message": str(item.id), "handoff": str(item.handoff), "ticket": str(item.ticket)},
            )

        kept = cast("KeptHandoffs", getattr(self.store, "handoffs", NOWHERE.handoffs))
        letters = Letters(domain_of(code), "http://api/a/", JAKARTA, directory)
        outbox = cast("Outbox", getattr(self.store, "outbox", NOWHERE.outbox))
        sms = {ChannelKind.SMS}
        return Handoffs(code, kept, outbox, directory, letters, JAKARTA, told, sms, moved=moved)

    def _door(self, code: CentreCode) -> AgencyDoor:
        store = self.store if isinstance(self.store, Store) else NOWHERE
        return AgencyDoor(
            code,
            domain_of(code),
            store,
            self.handoffs[code],
            self._neighbours(code, store),
            lambda: self.agencies[code].current.directory,
            lambda: self.now,
            lambda: self.steady,
        )

    def _agency_desk(self, code: CentreCode) -> AgencyDesk:
        return AgencyDesk(
            code,
            self.store if isinstance(self.store, Store) else NOWHERE,
            self.handoffs[code],
            lambda: self.agencies[code].current.directory,
            lambda: self.now,
        )

    def _neighbours(self, code: CentreCode, store: Store) -> Neighbours:
        async def open_ticket(ticket: TicketId, domain: str) -> None:
            await self.open_ticket(code, ticket, domain)

        return Neighbours(
            code,
            SEVERITIES,
            store,
            self.handoffs[code],
            lambda: self.agencies[code].current.directory,
            open_ticket,
            lambda *_: None,
            lambda: self.now,
        )

    async def open_ticket(self, code: CentreCode, ticket: TicketId, domain: str) -> None:
        """Open a ticket for an incident of another centre, as the core would."""
        self.desks[code].calls()  # NotOwner
        if self.desks[code].silent:
            raise TimeoutError
        self.opened.append(ticket)
        number = ticket_number(code, "20261122", 9000 + len(self.opened))
        opened = Ticket(ticket, number, code, None, Instant(self.now), domain)
        seq, kind = Seq(10**15 + len(self.opened)), EntryKind.TICKET_OPENED
        await write(
            cast("Store", self.store), Record(seq, Instant(self.now), code, kind, ticket=opened)
        )

    @asynccontextmanager
    async def client(
        self, scope: Scope | None = Scope.READ, **headers: str
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Give a client with a token of that scope, without a network."""
        if scope is not None:
            headers["Authorization"] = f"Bearer {SECRETS[scope]}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://api", headers=headers
        ) as client:
            yield client

    @asynccontextmanager
    async def served(
        self,
        scope: Scope = Scope.READ,
        buffer: int | None = None,
        lifespan: Literal["on", "off"] = "off",
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Give a client of the application as uvicorn serves it on a free port.

        `buffer` is how many bytes the kernel may hold for a client that does not read. With the
        `lifespan` on, the application ends in good order.
        """
        listener = socket.create_server(("127.0.0.1", 0))
        if buffer is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        server = uvicorn.Server(
            uvicorn.Config(
                self.app,
                lifespan=lifespan,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=2,
            )
        )
        task = asyncio.create_task(server.serve([listener]))
        port = listener.getsockname()[1]
        try:
            await until(lambda: server.started)
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {SECRETS[scope]}"},
                timeout=5,
                trust_env=False,
            ) as client:
                yield client
        finally:
            for hub in self.hubs.values():
                hub.close()
            server.should_exit = True
            await task


async def write(store: Store, *records: Record) -> None:
    """Write journal entries, each centre's as its owner for the moment."""
    for centre in dict.fromkeys(record.centre for record in records):
        async with owning(store, centre) as running:
            await running.write(*(record for record in records if record.centre == centre))
        await store.leases.release(await own(store, centre=centre))


async def until(condition: Callable[[], object], within: float = 5.0) -> None:
    """Wait until `condition` holds; TimeoutError if it does not in time."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.002)


def problem(response: httpx.Response, status: int, name: str) -> dict[str, Any]:
    """Check that a response is that problem, complete, and return its document."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["type"] == f"urn:sip112:problem:{name}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert document["remedy"]
    assert unquote(document["instance"]) == response.request.url.path
    return document
