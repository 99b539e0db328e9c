"""Everything that happened in an incident, over HTTP."""

from __future__ import annotations

from itertools import pairwise

from sip112.people.roles import Scope
from sip112.store.store import Store
from tests.api.service import Service, problem, write
from tests.api.test_handoffs import handed_off, step
from tests.api.test_tickets import change
from tests.store.examples import arrived, life


async def test_a_ticket_tells_its_story(service: Service, store: Store) -> None:
    """The call, what was written, the handoff and what came of it, in one line of time."""
    await write(store, *life(1))
    number = str(arrived(1).ticket_number)
    async with service.client(Scope.TICKETS) as client:
        assert (await change(client, number, {"address": "Jl. Contoh 12"}, '"2"')).is_success
        (made,) = await handed_off(client, number, "damkar")
        await step(client, made["id"], "accepted", note="Two engines")
        items = (await client.get(f"/v1/tickets/{number}/timeline")).json()["items"]
    told = [(each["about"], each["what"], each["who"]) for each in items]
    assert told[0] == ("ticket", "opened", "")
    assert ("call", "answered", "ani") in told
    assert told[-3:] == [
        ("ticket", "changed", "tickets-client"),
        ("handoff", "queued", "tickets-client"),
        ("handoff", "accepted", "tickets-client"),
    ]
    assert items[-1]["subject"] == "damkar"
    assert items[-1]["detail"]["note"] == "Two engines"
    assert items[-3]["detail"] == {"address": "Jl. Contoh 12"}
    assert all(one["at"] <= other["at"] for one, other in pairwise(items))


async def test_a_ticket_on_paper(service: Service, store: Store) -> None:
    """As PDF, named after the ticket; who took it is on the audit log."""
    await write(store, *life(1))
    number = str(arrived(1).ticket_number)
    async with service.client() as client:
        answer = await client.get(f"/v1/tickets/{number}/report.pdf?language=en")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/pdf"
        assert f'filename="{number}.pdf"' in answer.headers["content-disposition"]
        assert answer.content.startswith(b"%PDF-")
        problem(await client.get(f"/v1/tickets/{number}/report.pdf?language=fr"), 422, "invalid")
    assert [entry.subject for entry in service.audit.entries] == [number]


async def test_a_ticket_for_other_programs(service: Service, store: Store) -> None:
    """All that there is in one file: the ticket, its calls, its handoffs and what happened."""
    await write(store, *life(1))
    number = str(arrived(1).ticket_number)
    async with service.client(Scope.TICKETS) as client:
        (made,) = await handed_off(client, number, "damkar")
        answer = await client.get(f"/v1/tickets/{number}/report.json")
        assert f'filename="{number}.json"' in answer.headers["content-disposition"]
        whole = answer.json()
        timeline = (await client.get(f"/v1/tickets/{number}/timeline")).json()["items"]
    assert whole["ticket"]["number"] == number
    assert [call["id"] for call in whole["calls"]] == whole["ticket"]["calls"]
    assert [each["id"] for each in whole["handoffs"]] == [made["id"]]
    assert whole["timeline"] == timeline
    assert [entry.subject for entry in service.audit.entries][-1] == number


async def test_a_ticket_that_does_not_exist(service: Service) -> None:
    async with service.client() as client:
        for what in ("timeline", "report.pdf", "report.json"):
            answer = await client.get(f"/v1/tickets/PKY-20261122-9999/{what}")
            problem(answer, 404, "unknown-ticket")
