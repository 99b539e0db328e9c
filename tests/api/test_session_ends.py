"""What would outlast a session: event streams end, and browser phones are taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from sip112.api import watch
from sip112.api.access import COOKIE
from sip112.api.ports import Phone, PhoneKind
from sip112.people.roles import Scope
from sip112.people.session import digest
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import AgentId, CentreCode, SeatId
from sip112.routing.seat import Seat
from sip112.store.store import Store
from tests.api.people import add, browser
from tests.api.service import PKY, Service, problem, until

KTM = CentreCode("KTM")
SEAT = SeatId("web-01")


@pytest.fixture
async def centre(store: Store) -> Service:
    """Give a service with a phone in the browser at one seat, and two people."""
    await add(store, "sari")
    await add(store, "budi")
    return node(store)


def node(store: Store) -> Service:
    """Return a node of that centre."""
    service = Service(store, phones=("wss://x",))
    service.desk.places = [Seat(SEAT, PKY), Seat(SeatId("seat-03"), PKY)]
    service.desk.phones = {
        SEAT: Phone(PhoneKind.BROWSER, ("wss://x",), "sip112"),
        "seat-03": Phone(PhoneKind.OWN),
    }
    return service


async def look(service: Service) -> None:
    """Have the node look at its sessions."""
    await service.app.state.watch.look()


@asynccontextmanager
async def following(
    service: Service, cookie: str | None, path: str = "/v1/events"
) -> AsyncIterator[asyncio.Task[None]]:
    """Have a stream open; give what is done when the node has ended it."""
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}

    async def drain(response: httpx.Response) -> None:
        async for _ in response.aiter_bytes():
            pass

    async with service.served() as client:
        if cookie:
            del client.headers["Authorization"]
        silent = httpx.Timeout(5, read=None)  # a busy machine is no reason for a stream to end
        async with client.stream("GET", path, headers=headers, timeout=silent) as response:
            assert response.status_code == 200
            ended = asyncio.create_task(drain(response))
            hubs = service.hubs.values()
            await until(lambda: any(hub._waiters for hub in hubs))
            yield ended
            ended.cancel()


async def ends(stream: asyncio.Task[None]) -> None:
    """Wait for the end of a stream, which is in good order."""
    async with asyncio.timeout(2):
        await stream


async def goes_on(service: Service, stream: asyncio.Task[None]) -> None:
    """Check that a stream has not ended: after a wake it waits again."""
    service.hub.wake()
    await asyncio.sleep(0)
    await until(lambda: service.hub._waiters)
    assert not stream.done()
    assert service.hub.streams == 1


# --- event streams ---------------------------------------------------------------------------


async def by_signing_out(_: Service, store: Store, secret: str) -> None:
    """Sign out, at another node."""
    await store.people.end(digest(secret))


async def by_a_new_password(_: Service, store: Store, __: str) -> None:
    """Be given a new password by the command line."""
    await store.people.change(AgentId("sari"), {"password": "new"})


async def by_an_administrator(_: Service, store: Store, __: str) -> None:
    """Be made inactive."""
    await store.people.change(AgentId("sari"), {"disabled": True})


async def by_losing_the_centre(_: Service, store: Store, __: str) -> None:
    """Be sent to another centre."""
    await store.people.change(AgentId("sari"), {"centres": frozenset({KTM})})


async def by_losing_the_roles(_: Service, store: Store, __: str) -> None:
    """Be allowed nothing any more."""
    await store.people.change(AgentId("sari"), {"roles": frozenset()})


async def by_time(service: Service, _: Store, __: str) -> None:
    """Make no request for half a day."""
    service.now += 12 * 3600


@pytest.mark.parametrize(
    "end",
    [
        by_signing_out,
        by_a_new_password,
        by_an_administrator,
        by_losing_the_centre,
        by_losing_the_roles,
        by_time,
    ],
)
async def test_a_stream_ends_when_its_session_does(
    centre: Service, store: Store, end: Callable[[Service, Store, str], Awaitable[None]]
) -> None:
    """However it ended, and wherever; one look is enough."""
    async with browser(centre, store, "sari") as client:
        secret = client.cookies[COOKIE]
        async with following(centre, secret) as stream:
            await look(centre)
            await goes_on(centre, stream)
            await end(centre, store, secret)
            await look(centre)
            await ends(stream)
            await until(lambda: centre.hub.streams == 0)
        assert not centre.app.state.watch._leashes
        answer = await client.get("/v1/events")
        assert answer.status_code in {401, 403}


async def test_other_streams_go_on(centre: Service, store: Store) -> None:
    """A machine's, and those of other people."""
    async with browser(centre, store, "sari") as sari, browser(centre, store, "budi") as budi:
        async with following(centre, budi.cookies[COOKIE]) as stream:
            assert (await sari.delete("/v1/session")).status_code == 204
            await store.people.change(AgentId("sari"), {"disabled": True})
            await look(centre)
            await goes_on(centre, stream)
        other = node(store)
        async with following(other, None) as stream:
            other.now += 48 * 3600
            await look(other)
            await goes_on(other, stream)


