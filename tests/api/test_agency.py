"""What agencies answer: their systems' messages, signed, each counted once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from sip112.dispatch.handoff import EventKind, Handoff, HandoffEvent, Step
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.handoff.documents import cap, urns
from sip112.handoff.signing import new_secret, sign
from sip112.routing.ids import CentreCode, Instant
from sip112.routing.ticket import TicketRecord
from sip112.store.store import Store
from tests.api.service import DOMAIN, NOW, PKY, Service, problem
from tests.store.handoffs import MEDIS, an_incident, cancel, handed_to, say
from tests.store.helpers import owning

SECRET, OTHER = new_secret(), new_secret()
PATH = "/v1/agency/damkar/messages"
JSON = "application/json"
CAP = "application/cap+xml"


@pytest.fixture
async def ticket(store: Store) -> TicketRecord:
    """Give a ticket, and two agencies with secrets."""
    await store.agencies.set_secret(PKY, AgencyCode("damkar"), SECRET)
    await store.agencies.set_secret(PKY, AgencyCode("medis"), OTHER)
    async with owning(store) as running:
        return await an_incident(running)


@pytest.fixture
async def handoff(store: Store, ticket: TicketRecord) -> Handoff:
    """Give a ticket that was passed on to the fire brigade."""
    return await handed_to(store, ticket)


async def send(
    service: Service,
    body: bytes | Mapping[str, Any],
    kind: str = JSON,
    *,
    path: str = PATH,
    secret: str = SECRET,
    message: str = "msg-1",
    at: float = NOW,
    **headers: str,
) -> httpx.Response:
    """Send what an agency's system sends."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = sign(message, Instant(at), body, secret)
    async with service.client(None) as client:
        return await client.post(
            path, content=body, headers=signed | {"Content-Type": kind} | headers
        )


def plain(handoff: Handoff, **fields: str) -> dict[str, str]:
    """Return an answer in the plain form."""
    return {"handoff": str(handoff.id), **fields}


def eido(ticket: TicketRecord, handoff: Handoff | None, status: str, *notes: str) -> dict[str, Any]:
    """Return an answer as EIDO, from the agency `damkar`."""
    damkar = {"$ref": f"damkar.{DOMAIN}"}
    dispatch = "d1" if handoff is None else f"{handoff.id.hex}dispatch"
    return {
        "$id": urns.incident(ticket.id, DOMAIN),
        "eidoVersion": "1.0",
        "updatedByAgencyReference": damkar,
        "dispatchComponent": [
            {
                "$id": urns.component(dispatch, DOMAIN),
                "agencyReference": damkar,
                "emergencyResourceReference": [{"$ref": "regu2"}],
            }
        ],
        "emergencyResourceComponent": [
            {
                "$id": "regu2",
                "emergencyResourceName": "Regu 2",
                "secondaryUnitStatusRegistryText": [status],
            }
        ],
        "notesComponent": [
            {"$id": f"n{n}", "updatedByAgencyReference": damkar, "notesActionComments": note}
            for n, note in enumerate(notes)
        ],
    }


def alert(kind: str = "Ack", **fields: str) -> bytes:
    """Return an answer as CAP."""
    given = {
        "identifier": "damkar.7",
        "sender": f"siaga@damkar.{DOMAIN}",
        "sent": "2026-11-22T05:28:20+07:00",
        "status": "Actual",
        "msgType": kind,
        "scope": "Private",
        **fields,
    }
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in given.items())
    return f'<alert xmlns="{cap.NAMESPACE}">{inner}</alert>'.encode()


async def now(store: Store, handoff: Handoff) -> Handoff:
    """Return a handoff as it is."""
    found = await store.handoffs.one(PKY, handoff.id)
    assert found is not None
    return found


async def events(store: Store, handoff: Handoff) -> list[HandoffEvent]:
    """Return what the agency has said."""
    found = await store.handoffs.histories(PKY, [handoff])
    return [event for event in found[handoff.id] if event.by.startswith("agency:")]


