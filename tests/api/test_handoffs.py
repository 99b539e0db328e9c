"""Handoffs over HTTP: whom a ticket needs, who has it, what they say, and what is refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import TypeAdapter

from sip112.api.schemas.notices import NoticeView
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind
from sip112.dispatch.directory import Directory, DirectoryState
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.outbox import Settled
from sip112.dispatch.reasons import Code, because
from sip112.people.roles import Scope
from sip112.store.store import Store
from sip112.store.tables import kept_now
from tests.api.service import PKY, Service, problem
from tests.api.test_hub import EVERYTHING
from tests.api.test_notices import told
from tests.api.test_tickets import change, opened

NOWHERE = "01a20c11-7d6a-7b1e-8c55-3f2f0d4b9a10"


@pytest.fixture
def with_volunteers(service: Service) -> Service:
    """Have a second fire brigade beside the agencies that come along."""
    before = service.agencies[PKY].current
    second = Agency(
        AgencyCode("relawan"),
        AgencyKind.FIRE,
        {"id": "Relawan", "en": "Volunteers"},
        channels=(Channel(ChannelKind.WEBHOOK, "https://relawan.example.org/112"),),
    )
    directory = before.directory
    service.agencies[PKY].current = DirectoryState(
        Directory((*directory.agencies, second), directory.types, directory.areas), 1, {}
    )
    return service


async def hand_off(
    client: httpx.AsyncClient, number: str, *agencies: str, key: str = "k1"
) -> httpx.Response:
    """Pass a ticket on."""
    return await client.post(
        f"/v1/tickets/{number}/handoffs",
        json={"agencies": agencies},
        headers={"Idempotency-Key": key},
    )


async def handed_off(client: httpx.AsyncClient, number: str, *agencies: str) -> list[Any]:
    """Pass a ticket on, and return the handoffs."""
    answer = await hand_off(client, number, *agencies)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def step(client: httpx.AsyncClient, handoff: str, to: str, **more: str) -> httpx.Response:
    """Say what an agency says."""
    return await client.post(f"/v1/handoffs/{handoff}/steps", json={"step": to, **more})


async def test_the_plan_says_whom_a_ticket_needs(service: Service, store: Store) -> None:
    """Without a type there is no plan; with one there are agencies, where one fits."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        nothing = (await client.get(f"/v1/tickets/{number}/plan")).json()
        assert nothing == {
            "plan_of": None,
            "needs": [],
            "chosen": [],
            "referrals": [],
            "complete": True,
        }
        await change(client, number, {"incident_type": "fire_building"})
        plan = (await client.get(f"/v1/tickets/{number}/plan")).json()
        assert plan["chosen"] == ["damkar", "medis", "polisi"]
        assert plan["complete"]


async def test_where_two_agencies_fit_nobody_is_chosen(
    with_volunteers: Service, store: Store
) -> None:
    """A person has to choose; both are shown."""
    (number,) = await opened(store)
    async with with_volunteers.client(Scope.TICKETS) as client:
        await change(client, number, {"incident_type": "fire_building"})
        plan = (await client.get(f"/v1/tickets/{number}/plan")).json()
    fire = next(need for need in plan["needs"] if need["kind"] == "fire")
    assert [each["agency"] for each in fire["candidates"]] == ["damkar", "relawan"]
    assert fire["chosen"] is None
    assert not plan["complete"]
    assert plan["chosen"] == ["medis", "polisi"]


