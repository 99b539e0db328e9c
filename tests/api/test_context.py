"""What stands beside a ticket: its calls, earlier calls of the number, other open tickets."""

from __future__ import annotations

from typing import Any

import httpx

from sip112.api.hub import Hub
from sip112.api.routes.context import EARLIER, NEARBY
from sip112.people.roles import Scope
from sip112.routing.call import Call, Caller, CallState, Outcome
from sip112.routing.effects import EntryKind
from sip112.routing.ids import CentreCode, Instant
from sip112.store.store import Store
from tests.api.service import Service, problem, write
from tests.api.test_tickets import change
from tests.store.examples import PKY, START, arrived, life, opening, record

BUDI = Caller("081255500001", "Budi")
SRI = Caller("081255500002", "Sri")


async def ring(store: Store, *calls: Call) -> None:
    """Have calls open their tickets."""
    await write(store, *map(opening, calls))


async def context(client: httpx.AsyncClient, call: Call) -> Any:
    """Return what stands beside a call's ticket."""
    response = await client.get(f"/v1/tickets/{call.ticket_number}/context")
    assert response.status_code == 200, response.text
    return response.json()


def numbers(items: list[Any]) -> list[Any]:
    """Return the numbers of the tickets of `items`."""
    return [None if each["ticket"] is None else each["ticket"]["number"] for each in items]


async def test_earlier_calls_of_the_number(service: Service, store: Store) -> None:
    """Newest first, with their outcome and what became of their tickets by now."""
    await write(store, *life(1, at=START, caller=BUDI))
    gone = arrived(2, at=START + 100, caller=BUDI).evolve(
        state=CallState.ENDED, outcome=Outcome.ABANDONED, ended_at=Instant(START + 109)
    )
    now, later = (arrived(n, at=START + n * 100, caller=BUDI) for n in (3, 4))
    await ring(store, gone, arrived(9, at=START + 50, caller=SRI), now, later)
    async with service.client(Scope.TICKETS) as client:
        said = {"incident_type": "fire", "disposition": "prank", "status": "closed"}
        await change(client, str(arrived(1).ticket_number), said, '"2"')
    async with service.client() as client:
        found = await context(client, now)
    assert [each["caller"]["number"] for each in (item["call"] for item in found["earlier"])] == [
        BUDI.number,
        BUDI.number,
    ]
    assert [item["call"]["outcome"] for item in found["earlier"]] == ["abandoned", "answered"]
    assert numbers(found["earlier"]) == [str(gone.ticket_number), "PKY-20261122-0001"]
    first = found["earlier"][1]["ticket"]
    assert {name: first[name] for name in said} == said
    assert [each["id"] for each in found["calls"]] == [str(now.id)]


async def test_a_caller_without_a_number_has_no_earlier_calls(
    service: Service, store: Store
) -> None:
    """However many others there were without one, with the same name."""
    hidden = [
        arrived(n, at=START + n, caller=Caller(None, "Anonymous", "anonymous")) for n in (1, 2, 3)
    ]
    await ring(store, *hidden)
    async with service.client() as client:
        assert (await context(client, hidden[-1]))["earlier"] == []


async def test_a_call_without_a_ticket_is_told_all_the_same(service: Service, store: Store) -> None:
    """As one whose ticket was never written."""
    before, now = arrived(1, at=START, caller=BUDI), arrived(2, at=START + 10, caller=BUDI)
    await write(store, record(EntryKind.CALL_ENDED, call=before), opening(now))
    async with service.client() as client:
        assert numbers((await context(client, now))["earlier"]) == [None]


async def test_of_one_who_calls_again_and_again_the_last_are_told(
    service: Service, store: Store
) -> None:
    """However many there were."""
    calls = [arrived(n, at=START + n, caller=BUDI) for n in range(1, EARLIER + 4)]
    await ring(store, *calls)
    async with service.client() as client:
        found = await context(client, calls[-1])
    assert numbers(found["earlier"]) == [str(call.ticket_number) for call in calls[-2:1:-1]]
    assert len(found["earlier"]) == EARLIER


