"""Whose tickets are: who takes and gives them, what refuses that, and who is told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter
from typing_extensions import override

from sip112.api.schemas.notices import NoticeView
from sip112.people.roles import Role, Scope
from sip112.routing.errors import StoreUnavailable, TicketNotFound
from sip112.routing.ids import AgentId, CentreCode, SeatId, TicketId
from sip112.routing.seat import Seat
from sip112.routing.ticket import Assigned
from sip112.store.store import Store
from tests.api.people import add, browser
from tests.api.service import PKY, Service, problem, write
from tests.api.test_hub import EVERYTHING
from tests.api.test_notices import told
from tests.api.test_tickets import change, opened
from tests.store.examples import arrived, life


@pytest.fixture(autouse=True)
async def people(store: Store) -> None:
    """Have two call takers and a supervisor."""
    await add(store, "ani")
    await add(store, "sri")
    await add(store, "rina", Role.SUPERVISOR)


async def give(
    client: httpx.AsyncClient, number: str, agent: str | None, etag: str = '"1"'
) -> httpx.Response:
    """Give a ticket to somebody, or to nobody."""
    path, headers = f"/v1/tickets/{number}/assignee", {"If-Match": etag}
    if agent is None:
        return await client.delete(path, headers=headers)
    return await client.put(path, json={"agent": agent}, headers=headers)


def whose(response: httpx.Response) -> Any:
    """Return whose the ticket is now."""
    assert response.status_code == 200, response.text
    return response.json()["assignee"]


async def test_one_takes_a_ticket_over_and_hands_it_on(service: Service, store: Store) -> None:
    """The ticket says whose it is, by name; its ETag changes as with every change."""
    (number,) = await opened(store)
    async with browser(service, store, "ani") as client:
        assert (await client.get(f"/v1/tickets/{number}")).json()["assignee"] is None
        taken = await give(client, number, "ani")
        assert whose(taken) == {"id": "ani", "name": "Ani"}
        assert taken.headers["etag"] == '"2"'
        assert taken.json() == (await client.get(f"/v1/tickets/{number}")).json()
        assert whose(await give(client, number, "sri", '"2"')) == {"id": "sri", "name": "Sri"}
        problem(await give(client, number, None, '"3"'), 403, "not-your-ticket")
    async with browser(service, store, "sri") as client:
        assert whose(await give(client, number, None, '"3"')) is None
    assert [entry for entry in service.audit.told if entry[1] == "ticket.assigned"] == [
        ("ani", "ticket.assigned", number),
        ("ani", "ticket.assigned", number),
        ("sri", "ticket.assigned", number),
    ]
    assert [
        entry.detail for entry in service.audit.entries if entry.action == "ticket.assigned"
    ] == [
        {"former": None, "assignee": "ani"},
        {"former": "ani", "assignee": "sri"},
        {"former": "sri", "assignee": None},
    ]


async def test_who_answered_has_it_and_another_can_take_it(service: Service, store: Store) -> None:
    """A caller must not wait for a colleague who is away; the colleague is told."""
    await write(store, *life(1))
    number = str(arrived(1).ticket_number)
    stream = await service.hub.subscribe(None, EVERYTHING)
    async with browser(service, store, "sri") as client:
        ticket = (await client.get(f"/v1/tickets/{number}")).json()
        assert ticket["assignee"] == {"id": "ani", "name": "Ani"}
        assert whose(await give(client, number, "sri", '"2"'))["id"] == "sri"
    service.hub.close()
    heard = [each async for chunk in stream for each in told(chunk)]
    for each in heard:
        TypeAdapter(NoticeView).validate_python(each)
        del each["at"]
    about = {"ticket": ticket["id"], "number": number, "version": 3, "by": "sri"}
    assert heard == [
        {"kind": "ticket.changed", **about, "fields": ["assignee"]},
        {
            "kind": "ticket.assigned",
            **about,
            "former": "ani",
            "assignee": {"id": "sri", "name": "Sri"},
        },
    ]


async def test_a_supervisor_gives_any_ticket_to_anybody(service: Service, store: Store) -> None:
    """And takes it from anybody; so does a machine with that scope."""
    (number,) = await opened(store)
    async with browser(service, store, "rina") as client:
        assert whose(await give(client, number, "ani"))["id"] == "ani"
        assert whose(await give(client, number, "sri", '"2"'))["id"] == "sri"
        assert whose(await give(client, number, None, '"3"')) is None
    async with service.client(Scope.ADMIN) as client:
        assert whose(await give(client, number, "rina", '"4"')) == {"id": "rina", "name": "Rina"}


@pytest.mark.parametrize("holder", [None, "rina"])
async def test_others_give_away_only_what_is_theirs(
    service: Service, store: Store, holder: str | None
) -> None:
    """The answer says whose it is; a machine with tickets alone gives nothing."""
    (number,) = await opened(store)
    etag = '"1"'
    if holder is not None:
        async with browser(service, store, "rina") as client:
            await give(client, number, holder)
        etag = '"2"'
    async with browser(service, store, "ani") as client:
        refused = problem(await give(client, number, "sri", etag), 403, "not-your-ticket")
        assert refused["holder"] == holder
    async with service.client(Scope.TICKETS) as client:
        problem(await give(client, number, "sri", etag), 403, "not-your-ticket")


async def test_not_everybody_can_have_tickets(service: Service, store: Store) -> None:
    """The answer says why not, and the list names those who can."""
    await add(store, "away", disabled=True)
    await add(store, "there", centres=frozenset({CentreCode("KTM")}))
    await add(store, "here", centres=frozenset({PKY}))
    service.desk.places = [Seat(SeatId("seat-03"), PKY, agent=AgentId("sri"))]
    (number,) = await opened(store)
    async with browser(service, store, "rina") as client:
        for agent, reason in (
            ("nobody", "unknown"),
            ("there", "unknown"),
            ("away", "inactive"),
        ):
            refused = problem(await give(client, number, agent), 422, "cannot-be-assigned")
            assert refused["reason"] == reason
        bodies: list[Any] = [{}, {"agent": ""}, {"agent": "a b"}, {"agent": None}, [], {"x": 1}]
        for body in bodies:
            answer = await client.put(
                f"/v1/tickets/{number}/assignee", json=body, headers={"If-Match": '"1"'}
            )
            problem(answer, 422, "invalid")
        assert (await client.get("/v1/assignees")).json()["items"] == [
            {"id": "sri", "name": "Sri", "roles": ["call_taker"], "seat": "seat-03"},
            {"id": "ani", "name": "Ani", "roles": ["call_taker"], "seat": None},
            {"id": "here", "name": "Here", "roles": ["call_taker"], "seat": None},
            {"id": "rina", "name": "Rina", "roles": ["supervisor"], "seat": None},
        ]
        service.desk.owned = False
        assert {each["seat"] for each in (await client.get("/v1/assignees")).json()["items"]} == {
            None
        }


async def test_it_must_be_as_it_was_seen(service: Service, store: Store) -> None:
    """The same headers and refusals as for a change."""
    (number,) = await opened(store)
    path = f"/v1/tickets/{number}/assignee"
    async with browser(service, store, "ani") as client:
        for headers in ({}, {"If-Match": "*"}):
            problem(
                await client.put(path, json={"agent": "ani"}, headers=headers), 428, "no-if-match"
            )
            problem(await client.delete(path, headers=headers), 428, "no-if-match")
        for etag in ('"2"', "1", 'W/"1"'):
            document = problem(await give(client, number, "ani", etag), 412, "ticket-changed")
            assert document["current"]["assignee"] is None
        await change(client, number, {"address": "Jl. Contoh 12"})
        document = problem(await give(client, number, "ani"), 412, "ticket-changed")
        assert document["current"]["address"] == "Jl. Contoh 12"
        for key in ("PKY-20261122-9999", "nothing"):
            problem(await give(client, key, "ani"), 404, "unknown-ticket")


async def test_a_closed_ticket_stays_with_whom_it_was(service: Service, store: Store) -> None:
    """Until it is opened again."""
    (number,) = await opened(store)
    async with browser(service, store, "ani") as client:
        await change(client, number, {"status": "closed"})
        problem(await give(client, number, "ani", '"2"'), 409, "ticket-closed")
        problem(await give(client, number, None, '"2"'), 409, "ticket-closed")
        await change(client, number, {"status": "open"}, '"2"')
        assert whose(await give(client, number, "ani", '"3"'))["id"] == "ani"


async def test_it_is_done_once_and_told_so(service: Service, store: Store) -> None:
    """Whoever lost the answer asks again as it was; who has it already changes nothing."""
    (number,) = await opened(store)
    async with browser(service, store, "ani") as client:
        first = await give(client, number, "ani")
        handed = await give(client, number, "sri", '"2"')
        again = await give(client, number, "sri", '"2"')  # it is not theirs any more
        assert (again.status_code, again.json()) == (200, handed.json())
        stream = await service.hub.subscribe(None, EVERYTHING)
        same = await give(client, number, "sri", '"3"')
        assert (same.status_code, same.headers["etag"]) == (200, '"3"')
        problem(await give(client, number, None, first.headers["etag"]), 412, "ticket-changed")
    service.hub.close()
    assert [each async for chunk in stream for each in told(chunk)] == []


async def test_tickets_are_listed_by_whose_they_are(service: Service, store: Store) -> None:
    """One's own, somebody's, nobody's; a machine has none of its own."""
    numbers = await opened(store, 3)
    async with browser(service, store, "ani") as client:
        await give(client, numbers[0], "ani")
        await give(client, numbers[1], "ani")
        await give(client, numbers[1], "sri", '"2"')

        async def listed(query: str) -> list[str]:
            page = (await client.get(f"/v1/tickets?{query}")).json()
            return [item["number"] for item in page["items"]]

        assert await listed("assignee=me") == numbers[:1]
        assert await listed("assignee=sri&status=open") == numbers[1:2]
        assert await listed("assignee=none") == numbers[2:]
        assert await listed("assignee=nobody") == []
        assert await listed("assignee=me&status=closed") == []
        problem(await client.get("/v1/tickets?assignee=a%20b"), 422, "invalid")
    async with service.client() as client:
        problem(await client.get("/v1/tickets?assignee=me"), 403, "people-only")