async def test_a_ticket_is_passed_on_once_under_a_key(service: Service, store: Store) -> None:
    """One handoff for each agency; who asks again gets the same ones."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        made = await handed_off(client, number, "damkar", "polisi", "damkar")
        again = await handed_off(client, number, "damkar", "polisi", "damkar")
        listed = (await client.get(f"/v1/tickets/{number}/handoffs")).json()["items"]
        problem(await hand_off(client, number, "medis"), 422, "idempotency-key-reused")
    assert [each["agency"] for each in made] == ["damkar", "polisi"]
    assert [each["id"] for each in again] == [each["id"] for each in made]
    assert {each["id"] for each in listed} == {each["id"] for each in made}
    assert made[0]["step"] == "queued"
    assert made[0]["by"] == {"channel": "voice", "contact": ""}
    assert made[0]["requested_by"] == "tickets-client"
    assert made[0]["following"] == [
        "acknowledged",
        "accepted",
        "declined",
        "en_route",
        "on_scene",
        "completed",
    ]
    assert [event["kind"] for event in made[0]["events"]] == ["step"]
    requested = [entry for entry in service.audit.entries if entry.action == "handoff.requested"]
    assert [(entry.subject, entry.detail) for entry in requested] == [
        (number, {"agencies": ["damkar", "polisi"]})
    ] * 2


async def test_what_cannot_be_passed_on(service: Service, store: Store) -> None:
    """Each refusal says why, and nothing of the request is done."""
    (number,) = await opened(store)
    path = f"/v1/tickets/{number}/handoffs"
    async with service.client(Scope.TICKETS) as client:
        no_key = await client.post(path, json={"agencies": ["damkar"]})
        problem(no_key, 400, "no-idempotency-key")
        problem(await hand_off(client, number, "damkar", "pemadam"), 422, "unknown-agency")
        problem(await hand_off(client, number), 422, "invalid")
        problem(await hand_off(client, "PKY-20261122-9999", "damkar"), 404, "unknown-ticket")
        assert (await client.get(path)).json()["items"] == []
        (made,) = await handed_off(client, number, "damkar")
        twice = problem(
            await hand_off(client, number, "polisi", "damkar", key="k2"), 409, "handed-off-already"
        )
        assert (twice["agency"], twice["handoff"]) == ("damkar", made["id"])
        assert len((await client.get(path)).json()["items"]) == 1
    async with service.client(Scope.READ) as client:
        problem(await hand_off(client, number, "damkar"), 403, "missing-scope")


async def test_what_an_agency_says_is_taken_down(service: Service, store: Store) -> None:
    """Step by step, with who and why; the ticket is closed when all have ended."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        first, second = await handed_off(client, number, "damkar", "polisi")
        said = await step(client, first["id"], "accepted", note="Two engines")
        assert said.status_code == 200, said.text
        assert said.json()["step"] == "accepted"
        assert said.json()["events"][-1] == said.json()["events"][-1] | {
            "step": "accepted",
            "by": "tickets-client",
            "note": "Two engines",
            "kind": "step",
        }
        assert (await step(client, first["id"], "accepted")).json() == said.json()
        illegal = problem(await step(client, first["id"], "acknowledged"), 409, "illegal-step")
        assert illegal["following"] == ["declined", "en_route", "on_scene", "completed"]
        problem(await step(client, second["id"], "declined"), 422, "reason-needed")
        closing = await change(client, number, {"status": "closed"})
        assert problem(closing, 409, "handoffs-open")["agencies"] == ["damkar", "polisi"]
        declined = await step(client, second["id"], "declined", note="No car is free")
        assert declined.json()["reason"] == "No car is free"
        assert declined.json()["ended"]
        await step(client, first["id"], "completed")
        assert (await change(client, number, {"status": "closed"})).status_code == 200
        problem(await hand_off(client, number, "medis", key="k2"), 409, "ticket-closed")


