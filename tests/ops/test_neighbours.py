"""Two centres and one incident: over real HTTP, on two nodes as well as on one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from rig import asking
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind
from sip112.dispatch.handoff import Step
from sip112.dispatch.ids import AgencyCode
from sip112.handoff.signing import new_secret
from sip112.people.roles import Scope
from sip112.routing.ids import CentreCode
from sip112.service.dispatch.export import incident
from sip112.service.dispatch.runner import Dispatching
from sip112.service.settings import CentreSettings
from sip112.store.store import Store
from tests.api.service import SECRETS, Service, domain_of, write
from tests.ops.test_dispatching import Ahead
from tests.store.examples import life

PKY, KTM = CentreCode("PKY"), CentreCode("KTM")
SECRET = new_secret()
AT_PKY = {
    "incident_type": "traffic",
    "severity": "high",
    "address": "Jl. Tjilik Riwut Km 30, <batas kota>",
    "latitude": -2.05,
    "longitude": 113.8,
    "narrative": "Truk & motor.\nDua orang tidak sadar.",
    "persons": "2 luka berat",
    "language": "id",
}


@dataclass
class Side:
    """One centre, as its people see it."""

    code: CentreCode
    service: Service
    client: httpx.AsyncClient
    base: str
    clock: Ahead = field(default_factory=Ahead)
    dispatching: Dispatching | None = None

    def unseen(self) -> str:
        """Return what supervisors are told of what nobody has opened; nothing if all is well."""
        assert self.dispatching is not None
        (fact,) = (each for each in self.dispatching.facts() if each.name == "received")
        return "" if fact.ok else fact.detail

    async def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Ask the API."""
        scope = "read" if method == "GET" else "tickets"
        headers = {"Authorization": f"Bearer {SECRETS[Scope(scope)]}", **given.pop("headers", {})}
        return await self.client.request(method, f"{self.base}/v1/{path}", headers=headers, **given)

    async def get(self, path: str) -> Any:
        """Return what is there."""
        found = await self.ask("GET", path)
        assert found.status_code == 200, found.text
        return found.json()

    async def change(self, ticket: str, **fields: Any) -> None:
        """Write on a ticket."""
        seen = await self.ask("GET", f"tickets/{ticket}")
        headers = {
            "If-Match": seen.headers["etag"],
            "Content-Type": "application/merge-patch+json",
        }
        done = await self.ask("PATCH", f"tickets/{ticket}", json=fields, headers=headers)
        assert done.status_code == 200, done.text

    async def hand_off(self, ticket: str, agency: str) -> dict[str, Any]:
        """Pass a ticket on."""
        made = await self.ask(
            "POST",
            f"tickets/{ticket}/handoffs",
            json={"agencies": [agency]},
            headers={"Idempotency-Key": str(uuid4())},
        )
        assert made.status_code == 200, made.text
        found: dict[str, Any] = made.json()["items"][0]
        return found

    async def say(self, handoff: str, step: Step, note: str = "") -> httpx.Response:
        """Say a step."""
        body = {"step": step.value, **({"note": note} if note else {})}
        return await self.ask("POST", f"handoffs/{handoff}/steps", json=body)

    async def until_at(self, handoff: str, step: Step) -> dict[str, Any]:
        """Wait until a handoff has come to a step here."""

        async def is_there() -> bool:
            found = await self.ask("GET", f"handoffs/{handoff}")
            return found.status_code == 200 and found.json()["step"] == step

        await asking.until(is_there, within=15)
        found: dict[str, Any] = await self.get(f"handoffs/{handoff}")
        return found

    async def until_says(self, ticket: str, **fields: Any) -> None:
        """Wait until a ticket says this."""
        now: dict[str, Any] = {}

        async def is_so() -> bool:
            found = await self.ask("GET", f"tickets/{ticket}")
            now.update(found.json())
            return found.status_code == 200 and all(now[name] == fields[name] for name in fields)

        await asking.until(is_so, within=15, seen=lambda: now)

    async def timeline(self, ticket: str) -> list[dict[str, Any]]:
        """Return the timeline without who told of it."""
        items = (await self.get(f"tickets/{ticket}/timeline"))["items"]
        return [{name: each[name] for name in each.keys() - {"neighbour"}} for each in items]