async def test_the_context_says_whose_the_others_are(service: Service, store: Store) -> None:
    """Of what happens nearby."""
    one, two = await opened(store, 2)
    async with browser(service, store, "ani") as client:
        await give(client, one, "ani")
        context = (await client.get(f"/v1/tickets/{two}/context")).json()
    assert context["nearby"][0]["ticket"]["assignee"] == {"id": "ani", "name": "Ani"}


async def test_a_call_says_whose_its_ticket_is(service: Service, store: Store) -> None:
    """In the call log; not known while the database is away."""
    await write(store, *life(1))
    call = arrived(1)
    nothing = arrived(2).evolve(ticket=None, ticket_number=None)
    service.desk.live = [nothing]
    async with service.client() as client:
        found = (await client.get(f"/v1/calls/{call.id}")).json()
        assert found["assignee"] == {"id": "ani", "name": "Ani"}
        assert (await client.get(f"/v1/calls/{nothing.id}")).json()["assignee"] is None
    away = Service(Store("sqlite:////nowhere/sip112.db"), people=store.people)
    waits = arrived(3)
    away.desk.live = [waits]
    async with away.client() as client:
        assert (await client.get(f"/v1/calls/{waits.id}")).json()["assignee"] is None


class Fails(Store):
    """A store in which something happens to a ticket between reading and giving."""

    def __init__(self, url: str, error: Exception) -> None:
        super().__init__(url)
        self.error = error

    @override
    async def assign_ticket(
        self,
        centre: CentreCode,
        ticket_id: TicketId,
        agent: AgentId | None,
        if_version: int,
        by: str,
    ) -> Assigned:
        """Fail."""
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (TicketNotFound(), 404, "unknown-ticket"),
        (StoreUnavailable("The database is away."), 503, "store-unavailable"),
    ],
)
async def test_what_happens_meanwhile(
    store: Store, tmp_path: Any, error: Exception, status: int, name: str
) -> None:
    """It goes away, or the database does: nothing is told, and nothing written down."""
    (number,) = await opened(store)
    fails = Fails(f"sqlite:///{tmp_path}/sip112.db", error)
    service = Service(fails)
    async with browser(service, store, "ani") as client:
        problem(await give(client, number, "ani"), status, name)
    assert [entry for entry in service.audit.told if entry[1] == "ticket.assigned"] == []
    await fails.close()
