"""What another centre passes on, as its system meets this one: taken once, or refused clearly."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind
from sip112.dispatch.ids import AgencyCode
from sip112.handoff.documents import urns
from sip112.handoff.signing import new_secret, sign
from sip112.people.roles import Scope
from sip112.routing.ids import Instant, TicketId
from sip112.service.dispatch import neighbours
from sip112.store.store import Store
from tests.api.service import NOW, PKY, Service, problem
from tests.store.handoffs import an_agency, an_incident, pass_on
from tests.store.helpers import owning

SECRET, OTHER = new_secret(), new_secret()
PATH = "/v1/agency/ktm/messages"
THEIRS = "ktm.112.example"
NAME = {"id": "112 KTM", "en": "112 KTM"}
KTM = Agency(
    AgencyCode("ktm"),
    AgencyKind.CENTRE,
    NAME,
    channels=(Channel(ChannelKind.WEBHOOK, "https://ktm.example/v1/agency/pky/messages"),),
)
TICKET = TicketId(UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0001))
HANDOFF = UUID(int=77)


@pytest.fixture
async def service(store: Store) -> Service:
    """Give a centre with a neighbour, and a fire brigade with a secret."""
    service = Service(store)
    service.now = NOW
    await service.agencies[PKY].put(KTM, None, "ani")
    await store.agencies.set_secret(PKY, KTM.code, SECRET)
    await store.agencies.set_secret(PKY, AgencyCode("damkar"), OTHER)
    return service


def envelope(
    kind: str = "handoff.requested",
    ticket: TicketId = TICKET,
    handoff: UUID = HANDOFF,
    *,
    reason: str = "",
    **incident: Any,
) -> dict[str, Any]:
    """Return what another centre sends."""
    given = {
        "incidentTypeInternalCode": "traffic",
        "incidentTypeInternalText": "Kecelakaan",
        "incidentPriorityInternalText": "high",
        **incident,
    }
    return {
        "type": kind,
        "timestamp": "2026-11-22T05:28:20+07:00",
        "data": {
            "handoff": str(handoff),
            "ticket": "KTM-20261122-0007",
            "agency": "pky",
            "answer_url": None,
            "reason": reason,
            "eido": {
                "$id": urns.incident(ticket, THEIRS),
                "issuingElementIdentification": f"sip112.{THEIRS}",
                "updatedByAgencyReference": {"$ref": THEIRS},
                "incidentComponent": given,
                "locationComponent": [{"locationDescriptionText": "Km 30"}],
            },
        },
    }


async def send(
    service: Service,
    body: Any,
    *,
    path: str = PATH,
    secret: str = SECRET,
    message: str = "msg-1",
) -> httpx.Response:
    """Send it, signed."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = sign(message, Instant(service.now), body, secret)
    async with service.client(None) as client:
        return await client.post(
            path, content=body, headers=signed | {"Content-Type": "application/json"}
        )


async def get(service: Service, path: str) -> Any:
    """Return what is there."""
    async with service.client(Scope.READ) as client:
        found = await client.get(path)
    assert found.is_success, found.text
    return found.json()


async def test_an_incident_becomes_a_ticket(service: Service, store: Store) -> None:
    """Of the same identifier, with a number of this centre; the audit log tells who sent it."""
    answer = await send(service, envelope())
    assert answer.status_code == 200
    assert answer.json()["handoff"] == str(HANDOFF)
    assert answer.json()["step"] == "delivered"
    assert service.audit.told == [("agency:ktm", "agency.answered", str(HANDOFF))]
    ticket = await get(service, f"/v1/tickets/{TICKET}")
    assert (ticket["incident_type"], ticket["severity"]) == ("traffic", "high")
    assert ticket["address"] == "Km 30"
    assert ticket["number"].startswith("PKY-")
    [handoff] = (await get(service, f"/v1/tickets/{TICKET}/handoffs"))["items"]
    assert (handoff["purpose"], handoff["agency"]) == ("received", "ktm")
    assert handoff["following"][0] == "acknowledged"
    assert service.opened == [TICKET]
    found = await store.ticket(PKY, str(TICKET))
    assert found is not None
    assert found.domain == THEIRS


async def test_it_counts_once(service: Service) -> None:
    """By the message's id, and by the incident's; something else under the same id is refused."""
    first = await send(service, envelope())
    assert (await send(service, envelope())).json() == first.json()
    assert (await send(service, envelope(), message="msg-2")).json() == first.json()
    assert service.opened == [TICKET]
    problem(await send(service, envelope(reason="x")), 422, "message-id-reused")
    [handoff] = (await get(service, f"/v1/tickets/{TICKET}/handoffs"))["items"]
    assert len(handoff["events"]) == 1