@pytest.mark.parametrize("signs_out", [True, False])
async def test_while_the_database_is_away_nobody_is_thrown_out(
    centre: Service, store: Store, monkeypatch: pytest.MonkeyPatch, signs_out: bool
) -> None:
    """But who signs out here, or whose time is over, as at every request."""

    async def away(*_: object) -> Any:
        raise StoreUnavailable("away")

    async with (
        browser(centre, store, "sari") as client,
        following(centre, client.cookies[COOKIE]) as stream,
    ):
        for name in ("sessions", "session", "end"):
            monkeypatch.setattr(store.people, name, away)
        await look(centre)
        await goes_on(centre, stream)
        if signs_out:
            assert (await client.delete("/v1/session")).status_code == 204
        else:
            centre.now += 12 * 3600
        await look(centre)
        await ends(stream)


async def test_one_query_looks_at_all(
    centre: Service, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And none if there is nobody to look at and no phone in a browser."""
    asked: list[tuple[object, ...]] = []
    query = store.people.sessions

    async def counted(*arguments: Any) -> Any:
        asked.append(arguments)
        return await query(*arguments)

    monkeypatch.setattr(store.people, "sessions", counted)
    idle = Service(store)
    await look(idle)
    assert asked == []
    async with browser(centre, store, "sari") as sari, browser(centre, store, "budi") as budi:
        await sari.put("/v1/session/seat", json={"seat": SEAT})
        await sari.post(f"/v1/seats/{SEAT}/phone")
        async with following(centre, budi.cookies[COOKIE]):
            await look(centre)
    keys = {digest(each.cookies[COOKIE]) for each in (sari, budi)}
    assert asked == [(keys, frozenset({PKY}))]


async def test_the_node_looks_by_itself(
    centre: Service, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after a look that failed."""
    monkeypatch.setattr(watch, "LOOK_S", 0.01)
    looks: list[int] = []
    once = centre.app.state.watch.look

    async def failing() -> None:
        looks.append(len(looks))
        if len(looks) == 1:
            raise RuntimeError
        await once()

    monkeypatch.setattr(centre.app.state.watch, "look", failing)
    async with browser(centre, store, "sari") as sari:
        secret = sari.cookies[COOKIE]
        async with centre.served(lifespan="on") as client:
            headers = {"Cookie": f"{COOKIE}={secret}"}
            del client.headers["Authorization"]
            async with client.stream("GET", "/v1/events", headers=headers) as response:
                await store.people.end(digest(secret))
                async with asyncio.timeout(5):
                    async for _ in response.aiter_bytes():
                        pass
            problem(await client.get("/v1/seats", headers=headers), 401, "session-over")
    assert len(looks) > 1


# --- browser phones --------------------------------------------------------------------------


async def sit(client: httpx.AsyncClient) -> None:
    """Sit down, and have the phone there."""
    body = {"seat": SEAT, "take_over": True}
    assert (await client.put("/v1/session/seat", json=body)).status_code == 200
    assert (await client.post(f"/v1/seats/{SEAT}/phone")).status_code == 200


async def by_standing_up_elsewhere(_: Service, store: Store, secret: str) -> None:
    """Stand up, at a node that does not own the centre."""
    await store.people.stand_up(digest(secret))


@pytest.mark.parametrize(
    "end",
    [
        by_signing_out,
        by_standing_up_elsewhere,
        by_a_new_password,
        by_an_administrator,
        by_time,
    ],
)
@pytest.mark.parametrize("restarted", [False, True])
async def test_the_owner_takes_back_what_was_left_unseen(
    centre: Service,
    store: Store,
    end: Callable[[Service, Store, str], Awaitable[None]],
    restarted: bool,
) -> None:
    """Whoever gave it: an owner sees who sits where, and takes the phone when nobody does."""
    async with browser(centre, store, "sari") as client:
        await sit(client)
        owner = node(store) if restarted else centre
        owner.desk.given = centre.desk.given
        await look(owner)
        assert set(owner.desk.given) == {SEAT}
        await end(owner, store, client.cookies[COOKIE])
        assert set(owner.desk.given) == {SEAT}
        await look(owner)
        assert owner.desk.given == {}


async def test_the_next_one_keeps_the_phone(
    centre: Service, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if a look that began before them ends after them."""
    query = store.people.sessions
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*arguments: Any) -> Any:
        found = await query(*arguments)
        begun.set()
        await go_on.wait()
        return found

    async with browser(centre, store, "sari") as sari, browser(centre, store, "budi") as budi:
        await sit(sari)
        await look(centre)
        await store.people.end(digest(sari.cookies[COOKIE]))
        monkeypatch.setattr(store.people, "sessions", slow)
        looking = asyncio.create_task(look(centre))
        await begun.wait()
        await sit(budi)
        go_on.set()
        await looking
        assert set(centre.desk.given) == {SEAT}
        await look(centre)
        assert set(centre.desk.given) == {SEAT}


async def test_a_phone_that_a_machine_asked_for_stays(centre: Service, store: Store) -> None:
    """Nobody sits there, and nobody leaves."""
    async with browser(centre, store, "sari") as sari:
        await sit(sari)
        await look(centre)
        async with centre.client(Scope.SEATS) as machine:
            assert (await machine.post(f"/v1/seats/{SEAT}/phone")).status_code == 200
        await store.people.end(digest(sari.cookies[COOKIE]))
        await look(centre)
        assert set(centre.desk.given) == {SEAT}


async def test_a_standby_takes_nothing_back(centre: Service, store: Store) -> None:
    """The owner does."""
    async with browser(centre, store, "sari") as sari:
        await sit(sari)
        standby = node(store)
        standby.desk.owned = False
        standby.desk.given = dict(centre.desk.given)
        await look(standby)
        await store.people.end(digest(sari.cookies[COOKIE]))
        await look(standby)
        assert set(standby.desk.given) == {SEAT}
