"""Tickets: list, read, change."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from typing_extensions import override

from sip112.people.roles import Scope
from sip112.routing.errors import TicketNotFound
from sip112.routing.ids import CentreCode, TicketId
from sip112.routing.ticket import TicketRecord, Written
from sip112.store.store import Store
from tests.api.service import Service, problem, write
from tests.store.examples import START, arrived, opening


async def opened(store: Store, count: int = 1) -> list[str]:
    """Open tickets and return their numbers, oldest first."""
    calls = [arrived(n, at=START + n) for n in range(1, count + 1)]
    await write(store, *[opening(call) for call in calls])
    return [str(call.ticket_number) for call in calls]


async def change(
    client: httpx.AsyncClient, number: str, changes: Any, etag: str = '"1"'
) -> httpx.Response:
    """Change a ticket."""
    return await client.patch(
        f"/v1/tickets/{number}",
        content=json.dumps(changes),
        headers={"If-Match": etag, "Content-Type": "application/merge-patch+json"},
    )


async def test_list_and_filters(service: Service, store: Store) -> None:
    """Newest first, by status and time, a page at a time."""
    numbers = await opened(store, 3)
    async with service.client(Scope.TICKETS) as client:
        assert (await change(client, numbers[0], {"status": "closed"})).status_code == 200

        async def listed(query: str) -> list[str]:
            page = (await client.get(f"/v1/tickets?{query}")).json()
            return [item["number"] for item in page["items"]]

        assert await listed("") == numbers[::-1]
        assert await listed("status=open") == numbers[:0:-1]
        assert await listed("status=closed") == numbers[:1]
        assert await listed("since=2026-11-21T22:26:42Z") == numbers[:0:-1]
        assert await listed("until=2026-11-21T22:26:42Z") == numbers[:1]
        first = await client.get("/v1/tickets?limit=2")
        second = await client.get(first.links["next"]["url"])
        assert [item["number"] for item in second.json()["items"]] == numbers[:1]
        assert "next" not in second.links
        problem(await client.get("/v1/tickets?status=gone"), 422, "invalid")


async def test_a_ticket_is_read_by_number_and_by_id(service: Service, store: Store) -> None:
    """Both give the same, with the ETag that a change needs."""
    (number,) = await opened(store)
    async with service.client() as client:
        by_number = await client.get(f"/v1/tickets/{number}")
        by_id = await client.get(f"/v1/tickets/{by_number.json()['id']}")
    assert by_number.headers["etag"] == by_id.headers["etag"] == '"1"'
    assert by_number.json() == by_id.json()
    assert by_number.json()["calls"] == [str(arrived(1, at=START + 1).id)]
    assert by_number.json()["status"] == "open"


@pytest.mark.parametrize(
    "key", ["PKY-20261122-9999", "nothing", "%00", "PKY-%00-1", "\u0663", "'; DROP TABLE tickets"]
)
async def test_an_unknown_ticket_is_not_found(service: Service, store: Store, key: str) -> None:
    """Also where the name could be none, and for a change too."""
    await opened(store)
    async with service.client(Scope.TICKETS) as client:
        problem(await client.get(f"/v1/tickets/{key}"), 404, "unknown-ticket")
        problem(await change(client, key, {"status": "closed"}), 404, "unknown-ticket")


async def test_another_centres_ticket_is_not_found(store: Store) -> None:
    """Neither its number nor its id opens it, and it cannot be changed."""
    (number,) = await opened(store)
    ticket = str(arrived(1, at=START + 1).ticket)
    async with Service(store, centre=CentreCode("SPT")).client(Scope.TICKETS) as client:
        for key in (number, ticket):
            problem(await client.get(f"/v1/tickets/{key}"), 404, "unknown-ticket")
            problem(await change(client, key, {"status": "closed"}), 404, "unknown-ticket")


async def test_merge_patch(service: Service, store: Store) -> None:
    """What is given changes, null removes, what is absent stays; each change has an ETag."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        first = await change(
            client, number, {"incident_type": " fire ", "address": "Jl. Contoh 12"}
        )
        assert first.headers["etag"] == '"2"'
        second = await change(client, number, {"address": None, "status": "closed"}, '"2"')
        assert second.headers["etag"] == '"3"'
        assert second.json() == (await client.get(f"/v1/tickets/{number}")).json()
    ticket = second.json()
    assert ticket["version"] == 3
    assert ticket["incident_type"] == "fire"
    assert ticket["address"] is None
    assert ticket["status"] == "closed"