async def test_a_handoff_is_taken_back(service: Service, store: Store) -> None:
    """Then the agency can be asked again."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        (made,) = await handed_off(client, number, "damkar")
        cancelled = await step(client, made["id"], "cancelled", note="False alarm")
        assert (cancelled.json()["step"], cancelled.json()["reason"]) == (
            "cancelled",
            "False alarm",
        )
        assert (await hand_off(client, number, "damkar", key="k2")).status_code == 200


async def test_a_note_stands_in_the_history(service: Service, store: Store) -> None:
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        (made,) = await handed_off(client, number, "damkar")
        answer = await client.post(
            f"/v1/handoffs/{made['id']}/notes", json={"note": "Hydrant at the corner"}
        )
        assert answer.json()["events"][-1]["note"] == "Hydrant at the corner"
        read = await client.get(f"/v1/handoffs/{made['id']}")
        assert read.json() == answer.json()
        problem(
            await client.post(f"/v1/handoffs/{made['id']}/notes", json={"note": "  "}),
            422,
            "invalid",
        )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/steps", {"step": "accepted"}),
        ("POST", "/notes", {"note": "x"}),
    ],
)
async def test_a_handoff_that_does_not_exist(
    service: Service, method: str, path: str, body: dict[str, str] | None
) -> None:
    async with service.client(Scope.TICKETS) as client:
        answer = await client.request(method, f"/v1/handoffs/{NOWHERE}{path}", json=body)
        problem(answer, 404, "unknown-handoff")


async def test_handoffs_come_in_pages(service: Service, store: Store) -> None:
    """The newest first, by agency, and by whether they have ended."""
    numbers = await opened(store, 3)
    async with service.client(Scope.TICKETS) as client:
        made = []
        for n, number in enumerate(numbers):
            answer = await hand_off(client, number, "damkar", key=f"k{n}")
            made.append(answer.json()["items"][0]["id"])
        other = (await hand_off(client, numbers[0], "polisi", key="other")).json()["items"][0]
        await step(client, made[0], "completed")
        page = (await client.get("/v1/handoffs?agency=damkar&limit=2")).json()
        rest = (
            await client.get(f"/v1/handoffs?agency=damkar&limit=2&cursor={page['next']}")
        ).json()
        assert [each["id"] for each in (*page["items"], *rest["items"])] == made[::-1]
        assert rest["next"] is None
        assert [each["about"]["number"] for each in page["items"]] == numbers[:0:-1]
        assert page["items"][0]["numbers"] == [{"number": "113", "contact": ""}]
        ended = (await client.get("/v1/handoffs?ended=true")).json()["items"]
        assert [each["id"] for each in ended] == [made[0]]
        going_on = (await client.get("/v1/handoffs?ended=false")).json()["items"]
        assert {each["id"] for each in going_on} == {made[1], made[2], other["id"]}


async def test_whom_a_person_must_tell_is_marked(service: Service, store: Store) -> None:
    """Who was called alone hears of no change by itself, until somebody writes that it has."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:

        async def untold() -> list[bool]:
            each = (await client.get("/v1/handoffs?ended=false")).json()["items"]
            of_ticket = (await client.get(f"/v1/tickets/{number}/handoffs")).json()["items"]
            return [one["untold"] for one in (*each, *of_ticket)]

        (made,) = await handed_off(client, number, "damkar")
        await step(client, made["id"], "accepted")
        assert await untold() == [False, False]
        etag = (await client.get(f"/v1/tickets/{number}")).headers["ETag"]
        change = {"address": "Jl. Contoh 21"}
        answer = await client.patch(
            f"/v1/tickets/{number}", json=change, headers={"If-Match": etag}
        )
        assert answer.is_success, answer.text
        assert await untold() == [True, True]
        answer = await client.post(f"/v1/handoffs/{made['id']}/notes", json={"note": "Told."})
        assert answer.json()["untold"] is False
        assert await untold() == [False, False]


async def test_who_watches_is_told(service: Service, store: Store) -> None:
    """Each change comes as a notice, with the handoff as it is."""
    (number,) = await opened(store)
    stream = await service.hub.subscribe(None, EVERYTHING)
    async with service.client(Scope.TICKETS) as client:
        (made,) = await handed_off(client, number, "damkar")
        await step(client, made["id"], "accepted")
    service.hub.close()
    notices = [each async for chunk in stream for each in told(chunk)]
    for notice in notices:
        TypeAdapter(NoticeView).validate_python(notice)
    assert [notice["handoff"]["step"] for notice in notices] == ["queued", "accepted"]
    assert UUID(notices[0]["handoff"]["id"]) == UUID(made["id"])


async def test_what_was_given_up_is_sent_again(with_volunteers: Service, store: Store) -> None:
    """Under the same key, once; why it was given up is told, and where it went is not."""
    (number,) = await opened(store)
    async with with_volunteers.client(Scope.TICKETS) as client:
        await handed_off(client, number, "relawan")
        assert (await client.get("/v1/dead-letters")).json() == {"items": [], "next": None}
        (item,) = await store.outbox.ready(PKY, kept_now(), 10)
        await store.outbox.settle(item, Settled.DEAD, kept_now(), because(Code.ANSWERS, status=410))
        (dead,) = (await client.get("/v1/dead-letters")).json()["items"]
        assert (dead["id"], dead["state"], dead["why"]) == (str(item.id), "dead", "it answers 410")
        assert dead["reason"] == {"code": "answers", "details": {"status": "410"}}
        assert item.rung.address not in str(dead)
        assert dead.pop("about")["number"] == number
        stream = await with_volunteers.hub.subscribe(None, EVERYTHING)
        again = await client.post(f"/v1/dead-letters/{item.id}/resend")
        assert dead["tries"] == 1
        assert again.json() == dead | {"state": "waiting", "done_at": None, "tries": 0}
        twice = await client.post(f"/v1/dead-letters/{item.id}/resend")
        problem(twice, 409, "not-dead")
        nothing = await client.post(f"/v1/dead-letters/{NOWHERE}/resend")
        problem(nothing, 404, "unknown-message")
    with_volunteers.hub.close()
    (notice,) = [each async for chunk in stream for each in told(chunk)]
    TypeAdapter(NoticeView).validate_python(notice)
    assert (notice["kind"], notice["message"]) == ("message.changed", str(item.id))
    assert [each.id for each in await store.outbox.ready(PKY, kept_now(), 10)] == [item.id]
