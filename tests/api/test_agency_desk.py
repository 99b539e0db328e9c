"""The desk of an agency: its people see what was handed to it, and nothing else of the centre."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sip112.api.access import COOKIE
from sip112.api.agency_ears import MOST_EACH
from sip112.api.notices import NoticeKind
from sip112.dispatch import said
from sip112.dispatch.agency import Channel, ChannelKind
from sip112.dispatch.handoff import Change, EventKind, Handoff, Purpose, Step
from sip112.dispatch.ids import AgencyCode
from sip112.people.roles import Role, Scope
from sip112.routing.ids import AgentId, CentreCode, Instant
from sip112.routing.ticket import TicketRecord
from sip112.store.store import Store
from sip112.store.tables import kept_now
from tests.api.people import add, browser
from tests.api.roles import GUARDED, OF_AN_AGENCY, PEOPLE, TABLE, example
from tests.api.service import PKY, Service, problem, until
from tests.store.examples import life
from tests.store.handoffs import (
    SMS,
    an_agency,
    an_incident,
    begin,
    cancel,
    letter,
    say,
)
from tests.store.helpers import owning

DAMKAR = an_agency("damkar", Channel(ChannelKind.ACCOUNT), SMS)
MEDIS = an_agency("medis", Channel(ChannelKind.ACCOUNT))
INCIDENTS = "/v1/agency-desk/incidents"
EVENTS = "/v1/agency-desk/events"


@dataclass
class Handed:
    """A fire that was handed to the fire brigade, and a birth to the ambulances."""

    fire: TicketRecord
    birth: TicketRecord
    ours: Handoff
    theirs: Handoff

    @property
    def path(self) -> str:
        """Where the fire brigade reads its own."""
        return f"{INCIDENTS}/{self.ours.id}"


@pytest.fixture
async def handed(service: Service, store: Store) -> Handed:
    """Give two incidents at two agencies, and an account at each."""
    service.now = time.time()
    await add(store, "budi", Role.AGENCY)
    await add(store, "mila", Role.AGENCY, agency=AgencyCode("medis"))
    async with owning(store) as running:
        fire, birth = await an_incident(running, 1), await an_incident(running, 2)
    changes: Any = {"incident_type": "fire", "severity": "high", "address": "Jl. Api 1"}
    fire = await store.change_ticket(PKY, fire.id, changes, fire.version, "ani")
    changes = {"address": "Jl. Bayi 2", "narrative": "Kembar"}
    birth = await store.change_ticket(PKY, birth.id, changes, birth.version, "ani")
    at = kept_now()
    ours = await _handed(store, fire, begin(DAMKAR, at=at))
    theirs = await _handed(store, birth, begin(MEDIS, at=at))
    return Handed(fire, birth, ours, theirs)


async def _handed(store: Store, ticket: TicketRecord, decide: Any) -> Handoff:
    made = await store.handoffs.request(PKY, ticket.id, None, decide, letter)
    return made.handoffs[0]


@asynccontextmanager
async def budi(service: Service, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """Give the browser of somebody at the fire brigade."""
    async with browser(service, store, "budi", at=service.now) as client:
        yield client


# --- what is seen ----------------------------------------------------------------------------


async def test_an_agency_sees_its_own(service: Service, store: Store, handed: Handed) -> None:
    """In a list, and each with what somebody has to know."""
    async with budi(service, store) as client:
        answer = await client.get(INCIDENTS)
        assert answer.status_code == 200, answer.text
        listed = answer.json()
        assert listed["agency"] == "damkar"
        assert listed["agency_name"]["en"] == "Fire and rescue"
        [line] = listed["items"]
        assert (line["handoff"], line["step"]) == (str(handed.ours.id), "queued")
        assert (line["ticket"], line["address"]) == (handed.fire.number, "Jl. Api 1")
        whole = (await client.get(handed.path)).json()
    assert line.items() <= whole.items()
    assert whole["caller"] == "08125550001"
    assert whole["type"] == {"id": "Kebakaran", "en": "Fire"}


async def test_who_has_seen_it_stands_on_the_audit_log(
    service: Service, store: Store, handed: Handed
) -> None:
    """Once an hour, as of whoever works in the centre."""
    async with budi(service, store) as client:
        for _ in range(3):
            await client.get(handed.path)
    assert service.audit.told == [("budi", "agency.incident_seen", str(handed.ours.id))]
    assert service.audit.entries[0].centre == PKY


async def test_another_agency_s_is_as_unknown_as_none(
    service: Service, store: Store, handed: Handed
) -> None:
    """To be read and to be answered, and word for word."""
    async with budi(service, store) as client:
        for handoff in (handed.theirs.id, uuid4()):
            path = f"{INCIDENTS}/{handoff}"
            answers = [
                await client.get(path),
                await client.post(f"{path}/steps", json={"step": "accepted"}),
                await client.post(f"{path}/notes", json={"note": "x"}),
            ]
            for answer in answers:
                body = problem(answer, 404, "unknown-handoff")
                assert str(handoff) not in body["detail"] + body["remedy"]
    kept = await store.handoffs.one(PKY, handed.theirs.id)
    assert kept == handed.theirs
    assert service.audit.told == []


@pytest.mark.parametrize("purpose", [Purpose.RECEIVED, Purpose.REFERRAL])
async def test_what_an_agency_is_not_asked_to_do_is_not_its_own(
    service: Service, store: Store, handed: Handed, purpose: Purpose
) -> None:
    """What another centre asks of this one, and whom a caller is referred to."""

    def decide(dossier: Any) -> list[Change]:
        [change] = begin(MEDIS, at=Instant(service.now))(dossier)
        return [Change(change.handoff.evolve(purpose=purpose), change.events)]

    other = await _handed(store, handed.fire, decide)
    async with browser(service, store, "mila", at=service.now) as client:
        items = (await client.get(INCIDENTS)).json()["items"]
        assert [each["handoff"] for each in items] == [str(handed.theirs.id)]
        problem(await client.get(f"{INCIDENTS}/{other.id}"), 404, "unknown-handoff")
        steps = f"{INCIDENTS}/{other.id}/steps"
        problem(await client.post(steps, json={"step": "accepted"}), 404, "unknown-handoff")


async def test_an_agency_of_the_same_code_elsewhere_is_another(
    store: Store, handed: Handed
) -> None:
    """An account is for one centre, whatever path is asked for."""
    ktm = CentreCode("KTM")
    service = Service(store, others=[ktm])
    service.now = time.time()
    await add(store, "joko", Role.AGENCY, centres=frozenset({ktm}))
    async with browser(service, store, "joko", at=service.now) as client:
        assert (await client.get(INCIDENTS)).json()["items"] == []
        problem(await client.get(handed.path), 404, "unknown-handoff")
        problem(await client.get(f"/centres/PKY{INCIDENTS}"), 403, "other-centres")


async def test_what_has_ended_is_shown_for_a_day(
    service: Service, store: Store, handed: Handed
) -> None:
    """After what has not; there is a caller's number in it."""
    ended = (await say(store, handed.ours.id, Step.COMPLETED)).handoff
    service.now = ended.since + 24 * 3600 - 1
    again = await _handed(store, handed.fire, begin(DAMKAR, at=Instant(service.now - 9)))
    async with budi(service, store) as client:
        items = (await client.get(INCIDENTS)).json()["items"]
        assert [each["handoff"] for each in items] == [str(again.id), str(ended.id)]
        assert (await client.get(handed.path)).json()["ended"] is True
        service.now += 2
        items = (await client.get(INCIDENTS)).json()["items"]
        assert [each["handoff"] for each in items] == [str(again.id)]
        problem(await client.get(handed.path), 410, "handoff-over")