async def test_every_number_of_a_ticket_counts(service: Service, store: Store) -> None:
    """A ticket may have calls of several."""
    before = [arrived(1, at=START, caller=BUDI), arrived(2, at=START + 1, caller=SRI)]
    now = arrived(3, at=START + 10, caller=BUDI)
    second = arrived(4, at=START + 20, caller=SRI).evolve(ticket=now.ticket)
    await ring(store, *before, now)
    await write(store, record(EntryKind.CALL_ARRIVED, call=second))
    async with service.client() as client:
        found = await context(client, now)
    assert [each["id"] for each in found["calls"]] == [str(now.id), str(second.id)]
    assert numbers(found["earlier"]) == [str(each.ticket_number) for each in before[::-1]]


async def test_other_open_tickets_of_the_same_time(service: Service, store: Store) -> None:
    """The nearest first, then those without a place; half an hour before and after."""
    at = {1: -1800.0, 2: -1800.001, 3: -60, 4: 0, 5: 60, 6: 1799.999, 7: 1800, 8: -30, 9: -20}
    calls = {n: arrived(n, at=START + offset) for n, offset in at.items()}
    await ring(store, *calls.values())
    places = {4: (-2.2161, 113.9135), 5: (-2.2261, 113.9135), 3: (-2.2162, 113.9135)}
    async with service.client(Scope.TICKETS) as client:
        for n, (latitude, longitude) in places.items():
            where = {"latitude": latitude, "longitude": longitude}
            assert (await change(client, str(calls[n].ticket_number), where)).status_code == 200
        await change(client, str(calls[9].ticket_number), {"status": "closed"})
    async with service.client() as client:
        found = (await context(client, calls[4]))["nearby"]
        assert [int(number[-1]) for number in numbers(found)] == [3, 5, 6, 8, 1]
        assert [each["distance_m"] for each in found] == [11, 1112, None, None, None]
        without = (await context(client, calls[8]))["nearby"]
    assert [int(number[-1]) for number in numbers(without)] == [5, 4, 3, 1, 2]  # its own half hours
    assert {each["distance_m"] for each in without} == {None}


async def test_in_a_disaster_the_newest_are_looked_at(service: Service, store: Store) -> None:
    """The answer stays small."""
    calls = [arrived(n, at=START + n / 10) for n in range(1, NEARBY + 11)]
    await ring(store, *calls)
    async with service.client() as client:
        for call in (calls[0], calls[-1]):
            found = numbers((await context(client, call))["nearby"])
            expected = [str(each.ticket_number) for each in calls[::-1] if each is not call]
            assert found == expected[:NEARBY]


async def test_a_ticket_that_is_not_there(service: Service, store: Store) -> None:
    """Or is another centre's."""
    await ring(store, arrived(1))
    async with service.client() as client:
        response = await client.get("/v1/tickets/PKY-20261122-0002/context")
    problem(response, 404, "unknown-ticket")
    async with Service(store, centre=CentreCode("SPT")).client() as client:
        problem(await client.get(f"/v1/tickets/{arrived(1).ticket}/context"), 404, "unknown-ticket")


async def test_while_the_database_is_away(gone: Store) -> None:
    """A ticket that waits to be written is told with its call; one that is stored is not."""
    call = arrived(1, caller=BUDI)
    hub = Hub(PKY, gone)
    service = Service(gone, hub)
    gone.writer(PKY).put(opening(call))
    async with service.client() as client:
        problem(
            await client.get(f"/v1/tickets/{call.ticket}/context"), 503, "store-unavailable"
        )  # nobody has its call
        hub.publish(opening(call))
        found = await context(client, call)
        assert [each["id"] for each in found["calls"]] == [str(call.id)]
        assert (found["earlier"], found["nearby"]) == (None, None)
        ringing = call.evolve(state=CallState.RINGING)
        service.desk.live.append(ringing)
        assert (await context(client, call))["calls"][0]["state"] == "ringing"
        problem(await client.get("/v1/tickets/PKY-20261122-0002/context"), 503, "store-unavailable")


async def test_what_is_in_memory_comes_before_what_is_stored(
    service: Service, store: Store
) -> None:
    """A seat that rings must not be shown as the call was when it was last written."""
    call = arrived(1, caller=BUDI)
    await ring(store, call)
    async with service.client() as client:
        assert (await context(client, call))["calls"][0]["state"] == "arrived"
        service.hub.publish(opening(call))
        queued = call.evolve(state=CallState.QUEUED)
        service.hub.publish(record(EntryKind.CALL_QUEUED, call=queued))
        assert (await context(client, call))["calls"][0]["state"] == "queued"