# --- what is said --------------------------------------------------------------------------------


async def test_a_system_says_a_step(service: Service, store: Store, handoff: Handoff) -> None:
    """It needs nothing but its signature, and is told how the handoff stands."""
    answer = await send(service, plain(handoff, step="accepted", note="Dua unit", unit="Regu 2"))
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"handoff", "step", "since", "ended", "following"}
    assert answer.json()["step"] == "accepted"
    assert answer.json()["following"] == ["declined", "en_route", "on_scene", "completed"]
    assert (await now(store, handoff)).step is Step.ACCEPTED
    (event,) = await events(store, handoff)
    assert (event.by, event.channel, event.note) == ("agency:damkar Regu 2", "webhook", "Dua unit")
    assert service.audit.told == [("agency:damkar Regu 2", "agency.answered", str(handoff.id))]
    assert service.audit.entries[0].centre == PKY


async def test_a_system_says_it_in_eido(
    service: Service, store: Store, ticket: TicketRecord, handoff: Handoff
) -> None:
    """Notes stand in every document again, and are taken down once."""
    first = eido(ticket, handoff, "EnRoute", "Macet di Menteng")
    assert (await send(service, first)).json()["step"] == "en_route"
    again = eido(ticket, None, "EnRoute", "Macet di Menteng", "Lewat Rajawali")
    assert (await send(service, again, "application/emergency+json", message="m2")).is_success
    assert (await send(service, again, message="m3")).is_success  # with nothing new in it
    said = [(each.kind, each.step, each.note) for each in await events(store, handoff)]
    assert said == [
        (EventKind.STEP, Step.EN_ROUTE, "Macet di Menteng"),
        (EventKind.NOTE, Step.EN_ROUTE, "Lewat Rajawali"),
    ]
    assert len(service.audit.told) == 2


async def test_a_system_says_it_in_cap(
    service: Service, store: Store, ticket: TicketRecord, handoff: Handoff
) -> None:
    """Of the message that it answers, or of the incident."""
    (item,) = await store.outbox.of_handoff(PKY, handoff.id)
    reference = f"sip112@{DOMAIN},{cap.identifier(item.id)},2026-11-22T05:28:10+07:00"
    answer = await send(service, alert(references=reference), CAP)
    assert answer.json()["step"] == "acknowledged"
    (event,) = await events(store, handoff)
    assert (event.by, event.channel) == ("agency:damkar", "cap")
    number = alert("Error", note="Semua unit di luar", incidents=ticket.number)
    answer = await send(service, number, "text/xml; charset=utf-8", message="m2")
    assert answer.json()["step"] == "declined"
    assert (await now(store, handoff)).reason == "Semua unit di luar"


async def test_of_several_handoffs_that_which_goes_on_is_meant(
    service: Service, store: Store, ticket: TicketRecord, handoff: Handoff
) -> None:
    """By an incident's name, which was passed on to the same agency again."""
    await cancel(store, handoff.id)
    again = await handed_to(store, ticket)
    answer = await send(service, alert(incidents=ticket.number), CAP)
    assert answer.json().get("handoff") == str(again.id), answer.text


# --- once ----------------------------------------------------------------------------------------


async def test_a_message_counts_once(service: Service, store: Store, handoff: Handoff) -> None:
    """Repeated because its answer was lost, it is answered alike, though signed anew."""
    first = await send(service, plain(handoff, step="accepted"))
    note = plain(handoff, note="Butuh air")
    told = await send(service, note, message="m2")
    again = await send(service, note, message="m2", at=NOW + 120)
    assert first.status_code == told.status_code == again.status_code == 200
    assert told.json() == again.json()
    assert [each.note for each in await events(store, handoff)] == ["", "Butuh air"]
    assert len(service.audit.told) == 2


async def test_the_same_words_in_another_message_are_said_again(
    service: Service, store: Store, handoff: Handoff
) -> None:
    """Who asks for help twice, asks twice."""
    for message in ("m1", "m2"):
        await send(service, plain(handoff, note="Butuh air"), message=message)
    assert [each.note for each in await events(store, handoff)] == ["Butuh air", "Butuh air"]