async def test_who_works_in_the_centre_is_not_named(
    service: Service, store: Store, handed: Handed
) -> None:
    """What they write to the agency is the centre's."""
    at = Instant(service.now)
    await store.handoffs.change(
        PKY, handed.ours.id, lambda seen: said.noted(seen, at, "ani", "", "Hidran di sudut")
    )
    await cancel(store, handed.ours.id)
    async with budi(service, store) as client:
        answer = await client.get(handed.path)
    told = [(each["theirs"], each["step"], each["note"]) for each in answer.json()["said"]]
    assert told == [(False, None, "Hidran di sudut"), (False, "cancelled", "prank")]
    assert "ani" not in answer.text


async def test_a_line_that_waits_is_listed(service: Service, store: Store, handed: Handed) -> None:
    """So that the page sounds for it, until the agency says anything, or all is over."""
    relay = service.handoffs[PKY].relay
    for n, text in enumerate(("Dua anak di dalam", "Lantai dua")):
        await relay(handed.ours.id, text, "ani", f"k{n}")
    await relay(handed.theirs.id, "Kembar tiga", "ani", "k9")
    async with budi(service, store) as client:
        [line] = (await client.get(INCIDENTS)).json()["items"]
        whole = (await client.get(handed.path)).json()
        assert line["line_at"] == whole["line_at"] == whole["said"][-1]["at"]
        assert [each["note"] for each in whole["said"]] == ["Dua anak di dalam", "Lantai dua"]
        await client.post(f"{handed.path}/notes", json={"note": "Ya"})
        [line] = (await client.get(INCIDENTS)).json()["items"]
        assert line["line_at"] is None
        await relay(handed.ours.id, "Api padam", "ani", "k3")
        assert (await client.get(INCIDENTS)).json()["items"][0]["line_at"]
        await cancel(store, handed.ours.id)
        assert (await client.get(INCIDENTS)).json()["items"][0]["line_at"] is None
        assert (await client.get(handed.path)).json()["line_at"] is None