def neighbour(code: str, url: str) -> Agency:
    """Return another centre, as a directory has it."""
    name = {"id": f"112 {code}", "en": f"112 {code}"}
    channels = (Channel(ChannelKind.WEBHOOK, url),)
    return Agency(AgencyCode(code), AgencyKind.CENTRE, name, channels=channels)


async def store_at(path: Path) -> Store:
    """Return a new store."""
    store = Store(f"sqlite:///{path}")
    await store.migrate()
    return store


@asynccontextmanager
async def two_centres(tmp_path: Path, nodes: int) -> AsyncIterator[tuple[Side, Side]]:
    """Run two centres that know each other, on so many nodes."""
    async with AsyncExitStack() as stack:
        stores = [await store_at(tmp_path / f"{n}.db") for n in range(nodes)]
        services = (
            [Service(stores[0], others=[KTM])]
            if nodes == 1
            else [Service(stores[0]), Service(stores[1], centre=KTM)]
        )
        sides, tasks = [], []
        for code, service in zip((PKY, KTM), (services[0], services[-1]), strict=True):
            service.now = time.time()
            client = await stack.enter_async_context(service.served())
            base = f"{client.base_url}".rstrip("/") + (f"/centres/{code}" if nodes == 1 else "")
            sides.append(Side(code, service, client, base))
        for here, there in (sides, sides[::-1]):
            code, store = here.code, here.service.store
            assert isinstance(store, Store)
            name = there.code.lower()
            url = f"{there.base}/v1/agency/{code.lower()}/messages"
            await here.service.agencies[code].put(neighbour(name, url), None, "ani")
            await store.agencies.set_secret(code, AgencyCode(name), SECRET)
            dispatching = Dispatching(
                code,
                store,
                here.service.handoffs[code],
                owned=lambda: True,
                allowed=(ip_network("127.0.0.0/8"),),
                clock=here.clock,
            )
            here.dispatching = dispatching
            tasks.append(asyncio.create_task(dispatching.run()))
        try:
            yield sides[0], sides[1]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
    for each in stores:
        await each.close()


async def an_incident(side: Side) -> str:
    """Have a call come in and be taken down; return the identifier of its ticket."""
    records = life(1, at=time.time() - 60, centre=side.code)
    assert isinstance(side.service.store, Store)
    await write(side.service.store, *records)
    call = records[0].call
    assert call is not None
    await side.change(str(call.ticket), **AT_PKY)
    return str(call.ticket)


async def urn(side: Side, ticket: str) -> str:
    """Return the incident identifier that a centre's documents have."""
    assert isinstance(side.service.store, Store)
    found = await incident(side.service.store, CentreSettings(centre=side.code), ticket)
    assert found is not None
    name: str = found.eido().partition('"$id": "')[2].partition('"')[0]
    return name


@pytest.mark.parametrize("nodes", [1, 2])
async def test_an_incident_goes_over_and_both_see_one_history(tmp_path: Path, nodes: int) -> None:
    """Request, ticket, acceptance, changes both ways, completion: one incident all the time."""
    async with two_centres(tmp_path, nodes) as (pky, ktm):
        ticket = await an_incident(pky)
        asked = await pky.hand_off(ticket, "ktm")
        handoff = asked["id"]
        await pky.until_at(handoff, Step.DELIVERED)
        await ktm.until_says(ticket, status="open", **AT_PKY)
        theirs = await ktm.until_at(handoff, Step.DELIVERED)
        assert (theirs["purpose"], theirs["agency"], theirs["ticket"]) == (
            "received",
            "pky",
            ticket,
        )
        assert theirs["due_at"] is None
        here = await ktm.get(f"tickets/{ticket}")
        assert here["number"].startswith("KTM-")
        assert await urn(ktm, ticket) == await urn(pky, ticket)
        assert (await urn(ktm, ticket)).endswith(f":{domain_of(PKY)}")
        # the answers, each with who says it
        for step in (Step.ACKNOWLEDGED, Step.ACCEPTED):
            assert (await ktm.say(handoff, step, "siap")).status_code == 200
            await pky.until_at(handoff, step)
        # what changes there is known here, but not over what was written here
        await ktm.change(ticket, narrative="Ditangani KTM")
        await pky.change(ticket, address="Km 31", narrative="Truk terbakar")
        await ktm.until_says(ticket, address="Km 31", narrative="Ditangani KTM")
        note = await ktm.ask("POST", f"handoffs/{handoff}/notes", json={"note": "2 ambulans"})
        assert note.status_code == 200
        await ktm.change(ticket, disposition="handled", status="closed")
        done = await pky.until_at(handoff, Step.COMPLETED)
        assert (await ktm.until_at(handoff, Step.COMPLETED))["ended"]
        assert [
            (each["step"], each["by"], each["note"])
            for each in done["events"]
            if each["by"].startswith("agency:")
        ] == [
            ("acknowledged", "agency:ktm tickets-client", "siap"),
            ("accepted", "agency:ktm tickets-client", "siap"),
            ("accepted", "agency:ktm tickets-client", "2 ambulans"),
            ("completed", "agency:ktm tickets-client", ""),
        ]
        assert (await pky.get(f"tickets/{ticket}"))["narrative"] == "Truk terbakar"
        one, other = await pky.timeline(ticket), await ktm.timeline(ticket)
        assert one == other
        told = [(each["centre"][:3], each["about"], each["what"]) for each in one]
        assert ("pky", "call", "answered") in told
        assert [each for each in told if each[2] in {"accepted", "completed", "delivered"}] == [
            ("pky", "handoff", "delivered"),
            ("ktm", "handoff", "accepted"),
            ("ktm", "handoff", "completed"),
        ]
        assert len({(each["centre"], each["id"]) for each in one}) == len(one)