async def test_an_id_is_of_one_message(service: Service, store: Store, handoff: Handoff) -> None:
    """Something else under it is refused, and changes nothing."""
    await send(service, plain(handoff, step="acknowledged"))
    answer = await send(service, plain(handoff, step="completed"))
    assert "msg-1" in problem(answer, 422, "message-id-reused")["detail"]
    assert (await now(store, handoff)).step is Step.ACKNOWLEDGED


async def test_another_agency_may_use_the_same_id(
    service: Service, store: Store, ticket: TicketRecord, handoff: Handoff
) -> None:
    """Each numbers its own."""
    theirs = await handed_to(store, ticket, MEDIS)
    assert (await send(service, plain(handoff, step="accepted"))).is_success
    path = "/v1/agency/medis/messages"
    answer = await send(service, plain(theirs, step="accepted"), path=path, secret=OTHER)
    assert answer.json()["handoff"] == str(theirs.id)


# --- who it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret": OTHER}, "The signature is not of this message"),
        ({"at": NOW - 301}, "The message is 301 s old"),
        ({"at": NOW + 301}, "The message is 301 s ahead of us"),
        ({"webhook-signature": ""}, "webhook-signature missing"),
        ({"webhook-id": "m.2"}, "webhook-id is not"),
        ({"webhook-timestamp": "1"}, "s old"),
        ({"path": "/v1/agency/medis/messages"}, "The signature is not of this message"),
        ({"path": "/v1/agency/polisi/messages"}, "There is no secret"),
        ({"path": "/v1/agency/nobody/messages"}, "There is no secret"),
    ],
)
async def test_who_does_not_show_who_it_is_is_refused(
    service: Service, store: Store, handoff: Handoff, changes: dict[str, Any], words: str
) -> None:
    """And nothing of the message is looked at."""
    answer = await send(service, plain(handoff, step="accepted"), **changes)
    assert words in problem(answer, 401, "bad-signature")["detail"]
    assert "StandardWebhooks" in answer.headers["www-authenticate"]
    assert (await now(store, handoff)).version == handoff.version
    assert service.audit.told == []


async def test_a_body_is_what_was_signed(service: Service, handoff: Handoff) -> None:
    """Whoever changes a letter of it on the way is found out."""
    signed = sign("m", Instant(NOW), json.dumps(plain(handoff, step="accepted")).encode(), SECRET)
    async with service.client(None, **signed) as client:
        answer = await client.post(PATH, json=plain(handoff, step="declined", note="x"))
    problem(answer, 401, "bad-signature")


async def test_a_token_is_no_signature(service: Service, handoff: Handoff) -> None:
    """Not even the one that may do everything."""
    async with service.client() as client:
        problem(await client.post(PATH, json=plain(handoff)), 401, "bad-signature")


async def test_a_signature_is_no_token(service: Service) -> None:
    """Whoever signs may not read anything of the centre."""
    signed = sign("m", Instant(NOW), b"", SECRET)
    async with service.client(None, **signed) as client:
        for path in ("/v1/tickets", "/v1/agency/damkar", "/v1/agency/damkar/messages/x"):
            problem(await client.get(path), 401, "no-token")
        problem(await client.get(PATH), 405, "wrong-method")


async def test_secrets_cannot_be_tried(service: Service, store: Store, handoff: Handoff) -> None:
    """Wrong signatures are held up; what is right passes, also from the same address."""
    for n in range(5):
        answer = await send(service, plain(handoff), secret=OTHER, message=f"m{n}")
        problem(answer, 401, "bad-signature")
    answer = await send(service, plain(handoff), secret=OTHER)
    problem(answer, 429, "too-many-wrong-signatures")
    assert answer.headers["retry-after"] == "60"
    assert (await send(service, plain(handoff, step="accepted"))).is_success
    other = await send(service, plain(handoff), path="/v1/agency/medis/messages")
    problem(other, 401, "bad-signature")  # which is counted by itself
    for minute in range(1, 8):
        service.steady = 60.0 * minute
        answer = await send(service, plain(handoff), secret=OTHER)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 500  # it does not end
    assert (await now(store, handoff)).step is Step.ACCEPTED


