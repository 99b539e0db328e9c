"""A call goes on to a neighbour centre: each has a ticket, of one incident, and all are heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr

from rig import Rig, asking
from sip112.people.roles import Scope
from sip112.people.token import digest
from sip112.routing import events as e
from sip112.routing import urns
from sip112.routing.call import Call
from sip112.routing.ids import CentreCode, TicketId
from sip112.routing.pad import Sight
from sip112.routing.seat import SeatState
from sip112.service.centre import Centre
from sip112.service.settings import CentreSettings, PbxSettings, Settings, TokenSettings, load
from tests.integration.centre import TOKEN, running, stored_tickets
from tests.integration.handset import NOTES, Handset, State, caller, handsets

NUMBER: Final = "08125550001"
THERE: Final = "0511112"
"""The number by which the neighbour is called."""
SEATS: Final = {"PKY": "seat-01", "BJM": "seat-03"}
C, A, B, _ = NOTES
"""The notes of the caller, of who takes calls here, and at the neighbour."""


class City:
    """One of two centres."""

    def __init__(self, centre: Centre, api: httpx.AsyncClient) -> None:
        self.centre = centre
        self._api = api

    @property
    def call(self) -> Call | None:
        """The call in progress."""
        assert self.centre.tenure is not None
        return next(iter(self.centre.tenure.desk.calls()), None)

    @property
    def is_ours(self) -> bool:
        """Whether the service decides who rings."""
        tenure = self.centre.tenure
        return tenure is not None and tenure.desk.sight is Sight.CLEAR

    async def ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Ask its API for something."""
        answer = await self._api.request(method, f"/centres/{self.centre.code}{path}", **more)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def log_in(self) -> None:
        """Have somebody at the one seat."""
        seat = SEATS[self.centre.code]
        await self.ask("POST", f"/v1/seats/{seat}/login", json={"agent": seat})

        async def is_ready() -> bool:
            found = await self.ask("GET", f"/v1/seats/{seat}")
            return bool(found["state"] == SeatState.READY)

        await asking.until(is_ready, within=10, every=0.05)

    async def knows(self, kind: str) -> None:
        """Have the neighbour's number in the directory, of an agency of that kind."""
        agency = {
            "code": "bjm",
            "kind": kind,
            "name": {"id": "112 Banjarmasin", "en": "112 Banjarmasin"},
            "channels": [{"kind": "voice", "address": THERE}],
        }
        await self.ask("PUT", "/v1/agencies/bjm", json=agency, headers={"If-None-Match": "*"})

    async def steer(self, what: str, **body: Any) -> None:
        """Steer the call, for the one seat."""
        assert self.call is not None
        seat = SEATS[self.centre.code]
        await self.ask("POST", f"/v1/calls/{self.call.id}/{what}", json={"seat": seat} | body)

    async def tickets(self) -> dict[TicketId, tuple[str, str | None]]:
        """Return number and domain of each ticket, once all that happened is written."""
        store, code = self.centre.store, CentreCode(self.centre.code)
        await asking.until(lambda: not store.writer(code).stats().pending, within=10)
        return {each.id: (each.number, each.domain) for each in await stored_tickets(store, code)}


@dataclass
class Cities:
    """Two centres on one Asterisk, a caller who talks with the first, and a phone at each."""

    rig: Rig
    here: City
    there: City
    caller: Handset
    operator: Handset
    neighbour: Handset

    async def arrives(self) -> tuple[Call, Call]:
        """Wait until the neighbour has the call too; return it as each of them has it."""
        await asking.until(lambda: self.there.call, within=10)
        here, there = self.here.call, self.there.call
        assert here is not None
        assert there is not None
        return here, there

    async def hear(self, caller: set[int], operator: set[int], neighbour: set[int]) -> None:
        """Wait until each of the three hears just these notes."""
        await self.caller.until_hears(*caller)
        await self.operator.until_hears(*operator)
        await self.neighbour.until_hears(*neighbour)


def settings(rig: Rig, directory: Path) -> Settings:
    """Return the settings of a node that serves both."""
    pbx = PbxSettings(
        name="pbx1",
        host=rig.ami_host,
        port=rig.ami_port,
        username=rig.ami_username,
        secret=SecretStr(rig.ami_secret),
        desk_secret=SecretStr(rig.ami_desk_secret),
        recordings_path=rig.recordings,
    )
    usual = {"pbxs": (pbx,), "ring_s": 3, "wrap_up_s": 0, "retry_s": 1, "record_calls": False}
    centres = tuple(
        CentreSettings.model_validate(usual | {"centre": code, "seats": seat})
        for code, seat in SEATS.items()
    )
    token = TokenSettings(name="scenario", digest=digest(TOKEN), scopes=frozenset({Scope.ADMIN}))
    database = f"sqlite:///{directory}/sip112.db"
    return load(centres=centres, database_url=database, http_port=0, tokens=(token,))


