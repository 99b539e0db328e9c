"""What a link in a message opens, and what is said by it, by people who have nothing else."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sip112.api.agency_ears import MOST_EACH, Ear
from sip112.api.notices import NoticeKind
from sip112.dispatch import said
from sip112.dispatch.handoff import EventKind, Handoff, Step
from sip112.dispatch.relay import relayed
from sip112.handoff.letters import Letters, digest
from sip112.people.roles import Scope
from sip112.routing.ids import CentreCode, Instant, TicketId
from sip112.routing.ticket import TicketRecord
from sip112.store.store import Store
from tests.api.service import DOMAIN, JAKARTA, PKY, Service, problem, until
from tests.store.examples import life
from tests.store.handoffs import MEDIS, SMS, an_agency, an_incident, begin, cancel, handed_to, say
from tests.store.helpers import owning

DAMKAR = an_agency("damkar", SMS)
"""Which is reached by a message to a person, who is called Post."""


@dataclass
class Passed:
    """An incident at an agency, and the secret of the link that was sent there."""

    ticket: TicketRecord
    handoff: Handoff
    secret: str

    @property
    def path(self) -> str:
        """Where the link is asked for."""
        return f"/v1/agency/links/{self.secret}"


@pytest.fixture
async def passed(service: Service, store: Store) -> Passed:
    """Give an incident that was passed on, now."""
    service.now = time.time()
    async with owning(store) as running:
        ticket = await an_incident(running)
    changes: Any = {
        "incident_type": "fire",
        "severity": "critical",
        "address": "Jl. Contoh 12",
        "narrative": "Api di pasar",
        "persons": "2 luka",
        "latitude": -2.2161,
        "longitude": 113.9135,
    }
    ticket = await store.change_ticket(PKY, ticket.id, changes, ticket.version, "ani")
    return await pass_on(service, store, ticket)


async def pass_on(service: Service, store: Store, ticket: TicketRecord) -> Passed:
    """Pass an incident on, and read the message to the agency."""
    directory = service.agencies[PKY].current.directory
    letters = Letters(DOMAIN, "http://api/a/", JAKARTA, lambda: directory)
    made = await store.handoffs.request(PKY, ticket.id, None, begin(DAMKAR), letters)
    (item,) = made.items
    assert item.body is not None
    link = re.search(r"http://api/a/([\w-]+)", item.body.decode())
    assert link
    return Passed(ticket, made.handoffs[0], link[1])


async def read(service: Service, path: str) -> httpx.Response:
    """Open a link, with nothing but its address."""
    async with service.client(None) as client:
        return await client.get(path)


async def post(service: Service, path: str, **body: Any) -> httpx.Response:
    """Say something by a link."""
    async with service.client(None) as client:
        return await client.post(path, json=body)


async def now(store: Store, passed: Passed) -> Handoff:
    """Return the handoff as it is."""
    found = await store.handoffs.one(PKY, passed.handoff.id)
    assert found is not None
    return found


# --- opening --------------------------------------------------------------------------------------


async def test_a_link_shows_what_somebody_has_to_know(service: Service, passed: Passed) -> None:
    """And nothing else of the centre."""
    answer = await read(service, passed.path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    shown = answer.json()
    assert shown.pop("since") == shown.pop("requested_at")
    assert shown == {
        "handoff": str(passed.handoff.id),
        "step": "queued",
        "ended": False,
        "following": [
            "acknowledged",
            "accepted",
            "declined",
            "en_route",
            "on_scene",
            "completed",
        ],
        "centre": "PKY",
        "number": "112",
        "agency": "damkar",
        "agency_name": {
            "id": "Pemadam kebakaran dan penyelamatan (Damkar)",
            "en": "Fire and rescue",
        },
        "ticket": passed.ticket.number,
        "opened_at": "2026-11-21T22:26:40.000Z",
        "type": {"id": "Kebakaran", "en": "Fire"},
        "severity": "critical",
        "address": "Jl. Contoh 12",
        "latitude": -2.2161,
        "longitude": 113.9135,
        "narrative": "Api di pasar",
        "persons": "2 luka",
        "caller": "08125550001",
        "line_at": None,
        "together": [],
        "said": [],
    }


async def test_a_link_tells_that_other_tickets_are_of_the_same_incident(
    service: Service, store: Store, passed: Passed
) -> None:
    """By their numbers, as long as somebody says so, and nothing else of them; live."""
    async with owning(store) as running:
        same, other = await an_incident(running, 2), await an_incident(running, 3)
    ours = service.hub.agencies
    ear = Ear(lambda _: True, [passed.handoff], by_link=True)
    async with service.client(Scope.TICKETS) as client:

        async def link(kind: str, number: str, to: str) -> str:
            answer = await client.post(
                f"/v1/tickets/{number}/links",
                json={"kind": kind, "ticket": to},
                headers={"Idempotency-Key": f"{kind} {number}"},
            )
            assert answer.is_success, answer.text
            made: str = answer.json()["link"]
            return made

        with ours.listening(ear, "link"):
            made = await link("duplicate", same.number, passed.ticket.number)
            assert await ear.take(5) == [passed.handoff.id]
            await link("related", passed.ticket.number, other.number)
            assert await ear.take(5) == [passed.handoff.id]
        shown = await read(service, passed.path)
        assert shown.json()["together"] == [
            {"tie": "same", "ticket": same.number},
            {"tie": "related", "ticket": other.number},
        ]
        await client.delete(f"/v1/tickets/{same.number}/links/{made}")
        assert (await read(service, passed.path)).json()["together"] == [
            {"tie": "related", "ticket": other.number}
        ]


async def test_opening_a_link_changes_nothing(
    service: Service, store: Store, passed: Passed
) -> None:
    """Messengers open links by themselves; the audit log tells once an hour that it was opened."""
    for _ in range(3):
        assert (await read(service, passed.path)).is_success
    assert await now(store, passed) == passed.handoff
    who = "agency:damkar Post"
    assert service.audit.told == [(who, "agency.link_opened", str(passed.handoff.id))]
    assert service.audit.entries[0].centre == PKY
    service.now += 3600
    await read(service, passed.path)
    assert len(service.audit.told) == 2


async def test_what_was_said_is_shown(service: Service, store: Store, passed: Passed) -> None:
    """The agency's words, and the centre's for it; not who works there, nor what was tried."""
    await say(store, passed.handoff.id, Step.ACCEPTED, "Dua unit")
    at = Instant(service.now)
    await store.handoffs.change(
        PKY, passed.handoff.id, lambda seen: said.noted(seen, at, "ani", "", "Hidran di sudut")
    )
    await store.handoffs.change(
        PKY, passed.handoff.id, lambda seen: relayed(seen, at, "ani", "Dua anak di dalam")
    )
    await cancel(store, passed.handoff.id)
    answer = await read(service, passed.path)
    told = [(e["theirs"], e["name"], e["step"], e["note"]) for e in answer.json()["said"]]
    assert told == [
        (True, "", "accepted", "Dua unit"),
        (False, "", None, "Hidran di sudut"),
        (False, "", None, "Dua anak di dalam"),
        (False, "", "cancelled", "prank"),
    ]
    assert "ani" not in answer.text
    assert "0812555001" not in answer.text  # whom the message went to


async def test_what_is_not_known_is_null(service: Service, store: Store) -> None:
    """A ticket that has just been opened; a type and an agency without a name."""
    service.now = time.time()
    async with owning(store) as running:
        ticket = await an_incident(running)
    passed = await pass_on(service, store, ticket)
    shown = (await read(service, passed.path)).json()
    assert shown["type"] is shown["severity"] is shown["latitude"] is None
    changes: Any = {"incident_type": "of_old"}
    await store.change_ticket(PKY, ticket.id, changes, ticket.version, "ani")
    shown = (await read(service, passed.path)).json()
    assert shown["type"] == {"id": "of_old", "en": "of_old"}


# --- answering ------------------------------------------------------------------------------------


async def test_a_step_is_said_by_a_link(service: Service, store: Store, passed: Passed) -> None:
    """In the name that was typed in; the answer is what is shown then."""
    answer = await post(
        service, f"{passed.path}/steps", step="accepted", note="Dua unit", name=" Budi "
    )
    assert answer.status_code == 200
    assert answer.json()["step"] == "accepted"
    assert answer.json()["said"][0]["name"] == "Budi"
    assert (await now(store, passed)).step is Step.ACCEPTED
    events = (await store.handoffs.histories(PKY, [passed.handoff]))[passed.handoff.id]
    assert (events[-1].by, events[-1].channel) == ("agency:damkar Budi", "link")
    assert service.audit.told == [("agency:damkar Budi", "agency.answered", str(passed.handoff.id))]
    assert service.audit.entries[0].detail == {"agency": "damkar", "step": "accepted"}


async def test_who_says_nothing_is_whom_it_was_sent_to(service: Service, passed: Passed) -> None:
    """The contact of the message; and a button that is pressed twice counts once."""
    for _ in range(2):
        answer = await post(service, f"{passed.path}/steps", step="acknowledged")
        assert [each["name"] for each in answer.json()["said"]] == ["Post"]
    assert len(service.audit.told) == 1


async def test_a_note_is_written_by_a_link(service: Service, store: Store, passed: Passed) -> None:
    """Which the centre reads; whoever writes has seen it, and that is said once."""
    for note in ("Butuh air", "Dua unit"):
        answer = await post(service, f"{passed.path}/notes", note=note, name="Budi")
        assert answer.json()["step"] == "acknowledged"
    events = (await store.handoffs.histories(PKY, [passed.handoff]))[passed.handoff.id]
    assert [(each.kind, each.note) for each in events[1:]] == [
        (EventKind.STEP, ""),
        (EventKind.NOTE, "Butuh air"),
        (EventKind.NOTE, "Dua unit"),
    ]
    assert {(each.by, each.channel) for each in events[1:]} == {("agency:damkar Budi", "link")}


async def test_what_is_repeated_by_a_link_counts_once(
    service: Service, store: Store, passed: Passed
) -> None:
    """Under its key, whoever of the agency has it; something else cannot have the key."""
    async with service.client(None, **{"Idempotency-Key": "k1"}) as client:
        for _ in range(2):
            answer = await client.post(f"{passed.path}/notes", json={"note": "Butuh air"})
            assert [each["note"] for each in answer.json()["said"]] == ["", "Butuh air"]
        reused = "idempotency-key-reused"
        other = {"note": "Butuh pompa"}
        problem(await client.post(f"{passed.path}/notes", json=other), 422, reused)
        step = {"step": "accepted"}
        problem(await client.post(f"{passed.path}/steps", json=step), 422, reused)
    assert len(service.audit.told) == 1
    assert (await now(store, passed)).step is Step.ACKNOWLEDGED


async def test_a_line_waits_to_be_answered(service: Service, store: Store, passed: Passed) -> None:
    """Until the agency says anything."""
    at = Instant(service.now)
    await store.handoffs.change(
        PKY, passed.handoff.id, lambda seen: relayed(seen, at, "ani", "Dua anak di dalam")
    )
    shown = (await read(service, passed.path)).json()
    assert shown["line_at"] == shown["said"][-1]["at"]
    answer = await post(service, f"{passed.path}/notes", note="Ya")
    assert answer.json()["line_at"] is None


async def test_what_cannot_be_is_refused(service: Service, passed: Passed) -> None:
    """With what can; nothing is declined without a reason, and a centre's step is the centre's."""
    steps = f"{passed.path}/steps"
    problem(await post(service, steps, step="declined"), 422, "reason-needed")
    problem(await post(service, steps, step="cancelled"), 422, "invalid")
    problem(await post(service, steps, step="accepted", name="x\ny"), 422, "invalid")
    problem(await post(service, f"{passed.path}/notes", note=" "), 422, "invalid")
    await post(service, steps, step="on_scene")
    refused = problem(await post(service, steps, step="accepted"), 409, "illegal-step")
    assert refused["following"] == ["completed"]


async def test_a_link_is_of_one_handoff(service: Service, store: Store, passed: Passed) -> None:
    """Another agency's of the same incident stays as it is, and is not shown."""
    theirs = await handed_to(store, passed.ticket, MEDIS)
    await say(store, theirs.id, Step.ACCEPTED, "Satu ambulans")
    answer = await post(service, f"{passed.path}/steps", step="en_route")
    assert "medis" not in answer.text
    assert "ambulans" not in answer.text
    kept = await store.handoffs.one(PKY, theirs.id)
    assert kept is not None
    assert kept.step is Step.ACCEPTED