# --- what is said ----------------------------------------------------------------------------


async def test_steps_and_notes_are_said(service: Service, store: Store, handed: Handed) -> None:
    """In the name of the account; the audit log has the login name."""
    await store.people.change(AgentId("budi"), {"name": "Budi Santoso"})
    async with budi(service, store) as client:
        answer = await client.post(f"{handed.path}/steps", json={"step": "accepted"})
        assert answer.json()["step"] == "accepted"
        answer = await client.post(f"{handed.path}/notes", json={"note": "Butuh air"})
        assert answer.json()["said"][-1]["note"] == "Butuh air"
        assert [each["name"] for each in answer.json()["said"]] == ["Budi Santoso"] * 2
    events = (await store.handoffs.histories(PKY, [handed.ours]))[handed.ours.id]
    by = "agency:damkar Budi Santoso"
    assert [(each.kind, each.by, each.channel) for each in events[1:]] == [
        (EventKind.STEP, by, "account"),
        (EventKind.NOTE, by, "account"),
    ]
    assert service.audit.told == [("budi", "agency.answered", str(handed.ours.id))] * 2


async def test_what_cannot_be_is_refused(service: Service, store: Store, handed: Handed) -> None:
    """As by a link."""
    steps = f"{handed.path}/steps"
    async with budi(service, store) as client:
        problem(await client.post(steps, json={"step": "declined"}), 422, "reason-needed")
        problem(await client.post(steps, json={"step": "cancelled"}), 422, "invalid")
        problem(await client.post(steps, json={"step": "accepted", "name": "x"}), 422, "invalid")
        await client.post(steps, json={"step": "completed"})
        problem(await client.post(steps, json={"step": "accepted"}), 409, "illegal-step")
        service.now += 3602
        problem(await client.post(steps, json={"step": "accepted"}), 410, "handoff-over")


async def test_a_note_that_is_repeated_counts_once(
    service: Service, store: Store, handed: Handed
) -> None:
    """Under its key, which another note cannot have."""
    notes = f"{handed.path}/notes"
    async with budi(service, store) as client:
        client.headers["Idempotency-Key"] = str(uuid4())
        for _ in range(2):
            answer = await client.post(notes, json={"note": "Butuh air"})
            assert [each["note"] for each in answer.json()["said"]] == ["", "Butuh air"]
            assert answer.json()["step"] == "acknowledged"
        reused = await client.post(notes, json={"note": "Butuh pompa"})
        problem(reused, 422, "idempotency-key-reused")
    assert len(service.audit.told) == 1


async def test_without_the_csrf_text_nothing_is_said(
    service: Service, store: Store, handed: Handed
) -> None:
    """As everywhere: another site's page cannot answer for an agency."""
    async with browser(service, store, "budi", csrf=False, at=service.now) as client:
        steps = f"{handed.path}/steps"
        problem(await client.post(steps, json={"step": "accepted"}), 403, "wrong-csrf")