async def test_updates_and_the_end_follow(service: Service) -> None:
    """Into the fields, and with the reason."""
    await send(service, envelope())
    update = envelope("handoff.updated", incidentPriorityInternalText="critical")
    assert (await send(service, update, message="m2")).is_success
    assert (await get(service, f"/v1/tickets/{TICKET}"))["severity"] == "critical"
    cancel = envelope("handoff.cancelled", reason="prank")
    assert (await send(service, cancel, message="m3")).json()["step"] == "cancelled"
    assert (await send(service, cancel, message="m4")).json()["step"] == "cancelled"
    [handoff] = (await get(service, f"/v1/tickets/{TICKET}/handoffs"))["items"]
    assert (handoff["reason"], len(handoff["events"])) == ("prank", 2)


async def test_what_is_unknown_here_is_told_in_words(service: Service) -> None:
    """A type or a severity of that city's own: nothing is lost, and nothing is guessed."""
    await send(
        service,
        envelope(
            incidentTypeInternalCode="peat",
            incidentTypeInternalText="Kebakaran gambut (Peat fire)",
            incidentPriorityInternalText="gawat",
        ),
    )
    ticket = await get(service, f"/v1/tickets/{TICKET}")
    assert (ticket["incident_type"], ticket["severity"]) == (None, None)
    assert ticket["narrative"] == "Kebakaran gambut (Peat fire)"


async def test_who_is_no_centre_opens_nothing(service: Service) -> None:
    """Though the signature is right: an agency of this centre, or one that is in no directory."""
    answer = await send(service, envelope(), path="/v1/agency/damkar/messages", secret=OTHER)
    assert "'damkar'" in problem(answer, 403, "not-a-centre")["detail"]
    answer = await send(service, envelope(), path="/v1/agency/nobody/messages", secret=OTHER)
    problem(answer, 401, "bad-signature")
    assert service.opened == []


async def test_a_forged_signature_opens_nothing(service: Service) -> None:
    """Nor a neighbour's with another's secret."""
    problem(await send(service, envelope(), secret=OTHER), 401, "bad-signature")
    body = json.dumps(envelope()).encode()
    signed = sign("msg-1", Instant(service.now), body, SECRET)
    async with service.client(None) as client:
        answer = await client.post(
            PATH,
            content=body.replace(b"Km 30", b"Km 99"),
            headers=signed | {"Content-Type": "application/json"},
        )
    problem(answer, 401, "bad-signature")
    assert service.opened == []


