"""A node that owns its centres, as its API tells it: over links to servers that speak AMI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sip112.ami import names
from sip112.api.ports import NotOwner
from sip112.people.roles import Scope
from sip112.people.token import digest
from sip112.routing.desk import Desk
from sip112.routing.effects import Effect
from sip112.routing.events import CallsStored, Event, LogIn
from sip112.routing.ids import AgentId, CentreCode, SeatId, Seq
from sip112.routing.pad import Sight
from sip112.service.centre import Centre
from sip112.service.node import Node
from sip112.service.settings import CentreSettings, PbxSettings, Settings, TokenSettings
from sip112.store.store import Store
from tests.api.service import PKY, SECRETS, until, write
from tests.api.test_events import entry, events, listening
from tests.link.fake_ami import SECRET, FakeAmi, event
from tests.store.examples import life

KTM = CentreCode("KTM")
TOKENS = (
    TokenSettings(name="reader", digest=digest(SECRETS[Scope.READ])),
    TokenSettings(name="ktm", digest=digest("ktm"), centres=frozenset({"KTM"})),
)


@pytest.fixture
async def ami() -> AsyncIterator[FakeAmi]:
    """Give an Asterisk that has been left alone."""
    async with FakeAmi() as ami:
        yield ami


@pytest.fixture
async def other() -> AsyncIterator[FakeAmi]:
    """Give another."""
    async with FakeAmi() as ami:
        yield ami


@dataclass
class Running:
    """A node that runs, and a client of it."""

    node: Node
    client: httpx.AsyncClient

    def centre(self, code: CentreCode = PKY) -> Centre:
        """Return one of its centres."""
        return next(each for each in self.node.centres if each.code == code)

    def sees(self, code: CentreCode = PKY) -> bool:
        """Whether the node decides there."""
        tenure = self.centre(code).tenure
        return tenure is not None and tenure.desk.sight is Sight.CLEAR


@asynccontextmanager
async def running(tmp_path: Path, **given: Any) -> AsyncIterator[Running]:
    """Run a node on the database of these tests."""
    url = f"sqlite:///{tmp_path}/sip112.db"
    common: dict[str, Any] = {"database_url": url, "http_port": 0, "tokens": TOKENS, "node": "this"}
    node = Node(Settings.model_construct(**common | given))
    task = asyncio.create_task(node.run())
    try:
        await until(lambda: task.done() or node.listening.is_set())
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{node.port}",
            headers={"Authorization": f"Bearer {SECRETS[Scope.READ]}"},
            timeout=5,
            trust_env=False,
        ) as client:
            yield Running(node, client)
    finally:
        node.stop()
        async with asyncio.timeout(10):
            await task


def pbx(ami: FakeAmi, name: str = "pbx1") -> PbxSettings:
    """Return the settings of an Asterisk."""
    return PbxSettings.model_validate({"name": name, "port": ami.port, "secret": SECRET})


def owners(ami: FakeAmi, code: CentreCode = PKY) -> list[str]:
    """Return which tokens took a centre over."""
    return [
        each["Value"]
        for each in ami.actions
        if each["Action"] == "Setvar" and each["Variable"] == names.owner(code)
    ]


@pytest.mark.usefixtures("store")
async def test_a_node_with_two_centres(ami: FakeAmi, other: FakeAmi, tmp_path: Path) -> None:
    """Each decides at its own Asterisk, has its own seats, and is handed over at the end."""
    centres = tuple(
        CentreSettings.model_validate({"centre": code, "seats": seats, "pbxs": [pbx(where)]})
        for code, seats, where in (("PKY", "pky-01", ami), ("KTM", "ktm-01,ktm-02", other))
    )
    async with running(tmp_path, centres=centres) as here:
        await until(lambda: here.sees(PKY) and here.sees(KTM))
        found = {}
        for code in (PKY, KTM):
            answer = await here.client.get(f"/centres/{code}/v1/seats")
            found[code] = [item["id"] for item in answer.json()["items"]]
        assert found == {PKY: ["pky-01"], KTM: ["ktm-01", "ktm-02"]}
        assert (await here.client.get("/v1/seats")).status_code == 400
        bound = await here.client.get("/v1/seats", headers={"Authorization": "Bearer ktm"})
        assert [item["id"] for item in bound.json()["items"]] == ["ktm-01", "ktm-02"]
        ready = await here.client.get("/readyz")
        told = {check["name"]: check["ok"] for check in ready.json()["checks"]}
        assert ready.status_code == 200, ready.text
        assert all(told[f"{code}.{name}"] for code in (PKY, KTM) for name in ("link", "routing"))
    for code, where, elsewhere in ((PKY, ami, other), (KTM, other, ami)):
        assert owners(where, code) == ["1"]
        assert owners(elsewhere, code) == []
        modes = [
            each["Value"]
            for each in where.actions
            if each["Action"] == "Setvar" and each["Variable"] == names.mode(code)
        ]
        assert modes == [names.SERVICE, names.NATIVE]


@pytest.mark.usefixtures("store")
async def test_a_centre_with_two_asterisks(ami: FakeAmi, other: FakeAmi, tmp_path: Path) -> None:
    """One of which goes: the node stays ready, and decides at the other. Without both it is not."""
    both = (pbx(ami, "north"), pbx(other, "south"))
    async with running(tmp_path, pbxs=both) as here:
        await until(here.sees)
        await until(lambda: owners(ami) == owners(other) == ["1"])
        await other.stop()
        tenure = here.centre().tenure
        assert tenure is not None
        north, south = tenure.links
        await until(lambda: tenure.desk.sight_of(south) is Sight.DARK)
        assert tenure.desk.sight_of(north) is Sight.CLEAR
        ready = await here.client.get("/readyz")
        assert ready.status_code == 200, ready.text
        told = {check["name"]: check["ok"] for check in ready.json()["checks"]}
        assert (told["link.north"], told["link.south"], told["routing.south"]) == (
            True,
            False,
            False,
        )
        assert told["routing"]
        await ami.stop()
        await until(lambda: tenure.desk.sight_of(north) is Sight.DARK)
        ready = await here.client.get("/readyz")
        assert ready.status_code == 503, "it decides nowhere"
        stops = [c["name"] for c in ready.json()["checks"] if c["severity"] == "critical"]
        assert "routing" in stops


@pytest.mark.usefixtures("store")
async def test_a_fault_as_a_call_is_stored_leaves_no_note(
    ami: FakeAmi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a call is stored is said once, and Asterisk forgets it then: it is taken again."""
    step, faults = Desk.step, 0

    def faulty(self: Desk, given: Event, *more: Any) -> list[Effect]:
        nonlocal faults
        if isinstance(given, CallsStored) and not faults:
            faults += 1
            raise ZeroDivisionError
        return step(self, given, *more)

    monkeypatch.setattr(Desk, "step", faulty)
    note = "centre=PKY&arrived=1700000000.5&number=08125550101"
    call = {"Uniqueid": "1700000000.1", "Channel": "PJSIP/carrier-00000001"}
    async with running(tmp_path, pbxs=(pbx(ami),)) as here:
        await until(here.sees)
        ami.session.write(event("UserEvent", UserEvent="Sip112Arrival", Note=note, **call))
        ami.session.write(event("UserEvent", UserEvent="Sip112End", Note="cause=16", **call))
        forget = "DB_DELETE(sip112/call/1700000000.1)"
        await until(lambda: any(each.get("Variable") == forget for each in ami.actions))
        tenure = here.centre().tenure
        assert tenure is not None
        assert (faults, tenure.faults) == (1, 1)