async def test_who_changed_what_is_kept(service: Service, store: Store, tmp_path: Path) -> None:
    """The token's name stands in the ticket's history."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        await change(client, number, {"narrative": "Asap\ndi atap"})
    with closing(sqlite3.connect(tmp_path / "sip112.db")) as connection:
        rows = connection.execute('SELECT field, "by", new FROM ticket_events').fetchall()
    assert rows == [("narrative", "tickets-client", "Asap\ndi atap")]


async def test_an_empty_change_changes_nothing(service: Service, store: Store) -> None:
    """It is answered with the ticket as it is."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        response = await change(client, number, {})
    assert (response.status_code, response.headers["etag"]) == (200, '"1"')


@pytest.mark.parametrize("etag", [None, "*", " * "])
async def test_a_change_must_say_what_it_is_based_on(
    service: Service, store: Store, etag: str | None
) -> None:
    """Without a version, or with any, somebody else's words would be lost unseen."""
    (number,) = await opened(store)
    headers = {} if etag is None else {"If-Match": etag}
    async with service.client(Scope.TICKETS) as client:
        response = await client.patch(
            f"/v1/tickets/{number}", json={"status": "closed"}, headers=headers
        )
        problem(response, 428, "no-if-match")
        assert (await client.get(f"/v1/tickets/{number}")).json()["status"] == "open"


@pytest.mark.parametrize("etag", ['"2"', 'W/"1"', "1", '"01"', '""', "\u00e9", '"2", "3"'])
async def test_a_change_of_another_version_is_refused(
    service: Service, store: Store, etag: str
) -> None:
    """The answer holds the ticket as it is, and the ETag to try again with."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        response = await client.patch(
            f"/v1/tickets/{number}",
            json={"status": "closed"},
            headers={b"If-Match": etag.encode("latin-1")},
        )
        document = problem(response, 412, "ticket-changed")
        assert document["current"] == (await client.get(f"/v1/tickets/{number}")).json()
        assert response.headers["etag"] == '"1"'
        assert '"1"' in document["remedy"]
        retried = await change(
            client, number, {"status": "closed"}, f'"9", {response.headers["etag"]}'
        )
        assert retried.status_code == 200


async def test_of_two_who_change_at_once_one_is_told(service: Service, store: Store) -> None:
    """Whoever comes second gets 412 with the first one's words."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        responses = await asyncio.gather(
            *(change(client, number, {"narrative": text}) for text in ("one", "two"))
        )
        won, lost = sorted(responses, key=lambda response: response.status_code)
        assert won.status_code == 200
        document = problem(lost, 412, "ticket-changed")
        assert document["current"] == won.json()


class Forgets(Store):
    """A store in which a ticket goes away between reading and changing."""

    @override
    async def change_ticket(
        self,
        centre: CentreCode,
        ticket_id: TicketId,
        changes: Mapping[str, Written],
        if_version: int,
        by: str,
    ) -> TicketRecord:
        """Find it no more."""
        raise TicketNotFound


async def test_a_ticket_that_goes_away_meanwhile(store: Store, tmp_path: Path) -> None:
    """It is answered as one that is not there."""
    (number,) = await opened(store)
    forgets = Forgets(f"sqlite:///{tmp_path}/sip112.db")
    async with Service(forgets).client(Scope.TICKETS) as client:
        problem(await change(client, number, {"status": "closed"}), 404, "unknown-ticket")
    await forgets.close()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": None}, "status"),
        ({"status": "gone"}, "status"),
        ({"number": "PKY-20261122-0001"}, "number"),
        ({"version": 7}, "version"),
        ({"address": ""}, "address"),
        ({"address": "   "}, "address"),
        ({"address": "a\x00b"}, "address"),
        ({"address": "a\nb"}, "address"),
        ({"address": "x" * 201}, "address"),
        ({"narrative": "x" * 20_001}, "narrative"),
        ({"persons": "x" * 2_001}, "persons"),
        ({"latitude": 90.1, "longitude": 0}, "latitude"),
        ({"latitude": 0, "longitude": -180.1}, "longitude"),
        ({"latitude": "1", "longitude": 0}, "latitude"),
        ({"latitude": True, "longitude": 0}, "latitude"),
        ({"latitude": float("nan"), "longitude": 0}, "latitude"),
        ({"latitude": 1.5}, ""),
        ({"longitude": None}, ""),
        ({"latitude": 1.5, "longitude": None}, ""),
        ({"narrative": ["a"]}, "narrative"),
        ({"severity": 1}, "severity"),
        ({"severity": "\udce9"}, "severity"),
        ([], ""),
        ("text", ""),
        (None, ""),
        (1.5, ""),
    ],
)
async def test_a_wrong_change_is_explained(
    service: Service, store: Store, changes: Any, field: str
) -> None:
    """Nothing is changed, and the answer says which field and why."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        response = await change(client, number, changes)
        document = problem(response, 422, "invalid")
        assert [(error["where"], error["field"]) for error in document["errors"]] == [
            ("body", field)
        ]
        assert (await client.get(f"/v1/tickets/{number}")).json()["version"] == 1


LIMITS = {
    "incident_type": 200,
    "address": 200,
    "narrative": 20_000,
    "persons": 2_000,
    "severity": 200,
    "language": 200,
    "disposition": 200,
}


@pytest.mark.parametrize(("field", "limit"), LIMITS.items())
async def test_what_is_too_long_is_told_its_limit(
    service: Service, store: Store, field: str, limit: int
) -> None:
    """The answer says how long a field may be, and does not repeat what was in it."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        response = await change(client, number, {field: "x" * (limit + 1)})
        document = problem(response, 422, "invalid")
        assert f"{field}: " in document["detail"]
        assert f"at most {limit} characters" in document["detail"]
        assert document["remedy"] == "Make it shorter."
        assert "xxx" not in response.text
        assert (await client.get(f"/v1/tickets/{number}")).json()["version"] == 1