async def test_too_many_are_too_many(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one minute, with what to do; what is known already is taken at any time."""
    monkeypatch.setattr(neighbours, "PER_MINUTE", 2)
    for n in (1, 2):
        one = envelope(ticket=TicketId(uuid4()), handoff=UUID(int=n))
        assert (await send(service, one, message=f"m{n}")).is_success
        service.now += 10
    third = envelope(handoff=UUID(int=3))
    answer = await send(service, third, message="m3")
    problem(answer, 429, "too-many-incidents")
    assert answer.headers["retry-after"] == "40"
    assert len(service.opened) == 2
    assert (await send(service, one, message="m2b")).is_success
    service.now += 40
    assert (await send(service, third, message="m3")).is_success


@pytest.mark.parametrize("kind", ["handoff.updated", "handoff.cancelled"])
async def test_nothing_is_told_of_what_was_never_passed_on(service: Service, kind: str) -> None:
    """Nor of a handoff that is an agency's."""
    problem(await send(service, envelope(kind)), 404, "unknown-handoff")


async def test_another_agencys_handoff_is_unknown(service: Service, store: Store) -> None:
    """Whatever its identifier is, and whatever is claimed of it."""
    async with owning(store) as running:
        ticket = await an_incident(running)
    [mine] = (await pass_on(store, ticket, an_agency("damkar"))).handoffs
    for n, kind in enumerate(("handoff.requested", "handoff.updated", "handoff.cancelled")):
        body = envelope(kind, ticket.id, mine.id)
        problem(await send(service, body, message=f"m{n}"), 404, "unknown-handoff")


async def test_what_this_centre_asked_for_is_its_own(service: Service, store: Store) -> None:
    """The other one answers it, and does not take it back nor ask for the same."""
    async with owning(store) as running:
        ticket = await an_incident(running)
    [mine] = (await pass_on(store, ticket, KTM)).handoffs
    answer = await send(service, envelope("handoff.cancelled", ticket.id, mine.id))
    assert problem(answer, 422, "unreadable")["where"] == "type"
    answer = await send(service, envelope(ticket=ticket.id), message="m2")
    problem(answer, 409, "handed-off-already")
    answer = await send(service, envelope("handoff.updated", TICKET, mine.id), message="m3")
    assert problem(answer, 422, "unreadable")["where"] == "$id"
    update = envelope("handoff.updated", ticket.id, mine.id)
    assert (await send(service, update, message="m4")).json()["step"] == "queued"
    assert (await get(service, f"/v1/tickets/{ticket.id}"))["address"] == "Km 30"


async def test_who_asks_does_not_say_what_is_done_here(service: Service) -> None:
    """This centre's people do."""
    await send(service, envelope())
    said = {"handoff": str(HANDOFF), "step": "completed"}
    problem(await send(service, said, message="m2"), 404, "unknown-handoff")
    [handoff] = (await get(service, f"/v1/tickets/{TICKET}/handoffs"))["items"]
    assert handoff["step"] == "delivered"


async def test_an_answer_that_comes_too_late_is_a_note(service: Service, store: Store) -> None:
    """Both may speak at once; what happened there is kept."""
    async with owning(store) as running:
        ticket = await an_incident(running)
    [mine] = (await pass_on(store, ticket, KTM)).handoffs
    async with service.client(Scope.TICKETS) as client:
        body = {"step": "cancelled", "note": "prank"}
        assert (await client.post(f"/v1/handoffs/{mine.id}/steps", json=body)).is_success
    happened = {
        "id": "v2",
        "at": "2026-11-22T05:28:20.000001+07:00",
        "about": "handoff",
        "what": "accepted",
        "who": "dewi",
        "subject": "pky",
        "detail": {"note": "siap"},
    }
    said = {
        "handoff": str(mine.id),
        "step": "accepted",
        "note": "siap",
        "unit": "dewi",
        "timeline": {"centre": THEIRS, "moments": [happened]},
    }
    answer = await send(service, said)
    assert answer.json()["step"] == "cancelled"
    found = await get(service, f"/v1/handoffs/{mine.id}")
    assert [(each["kind"], each["by"], each["note"]) for each in found["events"]][-1] == (
        "note",
        "agency:ktm dewi",
        "accepted, which does not follow here any more: siap",
    )
    late = {"code": "late_accepted", "details": {"said": "siap"}}
    assert found["events"][-1]["reason"] == late
    moments = (await get(service, f"/v1/tickets/{ticket.id}/timeline"))["items"]
    [theirs] = [each for each in moments if each["neighbour"] == "ktm"]
    assert theirs == happened | {
        "at": "2026-11-21T22:28:20.000Z",
        "centre": THEIRS,
        "neighbour": "ktm",
        "reason": None,
    }
    bare = {"handoff": str(mine.id), "step": "on_scene"}
    assert (await send(service, bare, message="m2")).is_success
    same = {"handoff": str(mine.id), "step": "cancelled", "note": ""}
    problem(await send(service, same, message="m3"), 422, "unreadable")


async def test_a_history_of_who_is_no_centre_is_left_out(service: Service, store: Store) -> None:
    """An agency answers, and no more."""
    async with owning(store) as running:
        ticket = await an_incident(running)
    [mine] = (await pass_on(store, ticket, an_agency("damkar"))).handoffs
    said = {
        "handoff": str(mine.id),
        "step": "accepted",
        "timeline": {"centre": "x", "moments": []},
    }
    answer = await send(service, said, path="/v1/agency/damkar/messages", secret=OTHER)
    assert answer.json()["step"] == "accepted"
    assert await store.neighbours.moments(PKY, ticket.id) == ()


async def test_a_node_that_stands_by_has_it_sent_again(service: Service) -> None:
    """Only the owner gives numbers; nothing is kept of it meanwhile."""
    service.desk.owned = False
    answer = await send(service, envelope())
    problem(answer, 503, "centre-elsewhere")
    service.desk.owned = True
    assert (await send(service, envelope())).is_success


async def test_a_core_that_does_not_answer_has_it_sent_again(service: Service) -> None:
    """It may have opened the ticket, or not."""
    service.desk.silent = True
    problem(await send(service, envelope()), 503, "not-opened")


async def test_a_ticket_that_is_not_stored_in_time_has_it_sent_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away: the ticket is in memory, and asked for again."""
    monkeypatch.setattr(neighbours, "STORED_WITHIN_S", 0.1)

    async def opens(*_: object) -> None:
        """Open it, and do not write it."""

    monkeypatch.setattr(service, "open_ticket", opens)
    problem(await send(service, envelope()), 503, "store-unavailable")


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        (b'{"type": "handoff.requested", "data": 1}', 422, "data"),
        (b'{"type": "x", "data": {}}', 422, "type"),
        (json.dumps({"type": "handoff.requested", "data": {"eido": {}}}).encode(), 422, "$id"),
        (b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b', "type": "x"}', 400, "body"),
    ],
)
async def test_what_cannot_be_read_is_refused(
    service: Service, body: bytes, status: int, where: str
) -> None:
    """With the place, and what to do."""
    assert problem(await send(service, body), status, "unreadable")["where"] == where
    assert service.opened == []


async def test_people_here_say_the_steps(service: Service) -> None:
    """But do not take back what they did not ask for."""
    await send(service, envelope())
    async with service.client(Scope.TICKETS) as client:
        steps = f"/v1/handoffs/{HANDOFF}/steps"
        accepted = await client.post(steps, json={"step": "accepted", "note": "siap"})
        assert accepted.json()["step"] == "accepted"
        problem(
            await client.post(steps, json={"step": "cancelled", "note": "x"}), 409, "illegal-step"
        )
        problem(await client.post(steps, json={"step": "declined"}), 422, "reason-needed")
        noted = await client.post(f"/v1/handoffs/{HANDOFF}/notes", json={"note": "2 ambulans"})
        assert noted.json()["events"][-1]["note"] == "2 ambulans"