# --- who may ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("handed")
@pytest.mark.parametrize("more", [(), *((role,) for role in Role)], ids=str)
async def test_an_account_may_ask_for_nothing_else(
    service: Service, store: Store, more: tuple[Role, ...]
) -> None:
    """Of all operations that there are; not even if somebody wrote other roles into the database.

    What is open to everyone, and one's own session, are all that is left.
    """
    await store.people.change(AgentId("budi"), {"roles": frozenset({Role.AGENCY, *more})})
    async with budi(service, store) as client:
        for method, path in GUARDED:
            if TABLE[method, path] in (OF_AN_AGENCY, PEOPLE):
                continue
            refused = await client.request(method, example(path), json={})
            told = problem(refused, 403, "missing-scope")
            assert told.keys() == {"type", "title", "status", "detail", "remedy", "instance"}


@pytest.mark.usefixtures("handed")
async def test_a_token_is_of_no_agency(service: Service) -> None:
    """Whatever scope somebody gave it: systems of agencies sign their messages."""
    async with service.client(Scope.AGENCY) as client:
        problem(await client.get(INCIDENTS), 403, "of-no-agency")
        problem(await client.get(EVENTS), 403, "of-no-agency")
        problem(await client.get("/v1/calls"), 403, "missing-scope")
    async with service.client(Scope.ADMIN) as client:
        problem(await client.get(INCIDENTS), 403, "missing-scope")


@pytest.mark.usefixtures("handed")
async def test_who_is_of_another_agency_sees_that_one_s(service: Service, store: Store) -> None:
    """From the moment in which an administrator says so."""
    async with budi(service, store) as client:
        assert len((await client.get(INCIDENTS)).json()["items"]) == 1
        changed = await store.people.change(AgentId("budi"), {"agency": AgencyCode("polisi")})
        assert changed is not None
        service.app.state.sessions.changed(changed)
        listed = (await client.get(INCIDENTS)).json()
    assert (listed["agency"], listed["items"]) == ("polisi", [])


# --- what is told ----------------------------------------------------------------------------


@dataclass
class Page:
    """An agency's page that listens."""

    heard: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, response: httpx.Response) -> None:
        """Take everything that comes."""
        async for text in response.aiter_text():
            self.heard += text
        self.ended.set()

    @property
    def told(self) -> list[str]:
        """Of which handoffs it was told, in order."""
        return [
            line.removeprefix('data: {"handoff": "').removesuffix('"}')
            for line in self.heard.splitlines()
            if line.startswith("data: ")
        ]


@asynccontextmanager
async def listening(service: Service, store: Store, who: str = "budi") -> AsyncIterator[Page]:
    """Have the page of an account open."""
    page = Page()
    async with browser(service, store, who, at=service.now) as browsing, service.served() as client:
        del client.headers["Authorization"]
        secret = browsing.cookies[COOKIE]
        silent = httpx.Timeout(5, read=None)
        headers = {"Cookie": f"{COOKIE}={secret}"}
        async with client.stream("GET", EVENTS, headers=headers, timeout=silent) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            task = asyncio.create_task(page.listen(response))
            await until(lambda: page.heard)
            yield page
            task.cancel()


def noted(note: str) -> Callable[[Handoff], Change]:
    """Return what writes a note."""
    return partial(said.noted, at=Instant(time.time()), by="ani", channel="", note=note)


async def test_a_page_is_told_of_its_own(service: Service, store: Store, handed: Handed) -> None:
    """Of a step, of a change of the ticket, and of what is handed over anew: which, and no more."""
    async with listening(service, store) as page:
        await service.handoffs[PKY].change(handed.ours.id, noted("Hidran"))
        await until(lambda: page.told == [str(handed.ours.id)])
        async with service.client(Scope.TICKETS) as client:
            changed = await client.patch(
                f"/v1/tickets/{handed.fire.number}",
                json={"narrative": "Dua lantai"},
                headers={"If-Match": f'"{handed.fire.version}"'},
            )
            assert changed.status_code == 200, changed.text
        await until(lambda: page.told == [str(handed.ours.id)] * 2)
        [new] = await service.handoffs[PKY].request(
            handed.birth, [AgencyCode("damkar")], "ani", str(uuid4())
        )
        await until(lambda: page.told[2:] == [str(new[0].id)])