@asynccontextmanager
async def two(rig: Rig, directory: Path) -> AsyncIterator[tuple[City, City]]:
    """Run both centres; at the end, nothing of a call is left in Asterisk."""
    for code, seat in SEATS.items():
        await asking.forget_everything(replace(rig, centre=code), [seat])
    async with running(settings(rig, directory)) as (node, api):
        cities = [City(each, api) for each in node.centres]
        await asking.until(lambda: all(each.is_ours for each in cities), within=10)
        yield cities[0], cities[1]
        await asking.until(lambda: all(each.call is None for each in cities), within=10)
        for city in cities:
            assert city.centre.tenure is not None
            [link] = city.centre.tenure.links.values()
            assert not link.state.traffic.refused
            assert not link.state.traffic.errors

        async def nothing_is_left() -> bool:
            return not await asking.channels(rig) and not await asking.notes(rig)

        await asking.until(nothing_is_left, within=10, every=0.05)


@pytest.fixture
async def cities(rig: Rig, tmp_path: Path) -> AsyncIterator[Cities]:
    """Let a caller talk with the first centre."""
    async with two(rig, tmp_path) as (here, there):
        phones = [(SEATS["PKY"], A), (SEATS["BJM"], B)]
        async with handsets(rig, phones) as seats:
            await here.log_in()
            await there.log_in()
            async with caller(rig, NUMBER, C) as warga:
                found = Cities(rig, here, there, warga, *seats.values())
                await found.hear({A}, {C}, set())
                yield found
            for seat in seats.values():
                await seat.until(State.IDLE, within=10)


@pytest.mark.parametrize("mode", ["blind", "attended", "conference"])
async def test_a_call_that_goes_on_to_a_neighbour(cities: Cities, mode: str) -> None:
    """It has one incident, a ticket at each with a number of its own, and sound both ways."""
    await cities.here.knows("centre")
    await cities.here.steer("transfer", to=THERE, mode=mode)
    here, there = await cities.arrives()
    match mode:
        case "blind":
            await cities.hear({B}, set(), {C})
        case "attended":
            await cities.operator.until_hears(B)
            await cities.neighbour.until_hears(A)
            await cities.here.steer("transfer/complete")
            await cities.hear({B}, set(), {C})
        case _:
            await cities.hear({A, B}, {C, B}, {C, A})
    assert (there.caller.number, there.ticket) == (NUMBER, here.ticket)
    assert there.source == urns.call(here.id, "pky.112.invalid")
    assert here.source is None
    ticket = here.ticket
    assert ticket is not None
    assert await cities.here.tickets() == {ticket: (here.ticket_number, None)}
    assert await cities.there.tickets() == {ticket: (there.ticket_number, "pky.112.invalid")}
    assert (here.ticket_number or "").startswith("PKY-")
    assert (there.ticket_number or "").startswith("BJM-")
    tenure = cities.there.centre.tenure
    assert tenure is not None
    told = await tenure.command(e.OpenIncident, ticket=ticket, domain="pky.112.invalid")
    assert told.ticket is not None
    assert told.ticket.number == there.ticket_number, "the message opens another ticket"


async def test_who_is_no_neighbour_centre_is_told_nothing(cities: Cities) -> None:
    """What the call is about is for centres alone; the call is one like any other there."""
    await cities.here.knows("volunteer")
    await cities.here.steer("transfer", to=THERE, mode="blind")
    here, there = await cities.arrives()
    await cities.hear({B}, set(), {C})
    assert there.caller.number == NUMBER
    assert there.ticket != here.ticket
    assert there.source is None


async def test_what_a_caller_claims_is_not_believed(rig: Rig, tmp_path: Path) -> None:
    """On a trunk that brings callers nobody can come under the ticket of somebody else."""
    async with (
        two(rig, tmp_path) as (here, _),
        handsets(rig, [(SEATS["PKY"], A)]) as seats,
    ):
        await here.log_in()
        async with caller(rig, NUMBER, C):
            await seats[SEATS["PKY"]].until_hears(C)
            first = here.call
            assert first is not None
            assert first.ticket is not None
        await asking.until(lambda: here.call is None, within=5)
        claims = (
            f"<{urns.incident(first.ticket, 'pky.112.invalid')}>;purpose=emergency-IncidentId",
            f"<{urns.call(first.id, 'pky.112.invalid')}>;purpose=emergency-CallId",
        )
        headers = [f"Call-Info: {each}" for each in claims]
        async with caller(rig, "08125550002", C, *headers) as liar:
            await liar.until_hears(A)
            second = here.call
            assert second is not None
            assert second.ticket != first.ticket
            assert second.source is None
            [note] = await asking.notes(rig)
            assert "incidentid" not in note