async def test_the_longest_ticket_is_taken(service: Service, store: Store) -> None:
    """All fields at their limits, and in characters that take the most room."""
    (number,) = await opened(store)
    longest = {field: "\N{FIRE ENGINE}" * limit for field, limit in LIMITS.items()}
    async with service.client(Scope.TICKETS) as client:
        response = await client.patch(
            f"/v1/tickets/{number}",
            content=json.dumps(longest, ensure_ascii=False).encode(),
            headers={"If-Match": '"1"', "Content-Type": "application/merge-patch+json"},
        )
        assert response.status_code == 200, response.text
        ticket = (await client.get(f"/v1/tickets/{number}")).json()
    assert {field: ticket[field] for field in LIMITS} == longest


async def test_a_narrative_of_a_megabyte_is_refused(service: Service, store: Store) -> None:
    """Before it is read, with the limit; and what was written before stays."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        assert (await change(client, number, {"narrative": "Asap"})).status_code == 200
        refused = await change(client, number, {"narrative": "x" * 1_000_000}, '"2"')
        assert str(128 * 1024) in problem(refused, 413, "too-large")["detail"]
        assert (await client.get(f"/v1/tickets/{number}")).json()["narrative"] == "Asap"


async def test_a_place_on_the_map(service: Service, store: Store) -> None:
    """It is kept to the last digit, told in the ticket's history, and taken back as a whole."""
    (number,) = await opened(store)
    place = {"latitude": -2.216105123456789, "longitude": 113.91}
    async with service.client(Scope.TICKETS) as client:
        response = await change(client, number, {**place, "persons": "2 luka\n1 hilang"})
        ticket = response.json()
        assert {name: ticket[name] for name in place} == place
        assert ticket["persons"] == "2 luka\n1 hilang"
        again = await change(client, number, {**place, "persons": "2 luka\n1 hilang"})
        assert (again.status_code, again.json()) == (200, ticket)  # its answer had been lost
        none = await change(client, number, dict.fromkeys(place), '"2"')
        assert none.json()["latitude"] is none.json()["longitude"] is None


async def test_a_ticket_that_has_not_changed_is_not_sent_again(
    service: Service, store: Store
) -> None:
    """Whoever has it open asks every ten seconds, and is told in a few bytes."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:

        async def read(known: str) -> httpx.Response:
            return await client.get(f"/v1/tickets/{number}", headers={"If-None-Match": known})

        for known in ('"1"', 'W/"1"', '"7", "1"', "*"):
            response = await read(known)
            assert (response.status_code, response.content) == (304, b"")
            assert response.headers["etag"] == '"1"'
        for other in ('"2"', "1", "", '"11"', '"'):
            assert (await read(other)).json()["version"] == 1
        await change(client, number, {"address": "Jl. Contoh 12"})
        assert (await read('"1"')).json()["address"] == "Jl. Contoh 12"
        problem(
            await client.get("/v1/tickets/nothing", headers={"If-None-Match": "*"}),
            404,
            "unknown-ticket",
        )