# --- listening ------------------------------------------------------------------------------------


@dataclass
class Page:
    """A page behind a link that listens."""

    heard: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, response: httpx.Response) -> None:
        """Take everything that comes."""
        async for text in response.aiter_text():
            self.heard += text
        self.ended.set()


@asynccontextmanager
async def listening(service: Service, passed: Passed) -> AsyncIterator[Page]:
    """Have the page of a link open, with nothing but its address."""
    page = Page()
    silent = httpx.Timeout(5, read=None)
    async with service.served() as client:
        del client.headers["Authorization"]
        async with client.stream("GET", f"{passed.path}/events", timeout=silent) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            task = asyncio.create_task(page.listen(response))
            await until(lambda: page.heard)
            yield page
            task.cancel()


async def test_a_page_behind_a_link_hears_of_its_own(
    service: Service, store: Store, passed: Passed
) -> None:
    """That its handoff or ticket has changed; no call, no other agency, not how much there is."""
    theirs = await handed_to(store, passed.ticket, MEDIS)
    handoffs = service.handoffs[PKY]
    at = Instant(service.now)
    told = f'event: incident\ndata: {{"handoff": "{passed.handoff.id}"}}\n\n'
    async with listening(service, passed) as page:
        for record in life(7):
            service.hub.publish(record)
        service.hub.notify(NoticeKind.ALARM, {"name": "link", "ok": False})
        await handoffs.change(theirs.id, lambda seen: said.noted(seen, at, "ani", "", "x"))
        await handoffs.relay(passed.handoff.id, "Dua anak di dalam", "ani", "k")
        await until(lambda: told in page.heard)
        service.hub.agencies.ticket_changed(TicketId(uuid4()))
        service.hub.agencies.ticket_changed(passed.ticket.id)
        await until(lambda: page.heard.count(told) == 2)
    assert page.heard == f"retry: 1000\n\n{told * 2}"