@pytest.mark.usefixtures("store")
async def test_a_newer_owner_of_whom_asterisk_tells(ami: FakeAmi, tmp_path: Path) -> None:
    """The node steps down at once, its streams end, and it comes back with a greater token."""
    ami.variables = {names.owner(PKY): "3"}
    centre = CentreSettings.model_validate({"centre": PKY, "seats": "seat-01", "pbxs": [pbx(ami)]})
    async with running(tmp_path, centres=(centre,)) as here:
        await until(here.sees)
        await until(lambda: owners(ami) == ["4"])
        first = here.centre().tenure
        async with listening(here.client) as response:
            await until(lambda: here.centre().hub.streams == 1)
            ami.silent("QueueAdd")  # the answer to a command is on its way for ever
            asked = asyncio.create_task(
                here.centre().command(LogIn, seat=SeatId("seat-01"), agent=AgentId("siti"))
            )
            await ami.received("QueueAdd")
            ami.variables = {names.owner(PKY): "9"}
            ami.session.write(event("UserEvent", UserEvent="Sip112Owner", Centre=PKY, Owner="9"))
            assert [each async for each in events(response)] == []
            with pytest.raises(NotOwner):
                await asked
        await until(lambda: here.centre().tenure is not first and here.sees())
        await until(lambda: owners(ami) == ["4", "10"])
        assert here.centre().takeovers == 2
        metrics = await here.client.get("/readyz")
        lease = next(each for each in metrics.json()["checks"] if each["name"] == "lease")
        assert int(lease["detail"].split()[-1]) >= 10


async def test_the_last_words_of_the_owner_before_are_not_left_out(
    ami: FakeAmi, tmp_path: Path, store: Store
) -> None:
    """A node that takes over has not followed all of them; who comes back is told the rest."""
    past = life(1)
    await write(store, *past)
    settings = Settings.model_construct(
        database_url=f"sqlite:///{tmp_path}/sip112.db", pbxs=(pbx(ami),), node="this"
    )
    centre = Centre(settings, settings.served[0], store)
    centre.hub.begin_after(past[2].seq)
    centre.hub.publish(past[3])  # as far as it has followed
    stream = await centre.hub.subscribe(past[2].seq, lambda _: True)
    told = [await anext(stream), await anext(stream)]
    assert b"id: %d\n" % past[3].seq in told[1]
    task = asyncio.create_task(centre.run())
    try:
        async with asyncio.timeout(5):
            assert [chunk async for chunk in stream] == [], "it ends"
        assert centre.hub.last == past[5].seq
        now = Seq(2**60)  # above what Asterisk's being back is told with, before it or after
        centre.hub.publish(entry(now))
        again = await centre.hub.subscribe(past[3].seq, lambda _: True)
        await anext(again)
        text = await anext(again)
        while b"id: %d\n" % now not in text:
            text += await anext(again)
        ids = [int(line[4:]) for line in text.split(b"\n") if line.startswith(b"id: ")]
        assert ids[:2] == [past[4].seq, past[5].seq]
        assert now in ids
    finally:
        centre.stop()
        async with asyncio.timeout(10):
            await task
