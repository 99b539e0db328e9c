"""Referrals over HTTP: what the ticket says then, what is refused and why, what is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind
from sip112.dispatch.directory import Directory, DirectoryState
from sip112.dispatch.ids import AgencyCode
from sip112.people.roles import Scope
from sip112.routing.call import Caller
from sip112.routing.summary import day_at
from sip112.store.store import Store
from sip112.store.tables import kept_now
from tests.api.service import JAKARTA, NOW, PKY, Service, problem, write
from tests.api.test_handoffs import hand_off, step
from tests.api.test_hub import EVERYTHING
from tests.api.test_notices import told
from tests.api.test_tickets import change, opened
from tests.store.examples import arrived, opening


async def refer(
    client: httpx.AsyncClient,
    number: str,
    agency: str = "pln",
    how: str = "spoken",
    key: str = "k1",
) -> httpx.Response:
    """Refer a caller."""
    return await client.post(
        f"/v1/tickets/{number}/referrals",
        json={"agency": agency, "how": how},
        headers={"Idempotency-Key": key},
    )


async def calls_from(store: Store, number: str | None) -> str:
    """Have somebody call from a number, and return the number of the ticket."""
    call = arrived(77, caller=Caller(number))
    await write(store, opening(call))
    assert call.ticket_number is not None
    return call.ticket_number


async def test_a_caller_is_referred_once_under_a_key(service: Service, store: Store) -> None:
    """The ticket says so, by an ETag that goes on; whoever has it open is told."""
    (number,) = await opened(store)
    before = len(service.audit.entries)
    async with service.client(Scope.TICKETS) as client:
        answer = await refer(client, number)
        assert answer.status_code == 200, answer.text
        again = await refer(client, number)
        read = await client.get(f"/v1/tickets/{number}")
        problem(await refer(client, number, how="sms"), 422, "idempotency-key-reused")
        problem(await refer(client, number, "sapa"), 422, "idempotency-key-reused")
        handoffs = (await client.get(f"/v1/tickets/{number}/handoffs")).json()["items"]
    made = answer.json()["referral"]
    assert made == made | {
        "agency": "pln",
        "purpose": "referral",
        "step": "completed",
        "ended": True,
        "by": {"channel": "voice", "contact": ""},
        "following": [],
        "due_at": None,
        "requested_by": "tickets-client",
    }
    assert handoffs == [made]
    assert again.json() == answer.json()
    assert answer.json()["ticket"] == read.json()
    assert read.json()["disposition"] == "referred"
    assert answer.headers["ETag"] == read.headers["ETag"] == '"2"'
    entries = [each for each in service.audit.entries[before:] if each.action == "handoff.referred"]
    assert [(each.subject, each.detail) for each in entries] == [
        (number, {"agency": "pln", "how": "spoken"})
    ] * 2


async def test_whoever_has_the_ticket_open_is_told(service: Service, store: Store) -> None:
    """Of the referral, and of what the ticket says; once."""
    (number,) = await opened(store)
    stream = await service.hub.subscribe(None, EVERYTHING)
    async with service.client(Scope.TICKETS) as client:
        await refer(client, number)
        await refer(client, number)
    service.hub.close()
    notices = [each["kind"] async for chunk in stream for each in told(chunk)]
    assert notices == ["handoff.changed", "ticket.changed", "handoff.changed"]


async def test_what_the_ticket_says_already_stays(service: Service, store: Store) -> None:
    """To change it is another request, with the ETag of what was seen."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        await change(client, number, {"disposition": "information"})
        answer = await refer(client, number)
        assert answer.json()["ticket"]["disposition"] == "information"
        assert answer.json()["ticket"]["version"] == 2