async def test_a_link_that_expires_is_heard_no_more(
    service: Service, store: Store, passed: Passed
) -> None:
    """Its stream ends at the next sign of life; nothing is told any more."""
    target = await store.handoffs.link(digest(passed.secret))
    assert target is not None
    service.now = target.expires_at - 1
    async with listening(service, passed) as page:
        service.hub.wake()
        service.now = target.expires_at
        await service.handoffs[PKY].relay(passed.handoff.id, "x", "ani", "k")
        async with asyncio.timeout(10):
            await page.ended.wait()
    assert page.heard == "retry: 1000\n\n"
    async with service.client(None) as client:
        problem(await client.get(f"{passed.path}/events"), 410, "link-over")


async def test_what_has_ended_is_heard_for_an_hour(service: Service, passed: Passed) -> None:
    """As it is shown."""
    at = Instant(service.now)
    async with listening(service, passed) as page:
        await service.handoffs[PKY].change(
            passed.handoff.id, lambda seen: said.said(seen, at, Step.COMPLETED, "ani", "")
        )
        await until(lambda: str(passed.handoff.id) in page.heard)
        service.now += 3601
        service.hub.wake()
        async with asyncio.timeout(10):
            await page.ended.wait()
    async with service.client(None) as client:
        problem(await client.get(f"{passed.path}/events"), 410, "link-over")