# --- what cannot be taken ------------------------------------------------------------------------


async def test_a_handoff_of_another_agency_is_as_unknown_as_none(
    service: Service, store: Store, ticket: TicketRecord, handoff: Handoff
) -> None:
    """By whichever name: the answers differ in nothing."""
    theirs = await handed_to(store, ticket, MEDIS)
    (item,) = await store.outbox.of_handoff(PKY, theirs.id)
    of_medis = f"x,{cap.identifier(item.id)},y"
    nobodys = Handoff.evolve(handoff, id=HandoffId(ticket.id))
    answers = [
        await send(service, plain(theirs, step="accepted")),
        await send(service, plain(nobodys, step="accepted"), message="m2"),
        await send(service, alert(references=of_medis), CAP, message="m3"),
        await send(service, alert(incidents="PKY-20261122-0999"), CAP, message="m4"),
        await send(service, alert(references=f"x,sip112.{ticket.id},y"), CAP, message="m5"),
        await send(service, eido(ticket, theirs, "EnRoute", "x"), message="m6"),
        await send(service, eido(ticket, nobodys, "EnRoute", "x"), message="m7"),
    ]
    for answer in answers:
        assert problem(answer, 404, "unknown-handoff") == answers[0].json()
    assert (await now(store, theirs)).version == theirs.version


async def test_what_was_not_passed_on_is_unknown(service: Service, ticket: TicketRecord) -> None:
    """Though the incident is there."""
    answer = await send(service, alert(incidents=ticket.number), CAP)
    problem(answer, 404, "unknown-handoff")


async def test_another_centres_handoff_is_unknown(store: Store, handoff: Handoff) -> None:
    """A node that serves several is asked at the centre's path, and each knows its own."""
    sby = CentreCode("SBY")
    await store.agencies.set_secret(sby, AgencyCode("damkar"), SECRET)
    service = Service(store, others=[sby])
    told = plain(handoff, step="accepted")
    problem(await send(service, told), 400, "which-centre")
    elsewhere = await send(service, told, path=f"/centres/SBY{PATH}")
    problem(elsewhere, 404, "unknown-handoff")
    assert (await send(service, told, path=f"/centres/PKY{PATH}")).is_success


async def test_a_step_that_cannot_follow_is_refused(
    service: Service, store: Store, handoff: Handoff
) -> None:
    """With what can; and what is said with it is not taken down either."""
    await send(service, plain(handoff, step="on_scene"))
    answer = await send(service, plain(handoff, step="accepted", note="x"), message="m2")
    document = problem(answer, 409, "illegal-step")
    assert document["following"] == ["completed"]
    assert "completed" in document["remedy"]
    assert len(await events(store, handoff)) == 1


async def test_nobody_declines_without_a_reason(service: Service, handoff: Handoff) -> None:
    """The centre has to find somebody else."""
    problem(await send(service, plain(handoff, step="declined")), 422, "reason-needed")


async def test_what_has_ended_takes_notes_for_an_hour(
    service: Service, store: Store, handoff: Handoff
) -> None:
    """And no step; after that nothing."""
    ended = (await say(store, handoff.id, Step.COMPLETED)).handoff
    service.now = ended.since + 3599
    at = service.now
    refused = await send(service, plain(handoff, step="on_scene"), at=at)
    assert "has ended" in problem(refused, 409, "illegal-step")["remedy"]
    same = await send(service, plain(handoff, step="completed"), message="m2", at=at)
    assert same.json()["ended"] is True
    assert (await send(service, plain(handoff, note="Padam"), message="m3", at=at)).is_success
    service.now = at = ended.since + 3601
    late = await send(service, plain(handoff, note="Lagi"), message="m4", at=at)
    assert "completed" in problem(late, 410, "handoff-over")["detail"]
    again = await send(service, plain(handoff, note="Padam"), message="m3", at=at)
    assert again.json() == same.json()  # it was told in time