async def test_by_sms_it_waits_until_that_has_left(service: Service, store: Store) -> None:
    """All that can be said of it is that the caller was told; and it holds up no closing."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        made = (await refer(client, number, how="sms")).json()["referral"]
        assert (made["step"], made["by"]["channel"], made["following"]) == (
            "queued",
            "sms",
            ["completed"],
        )
        twice = problem(await refer(client, number, how="sms", key="k2"), 409, "handed-off-already")
        assert twice["handoff"] == made["id"]
        illegal = problem(await step(client, made["id"], "accepted"), 409, "illegal-step")
        assert illegal["following"] == ["completed"]
        assert (await change(client, number, {"status": "closed"}, '"2"')).status_code == 200
        told = await step(client, made["id"], "completed", note="Told by voice")
        assert told.json()["ended"]
        problem(await refer(client, number, key="k3"), 409, "ticket-closed")


async def test_what_cannot_be_referred(service: Service, store: Store) -> None:
    """Each refusal says why and what to do, and nothing of the request is done."""
    (number,) = await opened(store)
    path = f"/v1/tickets/{number}/referrals"
    async with service.client(Scope.TICKETS) as client:
        no_key = await client.post(path, json={"agency": "pln", "how": "spoken"})
        problem(no_key, 400, "no-idempotency-key")
        problem(await refer(client, number, "pnl"), 422, "unknown-agency")
        problem(await refer(client, number, "damkar"), 422, "not-referred-to")
        problem(await refer(client, number, how="shouted"), 422, "invalid")
        problem(await refer(client, "PKY-20261122-9999"), 404, "unknown-ticket")
        problem(await hand_off(client, number, "damkar", "pln"), 422, "only-referred-to")
        assert (await client.get(f"/v1/tickets/{number}/handoffs")).json()["items"] == []
        assert (await client.get(f"/v1/tickets/{number}")).json()["disposition"] is None
    async with service.client(Scope.READ) as client:
        problem(await refer(client, number), 403, "missing-scope")


@pytest.mark.parametrize(
    ("caller", "why"), [(None, "does not show a number"), ("0536123456", "calls from 0536123456")]
)
async def test_no_sms_to_whoever_has_no_mobile(
    service: Service, store: Store, caller: str | None, why: str
) -> None:
    """They are told by voice."""
    number = await calls_from(store, caller)
    async with service.client(Scope.TICKETS) as client:
        answer = problem(await refer(client, number, how="sms"), 422, "no-mobile-number")
        assert why in answer["detail"]
        assert "spoken" in answer["remedy"]
        assert (await refer(client, number)).status_code == 200


async def test_the_sms_goes_to_whoever_called_last(service: Service, store: Store) -> None:
    """A ticket may have several calls, of several callers."""
    first = arrived(1, caller=Caller("0536123456"))
    last = replace(arrived(2), ticket=first.ticket, ticket_number=first.ticket_number)
    await write(store, opening(first), replace(opening(last), ticket=None))
    number = first.ticket_number
    assert number is not None
    async with service.client(Scope.TICKETS) as client:
        calls = (await client.get(f"/v1/tickets/{number}")).json()["calls"]
        assert calls == [str(first.id), str(last.id)]
        assert (await refer(client, number, how="sms")).status_code == 200
    assert first.ticket is not None
    (referral,) = await store.handoffs.of_ticket(PKY, first.ticket)
    assert referral.ladder[0].address == last.caller.number


async def test_where_nothing_sends_sms(service: Service, store: Store) -> None:
    """The refusal names the setting."""
    (number,) = await opened(store)
    service.handoffs[PKY]._notified = ()
    async with service.client(Scope.TICKETS) as client:
        answer = problem(await refer(client, number, how="sms"), 409, "nothing-set")
        assert "notifiers.sms" in answer["remedy"]


async def test_a_service_without_a_number(service: Service, store: Store) -> None:
    """It may have been kept before that was found wrong."""
    (number,) = await opened(store)
    bare = Agency(
        AgencyCode("bare"),
        AgencyKind.SERVICE,
        {"id": "x", "en": "x"},
        channels=(Channel(ChannelKind.WEBHOOK, "https://x.example.org"),),
    )
    service.agencies[PKY].current = DirectoryState(Directory((bare,)), 1, {})
    async with service.client(Scope.TICKETS) as client:
        problem(await refer(client, number, "bare"), 422, "nothing-to-tell")


async def test_the_plan_says_whom_a_caller_is_referred_to(service: Service, store: Store) -> None:
    """Apart from who must act: one key hands it to nobody of them."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        await change(client, number, {"incident_type": "power_outage"})
        plan: dict[str, Any] = (await client.get(f"/v1/tickets/{number}/plan")).json()
        assert (plan["needs"], plan["chosen"], plan["complete"]) == ([], [], True)
        (need,) = plan["referrals"]
        assert (need["named"], need["chosen"]) == ("pln", "pln")
        await change(client, number, {"incident_type": "information_request"}, '"2"')
        plan = (await client.get(f"/v1/tickets/{number}/plan")).json()
        (need,) = plan["referrals"]
        assert (need["kind"], need["chosen"], len(need["candidates"])) == ("service", None, 12)


async def test_they_are_counted_apart(service: Service, store: Store) -> None:
    """In the figures of the day."""
    (number,) = await opened(store)
    async with service.client(Scope.TICKETS) as client:
        assert (await client.get("/v1/summary")).json()["referred"] == 0
        assert (await refer(client, number)).status_code == 200
        day = {"day": day_at(kept_now(), JAKARTA).isoformat()}
        assert (await client.get("/v1/summary", params=day)).json()["referred"] == 1
    assert service.now == NOW