async def test_pages_behind_links_are_counted_apart(service: Service, passed: Passed) -> None:
    """A link that is passed around uses up nothing of accounts, nor of the centre."""
    ears = service.hub.agencies
    whose = f"link:{passed.handoff.id}"
    async with listening(service, passed):
        assert service.hub.streams == 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sip112.api.agency_ears.MOST", 1)
            assert ears.are_too_many("somebody", by_link=True)
            assert not ears.are_too_many("somebody")
        with ExitStack() as others:
            for _ in range(MOST_EACH - 1):
                others.enter_context(ears.listening(Ear(lambda _: False, by_link=True), whose))
            async with service.client(None) as client:
                problem(await client.get(f"{passed.path}/events"), 429, "too-many-pages")


async def test_a_page_behind_a_link_asks_for_a_stream(service: Service, passed: Passed) -> None:
    """Whoever wants something else is told so."""
    async with service.client(None, Accept="application/json") as client:
        problem(await client.get(f"{passed.path}/events"), 406, "not-acceptable")


# --- links that open nothing ----------------------------------------------------------------------


ASKED = [("GET", ""), ("POST", "/steps"), ("POST", "/notes")]
REFUSED = [*ASKED, ("GET", "/events")]


async def ask(service: Service, method: str, path: str) -> httpx.Response:
    """Ask for a link in one of its ways."""
    body = None
    if method == "POST":
        body = {"note": "x"} | ({"step": "completed"} if path.endswith("steps") else {})
    async with service.client(None) as client:
        return await client.request(method, path, json=body)