@pytest.mark.parametrize(
    ("body", "kind", "status", "where"),
    [
        (b"", JSON, 400, "body"),
        (b"[]", JSON, 400, "body"),
        (b"{", JSON, 400, "body"),
        (b'{"handoff": "x", "step": "accepted"}', JSON, 422, "handoff"),
        (b'{"step": "accepted"}', JSON, 422, "handoff"),
        (b'{"step": "here"}', JSON, 422, "step"),
        (b'{"note": 1}', JSON, 422, "note"),
        (b"<alert/>", CAP, 422, "alert"),
        (b"<!DOCTYPE a><alert/>", CAP, 400, "body"),
        (alert(), CAP, 422, "references"),
    ],
)
@pytest.mark.usefixtures("ticket")
async def test_what_cannot_be_read_is_refused(
    service: Service, body: bytes, kind: str, status: int, where: str
) -> None:
    """With the place, and what to do."""
    assert problem(await send(service, body, kind), status, "unreadable")["where"] == where


async def test_a_document_is_its_senders_own(
    service: Service, store: Store, ticket: TicketRecord, handoff: Handoff
) -> None:
    """Another agency's is refused; one that calls itself otherwise is not ours to judge."""
    document = alert(sender=f"x@medis.{DOMAIN}", incidents=ticket.number)
    answer = await send(service, document, CAP)
    assert "'medis'" in problem(answer, 422, "unreadable")["detail"]
    document = alert(sender="x@pemadam.example", incidents=ticket.number)
    assert (await send(service, document, CAP, message="m2")).is_success
    assert (await now(store, handoff)).step is Step.ACKNOWLEDGED


async def test_a_dispatch_is_of_the_documents_incident(
    service: Service, store: Store, ticket: TicketRecord, handoff: Handoff
) -> None:
    """Else somebody would be sent to the wrong place."""
    async with owning(store) as running:
        other = await an_incident(running, 2)
    assert other.id != ticket.id
    answer = await send(service, eido(other, handoff, "EnRoute"))
    assert problem(answer, 422, "unreadable")["where"] == "$id"


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/xhtml+xml", ""])
async def test_only_what_can_be_read_is_taken(
    service: Service, handoff: Handoff, kind: str
) -> None:
    """Told before anything is read."""
    answer = await send(service, plain(handoff), kind)
    assert "application/cap+xml" in problem(answer, 415, "not-readable")["remedy"]


async def test_elsewhere_only_json_is_taken(service: Service) -> None:
    """What agencies may send is theirs alone."""
    async with service.client() as client:
        answer = await client.post("/v1/session", content=b"<a/>", headers={"Content-Type": CAP})
        problem(answer, 415, "not-json")


async def test_a_message_has_an_end(service: Service, handoff: Handoff) -> None:
    """As long as the API takes anything; the same limit as in what reads it."""
    body = json.dumps(plain(handoff, note="x" * 1000)).encode()
    fits = body + b" " * (128 * 1024 - len(body))
    assert (await send(service, fits)).is_success
    problem(await send(service, fits + b" ", message="m2"), 413, "too-large")


async def test_without_the_database_nothing_is_taken(gone: Store) -> None:
    """The agency sends it again; nothing is said to be taken that is not kept."""
    answer = await send(Service(gone), {"note": "x"})
    problem(answer, 503, "store-unavailable")


@pytest.mark.parametrize("agency", ["Damkar", "%00", "a" * 33, "damkar%2F.."])
async def test_an_agency_has_a_code(service: Service, agency: str) -> None:
    """What is none is no agency."""
    answer = await send(service, b"{}", path=f"/v1/agency/{agency}/messages")
    assert answer.status_code in {401, 404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