async def test_a_page_hears_nothing_else(service: Service, store: Store, handed: Handed) -> None:
    """No call, no seat, no other agency, no other ticket, and not even how much there is."""
    async with listening(service, store) as page:
        for record in life(7):
            service.hub.publish(record)
        alarm = {"name": "link", "ok": False}
        service.hub.notify(NoticeKind.ALARM, alarm)
        await service.handoffs[PKY].change(handed.theirs.id, noted("Kembar tiga"))
        service.hub.agencies.ticket_changed(handed.birth.id)
        await service.handoffs[PKY].change(handed.ours.id, noted("Hidran"))
        await until(lambda: page.told)
    told = f'event: incident\ndata: {{"handoff": "{handed.ours.id}"}}\n\n'
    assert page.heard == f"retry: 1000\n\n{told}"


async def test_an_assignee_is_none_of_an_agency_s_business(
    service: Service, store: Store, handed: Handed
) -> None:
    """Who of the centre has a ticket is not told."""
    await add(store, "sari")
    async with listening(service, store) as page:
        async with service.client(Scope.ADMIN) as client:
            given = await client.put(
                f"/v1/tickets/{handed.fire.number}/assignee",
                json={"agent": "sari"},
                headers={"If-Match": f'"{handed.fire.version}"'},
            )
            assert given.status_code == 200, given.text
        await service.handoffs[PKY].change(handed.ours.id, noted("Hidran"))
        await until(lambda: page.told)
    assert len(page.told) == 1


async def by_a_new_password(store: Store) -> None:
    """Be given a new password, at another node."""
    await store.people.change(AgentId("budi"), {"password": "new"})


async def by_an_administrator(store: Store) -> None:
    """Be made inactive."""
    await store.people.change(AgentId("budi"), {"disabled": True})


async def by_being_of_another(store: Store) -> None:
    """Be of another agency."""
    await store.people.change(AgentId("budi"), {"agency": AgencyCode("medis")})


async def by_being_of_none(store: Store) -> None:
    """Work in the centre."""
    nothing: Any = {"roles": frozenset({Role.DISPATCHER}), "agency": None}
    await store.people.change(AgentId("budi"), nothing)


async def by_working_elsewhere(store: Store) -> None:
    """Be of an agency of another centre."""
    await store.people.change(AgentId("budi"), {"centres": frozenset({CentreCode("KTM")})})


@pytest.mark.usefixtures("handed")
@pytest.mark.parametrize(
    "end",
    [
        by_a_new_password,
        by_an_administrator,
        by_being_of_another,
        by_being_of_none,
        by_working_elsewhere,
    ],
)
async def test_a_page_hears_no_more_than_its_account(
    service: Service, store: Store, end: Callable[[Store], Awaitable[None]]
) -> None:
    """Its stream ends; one look at the sessions is enough."""
    async with listening(service, store) as page:
        await service.app.state.watch.look()
        assert not page.ended.is_set()
        await end(store)
        await service.app.state.watch.look()
        async with asyncio.timeout(10):
            await page.ended.wait()
    assert page.told == []


@pytest.mark.usefixtures("handed")
async def test_pages_are_counted_apart(service: Service, store: Store) -> None:
    """One account has so many at once, and the centre's own streams are not fewer for it."""
    await add(store, "sari")
    async with listening(service, store):
        ears = service.hub.agencies
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sip112.api.agency_ears.MOST_EACH", 1)
            async with budi(service, store) as client:
                problem(await client.get(EVENTS), 429, "too-many-pages")
        assert not ears.are_too_many("mila")
        assert service.hub.streams == 0
    await until(lambda: not ears.are_too_many("budi"))
    assert ears._whose == {}
    assert MOST_EACH > 1


async def test_a_page_that_is_idle_gives_signs_of_life(store: Store) -> None:
    """So that it knows that it is still connected."""
    service = Service(store)
    service.hub.agencies._heartbeat = 0.01
    await add(store, "budi", Role.AGENCY)
    async with listening(service, store) as page:
        await until(lambda: page.heard.count(":\n\n") > 1)
    assert page.told == []


async def test_the_store_away_is_told(gone: Store, store: Store) -> None:
    """And is no reason to think that there is nothing to do."""
    await add(store, "budi", Role.AGENCY)
    service = Service(gone, people=store.people)
    async with browser(service, store, "budi") as client:
        for path in (INCIDENTS, f"{INCIDENTS}/{uuid4()}", EVENTS):
            problem(await client.get(path), 503, "store-unavailable")