@pytest.mark.parametrize(("method", "end"), REFUSED)
async def test_a_link_that_was_never_made_opens_nothing(
    service: Service, passed: Passed, method: str, end: str
) -> None:
    """With words for people, in both languages."""
    for secret in ("x", passed.secret[:-1], passed.secret + "x", digest(passed.secret)):
        answer = await ask(service, method, f"/v1/agency/links/{secret}{end}")
        words = problem(answer, 404, "unknown-link")["words"]
        assert words.keys() == {"id", "en"}
    assert service.audit.told == []


@pytest.mark.parametrize(("method", "end"), ASKED)
async def test_a_link_has_an_end(
    service: Service, store: Store, passed: Passed, method: str, end: str
) -> None:
    """A day after it was sent."""
    target = await store.handoffs.link(digest(passed.secret))
    assert target is not None
    service.now = target.expires_at - 1
    assert (await ask(service, method, passed.path + end)).is_success
    service.now = target.expires_at
    answer = await ask(service, method, passed.path + end)
    assert problem(answer, 410, "link-over")["words"].keys() == {"id", "en"}


@pytest.mark.parametrize(("method", "end"), ASKED)
async def test_what_has_ended_is_shown_for_an_hour(
    service: Service, store: Store, passed: Passed, method: str, end: str
) -> None:
    """For whoever has to write down what became of it."""
    ended = (await say(store, passed.handoff.id, Step.COMPLETED)).handoff
    service.now = ended.since + 3599
    answer = await ask(service, method, passed.path + end)
    assert answer.json()["ended"] is True
    service.now = ended.since + 3601
    problem(await ask(service, method, passed.path + end), 410, "link-over")


@pytest.mark.parametrize(("method", "end"), ASKED)
async def test_a_link_knows_its_centre(
    service: Service, store: Store, passed: Passed, method: str, end: str
) -> None:
    """It names none. A node that does not serve it knows no such link."""
    several = Service(store, others=[CentreCode("KTM")])
    several.now = service.now
    answer = await ask(several, method, passed.path + end)
    assert answer.json()["centre"] == "PKY"
    other = Service(store, centre=CentreCode("KTM"))
    other.now = service.now
    problem(await ask(other, method, passed.path + end), 404, "unknown-link")


@pytest.mark.parametrize(("method", "end"), REFUSED)
async def test_without_the_database_a_link_is_not_unknown(
    gone: Store, method: str, end: str
) -> None:
    """Whoever has it tries again."""
    problem(await ask(Service(gone), method, f"/v1/agency/links/x{end}"), 503, "store-unavailable")


async def test_a_link_opens_nothing_else(service: Service, passed: Passed) -> None:
    """Its secret is no token."""
    async with service.client(None, Authorization=f"Bearer {passed.secret}") as client:
        problem(await client.get("/v1/tickets"), 401, "wrong-token")
        problem(await client.get(f"{passed.path}/x"), 401, "wrong-token")
        problem(await client.delete(passed.path), 405, "wrong-method")