async def test_what_nobody_opens_is_told_to_supervisors(tmp_path: Path) -> None:
    """When the other centre's time is over, and not before; until somebody has seen it."""
    async with two_centres(tmp_path, 2) as (pky, ktm):
        handoff = (await pky.hand_off(await an_incident(pky), "ktm"))["id"]
        await ktm.until_at(handoff, Step.DELIVERED)
        dispatching = ktm.dispatching
        assert dispatching is not None
        ktm.clock.by_s = 100
        looked = dispatching.looks
        await asking.until(lambda: dispatching.looks > looked + 1, within=10)
        assert not ktm.unseen()
        ktm.clock.by_s = 130
        await asking.until(ktm.unseen, within=15)
        assert "pky" in ktm.unseen()
        assert not pky.unseen()
        assert (await ktm.say(handoff, Step.ACKNOWLEDGED)).status_code == 200
        await asking.until(lambda: not ktm.unseen(), within=15)


async def test_a_centre_declines_and_the_other_takes_back(tmp_path: Path) -> None:
    """Who declines says why; who takes back is heard, and nobody is asked twice."""
    async with two_centres(tmp_path, 2) as (pky, ktm):
        ticket = await an_incident(pky)
        first = (await pky.hand_off(ticket, "ktm"))["id"]
        await ktm.until_at(first, Step.DELIVERED)
        assert (await ktm.say(first, Step.DECLINED)).status_code == 422
        refused = await ktm.say(first, Step.CANCELLED, "no")
        assert refused.json()["type"] == "urn:sip112:problem:illegal-step"
        assert (await ktm.say(first, Step.DECLINED, "di luar wilayah")).status_code == 200
        assert (await pky.until_at(first, Step.DECLINED))["reason"] == "di luar wilayah"
        await ktm.change(ticket, status="closed")
        second = (await pky.hand_off(ticket, "ktm"))["id"]
        await ktm.until_at(second, Step.DELIVERED)
        await ktm.until_says(ticket, status="open")
        assert (await pky.say(second, Step.CANCELLED, "sudah ditangani")).status_code == 200
        assert (await ktm.until_at(second, Step.CANCELLED))["reason"] == "sudah ditangani"
        assert ktm.service.opened == [UUID(ticket)]


async def test_an_incident_may_come_back(tmp_path: Path) -> None:
    """Once it has ended there, the other centre may ask for the same incident here."""
    async with two_centres(tmp_path, 1) as (pky, ktm):
        ticket = await an_incident(pky)
        first = (await pky.hand_off(ticket, "ktm"))["id"]
        await ktm.until_at(first, Step.DELIVERED)
        await ktm.say(first, Step.COMPLETED)
        await pky.until_at(first, Step.COMPLETED)
        back = (await ktm.hand_off(ticket, "pky"))["id"]
        assert (await pky.until_at(back, Step.DELIVERED))["purpose"] == "received"
        assert (await pky.get(f"tickets/{ticket}"))["number"].startswith("PKY-")
        assert await urn(ktm, ticket) == await urn(pky, ticket)
