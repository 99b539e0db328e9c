"""Notices: told once to whoever listens, and never again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from pydantic import TypeAdapter

from sip112.api import docs, notices
from sip112.api.hub import Hub, about, nothing
from sip112.api.notices import NoticeKind, deaf, heard_at
from sip112.api.ports import Archive
from sip112.api.schemas.notices import NoticeView
from sip112.api.schemas.spies import spy_view
from sip112.people.roles import Scope
from sip112.routing.ids import SeatId, Seq
from sip112.store.store import Store
from tests.api.service import NOW, PKY, Service, until
from tests.api.test_hub import EVERYTHING, Journal, entry, following, heard, seqs
from tests.api.test_tickets import change, opened

HERE, THERE = SeatId("seat-03"), SeatId("seat-04")


def hub_with(journal: Journal | None = None, **options: Any) -> Hub:
    """Return a hub at a known time."""
    archive = cast("Archive", journal or Journal())
    return Hub(PKY, archive, clock=lambda: NOW, **options)


def taken(hub: Hub, seat: SeatId, by: str = "ani") -> None:
    """Tell that a seat was taken over."""
    data = {"seat": seat, "by": by, "agent": "sari"}
    hub.notify(NoticeKind.SEAT_TAKEN_OVER, data, seat=seat)


def told(chunk: bytes) -> list[dict[str, Any]]:
    """Return the notices in what a stream sent."""
    lines = [event.split("\n") for event in chunk.decode().split("\n\n")]
    return [json.loads(each[1][6:]) for each in lines if each[0] == "event: notice"]


async def all_told(stream: AsyncIterator[bytes]) -> list[str]:
    """Return who took what, of all notices until the stream ends."""
    async with asyncio.timeout(5):
        return [each["by"] async for chunk in stream for each in told(chunk)]


async def test_a_notice_is_an_event_without_an_id() -> None:
    """A browser that comes back afterwards asks for what came after the last entry."""
    hub = hub_with()
    stream = await hub.subscribe(None, EVERYTHING)
    await following(stream)
    waiting = asyncio.ensure_future(following(stream))
    await until(lambda: hub._waiters)
    taken(hub, HERE)
    chunk = await waiting
    assert chunk == (
        b"event: notice\n"
        b'data: {"kind": "seat.taken_over", "at": "2026-11-21T22:28:20.000Z", '
        b'"seat": "seat-03", "by": "ani", "agent": "sari"}\n\n'
    )
    TypeAdapter(NoticeView).validate_python(told(chunk)[0])


async def test_what_was_told_before_is_not_told_again() -> None:
    """Neither to who comes first, nor to who comes back."""
    hub = hub_with()
    hub.publish(entry(1))
    taken(hub, HERE, "before")
    streams = [await hub.subscribe(after, EVERYTHING) for after in (None, Seq(0), Seq(1))]
    taken(hub, HERE, "after")
    hub.close()
    for stream in streams:
        assert await all_told(stream) == ["after"]


async def test_entries_go_on_beside_notices() -> None:
    """Each once, in order; a notice holds none of them up and displaces none."""
    hub = hub_with()
    stream = await hub.subscribe(None, EVERYTHING)
    for seq in range(1, 6):
        hub.publish(entry(seq))
        taken(hub, HERE, f"after {seq}")
    hub.close()
    chunks = [chunk async for chunk in stream]
    assert [seq for chunk in chunks for seq in seqs(chunk)] == [1, 2, 3, 4, 5]
    everything = [each["by"] for chunk in chunks for each in told(chunk)]
    assert everything == [f"after {seq}" for seq in range(1, 6)]


async def test_who_follows_one_seat_hears_of_no_other() -> None:
    """Nor is woken for it; what concerns everybody is for everybody."""
    hub = hub_with()
    stream = await hub.subscribe(None, about(HERE, frozenset()), heard_at(HERE, lambda _: True))
    await following(stream)
    waiting = asyncio.ensure_future(following(stream))
    await until(lambda: hub._waiters)
    (waiter,) = hub._waiters
    taken(hub, THERE)
    assert not waiter.done()
    hub.notify(NoticeKind.ALARM, {"name": "store"})
    assert [each["kind"] for each in told(await waiting)] == ["alarm"]
    taken(hub, HERE)
    assert [each["seat"] for each in told(await following(stream))] == ["seat-03"]


async def test_who_may_not_is_not_told() -> None:
    """Nor woken for it; who listens to whom is for supervisors."""
    hub = hub_with()
    operator = await hub.subscribe(None, EVERYTHING, heard_at(None, lambda _: False))
    supervisor = await hub.subscribe(None, EVERYTHING, heard_at(None, lambda _: True))
    for stream in (operator, supervisor):
        await following(stream)
    data = {"spy": spy_view(docs.SPY)}
    hub.notify(NoticeKind.SPY_CHANGED, data, scope=Scope.SUPERVISE)
    [notice] = told(await following(supervisor))
    TypeAdapter(NoticeView).validate_python(notice)
    taken(hub, HERE)
    assert [each["kind"] for each in told(await following(operator))] == ["seat.taken_over"]


async def test_who_wants_entries_alone_is_left_alone() -> None:
    """However many notices there were meanwhile."""
    hub = hub_with()
    stream = await hub.subscribe(None, EVERYTHING, deaf)
    for _ in range(notices.MEMORY + 1):
        taken(hub, HERE)
    hub.publish(entry(1))
    hub.close()
    chunks = [chunk async for chunk in stream]
    assert [seq for chunk in chunks for seq in seqs(chunk)] == [1]
    assert not any(map(told, chunks))


async def test_who_wants_notices_alone() -> None:
    """Is sent no entry, and knows the place to come back to all the same."""
    hub = hub_with(heartbeat=0.01)
    stream = await hub.subscribe(None, nothing)
    await following(stream)
    hub.publish(entry(7))
    taken(hub, HERE)
    assert [each["by"] for each in told(await following(stream))] == ["ani"]
    assert await following(stream) == b":\nid: 7\n\n"


async def test_a_slow_listener_costs_no_memory() -> None:
    """The ring is all there is; who lags behind it has to come back and read anew."""
    hub = hub_with()
    slow, quick = [await hub.subscribe(None, EVERYTHING) for _ in range(2)]
    await following(slow)
    await following(quick)
    heard_of = 0
    for n in range(notices.MEMORY + 1):
        taken(hub, HERE, str(n))
        if n % 100 == 99:
            while heard_of <= n:
                chunk = await following(quick)
                assert len(told(chunk)) <= 50
                heard_of += len(told(chunk))
    assert len(hub._notices._ring) == notices.MEMORY
    assert await heard(slow) == []
    assert [each["by"] for each in told(await following(quick))] == [str(notices.MEMORY)]


async def test_a_full_ring_is_told_whole() -> None:
    """One less than too many is not too many."""
    hub = hub_with()
    stream = await hub.subscribe(None, EVERYTHING)
    for n in range(notices.MEMORY):
        taken(hub, HERE, str(n))
    hub.close()
    assert await all_told(stream) == [str(n) for n in range(notices.MEMORY)]


@pytest.mark.parametrize("name", ["a\nb\r\nid: 1", "\u2028\x85", "\udce9", "\x00", "📞"])
async def test_no_name_ends_the_event(name: str) -> None:
    """Whatever is told, it stays in its line."""
    hub = hub_with()
    stream = await hub.subscribe(None, EVERYTHING)
    await following(stream)
    taken(hub, HERE, name)
    chunk = await following(stream)
    assert chunk.count(b"\n") == 3
    assert b"\r" not in chunk
    assert told(chunk)[0]["by"] == name


async def test_the_kinds_of_a_stream(service: Service) -> None:
    """With kinds of entries alone there are no notices, unless they are asked for too."""
    expected = {
        "": ["1", "notice", "2"],
        "kind=pbx.back": ["1", "2"],
        "kind=pbx.back&kind=notice": ["1", "notice", "2"],
        "kind=notice": ["notice"],
        "kind=call.ended&kind=notice&seat=seat-04": [],
        "kind=notice&seat=seat-03": ["notice"],
    }
    async with service.served() as client:
        for query, names in expected.items():
            async with client.stream("GET", f"/v1/events?{query}") as response:
                lines = response.aiter_lines()
                assert await anext(lines) == "retry: 1000"
                await until(lambda: service.hub._waiters)
                for seq in (1, 2):
                    service.hub.publish(entry(seq))
                    if seq == 1:
                        taken(service.hub, HERE)
                service.hub._closed = True
                service.hub._wake_all(news=True)
                heard = []
                event = ""
                async for line in lines:
                    name, _, value = line.partition(": ")
                    event = value if name == "event" else event
                    if name == "data":
                        heard.append(event if event == "notice" else str(json.loads(value)["seq"]))
            assert sorted(heard) == sorted(names), query
            service.hub._closed = False


async def test_a_changed_ticket_is_told(service: Service, store: Store) -> None:
    """To whoever follows the events: which, by whom, and what; once, and not when it failed."""
    (number,) = await opened(store)
    stream = await service.hub.subscribe(None, EVERYTHING)
    changes = {"incident_type": "fire", "address": None}
    async with service.client(Scope.TICKETS) as client:
        for etag in ('"1"', '"1"'):  # the second time its answer had been lost
            changed = (await change(client, number, changes, etag)).json()
        await change(client, number, {"incident_type": "fire"}, '"2"')
        await change(client, number, {"address": "Jl. Contoh 12"}, '"1"')
        await change(client, number, {"address": ""}, '"2"')
    service.hub.close()
    heard = [each async for chunk in stream for each in told(chunk)]
    for each in heard:
        TypeAdapter(NoticeView).validate_python(each)
    assert [(each["kind"], each["ticket"], each["number"]) for each in heard] == [
        ("ticket.changed", changed["id"], number)
    ]
    assert heard[0]["version"] == 2
    assert heard[0]["by"] == "tickets-client"
    assert heard[0]["fields"] == ["incident_type"]
