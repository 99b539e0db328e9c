"""Tickets that belong together, over HTTP: suggested, said, taken back; and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sip112.people.roles import Scope
from sip112.routing.call import Caller
from sip112.store.store import Store
from tests.api.service import Service, problem, write
from tests.api.test_handoffs import hand_off, step
from tests.api.test_hub import EVERYTHING
from tests.api.test_notices import told
from tests.api.test_tickets import change, opened
from tests.store.examples import START, arrived, opening

NOBODY = "PKY-20261122-9999"
ABSENT = "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44"


async def link(
    client: httpx.AsyncClient,
    number: str,
    other: str,
    kind: str = "duplicate",
    key: str = "k1",
    **more: Any,
) -> httpx.Response:
    """Say that two tickets belong together."""
    return await client.post(
        f"/v1/tickets/{number}/links",
        json={"kind": kind, "ticket": other, **more},
        headers={"Idempotency-Key": key},
    )


async def links(client: httpx.AsyncClient, number: str) -> Any:
    """Return what belongs together with a ticket."""
    answer = await client.get(f"/v1/tickets/{number}/links")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_duplicate_leads_to_its_parent(service: Service, store: Store) -> None:
    """Each shows the other with its callers; the duplicate is closed, and lists know it."""
    first, second = await opened(store, 2)
    async with service.client(Scope.TICKETS) as client:
        answer = await link(client, second, first, reason="The same house")
        assert answer.status_code == 200, answer.text
        made = answer.json()
        ticket = (await client.get(f"/v1/tickets/{second}")).json()
        assert made["ticket"] == ticket
        assert answer.headers["ETag"] == '"2"'
        assert (ticket["duplicate_of"], ticket["status"]) == (first, "closed")
        assert ticket["disposition"] == "known_already"
        assert made["held"] == []
        assert made["links"] == await links(client, second)
        above = made["links"]["duplicate_of"]
        assert above == above | {
            "id": made["link"],
            "kind": "duplicate",
            "by": "tickets-client",
            "reason": "The same house",
            "callers": [{"number": "08125550001", "name": "Budi"}],
        }
        assert above["ticket"]["number"] == first
        below = await links(client, first)
        assert below["duplicate_of"] is None
        assert [each["ticket"]["number"] for each in below["duplicates"]] == [second]
        assert below["duplicates"][0]["id"] == made["link"]
        assert below["related"] == []

        async def listed(query: str) -> list[str]:
            page = (await client.get(f"/v1/tickets?{query}")).json()
            return [item["number"] for item in page["items"]]

        assert await listed("duplicate=true") == [second]
        assert await listed("duplicate=false") == [first]
        summary = (await client.get("/v1/summary?day=2026-11-22")).json()
        assert summary["duplicates"] == 1
        timeline = (await client.get(f"/v1/tickets/{first}/timeline")).json()["items"]
        call = (await client.get(f"/v1/calls/{ticket['calls'][0]}")).json()
        assert call["duplicate_of"] == first
        assert [(each["what"], each["subject"]) for each in timeline[-1:]] == [
            ("duplicate", second)
        ]


async def test_it_is_taken_back_at_either(service: Service, store: Store) -> None:
    """With a reason; the ticket is open again, and once more changes nothing."""
    first, second = await opened(store, 2)
    async with service.client(Scope.TICKETS) as client:
        made = (await link(client, second, first)).json()["link"]
        path = f"/v1/tickets/{first}/links/{made}"
        answer = await client.delete(path, params={"reason": "Another house"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["links"] == {"duplicate_of": None, "duplicates": [], "related": []}
        assert answer.json()["ticket"]["number"] == first
        assert (await client.delete(path)).json() == answer.json()
        ticket = (await client.get(f"/v1/tickets/{second}")).json()
        assert (ticket["duplicate_of"], ticket["status"], ticket["disposition"]) == (
            None,
            "open",
            None,
        )
        timeline = (await client.get(f"/v1/tickets/{second}/timeline")).json()["items"]
        split = timeline[-1]
        assert (split["what"], split["detail"]) == ("split", {"note": "Another house"})
    actions = [(each.action, each.subject) for each in service.audit.entries]
    assert ("ticket.linked", second) in actions
    assert actions.count(("ticket.unlinked", first)) == 2


async def test_under_one_key_it_is_said_once(service: Service, store: Store) -> None:
    """Whoever asks again is answered alike; something else under the key is a mistake."""
    first, second, third = await opened(store, 3)
    async with service.client(Scope.TICKETS) as client:
        made = await link(client, second, first)
        again = await link(client, second, first)
        assert again.json() == made.json()
        problem(await link(client, second, third), 422, "idempotency-key-reused")
        problem(await link(client, second, first, "related"), 422, "idempotency-key-reused")
        no_key = await client.post(
            f"/v1/tickets/{second}/links", json={"kind": "related", "ticket": third}
        )
        problem(no_key, 400, "no-idempotency-key")


async def test_whoever_has_one_of_them_open_is_told(service: Service, store: Store) -> None:
    """Once of each ticket, with what is new of it."""
    first, second = await opened(store, 2)
    stream = await service.hub.subscribe(None, EVERYTHING)
    async with service.client(Scope.TICKETS) as client:
        made = (await link(client, second, first)).json()["link"]
        await link(client, second, first)
        await client.delete(f"/v1/tickets/{second}/links/{made}")
    service.hub.close()
    notices = [each async for chunk in stream for each in told(chunk)]
    assert [(each["number"], each["version"], each["fields"]) for each in notices] == [
        (second, 2, ["duplicate_of", "disposition", "status"]),
        (first, 2, ["duplicates"]),
        (second, 3, ["duplicate_of", "disposition", "status"]),
        (first, 3, ["duplicates"]),
    ]
    assert {(each["kind"], each["by"]) for each in notices} == {
        ("ticket.changed", "tickets-client")
    }


async def test_a_duplicate_is_not_passed_on(service: Service, store: Store) -> None:
    """The refusal names its parent; what it is with already goes on."""
    first, second = await opened(store, 2)
    async with service.client(Scope.TICKETS) as client:
        (handoff,) = (await hand_off(client, second, "damkar")).json()["items"]
        made = (await link(client, second, first, key="k0")).json()
        assert (made["held"], made["ticket"]["status"]) == (["damkar"], "open")
        refused = problem(await hand_off(client, second, "polisi", key="k2"), 409, "ticket-merged")
        assert refused["parent"] == first
        referral = await client.post(
            f"/v1/tickets/{second}/referrals",
            json={"agency": "pln", "how": "spoken"},
            headers={"Idempotency-Key": "k3"},
        )
        assert problem(referral, 409, "ticket-merged")["parent"] == first
        assert (await step(client, handoff["id"], "completed")).status_code == 200
        closed = await change(client, second, {"status": "closed"}, '"2"')
        assert closed.status_code == 200
        assert (await hand_off(client, first, "polisi", key="k4")).status_code == 200


async def test_what_cannot_be_said(service: Service, store: Store) -> None:
    """Each a problem that says what to do, and names the ticket that matters."""
    first, second, third = await opened(store, 3)
    async with service.client(Scope.TICKETS) as client:
        problem(await link(client, first, first), 422, "same-ticket")
        problem(await link(client, first, NOBODY), 422, "unknown-other-ticket")
        problem(await link(client, first, "\x00"), 422, "unknown-other-ticket")
        problem(await link(client, NOBODY, first), 404, "unknown-ticket")
        problem(await link(client, first, second, "twin"), 422, "invalid")
        problem(await link(client, first, second, reason="x" * 201), 422, "invalid")
        problem(await link(client, first, ""), 422, "invalid")
        made = (await link(client, second, first)).json()["link"]
        already = problem(await link(client, second, third, key="k2"), 409, "duplicate-already")
        assert already["parent"] == first
        related = await link(client, second, first, "related", key="k3")
        assert problem(related, 409, "duplicate-already")["parent"] == first
        problem(await link(client, first, second, key="k4"), 409, "duplicate-of-this")
        for path in (f"{third}/links/{made}", f"{first}/links/{ABSENT}"):
            problem(await client.delete(f"/v1/tickets/{path}"), 404, "unknown-link")
        problem(await client.delete(f"/v1/tickets/{NOBODY}/links/{made}"), 404, "unknown-ticket")
        problem(await client.delete(f"/v1/tickets/{first}/links/x"), 422, "invalid")
        assert [
            each["ticket"]["number"] for each in (await links(client, first))["duplicates"]
        ] == [second]


async def test_who_may_say_it(service: Service, store: Store) -> None:
    """Whoever writes on tickets; everybody who reads them sees it."""
    first, second = await opened(store, 2)
    async with service.client(Scope.READ) as client:
        problem(await link(client, second, first), 403, "missing-scope")
        problem(await client.delete(f"/v1/tickets/{first}/links/{ABSENT}"), 403, "missing-scope")
        assert (await links(client, first))["duplicates"] == []
        assert (await client.get(f"/v1/tickets/{first}/similar")).json() == {"items": []}


async def test_related_tickets_are_told_at_both(service: Service, store: Store) -> None:
    """And stay open."""
    first, second = await opened(store, 2)
    async with service.client(Scope.TICKETS) as client:
        made = (await link(client, second, first, "related")).json()
        assert made["ticket"]["status"] == "open"
        assert [each["ticket"]["number"] for each in (await links(client, first))["related"]] == [
            second
        ]
        await client.delete(f"/v1/tickets/{first}/links/{made['link']}")
        assert (await links(client, second))["related"] == []


async def test_without_the_database(gone: Store) -> None:
    """It is said that it is away."""
    async with Service(gone).client(Scope.TICKETS) as client:
        for path in ("links", "similar"):
            problem(
                await client.get(f"/v1/tickets/PKY-20261122-0001/{path}"), 503, "store-unavailable"
            )


# --- suggestions ---


async def similar(client: httpx.AsyncClient, number: str) -> list[Any]:
    """Return what is suggested for a ticket."""
    answer = await client.get(f"/v1/tickets/{number}/similar")
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["items"]
    return found


HERE = {"latitude": -2.2101, "longitude": 113.9021}
NEAR = {"latitude": -2.2128, "longitude": 113.9021}


async def test_tickets_that_may_report_the_same_are_suggested(
    service: Service, store: Store
) -> None:
    """With the reasons, the likeliest first; what has nothing to do with it is not."""
    first, second, third, fourth = await opened(store, 4)
    await write(store, opening(arrived(9, at=START + 90, caller=Caller("08125550001"))))
    async with service.client(Scope.TICKETS) as client:
        await change(client, first, {"incident_type": "fire_building", **HERE})
        await change(client, second, {"incident_type": "fire", **NEAR})
        await change(client, third, {"incident_type": "fire_land", **HERE, "status": "closed"})
        await change(client, fourth, {"incident_type": "theft", **NEAR})
        found = await similar(client, first)
        again, *others = found
        assert (again["ticket"]["number"], again["same_number"]) == ("PKY-20261122-0009", True)
        assert (again["seconds"], again["metres"], again["same_type"]) == (89, None, False)
        assert [(each["ticket"]["number"], each["metres"]) for each in others] == [
            (third, 0),
            (second, 300),
        ]
        assert others[0]["ticket"]["status"] == "closed"
        assert all(each["same_type"] and each["through"] is None for each in others)


async def test_what_belongs_together_is_suggested_as_one(service: Service, store: Store) -> None:
    """Of a duplicate its parent, once; of what is linked already nothing, nor for a duplicate."""
    first, second, third = await opened(store, 3)
    await write(store, opening(arrived(8, at=START - 3 * 3600)))
    old = "PKY-20261122-0008"
    async with service.client(Scope.TICKETS) as client:
        for number in (first, second, third):
            await change(client, number, {"incident_type": "fire", **HERE})
        await link(client, second, old)
        found = {each["ticket"]["number"]: each["through"] for each in await similar(client, first)}
        assert found == {old: second, third: None}
        assert await similar(client, second) == []
        await link(client, first, third, "related", key="k2")
        assert [each["ticket"]["number"] for each in await similar(client, first)] == [old]


@pytest.mark.parametrize("what", ["links", "similar"])
async def test_who_looks_is_on_the_audit_log(service: Service, store: Store, what: str) -> None:
    """Numbers of callers are told there."""
    (first,) = await opened(store)
    async with service.client(Scope.READ) as client:
        await client.get(f"/v1/tickets/{first}/{what}")
    assert ("read-client", "ticket.seen", first) in service.audit.told
